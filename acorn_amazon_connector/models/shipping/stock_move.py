from collections import defaultdict

from odoo import models


class StockMove(models.Model):
    """Goods of Amazon orders that leave become parcels for Amazon."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Override of `stock`, however the delivery is validated (A1)."""
        if self.env.context.get("acorn_amazon_known_to_amazon"):
            return super()._action_done(cancel_backorder=cancel_backorder)
        lines = self.sudo().sale_line_id.filtered("acorn_amazon_order_item_id")
        before = {line: line.qty_delivered for line in lines}
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._acorn_amazon_create_packages(before)
        return done

    def _acorn_amazon_create_packages(self, before):
        """Note the parcels of Amazon orders among what has just left.

        :param dict before: order line → units that had left before
        :return: ``acorn.amazon.package``
        """
        leaving = self.sudo().filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and move.location_id.usage != "customer"
                and move.sale_line_id.order_id.acorn_amazon_order_id
            )
        )
        packages = self.env["acorn.amazon.package"].sudo()
        for order, moves in leaving.grouped(lambda m: m.sale_line_id.order_id).items():
            parcels, kits = moves._acorn_amazon_get_parcels()
            for content in parcels.values():
                for line in kits & content.keys():
                    content[line][0] -= before.get(line, 0)
            packages |= order._acorn_amazon_pack(parcels)
        packages._evaluate()
        return packages

    def _acorn_amazon_get_parcels(self):
        """What each parcel holds of each order line.

        Units of kits count with the parcel that completes them, by Odoo's own rule.

        :return: dict of (delivery, parcel) → dict of order line → [units, lots], and
            the lines that are kits, whose units are all that were delivered so far
        """
        parcels = defaultdict(lambda: defaultdict(lambda: [0.0, self.env["stock.lot"]]))
        kits = {}
        for move_line in self.move_line_ids.sorted("id"):
            move = move_line.move_id
            line = move.sale_line_id
            if line.acorn_amazon_charge != "item":
                continue
            outer = move_line.result_package_id
            while outer.parent_package_id:
                outer = outer.parent_package_id
            content = parcels[move.picking_id, outer]
            if move.product_id != line.product_id:
                kits[line] = content
                continue
            units = move_line.quantity_product_uom
            if move.product_id.uom_id != line.product_uom_id:
                units = move.product_id.uom_id._compute_quantity(
                    units, line.product_uom_id, round=False
                )
            content[line][0] += units
            if move.product_id.acorn_amazon_send_serials:
                content[line][1] |= move_line.lot_id
        for line, content in kits.items():
            content[line][0] = line.qty_delivered
        return parcels, set(kits)
