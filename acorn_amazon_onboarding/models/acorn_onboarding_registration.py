import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL
from odoo.tools.sql import add_constraint, constraint_definition

from odoo.addons.acorn_amazon_connector.models.guard import (
    check_created,
    check_written,
)

from . import activities
from .acorn_onboarding_submission import OUTCOMES

STATES = [
    ("draft", "Draft"),
    ("checked", "Needs Correction"),
    ("ready", "Ready"),
    ("queued", "Being Sent"),
    ("submitted", "Submitted"),
    ("in_review", "In Review"),
    ("action_required", "Action Required"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
]
# States in which people may still change what will be sent.
EDITABLE = ("draft", "checked", "ready", "action_required", "rejected")
IN_REVIEW = ("submitted", "in_review")
# States after which an entity may start anew on the same marketplace.
CLOSED = ("rejected", "withdrawn")
AT_AMAZON = ("submitted", "in_review", "action_required")
# What is sent of the registration itself.
CONTENT = {
    "brand_names",
    "selling_plan",
    "category_names",
    "entity_id",
    "marketplace_id",
    "store_id",
}
# By what Amazon knows it, once it was sent.
IDENTITY = {"entity_id", "marketplace_id", "store_id"}
REMOTE_STATES = {
    "SUBMITTED": "submitted",
    "IN_REVIEW": "in_review",
    "ACTION_REQUIRED": "action_required",
    "APPROVED": "approved",
    "REJECTED": "rejected",
    "WITHDRAWN": "withdrawn",
}


class AcornOnboardingRegistration(models.Model):
    """One legal entity on its way to one marketplace (B1–B4, B23).

    The same record, checks and documents serve both ways: over the registration
    interface, and by hand in Seller Central (B26).
    """

    _name = "acorn.onboarding.registration"
    _description = "Marketplace Registration"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "acorn.onboarding.summary.mixin",
    ]
    _order = "entity_id, marketplace_id, id desc"
    _check_company_auto = True

    entity_id = fields.Many2one(
        "res.partner",
        "Legal Entity",
        required=True,
        domain="[('acorn_onboarding_is_entity', '=', True)]",
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace", required=True, ondelete="restrict", tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        tracking=True,
    )
    template_id = fields.Many2one(
        "acorn.onboarding.template", ondelete="restrict", check_company=True, index=True
    )
    template_line_id = fields.Many2one(
        "acorn.onboarding.template.line", compute="_compute_template_line_id"
    )
    drift = fields.Text(
        "Differs From Template", compute="_compute_drift", search="_search_drift"
    )
    brand_names = fields.Char("Brands", help="Separated by commas.", tracking=True)
    selling_plan = fields.Selection(
        [("PROFESSIONAL", "Professional"), ("INDIVIDUAL", "Individual")],
        required=True,
        default="PROFESSIONAL",
        tracking=True,
    )
    category_names = fields.Char(
        "Categories", help="What will be sold there, separated by commas."
    )
    channel = fields.Selection(
        [("api", "Registration Interface"), ("manual", "By Hand")],
        required=True,
        default="manual",
        tracking=True,
        help="By hand: a person fills in Seller Central's forms with the package of"
        " this registration and keeps the state here.",
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
        copy=False,
        group_expand="_group_expand_state",
    )
    store_id = fields.Many2one(
        "acorn.amazon.store",
        "Authorised Store",
        check_company=True,
        ondelete="restrict",
        domain="[('acorn_onboarding_entity_id', '=', entity_id)]",
        help="The entity's own seller account, whose authorisation sends the request.",
    )
    developer_id = fields.Many2one(
        "acorn.onboarding.developer", compute="_compute_developer_id", store=True
    )
    environment = fields.Selection(related="developer_id.environment", store=True)
    reference = fields.Char(
        default=lambda self: uuid.uuid4().hex, required=True, readonly=True, copy=False
    )
    remote_id = fields.Char("Registration ID", readonly=True, copy=False)
    submission_ids = fields.One2many("acorn.onboarding.submission", "registration_id")
    revision = fields.Integer(compute="_compute_revision", store=True)
    finding_ids = fields.One2many("acorn.onboarding.finding", "registration_id")
    error_count = fields.Integer("Problems", compute="_compute_finding_counts")
    warning_count = fields.Integer("Warnings", compute="_compute_finding_counts")
    problem_text = fields.Text(compute="_compute_finding_counts")
    checked_on = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    submitted_on = fields.Datetime(readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    reason_id = fields.Many2one(
        "acorn.onboarding.reason", "Main Reason", readonly=True, copy=False
    )
    is_final = fields.Boolean(related="reason_id.is_final")
    reasons = fields.Json(readonly=True, copy=False)
    reason_text = fields.Text("Amazon Says", compute="_compute_reason_text")
    remote_updated_on = fields.Datetime(
        "Last Change at Amazon", readonly=True, copy=False
    )
    next_poll = fields.Datetime(readonly=True, copy=False)
    poll_count = fields.Integer(readonly=True, copy=False)

    _one_open = models.UniqueIndex(
        "(entity_id, marketplace_id, company_id)"
        " WHERE state NOT IN ('rejected', 'withdrawn')",
        "This entity has a registration for this marketplace already.",
    )
    _reference_uniq = models.Constraint(
        "UNIQUE(reference)", "This reference exists already."
    )

    def init(self):
        """Let the database itself refuse another entity's store, and so its token.

        Odoo replaces a foreign key of two columns that begins with a relational
        field, hence the generated column (B25).
        """
        name = f"{self._table}_own_store"
        if constraint_definition(self.env.cr, self._table, name):
            return
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s ADD COLUMN IF NOT EXISTS store_key integer"
                " GENERATED ALWAYS AS (store_id) STORED",
                SQL.identifier(self._table),
            )
        )
        add_constraint(
            self.env.cr,
            self._table,
            name,
            "FOREIGN KEY (store_key, entity_id)"
            " REFERENCES acorn_amazon_store (id, acorn_onboarding_entity_id)",
        )

    # === COMPUTE METHODS === #

    @api.depends("entity_id", "marketplace_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for registration in self:
            registration.display_name = (
                f"{registration.entity_id.name or ''} → "
                f"{registration.marketplace_id.name or ''}"
            )

    @api.depends("template_id.line_ids.marketplace_id", "marketplace_id")
    def _compute_template_line_id(self):
        for registration in self:
            registration.template_line_id = registration.template_id.line_ids.filtered(
                lambda line, r=registration: line.marketplace_id == r.marketplace_id
            )

    @api.depends(
        "template_id.brand_names",
        "template_id.selling_plan",
        "template_id.entity_ids",
        "template_line_id",
        "brand_names",
        "selling_plan",
    )
    @api.depends_context("lang")
    def _compute_drift(self):
        for registration in self:
            registration.drift = "\n".join(registration._get_drift())

    def _search_drift(self, operator, value):
        if operator not in ("in", "not in") or set(value) != {False}:
            return NotImplemented
        drifting = self.search([("template_id", "!=", False)]).filtered("drift")
        return [("id", "in" if operator == "not in" else "not in", drifting.ids)]

    @api.depends("store_id.application_id.acorn_onboarding_developer_ids")
    def _compute_developer_id(self):
        for registration in self:
            application = registration.store_id.application_id
            registration.developer_id = application.acorn_onboarding_developer_ids

    @api.depends("submission_ids.revision")
    def _compute_revision(self):
        for registration in self:
            registration.revision = max(
                registration.submission_ids.mapped("revision"), default=0
            )

    @api.depends("finding_ids.severity", "finding_ids.reason")
    @api.depends_context("lang")
    def _compute_finding_counts(self):
        for registration in self:
            errors = registration.finding_ids.filtered(
                lambda finding: finding.severity == "error"
            )
            registration.error_count = len(errors)
            registration.warning_count = len(registration.finding_ids - errors)
            registration.problem_text = "\n".join(
                f"{registration.display_name}: {reason}"
                for reason in errors.mapped("reason")
            )

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        table = self.env["acorn.onboarding.reason"].sudo()
        for registration in self:
            lines = []
            for reason in registration.reasons or []:
                entry = table._explain(reason["code"])
                words = filter(None, (reason["code"], reason["message"]))
                lines.append(f"{entry.name} ({': '.join(words)})")
                lines.append(f"→ {entry.advice}")
            registration.reason_text = "\n".join(lines)

    # === CONSTRAINTS === #

    @api.constrains("store_id", "entity_id")
    def _check_store_is_own(self):
        for registration in self:
            store = registration.store_id.sudo()
            if store and store.acorn_onboarding_entity_id != registration.entity_id:
                raise ValidationError(
                    self.env._(
                        "%(store)s is the account of another legal entity.",
                        store=store.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super(
            AcornOnboardingRegistration, check_created(self, vals_list)
        ).create(vals_list)
        for registration in registrations:
            if not registration.store_id:
                registration.store_id = registration._find_store()
            if registration.developer_id.endpoint or (
                registration.environment == "simulator"
            ):
                registration.sudo().channel = "api"
        return registrations

    def write(self, vals):
        """Leave alone what Amazon is looking at; what changes is checked again.

        The state and the channel have actions of their own, which know what may
        follow (B15, B26).

        :raise UserError: for the content of what is at Amazon, or was decided
        """
        check_written(self, vals, ("channel",))
        ready = self.browse()
        if not CONTENT.isdisjoint(vals):
            is_identity = not IDENTITY.isdisjoint(vals)
            fixed = self.filtered(
                lambda r: r.state not in EDITABLE or (is_identity and r._get_sent())
            )
            if fixed:
                raise UserError(
                    self.env._(
                        "%(registration)s is at Amazon and cannot be changed now.",
                        registration=fixed[0].display_name,
                    )
                )
            ready = self.filtered(lambda r: r.state == "ready")
        result = super().write(vals)
        ready.sudo().state = "draft"
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for registration in self:
            was_sent = registration.submission_ids or registration.submitted_on
            if was_sent or registration.state == "approved":
                raise UserError(
                    self.env._(
                        "%(registration)s was sent: its history has to stay. Press"
                        " Withdraw instead.",
                        registration=registration.display_name,
                    )
                )

    # === ACTION METHODS === #

    def action_check(self):
        """Look for everything that Amazon would reject (B20)."""
        self.check_access("write")
        open_ones = self.filtered(lambda r: r.state in EDITABLE)
        self.env["acorn.onboarding.checker"]._check(open_ones)
        open_ones.sudo().checked_on = fields.Datetime.now()
        for registration in open_ones.sudo().filtered(
            lambda r: r.state in ("draft", "checked", "ready")
        ):
            registration.state = "checked" if registration.error_count else "ready"
        return True

    def action_withdraw(self):
        """Give up; what is at Amazon has to be withdrawn there as well."""
        self.check_access("write")
        if any(r.state in ("queued", "approved") for r in self):
            raise UserError(
                self.env._("A registration that is approved or just being sent stays.")
            )
        for registration in self:
            registration._set_state("withdrawn")
        self.sudo().next_poll = False
        return True

    def action_view_findings(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Findings"),
            "res_model": "acorn.onboarding.finding",
            "view_mode": "list",
            "domain": [("registration_id", "=", self.id)],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _prepare_missing(self, company, entities, marketplaces, **values):
        """Return the values of entities × marketplaces that have no registration yet.

        Where an entity sells already there is nothing to open.

        :param values: what all of them have in common; an entity's own brands are
            taken where it names none
        :rtype: list[dict]
        """
        open_ones = self.search(
            [
                ("entity_id", "in", entities.ids),
                ("marketplace_id", "in", marketplaces.ids),
                ("company_id", "=", company.id),
                ("state", "not in", CLOSED),
            ]
        )
        pairs = {(r.entity_id, r.marketplace_id) for r in open_ones}
        brands = values.get("brand_names")
        return [
            {
                **values,
                "company_id": company.id,
                "entity_id": entity.id,
                "marketplace_id": marketplace.id,
                "brand_names": brands or entity.acorn_onboarding_brand_names,
            }
            for entity in entities
            for marketplace in marketplaces
            if (entity, marketplace) not in pairs and not entity._sells_on(marketplace)
        ]

    def _find_store(self):
        """Return the entity's own store, authorised and of this region first."""
        self.ensure_one()
        stores = self.entity_id.sudo().acorn_onboarding_store_ids.filtered(
            lambda store: store.company_id == self.company_id
        )
        return stores.sorted(
            lambda store: (
                not store.has_refresh_token,
                store.region != self.marketplace_id.region,
            )
        )[:1].sudo(False)

    def _get_drift(self):
        """Return sentences about what differs from the template (B8)."""
        self.ensure_one()
        template = self.template_id
        if not template or self.state == "withdrawn":
            return []
        lines = []
        plans = dict(self._fields["selling_plan"]._description_selection(self.env))
        for name in ("brand_names", "selling_plan"):
            if template[name] and self[name] != template[name]:
                here, there = (
                    plans.get(value, value) for value in (self[name], template[name])
                )
                lines.append(
                    self.env._(
                        "%(field)s: %(here)s here, %(there)s in the template",
                        field=self._fields[name]._description_string(self.env),
                        here=here or "–",
                        there=there,
                    )
                )
        if self.entity_id not in template.entity_ids:
            lines.append(self.env._("The entity is no longer in the template."))
        if not self.template_line_id:
            lines.append(self.env._("The marketplace is no longer in the template."))
        return lines

    def _set_state(self, state, reasons=None, at=None):
        """Move a registration on and let what follows happen.

        :param str state: one of ``STATES``
        :param list[dict] reasons: ``code``, ``message``, ``field``, ``document_type``
        :param datetime at: when it happened, naive UTC
        """
        self.ensure_one()
        at = at or fields.Datetime.now()
        values = {"state": state}
        if state == "submitted":
            values |= {"submitted_on": at, "decided_on": False}
        if state in ("approved", "rejected"):
            values["decided_on"] = at
        if reasons is not None:
            first = reasons[0]["code"] if reasons else False
            table = self.env["acorn.onboarding.reason"].sudo()
            values |= {
                "reasons": reasons or False,
                "reason_id": first and table._explain(first).id,
            }
        if state != self.state or reasons is not None:
            self.sudo().write(values)
        self._follow_state()

    def _for_reader(self):
        """Return it in the language of who is responsible: jobs write its history."""
        self.ensure_one()
        return self.with_context(lang=self.user_id.lang or self.env.lang)

    def _note_outcome(self, at=None):
        """Keep what Amazon answered to the newest submission (B3).

        The registration itself forgets its reasons when it is submitted again.

        :param datetime at: when it happened, naive UTC
        """
        self.ensure_one()
        submission = self.sudo().submission_ids.sorted("revision")[-1:]
        if submission and self.state in dict(OUTCOMES):
            submission.write(
                {
                    "outcome": self.state,
                    "reason_id": self.reason_id.id,
                    "decided_on": at or fields.Datetime.now(),
                }
            )

    def _follow_state(self):
        """Ask a person where one is needed, and open the shop where Amazon agreed."""
        self.ensure_one()
        if self.state in ("action_required", "rejected"):
            activities.ask(
                self,
                "action_required",
                self.user_id or self.env.user,
                note=self.reason_text or False,
            )
        else:
            activities.end(self, "action_required")
        if self.state not in IN_REVIEW:
            activities.end(self, "review_overdue")
            if self.store_id:
                self.env["acorn.amazon.incident"]._resolve(
                    self.store_id, "review_overdue", record=self
                )
        if self.state == "approved":
            self._open_marketplace()

    def _group_expand_state(self, states, _domain):
        """Keep the columns of the board in the order of the way."""
        return [state for state, _name in STATES if state in states]

    @api.model
    def _cron_watch_reviews(self):
        """Raise an alarm where Amazon takes longer than usual (B18).

        It closes itself as soon as Amazon has decided. What has no store of its own
        becomes a task of the person who keeps its state by hand.
        """
        now = fields.Datetime.now()
        domain = [("state", "in", IN_REVIEW), ("submitted_on", "!=", False)]
        for registration in self.search(domain):
            days = (now - registration.submitted_on).days
            if days > registration.marketplace_id.acorn_onboarding_review_days:
                registration._alarm_review(days)

    def _alarm_review(self, days):
        self.ensure_one()
        if self.store_id:
            self.env["acorn.amazon.incident"]._raise(
                self.store_id,
                "review_overdue",
                details=self.remote_id or None,
                record=self,
                data={"registration": self.display_name, "days": days},
            )
            return
        activities.ask(self, "review_overdue", self.user_id or self.create_uid)
