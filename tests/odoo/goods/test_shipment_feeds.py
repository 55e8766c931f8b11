"""Many parcels are told to Amazon at once, and each has its own result (A1)."""

from datetime import timedelta

from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.goods.test_shipments import CONFIRM, TASK, ShipmentCase

CREATE = "feeds.createFeed"
CORRECTED = "00340434161094042588"


@needs_simulator
@tagged("post_install", "-at_install")
class TestShipmentFeeds(ShipmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.shipment_feed_threshold = 3

    def ship_orders(self, count=3):
        """Orders whose parcels have left and wait to be told."""
        orders = [self.import_order() for _ in range(count)]
        for order in orders:
            self.ship(order)
        return orders

    def finish_feed(self):
        """Amazon's time passes until the feed is done, and the runner looks."""
        self.wait(600)
        self.send()

    def states(self, orders):
        return [order.acorn_amazon_package_ids.mapped("state") for order in orders]

    # A1
    def test_many_go_as_one_feed(self):
        orders = self.ship_orders()
        self.send()
        self.assertEqual(self.states(orders), [["sending"]] * 3)
        feed = orders[0].acorn_amazon_package_ids.feed_id
        self.assertEqual(feed.package_ids, self.packages(orders))
        self.assertFalse(feed.ended_at)
        self.finish_feed()
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        self.assertEqual(feed.status, "DONE")
        for order in orders:
            self.assertEqual(list(self.sent(order)), [1])
        self.assertEqual(len(self.simulator.requests(operation=CREATE)), 1)
        self.assertEqual(self.calls(), 0)

    # A1
    def test_few_go_by_themselves(self):
        orders = self.ship_orders(2)
        self.send()
        self.assertEqual(self.states(orders), [["confirmed"]] * 2)
        self.assertEqual(self.simulator.requests(operation=CREATE), [])

    # A1, A13: one that Amazon refuses stops no other.
    def test_each_parcel_has_its_own_result(self):
        orders = self.ship_orders()
        cancelled = orders[1]
        self.change(cancelled.acorn_amazon_order_id, "cancel")
        self.send()
        self.finish_feed()
        self.assertEqual(
            self.states(orders), [["confirmed"], ["refused"], ["confirmed"]]
        )
        package = cancelled.acorn_amazon_package_ids
        self.assertIn("cancel", package.amazon_message.lower())
        self.assertEqual(package.sent_document_id.reason_code, "shipment_refused")
        self.assertTrue(self.incident("shipment_refused"))

    # A13: a feed that failed may have done some of its work. Nothing is lost, and
    # nothing is shipped twice.
    def test_a_feed_that_fails(self):
        orders = self.ship_orders()
        self.simulator.control(
            "settings", {"feed_outcome": "FATAL", "feed_fatal_share": 0.5}
        )
        self.send()
        self.finish_feed()
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        self.assertEqual(len(self.simulator.requests(operation=CREATE)), 1)
        for order in orders:
            self.assertEqual(list(self.sent(order)), [1])

    # A13: a report that does not account for every parcel is believed for none.
    def test_a_feed_that_did_not_do_everything(self):
        orders = self.ship_orders()
        self.simulator.control("settings", {"feed_done_share": 0.5})
        self.send()
        feed = orders[0].acorn_amazon_package_ids.feed_id
        self.finish_feed()
        self.assertEqual(feed.status, "UNKNOWN")
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        for order in orders:
            self.assertEqual(list(self.sent(order)), [1])

    # A13: Amazon never got the feed, which is sure when it does not list it for long.
    def test_no_answer(self):
        orders = self.ship_orders()
        self.simulator.fault("cut", operation=CREATE, times=1)
        self.send()
        self.send()
        self.assertEqual(self.states(orders), [["sending"]] * 3)
        feed = orders[0].acorn_amazon_package_ids.feed_id
        feed.sent_at -= timedelta(minutes=11)
        self.send()
        self.assertEqual(feed.status, "LOST")
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        for order in orders:
            self.assertEqual(list(self.sent(order)), [1])

    # A13, A33: Amazon has the feed, only its answer was lost: it is followed, and a
    # correction goes after it.
    def test_an_answer_is_lost(self):
        orders = self.ship_orders()
        self.simulator.control("settings", {"feed_queue_seconds": 1200})
        self.simulator.fault("lost", operation=CREATE, times=1)
        self.send()
        self.send()
        package = orders[0].acorn_amazon_package_ids
        feed = package.feed_id
        self.assertEqual(feed.status, "IN_QUEUE")
        package.tracking_number = CORRECTED
        self.send()
        self.wait(2000)
        self.send()
        self.assertEqual(feed.status, "DONE")
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        (sent,) = self.sent(orders[0]).values()
        self.assertEqual(sent["tracking_number"], CORRECTED)
        self.assertEqual(self.calls(), 1)

    # A13, A33: a feed that was given up and takes effect after all brings no number
    # back that was corrected.
    def test_a_given_up_feed_is_late(self):
        orders = self.ship_orders()
        self.simulator.control("settings", {"feed_outcome": "STUCK"})
        self.send()
        package = orders[0].acorn_amazon_package_ids
        feed = package.feed_id
        feed.sent_at -= timedelta(hours=7)
        self.send()
        self.assertEqual(feed.status, "STUCK")
        package.tracking_number = CORRECTED
        self.send()
        self.simulator.control(f"feeds/{feed.name}", {"outcome": "DONE"})
        (sent,) = self.sent(orders[0]).values()
        self.assertNotEqual(sent["tracking_number"], CORRECTED)
        self.send()
        self.assertEqual(feed.status, "UNKNOWN")
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        (sent,) = self.sent(orders[0]).values()
        self.assertEqual(sent["tracking_number"], CORRECTED)

    # A1: a feed that Amazon has not taken tells of nothing.
    def test_returned_after_no_feed_was_made(self):
        for kind in ("throttle", "access_denied"):
            with self.subTest(kind):
                self.env["acorn.amazon.package.feed"].search([]).unlink()
                orders = self.ship_orders()
                self.simulator.fault(kind, operation=CREATE)
                self.simulator.fault("unavailable", operation=CONFIRM)
                with self.assertLogs(TASK, "WARNING"):
                    self.send()
                package = orders[-1].acorn_amazon_package_ids
                self.assertEqual((package.state, package.attempts), ("to_send", 0))
                self.simulator.heal()
                self.send()
                self.assertEqual(self.states(orders), [["confirmed"]] * 3)

    # A33: what is corrected while Amazon works on the feed is sent after it.
    def test_a_correction_meanwhile(self):
        orders = self.ship_orders()
        self.send()
        package = orders[0].acorn_amazon_package_ids
        package.tracking_number = CORRECTED
        self.send()
        self.assertEqual(package.state, "to_send")
        self.assertEqual(self.calls(), 0)
        self.finish_feed()
        self.assertEqual(package.state, "confirmed")
        (sent,) = self.sent(orders[0]).values()
        self.assertEqual(sent["tracking_number"], CORRECTED)

    # A13
    def test_a_feed_that_never_ends(self):
        orders = self.ship_orders()
        self.simulator.control("settings", {"feed_outcome": "STUCK"})
        self.send()
        feed = orders[0].acorn_amazon_package_ids.feed_id
        self.finish_feed()
        self.assertEqual(self.states(orders), [["sending"]] * 3)
        feed.sent_at -= timedelta(hours=7)
        self.send()
        self.assertEqual(feed.status, "STUCK")
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)

    # A13: a feed that cannot be asked about keeps no parcel back.
    def test_a_feed_that_amazon_knows_no_more(self):
        orders = self.ship_orders()
        self.send()
        self.simulator.fault(
            "error", operation="getFeed", status=404, code="NotFound", message="Gone."
        )
        self.send()
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)
        for order in orders:
            self.assertEqual(list(self.sent(order)), [1])

    # A13: nor does one whose report nobody can read.
    def test_a_report_that_amazon_does_not_give(self):
        orders = self.ship_orders()
        self.send()
        self.simulator.fault("bad_request", operation="getFeedDocument")
        self.finish_feed()
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)

    # A13: while Amazon does not say how a feed is, other parcels go by themselves.
    def test_feeds_are_out_of_order(self):
        orders = self.ship_orders()
        self.send()
        self.simulator.fault("server_error", operation="getFeed")
        later = self.ship_orders(1)
        self.send()
        self.assertEqual(
            self.states(orders + later), [["sending"]] * 3 + [["confirmed"]]
        )
        orders[0].acorn_amazon_package_ids.feed_id.sent_at -= timedelta(hours=7)
        self.send()
        self.assertEqual(self.states(orders), [["confirmed"]] * 3)

    def packages(self, orders):
        return self.env["acorn.amazon.package"].union(
            *(order.acorn_amazon_package_ids for order in orders)
        )
