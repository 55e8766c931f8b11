from odoo import api, fields, models


class AcornOnboardingAgreement(models.Model):
    """A version of Amazon's agreement that every entity has to accept (B24)."""

    _name = "acorn.onboarding.agreement"
    _description = "Amazon Agreement"
    _order = "effective_on desc, id desc"
    _rec_name = "version"

    version = fields.Char(required=True)
    effective_on = fields.Date(required=True)
    note = fields.Text()
    entity_ids = fields.One2many(
        "res.partner", "acorn_onboarding_agreement_id", "Accepted By"
    )

    _version_uniq = models.Constraint(
        "UNIQUE(version)", "This version is known already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        agreements = super().create(vals_list)
        agreements._ask_for_consent()
        return agreements

    @api.model
    def _get_current(self):
        """Return the version that holds today; empty when none was recorded."""
        today = fields.Date.context_today(self)
        return self.search([("effective_on", "<=", today)], limit=1)

    def _ask_for_consent(self):
        """Create a task for each entity that sells and has not accepted yet (B24)."""
        activity = "acorn_amazon_onboarding.activity_agreement"
        stores = self.env["acorn.amazon.store"].search(
            [("acorn_onboarding_entity_id", "!=", False), ("state", "!=", "draft")]
        )
        registrations = self.env["acorn.onboarding.registration"].search(
            [("state", "not in", ("approved", "rejected", "withdrawn"))]
        )
        for record in (*stores, *registrations):
            if not record.activity_search([activity]):
                record.activity_schedule(
                    activity, user_id=(record.user_id or self.env.user).id
                )
