from odoo import fields, models


class StockMove(models.Model):
    """Moves in Amazon's warehouses that no person has made (X14)."""

    _inherit = "stock.move"

    acorn_amazon_fba_event_id = fields.Many2one(
        "acorn.amazon.fba.event",
        string="Amazon Event",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        groups="stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user",
    )
    acorn_amazon_before_opening = fields.Boolean(
        copy=False,
        help="Left Amazon's stock before its opening balance was booked.",
    )

    def _acorn_amazon_choose_fba_lots(self):
        """Give tracked goods their lots, in the product's removal order.

        What comes from outside Odoo's books has a lot that says it is unknown.
        """
        for move in self:
            if move.location_id.usage in ("internal", "transit"):
                move._acorn_amazon_assign_lots()
            else:
                self.env["stock.move.line"].create(
                    move._acorn_amazon_prepare_unknown_lots(move.product_qty)
                )

    def _acorn_amazon_get_unknown_origin(self):
        """Override: events are no orders."""
        event = self.sudo().acorn_amazon_fba_event_id
        if event:
            return event.reference or event.kind.upper()
        return super()._acorn_amazon_get_unknown_origin()

    def _acorn_amazon_get_fba_references(self):
        """Amazon's numbers under which its ledger knows this delivery.

        :rtype: list[str]
        """
        order_id = self.sale_line_id.order_id.acorn_amazon_order_id
        return [order_id] if order_id else []
