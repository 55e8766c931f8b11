from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockPromises(StockCase):
    """What is promised to others and not reserved is not offered (A2, X2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.warehouse.lot_stock_id
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Amazon shelf", "location_id": cls.stock.id}
        )

    def _show_shelf(self, quantity):
        """All goods are on the shelf, and only these are shown."""
        self._stock(self.lamp, -100)
        if quantity:
            self._stock(self.lamp, quantity, self.shelf)
        self.store.participation_ids.stock_location_ids = self.shelf

    # A2: the delivery waits at WH/Stock until somebody reserves.
    def test_reserved_by_hand(self):
        self.warehouse.out_type_id.reservation_method = "manual"
        self._show_shelf(100)
        self.assertEqual(self.shown(), 100)
        order = self._sell(self.lamp, 70)
        self.assertEqual(self.shown(), 30)
        # It is counted once.
        order.picking_ids.action_assign()
        self.assertEqual(self.shown(), 30)
        order.picking_ids.button_validate()
        self.assertEqual(self.shown(), 30)

    # A2: one delivery has its units, another waits for some.
    def test_partly_reserved(self):
        self._show_shelf(10)
        self._sell(self.lamp, 4)
        self.assertEqual(self.shown(), 6)
        order = self._sell(self.lamp, 9)
        self.assertEqual(self.shown(), 0)
        self._stock(self.lamp, 10, self.shelf)
        self.assertEqual(self.shown(), 7)
        order._action_cancel()
        self.assertEqual(self.shown(), 16)

    # A2: what a count finds is promised to whoever waits for it.
    def test_order_waited_for_stock(self):
        self._show_shelf(0)
        self._sell(self.lamp, 10)
        self._stock(self.lamp, 10, self.shelf)
        self.assertEqual(self.shown(), 0)

    # A2: a dozen is twelve.
    def test_units_of_measure(self):
        self.warehouse.out_type_id.reservation_method = "manual"
        self._show_shelf(100)
        move = self.env["stock.move"].create(
            {
                "product_id": self.lamp.id,
                "product_uom": self.env.ref("uom.product_uom_dozen").id,
                "product_uom_qty": 2,
                "location_id": self.stock.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
        )
        move._action_confirm()
        self.assertEqual(self.shown(), 76)

    # A2: units that move about on the shelf stay there.
    def test_moves_on_the_shelf(self):
        self._show_shelf(100)
        box = self.env["stock.location"].create(
            {"name": "Box", "location_id": self.shelf.id}
        )
        move = self.env["stock.move"].create(
            {
                "product_id": self.lamp.id,
                "product_uom_qty": 30,
                "location_id": self.shelf.id,
                "location_dest_id": box.id,
            }
        )
        move._action_confirm()
        self.assertEqual(self.shown(), 100)

    # A2: units somewhere else were taken.
    def test_reserved_elsewhere(self):
        self._show_shelf(10)
        other = self.shelf.copy({"name": "Other shelf"})
        self._stock(self.lamp, 50, other)
        move = self.env["stock.move"].create(
            {
                "product_id": self.lamp.id,
                "product_uom_qty": 30,
                "location_id": other.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
        )
        move._action_confirm()
        self.assertEqual(self.shown(), 10)

    # A2: expired lots cannot keep a promise.
    def test_expired_beside_promised(self):
        if "removal_date" not in self.env["stock.quant"]:
            self.skipTest("product_expiry is not installed")
        self.warehouse.out_type_id.reservation_method = "manual"
        self.mug.write({"tracking": "lot", "use_expiration_date": True})
        self._stock(self.mug, -100)
        now = fields.Datetime.now()
        for name, quantity, days in (("OLD", 5, -2), ("NEW", 15, 30)):
            lot = self.env["stock.lot"].create(
                {"name": name, "product_id": self.mug.id}
            )
            lot.removal_date = now + timedelta(days=days)
            self.env["stock.quant"]._update_available_quantity(
                self.mug, self.stock, quantity, lot_id=lot
            )
        self.assertEqual(self.shown("MUG"), 15)
        order = self._sell(self.mug, 5)
        self.assertEqual(self.shown("MUG"), 10)
        self.assertIn("Expired", self._offer("MUG").explanation)
        order.picking_ids.action_assign()
        self.assertEqual(self.shown("MUG"), 10)
