from odoo import models


class ProductProduct(models.Model):
    """Notes of changed prices."""

    _inherit = "product.product"

    def write(self, vals):
        """Override of `product` to note whose price at Amazon may change."""
        result = super().write(vals)
        if "standard_price" in vals or "lst_price" in vals:
            self.product_tmpl_id._acorn_amazon_note_price()
        return result

    def action_acorn_amazon_publish(self):
        """Start a publication of these variants."""
        return self.env["acorn.amazon.publication"]._start(self)
