"""Amazon's own list of orders is compared with Odoo, every day (A15)."""

from datetime import datetime, timedelta
from itertools import pairwise

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.mappers.order_census import CENSUS_REPORT
from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.orders.test_sweep import SweepCase
from tests.odoo.shop import ShopCase

TASK_LOG = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
HEADER = "amazon-order-id\torder-status\tfulfillment-channel\tsales-channel\r\n"


class CensusCase(ShopCase):
    regions = ("eu",)

    @property
    def store(self):
        return self.stores["eu"]

    def take_census(self, rounds=2):
        """Compare with Amazon as the crons would in the course of a day."""
        self.run_rounds("orders_census", rounds)
        self.apply()
        return self.env["acorn.amazon.census"].search(
            [("store_id", "=", self.store.id)], limit=1
        )

    def run_rounds(self, code, rounds):
        """Run a task again and again, with time for Amazon to make a report."""
        for _round in range(rounds):
            self.task("eu", code).action_run_now()
            self.run_cron("remote")
            self.wait(90)

    def asked(self):
        """How often a report was asked for."""
        return len(self.simulator.requests(operation="reports.createReport"))

    def hide(self):
        """An order that is only in Amazon's list; Amazon refuses to show it.

        :return: Amazon's id
        """
        hidden = make_order(make_item(next(iter(self.products)), "30.00"))
        self.slip_in(hidden)
        self.simulator.fault(
            "error",
            operation="orders.getOrder",
            status=404,
            code="NotFound",
            message="Gone.",
        )
        return hidden["orderId"]

    def buy(self, quantity=1, **changes):
        """An order that Odoo has."""
        sku = next(iter(self.products))
        payload = make_order(make_item(sku, "20.00", quantity)) | changes
        self.place("eu", payload)
        self.sync()
        return payload

    def slip_in(self, payload, hours=6):
        """Let Amazon have an order that its search showed to nobody in time."""
        now = datetime.fromisoformat(self.simulator.control("clock")["now"])
        payload["lastUpdatedTime"] = self.format(now - timedelta(hours=hours))
        payload["createdTime"] = min(payload["createdTime"], payload["lastUpdatedTime"])
        self.simulator.control(
            "seed", {"seller_id": self.store.seller_id, "orders": [payload]}
        )

    @staticmethod
    def format(moment):
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def incident(self, code, record=None):
        incidents = self.env["acorn.amazon.incident"]
        domain = incidents._domain(self.store, [code], record)
        return incidents.search([*domain, ("state", "=", "open")])

    def assert_adds_up(self, census):
        self.assertEqual(
            census.amazon_count,
            census.imported_count
            + census.stopped_count
            + census.unneeded_count
            + census.fetched_count
            + census.missing_count,
        )


@needs_simulator
@tagged("standard", "post_install")
class TestCensusOfAWorld(CensusCase):
    world = "chaos"
    size = 110
    is_imported = True

    # A15: every order of Amazon's list is accounted for.
    def test_nothing_is_missing(self):
        census = self.take_census()
        self.assert_adds_up(census)
        since = census.since.strftime("%Y-%m-%dT%H:%M:%S")
        until = census.until.strftime("%Y-%m-%dT%H:%M:%S")
        listed = {
            order_id
            for order_id, truth in self.truths(payloads=1).items()
            if since <= truth["payload"]["lastUpdatedTime"][:19] < until
        }
        self.assertEqual(census.amazon_count, len(listed))
        self.assertGreater(census.amazon_count, 10)
        orders = self.env["sale.order"].search(
            [("acorn_amazon_order_id", "in", list(listed))]
        )
        stopped = self.documents(state="blocked").filtered(
            lambda document: document.external_id in listed
        )
        self.assertEqual(census.imported_count, len(orders))
        self.assertEqual(census.stopped_count, len(stopped))
        self.assertEqual(census.fetched_count, 0, census.fetched)
        self.assertEqual(census.missing_count, 0, census.missing)
        self.assertEqual(self.store.missing_count, 0)
        self.assertTrue(self.store.census_text)
        self.assertFalse(self.incident("orders_missing"))


