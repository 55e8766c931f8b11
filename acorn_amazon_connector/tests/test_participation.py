from odoo.tests import tagged

from .common import AmazonCase


def _by_name(participation):
    return participation.marketplace_id.name


@tagged("post_install", "-at_install")
class TestParticipation(AmazonCase):
    # A3
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.participations = cls.env["acorn.amazon.participation"]

    def _refresh(self, *countries, store=None, **values):
        rows = [self._participation_row(country, **values) for country in countries]
        return self.participations._refresh(store or self.store, rows)

    def test_each_marketplace_comes_with_a_proposal(self):
        france, germany = self._refresh("de", "fr").sorted(_by_name)
        self.assertEqual(germany.marketplace_id, self._marketplace("de"))
        self.assertEqual(germany.store_name, "Fernhollow")
        self.assertEqual(germany.warehouse_id.company_id, self.store.company_id)
        self.assertEqual(germany.journal_id.type, "sale")
        self.assertTrue(germany.price_includes_tax)
        self.assertTrue(germany.create_tax)
        self.assertIn("19%", germany.proposal)
        self.assertIn("20%", france.proposal)
        self.assertFalse(germany.tax_id)

    def test_asking_again_keeps_what_a_person_chose(self):
        germany = self._refresh("de")
        warehouse = self.env["stock.warehouse"].create({"name": "Kassel", "code": "KS"})
        germany.write({"warehouse_id": warehouse.id, "active": False})
        again = self._refresh("de")
        self.assertEqual(again, germany)
        self.assertEqual(germany.warehouse_id, warehouse)
        self.assertFalse(germany.active)

    def test_what_is_no_public_marketplace_of_the_region_is_left_out(self):
        strange = self._participation_row("de")
        strange["marketplace"]["id"] = "A38D8NSA03LJTC"
        rows = [strange, self._participation_row("us"), self._participation_row("de")]
        found = self.participations._refresh(self.store, rows)
        self.assertEqual(found.marketplace_id, self._marketplace("de"))

    def test_a_marketplace_the_seller_has_left(self):
        france, germany = self._refresh("de", "fr").sorted(_by_name)
        self._refresh("de")
        self.assertTrue(germany.is_participating)
        self.assertFalse(france.is_participating)
        self._refresh("it", participating=False)
        self.assertFalse(
            self.store.all_participation_ids.filtered(
                lambda p: p.marketplace_id == self._marketplace("it")
            )
        )

    def test_a_foreign_vat_registration_is_proposed(self):
        positions = self.env["account.fiscal.position"]
        france = self.env.ref("base.fr")
        positions.create({"name": "France, no registration", "country_id": france.id})
        registered = positions.create(
            {
                "name": "France, registered",
                "country_id": france.id,
                "foreign_vat": "FR23334175221",
            }
        )
        french, german = self._refresh("de", "fr").sorted(_by_name)
        self.assertEqual(french.fiscal_position_id, registered)
        self.assertFalse(german.fiscal_position_id)

    def test_the_account_of_rounding_stays_as_chosen(self):
        company = self.store.company_id
        product = self.env.ref("acorn_amazon_connector.product_rounding")
        product = product.with_company(company)
        usual = company.default_cash_difference_income_account_id
        self.assertTrue(usual)
        self._refresh("de")._create_proposed()
        self.assertEqual(product.property_account_income_id, usual)
        other = usual.copy({"name": "Rounding of Amazon"})
        product.property_account_income_id = other
        self._refresh("fr")._create_proposed()
        self.assertEqual(product.property_account_income_id, other)

    def test_confirming_creates_what_is_missing_once(self):
        chosen = self._refresh("de", "fr", "gb")
        chosen._create_proposed()
        germany, france, britain = (
            chosen.filtered(lambda p, c=c: p.marketplace_id == self._marketplace(c))
            for c in ("de", "fr", "gb")
        )
        self.assertEqual(germany.pricelist_id, france.pricelist_id)
        self.assertEqual(germany.pricelist_id.currency_id.name, "EUR")
        self.assertTrue(germany.pricelist_id.currency_id.active)
        self.assertEqual(britain.pricelist_id.currency_id.name, "GBP")
        self.assertEqual(germany.tax_id.amount, 19)
        self.assertTrue(germany.tax_id.price_include)
        self.assertEqual(germany.tax_id.company_id, self.store.company_id)
        self.assertFalse(germany.proposal)
        taxes = self.env["account.tax"].search_count([])
        chosen._create_proposed()
        self._refresh("de", "fr", "gb")._create_proposed()
        self.assertEqual(self.env["account.tax"].search_count([]), taxes)

    def test_the_list_that_is_promised_is_the_one_that_is_used(self):
        germany = self._refresh("de")
        self.assertIn("pricelist Amazon EUR", germany.proposal)
        # Odoo does this by itself when a second currency is switched on.
        values = {"name": "Default", "currency_id": germany.currency_id.id}
        self.env["product.pricelist"].create(values)
        germany._create_proposed()
        self.assertEqual(germany.pricelist_id.name, "Amazon EUR")

    def test_an_existing_tax_of_the_same_rate_and_kind_is_proposed(self):
        values = {"type_tax_use": "sale", "amount_type": "percent", "amount": 19}
        kinds = ("tax_excluded", "tax_included")
        taxes = self.env["account.tax"].create(
            [
                {**values, "name": f"19% {kind}", "price_include_override": kind}
                for kind in kinds
            ]
        )
        germany = self._refresh("de")
        self.assertEqual(germany.tax_id, taxes[1])
        self.assertFalse(germany.create_tax)

    def test_a_tax_that_is_not_wanted_is_not_created(self):
        germany = self._refresh("de")
        germany.create_tax = False
        germany._create_proposed()
        self.assertFalse(germany.tax_id)
        self.assertTrue(germany.pricelist_id)

    def test_no_tax_is_proposed_without_one_standard_rate(self):
        america = self._create_store(
            marketplace=self._marketplace("us"), seller_id="ANA"
        )
        participation = self._refresh("us", store=america)
        self.assertFalse(participation.create_tax)
        self.assertFalse(participation.price_includes_tax)

    def test_the_tax_created_can_be_invoiced(self):
        germany = self._refresh("de")
        germany._create_proposed()
        product = self.env["product.product"].create({"name": "Lantern"})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Buyer"}).id,
                "pricelist_id": germany.pricelist_id.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "price_unit": 119,
                            "tax_ids": [(6, 0, germany.tax_id.ids)],
                        },
                    )
                ],
            }
        )
        self.assertAlmostEqual(order.amount_total, 119)
        self.assertAlmostEqual(order.amount_tax, 19)

    def test_the_language_is_the_marketplaces_if_installed(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["res.lang"].search([("code", "=like", "de%")]).active = False
        france, germany = self._refresh("de", "fr").sorted(_by_name)
        self.assertEqual(france.lang, "fr_FR")
        self.assertEqual(germany.lang, self.store.company_id.partner_id.lang)

    def test_a_participation_cannot_use_another_companys_warehouse(self):
        germany = self._refresh("de")
        foreign = self.env["stock.warehouse"].search(
            [("company_id", "=", self.other_company.id)], limit=1
        )
        with self.assertRaises(Exception) as caught:
            germany.warehouse_id = foreign
        self.assertIn("company", str(caught.exception).lower())
