"""Prices from Odoo's pricelists to Amazon, and the limits in between."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

PATCH = "patchListingsItem"
US, CA, DE, GB = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1PA6795UKMFR9", "A1F83G8C2ARO7P"


class PriceShopCase(ShopCase):
    """A store whose listings were read and whose prices are sent."""

    reads_listings = True
    regions = ("na",)
    market = US

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simulator.control("settings", {"plan_multiplier": 100})
        cls.store = cls.stores[cls.regions[0]]
        cls.sync()
        cls.place = cls.store.participation_ids.filtered(
            lambda place: place.marketplace_id.amazon_id == cls.market
        )
        # One marketplace, few SKUs: the others are left alone.
        (cls.store.participation_ids - cls.place).active = False
        skus = sorted(
            cls.store.listing_ids.filtered(
                lambda listing: (
                    listing.product_id and listing.fulfillment_channel == "MERCHANT"
                )
            ).mapped("sku")
        )
        cls.sku, cls.other = skus[:2]
        for listing in cls.store.listing_ids.filtered(
            lambda listing: listing.sku not in skus[:2]
        ):
            listing.product_id = False
        for sku in (cls.sku, cls.other):
            cls.set_price(sku, 25.0)

    def setUp(self):
        super().setUp()
        self.simulator.control("settings", {"plan_multiplier": 100})
        self.store.price_mode = "publish"
        self.publish()
        self.simulator.control("requests", method="DELETE")

    @classmethod
    def set_price(cls, sku, price, **values):
        """A rule of the marketplace's pricelist for one SKU."""
        return cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": cls.place.pricelist_id.id,
                "applied_on": "0_product_variant",
                "product_id": cls.products[sku].id,
                "compute_price": "fixed",
                "fixed_price": price,
                **values,
            }
        )

    def rule(self, sku):
        return self.env["product.pricelist.item"].search(
            [
                ("pricelist_id", "=", self.place.pricelist_id.id),
                ("product_id", "=", self.products[sku].id),
                ("date_end", "=", False),
            ],
            limit=1,
        )

    def publish(self):
        """Let the scheduled action send what changed, as often as it needs."""
        self.env.flush_all()
        # The end of a transaction, which a test never reaches.
        self.env.cr.precommit.run()
        self.env.cr.postcommit.clear()
        for _round in range(20):
            self.run_cron("remote")
            if not self.env["acorn.amazon.task"]._count_due("remote"):
                return
        raise AssertionError("there is always more to send")

    def offer(self, sku):
        return self.store.offer_ids.filtered(
            lambda offer: offer.sku == sku and offer.participation_id == self.place
        )[:1]

    def at_amazon(self, sku):
        """The offer's entries as Amazon keeps them, by audience."""
        with self._test_cursors():
            client = self.store._get_client()
            item = self.env["acorn.amazon.job"]._call(
                lambda: client.listings.get(self.store.seller_id, sku, [self.market])
            )
        entries = item["attributes"]["purchasable_offer"]
        return {entry.get("audience", "ALL"): entry for entry in entries}

    def price(self, sku, audience="ALL", kind="our_price"):
        entry = self.at_amazon(sku).get(audience, {})
        if not entry.get(kind):
            return None
        return entry[kind][0]["schedule"][0]["value_with_tax"]

    def write_at_amazon(self, sku, entries, op="merge"):
        """Change the offer as somebody else would."""
        patch = {"op": op, "path": "/attributes/purchasable_offer", "value": entries}
        with self._test_cursors():
            client = self.store._get_client()
            return self.env["acorn.amazon.job"]._call(
                lambda: client.listings.patch(
                    self.store.seller_id, sku, [self.market], "PRODUCT", [patch]
                )
            )

    def sent(self):
        """SKUs in the order in which prices were sent."""
        return [
            entry["path"].rpartition("/")[2]
            for entry in self.simulator.requests(operation=PATCH)
        ]


