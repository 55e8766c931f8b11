from odoo import api, fields, models


class AcornOnboardingOverview(models.TransientModel):
    """All entities on all marketplaces, whatever template they come from (B4)."""

    _name = "acorn.onboarding.overview"
    _description = "Overview of Marketplaces"
    _inherit = ["acorn.onboarding.matrix.mixin"]

    matrix = fields.Json("Overview", compute="_compute_matrix")

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Overview")

    @api.depends_context("lang", "allowed_company_ids")
    def _compute_matrix(self):
        registrations = self.env["acorn.onboarding.registration"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        entities = registrations.entity_id
        places = entities.sudo().acorn_onboarding_store_ids.participation_ids.filtered(
            "is_participating"
        )
        marketplaces = registrations.marketplace_id | places.marketplace_id
        for overview in self:
            overview.matrix = overview._build_matrix(
                entities.sorted("name"), marketplaces.sorted(), registrations
            )

    @api.model
    def _open(self):
        """Return the action that shows the overview as it is now."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Overview"),
            "res_model": self._name,
            "res_id": self.create({}).id,
            "view_mode": "form",
            "target": "current",
        }
