"""What an order comes to, and how its tax is booked (A1)."""

from decimal import ROUND_HALF_UP, Decimal
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from .order_documents import (
    make_address,
    make_item,
    make_item_v0,
    make_order,
    make_order_v0,
)
from .orders_common import OrdersCase


def tax_inside(price):
    """19 % of what is in a price, to the cent."""
    tax = Decimal(price) * 19 / 119
    return str(tax.quantize(Decimal("0.01"), ROUND_HALF_UP))


@tagged("post_install", "-at_install")
class TestMoneyEurope(OrdersCase):
    """Germany: tax inside the prices; Britain: tax on top, as Amazon states it."""

    def _germany(self):
        return self._participation("de")

    # A1
    def test_tax_inside_the_price(self):
        order = self._import(make_item("LAMP", "119.00", tax="19.00"))
        self.assertEqual(order.amount_total, 119.0)
        self.assertEqual(order.amount_tax, 19.0)
        self.assertEqual(order.order_line.tax_ids, self._germany().tax_id)
        self.assertFalse(order.acorn_amazon_tax_differs)

    def test_tax_on_top_of_the_price(self):
        order = self._import(make_item("LAMP", "100.00", tax="20.00"), country="GB")
        self.assertEqual(order.currency_id.name, "GBP")
        self.assertEqual(order.amount_total, 120.0)
        self.assertEqual(order.amount_tax, 20.0)

    def test_another_rate_of_the_same_country(self):
        order = self._import(make_item("LAMP", "107.00", tax="7.00"))
        self.assertEqual(order.amount_total, 107.0)
        self.assertEqual(order.amount_tax, 7.0)
        self.assertEqual(order.order_line.tax_ids.amount, 7.0)

    def test_a_tax_that_odoo_has_is_taken(self):
        reduced = self._germany().tax_id.copy({"name": "VAT 7 %", "amount": 7.0})
        order = self._import(make_item("LAMP", "107.00", tax="7.00"))
        self.assertEqual(order.order_line.tax_ids, reduced)

    # X9: whoever asks why a tax was taken finds the rule with the document.
    def test_the_rule_is_recorded(self):
        payload = make_order(make_item("LAMP", "119.00", tax="19.00"))
        document = self._receive(payload)
        self.assertEqual(document.decisions["lines"][0]["rule"], "odoo_tax_confirmed")
        self.assertEqual(document.decisions["expected_total"], "119.00")

    # Amazon pays this tax itself: it is no income and no debt of the seller.
    def test_tax_that_amazon_remits(self):
        item = make_item("LAMP", "119.00", tax="19.00", remitted=True)
        order = self._import(item)
        self.assertEqual(order.amount_total, 100.0)
        self.assertEqual(order.amount_tax, 0.0)
        self.assertFalse(order.order_line.tax_ids)
        self.assertEqual(order.acorn_amazon_facilitator_tax, 19.0)
        self.assertEqual(order.acorn_amazon_grand_total, 119.0)

    # Discounts are amounts, never percentages.
    def test_a_discount_to_the_cent(self):
        order = self._import(make_item("LAMP", "89.99", charges={"DISCOUNT": "-13.37"}))
        self.assertEqual(order.amount_total, 76.62)
        self.assertEqual(self._lines(order, "discount").price_unit, -13.37)
        self.assertEqual(set(order.order_line.mapped("discount")), {0.0})

    # 10.00 for three must stay 10.00.
    def test_a_price_that_does_not_divide(self):
        order = self._import(make_item("LAMP", "10.00", 3), make_item("MUG", "9.99", 7))
        self.assertEqual(order.amount_total, 19.99)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [3.0, 7.0])

    # Also on the invoice, which is what the tax office sees.
    def test_the_invoice_agrees(self):
        order = self._import(
            make_item("LAMP", "10.00", 3, tax="1.60"),
            make_item("MUG", "89.99", tax="12.23", charges={"DISCOUNT": "-13.37"}),
        )
        for product in order.order_line.product_id:
            product.invoice_policy = "order"
        invoice = order._create_invoices()
        self.assertEqual(invoice.amount_total, order.amount_total)
        self.assertEqual(invoice.amount_total, 86.62)

    # A pricelist, a list price or a rounding rule of Odoo has no say.
    def test_prices_of_odoo_do_not_matter(self):
        self.lamp.list_price = 1.0
        pricelist = self._germany().pricelist_id
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": pricelist.id,
                "compute_price": "percentage",
                "percent_price": 50,
                "applied_on": "3_global",
            }
        )
        order = self._import(make_item("LAMP", "33.33"))
        self.assertEqual(order.amount_total, 33.33)
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.order_line.price_unit, 33.33)

    # An amount of the order as a whole, such as a tip, is on a line of its own.
    def test_a_tip(self):
        payload = make_order(make_item("LAMP", "20.00", tax="3.19"))
        proceeds = payload["proceeds"]
        tip = {"amount": "3.00", "currencyCode": "EUR"}
        proceeds["breakdowns"].append({"type": "DELIVERY_TIP", "subtotal": tip})
        proceeds["grandTotal"]["amount"] = "23.00"
        self.assertEqual(self._receive(payload).state, "done")
        order = self._order(payload)
        self.assertEqual(order.amount_total, 23.0)
        self.assertEqual(order.amount_tax, 3.19)
        self.assertEqual(self._lines(order, "tip").price_unit, 3.0)

    # What Amazon adds one day, under two names that nobody knows, is one amount here.
    def test_unknown_charges_of_the_whole_order(self):
        payload = make_order(make_item("LAMP", "20.00"), total="23.00")
        for kind, amount in (("PACKAGING", "1.00"), ("CARBON_OFFSET", "2.00")):
            subtotal = {"amount": amount, "currencyCode": "EUR"}
            payload["proceeds"]["breakdowns"].append(
                {"type": kind, "subtotal": subtotal}
            )
        self.assertEqual(self._receive(payload).state, "done")
        order = self._order(payload)
        self.assertEqual(order.amount_total, 23.0)
        later = payload | {"lastUpdatedTime": "2026-11-21T00:00:00Z"}
        self.assertEqual(self._receive(later)[-1].state, "done")
        self.assertEqual(order.amount_total, 23.0)
        self.assertEqual(self._lines(order, "other").price_unit, 3.0)

    # Odoo's taxes may be set up the other way round: the total is Amazon's anyway.
    def test_taxes_that_odoo_adds_on_top(self):
        self._germany().tax_id.price_include_override = "tax_excluded"
        prices = ["0.01", "0.99", "9.99", "10.00", "33.33", "119.00", "1234.56"]
        stated = [
            make_order(make_item("LAMP", price, 3, tax=tax_inside(price)))
            for price in prices
        ]
        silent = [make_order(make_item("LAMP", price, 3)) for price in prices]
        self._receive(*stated, *silent)
        for payload in stated + silent:
            order = self._order(payload)
            reason = self._documents(payload["orderId"]).reason
            total = float(payload["proceeds"]["grandTotal"]["amount"])
            self.assertEqual(order.amount_total, total, reason)

    # Amazon's own tax wins over what the fiscal position would have chosen.
    def test_a_fiscal_position_that_maps_to_nothing(self):
        position = self.env["account.fiscal.position"].create({"name": "Export"})
        self.env["account.tax"].create(
            {
                "name": "Export 0 %",
                "amount": 0,
                "type_tax_use": "sale",
                "fiscal_position_ids": position.ids,
                "original_tax_ids": self._germany().tax_id.ids,
            }
        )
        self._germany().fiscal_position_id = position
        order = self._import(make_item("LAMP", "100.00", tax="0.00"))
        self.assertEqual(order.amount_total, 100.0)
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.order_line.tax_ids.amount, 0.0)

    def test_totals_that_do_not_add_up(self):
        document = self._receive(make_order(make_item("LAMP"), total="10.01"))
        self.assert_blocked(document, "totals_do_not_balance")
        self.assertIn("10.01", document.reason)

    # One order that cannot be booked does not hold up the others of its batch.
    def test_a_total_that_differs(self):
        deposit = self.env["account.tax"].create(
            {
                "name": "Deposit",
                "amount_type": "fixed",
                "amount": 2.0,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        good = make_order(make_item("MUG", "119.00", tax="19.00"))
        bad = make_order(make_item("LAMP", "10.00"))
        self._germany().tax_id = deposit
        self._receive(good, bad)
        self.assertTrue(self._order(good))
        document = self._documents(bad["orderId"])
        self.assert_blocked(document, "total_differs")
        self.assertIn("10.00", document.reason)
        self.assertIn("12.00", document.reason)
        self._germany().tax_id = False
        self.lamp.taxes_id = False
        document.action_retry()
        self._apply()
        self.assertEqual(document.state, "done")
        self.assertFalse(self._incident("blocked_documents"))

    def test_a_rate_that_nobody_may_add(self):
        self._participation("gb").create_missing_taxes = False
        item = make_item("LAMP", "100.00", tax="3.00")
        document = self._receive(make_order(item, country="GB"))
        self.assert_blocked(document, "tax_unknown")


@tagged("post_install", "-at_install")
class TestTaxOfZero(OrdersCase):
    """Prices contain tax, and Amazon writes 0.00: it may not have calculated any."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls._participation("de")

    def _rules(self, order):
        document = self._documents(order.acorn_amazon_order_id)[-1]
        return [line["rule"] for line in document.decisions["lines"]]

    def _import_to(self, country_code, *items):
        address = make_address(countryCode=country_code)
        return self._import(*items, recipient={"deliveryAddress": address})

    def _import_v0(self, *items):
        payload = make_order_v0(*items)
        order_id = payload["order"]["AmazonOrderId"]
        row = (order_id, fields.Datetime.now(), payload)
        self.env["acorn.amazon.exchange"]._keep(self.store, "order_v0", [row])
        self._apply()
        document = self._documents(order_id)
        self.assertEqual(document.state, "done", document.reason)
        return self.env["sale.order"].browse(document.res_id)

    def _create_tax(self, amount, **values):
        return self.germany.tax_id.copy(
            {"name": f"VAT {amount} % of a test", "amount": amount, **values}
        )

    def _create_position(self, amount, country, original=None, **values):
        """A fiscal position for a destination, and its tax.

        :param original: the tax that it replaces, the marketplace's when None
        """
        position = self.env["account.fiscal.position"].create(
            {
                "name": f"To {country}",
                "auto_apply": True,
                "country_id": self.env.ref(f"base.{country}").id,
                **values,
            }
        )
        tax = self._create_tax(
            amount,
            fiscal_position_ids=position.ids,
            original_tax_ids=(original or self.germany.tax_id).ids,
        )
        return position, tax

    # A1: Orders v0 of Europe often states 0.00, with the VAT inside all the same.
    def test_the_older_interface(self):
        order = self._import_v0(make_item_v0("LAMP", "119.00", "0.00"))
        self.assertEqual(order.amount_total, 119.0)
        self.assertEqual(order.amount_tax, 19.0)
        self.assertEqual(order.order_line.tax_ids, self.germany.tax_id)
        self.assertEqual(self._rules(order), ["zero_unexplained"])
        # Amazon said nothing, so nothing differs from what it said.
        self.assertFalse(order.acorn_amazon_tax_differs)

    def test_the_older_interface_states_no_tax(self):
        order = self._import_v0(make_item_v0("LAMP", "119.00"))
        self.assertEqual(order.amount_total, 119.0)
        self.assertEqual(order.amount_tax, 19.0)

    def test_the_newer_interface(self):
        order = self._import(make_item("LAMP", "119.00", tax="0.00"))
        self.assertEqual(order.amount_total, 119.0)
        self.assertEqual(order.amount_tax, 19.0)
        self.assertEqual(self._rules(order), ["zero_unexplained"])
        self.assertTrue(order.acorn_amazon_tax_differs)
        document = self._documents(order.acorn_amazon_order_id)
        self.assertIn("where it calculates none", document.decisions_text)

    def test_taxes_that_odoo_adds_on_top(self):
        self.germany.tax_id.price_include_override = "tax_excluded"
        item = make_item(
            "LAMP",
            "119.00",
            charges={"SHIPPING": "4.99", "DISCOUNT": "-5.00"},
            taxes={"ITEM": "0.00", "SHIPPING": "0.00"},
        )
        order = self._import(item)
        self.assertEqual(order.amount_total, 118.99)
        self.assertEqual(order.amount_tax, 19.0)

    # Amazon calculates the tax of this seller: then its zeros are zeros.
    def test_another_line_has_tax(self):
        order = self._import(
            make_item("LAMP", "119.00", tax="19.00"),
            make_item("MUG", "10.00", tax="0.00"),
        )
        self.assertEqual(order.amount_total, 129.0)
        self.assertEqual(order.amount_tax, 19.0)
        self.assertEqual(self._rules(order), ["odoo_tax_confirmed", "no_tax_charged"])

    # The tax that Amazon pays itself says nothing about the seller's own.
    def test_another_line_has_tax_that_amazon_remits(self):
        order = self._import(
            make_item("LAMP", "119.00", tax="19.00", remitted=True),
            make_item("MUG", "119.00", tax="0.00"),
        )
        self.assertEqual(order.amount_total, 219.0)
        self.assertEqual(order.amount_tax, 19.0)
        self.assertEqual(self._rules(order), ["amazon_remits", "zero_unexplained"])

    def test_reverse_charge(self):
        position, tax = self._create_position(0.0, "at", vat_required=True)
        options = {"recipient": {"deliveryAddress": make_address(countryCode="AT")}}
        registration = {
            "entityType": "BUYER",
            "taxRegistrationType": "VAT",
            "taxRegistrationNumber": "ATU10223006",
        }
        business = self._import(
            make_item("LAMP", "119.00", tax="0.00"),
            tax={"taxRegistrations": [registration]},
            **options,
        )
        self.assertEqual(business.fiscal_position_id, position)
        self.assertEqual(business.order_line.tax_ids, tax)
        self.assertEqual(business.amount_tax, 0.0)
        self.assertEqual(business.amount_total, 119.0)
        self.assertEqual(self._rules(business), ["zero_rated"])
        consumer = self._import(make_item("LAMP", "119.00", tax="0.00"), **options)
        self.assertNotEqual(consumer.fiscal_position_id, position)
        self.assertEqual(consumer.amount_tax, 19.0)

    def test_an_export(self):
        _position, tax = self._create_position(0.0, "ch")
        order = self._import_to("CH", make_item("LAMP", "119.00", tax="0.00"))
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assertEqual(order.amount_tax, 0.0)

    # The assistant made a tax for the marketplace; positions know the country's own.
    def test_an_export_of_the_products_own_tax(self):
        own = self._create_tax(19.0, price_include_override="tax_excluded")
        self.lamp.taxes_id = own
        _position, tax = self._create_position(0.0, "ch", original=own)
        order = self._import_to("CH", make_item("LAMP", "119.00", tax="0.00"))
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assertEqual(order.amount_total, 119.0)

    # To a company abroad every German sale is an export: its German VAT is due.
    def test_vat_that_is_owed_abroad(self):
        own = self._create_tax(15.0)
        self.lamp.taxes_id = own
        self._create_position(0.0, "de", original=own)
        order = self._import(make_item("LAMP", "119.00", tax="0.00"))
        self.assertEqual(order.amount_tax, 19.0)
        self.assertEqual(self._rules(order), ["zero_unexplained"])

    # The rate of the destination decides, as for a price without any tax.
    def test_another_country(self):
        _position, tax = self._create_position(20.0, "at")
        order = self._import_to("AT", make_item("LAMP", "120.00", tax="0.00"))
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assertEqual(order.amount_tax, 20.0)
        self.assertEqual(order.amount_total, 120.0)

    # Books, food: a product with a tax of 0 % explains a zero.
    def test_a_product_of_zero_rate(self):
        zero = self._create_tax(0.0)
        self.lamp.taxes_id = zero
        order = self._import(make_item("LAMP", "50.00", tax="0.00"))
        self.assertEqual(order.order_line.tax_ids, zero)
        self.assertEqual(order.amount_tax, 0.0)
        self.assertEqual(self._rules(order), ["zero_rated"])

    # A product without taxes may only have been forgotten.
    def test_a_product_without_taxes(self):
        self.lamp.taxes_id = False
        order = self._import(make_item("LAMP", "119.00", tax="0.00"))
        self.assertEqual(order.amount_tax, 19.0)

    def test_no_tax_in_odoo_at_all(self):
        self.lamp.taxes_id = False
        self.germany.tax_id = False
        order = self._import(make_item("LAMP", "119.00", tax="0.00"))
        self.assertFalse(order.order_line.tax_ids)
        self.assertEqual(self._rules(order), ["zero_rated"])

    # Amazon is the deemed reseller: the VAT of the sale is not the seller's.
    def test_a_deemed_reseller(self):
        item = make_item_v0("LAMP", "100.00", "0.00", DeemedResellerCategory="IOSS")
        order = self._import_v0(item)
        self.assertEqual(order.amount_tax, 0.0)
        self.assertEqual(self._rules(order), ["no_tax_charged"])

    # Odoo's tax cannot split the price as Amazon does: the total is right.
    def test_a_rate_that_odoo_does_not_have(self):
        self.germany.create_missing_taxes = False
        self.germany.tax_id.price_include_override = "tax_excluded"
        order = self._import(make_item("LAMP", "103.00", tax="3.00"))
        self.assertEqual(order.amount_total, 103.0)
        self.assertEqual(self._rules(order), ["odoo_tax_differs"])
        self.assertTrue(order.acorn_amazon_tax_differs)


@tagged("post_install", "-at_install")
class TestMoneyAmerica(OrdersCase):
    """The United States: net prices, tax on top at rates with decimals."""

    countries = ("us",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.participation = cls._participation("us")

    def _owed(self, price, tax, **options):
        return make_item("LAMP", price, tax=tax, **options)

    # Odoo's default rounding must not refuse an order for a cent.
    def test_three_lines_of_8_875_percent_rounded_globally(self):
        self.env.company.tax_calculation_rounding_method = "round_globally"
        items = [self._owed("12.34", "1.10") for _number in range(3)]
        order = self._import(*items, country="US")
        self.assertEqual(order.amount_total, 40.32)
        # 37.02 × 8.875 % is 3.29 at once, 3 × 1.10 line by line: the cent is shown.
        rounding = self._lines(order, "rounding")
        self.assertAlmostEqual(rounding.price_unit, 0.01)
        self.assertAlmostEqual(order.acorn_amazon_rounding, 0.01)
        self.assertEqual(self._lines(order).tax_ids.amount, 8.875)

    # Cents of rounding are no sales, and the seller learns how to have none.
    def test_rounding_has_its_own_account_and_is_counted(self):
        company = self.env.company
        company.tax_calculation_rounding_method = "round_globally"
        items = [self._owed("12.34", "1.10") for _number in range(3)]
        order = self._import(*items, country="US")
        order.date_order = fields.Datetime.now()
        self.store.invalidate_recordset(["rounding_count"])
        self.assertEqual(self.store.rounding_count, 1)
        self.assertIn("Round per Line", self.store.rounding_advice)
        order._acorn_amazon_ship_all()
        invoice = order._create_invoices()
        cent = invoice.invoice_line_ids.filtered(
            lambda line: line.product_id == self._lines(order, "rounding").product_id
        )
        self.assertEqual(
            cent.account_id, company.default_cash_difference_income_account_id
        )
        self.assertNotIn(cent.account_id, (invoice.invoice_line_ids - cent).account_id)
        company.tax_calculation_rounding_method = "round_per_line"
        self.store.invalidate_recordset(["rounding_advice"])
        self.assertFalse(self.store.rounding_advice)

    def test_three_lines_of_8_875_percent_rounded_per_line(self):
        self.env.company.tax_calculation_rounding_method = "round_per_line"
        items = [self._owed("12.34", "1.10") for _number in range(3)]
        order = self._import(*items, country="US")
        self.assertEqual(order.amount_total, 40.32)
        self.assertEqual(order.amount_tax, 3.30)
        self.assertFalse(self._lines(order, "rounding"))

    # A rounding line follows the order when it changes.
    def test_a_rounding_line_after_an_update(self):
        self.env.company.tax_calculation_rounding_method = "round_globally"
        items = [self._owed("12.34", "1.10") for _number in range(3)]
        payload = make_order(*items, country="US")
        self._receive(payload)
        order = self._order(payload)
        later = make_order(
            *items[:1],
            country="US",
            order_id=payload["orderId"],
            updated="2026-11-20T12:00:00Z",
        )
        self._receive(later)
        self.assertEqual(order.amount_total, 13.44)
        self.assertAlmostEqual(order.acorn_amazon_rounding, 0.0)

    def _import_with_rounding(self):
        """Five lines that Odoo, rounding globally, brings to two cents less."""
        self.env.company.tax_calculation_rounding_method = "round_globally"
        items = [self._owed("12.34", "1.10") for _number in range(5)]
        order = self._import(*items, country="US")
        self.assertEqual(order.amount_total, 67.20)
        self.assertAlmostEqual(order.acorn_amazon_rounding, 0.02)
        return order, items

    def _update(self, order, *items, **options):
        """Receive a later version of an order.

        :return: its document
        """
        payload = make_order(
            *items,
            country="US",
            order_id=order.acorn_amazon_order_id,
            **{"updated": "2026-11-20T12:00:00Z"} | options,
        )
        return self._receive(payload)[-1]

    # A1: what remains may need less rounding than what was cancelled.
    def test_a_reduction_after_rounding(self):
        order, items = self._import_with_rounding()
        document = self._update(order, items[0])
        self.assertEqual(document.state, "done", document.reason)
        self.assertEqual(order.amount_total, 13.44)
        rounding = self._lines(order, "rounding")
        self.assertEqual(rounding.product_uom_qty, 0.0)
        self.assertEqual(rounding.price_unit, 0.0)
        # And again more, should an item come back.
        document = self._update(order, *items, updated="2026-11-20T13:00:00Z")
        self.assertEqual(document.state, "done", document.reason)
        self.assertEqual(order.amount_total, 67.20)
        self.assertEqual(self._lines(order, "rounding"), rounding)
        self.assertAlmostEqual(order.acorn_amazon_rounding, 0.02)

    def test_nothing_changes_in_the_rounding(self):
        order, items = self._import_with_rounding()
        with patch.object(type(order.order_line), "write") as write:
            document = self._update(order, *items)
        self.assertEqual(document.state, "done", document.reason)
        write.assert_not_called()

    # Amazon may correct the tax by a cent while every price stays.
    def test_a_tax_that_is_corrected(self):
        self.env.company.tax_calculation_rounding_method = "round_per_line"
        item = self._owed("100.00", "8.88")
        self.participation.tax_id.amount = 8.875
        order = self._import(item, country="US")
        item |= {"_money": ({"ITEM": "100.00"}, {"ITEM": "8.87"})}
        document = self._update(order, item)
        self.assertEqual(document.state, "done", document.reason)
        self.assertEqual(order.amount_total, 108.87)
        self.assertTrue(order.acorn_amazon_agrees)

    # Many small differences are a large one.
    def test_a_rounding_line_does_not_grow(self):
        item = self._owed("100.00", "8.00")
        order = self._import(item, country="US")
        states = []
        for hour, price in ((12, "110.00"), (13, "120.00")):
            order.write(
                {
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.mug.id,
                                "price_unit": 0.01,
                                "tax_ids": False,
                            }
                        )
                    ]
                }
            )
            tax = str(Decimal(price) * 8 / 100)
            item |= {"_money": ({"ITEM": price}, {"ITEM": tax})}
            document = self._update(order, item, updated=f"2026-11-20T{hour}:00:00Z")
            states.append((document.state, document.reason_code))
        self.assertEqual(states, [("done", "update"), ("blocked", "total_differs")])
        self.assertAlmostEqual(order.acorn_amazon_rounding, -0.01)

    def test_a_mixed_order(self):
        """One line's tax is remitted by Amazon, the other's is owed."""
        order = self._import(
            self._owed("50.00", "4.13", remitted=True),
            self._owed("20.00", "1.65"),
            country="US",
        )
        self.assertEqual(order.amount_total, 71.65)
        self.assertEqual(order.amount_tax, 1.65)
        self.assertEqual(order.acorn_amazon_facilitator_tax, 4.13)

    # A1: the total leaves the tax out, and Amazon hides later that it remits it.
    def test_a_tax_outside_the_total(self):
        self.lamp.invoice_policy = "order"
        for is_invoiced in (False, True):
            item = self._owed("100.00", "8.25", remitted=True)
            order = self._import(item, country="US", total="100.00")
            if is_invoiced:
                order._create_invoices().action_post()
            del item["tax"]
            document = self._update(order, item, total="100.00", status="SHIPPED")
            with self.subTest(is_invoiced=is_invoiced):
                self.assertEqual(document.state, "done", document.reason)
                self.assertEqual(order.amount_total, 100.0)
                self.assertEqual(order.acorn_amazon_facilitator_tax, 0.0)
                self.assertFalse(order.acorn_amazon_tax_differs)
                self.assertFalse(self._lines(order, "correction"))

    # Hidden from the first document on: no part of the price is tax.
    def test_a_tax_outside_the_total_that_nobody_is_said_to_remit(self):
        item = self._owed("100.00", "8.25")
        order = self._import(item, country="US", total="100.00")
        self.assertEqual(order.amount_total, 100.0)
        self.assertEqual(order.amount_tax, 0.0)

    def test_an_unknown_rate_waits_for_a_person(self):
        self.participation.create_missing_taxes = False
        payload = make_order(self._owed("80.00", "7.10"), country="US")
        document = self._receive(payload)
        self.assert_blocked(document, "tax_unknown")
        self.assertEqual(document.reason_data["percent"], "8.875")
        document.action_create_tax()
        self._apply()
        self.assertEqual(document.state, "done")
        self.assertEqual(self._order(payload).amount_total, 87.10)
        self.assertFalse(self._incident("blocked_documents"))

    def test_taxed_shipping_and_untaxed_goods(self):
        item = make_item(
            "LAMP",
            "40.00",
            charges={"SHIPPING": "10.00"},
            taxes={"ITEM": "0.00", "SHIPPING": "0.80"},
        )
        order = self._import(item, country="US")
        self.assertEqual(order.amount_total, 50.80)
        self.assertEqual(self._lines(order).price_tax, 0.0)
        self.assertEqual(self._lines(order, "shipping").tax_ids.amount, 8.0)


@tagged("post_install", "-at_install")
class TestMoneyJapan(OrdersCase):
    countries = ("jp",)

    # The yen has no decimals, Amazon's discounts there are positive.
    def test_yen(self):
        order = self._import(
            make_item("LAMP", "1980", 3, tax="180"),
            make_item("MUG", "1001"),
            country="JP",
        )
        self.assertEqual(order.currency_id.name, "JPY")
        self.assertEqual(order.amount_total, 2981.0)

    def test_a_positive_discount(self):
        item = make_item("LAMP", "2000", charges={"DISCOUNT": "300"})
        payload = make_order(item, country="JP", total="1700")
        self.assertEqual(self._receive(payload).state, "done")
        order = self._order(payload)
        self.assertEqual(order.amount_total, 1700.0)
        self.assertEqual(self._lines(order, "discount").price_unit, -300.0)