@needs_simulator
@tagged("standard", "post_install")
class TestCensus(CensusCase):
    # A15: what the search never showed comes all the same, once.
    def test_an_order_that_the_search_never_showed(self):
        self.buy()
        sku = next(iter(self.products))
        hidden = make_order(make_item(sku, "30.00"))
        self.slip_in(hidden)
        self.sync()
        self.assertNotIn(hidden["orderId"], self.orders())
        census = self.take_census(rounds=3)
        self.assert_adds_up(census)
        self.assertEqual(census.fetched, hidden["orderId"])
        self.assertEqual(census.missing_count, 0)
        self.assertEqual(self.orders()[hidden["orderId"]].state, "sale")
        again = self.take_census(rounds=3)
        self.assertNotEqual(again, census)
        self.assertEqual(again.fetched_count, 0)
        self.assertEqual(again.imported_count, 2)

    # A15: an order that was cancelled unnoticed is not shipped.
    def test_a_cancellation_that_the_search_never_showed(self):
        payload = self.buy()
        order = self.orders()[payload["orderId"]]
        self.wait(7 * 3600)
        self.buy()
        payload["fulfillment"]["fulfillmentStatus"] = "CANCELLED"
        self.slip_in(payload, hours=1)
        self.sync()
        self.assertEqual(order.state, "sale")
        census = self.take_census(rounds=3)
        self.assertEqual(census.fetched, payload["orderId"])
        self.assertEqual(order.state, "cancel")

    # A15: pending and cancelled orders, and those before the import date, lack nothing.
    def test_what_is_not_needed(self):
        payload = self.buy()
        for status in ("PENDING", "CANCELLED"):
            other = make_order(make_item(next(iter(self.products)), "30.00"))
            other["fulfillment"]["fulfillmentStatus"] = status
            self.slip_in(other)
        census = self.take_census()
        self.assertEqual(census.unneeded_count, 2)
        self.assertEqual(census.imported_count, 1)
        self.assertIn(payload["orderId"], self.orders())

    # A15, A30: an order that an older backup does not have comes back.
    def test_an_order_that_odoo_has_lost(self):
        payload = self.buy()
        lost = self.orders()[payload["orderId"]]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET acorn_amazon_order_id = NULL WHERE id = %s",
            [lost.id],
        )
        self.env.invalidate_all()
        self.assertNotIn(payload["orderId"], self.orders())
        census = self.take_census()
        self.assertEqual(census.fetched, payload["orderId"])
        self.assertEqual(self.orders()[payload["orderId"]].state, "sale")

    # A15, A16: where the newer interface is refused, the older one is asked.
    def test_the_older_interface(self):
        self.buy()
        hidden = make_order(make_item(next(iter(self.products)), "30.00"))
        self.slip_in(hidden)
        self.simulator.fault("access_denied", operation="orders.getOrder")
        census = self.take_census(rounds=3)
        self.assertEqual(census.fetched, hidden["orderId"])
        self.assertEqual(self.documents(hidden["orderId"]).kind, "order_v0")
        self.assertIn(hidden["orderId"], self.orders())

    # A13, A15: what Amazon refuses to show is reported, not forgotten.
    def test_an_order_that_amazon_refuses_to_show(self):
        self.buy()
        hidden = self.hide()
        census = self.take_census(rounds=3)
        self.assertEqual(census.missing, hidden)
        self.assertEqual(self.store.missing_count, 1)
        incident = self.incident("orders_missing")
        self.assertEqual(incident.details, hidden)
        self.assertEqual(
            incident.action_open_record()["res_model"], "acorn.amazon.census"
        )
        self.simulator.heal()
        self.assertEqual(self.take_census(rounds=3).missing_count, 0)
        self.assertIn(hidden, self.orders())
        self.assertFalse(self.incident("orders_missing"))

    # A15, A21, A24: a limit in the middle costs neither the report nor an order.
    def test_a_limit_while_orders_are_fetched(self):
        self.buy()
        sku = next(iter(self.products))
        hidden = [make_order(make_item(sku, "30.00")) for _ in range(3)]
        for payload in hidden:
            self.slip_in(payload)
        self.simulator.fault("throttle", operation="orders.getOrder", after=1, times=1)
        self.simulator.control("requests", method="DELETE")
        self.assertFalse(self.take_census())
        self.assertEqual(self.task("eu", "orders_census").state, "parked")
        census = self.take_census()
        self.assertEqual(
            set(census.fetched.split()), {payload["orderId"] for payload in hidden}
        )
        self.assertEqual(self.asked(), 1)
        self.assertEqual(len(self.orders()), 4)

    # A15: an empty list is right where there are no orders.
    def test_no_orders(self):
        self.sync()
        for text in ("", HEADER):
            self.simulator.control("settings", {"report_texts": {CENSUS_REPORT: text}})
            census = self.take_census(rounds=3)
            self.assertEqual(census.amazon_count, 0)
            self.assertEqual(census.missing_count, 0)
            census.unlink()

    # A25, X7: a store that is only watched knows what it would have.
    def test_a_store_that_is_watched(self):
        self.store.action_pause()
        self.store.state = "shadow"
        payload = make_order(make_item(next(iter(self.products)), "30.00"))
        self.place("eu", payload)
        self.sync()
        census = self.take_census()
        self.assertEqual(census.stopped_count, 1)
        self.assertFalse(self.orders())


