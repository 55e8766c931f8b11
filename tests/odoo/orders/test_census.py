"""Amazon's own list of orders is compared with Odoo, every day (A15)."""

from datetime import datetime, timedelta

from odoo.tests import tagged

from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

TASK_LOG = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"


class CensusCase(ShopCase):
    regions = ("eu",)

    @property
    def store(self):
        return self.stores["eu"]

    def take_census(self, rounds=2):
        """Compare with Amazon as the crons would in the course of a day."""
        task = self.task("eu", "orders_census")
        for _round in range(rounds):
            task.action_run_now()
            self.run_cron("remote")
            self.wait(90)
        self.apply()
        return self.env["acorn.amazon.census"].search(
            [("store_id", "=", self.store.id)], limit=1
        )

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
        hidden = make_order(make_item(next(iter(self.products)), "30.00"))
        self.slip_in(hidden)
        self.simulator.fault(
            "error",
            operation="orders.getOrder",
            status=404,
            code="NotFound",
            message="Gone.",
        )
        census = self.take_census(rounds=3)
        self.assertEqual(census.missing, hidden["orderId"])
        self.assertEqual(self.store.missing_count, 1)
        incident = self.incident("orders_missing")
        self.assertEqual(incident.details, hidden["orderId"])
        self.assertEqual(
            incident.action_open_record()["res_model"], "acorn.amazon.census"
        )
        self.simulator.heal()
        self.assertEqual(self.take_census(rounds=3).missing_count, 0)
        self.assertIn(hidden["orderId"], self.orders())
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
        asked = self.simulator.requests(operation="reports.createReport")
        self.assertEqual(len(asked), 1)
        self.assertEqual(len(self.orders()), 4)

    # A13, A14, A15: a list that Amazon cannot make is asked for again and reported.
    def test_a_list_that_amazon_cannot_make(self):
        for outcome in ("FATAL", "CANCELLED"):
            self.simulator.control("settings", {"report_outcome": outcome})
            self.buy()
            with self.assertLogs(TASK_LOG, "WARNING"):
                self.assertFalse(self.take_census(rounds=6))
        self.assertTrue(self.incident("task_failing", self.store))
        self.simulator.control("settings", {"report_outcome": "DONE"})
        self.assertTrue(self.take_census(rounds=3))
        self.assertFalse(self.incident("task_failing", self.store))

    # A15: an empty list is right where there are no orders.
    def test_no_orders(self):
        self.sync()
        census = self.take_census()
        self.assertEqual(census.amazon_count, 0)
        self.assertEqual(census.missing_count, 0)

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
