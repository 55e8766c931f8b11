"""Goods that left without Odoo: somebody is told until it is booked (A1, A14)."""

from odoo.tests import tagged

from .order_documents import make_item, make_order
from .orders_common import OrdersCase

CODE = "shipped_elsewhere"


@tagged("post_install", "-at_install")
class TestShippedElsewhere(OrdersCase):
    def _sell(self, quantity):
        """:return: (payload, order) of lamps that are still in stock"""
        payload = make_order(make_item("LAMP", "30.00", quantity))
        self._receive(payload)
        return payload, self._order(payload)

    def _say_shipped(self, payload, units, hour, status="SHIPPED"):
        """Amazon counts so many units as shipped."""
        [item] = payload["orderItems"]
        item = make_item(
            "LAMP",
            "30.00",
            item["quantityOrdered"],
            item_id=item["orderItemId"],
            shipped=units,
        )
        self._receive(
            make_order(
                item,
                order_id=payload["orderId"],
                updated=f"2026-11-21T{hour:02}:00:00Z",
                status=status,
            )
        )

    # The backorder is of what has not left.
    def test_the_part_that_had_left_is_validated(self):
        payload, order = self._sell(3)
        self._say_shipped(payload, 1, 8, "PARTIALLY_SHIPPED")
        self.assertTrue(self._incident(CODE, order))
        order.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        order.picking_ids.with_context(skip_backorder=True).button_validate()
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertFalse(self._incident(CODE, order))
        self._say_shipped(payload, 1, 9, "PARTIALLY_SHIPPED")
        self.assertFalse(self._incident(CODE, order))
        # Another one left: again somebody is told.
        self._say_shipped(payload, 2, 10, "PARTIALLY_SHIPPED")
        self.assertTrue(self._incident(CODE, order))

    def test_less_than_what_had_left_is_validated(self):
        payload, order = self._sell(3)
        self._say_shipped(payload, 3, 8)
        order.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        order.picking_ids.with_context(skip_backorder=True).button_validate()
        self.assertTrue(self._incident(CODE, order))

    def test_the_delivery_is_cancelled(self):
        payload, order = self._sell(1)
        self._say_shipped(payload, 1, 8)
        self.assertTrue(self._incident(CODE, order))
        order.picking_ids.action_cancel()
        self.assertFalse(self._incident(CODE, order))

    def test_the_order_is_cancelled(self):
        payload, order = self._sell(1)
        self._say_shipped(payload, 1, 8)
        order.action_cancel()
        self.assertFalse(self._incident(CODE, order))
        self.assertTrue(self._incident("shipped_while_cancelled", order))