@needs_simulator
@tagged("standard", "post_install")
class TestCensusPeriod(CensusCase, SweepCase):
    """Only what was read is compared; the store imports since an hour ago."""

    def setUp(self):
        super().setUp()
        self.recent = self.make(0.02)
        self.untouched = self.make(10, changed=9, status="SHIPPED")
        self.wait()

    def let_crons_run(self):
        for lane in ("remote", "local"):
            self.run_cron(lane)

    def take_census(self, rounds=2):
        """A census from its beginning, without the one that is under way."""
        self.task("eu", "orders_census").page = False
        self.simulator.control("requests", method="DELETE")
        return super().take_census(rounds)

    def fetched(self):
        return self.simulator.requests(operation="orders.getOrder")

    # A1, A15: without a date, reading begins a day before the store started.
    def test_an_import_date_that_is_emptied(self):
        self.sync()
        self.fill_budget()
        self.store.import_from = False
        self.let_crons_run()
        census = self.take_census()
        self.assertEqual(census.since, self.sweep.read_from)
        self.assertEqual(set(self.orders()), {self.recent})
        self.assertEqual((census.imported_count, census.fetched_count), (1, 0))

    # A1, A15, A24: what the sweep is about to read is not missing.
    def test_while_the_past_is_read(self):
        self.sync()
        self.fill_budget()
        old = self.make_many(150, 7, changed=6, status="SHIPPED")
        end = self.start + timedelta(minutes=5)
        self.simulator.fault(
            "throttle",
            query={"lastUpdatedBefore": f"{end.isoformat()}.000Z"},
            after=1,
        )
        self.store.import_from = self.now - timedelta(days=30)
        self.let_crons_run()
        self.assertTrue(self.sweep.page["past"]["token"])
        census = self.take_census()
        self.assertEqual(census.since, self.start)
        self.assertEqual((census.amazon_count, census.imported_count), (1, 1))
        self.assertFalse(self.fetched())
        self.simulator.heal()
        self.fill_budget()
        self.sync()
        self.assertEqual(set(self.orders()), old | {self.recent, self.untouched})
        census = self.take_census()
        self.assertEqual(census.amazon_count, 152)
        self.assertEqual(census.imported_count, 152)
        self.assertFalse(self.fetched())

    # A1, A15: nothing is asked for before there is something to compare.
    def test_while_nothing_is_read(self):
        self.make_many(150, 20)
        self.simulator.fault(
            "throttle", query={"fulfilledBy": "MERCHANT"}, after=1, times=1
        )
        self.read()
        self.assertTrue(self.sweep.cursor)
        self.assertFalse(self.sweep.read_from)
        self.assertFalse(self.take_census())
        self.assertFalse(self.asked())
        task = self.task("eu", "orders_census")
        soon = fields.Datetime.now() + timedelta(minutes=11)
        self.assertLess(task.next_run, soon)
        self.fill_budget()
        self.sync()
        self.assertEqual(self.take_census().imported_count, 1)

    # A15, A30: what was read before the date was moved forth must not be lost.
    def test_an_order_from_before_a_date_that_was_moved(self):
        self.store.import_from = self.now - timedelta(days=30)
        waiting = self.make(5)
        self.sync()
        self.store.import_from = self.now
        order = self.orders()[waiting]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET acorn_amazon_order_id = NULL WHERE id = %s",
            [order.id],
        )
        self.env.invalidate_all()
        self.fill_budget()
        self.assertEqual(self.take_census().fetched, waiting)
        self.assertIn(waiting, self.orders())


