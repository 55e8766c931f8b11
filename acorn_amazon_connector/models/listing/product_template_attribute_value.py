from odoo import models


class ProductTemplateAttributeValue(models.Model):
    """The extra price of a variant."""

    _inherit = "product.template.attribute.value"

    def write(self, vals):
        """Override of `product` to note whose price at Amazon may change."""
        result = super().write(vals)
        if "price_extra" in vals:
            self.product_tmpl_id._acorn_amazon_note_price()
        return result
