"""What Amazon shows is what the warehouse has."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.acorn_amazon_connector.mappers.listings_feed import (
    CONTENT_TYPE,
    FEED_TYPE,
    FeedMessage,
    build_listings_feed,
)
from odoo.addons.acorn_amazon_connector.mappers.stock import quantity_patches

from tests.odoo.common import needs_simulator
from tests.odoo.offers.stock_shop import PATCH, StockShopCase

TASK_LOG = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
US, CA, MX = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"


@needs_simulator
@tagged("standard", "post_install")
class TestStock(StockShopCase):
    def setUp(self):
        super().setUp()
        self.sku, self.other = self.managed_skus()[:2]

    # A2
    def test_everything_is_sent_when_it_is_switched_on(self):
        for sku in self.managed_skus():
            self.assertEqual(set(self.at_amazon(sku).values()), {50})
        self.assertFalse(
            self.env["acorn.amazon.submission"].search([("state", "!=", "accepted")])
        )

    # A2
    def test_a_change_is_sent(self):
        self.receive(self.sku, -20)
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {30})
        self.assertEqual(set(self.patches()), {self.sku})

    # A2
    def test_nothing_changed_nothing_sent(self):
        self.receive(self.sku, 5)
        self.receive(self.sku, -5)
        self.publish()
        self.assertFalse(self.patches())

    # A2: what ran out goes first, then what went down.
    def test_order_of_urgency(self):
        more, less, none = self.managed_skus()
        self.receive(more, 10)
        self.receive(less, -10)
        self.receive(none, -50)
        self.publish()
        sent = [
            entry["path"].rpartition("/")[2]
            for entry in self.simulator.requests(operation=PATCH)
        ]
        self.assertEqual(list(dict.fromkeys(sent)), [none, less, more])

    # A2: a new quantity must not reset the handling time.
    def test_handling_time_is_kept(self):
        value = {"fulfillment_channel_code": "DEFAULT", "quantity": 50}
        value["lead_time_to_ship_max_days"] = 9
        self.write_at_amazon(self.sku, US, value)
        self.receive(self.sku, -20)
        self.publish()
        with self._test_cursors():
            item = self.store._get_client().listings.get(
                self.store.seller_id, self.sku, [US], included_data=("attributes",)
            )
        [kept] = item["attributes"]["fulfillment_availability"]
        self.assertEqual(kept["quantity"], 30)
        self.assertEqual(kept["lead_time_to_ship_max_days"], 9)

    # A2, X2: a sale that Odoo has not heard of yet is not offered a second time.
    def test_sold_and_not_heard_of(self):
        self.buy(self.sku, marketplace_id=US, quantity=8)
        self.receive(self.sku, 10)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 52)
        self.assertEqual(self.offer(self.sku, US).calculation["supply"]["unseen"], 8)
        # Two minutes later the order shows, and counts as itself.
        self.wait()
        self.sync()
        self.publish()
        self.assertEqual(self.offer(self.sku, US).calculation["supply"]["unseen"], 0)
        self.assertEqual(self.at_amazon(self.sku, US), 52)

    # A2, X2: a decrease is no reason to offer sold units again either.
    def test_sold_and_not_heard_of_while_it_decreases(self):
        self.buy(self.sku, marketplace_id=US, quantity=45)
        self.receive(self.sku, -2)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 3)

    # A2
    def test_order_of_amazon_is_deducted_once(self):
        self.buy(self.sku, marketplace_id=US, quantity=8)
        self.wait()
        self.sync()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {42})
        [order] = self.orders().values()
        order.picking_ids.button_validate()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {42})

    # A2
    def test_pending_order_holds_its_units(self):
        answer = self.buy(self.sku, marketplace_id=US, quantity=8, status="PENDING")
        self.wait()
        self.sync()
        self.publish()
        self.assertFalse(self.orders())
        self.assertEqual(set(self.at_amazon(self.sku).values()), {42})
        self.wait(3)
        self.change(answer["accepted"][0]["order_id"], "cancel")
        self.sync()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {50})

    # A2: Amazon's words are kept with the offer, the others go on.
    def test_refused_quantity(self):
        path = f"/listings/2021-08-01/items/{self.store.seller_id}/{self.sku}"
        self.simulator.fault("bad_request", operation=PATCH, path=path)
        self.receive(self.sku, -20)
        self.receive(self.other, -20)
        self.publish()
        offer = self.offer(self.sku, US)
        self.assertEqual(offer.stock_state, "refused")
        self.assertIn("Invalid Input", offer.stock_message)
        self.assertEqual(set(self.at_amazon(self.other).values()), {30})
        refused = self.store.offer_ids.filtered(lambda o: o.stock_state == "refused")
        self.assertEqual(
            self.incident("stock_refused").summary,
            f"Quantities that Amazon refuses: {len(refused)}",
        )
        self.simulator.heal()
        refused.action_publish_stock()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {30})
        self.assertFalse(self.incident("stock_refused"))

    # A2, X7: what was about to be sent is only watched in shadow, and sent after it.
    def test_back_to_shadow_and_live_again(self):
        self.simulator.fault("throttle", operation=PATCH)
        self.receive(self.sku, -20)
        self.publish()
        offer = self.offer(self.sku, US)
        self.assertEqual(offer.stock_state, "waiting")
        self.simulator.heal()
        self.store.action_shadow()
        self.publish()
        self.assertEqual(offer.stock_state, "watched")
        self.assertEqual(set(self.at_amazon(self.sku).values()), {50})
        self.store.action_go_live()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {30})

    # A2: whoever does not send has nothing that Amazon refuses.
    def test_refusals_end_with_the_sending(self):
        self.simulator.fault("bad_request", operation=PATCH)
        self.receive(self.sku, -20)
        self.publish()
        self.store.stock_mode = "watch"
        self.publish()
        self.assertEqual(self.offer(self.sku, US).stock_state, "watched")
        self.assertFalse(self.offer(self.sku, US).stock_message)
        self.assertFalse(self.incident("stock_refused"))
        self.store.stock_mode = "publish"
        self.publish()
        self.assertTrue(self.incident("stock_refused"))
        self.store.stock_mode = "off"
        self.assertFalse(self.incident("stock_refused"))

    # A2: there is no batch of nothing.
    def test_send_again_what_amazon_shows(self):
        batches = self.env["acorn.amazon.submission.batch"]
        count = batches.search_count([])
        self.offer(self.sku, US).action_publish_stock()
        self.publish()
        self.assertFalse(self.patches())
        self.assertEqual(self.offer(self.sku, US).stock_state, "published")
        self.assertEqual(batches.search_count([]), count)

    # A2: Amazon's words are for the store's owner to read.
    def test_language_of_amazons_words(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.store.user_id.lang = "de_DE"
        self.receive(self.sku, -20)
        self.publish()
        for entry in self.simulator.requests(operation=PATCH):
            self.assertEqual(entry["query"]["issueLocale"], ["de_DE"])

    # A13: an answer that never came is asked for again.
    def test_no_answer(self):
        self.simulator.fault("cut", operation=PATCH, times=1)
        self.receive(self.sku, -20)
        self.publish()
        self.task("na", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {30})
        states = self.env["acorn.amazon.submission"].search([("sku", "=", self.sku)])
        self.assertIn("failed", states.mapped("state"))

    # X2: units that came back must not hide others that were sold.
    def test_cancelled_and_sold_again(self):
        pending = self.buy(self.sku, marketplace_id=US, quantity=8, status="PENDING")
        self.wait()
        self.sync()
        self.publish()
        self.change(pending["accepted"][0]["order_id"], "cancel")
        self.buy(self.sku, marketplace_id=US, quantity=5)
        self.sync()
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 45)

    # A13
    def test_amazon_is_down(self):
        self.simulator.fault("unavailable")
        self.receive(self.sku, -20)
        self.publish()
        self.assertEqual(self.offer(self.sku, US).stock_state, "waiting")
        self.simulator.heal()
        self.task("na", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {30})

    # A2: the SKU was changed to FBA in Seller Central.
    def test_listing_moved_to_amazon(self):
        for marketplace in (US, CA, MX):
            value = {"fulfillment_channel_code": "AMAZON_NA"}
            self.write_at_amazon(self.sku, marketplace, value)
        self.simulator.control("requests", method="DELETE")
        self.receive(self.sku, -20)
        self.publish()
        self.assertFalse(self.patches())
        self.assertEqual(self.offer(self.sku, US).stock_state, "refused")
        self.assertIn("FBA", self.offer(self.sku, US).stock_message)

    # A2
    def test_everything_to_zero_and_back(self):
        self.store.action_stock_to_zero()
        self.publish()
        for sku in self.managed_skus():
            self.assertEqual(set(self.at_amazon(sku).values()), {0})
        self.store.action_stock_from_zero()
        self.publish()
        for sku in self.managed_skus():
            self.assertEqual(set(self.at_amazon(sku).values()), {50})

    # X15
    def test_a_batch_is_taken_back(self):
        self.receive(self.sku, 10)
        self.publish()
        batch = self.env["acorn.amazon.submission.batch"].search([], limit=1)
        self.assertEqual(set(batch.submission_ids.mapped("previous_quantity")), {50})
        batch.action_undo()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {50})
        # It stays so until it is resumed, but never above what is free.
        self.receive(self.sku, -20)
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {40})
        self.receive(self.sku, 30)
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {50})
        batch.action_resume()
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {70})

    # X11: somebody changes a quantity in Seller Central.
    def test_drift_is_found_and_mended(self):
        # What was sent before has long taken effect.
        self.wait(1000)
        data = {"seller_id": self.store.seller_id, "sku": self.sku, "quantity": 99}
        self.simulator.control("listings", {**data, "marketplace_id": US})
        self._check()
        self.assertTrue(self.incident("stock_drift"))
        self.publish()
        self.assertEqual(set(self.at_amazon(self.sku).values()), {50})
        self._check()
        self.assertFalse(self.incident("stock_drift"))

    # X11: sales are no drift.
    def test_sales_are_no_drift(self):
        self.buy(self.sku, marketplace_id=US, quantity=8)
        self._check()
        self.assertFalse(self.incident("stock_drift"))

    # A2: a comma is part of a SKU, although it ends one in a search.
    def test_a_sku_with_a_comma(self):
        self.list_at_amazon("MUG,RED", "MUG", "RED")
        self.assertEqual(self.at_amazon("MUG,RED", US), 0)
        self.receive("MUG,RED", 7)
        self.receive("MUG", 3)
        self.receive(self.sku, -20)
        self.publish()
        shown = [self.at_amazon(s, US) for s in ("MUG,RED", "MUG", "RED", self.sku)]
        self.assertEqual(shown, [7, 3, 0, 30])
        # What buyers take and Odoo has not heard of yet is found out before.
        self.buy("MUG,RED", marketplace_id=US, quantity=2)
        self.receive("MUG,RED", 1)
        self.publish()
        self.assertEqual(self.at_amazon("MUG,RED", US), 6)
        self.receive("MUG,RED", -8)
        self.publish()
        self.assertEqual(self.at_amazon("MUG,RED", US), 0)
        self.assertEqual(self.offer("MUG,RED", US).stock_state, "published")
        self.assertFalse(self.incident("stock_refused"))

    # X11: twenty SKUs are compared at once, one with a comma by itself.
    def test_a_comma_among_many(self):
        skus = [f"PART-{number:02d}" for number in range(18)]
        self.list_at_amazon(*skus[:9], "MUG,RED", *skus[9:], "A,B")
        for sku in ("MUG,RED", skus[-1]):
            data = {"seller_id": self.store.seller_id, "sku": sku, "quantity": 99}
            self.simulator.control("listings", {**data, "marketplace_id": US})
        self._check()
        self.assertFalse(self.task("na", "stock_check").last_error)
        details = self.incident("stock_drift").details
        self.assertIn("MUG,RED", details)
        self.assertIn(skus[-1], details)
        self.publish()
        for sku in ("MUG,RED", "A,B", *skus):
            self.assertEqual(self.at_amazon(sku, US), 0, sku)
        self._check()
        self.assertFalse(self.incident("stock_drift"))

    # A2: what Amazon does not have is said of a SKU with a comma too.
    def test_a_sku_with_a_comma_that_is_gone(self):
        self.list_at_amazon("MUG,RED")
        with self._test_cursors():
            client = self.store._get_client()
            client.listings.delete(self.store.seller_id, "MUG,RED", [US])
        self.receive("MUG,RED", 7)
        self.publish()
        self.assertEqual(self.offer("MUG,RED", US).stock_state, "refused")
        self.assertEqual(self.at_amazon(self.sku, US), 50)

    # A25: a watched or paused store sends nothing.
    def test_only_live_stores_send(self):
        self.store.action_shadow()
        self.receive(self.sku, -20)
        self.publish()
        self.assertFalse(self.patches())
        self.assertEqual(self.offer(self.sku, US).stock_state, "watched")
        self.assertEqual(self.offer(self.sku, US).target_quantity, 30)

    def _check(self):
        flow = self.env.ref("acorn_amazon_connector.flow_stock_check")
        flow.active = True
        self.store._start_flows()
        self.task("na", "stock_check").action_run_now()
        self.publish()


@needs_simulator
@tagged("standard", "post_install")
class TestStockInEurope(StockShopCase):
    regions = ("eu",)

    # A2: one pool of stock is sent once, not once per marketplace.
    def test_one_quantity_for_all_marketplaces(self):
        sku = self.managed_skus()[0]
        self.receive(sku, -20)
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 30})
        self.assertEqual(self.patches()[sku], 1)

    # A2, X2: sales on any marketplace count.
    def test_sales_of_all_marketplaces(self):
        sku = self.managed_skus()[0]
        for marketplace in ("A1PA6795UKMFR9", "A13V1IB3VIYZZH"):
            self.buy(sku, marketplace_id=marketplace, quantity=4)
        self.receive(sku, 10)
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 52})
        self.wait()
        self.sync()
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 52})

    # X2, A13: a number that arrived without an answer is what buyers bought from.
    def test_no_answer_and_sold_meanwhile(self):
        sku = self.managed_skus()[0]
        self.simulator.fault("cut_body", operation=PATCH, times=1)
        self.receive(sku, 10)
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 60})
        self.buy(sku, quantity=5)
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 55})

    # X2, A13: whether it arrived is known once all orders of that time are.
    def test_no_answer_and_nothing_sold(self):
        sku = self.managed_skus()[0]
        self.simulator.fault("cut", operation=PATCH, times=1)
        self.receive(sku, 10)
        self.publish()
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 50})
        self.wait(600)
        self.sync()
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 60})

    # A21: what Amazon had no time for it has certainly not taken.
    def test_throttled(self):
        sku = self.managed_skus()[0]
        self.simulator.fault("throttle", operation=PATCH, times=1)
        self.receive(sku, 10)
        self.publish()
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(sku), {"*": 60})


@needs_simulator
@tagged("standard", "post_install")
class TestStockFeeds(StockShopCase):
    regions = ("eu",)

    def setUp(self):
        super().setUp()
        self.store.feed_threshold = 3
        self.skus = self.managed_skus()

    # A2
    def test_many_changes_go_as_one_feed(self):
        self._change_all(10)
        self.assertFalse(self.patches())
        [batch] = self._batches()
        self.assertEqual(batch.feed_status, "IN_QUEUE")
        for sku in self.skus:
            offer = self.offer(sku)
            self.assertEqual(offer.stock_state, "feed")
            self.assertEqual(self.at_amazon(sku), {"*": 50})
            # Why, whose, and what stood there before is kept with each.
            [sent] = batch.submission_ids.filtered(lambda one, sku=sku: one.sku == sku)
            self.assertEqual(offer.submission_ids[0], sent)
            self.assertFalse(offer.price_submission_ids)
            self.assertEqual(sent.calculation["quantity"], sent.quantity)
            self.assertEqual(sent.calculation, offer.calculation)
            self.assertEqual(sent.company_id, self.store.company_id)
            self.assertEqual(sent.previous_quantity, 50)
        self._finish_feeds()
        self.assertEqual(batch.feed_status, "DONE")
        self.assertEqual(set(batch.submission_ids.mapped("state")), {"accepted"})
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})
            self.assertEqual(self.offer(sku).stock_state, "published")
        self.assertFalse(self.patches())

    # A2: what ran out never waits for a feed.
    def test_zero_goes_by_itself(self):
        self.store.feed_threshold = 2
        self.receive(self.skus[0], -50)
        for sku in self.skus[1:]:
            self.receive(sku, 10)
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 0})
        self.assertEqual(set(self.patches()), {self.skus[0]})

    # X2: a feed takes its time, and Amazon goes on selling.
    def test_margin_for_sales_while_the_feed_runs(self):
        self.buy(self.skus[0], quantity=5)
        self.wait()
        self.sync()
        self.publish()
        self._change_all(10)
        # 50 − 5 + 10, kept lower by the five that were sold today.
        [sent] = self._batches().submission_ids.filtered(
            lambda sent: sent.sku == self.skus[0]
        )
        self.assertEqual(sent.quantity, 50)
        self.buy(self.skus[0], quantity=4)
        self._finish_feeds()
        self.wait()
        self.sync()
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 51})

    # A2: one SKU's refusal is that SKU's.
    def test_refused_message(self):
        self.simulator.control(
            "listings",
            {"seller_id": self.store.seller_id, "sku": self.skus[0], "quantity": 50},
        )
        self.offer(self.skus[0]).product_type = "NO SUCH TYPE"
        self._change_all(10)
        self._finish_feeds()
        self.assertEqual(self.offer(self.skus[0]).stock_state, "refused")
        self.assertTrue(self.offer(self.skus[0]).stock_message)
        self.assertEqual(self.at_amazon(self.skus[1]), {"*": 60})

    # A13: a report that does not account for every SKU is believed for none.
    def test_feed_that_did_not_do_everything(self):
        self.simulator.control("settings", {"feed_done_share": 0.5})
        self._change_all(10)
        self._finish_feeds()
        self.assertEqual(self._batches().mapped("feed_status"), ["UNKNOWN"])
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})
            self.assertEqual(self.offer(sku).stock_state, "published")

    # A13: a feed that Amazon drops as a whole is not taken for published.
    def test_feed_that_fails(self):
        self.simulator.control("settings", {"feed_outcome": "FATAL"})
        self._change_all(10)
        self._finish_feeds()
        self.assertEqual(self._batches().mapped("feed_status"), ["FATAL"])
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})
        self.assertEqual(set(self.patches()), set(self.skus))

    # A13
    def test_feed_that_never_ends(self):
        self.simulator.control("settings", {"feed_outcome": "STUCK"})
        self._change_all(10)
        self._finish_feeds()
        batch = self._batches()
        batch.feed_sent_at = "2020-01-01"
        self._finish_feeds()
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})

    # A13: Amazon never got the feed, which is sure when it does not list it for long.
    def test_feed_without_an_answer(self):
        self.simulator.fault("cut", operation="createFeed", times=1)
        self._change_all(10)
        self._look_again()
        self.assertEqual(self._batches().mapped("feed_status"), ["SUBMITTING"])
        self.assertFalse(self.patches())
        self._batches().feed_sent_at -= timedelta(minutes=11)
        self._look_again()
        self.assertEqual(self._batches().mapped("feed_status"), ["LOST"])
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})
            self.assertEqual(self.offer(sku).stock_state, "published")

    # A2, A13, X2: Amazon has the feed, only its answer was lost. It is followed, and
    # does not bring back what was sold meanwhile.
    def test_feed_whose_answer_is_lost(self):
        self.simulator.control("settings", {"feed_queue_seconds": 1200})
        self.simulator.fault("lost", operation="createFeed", times=1)
        self._change_all(10)
        self._look_again()
        batch = self._batches()
        self.assertEqual(batch.feed_status, "IN_QUEUE")
        self.receive(self.skus[0], -60)
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 0})
        self.wait(1500)
        self._look_again()
        self.assertEqual(batch.feed_status, "DONE")
        shown = [self.at_amazon(sku)["*"] for sku in self.skus]
        self.assertEqual(shown, [0, 60, 60])

    # A13: what somebody else sends at the same time is not taken for ours.
    def test_feeds_of_others_beside_a_lost_one(self):
        self.simulator.control("settings", {"feed_queue_seconds": 1200})
        self._submit_elsewhere()
        self.simulator.fault("lost", operation="createFeed", times=1)
        self._change_all(10)
        self._look_again()
        batch = self._batches()
        self.assertEqual(batch.feed_status, "SUBMITTING")
        self.receive(self.skus[0], -60)
        self.publish()
        self.wait(1500)
        self._look_again()
        self.assertEqual(batch.feed_status, "UNKNOWN")
        shown = [self.at_amazon(sku)["*"] for sku in self.skus]
        self.assertEqual(shown, [0, 60, 60])

    # A13: nor is it, when Amazon never got ours.
    def test_feed_of_another_instead_of_a_lost_one(self):
        self._submit_elsewhere()
        self.simulator.fault("cut", operation="createFeed", times=1)
        self._change_all(10)
        self._finish_feeds()
        self.assertEqual(self._batches().feed_status, "UNKNOWN")
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})

    # A2, A13, X2: a feed that was given up and takes effect after all.
    def test_given_up_feed_is_late(self):
        self.simulator.control("settings", {"feed_outcome": "STUCK"})
        self._change_all(10)
        batch = self._batches()
        batch.feed_sent_at -= timedelta(hours=7)
        self._look_again()
        self.assertEqual(batch.feed_status, "STUCK")
        self.receive(self.skus[0], -60)
        self.publish()
        self.wait(7200)
        self.simulator.control(f"feeds/{batch.feed_id}", {"outcome": "DONE"})
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 60})
        self._look_again()
        self.assertEqual(batch.feed_status, "UNKNOWN")
        shown = [self.at_amazon(sku)["*"] for sku in self.skus]
        self.assertEqual(shown, [0, 60, 60])

    # A2, X2: what went down while Amazon works on a feed does not wait for it, and is
    # right after it.
    def test_less_does_not_wait_for_a_feed(self):
        self._change_all(10)
        self.receive(self.skus[0], -40)
        self.receive(self.skus[1], 5)
        self.publish()
        shown = [self.at_amazon(sku)["*"] for sku in self.skus]
        self.assertEqual(shown, [20, 50, 50])
        self._finish_feeds()
        shown = [self.at_amazon(sku)["*"] for sku in self.skus]
        self.assertEqual(shown, [20, 65, 60])

    # A2, A21: nor does it wait until Amazon takes another feed.
    def test_zero_does_not_wait_until_a_feed_is_taken(self):
        self.store.feed_threshold = 1
        gone, less, more = self.skus
        self.receive(gone, -50)
        self.receive(less, -20)
        self.receive(more, 10)
        self.simulator.fault("throttle", operation="createFeed")
        self.publish()
        shown = {sku: self.at_amazon(sku)["*"] for sku in self.skus}
        self.assertEqual(shown, {gone: 0, less: 30, more: 60})
        self.assertIn("THROTTLED", self._batches().mapped("feed_status"))
        # Amazon is not asked again at once, and then it is.
        self.simulator.heal()
        self._change_all(10)
        self.assertNotIn("IN_QUEUE", self._batches().mapped("feed_status"))
        self._batches().filtered("feed_status").feed_ended_at = "2020-01-01"
        self.env["acorn.amazon.budget"].search([]).unlink()
        self._change_all(10)
        self.assertIn("IN_QUEUE", self._batches().mapped("feed_status"))

    # A2, X2: what runs out while Amazon works on a feed does not wait for it.
    def test_zero_does_not_wait_for_a_feed(self):
        self._change_all(10)
        self.receive(self.skus[0], -60)
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 0})
        self.assertEqual(self.at_amazon(self.skus[1]), {"*": 50})
        self.store.action_stock_to_zero()
        self.publish()
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 0})
        # The feed comes after it, and is taken back.
        self._finish_feeds()
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 0})
            self.assertEqual(self.offer(sku).stock_state, "published")

    # A13: a feed that cannot be asked about keeps no quantity back.
    def test_feed_that_amazon_knows_no_more(self):
        self._change_all(10)
        self.simulator.fault(
            "error", operation="getFeed", status=404, code="NotFound", message="Gone."
        )
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        for sku in self.skus:
            self.assertEqual(self.at_amazon(sku), {"*": 60})

    # A13, X2: nor does one while Amazon does not say how it is.
    def test_feeds_are_out_of_order(self):
        self._change_all(10)
        self.simulator.fault("server_error", operation="getFeed")
        self.receive(self.skus[0], -60)
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 0})
        self._batches().feed_sent_at = "2020-01-01"
        self.task("eu", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[1]), {"*": 60})

    # X2: what a feed did is known of the offer that sends the number by then.
    def test_another_offer_sends_before_the_feed_is_done(self):
        self._change_all(10)
        owner = self.offer(self.skus[0])
        owner._note_missing()
        heir = self.offer(self.skus[0])
        self.assertNotEqual(heir, owner)
        self._finish_feeds()
        self.assertEqual(heir.stock_state, "published")
        self.assertEqual(heir.sent_log[-1]["quantity"], 60)
        self.assertEqual((owner.stock_state, owner.stock_dirty), ("none", False))
        # Nothing is taken for sold that was not.
        self.receive(self.skus[0], 5)
        self.publish()
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 65})

    # A13, X2
    def test_another_offer_sends_before_the_feed_fails(self):
        self.simulator.control("settings", {"feed_outcome": "FATAL"})
        self._change_all(10)
        owner = self.offer(self.skus[0])
        owner._note_missing()
        self._finish_feeds()
        self.assertEqual(owner.stock_state, "none")
        self.assertFalse(owner.stock_unsent)
        self.assertEqual(self.offer(self.skus[0]).stock_state, "published")
        self.assertEqual(self.at_amazon(self.skus[0]), {"*": 60})

    def _change_all(self, quantity):
        for sku in self.skus:
            self.receive(sku, quantity)
        self.publish()

    def _batches(self):
        return self.env["acorn.amazon.submission.batch"].search(
            [("feed_status", "!=", False)]
        )

    def _submit_elsewhere(self):
        """Another program of the seller sends a feed for the same marketplace."""
        place = self.offer(self.skus[0]).marketplace_id.amazon_id
        patches = quantity_patches(50)
        messages = [FeedMessage(1, self.skus[0], "PATCH", "PRODUCT", patches)]
        content = build_listings_feed(self.store.seller_id, messages)
        with self._test_cursors():
            client = self.store._get_client()
            client.feeds.submit(FEED_TYPE, [place], content, CONTENT_TYPE)

    def _look_again(self):
        self.task("eu", "stock_publish").action_run_now()
        self.publish()

    def _finish_feeds(self):
        self.wait(600)
        self._look_again()


@needs_simulator
@tagged("standard", "post_install")
class TestStockOfGoneListings(StockShopCase):
    """One quantity in Europe, and a marketplace that loses its listing."""

    regions = ("eu",)

    def setUp(self):
        super().setUp()
        self.sku = self.managed_skus()[0]
        self.owner = self.offer(self.sku)

    def _remove_at_amazon(self, *offers):
        """Somebody deletes listings in Seller Central."""
        with self._test_cursors():
            client = self.store._get_client()
            for offer in offers:
                place = offer.marketplace_id.amazon_id
                self.env["acorn.amazon.job"]._call(
                    lambda place=place: client.listings.delete(
                        self.store.seller_id, self.sku, [place]
                    )
                )
        self.wait(600)

    def _read_listings(self):
        self.task("eu", "listings").action_run_now()
        self.publish()

    def _let_hours_pass(self):
        for offer in self.store.offer_ids.filtered("unlisted_since"):
            offer.unlisted_since -= timedelta(hours=7)

    # A2, X2: the others go on selling, and nobody waits for the next reading.
    def test_owner_is_gone(self):
        self._remove_at_amazon(self.owner)
        self.receive(self.sku, -50)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku), {"*": 0})
        heir = self.offer(self.sku)
        self.assertNotEqual(heir, self.owner)
        self.assertEqual(heir.stock_state, "published")
        self.assertEqual(self.owner.stock_state, "none")
        self.assertIn(heir.display_name, self.owner.stock_message)
        self.assertFalse(self.incident("stock_refused"))

    # A2, X2: what Amazon sold and nobody heard of is not forgotten with it.
    def test_sold_before_the_owner_was_gone(self):
        self.buy(self.sku, quantity=8)
        self.receive(self.sku, 1)
        self.publish()
        self._remove_at_amazon(self.owner)
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku), {"*": 44})

    # A2: only the last marketplace has it.
    def test_all_but_one_are_gone(self):
        offers = self.owner.listing_id.offer_ids
        self._remove_at_amazon(*offers[:-1])
        self.store.action_stock_to_zero()
        self.publish()
        self.assertEqual(self.at_amazon(self.sku)["*"], 0)
        self.assertEqual(self.offer(self.sku), offers[-1])

    # A2: nobody has it, which ends nowhere but with a person.
    def test_all_are_gone(self):
        self._remove_at_amazon(*self.owner.listing_id.offer_ids)
        self.receive(self.sku, -50)
        self.publish()
        self.assertEqual(self.offer(self.sku).stock_state, "refused")
        self.assertTrue(self.incident("stock_refused"))

    # A2, A11: what two readings of all listings do not have is taken out.
    def test_readings_of_all_listings(self):
        self._remove_at_amazon(self.owner)
        self._read_listings()
        self.assertTrue(self.owner.active)
        self.assertNotEqual(self.offer(self.sku), self.owner)
        # Somebody presses Run Now twice.
        self._read_listings()
        self.assertTrue(self.owner.active)
        self._let_hours_pass()
        self._read_listings()
        self.assertFalse(self.owner.active)
        active = self.store.offer_ids.filtered("missing_since")
        self.assertFalse(active)

    # A2, A11: a reading that finds nothing says nothing, however often.
    def test_readings_that_find_nothing(self):
        offers = self.store.offer_ids
        task = self.task("eu", "listings")
        self.simulator.fault("no_items", operation="searchListingsItems")
        for _reading in range(3):
            with self.assertLogs(TASK_LOG, "WARNING"):
                self._read_listings()
            self._let_hours_pass()
        self.assertEqual(set(offers.mapped("active")), {True})
        self.assertEqual(self.offer(self.sku), self.owner)
        self.assertIn("empty", task.last_error)
        self.assertEqual(task.failure_count, 3)
        self.simulator.heal()
        self._read_listings()
        self.assertFalse(task.last_error)
        self.assertFalse(offers.filtered("unlisted_since"))

    # A2, A11: nor does one that leaves out some, which Amazon has nevertheless.
    def test_readings_that_leave_out_some(self):
        offers = self.store.offer_ids
        for _reading in range(3):
            self.simulator.fault("no_items", operation="searchListingsItems", after=1)
            self._read_listings()
            self.simulator.heal()
            self._let_hours_pass()
        self.assertEqual(set(offers.mapped("active")), {True})
        self.assertFalse(offers.filtered("unlisted_since"))
        self.assertFalse(offers.filtered("missing_since"))

    # A11: a seller who closes all there was on a marketplace.
    def test_the_last_listing_is_closed(self):
        place = self.owner.participation_id
        closed = self.store.offer_ids.filtered(lambda o: o.participation_id == place)
        with self._test_cursors():
            client = self.store._get_client()
            for sku in set(closed.mapped("sku")):
                self.env["acorn.amazon.job"]._call(
                    lambda sku=sku: client.listings.delete(
                        self.store.seller_id, sku, [place.marketplace_id.amazon_id]
                    )
                )
        self.wait(600)
        self._read_listings()
        self.assertEqual(set(closed.mapped("active")), {True})
        self._let_hours_pass()
        self._read_listings()
        self.assertEqual(set(closed.mapped("active")), {False})
        self.assertTrue(self.offer(self.sku).active)

    # A11: what the sender does not find is no reading of all listings.
    def test_sender_does_not_find_it(self):
        self.owner._note_missing()
        self.owner.missing_since -= timedelta(days=1)
        self._remove_at_amazon(self.owner)
        self._read_listings()
        self.assertTrue(self.owner.active)

    # A11: a listing that a reading left out by mistake.
    def test_listing_comes_back(self):
        self.owner._note_missing()
        self.assertNotEqual(self.offer(self.sku), self.owner)
        self._read_listings()
        self.assertFalse(self.owner.missing_since)
        self.receive(self.sku, -20)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku), {"*": 30})
