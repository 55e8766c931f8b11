from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


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
        outbound = self.sudo().picking_id.acorn_amazon_outbound_ids
        numbers = [order_id, *outbound.mapped("amazon_order_id")]
        return [number for number in numbers if number]

    # === MULTI-CHANNEL ORDERS === #

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        """Override of `stock`: deliveries from Amazon's stock are Amazon's to ship."""
        moves = super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )
        leaving = moves.filtered(
            lambda m: (
                m.location_dest_id.usage == "customer"
                and m.location_id.usage == "internal"
                and m.state not in ("draft", "done", "cancel")
            )
        )
        # What Amazon has not shipped of a delivery is not asked for in its name again.
        context = self.env.context
        is_new = not (
            context.get("acorn_amazon_batch") or context.get("acorn_amazon_shipped")
        )
        if is_new and leaving._acorn_amazon_is_at_amazon():
            leaving.picking_id._acorn_amazon_request_outbound()
        return moves

    def _acorn_amazon_is_at_amazon(self):
        """Whether goods leave Amazon's stock; costs no query for others."""
        stores = self.env["acorn.amazon.store"]
        return bool(self) and stores._is_at_amazon(self.location_id)

    def _search_picking_for_assignation_domain(self):
        """Override of `stock`: nothing is added to what Amazon ships already."""
        domain = super()._search_picking_for_assignation_domain()
        if not self._acorn_amazon_is_at_amazon():
            return domain
        busy = ("sending", "sent")
        orders = self.env["acorn.amazon.outbound"].sudo()
        pickings = orders.search([("state", "in", busy)]).picking_id
        return list(Domain(domain) & Domain("id", "not in", pickings.ids))

    def _action_cancel(self):
        """Override of `stock`: what Amazon has must be cancelled at Amazon."""
        leaving = self.filtered(lambda m: m.location_dest_id.usage == "customer")
        if not leaving._acorn_amazon_is_at_amazon():
            return super()._action_cancel()
        pickings = leaving.sudo().picking_id
        if pickings and not self.env.context.get("acorn_amazon_cancelled"):
            orders = pickings.acorn_amazon_outbound_ids
            at_amazon = orders.filtered(lambda o: o.state in ("sending", "sent"))
            if at_amazon:
                raise UserError(
                    self.env._(
                        "Amazon has %(names)s already. Press Cancel at Amazon on the "
                        "delivery; it is cancelled when Amazon agrees.",
                        names=", ".join(at_amazon.picking_id.mapped("name")),
                    )
                )
        result = super()._action_cancel()
        waiting = pickings.acorn_amazon_outbound_ids.filtered(
            lambda o: o.state == "waiting" and o.picking_id.state == "cancel"
        )
        waiting.state = "cancelled"
        return result
