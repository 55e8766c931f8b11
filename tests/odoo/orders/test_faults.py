"""Whatever Amazon answers ends where it should, and nothing is lost (A13, A14, A21)."""

from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.acorn_amazon_connector.services.errors import SpApiError
from odoo.addons.acorn_amazon_connector.tests.common import MANAGER_GROUP
from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

TASK = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
SEARCH = "orders.searchOrders"


class FaultCase(ShopCase):
    regions = ("eu",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.stores["eu"]
        cls.owner = cls._create_user("store_owner", MANAGER_GROUP)
        cls.store.user_id = cls.owner
        cls.sku = next(
            sku for sku, product in cls.products.items() if product.tracking == "none"
        )

    def setUp(self):
        super().setUp()
        self.sweep = self.task("eu")
        self.payloads = [make_order(make_item(self.sku)) for _number in range(3)]
        self.place("eu", *self.payloads)

    def assert_all_here(self):
        """After everything went well again, every order is there once."""
        self.sync()
        ids = {payload["orderId"] for payload in self.payloads}
        self.assertEqual(set(self.orders()), ids)

    def calls(self, operation=SEARCH):
        return len(self.simulator.requests(operation=operation))

    def search_fails(self):
        """Ask Amazon for orders, outside of a task that would undo the evidence.

        Odoo's ``assertRaises`` would undo it as well.

        :return: name of the class of the error
        """
        with self._test_cursors():
            try:
                self.store._get_client().orders.search(
                    created_after="2026-01-01T00:00:00Z"
                )
            except SpApiError as exc:
                return type(exc).__name__
        return None

    def assert_backoff(self, minutes=1):
        """The task failed, will come again by itself, and says why."""
        self.assertEqual(self.sweep.state, "failing")
        self.assertFalse(self.sweep.lease_until)
        self.assertTrue(self.sweep.last_error)
        wait = self.sweep.next_run - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 60 * minutes, delta=15)
        self.assertEqual(self.store.state, "live")


