import math
from collections import defaultdict

from odoo import models


class StockMove(models.Model):
    """Goods of Amazon orders that leave become parcels, until they come back."""

    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Override of `stock`, however the delivery is validated (A1)."""
        if self.env.context.get("acorn_amazon_known_to_amazon"):
            return super()._action_done(cancel_backorder=cancel_backorder)
        lines = self.sudo().sale_line_id.filtered("acorn_amazon_order_item_id")
        before = {line: line.qty_delivered for line in lines}
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._acorn_amazon_take_back(before)
        done._acorn_amazon_create_packages(before)
        return done

    def _acorn_amazon_take_back(self, before):
        """Note on the parcels of Amazon orders what has just come back of them.

        :param dict before: order line → units that had left before
        """
        back = (
            self.sudo()
            ._acorn_amazon_get_back()
            .filtered(lambda move: move.sale_line_id.acorn_amazon_charge == "item")
        )
        packages = back.sale_line_id.acorn_amazon_item_ids.package_id
        packages._keep_sender_away()
        for line, moves in back.grouped("sale_line_id").items():
            items = line.acorn_amazon_item_ids
            if moves.product_id != line.product_id:
                # By Odoo's own rule; it counts a kit that lost one part as returned.
                units = before.get(line, 0) - line.qty_delivered
                items._note_returned(
                    math.ceil(units - 1e-6),
                    moves.origin_returned_move_id.picking_id,
                    self.env["stock.package"],
                )
                continue
            for move_line in moves.move_line_ids:
                delivery = move_line.move_id.origin_returned_move_id.picking_id
                own = items.filtered(
                    lambda item, delivery=delivery: (
                        not delivery or item.package_id.picking_id == delivery
                    )
                )
                own._note_returned(
                    math.ceil(_count_units(move_line, line) - 1e-6),
                    delivery,
                    _get_outermost(move_line.package_id),
                    move_line.lot_id.name,
                )
        packages._follow_return()

    def _acorn_amazon_create_packages(self, before):
        """Note the parcels of Amazon orders among what has just left.

        :param dict before: order line → units that had left before
        :return: ``acorn.amazon.package``
        """
        leaving = self.sudo()._acorn_amazon_get_leaving()
        # Whether what leaves has a parcel already depends on what becomes of these.
        items = leaving.sale_line_id.acorn_amazon_item_ids
        items.filtered("returned_quantity").package_id._keep_sender_away()
        packages = self.env["acorn.amazon.package"].sudo()
        for order, moves in leaving.grouped(lambda m: m.sale_line_id.order_id).items():
            parcels, kits = moves._acorn_amazon_get_parcels()
            for content in parcels.values():
                for line in kits & content.keys():
                    content[line][0] -= before.get(line, 0)
            packages |= order._acorn_amazon_pack(parcels)
        packages._evaluate()
        return packages

    def _acorn_amazon_get_leaving(self):
        """Of these moves, those with which goods of Amazon orders left for buyers."""
        return self.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and move.location_id.usage != "customer"
                and move.sale_line_id.order_id.acorn_amazon_order_id
            )
        )

    def _acorn_amazon_get_back(self):
        """Of these moves, those with which goods of Amazon orders came back."""
        return self.filtered(
            lambda move: (
                move.state == "done"
                and move.location_id.usage == "customer"
                and move.location_dest_id.usage != "customer"
                and move.sale_line_id.order_id.acorn_amazon_order_id
            )
        )

    def _acorn_amazon_count_away(self, line):
        """Units that left with these moves of an order line and did not come back."""
        leaving, back = self._acorn_amazon_get_leaving(), self._acorn_amazon_get_back()
        if leaving.product_id != line.product_id:
            return line.qty_delivered
        return sum(_count_units(each, line) for each in leaving.move_line_ids) - sum(
            _count_units(each, line) for each in back.move_line_ids
        )

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
            outer = _get_outermost(move_line.result_package_id)
            content = parcels[move.picking_id, outer]
            if move.product_id != line.product_id:
                kits[line] = content
                continue
            content[line][0] += _count_units(move_line, line)
            if move.product_id.acorn_amazon_send_serials:
                content[line][1] |= move_line.lot_id
        for line, content in kits.items():
            content[line][0] = line.qty_delivered
        return parcels, set(kits)


def _count_units(move_line, line):
    """What a move line moves, in the unit of its order line."""
    units, unit = move_line.quantity_product_uom, move_line.product_id.uom_id
    if unit == line.product_uom_id:
        return units
    return unit._compute_quantity(units, line.product_uom_id, round=False)


def _get_outermost(parcel):
    """The parcel that a parcel is packed in, over all levels."""
    while parcel.parent_package_id:
        parcel = parcel.parent_package_id
    return parcel