@needs_simulator
@tagged("standard", "post_install")
class TestCensusList(CensusCase):
    """Lists that Amazon cannot make, or that cannot be read."""

    @property
    def census_task(self):
        return self.task("eu", "orders_census")

    def say(self, **settings):
        """Change what becomes of reports."""
        self.simulator.control("settings", settings)

    # A13, A15: what cannot be read proves nothing, and closes no incident.
    def test_a_list_of_another_form(self):
        self.buy()
        hidden = self.hide()
        census = self.take_census(rounds=3)
        self.assertTrue(self.incident("orders_missing"))
        self.say(
            report_texts={CENSUS_REPORT: "Bestellnummer\tStatus\r\n1\tShipped\r\n"}
        )
        with self.assertLogs(TASK_LOG, "ERROR"):
            self.assertEqual(self.take_census(rounds=3), census)
        self.assertTrue(self.incident("orders_missing"))
        incident = self.incident("task_failing", self.census_task)
        self.assertIn("amazon-order-id", incident.details)
        self.assertIn("amazon-order-id", self.census_task.last_error)
        self.simulator.heal()
        self.say(report_texts={})
        self.assertEqual(self.take_census().fetched, hidden)
        self.assertFalse(self.incident("orders_missing"))
        self.assertFalse(self.incident("task_failing", self.census_task))

    # A13, A15: neither does a list without orders, where Odoo has some.
    def test_a_list_that_is_empty(self):
        self.buy()
        self.hide()
        census = self.take_census(rounds=3)
        self.say(report_texts={CENSUS_REPORT: HEADER})
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.assertEqual(self.take_census(rounds=3), census)
        self.assertTrue(self.incident("orders_missing"))
        self.assertIn("empty", self.census_task.last_error)

    # A13, A14, A15: each time a little later, and told when it goes on.
    def test_a_list_that_amazon_cannot_make(self):
        task = self.census_task
        self.say(report_outcome="FATAL")
        self.buy()
        self.simulator.control("requests", method="DELETE")
        start = fields.Datetime.now()
        # Before the requests were forgotten, in the course of the reading.
        asked = [0]
        for minute in range(0, 12 * 60, 3):
            if minute == 100:
                self.say(report_outcome="CANCELLED")
            count = self.asked()
            moment = start + timedelta(minutes=minute, seconds=5)
            with freeze_time(moment), mute_logger(TASK_LOG):
                self.run_cron("remote")
            self.wait(180)
            if self.asked() > count:
                asked.append(minute)
            self.assertEqual(bool(task.last_error), minute > 0)
            self.assertEqual(
                bool(self.incident("task_failing", task)), task.failure_count >= 5
            )
        pauses = [later - sooner for sooner, later in pairwise(asked)]
        # Until it is known that it failed, and in steps of three minutes.
        for pause, wanted in zip(pauses, (15, 30, 60, 120, 240), strict=True):
            self.assertIn(pause - wanted, range(10))
        self.assertIn("Compare orders", self.incident("task_failing", task).summary)
        self.say(report_outcome="DONE")
        self.assertTrue(self.take_census(rounds=3))
        self.assertFalse(task.failure_count)
        self.assertFalse(task.last_error)
        self.assertFalse(self.incident("task_failing", task))

    # A14: a good report says nothing of another one.
    def test_each_report_is_told_of_by_itself(self):
        self.buy()
        ledger = self.task("eu", "fba_stock")
        self.store.fba_stock = True
        self.say(report_outcome="FATAL")
        with self.assertLogs(TASK_LOG, "WARNING"):
            self.run_rounds("orders_census", 12)
            self.run_rounds("fba_stock", 12)
        tasks = self.census_task | ledger
        for task in tasks:
            self.assertEqual(len(self.incident("task_failing", task)), 1)
        self.say(report_outcome="DONE")
        self.env["acorn.amazon.budget"].search([]).unlink()
        for task in tasks:
            self.assertTrue(self.incident("task_failing", task))
            self.run_rounds(task.flow_id.code, 1)
            self.assertTrue(self.incident("task_failing", task), "asked for only")
            self.run_rounds(task.flow_id.code, 2)
            self.assertFalse(self.incident("task_failing", task))