@needs_simulator
@tagged("standard", "post_install")
class TestFaults(FaultCase):
    # A13: no answer, or one that is none: the next run asks again.
    def test_answers_that_are_none(self):
        faults = [
            ("server_error", {}),
            ("unavailable", {}),
            ("html", {"status": 502}),
            ("html", {"status": 200}),
            ("bad_json", {}),
            ("empty", {}),
            ("cut", {}),
            ("cut_body", {}),
            ("timeout", {"seconds": 0.2}),
        ]
        for kind, options in faults:
            with self.subTest(kind, **options):
                self.sweep.failure_count = 0
                self.simulator.fault(kind, operation=SEARCH, times=1, **options)
                with self.assertLogs(TASK, "WARNING"):
                    self.read()
                self.assert_backoff()
                self.assertFalse(self.sweep.cursor)
                self.assertFalse(self.documents())
                self.assertFalse(self.incident("task_failing"))
        self.assert_all_here()
        self.assertEqual(self.sweep.state, "waiting")
        self.assertFalse(self.sweep.last_error)

    # A14: five in a row are a matter for a person; success closes the matter.
    def test_failing_again_and_again(self):
        self.simulator.fault("server_error", operation=SEARCH)
        for failures, minutes in enumerate((1, 2, 5, 15, 30, 60, 60), start=1):
            with self.assertLogs(TASK, "WARNING"):
                self.read()
            self.assertEqual(self.sweep.failure_count, failures)
            self.assert_backoff(minutes)
            self.assertEqual(bool(self.incident("task_failing")), failures >= 5)
        incident = self.incident("task_failing", self.sweep)
        self.assertEqual(incident.occurrences, 3)
        self.assertEqual(incident.activity_ids.user_id, self.owner)
        self.assertIn(self.owner.partner_id, incident.message_ids.notified_partner_ids)
        self.simulator.heal()
        self.assert_all_here()
        self.assertEqual(incident.state, "closed")
        self.assertFalse(incident.activity_ids)
        # However long it lasted, the flow is still alive.
        cron = self.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")
        self.assertTrue(cron.active)
        self.assertEqual(cron.failure_count, 0)

    # Another seller's trouble is not ours.
    def test_one_store_does_not_stop_another(self):
        with self._test_cursors():
            other = self._connect_store("na")
        payload = make_order(make_item(self.sku), country="US")
        type(self).stores = {**self.stores, "na": other}
        self.addCleanup(type(self).stores.pop, "na")
        self.place("na", payload)
        self.simulator.fault(
            "server_error", operation=SEARCH, seller_id=self.store.seller_id
        )
        with self.assertLogs(TASK, "WARNING"):
            self.sync()
        self.assertTrue(self.order(payload["orderId"]))
        self.assertFalse(self.order(self.payloads[0]["orderId"]))

    # A13: an answer of a shape that nobody knows is told at once.
    def test_an_answer_of_another_shape(self):
        self.simulator.fault("wrong_shape", operation=SEARCH, times=1)
        with self.assertLogs(TASK, "ERROR"):
            self.read()
        self.assert_backoff()
        self.assertTrue(self.incident("task_failing", self.sweep))
        self.assert_all_here()
        self.assertFalse(self.incident("task_failing"))

    # A13: Amazon refuses a request that is fine: kept, and asked again.
    def test_a_request_refused_for_a_moment(self):
        self.sync()
        self.payloads.append(make_order(make_item(self.sku)))
        self.place("eu", self.payloads[-1])
        cursor = self.sweep.cursor
        self.assertTrue(cursor)
        self.simulator.fault("bad_request", operation=SEARCH, times=1, details="Flap")
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.assert_backoff()
        self.assertIn("Flap", self.sweep.last_error)
        self.assertEqual(self.sweep.cursor, cursor)
        self.assert_all_here()

    # A22: nobody ever sees an access token that ran out.
    def test_an_access_token_that_ran_out(self):
        self.read()
        self.simulator.control("requests", method="DELETE")
        self.simulator.fault("expired_token", operation=SEARCH, times=1)
        self.read()
        self.assertEqual(self.sweep.state, "waiting")
        self.assertFalse(self.sweep.last_error)
        tokens = self.simulator.requests(path="/auth/o2/token")
        self.assertEqual(len(tokens), 1)
        self.assert_all_here()

    # A22: a token is renewed once, not for ever.
    def test_access_tokens_that_are_never_good(self):
        self.read()
        self.simulator.control("requests", method="DELETE")
        self.simulator.fault("expired_token", operation=SEARCH)
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.assertEqual(self.calls(), 2)
        self.assertTrue(self.incident("access_denied", self.sweep))
        self.simulator.heal()
        self.assert_all_here()
        self.assertFalse(self.incident("access_denied"))

    # A10, A14, A22: the seller took the grant back: a person must act, and is asked.
    def test_a_grant_that_was_revoked(self):
        seller_id = self.store.seller_id
        self.simulator.control("lwa", {"action": "revoke", "seller_id": seller_id})
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.assertEqual(self.store.state, "reauthorise")
        incident = self.incident("reauthorise")
        self.assertEqual(incident.activity_ids.user_id, self.owner)
        self.assertIn(self.owner.partner_id, incident.message_ids.notified_partner_ids)
        # Asking again would change nothing.
        self.simulator.control("requests", method="DELETE")
        self.env["acorn.amazon.task"].search([]).action_run_now()
        self.run_cron("remote")
        self.assertFalse(self.simulator.requests())

    def test_a_grant_that_is_given_again(self):
        self.simulator.fault("lwa_error", path="/auth/o2/token", code="invalid_grant")
        self.env["acorn.amazon.token"].search([]).unlink()
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.assertEqual(self.store.state, "reauthorise")
        self.simulator.heal()
        token = self.simulator.seller("eu")["refresh_token"]
        self.store.refresh_token = token
        self.assertEqual(self.store.state, "live")
        self.assertFalse(self.incident("reauthorise"))
        self.assert_all_here()

    # A17: the application's secret ran out: every store tells, none is disconnected.
    def test_a_secret_that_ran_out(self):
        client_id = self.store.application_id.client_id
        self.simulator.control(
            "lwa", {"action": "expire_secret", "client_id": client_id}
        )
        self.env["acorn.amazon.token"].search([]).unlink()
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.assertEqual(self.store.state, "live")
        incident = self.incident("access_denied", self.sweep)
        self.assertEqual(incident.activity_ids.user_id, self.owner)
        secret = self.simulator.control(
            "lwa", {"action": "rotate_secret", "client_id": client_id}
        )["client_secret"]
        self.store.application_id.client_secret = secret
        self.assert_all_here()
        self.assertEqual(incident.state, "closed")

    # A16: where the newer interface is refused, the older one is read.
    def test_orders_v0_instead(self):
        self.simulator.fault("access_denied", operation=SEARCH)
        self.sync()
        self.assertTrue(self.incident("api_fallback", self.sweep))
        self.assertFalse(self.sweep.last_error)
        ids = {payload["orderId"] for payload in self.payloads}
        self.assertEqual(set(self.orders()), ids)
        self.assertEqual(set(self.documents().mapped("kind")), {"order_v0"})
        truths = self.truths()
        for order_id, order in self.orders().items():
            self.assert_total(order, truths[order_id])
            self.assertEqual(order.partner_shipping_id.city, "Kassel")
        lines = [order.order_line.ids for order in self.orders().values()]
        # Once the role is there, the newer interface is read again; what both of
        # them told is one order.
        self.simulator.heal()
        tomorrow = fields.Datetime.now() + timedelta(hours=25)
        with freeze_time(tomorrow):
            self.sync()
        self.assertFalse(self.incident("api_fallback"))
        self.assertEqual(set(self.orders()), ids)
        self.assertEqual(set(self.documents().mapped("state")), {"done"})
        for order_id, order in self.orders().items():
            self.assertIn(order.order_line.ids, lines)
            self.assert_total(order, truths[order_id])

    # A16: the older interface has ended, and the newer one was refused for a moment.
    def test_the_older_interface_has_ended(self):
        self.simulator.fault("access_denied", path="/orders")
        with self.assertLogs(TASK, "WARNING"):
            self.sync()
        self.assertFalse(self.orders())
        self.simulator.heal()
        self.simulator.fault("access_denied", operation="ordersV0.getOrders")
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self.assert_all_here()
        self.assertEqual(set(self.documents().mapped("kind")), {"order"})
        self.assertFalse(self.incident("api_fallback"))
        self.assertFalse(self.incident("access_denied"))

    def test_everything_refused(self):
        self.simulator.fault("access_denied", path="/orders")
        with self.assertLogs(TASK, "WARNING"):
            self.sync()
        incident = self.incident("access_denied", self.sweep)
        self.assertTrue(incident.activity_ids)
        self.assertTrue(incident.advice)
        self.assertEqual(self.store.state, "live")
        self.simulator.heal()
        self.sweep.page = False
        self.assert_all_here()
        self.assertEqual(incident.state, "closed")

    # A24: tokens of pages die after a day; what was not read is read again.
    def test_a_page_token_that_is_too_old(self):
        more = [make_order(make_item(self.sku)) for _number in range(150)]
        self.place("eu", *more)
        self.simulator.fault("unavailable", operation=SEARCH, after=1, times=1)
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.assertTrue(self.sweep.page["changes"]["token"])
        kept = self.documents()
        self.assertEqual(len(kept), 100)
        self.wait(25 * 3600)
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            self.read()
        self.assertEqual(len(self.documents()), 153)
        self.assertEqual(self.sweep.failure_count, 0)

    # A24: Amazon may forget a page token earlier than it says.
    def test_a_page_token_that_amazon_forgot(self):
        more = [make_order(make_item(self.sku)) for _number in range(150)]
        self.place("eu", *more)
        self.simulator.fault("unavailable", operation=SEARCH, after=1, times=1)
        with self.assertLogs(TASK, "WARNING"):
            self.read()
        self.wait(25 * 3600)
        for _attempt in range(3):
            self.read()
        self.assertEqual(len(self.documents()), 153)
        self.assertEqual(self.sweep.failure_count, 0)

    # A26: every attempt is in the log, with what Amazon's support asks for.
    def test_the_call_log(self):
        faults = [
            ("bad_request", {}, 400, "RequestError"),
            ("access_denied", {}, 403, "AccessDeniedError"),
            ("throttle", {}, 429, "ThrottledError"),
            ("server_error", {}, 500, "ServerError"),
            ("html", {"status": 502}, 502, "ServerError"),
            ("bad_json", {}, 200, "ServerError"),
            ("wrong_shape", {}, 200, "UnexpectedReplyError"),
            ("cut", {}, 0, "TransportError"),
        ]
        for kind, options, status, error in faults:
            self.simulator.fault(kind, operation=SEARCH, times=1, **options)
            # What a refusal does to the budget is another test's matter.
            self.env["acorn.amazon.budget"].search([]).unlink()
            with self.subTest(kind):
                self.assertEqual(self.search_fails(), error)
                call = self.env["acorn.amazon.call"].search([], limit=1)
                self.assertEqual(call.operation, SEARCH)
                self.assertEqual(call.status, status)
                if status:
                    sent = self.simulator.requests(operation=SEARCH)[-1]
                    self.assertEqual(call.request_id, sent["request_id"])
                    self.assertIn(call.request_id, call.support_text)
                if status == 400:
                    self.assertIn("InvalidInput", call.response_body)

    # A26, A27: neither secrets nor buyers are in the log.
    def test_no_secret_in_the_call_log(self):
        self.simulator.fault("lwa_error", path="/auth/o2/token", times=1)
        self.env["acorn.amazon.token"].search([]).unlink()
        self.assertEqual(self.search_fails(), "ReauthorizationRequired")
        self.simulator.fault("cut_body", operation=SEARCH, times=1)
        self.assertEqual(self.search_fails(), "TransportError")
        self.sync()
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM acorn_amazon_call")
        everything = str(self.env.cr.fetchall())
        self.assertIn("/auth/o2/token", everything)
        seller = self.simulator.seller("eu")
        for secret in (seller["client_secret"], seller["refresh_token"]):
            self.assertNotIn(secret, everything)
        self.assertNotIn("Atza|", everything)
        self.assertNotIn("Ada Quill", everything)

    # The dashboard knows when it last went well.
    def test_times_on_the_dashboard(self):
        self.sync()
        for code in ("orders_sweep", "orders_apply"):
            task = self.task("eu", code)
            self.assertTrue(task.last_run)
            self.assertTrue(task.last_success)
        self.assertTrue(self.store.last_success)
        self.assertTrue(self.store.last_success_text)
        self.assertEqual(self.store.backlog, 0)


