from odoo import models


class StockMove(models.Model):
    """What is promised is not free, whether it could be reserved or not."""

    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """Override of `stock` to note whose free stock changes (A2)."""
        self._acorn_amazon_note()
        return super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )

    def _action_cancel(self):
        """Override of `stock` to note whose free stock changes (A2).

        Nor does anybody wait for what will not be delivered.
        """
        self._acorn_amazon_note()
        result = super()._action_cancel()
        self.sale_line_id.order_id._acorn_amazon_close_shipped_elsewhere()
        return result

    def _acorn_amazon_note(self):
        if self:
            self.env["acorn.amazon.stock.event"]._note_products(self.product_id)