@needs_simulator
@tagged("standard", "post_install")
class TestPrices(PriceShopCase):
    # A4: a comma is part of a SKU, although it ends one in a search.
    def test_a_sku_with_a_comma(self):
        sku = "MUG,RED"
        self.simulator.control(
            "listings", {"seller_id": self.store.seller_id, "skus": [sku]}
        )
        product = self.env["product.product"].create({"name": sku, "default_code": sku})
        self.patch(type(self), "products", {**self.products, sku: product})
        self.place.listings_read_at = False
        self.task("na", "listings").action_run_now()
        self.publish()
        self.assertFalse(self.task("na", "price_publish").last_error)
        self.set_price(sku, 31.0)
        self.rule(self.sku).fixed_price = 26.5
        self.publish()
        self.assertEqual((self.price(sku), self.price(self.sku)), (31.0, 26.5))
        self.assertEqual(self.offer(sku).price_state, "published")
        searches = self.simulator.requests(operation="searchListingsItems")
        asked = {text for s in searches for text in s["query"].get("identifiers", ())}
        self.assertFalse([text for text in asked if "RED" in text.split(",")])

    # A4: only what differs is sent.
    def test_only_the_difference_is_sent(self):
        self.assertEqual(self.price(self.sku), 25)
        self.rule(self.sku).fixed_price = 27.5
        self.publish()
        self.assertEqual(self.sent(), [self.sku])
        self.assertEqual(self.price(self.sku), 27.5)
        offer = self.offer(self.sku)
        self.assertEqual(offer.price_state, "published")
        self.assertEqual(offer.amazon_price, 27.5)
        self.assertIn("27.50", offer.price_explanation)
        self.publish()
        self.store.action_recompute_prices()
        self.publish()
        self.assertEqual(self.sent(), [self.sku])

    # A4: the product's own price counts where the pricelist says so.
    def test_list_price_of_the_product(self):
        self.rule(self.sku).unlink()
        self.products[self.sku].list_price = 31.0
        self.publish()
        rate = self.place.currency_id.rate / self.env.company.currency_id.rate
        self.assertAlmostEqual(self.price(self.sku), round(31.0 * rate, 2), 2)

    # A4: a pricelist that another one is based on.
    def test_base_pricelist(self):
        base = self.place.pricelist_id.copy({"name": "Base", "item_ids": False})
        item = self.env["product.pricelist.item"].create(
            {
                "pricelist_id": base.id,
                "applied_on": "3_global",
                "compute_price": "fixed",
                "fixed_price": 50.0,
            }
        )
        self.rule(self.sku).write(
            {
                "compute_price": "formula",
                "base": "pricelist",
                "base_pricelist_id": base.id,
            }
        )
        self.publish()
        self.assertEqual(self.price(self.sku), 50)
        item.fixed_price = 60.0
        self.publish()
        self.assertEqual(self.price(self.sku), 60)

    # A4
    def test_watch_only_sends_nothing(self):
        self.store.price_mode = "watch"
        self.rule(self.sku).fixed_price = 27.5
        self.publish()
        self.assertFalse(self.sent())
        offer = self.offer(self.sku)
        self.assertEqual((offer.price_state, offer.target_price), ("watched", 27.5))
        self.assertEqual(offer.amazon_price, 25)

    # A4, X7
    def test_what_was_watched_in_shadow_is_sent_live(self):
        self.store.action_shadow()
        self.rule(self.sku).fixed_price = 27.5
        self.publish()
        self.assertFalse(self.sent())
        self.assertEqual(self.offer(self.sku).price_state, "watched")
        self.store.action_go_live()
        self.publish()
        self.assertEqual(self.price(self.sku), 27.5)

    # A4
    def test_off_computes_nothing(self):
        self.store.price_mode = "off"
        self.rule(self.sku).fixed_price = 27.5
        self.publish()
        self.assertFalse(self.sent())
        self.assertEqual(self.offer(self.sku).price_state, "none")
        self.assertFalse(self.env["acorn.amazon.price.event"].search([]))

    # A4: limits of the marketplace and of one offer.
    def test_limits(self):
        self.place.write({"price_floor": 10.0, "price_ceiling": 100.0})
        self.rule(self.sku).fixed_price = 0.27
        self.rule(self.other).fixed_price = 270.0
        self.publish()
        self.assertFalse(self.sent())
        self.assertEqual(self.offer(self.sku).price_state, "blocked")
        self.assertIn("lowest price", self.offer(self.sku).price_message)
        self.assertIn("highest price", self.offer(self.other).price_message)
        self.assertEqual(
            self.incident("price_refused").summary, "Prices that are not sent: 2"
        )
        self.offer(self.other).price_ceiling = 300.0
        self.rule(self.sku).fixed_price = 27.0
        self.publish()
        self.assertEqual(self.price(self.other), 270)
        self.assertEqual(self.price(self.sku), 27)
        self.assertFalse(self.incident("price_refused"))

    # A4
    def test_price_of_nothing(self):
        self.rule(self.sku).fixed_price = 0.0
        self.publish()
        self.assertFalse(self.sent())
        self.assertEqual(self.offer(self.sku).price_state, "blocked")

    # A4: a jump waits for a person.
    def test_large_change(self):
        self.place.price_change_limit = 0.3
        self.rule(self.sku).fixed_price = 2.5
        self.publish()
        self.assertEqual(self.offer(self.sku).price_state, "blocked")
        self.assertIn("90%", self.offer(self.sku).price_message)
        self.offer(self.sku).action_allow_price_change()
        self.publish()
        self.assertEqual(self.price(self.sku), 2.5)
        self.assertFalse(self.offer(self.sku).price_change_allowed)

    # A4: so does a jump of the sale price or of the business price.
    def test_large_change_of_other_prices(self):
        self.place.price_change_limit = 0.3
        now = fields.Datetime.now()
        sale = self.set_price(
            self.sku, 1.9, date_start=now, date_end=now + timedelta(days=5)
        )
        business = self.place.pricelist_id.copy({"name": "B2B", "item_ids": False})
        self.place.b2b_pricelist_id = business
        self.set_price(self.sku, 24.0, pricelist_id=business.id)
        self.set_price(self.other, 2.2, pricelist_id=business.id)
        self.publish()
        for sku, kind in ((self.sku, "sale price"), (self.other, "business price")):
            self.assertEqual(self.offer(sku).price_state, "blocked")
            self.assertIn(f"The {kind} would", self.offer(sku).price_message)
            self.assertNotIn(sku, self.sent())
        sale.fixed_price = 19.0
        self.offer(self.other).action_allow_price_change()
        self.publish()
        self.assertEqual(self.price(self.sku, kind="discounted_price"), 19)
        self.assertEqual(self.price(self.other, "B2B"), 2.2)

    # A4
    def test_business_price(self):
        business = self.place.pricelist_id.copy({"name": "B2B", "item_ids": False})
        item = self.env["product.pricelist.item"].create(
            {
                "pricelist_id": business.id,
                "applied_on": "3_global",
                "compute_price": "fixed",
                "fixed_price": 22.0,
            }
        )
        self.place.b2b_pricelist_id = business
        self.publish()
        self.assertEqual(self.price(self.sku, "B2B"), 22)
        self.assertEqual(self.price(self.sku), 25)
        item.fixed_price = 21.0
        self.publish()
        self.assertEqual(self.price(self.sku, "B2B"), 21)

    # A4: a dated rule becomes a scheduled sale price, and goes with the rule.
    def test_scheduled_sale(self):
        now = fields.Datetime.now()
        start, end = now + timedelta(days=2), now + timedelta(days=5)
        sale = self.set_price(
            self.sku, 19.0, date_start=start, date_end=end, min_quantity=0
        )
        self.publish()
        self.assertEqual(self.price(self.sku), 25)
        entry = self.at_amazon(self.sku)["ALL"]["discounted_price"][0]["schedule"][0]
        self.assertEqual(entry["value_with_tax"], 19)
        self.assertEqual(entry["start_at"], start.strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.assertEqual(entry["end_at"], end.strftime("%Y-%m-%dT%H:%M:%SZ"))
        sale.unlink()
        self.publish()
        self.assertEqual(self.price(self.sku), 25)
        self.assertIsNone(self.price(self.sku, kind="discounted_price"))

    # A4: a sale ends, and what somebody set beside the price stays.
    def test_other_parts_stay(self):
        base = {"marketplace_id": self.market, "currency": "USD"}
        limit = [{"schedule": [{"value_with_tax": 12}]}]
        price = [{"schedule": [{"value_with_tax": 25}]}]
        self.write_at_amazon(
            self.sku,
            [
                {**base, "minimum_seller_allowed_price": limit, "our_price": price},
                {**base, "audience": "B2B", "our_price": price},
            ],
        )
        now = fields.Datetime.now()
        sale = self.set_price(
            self.sku, 19.0, date_start=now, date_end=now + timedelta(days=5)
        )
        self.publish()
        sale.unlink()
        self.rule(self.sku).fixed_price = 26.0
        self.publish()
        self.assertEqual(self.price(self.sku), 26)
        self.assertEqual(self.price(self.sku, kind="minimum_seller_allowed_price"), 12)
        self.assertEqual(self.price(self.sku, "B2B"), 25)

    # A4: Amazon's words stay with the offer.
    def test_amazon_refuses(self):
        base = {"marketplace_id": self.market, "currency": "USD"}
        limit = [{"schedule": [{"value_with_tax": 20}]}]
        price = [{"schedule": [{"value_with_tax": 25}]}]
        self.write_at_amazon(
            self.sku,
            [{**base, "minimum_seller_allowed_price": limit, "our_price": price}],
        )
        self.rule(self.sku).fixed_price = 15.0
        self.rule(self.other).fixed_price = 26.0
        self.publish()
        offer = self.offer(self.sku)
        self.assertEqual(offer.price_state, "refused")
        self.assertIn("outside the minimum and maximum", offer.price_message)
        self.assertEqual(self.price(self.other), 26)
        self.assertTrue(self.incident("price_refused"))
        states = offer.price_submission_ids.mapped("state")
        self.assertIn("refused", states)

    # A13: an answer that never came.
    def test_no_answer(self):
        self.simulator.fault("cut", operation=PATCH, times=1)
        self.rule(self.sku).fixed_price = 26.0
        self.publish()
        self.task("na", "price_publish").action_run_now()
        self.publish()
        self.assertEqual(self.price(self.sku), 26)
        self.assertEqual(self.offer(self.sku).price_state, "published")

    # A21: what Amazon had no time for it has certainly not taken, and says so.
    def test_throttled(self):
        self.simulator.fault("throttle", operation=PATCH, times=1)
        self.rule(self.sku).fixed_price = 26.0
        self.publish()
        # On a slow machine the second attempt is over by now, too.
        submissions = self.offer(self.sku).price_submission_ids
        failed = submissions.filtered(lambda submission: submission.state == "failed")
        self.assertEqual(len(failed), 1)
        self.assertIn("quota", failed.message)
        self.task("na", "price_publish").action_run_now()
        self.publish()
        self.assertEqual(self.price(self.sku), 26)

    # X15
    def test_a_batch_is_taken_back(self):
        self.rule(self.sku).fixed_price = 29.0
        self.publish()
        batch = self.env["acorn.amazon.submission.batch"].search([], limit=1)
        self.assertEqual(batch.origin, "price")
        self.assertEqual(batch.submission_ids.previous_price, 25)
        batch.action_undo()
        self.publish()
        self.assertEqual(self.price(self.sku), 25)
        self.rule(self.sku).fixed_price = 33.0
        self.publish()
        self.assertEqual(self.price(self.sku), 25)
        batch.action_resume()
        self.publish()
        self.assertEqual(self.price(self.sku), 33)

    # X11: somebody changes a price in Seller Central; the nightly reading sees it.
    def test_changed_elsewhere(self):
        entry = {
            "marketplace_id": self.market,
            "currency": "USD",
            "our_price": [{"schedule": [{"value_with_tax": 99}]}],
        }
        self.write_at_amazon(self.sku, [entry])
        self.task("na", "listings").action_run_now()
        self.publish()
        self.assertEqual(self.price(self.sku), 25)


@needs_simulator
@tagged("standard", "post_install")
class TestPricesWithTax(PriceShopCase):
    regions = ("eu",)
    market = DE

    # A4: Odoo's price is without tax, Amazon's with.
    def test_tax_is_added(self):
        tax = self.env["account.tax"].create(
            {
                "name": "19% net",
                "amount": 19.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        self.place.tax_id = False
        self.place.fiscal_position_id = False
        self.products[self.sku].taxes_id = tax
        self.rule(self.sku).fixed_price = 20.0
        self.publish()
        self.assertEqual(self.price(self.sku), 23.8)

    # A4: Odoo's price contains the tax already.
    def test_tax_is_included(self):
        self.rule(self.sku).fixed_price = 19.99
        self.publish()
        self.assertTrue(self.place.tax_id.price_include)
        self.assertEqual(self.price(self.sku), 19.99)
