"""Orders that a person cancels in Odoo while Amazon waits for them (A1, A14)."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import MANAGER_GROUP
from .order_documents import make_address, make_item, make_order
from .orders_common import FINISHED, OrdersCase

CODE = "cancelled_in_odoo"


@tagged("post_install", "-at_install")
class TestOrdersCancelledHere(OrdersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls._create_user("store_owner", MANAGER_GROUP)
        cls.store.user_id = cls.owner
        cls.seller = new_test_user(
            cls.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.item = make_item("LAMP", "30.00", 3)
        cls.payload = make_order(cls.item)

    def _order_of(self, payload=None):
        payload = payload or self.payload
        self._receive(payload)
        return self._order(payload)

    def _again(self, hour, *items, **options):
        """A later version of the order."""
        return self._receive(
            make_order(
                *(items or [self.item]),
                order_id=self.payload["orderId"],
                updated=f"2026-11-21T{hour:02}:00:00Z",
                **options,
            )
        )[-1]

    # A14: the owner learns which order it is, and what to do.
    def test_the_owner_is_told(self):
        order = self._order_of()
        order.with_user(self.seller).action_cancel()
        incident = self._incident(CODE, order)
        self.assertIn(order.acorn_amazon_order_id, incident.summary)
        self.assertIn(order.name, incident.summary)
        self.assertIn("Seller Central", incident.advice)
        self.assertIn("Set to Quotation", incident.advice)
        self.assertEqual(incident.activity_ids.user_id, self.owner)
        self.assertEqual(incident.action_open_record()["res_id"], order.id)

    # A1: what Amazon has cancelled is not shipped, whoever confirms it again.
    def test_what_amazon_has_cancelled_stays_cancelled(self):
        order = self._order_of()
        self._again(12, status="CANCELLED")
        self.assertEqual(order.state, "cancel")
        order.action_draft()
        with self.assertRaisesRegex(UserError, order.acorn_amazon_order_id):
            order.with_user(self.seller).action_confirm()
        self.assertEqual(order.state, "draft")

    # A14: many at once.
    def test_several_orders(self):
        orders = self._order_of() | self._order_of(make_order(make_item("MUG")))
        orders._action_cancel()
        self.assertEqual(len(self._incident(CODE)), 2)
        orders._action_cancel()
        self.assertEqual(self._incident(CODE).mapped("occurrences"), [1, 1])

    # A14: once, whatever Amazon says of it later.
    def test_amazon_still_waits(self):
        order = self._order_of()
        order.action_cancel()
        self._again(8)
        incident = self._incident(CODE, order)
        self.assertEqual(incident.occurrences, 1)
        incident.action_close()
        self._again(9)
        self.assertFalse(self._incident(CODE, order))
        self.assertEqual(order.state, "cancel")
        self.assertFalse(self._open_moves(order))

    # A14: an order that was cancelled before anybody looked for it.
    def test_a_document_of_an_order_that_is_cancelled_already(self):
        order = self._order_of()
        order.action_cancel()
        self._incident(CODE, order).unlink()
        self._again(8)
        self.assertTrue(self._incident(CODE, order))

    # A14
    def test_amazon_cancels_it_too(self):
        order = self._order_of()
        order.action_cancel()
        incident = self._incident(CODE, order)
        self._again(8, status="CANCELLED")
        self.assertEqual(incident.state, "closed")
        self.assertEqual(order.acorn_amazon_status, "CANCELLED")

    # A14: somebody has shipped it by other means: a sale that Odoo lacks.
    def test_it_is_shipped_all_the_same(self):
        order = self._order_of()
        order.action_cancel()
        incident = self._incident(CODE, order)
        self._again(8, make_item("LAMP", "30.00", 3, shipped=1, item_id=self._item()))
        self.assertEqual(incident.state, "open")
        self._again(9, status="SHIPPED")
        self.assertEqual(incident.state, "closed")
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        self.assertEqual(order.state, "cancel")
        shipped = self._incident("shipped_while_cancelled", order)
        self.assertIn(order.acorn_amazon_order_id, shipped.summary)
        self._again(10, status="SHIPPED", programs=["PRIME"])
        self.assertEqual(shipped.occurrences, 1)
        order.action_draft()
        self.assertEqual(shipped.state, "closed")

    # A14: what has left and is cancelled afterwards, is a person's decision.
    def test_it_has_left_before_it_is_cancelled(self):
        order = self._order_of(make_order(self.item, status="SHIPPED"))
        order._action_cancel()
        self.payload["orderId"] = order.acorn_amazon_order_id
        self._again(8, status="SHIPPED", programs=["PRIME"])
        self.assertTrue(order.acorn_amazon_is_prime)
        self.assertFalse(self._incident("shipped_while_cancelled"))

    # A14: Amazon's own cancellation needs nobody, nor what is not waited for.
    def test_nobody_waits(self):
        by_amazon = self._order_of()
        self._again(8, status="CANCELLED")
        self.assertEqual(by_amazon.state, "cancel")
        shipped = make_order(make_item("LAMP"), status="SHIPPED")
        fba = make_order(make_item("LAMP"), status="SHIPPED", by="AMAZON")
        orders = self._order_of(shipped) | self._order_of(fba)
        other = self.env["sale.order"].create({"partner_id": self.owner.partner_id.id})
        (orders | other)._action_cancel()
        self.assertFalse(self._incident(CODE))

    # A14: a quotation ships nothing; a confirmed order does.
    def test_the_order_is_active_again(self):
        order = self._order_of()
        order.action_cancel()
        incident = self._incident(CODE, order)
        order.action_draft()
        self.assertEqual(incident.state, "open")
        order.action_confirm()
        self.assertEqual(incident.state, "closed")
        self.assertEqual(self._open_moves(order).product_uom_qty, 3)
        order.action_cancel()
        self.assertTrue(self._incident(CODE, order))

    # A14: what Amazon changes meanwhile is not lost.
    def test_amazons_changes_go_on(self):
        order = self._order_of()
        ordered_at = order.date_order
        order.action_cancel()
        address = make_address(addressLine1="Ahornweg 2")
        self._again(
            8,
            make_item("LAMP", "20.00", 2, item_id=self._item()),
            make_item("MUG", "5.00"),
            recipient={"deliveryAddress": address},
        )
        self.assertFalse(self._open_moves(order))
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.amount_total, 25)
        self.assertEqual(order.partner_shipping_id.street, "Ahornweg 2")
        self.assertEqual(order.date_order, ordered_at)
        self.assertEqual(
            {m.product_id: m.product_uom_qty for m in self._open_moves(order)},
            {self.lamp: 2, self.mug: 1},
        )
        self._again(9, make_item("LAMP", "10.00", 1, item_id=self._item()))
        self.assertEqual(
            {m.product_id: m.product_uom_qty for m in self._open_moves(order)},
            {self.lamp: 1},
        )
        self._again(10, status="CANCELLED")
        self.assertEqual(order.state, "cancel")
        self.assertFalse(self._incident(CODE, order))

    # A14: it left by other means while it was cancelled here.
    def test_a_shipped_order_that_is_confirmed_again(self):
        order = self._order_of()
        order.action_cancel()
        self._again(8, status="SHIPPED")
        order.action_draft()
        order.action_confirm()
        self.assertTrue(self._incident("shipped_elsewhere", order))
        picking = order.picking_ids.filtered(lambda p: p.state not in FINISHED)
        picking.button_validate()
        self.assertFalse(self._incident("shipped_elsewhere", order))

    def _item(self):
        return self.item["orderItemId"]

    def _open_moves(self, order):
        return order.order_line.move_ids.filtered(lambda m: m.state not in FINISHED)
