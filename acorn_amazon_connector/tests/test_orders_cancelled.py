"""What is left to do for orders that Amazon cancels late (A1, A14)."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .order_documents import make_item, make_order
from .orders_common import OrdersCase


@tagged("post_install", "-at_install")
class TestCancelledOrders(OrdersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.storekeeper = new_test_user(
            cls.env, "storekeeper", groups="stock.group_stock_user"
        )
        cls.accountant = new_test_user(
            cls.env, "accountant", groups="account.group_account_invoice"
        )

    def _sell(self, is_invoiced=False):
        """An order of three lamps that are away when Amazon cancels it."""
        item = make_item("LAMP", "30.00", 3)
        payload = make_order(item)
        self._receive(payload)
        order = self._order(payload)
        picking = order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        if is_invoiced:
            order._create_invoices().action_post()
        self._cancel(payload, "2026-11-21T08:00:00Z")
        return payload, order

    def _cancel(self, payload, updated):
        newer = payload | {"lastUpdatedTime": updated}
        newer["fulfillment"] = payload["fulfillment"] | {
            "fulfillmentStatus": "CANCELLED"
        }
        self._receive(newer)

    def _take_back(self, order, quantity):
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.storekeeper)
            .with_context(
                active_model="stock.picking", active_id=order.picking_ids[:1].id
            )
            .create({})
        )
        wizard.product_return_moves.quantity = quantity
        picking = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        picking = picking.with_user(self.storekeeper)
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    # A14: what must not be shipped stays here, whatever else is wrong.
    def test_a_request_in_a_document_that_is_set_aside(self):
        item = make_item("LAMP", "30.00", 3)
        payload = make_order(item)
        self._receive(payload)
        order = self._order(payload)
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        newer = make_order(
            item,
            order_id=payload["orderId"],
            updated="2026-11-20T12:00:00Z",
            total="99.00",
        )
        document = self._receive(newer)[-1]
        self.assertEqual(document.state, "blocked")
        self.assertTrue(order.acorn_amazon_on_hold)
        self.assertTrue(self._incident("cancellation_requested", order))
        with self.assertRaises(UserError):
            order.picking_ids.button_validate()

    # A14: nothing of the document can be used but that it is cancelled.
    def test_a_cancellation_that_cannot_be_understood(self):
        payload = make_order(make_item("LAMP"))
        self._receive(payload)
        order = self._order(payload)
        newer = payload | {
            "lastUpdatedTime": "2026-11-21T08:00:00Z",
            "fulfillment": {"fulfillmentStatus": "CANCELLED"},
            "orderItems": "?",
        }
        document = self._receive(newer)[-1]
        self.assertEqual(document.state, "error")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"cancel"})

    # A1, A14: a person cancelled it first, and Odoo leaves such things to people.
    def test_cancelled_here_first(self):
        payload = make_order(make_item("LAMP", "30.00", 3))
        self._receive(payload)
        order = self._order(payload)
        order.picking_ids.button_validate()
        invoice = order._create_invoices()
        invoice.action_post()
        order.action_cancel()
        self.assertEqual((order.state, invoice.state), ("cancel", "posted"))
        self._cancel(payload, "2026-11-21T08:00:00Z")
        self.assertEqual(order.acorn_amazon_status, "CANCELLED")
        self.assertFalse(self._incident("cancelled_in_odoo", order))
        self.assertTrue(self._incident("cancelled_after_shipment", order))
        self.assertTrue(self._incident("cancelled_after_invoice", order))
        messages = len(order.message_ids)
        self._cancel(payload, "2026-11-22T08:00:00Z")
        self.assertEqual(len(order.message_ids), messages)

    # A14: a request of the buyer ends with the order, whoever cancels or ships it.
    def test_a_request_that_is_settled(self):
        for status, cancels_here in (("CANCELLED", True), ("SHIPPED", False)):
            with self.subTest(status):
                payload = make_order(make_item("LAMP"))
                payload["orderItems"][0]["cancellation"] = {
                    "cancellationRequest": {"requester": "BUYER"}
                }
                self._receive(payload)
                order = self._order(payload)
                self.assertTrue(self._incident("cancellation_requested", order))
                if cancels_here:
                    order.action_cancel()
                newer = payload | {"lastUpdatedTime": "2026-11-21T08:00:00Z"}
                newer["fulfillment"] = payload["fulfillment"] | {
                    "fulfillmentStatus": status
                }
                self._receive(newer)
                self.assertEqual(order.acorn_amazon_status, status)
                self.assertFalse(order.acorn_amazon_on_hold)
                self.assertFalse(self._incident("cancellation_requested", order))

    def test_everything_comes_back(self):
        payload, order = self._sell()
        self.assertTrue(self._incident("cancelled_after_shipment", order))
        self._take_back(order, 1)
        self.assertTrue(self._incident("cancelled_after_shipment", order))
        self._take_back(order, 2)
        self.assertFalse(self._incident("cancelled_after_shipment", order))
        # Amazon touches the order once more: nobody has to act again.
        self._cancel(payload, "2026-11-22T08:00:00Z")
        self.assertFalse(self._incident("cancelled_after_shipment", order))

    def test_the_invoice_is_credited(self):
        _payload, order = self._sell(is_invoiced=True)
        self.assertTrue(self._incident("cancelled_after_shipment", order))
        self.assertTrue(self._incident("cancelled_after_invoice", order))
        reversal = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=order.invoice_ids.ids)
            .create(
                {
                    "date": fields.Date.today(),
                    "journal_id": order.invoice_ids.journal_id.id,
                }
            )
        )
        reversal.refund_moves()
        credit = order.invoice_ids.filtered(lambda m: m.move_type == "out_refund")
        self.assertTrue(self._incident("cancelled_after_shipment", order))
        credit.with_user(self.accountant).action_post()
        self.assertFalse(self._incident("cancelled_after_shipment", order))
        self.assertFalse(self._incident("cancelled_after_invoice", order))

    def test_a_person_closes_it(self):
        payload, order = self._sell()
        self._incident("cancelled_after_shipment", order).action_close()
        self._cancel(payload, "2026-11-22T08:00:00Z")
        self.assertFalse(self._incident("cancelled_after_shipment", order))
