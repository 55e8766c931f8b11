"""Orders that a person or another connector has booked already (A1, A15)."""

from datetime import datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import USER_GROUP
from .order_documents import make_item, make_order, new_order_id
from .orders_common import OrdersCase


@tagged("post_install", "-at_install")
class TestOrdersByHand(OrdersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("amazon_user", USER_GROUP)
        cls.buyer = cls.env["res.partner"].create({"name": "Ada Quill"})

    def _book(self, **values):
        """An order that a person has entered and confirmed, LAMP for 10.00."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.buyer.id,
                "order_line": [
                    Command.create({"product_id": self.lamp.id, "price_unit": 10.0})
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = datetime(2026, 11, 20, 12, 0)
        return order

    def _assert_held_back(self, document, code, booked):
        self.assertEqual((document.state, document.reason_code), ("blocked", code))
        self.assertIn(booked.name, document.reason)
        self.assertEqual(document.action_open_record()["res_id"], booked.id)
        self.assertFalse(
            self.env["sale.order"].search(
                [("acorn_amazon_order_id", "=", document.external_id)]
            )
        )

    # A1: neither sold nor shipped twice, wherever the number was written.
    def test_an_order_that_a_person_has_booked(self):
        for field in ("client_order_ref", "name", "origin"):
            with self.subTest(field=field):
                payload = make_order(make_item("LAMP"))
                booked = self._book(**{field: payload["orderId"]})
                document = self._receive(payload)
                self._assert_held_back(document, "booked_by_hand", booked)
        self.assertTrue(self._incident("blocked_documents"))

    # The order of this number is looked for, not any order of a batch.
    def test_the_other_orders_of_the_batch(self):
        mine, other = make_order(make_item("LAMP")), make_order(make_item("LAMP"))
        self._book(client_order_ref=mine["orderId"])
        self._receive(mine, other)
        self.assertFalse(self._order(mine))
        self.assertEqual(self._order(other).state, "sale")

    def test_what_is_no_such_order(self):
        payload = make_order(make_item("LAMP"))
        self._book(client_order_ref=payload["orderId"])._action_cancel()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["sale.order"].with_company(company).create(
            {
                "partner_id": self.buyer.id,
                "company_id": company.id,
                "client_order_ref": payload["orderId"],
            }
        )
        self._receive(payload)
        self.assertEqual(self._order(payload).state, "sale")

    # A number that people write into a second order once Amazon's is here, for a
    # spare part for example, does not stop what Amazon says of the first.
    def test_a_reference_to_an_order_that_is_here(self):
        order = self._import()
        self._book(client_order_ref=order.acorn_amazon_order_id)
        cancelled = make_order(
            make_item("LAMP"),
            order_id=order.acorn_amazon_order_id,
            status="CANCELLED",
            updated="2026-11-21T08:00:00Z",
        )
        self.assertEqual(self._receive(cancelled)[-1].state, "done")
        self.assertEqual(order.state, "cancel")

    def test_keep_my_order(self):
        payload = make_order(make_item("LAMP"))
        booked = self._book(client_order_ref=payload["orderId"])
        document = self._receive(payload)
        document.with_user(self.user).action_keep_by_hand()
        self.assertEqual(document.state, "ignored")
        self.assertIn(booked.name, document.reason)
        self.assertIn(payload["orderId"], booked.message_ids[0].body)
        self.assertFalse(
            self.env["acorn.amazon.demand"].search(
                [("order_id", "=", payload["orderId"])]
            )
        )
        options = {"order_id": payload["orderId"], "status": "SHIPPED"}
        shipped = make_order(
            make_item("LAMP"), updated="2026-11-21T08:00:00Z", **options
        )
        newest = self._receive(shipped)[-1]
        self.assertEqual(newest.reason_code, "kept_by_hand")
        self.assertIn(booked.name, newest.reason)
        self.assertFalse(self._incident("blocked_documents"))
        # Decided otherwise.
        newest.action_retry()
        document.action_retry()
        booked._action_cancel()
        self._apply()
        self.assertEqual(self._order(payload).state, "sale")

    # A1: a seller who comes from another connector has many of them.
    def test_keep_many_orders(self):
        payloads = [make_order(make_item("LAMP")) for _number in range(3)]
        for payload in payloads:
            self._book(client_order_ref=payload["orderId"])
        self._receive(*payloads)
        documents = self.env["acorn.amazon.exchange"].search(
            [("external_id", "in", [payload["orderId"] for payload in payloads])]
        )
        action = self.env.ref(
            "acorn_amazon_connector.action_acorn_amazon_exchange_keep_by_hand"
        )
        action.with_user(self.user).with_context(
            active_model=documents._name, active_ids=documents.ids
        ).run()
        self.assertEqual(documents.mapped("reason_code"), ["kept_by_hand"] * 3)

    # A14: what is cancelled must not be shipped, whoever has booked it.
    def test_an_order_that_was_kept_and_is_cancelled(self):
        requested = make_item("LAMP")
        requested["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        for item, status in (
            (requested, "UNSHIPPED"),
            (make_item("LAMP"), "CANCELLED"),
        ):
            with self.subTest(status=status):
                payload = make_order(make_item("LAMP"))
                booked = self._book(client_order_ref=payload["orderId"])
                self._receive(payload).action_keep_by_hand()
                document = self._receive(
                    make_order(
                        item,
                        order_id=payload["orderId"],
                        status=status,
                        updated="2026-11-21T08:00:00Z",
                    )
                )[-1]
                self._assert_held_back(document, "cancelled_by_hand", booked)
                booked._action_cancel()
        document.action_retry()
        self._apply()
        self.assertEqual(document.reason_code, "cancelled_before_import")

    # A14: a decision about a request holds until Amazon says more.
    def test_a_request_to_cancel_that_was_dealt_with(self):
        item = make_item("LAMP")
        item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        payload = make_order(item)
        booked = self._book(client_order_ref=payload["orderId"])
        document = self._receive(payload)[-1]
        self._assert_held_back(document, "cancelled_by_hand", booked)
        document.action_keep_by_hand()

        def receive(hour, **options):
            updated = f"2026-11-21T{hour:02}:00:00Z"
            options |= {"order_id": payload["orderId"], "updated": updated}
            return self._receive(make_order(item, **options))[-1]

        self.assertEqual(receive(8).reason_code, "kept_by_hand")
        document = receive(9, status="CANCELLED")
        self._assert_held_back(document, "cancelled_by_hand", booked)
        document.action_keep_by_hand()
        document = receive(10, status="CANCELLED")
        self.assertEqual(document.reason_code, "kept_by_hand")
        self.assertIn(booked.name, document.reason)

    # What has left need not be stopped.
    def test_a_request_to_cancel_that_came_too_late(self):
        requested = make_item("LAMP")
        requested["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        options = {"status": "SHIPPED", "updated": "2026-11-21T08:00:00Z"}
        for is_kept, code in ((True, "kept_by_hand"), (False, "booked_by_hand")):
            payload = make_order(make_item("LAMP"))
            self._book(client_order_ref=payload["orderId"])
            document = self._receive(payload)
            if is_kept:
                document.action_keep_by_hand()
            options["order_id"] = payload["orderId"]
            document = self._receive(make_order(requested, **options))[-1]
            with self.subTest(is_kept=is_kept):
                self.assertEqual(document.reason_code, code)

    # X7: what is decided while the store is watched holds when it goes live.
    def test_a_watched_store(self):
        self.store.action_shadow()
        payload = make_order(make_item("LAMP"))
        booked = self._book(client_order_ref=payload["orderId"])
        document = self._receive(payload)
        self._assert_held_back(document, "booked_by_hand", booked)
        document.action_keep_by_hand()
        self.store.action_go_live()
        self._apply()
        self.assertEqual(document.reason_code, "kept_by_hand")
        self.assertFalse(self._order(payload))

    def test_only_orders_booked_by_hand_are_kept(self):
        document = self._receive(make_order(make_item("VASE"), order_id=new_order_id()))
        with self.assertRaisesRegex(UserError, "booked by hand"):
            document.action_keep_by_hand()
        self.assertEqual(document.reason_code, "unknown_sku")
