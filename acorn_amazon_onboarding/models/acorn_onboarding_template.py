from odoo import api, fields, models

from .acorn_onboarding_registration import CLOSED


class AcornOnboardingTemplate(models.Model):
    """Which entities open which marketplaces, and how they sell there (B1, B2, B8)."""

    _name = "acorn.onboarding.template"
    _description = "Opening Template"
    _inherit = ["mail.thread", "acorn.onboarding.matrix.mixin"]
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    entity_ids = fields.Many2many(
        "res.partner",
        string="Legal Entities",
        domain="[('acorn_onboarding_is_entity', '=', True)]",
    )
    line_ids = fields.One2many("acorn.onboarding.template.line", "template_id")
    brand_names = fields.Char("Brands", help="Separated by commas.")
    selling_plan = fields.Selection(
        [("PROFESSIONAL", "Professional"), ("INDIVIDUAL", "Individual")],
        required=True,
        default="PROFESSIONAL",
    )
    registration_ids = fields.One2many(
        "acorn.onboarding.registration", "template_id", readonly=True
    )
    registration_count = fields.Integer(compute="_compute_registration_count")
    drift_count = fields.Integer("Differing", compute="_compute_registration_count")
    matrix = fields.Json("Overview", compute="_compute_matrix")

    @api.depends("registration_ids.drift")
    def _compute_registration_count(self):
        for template in self:
            template.registration_count = len(template.registration_ids)
            template.drift_count = len(template.registration_ids.filtered("drift"))

    @api.depends(
        "entity_ids.name",
        "line_ids.sequence",
        "line_ids.marketplace_id",
        "registration_ids.state",
        "registration_ids.finding_ids",
    )
    @api.depends_context("lang")
    def _compute_matrix(self):
        for template in self:
            marketplaces = template.line_ids.sorted("sequence").marketplace_id
            entities = template.entity_ids.sorted("name")
            template.matrix = template._build_matrix(
                entities._origin, marketplaces, template._find_registrations()
            )

    def action_view_registrations(self):
        """Open the template's registrations on the board."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Registrations"),
            "res_model": "acorn.onboarding.registration",
            "view_mode": "kanban,list,form,pivot",
            "domain": [("template_id", "=", self.id)],
        }

    def action_open_marketplaces(self):
        """Open the matrix of entities and marketplaces."""
        self.ensure_one()
        wizard = self.env["acorn.onboarding.open.marketplaces"].create(
            {"template_id": self.id}
        )
        wizard._fill()
        return wizard._get_action()

    def _find_registrations(self):
        """Return all registrations of these entities on these marketplaces."""
        return self.env["acorn.onboarding.registration"].search(
            [
                ("entity_id", "in", self.entity_ids.ids),
                ("marketplace_id", "in", self.line_ids.marketplace_id.ids),
                ("company_id", "=", self.company_id.id),
            ]
        )

    def _create_registrations(self):
        """Create what is missing of entities × marketplaces, once each (B1, B2).

        :return: the registrations of all entities and marketplaces of the template
        """
        self.env["acorn.onboarding.registration"].create(self._prepare_missing())
        return self._find_registrations().filtered(lambda r: r.state not in CLOSED)

    def _prepare_missing(self, **values):
        """Return the values of the registrations that do not exist yet.

        :param values: what all of them have in common
        :rtype: list[dict]
        """
        self.ensure_one()
        return self.env["acorn.onboarding.registration"]._prepare_missing(
            self.company_id,
            self.entity_ids,
            self.line_ids.marketplace_id,
            template_id=self.id,
            brand_names=self.brand_names,
            selling_plan=self.selling_plan,
            **values,
        )


class AcornOnboardingTemplateLine(models.Model):
    """How a template sells on one marketplace after the approval (B30)."""

    _name = "acorn.onboarding.template.line"
    _description = "Marketplace of an Opening Template"
    _order = "template_id, sequence, id"
    _rec_name = "marketplace_id"
    _check_company_auto = True

    template_id = fields.Many2one(
        "acorn.onboarding.template", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    marketplace_id = fields.Many2one("acorn.amazon.marketplace", required=True)
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True)
    team_id = fields.Many2one("crm.team", check_company=True)
    journal_id = fields.Many2one(
        "account.journal", domain="[('type', '=', 'sale')]", check_company=True
    )
    pricelist_id = fields.Many2one("product.pricelist", check_company=True)
    fiscal_position_id = fields.Many2one("account.fiscal.position", check_company=True)

    _marketplace_uniq = models.Constraint(
        "UNIQUE(template_id, marketplace_id)", "This marketplace is in the template."
    )

    def _prepare_participation_vals(self):
        """Return the settings that were chosen, for ``acorn.amazon.participation``.

        :rtype: dict
        """
        if not self:
            return {}
        self.ensure_one()
        names = (
            "warehouse_id",
            "team_id",
            "journal_id",
            "pricelist_id",
            "fiscal_position_id",
        )
        return {name: self[name].id for name in names if self[name]}