@needs_simulator
@tagged("standard", "post_install")
class TestThrottling(FaultCase):
    """Amazon's limits count here, on both sides."""

    is_throttled = True

    def budget(self):
        return self.env["acorn.amazon.budget"].search(
            [("store_id", "=", self.store.id), ("operation", "=", SEARCH)]
        )

    # A21: refused by Amazon: the task waits for its turn, and asks nobody meanwhile.
    def test_a_storm_of_429(self):
        self.simulator.fault("throttle", operation=SEARCH)
        with self.assertNoLogs(TASK, "WARNING"):
            self.read()
        self.assertEqual(self.sweep.state, "parked")
        self.assertEqual(self.sweep.failure_count, 0)
        self.assertFalse(self.sweep.last_error)
        wait = (self.sweep.parked_until - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(wait, 1 / 0.0056, delta=15)
        self.assertEqual(self.sweep.next_run, self.sweep.parked_until)
        self.assertFalse(self.env["acorn.amazon.incident"].search([]))
        self.simulator.heal()
        self.let_time_pass(200)
        self.assert_all_here()

    # A21: after a refusal nobody asks before there can be a token again, not even a
    # person who presses "Run Now".
    def test_a_refusal_empties_the_budget(self):
        self.simulator.fault("throttle", operation=SEARCH, times=1)
        self.assertEqual(self.search_fails(), "ThrottledError")
        self.assertEqual(self.budget().throttled_count, 1)
        calls = self.calls()
        self.read()
        self.assertEqual(self.sweep.state, "parked")
        self.assertEqual(self.calls(), calls)
        self.let_time_pass(200)
        self.read()
        self.assertEqual(self.calls(), calls + 1)
        self.assertEqual(self.sweep.state, "waiting")

    def let_time_pass(self, seconds):
        """Let budgets refill on both sides."""
        self.wait(seconds)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE acorn_amazon_budget"
            " SET refilled_at = refilled_at - interval '%s seconds'",
            [seconds],
        )
        self.env.invalidate_all()

    # A21: with our own budget, Amazon never has to refuse.
    def test_the_budget_is_amazons(self):
        for _run in range(25):
            self.read()
        self.assertEqual(self.calls(), 20)
        self.assertFalse(self.simulator.requests(operation=SEARCH, status=429))
        self.assertEqual(self.sweep.state, "parked")
        self.assertLess(self.budget().tokens, 1)
        self.let_time_pass(400)
        self.read()
        self.read()
        self.read()
        self.assertEqual(self.calls(), 22)
        self.assertFalse(self.simulator.requests(operation=SEARCH, status=429))

    # A21: a scheduled action wakes the task when there is budget again.
    def test_a_parked_task_is_woken(self):
        self.simulator.fault("throttle", operation=SEARCH)
        cron = self.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")
        self.read()
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(self.sweep.parked_until, calls.mapped("call_at"))

    # A21: rates correct themselves by what Amazon says.
    def test_a_rate_that_amazon_changes(self):
        self.simulator.fault("wrong_rate", operation=SEARCH, times=1, rate=0.001)
        self.read()
        self.assertAlmostEqual(self.budget().rate, 0.001)
        self.read()
        self.assertAlmostEqual(self.budget().rate, 0.0056)
        self.simulator.fault("no_rate_header", operation=SEARCH, times=1)
        self.read()
        self.assertAlmostEqual(self.budget().rate, 0.0056)

    # A14: waiting for budget again and again without getting anything is silence;
    # getting a page each time is not.
    def test_parked_for_too_long(self):
        now = fields.Datetime.now()
        more = [make_order(make_item(self.sku)) for _number in range(250)]
        self.place("eu", *more)
        self.simulator.fault("throttle", operation=SEARCH)
        self.read()
        self.assertEqual(self.sweep.state, "parked")
        self.watch_silence(now + timedelta(minutes=50))
        self.assertFalse(self.incident("silent", self.sweep))
        self.sweep.last_success = now - timedelta(hours=3)
        self.watch_silence(now)
        incident = self.incident("silent", self.sweep)
        self.assertTrue(incident)
        self.simulator.heal()
        self.simulator.fault("throttle", operation=SEARCH, after=1)
        self.let_time_pass(200)
        self.read()
        self.assertEqual(self.sweep.state, "parked")
        self.assertEqual(len(self.documents()), 100)
        self.watch_silence(now)
        self.assertEqual(incident.state, "closed")
        self.let_time_pass(200)
        self.read()
        self.watch_silence(now + timedelta(minutes=62))
        self.assertTrue(self.incident("silent", self.sweep))
        self.simulator.heal()
        self.let_time_pass(200)
        self.sync()
        self.assertFalse(self.incident("silent", self.sweep))

    def watch_silence(self, moment):
        watch = self.env.ref("acorn_amazon_connector.ir_cron_watch_silence")
        with freeze_time(moment), self._test_cursors():
            watch.method_direct_trigger()
