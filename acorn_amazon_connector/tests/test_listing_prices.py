from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import MANAGER_GROUP
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestListingPrices(StockCase):
    """Prices are computed and not sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        flow = cls.env.ref("acorn_amazon_connector.flow_price_publish")
        flow.active = True
        cls.store._start_flows()
        cls.place = cls._participation("de")
        cls.pricelist = cls.place.pricelist_id
        cls.rule = cls._rule(cls.lamp, 30.0)
        cls.store.price_mode = "watch"
        cls._compute()
        cls.user = cls._create_user(
            "price_user", "acorn_amazon_connector.group_acorn_amazon_user"
        )
        cls.manager = cls._create_user("price_manager", MANAGER_GROUP)

    @classmethod
    def _rule(cls, product, price, **values):
        return cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": cls.pricelist.id,
                "applied_on": "0_product_variant",
                "product_id": product.id,
                "compute_price": "fixed",
                "fixed_price": price,
                **values,
            }
        )

    def price(self, sku="LAMP"):
        self._compute()
        offer = self._offer(sku, "de")
        self.assertFalse(offer.price_dirty)
        return offer.target_price

    # A4
    def test_every_ground_of_a_price_counts(self):
        self.assertEqual(self.price(), 30)
        self.rule.fixed_price = 31.0
        self.assertEqual(self.price(), 31)
        self.rule.unlink()
        self.lamp.list_price = 40.0
        self.place.tax_id = False
        self.lamp.taxes_id = False
        rate = self.env.company.currency_id._get_conversion_rate(
            self.env.company.currency_id, self.place.currency_id
        )
        self.assertAlmostEqual(self.price(), 40 * rate, 2)
        self.lamp.product_tmpl_id.list_price = 41.0
        self.assertAlmostEqual(self.price(), 41 * rate, 2)

    # A4: one statement per transaction, and none where nothing is sent.
    def test_many_changes_are_one_statement(self):
        self._compute()
        self.env.flush_all()
        for price in range(10, 20):
            self.rule.fixed_price = float(price)
            self.mug.list_price = float(price)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["acorn.amazon.price.event"]._write_noted()
        events = self.env["acorn.amazon.price.event"].search([])
        self.assertEqual(len(events), 2)
        self.store.price_mode = "off"
        events.unlink()
        self.rule.fixed_price = 9.0
        self.env["acorn.amazon.price.event"]._write_noted()
        self.assertFalse(self.env["acorn.amazon.price.event"].search([]))

    # A4: an offer of another product is not touched.
    def test_only_what_changed_is_computed(self):
        self._compute()
        self.rule.fixed_price = 33.0
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env["acorn.amazon.price.event"]._resolve()
        self.assertTrue(self._offer("LAMP", "de").price_dirty)
        self.assertFalse(self._offer("MUG", "de").price_dirty)
        self.assertFalse(self._offer("LAMP", "gb").price_dirty)

    # A4: exactly as much as the limit allows is no jump, above it is.
    def test_change_of_just_the_limit(self):
        self.place.price_change_limit = 0.3
        offer = self._offer("LAMP", "de")
        offer.amazon_price = 1.0
        for price, state in ((1.3, "watched"), (1.31, "blocked"), (0.7, "watched")):
            self.rule.fixed_price = price
            self.price()
            self.assertEqual(offer.price_state, state, price)

    # A4: a rule that begins without anybody touching it.
    def test_a_rule_begins(self):
        self.assertEqual(self.price(), 30)
        now = fields.Datetime.now()
        self._rule(
            self.lamp,
            28.0,
            date_start=now - timedelta(minutes=1),
        )
        self.assertEqual(self.price(), 28)

    # A4: dated rules are sales; those that only begin are prices.
    def test_sale_and_price(self):
        now = fields.Datetime.now().replace(microsecond=0)
        self._rule(self.lamp, 20.0, date_start=now, date_end=now + timedelta(days=3))
        self.assertEqual(self.price(), 30)
        offer = self._offer("LAMP", "de")
        self.assertEqual(offer.target_sale_price, 20)
        self.assertEqual(offer.target_sale_start, now)
        self.place.price_sends_sales = False
        self._compute()
        self.assertFalse(offer.target_sale_price)

    # A4: a dated rule that is no reduction is no sale.
    def test_dearer_is_no_sale(self):
        now = fields.Datetime.now()
        self._rule(self.lamp, 50.0, date_start=now, date_end=now + timedelta(days=3))
        self.assertEqual(self.price(), 30)
        self.assertFalse(self._offer("LAMP", "de").target_sale_price)

    # A4
    def test_limits(self):
        offer = self._offer("LAMP", "de")
        offer.price_floor = 35.0
        self._compute()
        self.assertEqual(offer.price_state, "blocked")
        self.assertIn("lowest price", offer.price_message)
        offer.price_floor = 0.0
        self._compute()
        self.assertEqual(offer.price_state, "watched")
        with self.assertRaises(ValidationError):
            offer.write({"price_floor": 10.0, "price_ceiling": 5.0})
        with self.assertRaises(ValidationError):
            self.place.price_floor = -1.0

    # A4
    def test_no_pricelist(self):
        self.place.pricelist_id = False
        self._compute()
        offer = self._offer("LAMP", "de")
        self.assertEqual(offer.price_state, "blocked")
        self.assertIn("no pricelist", offer.price_message)

    # X9
    def test_the_price_explains_itself(self):
        self._compute()
        text = self._offer("LAMP", "de").price_explanation
        self.assertIn(self.pricelist.display_name, text)
        self.assertIn("30.00", text)

    # A4
    def test_rounding(self):
        self.rule.fixed_price = 29.994999
        self._compute()
        prices = self._offer("LAMP", "de")._get_prices("target")
        self.assertEqual(prices.price, Decimal("29.99"))

    # A26
    def test_a_user_reads_and_a_manager_decides(self):
        offer = self._offer("LAMP", "de")
        self.assertEqual(offer.with_user(self.user).target_price, 30)
        for method in (
            "action_publish_price",
            "action_allow_price_change",
            "action_resume_price",
            "action_remove",
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(offer.with_user(self.user), method)()
        offer.with_user(self.manager).action_publish_price()
        with self.assertRaises(AccessError):
            self.env["acorn.amazon.publication"].with_user(self.user).create(
                {"store_id": self.store.id}
            )
        with self.assertRaises(AccessError):
            self.store.with_user(self.user).action_recompute_prices()

    # A4
    def test_the_screens_open(self):
        view = "acorn_amazon_connector.acorn_amazon_offer_price_view_form"
        Form(self._offer("LAMP", "de").with_user(self.manager), view=view)
        publications = self.env["acorn.amazon.publication"].with_user(self.manager)
        form = Form(publications)
        form.store_id = self.store
        form.product_ids.add(self.lamp)
        publication = form.save()
        self.assertEqual(publication.participation_ids, self.store.participation_ids[0])
        self.assertEqual(publication.name, "LAMP")
        action = self.lamp.with_user(self.manager).action_acorn_amazon_publish()
        self.assertEqual(action["res_model"], "acorn.amazon.publication")
        Form(self.lamp.product_tmpl_id.with_user(self.manager))
        Form(self.env["acorn.amazon.create.products"].with_user(self.manager))
