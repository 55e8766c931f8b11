from odoo import api, models


class StockQuant(models.Model):
    """Every change of stock or reservation is a change of what Amazon may show."""

    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `stock` to note whose free stock changes (A2)."""
        quants = super().create(vals_list)
        quants._acorn_amazon_note()
        return quants

    def write(self, vals):
        """Override of `stock` to note whose free stock changes (A2)."""
        result = super().write(vals)
        if "quantity" in vals or "reserved_quantity" in vals:
            self._acorn_amazon_note()
        return result

    def unlink(self):
        """Override of `stock` to note whose free stock changes (A2)."""
        self._acorn_amazon_note()
        return super().unlink()

    def _acorn_amazon_note(self):
        if self:
            self.env["acorn.amazon.stock.event"]._note_products(self.product_id)
