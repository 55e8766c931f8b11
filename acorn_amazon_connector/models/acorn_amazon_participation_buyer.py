from odoo import models


class AcornAmazonParticipation(models.Model):
    _inherit = "acorn.amazon.participation"

    def _get_generic_buyer(self):
        """One contact per marketplace for buyers about whom Amazon tells nothing.

        :rtype: res.partner
        """
        self.ensure_one()
        if not self.no_pii_partner_id:
            self.sudo().no_pii_partner_id = (
                self.env["res.partner"]
                .sudo()
                .create(self._prepare_generic_buyer_vals())
            )
        return self.no_pii_partner_id

    def _prepare_generic_buyer_vals(self):
        """Values of the generic buyer. Override point."""
        return {
            "name": self.env._(
                "Amazon Buyer (%(marketplace)s)", marketplace=self.marketplace_id.name
            ),
            "company_id": self.company_id.id,
            "country_id": self.marketplace_id.country_id.id,
            "lang": self.lang or self.env.lang,
        }
