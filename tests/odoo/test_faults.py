"""Where each of Amazon's faults ends, seen from outside (A13)."""

import contextlib
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.services.errors import ServerError

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

TASK_LOG = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
# Nothing was answered, or nothing that can be used: come back later.
PASSING = {
    "server_error": {},
    "unavailable": {},
    "cut": {},
    "cut_body": {},
    "bad_json": {},
    "wrong_shape": {},
    "empty": {},
    "html": {},
    "bad_request": {},
}
SEARCH = "orders.searchOrders"


@needs_simulator
@tagged("standard", "post_install")
class TestFaults(ShopCase):
    world = "us-facilitator"
    size = 12
    regions = ("na",)

    def setUp(self):
        super().setUp()
        self.sweep = self.task("na")
        self.store = self.stores["na"]

    def assert_complete(self):
        """After the fault is gone every order is here, once."""
        self.simulator.heal()
        self.sync()
        expected = {
            order_id
            for order_id, truth in self.truths().items()
            if truth["expected"] == "order"
        }
        self.assertEqual(set(self.orders()), expected)

    # A13: a disturbance is waited out, a little longer each time; nothing is lost.
    def test_disturbances_pass(self):
        for kind, rule in PASSING.items():
            with self.subTest(kind=kind):
                self.simulator.heal()
                self.sweep.write({"failure_count": 0, "last_error": False})
                self.simulator.fault(kind, operation=SEARCH, **rule)
                before = fields.Datetime.now()
                with mute_logger(TASK_LOG):
                    self.read()
                self.assertEqual(self.sweep.state, "failing")
                self.assertTrue(self.sweep.last_error)
                self.assertGreater(self.sweep.next_run, before)
                self.assertLess(self.sweep.next_run, before + timedelta(minutes=3))
                self.assertFalse(self.sweep.cursor)
                self.assertFalse(self.sweep.lease_until)
                self.assertEqual(self.store.state, "live")
        self.assert_complete()
        self.assertEqual(self.sweep.failure_count, 0)
        self.assertFalse(self.sweep.last_error)

    # A21: a full bucket parks the task; that is no failure and no incident.
    def test_throttling_parks(self):
        self.simulator.fault("throttle", operation=SEARCH)
        self.read()
        self.assertEqual(self.sweep.state, "parked")
        self.assertEqual(self.sweep.failure_count, 0)
        self.assertEqual(self.sweep.next_run, self.sweep.parked_until)
        self.assertGreater(self.sweep.parked_until, fields.Datetime.now())
        self.assertFalse(self.incident("task_failing"))
        self.sweep.parked_until = False
        self.env["acorn.amazon.budget"].search([]).write({"tokens": 20})
        self.assert_complete()

    # A22: an access token that ages out is renewed, and nobody notices.
    def test_an_expired_token_is_never_seen(self):
        self.simulator.fault("expired_token", operation=SEARCH, times=1)
        self.read()
        self.assertEqual(self.sweep.failure_count, 0)
        self.assertTrue(self.sweep.last_success)
        self.assert_complete()

    # A14: who fails again and again is reported once, and the report closes itself.
    def test_failures_in_a_row_become_one_incident(self):
        self.simulator.fault("server_error", operation=SEARCH)
        with mute_logger(TASK_LOG):
            for _round in range(6):
                self.read()
        incident = self.incident("task_failing", self.sweep)
        self.assertEqual(len(incident), 1)
        self.assertEqual(incident.occurrences, 2)
        self.assertIn("RequestId", incident.details)
        self.assert_complete()
        self.assertEqual(incident.state, "closed")
        self.assertFalse(incident.activity_ids)

    # A16: the older interface where the newer one is refused, and back again.
    def test_a_refused_interface_is_replaced(self):
        self.simulator.fault("access_denied", operation=SEARCH)
        self.sync()
        incident = self.incident("api_fallback")
        self.assertTrue(incident)
        self.assertTrue(self.documents(kind="order_v0"))
        self.assertFalse(self.documents(kind="order"))
        expected = {
            order_id: truth
            for order_id, truth in self.truths().items()
            if truth["expected"] == "order"
        }
        orders = self.orders()
        self.assertEqual(set(orders), set(expected))
        for order_id, truth in expected.items():
            if not truth["delivery_tip"]:  # v0 does not know tips
                self.assert_total(orders[order_id], truth)
        self.simulator.heal()
        self.sweep.page = False
        self.sync()
        self.assertEqual(incident.state, "closed")
        self.assertEqual(set(self.orders()), set(expected))

    # A14: silence is noticed although nothing fails.
    def test_silence_is_an_incident(self):
        self.sync()
        self.sweep.last_success = fields.Datetime.now() - timedelta(hours=2)
        tasks = self.env["acorn.amazon.task"]
        tasks._cron_watch_silence()
        incident = self.incident("silent", self.sweep)
        self.assertTrue(incident)
        self.sync()
        self.assertEqual(incident.state, "closed")

    # A19: a worker that was killed does not keep its task.
    def test_a_lease_ends(self):
        tasks = self.env["acorn.amazon.task"]
        self.sweep.action_run_now()
        claimed = tasks._claim("remote")
        self.assertEqual(claimed, self.sweep)
        self.assertFalse(tasks._claim("remote"))
        self.sweep.lease_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(tasks._claim("remote"), self.sweep)

    # A26: every attempt is on record, with what Amazon's support asks for.
    def test_failed_calls_are_on_record(self):
        self.simulator.fault("unavailable", operation=SEARCH, times=1)
        # A rollback would take the row along here: tests have one connection.
        with self._test_cursors(), contextlib.suppress(ServerError):
            self.store._get_client().orders.search(
                last_updated_after="2026-01-01T00:00:00Z"
            )
        call = self.env["acorn.amazon.call"].search(
            [("operation", "=", SEARCH), ("status", "=", 503)]
        )
        self.assertEqual(len(call), 1)
        self.assertTrue(call.request_id)
        self.assertIn(call.request_id, call.support_text)
        self.assertIn(self.store.seller_id, call.support_text)

    # A24: page tokens die after a day; the reading begins again, nothing doubles.
    def test_a_page_token_that_died(self):
        self.sweep.page = {
            "token": "gone",
            "since": "2020-01-01 00:00:00",
            "opened": fields.Datetime.to_string(
                fields.Datetime.now() - timedelta(hours=24)
            ),
        }
        self.read()
        self.assertEqual(self.sweep.failure_count, 0)
        self.assert_complete()


