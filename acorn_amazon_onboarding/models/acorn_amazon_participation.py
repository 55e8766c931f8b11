from odoo import models


class AcornAmazonParticipation(models.Model):
    _inherit = "acorn.amazon.participation"

    def _propose(self):
        """Prefer what the template of an approved registration says (B30)."""
        self._apply_template()
        return super()._propose()

    def _apply_template(self):
        """Take over the settings of the template of an approved registration."""
        for participation in self:
            registration = participation._find_registration()
            settings = registration.template_line_id._prepare_participation_vals()
            if settings:
                participation.write(settings)

    def _find_registration(self):
        """Return the approved registration that this participation comes from."""
        self.ensure_one()
        return (
            self.env["acorn.onboarding.registration"]
            .sudo()
            .search(
                [
                    ("entity_id", "=", self.store_id.acorn_onboarding_entity_id.id),
                    ("entity_id", "!=", False),
                    ("marketplace_id", "=", self.marketplace_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "approved"),
                ],
                limit=1,
            )
        )
