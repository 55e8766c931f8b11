from odoo import api, models


class ProductPricelistItem(models.Model):
    """Every changed rule may change what Amazon shows."""

    _inherit = "product.pricelist.item"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `product` to note whose price changes."""
        items = super().create(vals_list)
        items._acorn_amazon_note()
        return items

    def write(self, vals):
        """Override of `product` to note whose price changes, before and after."""
        self._acorn_amazon_note()
        result = super().write(vals)
        self._acorn_amazon_note()
        return result

    def unlink(self):
        """Override of `product` to note whose price changes."""
        self._acorn_amazon_note()
        return super().unlink()

    def _acorn_amazon_note(self):
        if self:
            self.env["acorn.amazon.price.event"]._note(
                (
                    item.pricelist_id.id or 0,
                    (item.product_tmpl_id or item.product_id.product_tmpl_id).id or 0,
                )
                for item in self.sudo()
            )
