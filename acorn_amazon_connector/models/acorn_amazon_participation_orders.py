from odoo import fields, models


class AcornAmazonParticipation(models.Model):
    """What the order importer adds to a participation."""

    _inherit = "acorn.amazon.participation"

    create_missing_taxes = fields.Boolean(
        default=True,
        help="When Amazon charged a tax rate that Odoo does not know, a sales tax like "
        "the marketplace's own is created with that rate. Otherwise the order waits "
        "for you.",
    )

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
