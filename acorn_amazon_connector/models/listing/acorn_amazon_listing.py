from odoo import models


class AcornAmazonListing(models.Model):
    """A listing that gets another product gets other prices."""

    _inherit = "acorn.amazon.listing"

    def write(self, vals):
        """Override to compute the prices anew when the product changes."""
        result = super().write(vals)
        if "product_id" in vals:
            self.sudo().offer_ids._mark_price()
        return result
