"""Amazon shows a number minutes after it accepted it: nobody is misled meanwhile."""

from odoo import Command
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.offers.stock_shop import PATCH, StockShopCase

US = "ATVPDKIKX0DER"
LATE = {"listing_visible_seconds": 300}
SETTLED = 1000
# Seconds that Amazon's clock is behind ours.
BEHIND = -2 * 24 * 3600


class SettlingCase(StockShopCase):
    def setUp(self):
        super().setUp()
        self.sku = self.managed_skus()[0]

    def _settle(self):
        self.wait(SETTLED)
        self.publish()

    def _sell_out(self):
        """Amazon shows 0, and has for long."""
        self.receive(self.sku, -50)
        self.publish()
        self._settle()
        self.assertEqual(self.at_amazon(self.sku, US), 0)


@needs_simulator
@tagged("standard", "post_install")
class TestStockSettling(SettlingCase):
    # A2, X2: Amazon shows 0 because it still works on the 10.
    def test_sold_out_before_amazon_shows_more(self):
        for name in ("listing_visible_seconds", "listing_effective_seconds"):
            with self.subTest(name):
                self._sell_out()
                self.simulator.control("settings", {name: 300})
                self.receive(self.sku, 10)
                self.publish()
                self.wait(3)
                self.receive(self.sku, -10)
                self.publish()
                self._settle()
                self.assertEqual(self.at_amazon(self.sku, US), 0)
                self.simulator.control("settings", {name: 0})
                self.receive(self.sku, 50)
                self.publish()

    # A2, X2
    def test_everything_to_zero_before_amazon_shows_more(self):
        self._sell_out()
        self.simulator.control("settings", {"listing_effective_seconds": 120, **LATE})
        self.receive(self.sku, 10)
        self.publish()
        self.wait(3)
        self.store.action_stock_to_zero()
        self.publish()
        self._settle()
        self.assertEqual(self.at_amazon(self.sku, US), 0)

    # A2, A13: nor is the answer that was lost forgotten.
    def test_sold_out_after_a_lost_answer(self):
        self._sell_out()
        self.simulator.control("settings", LATE)
        self.simulator.fault("cut_body", operation=PATCH, times=1)
        self.receive(self.sku, 10)
        self.publish()
        self.receive(self.sku, -10)
        self.task("na", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 0)

    # X2: an older number does not hide what is sold meanwhile.
    def test_sales_while_amazon_shows_the_old_number(self):
        self._settle()
        self.simulator.control("settings", LATE)
        self.receive(self.sku, -30)
        self.publish()
        self.buy(self.sku, marketplace_id=US, quantity=8)
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 13)
        # They are counted once, however often the old number is read.
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 14)
        # The orders arrive, Amazon's number too.
        self._settle()
        self.sync()
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 14)

    # A2: an order that is cancelled at once.
    def test_back_to_the_old_number(self):
        self._settle()
        self.simulator.control("settings", LATE)
        partner = self.env["res.partner"].create({"name": "Walk-in"})
        line = {"product_id": self.products[self.sku].id, "product_uom_qty": 40}
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
        self.publish()
        self.wait(3)
        order._action_cancel()
        self.publish()
        self._settle()
        self.assertEqual(self.at_amazon(self.sku, US), 50)

    # A21: what was sent is sent once more at most, and not again and again.
    def test_the_same_number_is_not_sent_for_ever(self):
        self._sell_out()
        self.simulator.control("settings", LATE)
        self.simulator.control("requests", method="DELETE")
        self.receive(self.sku, 10)
        self.publish()
        self.receive(self.sku, -10)
        self.publish()
        offers = len(self.store.offer_ids.filtered(lambda o: o.sku == self.sku))
        for _round in range(3):
            self.store._mark_all_stock()
            self.publish()
        self.assertEqual(self.patches()[self.sku], 2 * offers)

    # A21: once all is settled, a reading does instead of a number.
    def test_sales_alone_need_no_number(self):
        self._settle()
        self.buy(self.sku, marketplace_id=US, quantity=8)
        self.wait()
        self.simulator.control("requests", method="DELETE")
        self.sync()
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 42)
        # The other marketplaces need one each.
        sent = self.simulator.requests(operation=PATCH)
        self.assertTrue(sent)
        self.assertNotIn([US], [entry["query"]["marketplaceIds"] for entry in sent])

    # X11: a number that Amazon shows late is no difference.
    def test_comparison_meets_the_old_number(self):
        self._settle()
        self.simulator.control("settings", LATE)
        self.receive(self.sku, -30)
        self.publish()
        self.env.ref("acorn_amazon_connector.flow_stock_check").active = True
        self.store._start_flows()
        self.task("na", "stock_check").action_run_now()
        self.publish()
        self.assertFalse(self.incident("stock_drift"))
        self._settle()
        self.assertEqual(self.at_amazon(self.sku, US), 20)
        self.assertEqual(self.offer(self.sku, US).amazon_quantity, 20)

    # X2: units sold in orders that nobody could read for days stay sold.
    def test_orders_cannot_be_read_for_days(self):
        for operation in ("searchOrders", "getOrders"):
            self.simulator.fault("bad_request", operation=operation)
        self.buy(self.sku, marketplace_id=US, quantity=8)
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 43)
        for day in range(1, 5):
            self.wait(24 * 3600)
            self.receive(self.sku, 1)
            self.publish()
            self.assertEqual(self.at_amazon(self.sku, US), 43 + day)
        self.simulator.heal()
        self.sync()
        self.publish()
        self.assertEqual(self.offer(self.sku, US).calculation["supply"]["unseen"], 0)
        self.assertEqual(self.at_amazon(self.sku, US), 47)
        # What the orders explain is forgotten after a while.
        self.wait(3 * 24 * 3600)
        self.sync()
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(len(self.offer(self.sku, US).sold_log), 1)


@needs_simulator
@tagged("standard", "post_install")
class TestClocksThatDiffer(SettlingCase):
    """Whose clock is right, nobody knows: Amazon's alone counts."""

    @classmethod
    def _start_world(cls):
        super()._start_world()
        cls.wait(BEHIND)

    # A2, A13: a lost answer has no time of Amazon's.
    def test_a_lost_answer(self):
        self._sell_out()
        here = {"marketplaceIds": US}
        self.simulator.fault("cut_body", operation=PATCH, query=here, times=1)
        self.receive(self.sku, 10)
        self.publish()
        self.receive(self.sku, -4)
        self.task("na", "stock_publish").action_run_now()
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 6)
        offer = self.offer(self.sku, US)
        self.assertIn(10, [entry["quantity"] for entry in offer.sent_log])
        self.wait(SETTLED)
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 7)
        self.assertEqual([entry["quantity"] for entry in offer.sent_log], [7])

    # X2: nor has what may have been sold while Amazon could not be read.
    def test_sold_out_unread(self):
        self._settle()
        self.simulator.fault("throttle", operation="searchListingsItems")
        self.receive(self.sku, -50)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 0)
        self.simulator.heal()
        self.receive(self.sku, 60)
        self.publish()
        # All that each marketplace showed may be sold.
        self.assertEqual(self.offer(self.sku, US).calculation["supply"]["free"], 60)
        self.assertEqual(self.at_amazon(self.sku, US), 0)
        self.wait(SETTLED)
        self.sync()
        self.receive(self.sku, 1)
        self.publish()
        self.assertEqual(self.at_amazon(self.sku, US), 61)
