import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.acorn_amazon_connector.models.guard import (
    check_created,
    check_written,
)

from .notifications import warn

_logger = logging.getLogger(__name__)

MANAGER = "acorn_amazon_onboarding.group_acorn_onboarding_manager"
APPROVE = "acorn_amazon_onboarding.activity_approve_trigger"


class AcornOnboardingTrigger(models.Model):
    """Opens marketplaces once all of its conditions are met (B5, B16).

    It fires once, until somebody resets it. It never sends anything by itself: it
    prepares registrations, and a manager looks at them and submits them.
    """

    _name = "acorn.onboarding.trigger"
    _description = "Opening Trigger"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
        help="Who is told when the trigger fires, and who approves: an onboarding"
        " manager.",
    )
    template_id = fields.Many2one(
        "acorn.onboarding.template",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    entity_ids = fields.Many2many(
        "res.partner",
        string="Legal Entities",
        domain="[('acorn_onboarding_is_entity', '=', True)]",
    )
    marketplace_ids = fields.Many2many(
        "acorn.amazon.marketplace", string="Marketplaces"
    )
    condition_ids = fields.One2many(
        "acorn.onboarding.trigger.condition", "trigger_id", copy=True
    )
    action = fields.Selection(
        [("draft", "Create Drafts"), ("submit", "Submit After Approval")],
        "What It Does",
        required=True,
        default="draft",
        tracking=True,
        help="Drafts are checked and left to you. Submit After Approval also asks the"
        " manager, whose click sends what is ready.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("approval", "To Approve"),
            ("fired", "Fired"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    armed_on = fields.Date(
        "Watching Since",
        default=fields.Date.context_today,
        required=True,
        readonly=True,
        copy=False,
        help="An exchange rate has to cross its value after this day.",
    )
    fired_on = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    registration_ids = fields.Many2many(
        "acorn.onboarding.registration", readonly=True, copy=False
    )
    registration_count = fields.Integer(compute="_compute_registration_count")
    log_ids = fields.One2many("acorn.onboarding.trigger.log", "trigger_id")

    @api.depends("registration_ids")
    def _compute_registration_count(self):
        for trigger in self:
            trigger.registration_count = len(trigger.registration_ids)

    # === CONSTRAINTS === #

    @api.constrains("template_id", "entity_ids", "marketplace_ids", "active")
    def _check_target(self):
        for trigger in self.filtered("active"):
            if not trigger.template_id and not (
                trigger.entity_ids and trigger.marketplace_ids
            ):
                raise ValidationError(
                    self.env._(
                        "%(trigger)s needs a template, or legal entities and"
                        " marketplaces.",
                        trigger=trigger.name,
                    )
                )

    @api.constrains("user_id", "action")
    def _check_approver(self):
        for trigger in self:
            if trigger.action == "submit" and not trigger.user_id.has_group(MANAGER):
                raise ValidationError(
                    self.env._(
                        "%(user)s is no onboarding manager and cannot approve.",
                        user=trigger.user_id.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        model = check_created(self, vals_list)
        return super(AcornOnboardingTrigger, model).create(vals_list)

    def write(self, vals):
        """Leave the state to the trigger itself: only a manager approves (B5)."""
        check_written(self, vals)
        return super().write(vals)

    # === ACTION METHODS === #

    def action_test(self):
        """Write down what would happen now; nothing is created (B5)."""
        self.ensure_one()
        self.check_access("write")
        log = self._evaluate(is_test=True)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test of %(trigger)s", trigger=self.name),
            "res_model": log._name,
            "res_id": log.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_approve(self):
        """Submit what was prepared; what has problems stays with its findings."""
        self.ensure_one()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("An onboarding manager has to approve this trigger.")
            )
        self.check_access("write")
        self.lock_for_update()
        if self.state != "approval":
            raise UserError(self.env._("There is nothing to approve."))
        problems = [
            problem
            for registration in self.registration_ids
            if (problem := registration._try_to_submit())
        ]
        self.sudo().write({"state": "fired", "approved_by_id": self.env.uid})
        self.activity_feedback([APPROVE])
        if not problems:
            return True
        return warn(self.env._("Some were not sent"), "\n".join(problems))

    def action_reset(self):
        """Watch again from today on; what was prepared stays."""
        self.check_access("write")
        self.sudo().write(
            {
                "state": "waiting",
                "armed_on": fields.Date.context_today(self),
                "fired_on": False,
                "approved_by_id": False,
                "registration_ids": [fields.Command.clear()],
            }
        )
        self.activity_unlink([APPROVE])
        return True

    def action_view_registrations(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Registrations"),
            "res_model": "acorn.onboarding.registration",
            "view_mode": "list,form",
            "domain": [("id", "in", self.registration_ids.ids)],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _cron_run(self):
        """Fire whatever has its conditions met; one trigger never stops another."""
        for trigger in self.search([("state", "=", "waiting")]):
            if trigger.try_lock_for_update():
                trigger._run()

    def _run(self):
        """Look at the conditions, and fire when all of them are met."""
        self.ensure_one()
        lang = self.user_id.lang or self.env.lang
        trigger = self.with_company(self.company_id).with_context(lang=lang)
        try:
            with self.env.cr.savepoint():
                trigger._evaluate()
        except psycopg2.OperationalError:
            raise
        except Exception as exc:
            is_known = isinstance(exc, UserError)
            _logger.warning("Trigger %s: %s", self.id, exc, exc_info=not is_known)
            details = str(exc) or type(exc).__name__
            trigger._log({"outcome": "failed", "details": details})

    def _evaluate(self, is_test=False):
        """Judge every condition, write the figures down, and fire unless it is a test.

        :return: the entry of the log
        """
        self.ensure_one()
        if not self.condition_ids:
            raise UserError(self.env._("Add a condition first."))
        results = [condition._evaluate() for condition in self.condition_ids]
        lines = [f"{'✓' if is_met else '✗'} {text}" for is_met, text in results]
        missing = self._prepare_registrations()
        fires = all(is_met for is_met, _text in results)
        if fires:
            lines.append(self._describe_registrations(missing))
        outcome = "would_fire" if is_test else "fired"
        log = self._log(
            {
                "outcome": outcome if fires else "not_met",
                "is_test": is_test,
                "details": "\n".join(lines),
            }
        )
        if fires and not is_test:
            self._fire(missing)
        return log

    def _log(self, values):
        return (
            self.env["acorn.onboarding.trigger.log"]
            .sudo()
            .create({"trigger_id": self.id, **values})
        )

    def _prepare_registrations(self):
        """Return the values of the registrations that do not exist yet.

        :rtype: list[dict]
        """
        self.ensure_one()
        if self.template_id:
            return self.template_id._prepare_missing(user_id=self.user_id.id)
        return self.env["acorn.onboarding.registration"]._prepare_missing(
            self.company_id,
            self.entity_ids,
            self.marketplace_ids,
            user_id=self.user_id.id,
        )

    def _describe_registrations(self, values_list):
        """Return a sentence on what is created."""
        if not values_list:
            return self.env._("All registrations exist already.")
        partners = self.env["res.partner"].sudo()
        marketplaces = self.env["acorn.amazon.marketplace"]
        names = [
            f"{partners.browse(values['entity_id']).name} → "
            f"{marketplaces.browse(values['marketplace_id']).name}"
            for values in values_list
        ]
        return self.env._("Registrations: %(names)s", names=", ".join(names))

    def _fire(self, values_list):
        """Create and check drafts; ask the manager where they are to be submitted."""
        self.ensure_one()
        registrations = self.env["acorn.onboarding.registration"].create(values_list)
        registrations.action_check()
        needs_approval = self.action == "submit" and registrations
        self.sudo().write(
            {
                "state": "approval" if needs_approval else "fired",
                "fired_on": fields.Datetime.now(),
                "registration_ids": [fields.Command.set(registrations.ids)],
            }
        )
        self.message_post(
            body=self.env._(
                "Fired. Drafts created: %(count)s", count=len(registrations)
            ),
            partner_ids=self.user_id.partner_id.ids,
        )
        if needs_approval:
            self.activity_schedule(APPROVE, user_id=self.user_id.id)
