from collections import defaultdict

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _assign_picking(self):
        """Override of `stock`: a batch creates the transfers of all orders at once."""
        batch = self.env.context.get("acorn_amazon_batch")
        if batch:
            batch.collect_moves(self)
            return True
        return super()._assign_picking()

    def _should_assign_at_confirm(self):
        """Override of `stock`: a batch reserves all its moves at its end."""
        if self.env.context.get("acorn_amazon_batch"):
            return False
        return super()._should_assign_at_confirm()

    def _acorn_amazon_get_part(self):
        """What a move is for: of a kit, a line of its bill of materials.

        :return: (order line, product, bill's line or None), the same in each step of a
            warehouse
        """
        self.ensure_one()
        bill = self.bom_line_id if "bom_line_id" in self._fields else None
        return self.sale_line_id, self.product_id, bill

    def _acorn_amazon_count_shipped(self, shipped):
        """What has left when Amazon counts order items, which may be kits.

        :param dict shipped: Amazon order item id → quantity shipped so far
        :return: dict of :meth:`_acorn_amazon_get_part` → units of the product
        """
        needs = defaultdict(float)
        for move in self:
            needs[move._acorn_amazon_get_part()] += move.product_qty
        counts = {}
        for part, need in needs.items():
            line, product, _bill = part
            units = shipped.get(line.acorn_amazon_order_item_id, 0)
            if units and line.product_uom_qty:
                units = need * min(units / line.product_uom_qty, 1)
                counts[part] = product._acorn_amazon_round_up(units)
        return counts

    def _acorn_amazon_assign_lots(self, quantities=None):
        """Give tracked goods that have left their lots, oldest first (A1, X14).

        Amazon does not say which lot left. What the location holds is taken in removal
        order; the rest gets a lot that says so, and the ledger corrects it later.

        :param dict quantities: move → units of the product that have left, when it is
            not all
        """
        for move in self:
            move._do_unreserve()
            open_quantity = move.product_qty
            if quantities is not None:
                open_quantity = quantities[move]
            values = []
            quants = self.env["stock.quant"]._gather(move.product_id, move.location_id)
            for quant in quants.filtered("lot_id"):
                free = quant.quantity - quant.reserved_quantity
                taken = min(free, open_quantity)
                if taken > 0:
                    values += move._acorn_amazon_prepare_lot_lines(quant.lot_id, taken)
                    open_quantity -= taken
            if move.product_uom.compare(open_quantity, 0) > 0:
                values += move._acorn_amazon_prepare_unknown_lots(open_quantity)
            self.env["stock.move.line"].create(values)

    def _acorn_amazon_prepare_lot_lines(self, lot, quantity):
        line = {
            **self._prepare_move_line_vals(),
            "product_uom_id": self.product_id.uom_id.id,
        }
        return [{**line, "lot_id": lot.id, "quantity": quantity}]

    def _acorn_amazon_prepare_unknown_lots(self, quantity):
        """A lot per product, or a serial number per unit, that says it is unknown."""
        if self.product_id.tracking == "lot":
            lot = self._acorn_amazon_find_or_create_lot("AMAZON-UNKNOWN")
            return self._acorn_amazon_prepare_lot_lines(lot, quantity)
        lines = []
        origin = self._acorn_amazon_get_unknown_origin()
        for number in range(1, int(quantity) + 1):
            name = f"{origin}-{self.id}-{number}"
            lot = self._acorn_amazon_find_or_create_lot(name)
            lines += self._acorn_amazon_prepare_lot_lines(lot, 1)
        return lines

    def _acorn_amazon_get_unknown_origin(self):
        """What the name of an unknown serial number begins with."""
        return self.sale_line_id.order_id.acorn_amazon_order_id

    def _acorn_amazon_find_or_create_lot(self, name):
        lots = self.env["stock.lot"]
        values = {
            "name": name,
            "product_id": self.product_id.id,
            "company_id": self.company_id.id,
        }
        domain = [(field, "=", value) for field, value in values.items()]
        return lots.search(domain, limit=1) or lots.create(values)