@needs_simulator
@tagged("standard", "post_install")
class TestBudget(ShopCase):
    world = "us-facilitator"
    size = 4
    regions = ("na",)
    is_throttled = True

    # A21: what is not in the bucket is not asked for, so Amazon never says no.
    def test_amazon_never_refuses(self):
        sweep = self.task("na")
        for _round in range(25):
            self.read()
        self.assertEqual(sweep.state, "parked")
        answers = self.simulator.requests(operation="searchOrders")
        self.assertEqual({answer["status"] for answer in answers}, {200})
        self.assertLessEqual(len(answers), 20)
        budget = self.env["acorn.amazon.budget"].search([("operation", "=", SEARCH)])
        self.assertLess(budget.available, 1)
        self.assertGreater(budget.full_at, fields.Datetime.now())


@needs_simulator
@tagged("standard", "post_install")
class TestRevokedGrant(ShopCase):
    world = "us-facilitator"
    size = 4
    regions = ("na",)

    # A14, A22: a seller who takes the authorisation back.
    def test_a_revoked_grant_stops_the_store_and_tells_its_owner(self):
        store = self.stores["na"]
        self.simulator.control("lwa", {"action": "expire_tokens"})
        self.simulator.control(
            "lwa", {"action": "revoke", "seller_id": store.seller_id}
        )
        with mute_logger(TASK_LOG):
            self.read()
        self.assertEqual(store.state, "reauthorise")
        incident = self.incident("reauthorise")
        self.assertEqual(incident.activity_ids.user_id, store.user_id)
        notified = incident.message_ids.partner_ids
        self.assertIn(store.user_id.partner_id, notified)
        self.assertFalse(self.env["acorn.amazon.task"]._count_due("remote"))
