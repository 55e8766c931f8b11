from odoo import api, fields, models
from odoo.exceptions import UserError


class AcornOnboardingOpenMarketplaces(models.TransientModel):
    """Entities × marketplaces of a template: check all, submit the chosen (B1)."""

    _name = "acorn.onboarding.open.marketplaces"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Open Marketplaces"
    _rec_name = "template_id"

    template_id = fields.Many2one(
        "acorn.onboarding.template", required=True, ondelete="cascade"
    )
    cell_ids = fields.One2many("acorn.onboarding.open.marketplaces.cell", "wizard_id")
    matrix = fields.Json(related="template_id.matrix")
    ready_count = fields.Integer(compute="_compute_counts")
    problem_count = fields.Integer(compute="_compute_counts")
    chosen_count = fields.Integer(compute="_compute_counts")

    @api.depends("cell_ids.selected", "cell_ids.registration_id.error_count")
    def _compute_counts(self):
        for wizard in self:
            open_cells = wizard.cell_ids.filtered("can_submit")
            wizard.ready_count = len(open_cells)
            wizard.problem_count = len(wizard.cell_ids.filtered("error_count"))
            wizard.chosen_count = len(open_cells.filtered("selected"))

    def _fill(self):
        """Create what is missing, check everything and choose what is ready."""
        self.ensure_one()
        template = self.template_id
        if not template.entity_ids or not template.line_ids:
            raise UserError(
                self.env._("Add legal entities and marketplaces to the template first.")
            )
        registrations = template._create_registrations()
        registrations.action_check()
        self.cell_ids.unlink()
        self.cell_ids = [
            fields.Command.create(
                {
                    "registration_id": registration.id,
                    "selected": registration.state == "ready",
                }
            )
            for registration in registrations.sorted(
                lambda r: (r.entity_id.name, r.template_line_id.sequence)
            )
        ]

    def action_check(self):
        """Look again after something was mended."""
        self.ensure_one()
        self._fill()
        return self._get_action()

    def action_submit(self):
        """Submit the chosen ones; one that cannot go stops no other."""
        self.ensure_one()
        chosen = self.cell_ids.filtered(lambda cell: cell.selected and cell.can_submit)
        if not chosen:
            raise UserError(self.env._("Choose at least one that is ready."))
        for cell in chosen:
            cell._submit()
        if any(cell.problem for cell in chosen):
            return self._get_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Registrations"),
            "res_model": "acorn.onboarding.registration",
            "view_mode": "kanban,list,form",
            "domain": [("id", "in", self.cell_ids.registration_id.ids)],
        }

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open Marketplaces"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
        }


class AcornOnboardingOpenMarketplacesCell(models.TransientModel):
    """One entity on one marketplace, with the result of the checks."""

    _name = "acorn.onboarding.open.marketplaces.cell"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Entity on a Marketplace"

    wizard_id = fields.Many2one(
        "acorn.onboarding.open.marketplaces", required=True, ondelete="cascade"
    )
    registration_id = fields.Many2one(
        "acorn.onboarding.registration", required=True, ondelete="cascade"
    )
    entity_id = fields.Many2one(related="registration_id.entity_id")
    marketplace_id = fields.Many2one(related="registration_id.marketplace_id")
    state = fields.Selection(related="registration_id.state")
    channel = fields.Selection(related="registration_id.channel")
    error_count = fields.Integer(related="registration_id.error_count")
    warning_count = fields.Integer(related="registration_id.warning_count")
    can_submit = fields.Boolean(compute="_compute_can_submit")
    selected = fields.Boolean("Submit")
    problem = fields.Text(readonly=True)
    findings = fields.Text(compute="_compute_findings")

    @api.depends("state")
    def _compute_can_submit(self):
        for cell in self:
            cell.can_submit = cell.state == "ready"

    @api.depends("registration_id.finding_ids", "problem")
    def _compute_findings(self):
        for cell in self:
            reasons = cell.registration_id.finding_ids.mapped("reason")
            if cell.problem and not reasons:
                reasons = [cell.problem]
            cell.findings = "\n".join(f"• {reason}" for reason in reasons)

    def _submit(self):
        self.ensure_one()
        self.problem = self.registration_id._try_to_submit()
        self.selected = False

    def action_open_registration(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "acorn.onboarding.registration",
            "res_id": self.registration_id.id,
            "view_mode": "form",
        }
