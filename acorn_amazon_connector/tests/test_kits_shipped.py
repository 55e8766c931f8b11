"""Kits of orders of which Amazon says that a part has left (A1)."""

from odoo import Command
from odoo.tests import tagged

from .order_documents import make_item
from .orders_common import FINISHED
from .test_shipments import ShipmentRulesCase


@tagged("post_install", "-at_install")
class TestKitsPartlyShipped(ShipmentRulesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._need_kits()
        cls.kit = cls.env["product.product"].create(
            {"name": "SET", "default_code": "SET", "is_storable": True}
        )
        cls.bom = cls._make_kit(cls.kit, (cls.lamp, 1), (cls.mug, 2))
        # Before the orders: what has left came from the shelves.
        cls.store.stock_counted_at = "2020-01-01"

    def _import_partly(self, *items):
        return self._import(*items, status="PARTIALLY_SHIPPED")

    def _units(self, order, state="done"):
        """Units of each product in moves to the buyer that are done, or open."""
        units = {}
        for move in order.order_line.move_ids:
            if move.location_dest_id.usage != "customer" or (
                (move.state == "done") != (state == "done")
            ):
                continue
            product = move.product_id
            quantity = move.product_uom._compute_quantity(
                move.quantity if state == "done" else move.product_uom_qty,
                product.uom_id,
            )
            units[product] = units.get(product, 0) + quantity
        return units

    # A1: all parts of the kits that have left, and the rest on a backorder.
    def test_one_of_two_kits(self):
        order = self._import_partly(make_item("SET", quantity=2, shipped=1))
        self.assertEqual(self._units(order), {self.lamp: 1, self.mug: 2})
        self.assertEqual(self._units(order, "open"), {self.lamp: 1, self.mug: 2})
        self.assertEqual(self._lines(order).qty_delivered, 1)
        self.assertEqual(self._open_picking(order).state, "assigned")
        self.assertEqual(len(order.picking_ids), 2)
        # What follows is the other kit, not both.
        package = self._ship(order)
        self.assertEqual((package.unit_count, package.state), (1, "to_send"))
        self.assertEqual(self._lines(order).qty_delivered, 2)

    # A1: a kit beside a product, and lines of the same parts.
    def test_kits_beside_parts(self):
        order = self._import_partly(
            make_item("SET", quantity=3, shipped=2),
            make_item("MUG", quantity=4, shipped=1),
            make_item("LAMP", quantity=1),
        )
        self.assertEqual(self._units(order), {self.lamp: 2, self.mug: 5})
        self.assertEqual(self._units(order, "open"), {self.lamp: 2, self.mug: 5})
        self.assertEqual(self._lines(order).mapped("qty_delivered"), [2, 1, 0])

    # A1: a part may be in a kit several times.
    def test_a_part_in_several_lines(self):
        self.bom.bom_line_ids = [
            Command.create({"product_id": self.mug.id, "product_qty": 3})
        ]
        order = self._import_partly(make_item("SET", quantity=2, shipped=1))
        self.assertEqual(self._units(order), {self.lamp: 1, self.mug: 5})
        self.assertEqual(self._lines(order).qty_delivered, 1)

    # A1: a bill for three kits that needs four lamps.
    def test_uneven_ratios(self):
        self.bom.product_qty = 3
        self.bom.bom_line_ids[0].product_qty = 4
        self.bom.bom_line_ids[1].product_qty = 6
        order = self._import_partly(make_item("SET", quantity=6, shipped=3))
        self.assertEqual(self._units(order), {self.lamp: 4, self.mug: 6})
        self.assertEqual(self._units(order, "open"), {self.lamp: 4, self.mug: 6})
        other = self._import_partly(make_item("SET", quantity=3, shipped=1))
        self.assertEqual(self._lines(other).qty_delivered, 1)
        self.assertEqual(self._ship(other).unit_count, 2)

    # A1
    def test_a_kit_of_kits(self):
        case = self.env["product.product"].create(
            {"name": "CASE", "default_code": "CASE", "is_storable": True}
        )
        self._make_kit(case, (self.kit, 2), (self.mug, 1))
        order = self._import_partly(make_item("CASE", quantity=3, shipped=1))
        self.assertEqual(self._units(order), {self.lamp: 2, self.mug: 5})
        self.assertEqual(self._units(order, "open"), {self.lamp: 4, self.mug: 10})

    # A1: the bill counts by the dozen what the stock counts one by one.
    def test_a_bill_in_another_unit(self):
        self.env["ir.config_parameter"].set_param("stock.propagate_uom", "1")
        dozen = self.env.ref("uom.product_uom_dozen")
        self.bom.bom_line_ids[1].write({"product_qty": 1, "product_uom_id": dozen.id})
        order = self._import_partly(make_item("SET", quantity=2, shipped=1))
        self.assertEqual(self._units(order), {self.lamp: 1, self.mug: 12})
        self.assertEqual(self._units(order, "open"), {self.lamp: 1, self.mug: 12})
        self.assertEqual(self._lines(order).qty_delivered, 1)

    # A1, X14: lots of parts, also when the bill counts by the dozen.
    def test_parts_with_lots(self):
        seal = self.env["product.product"].create(
            {"name": "SEAL", "is_storable": True, "tracking": "lot"}
        )
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": seal.id})
        self.env["stock.quant"]._update_available_quantity(
            seal, self.warehouse.lot_stock_id, 30, lot_id=lot
        )
        self.bom.bom_line_ids = [
            Command.create(
                {
                    "product_id": seal.id,
                    "product_qty": 1,
                    "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                }
            )
        ]
        order = self._import_partly(make_item("SET", quantity=3, shipped=2))
        self.assertEqual(self._units(order), {self.lamp: 2, self.mug: 4, seal: 24})
        done = order.picking_ids.move_line_ids.filtered(
            lambda line: line.product_id == seal and line.state == "done"
        )
        self.assertEqual(done.lot_id, lot)
        self.assertEqual(self._lines(order).qty_delivered, 2)

    # A1: goods that left before Odoo counted, from a warehouse in two steps.
    def test_a_warehouse_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._import_partly(make_item("SET", quantity=3, shipped=1))
        self.assertEqual(self._units(order), {self.lamp: 1, self.mug: 2})
        self.assertEqual(self._lines(order).qty_delivered, 1)
        picks = order.picking_ids.filtered(lambda p: p.state not in FINISHED)
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in picks.move_ids},
            {self.lamp: 2, self.mug: 4},
        )

    # A1: the later step may stand from the beginning.
    def test_two_steps_that_are_planned_ahead(self):
        self.warehouse.delivery_steps = "pick_ship"
        rules = self.warehouse.delivery_route_id.rule_ids
        pick, ship = rules.sorted(lambda rule: rule.action == "push")
        customers = ship.location_dest_id
        pick.write({"location_dest_from_rule": False})
        pick.location_dest_id = ship.location_src_id
        ship.write({"action": "pull", "procure_method": "make_to_order"})
        self.assertEqual(ship.location_dest_id, customers)
        order = self._import_partly(
            make_item("SET", quantity=3, shipped=1),
            make_item("LAMP", quantity=2, shipped=1),
        )
        self.assertEqual(self._units(order), {self.lamp: 2, self.mug: 2})
        self.assertEqual(self._units(order, "open"), {self.lamp: 3, self.mug: 4})
        self.assertEqual(self._lines(order).mapped("qty_delivered"), [1, 1])

    # A1: what Amazon says and what Odoo delivered are both counted in kits.
    def test_kits_shipped_elsewhere(self):
        order = self._import(make_item("SET", quantity=2))
        item = self._lines(order).acorn_amazon_order_item_id
        order._acorn_amazon_check_shipped_elsewhere({item: 1})
        self.assertTrue(self._incident("shipped_elsewhere", order))
        other = self._import_partly(make_item("SET", quantity=2, shipped=1))
        item = self._lines(other).acorn_amazon_order_item_id
        other._acorn_amazon_check_shipped_elsewhere({item: 1})
        self.assertFalse(self._incident("shipped_elsewhere", other))

    # A2: a label is for what is in its parcel, before and after it has left.
    def test_the_label_of_the_rest(self):
        order = self._import_partly(make_item("SET", quantity=3, shipped=1))
        picking = self._open_picking(order)
        wizard = self.env["acorn.amazon.buy.label"].new({"picking_id": picking.id})
        self.assertEqual([item.quantity for item in wizard._get_items()], [2])
        self._ship(order)
        self.assertEqual([item.quantity for item in wizard._get_items()], [2])
