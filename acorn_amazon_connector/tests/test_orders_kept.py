"""What an order keeps: what Amazon said once, what is invoiced, what a person chose."""

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

AUSTRIA = {"deliveryAddress": make_address(countryCode="AT")}
BUYER = {"buyerName": "Tom Reed", "buyerEmail": "tom@marketplace.amazon.de"}
BUSINESS = {
    "taxRegistrations": [
        {
            "entityType": "BUYER",
            "taxRegistrationType": "VAT",
            "taxRegistrationNumber": "ATU10223006",
        }
    ]
}


class KeptCase(OrdersCase):
    """An order, and later documents of it."""

    hour = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany, cls.britain = map(cls._participation, ("de", "gb"))
        (cls.lamp | cls.mug).invoice_policy = "order"

    def _create_position(self, name, amount, **values):
        """A fiscal position for Austria, and its tax instead of the marketplace's."""
        position = self.env["account.fiscal.position"].create(
            {
                "name": name,
                "auto_apply": True,
                "country_id": self.env.ref("base.at").id,
                **values,
            }
        )
        return position, self._create_tax(
            amount,
            fiscal_position_ids=position.ids,
            original_tax_ids=self.germany.tax_id.ids,
        )

    def _create_tax(self, amount, **values):
        name = f"VAT {amount} % of a test"
        return self.germany.tax_id.copy({"name": name, "amount": amount, **values})

    def _again(self, order, *items, state="done", **options):
        """Receive a later version of an order.

        :return: its document
        """
        self.hour += 1
        payload = make_order(
            *items,
            order_id=order.acorn_amazon_order_id,
            updated=f"2026-11-21T{self.hour:02}:00:00Z",
            **options,
        )
        document = self._receive(payload)[-1]
        self.assertEqual(document.state, state, document.reason)
        return document

    def _again_v0(self, order, *items):
        """Receive a later version of an order from the older interface."""
        payload = make_order_v0(*items)
        payload["order"] |= {
            "AmazonOrderId": order.acorn_amazon_order_id,
            "LastUpdateDate": "2026-11-25T09:15:30Z",
        }
        payload["order"]["ShippingAddress"]["CountryCode"] = (
            order.partner_shipping_id.country_code or "DE"
        )
        row = (order.acorn_amazon_order_id, fields.Datetime.now(), payload)
        self.env["acorn.amazon.exchange"]._keep(self.store, "order_v0", [row])
        self._apply()
        document = self._documents(order.acorn_amazon_order_id)[-1]
        self.assertEqual(document.kind, "order_v0")
        self.assertEqual(document.state, "done", document.reason)

    def _invoice(self, order):
        """Invoice what is to invoice, or credit it."""
        invoice = order._create_invoices(final=True)
        invoice.action_post()
        return invoice

    def _assert_settled(self, order, total):
        """Order and books agree on a total, once what is to invoice is invoiced."""
        self.assertAlmostEqual(order.amount_total, total)
        self.assertTrue(order.acorn_amazon_agrees)
        if any(order.order_line.mapped("qty_to_invoice")):
            self._invoice(order)
        booked = sum(order.invoice_ids.mapped("amount_total_signed"))
        self.assertAlmostEqual(booked, total)
        # Each invoice rounds its tax.
        taxes = sum(order.invoice_ids.mapped("amount_tax_signed"))
        self.assertAlmostEqual(taxes, order.amount_tax, delta=0.011)


@tagged("post_install", "-at_install")
class TestToldOnce(KeptCase):
    """A later document may say less: without the role, or from the older interface."""

    def _import_reverse_charge(self, **options):
        self._create_position("Consumers", 20.0)
        position, tax = self._create_position(
            "B2B", 0.0, vat_required=True, sequence=-1
        )
        item = make_item("LAMP", "119.00", tax="0.00")
        order = self._import(item, tax=BUSINESS, recipient=AUSTRIA, **options)
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.order_line.tax_ids, tax)
        return order, item

    def _create_position_of_germany(self):
        country = self.env.ref("base.de")
        values = {"country_id": country.id, "sequence": -2}
        return self._create_position("Germany", 19.0, **values)[0]

    # A1, B29: it stays a sale to a business when Amazon hides the number.
    def test_a_vat_number(self):
        order, item = self._import_reverse_charge()
        self._again(order, item, recipient=AUSTRIA)
        self._again(order, item, recipient=None)
        self._again(order, item, recipient=AUSTRIA)
        item |= {"quantityOrdered": 2, "_money": ({"ITEM": "238.00"}, {"ITEM": "0"})}
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.fiscal_position_id.name, "B2B")
        self.assertEqual(order.order_line.tax_ids.amount, 0.0)
        self.assertEqual(order.amount_total, 238.0)
        self.assertEqual(order.amount_tax, 0.0)

    # A16
    def test_a_vat_number_and_the_older_interface(self):
        order, item = self._import_reverse_charge()
        own = make_item_v0("LAMP", "119.00", "0.00", OrderItemId=item["orderItemId"])
        self._again_v0(order, own)
        self.assertEqual(order.fiscal_position_id.name, "B2B")
        self.assertEqual(order.amount_tax, 0.0)

    # X13: nobody has the number: neither the generic buyer nor the order.
    def test_a_vat_number_that_is_not_kept(self):
        self.store.keep_no_pii = True
        order, item = self._import_reverse_charge()
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.fiscal_position_id.name, "B2B")
        self.assertEqual(order.amount_tax, 0.0)
        # Another buyer's order has nothing of it.
        consumer = self._import(
            make_item("LAMP", "120.00", tax="0.00"), recipient=AUSTRIA
        )
        self.assertEqual(consumer.fiscal_position_id.name, "Consumers")
        self.assertEqual(consumer.amount_tax, 20.0)

    # B29: the number that comes later is news all the same.
    def test_a_vat_number_that_comes_later(self):
        self._create_position("Consumers", 20.0)
        self._create_position("B2B", 0.0, vat_required=True, sequence=-1)
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        self.assertEqual(order.amount_tax, 20.0)
        self._again(order, item, recipient=AUSTRIA, tax=BUSINESS)
        self.assertEqual(order.fiscal_position_id.name, "B2B")
        self.assertEqual(order.amount_tax, 0.0)

    # B29: the invoice needs it, and the buyer's next order.
    def test_a_vat_number_that_comes_later_is_the_buyers(self):
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        generic = self._import(item, buyer=None, recipient=AUSTRIA)
        shipped = self._import(item, recipient=AUSTRIA, buyer=BUYER, status="SHIPPED")
        for known in (order, generic, shipped):
            self.assertFalse(known.partner_id.vat)
        self._again(order, item, recipient=AUSTRIA, tax=BUSINESS)
        self.assertEqual(order.partner_id.vat, "ATU10223006")
        self._again(generic, item, recipient=AUSTRIA, buyer=None, tax=BUSINESS)
        self.assertFalse(generic.partner_id.vat)
        options = {"status": "SHIPPED", "buyer": BUYER, "tax": BUSINESS}
        self._again(shipped, item, recipient=AUSTRIA, **options)
        self.assertEqual(shipped.partner_id.vat, "ATU10223006")

    # X13: also of a buyer from before nobody's data was to be kept.
    def test_a_vat_number_that_comes_later_and_is_not_kept(self):
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        self.store.keep_no_pii = True
        self._again(order, item, recipient=AUSTRIA, tax=BUSINESS)
        self.assertFalse(order.partner_id.vat)

    # Another customer whom a person chose has a number of their own.
    def test_a_vat_number_that_comes_later_for_another_customer(self):
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        other = self.env["res.partner"].create({"name": "Another"})
        order.partner_id = other
        self._again(order, item, recipient=AUSTRIA, tax=BUSINESS)
        self.assertFalse(other.vat)

    # The number of the same buyer's other order is no news of this one.
    def test_a_vat_number_of_another_order(self):
        self._create_position("Consumers", 20.0)
        self._create_position("B2B", 0.0, vat_required=True, sequence=-1)
        item = make_item("LAMP", "120.00", tax="20.00")
        order = self._import(item, recipient=AUSTRIA)
        second = self._import(recipient=AUSTRIA, tax=BUSINESS)
        self.assertEqual(second.partner_id, order.partner_id)
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.fiscal_position_id.name, "Consumers")
        self.assertEqual(order.amount_tax, 20.0)

    # B29: nothing could follow from the number before the country came.
    def test_a_vat_number_before_the_country(self):
        self._create_position("Consumers", 20.0)
        self._create_position("B2B", 0.0, vat_required=True, sequence=-1)
        for is_kept in (True, False):
            self.store.keep_no_pii = not is_kept
            item = make_item("LAMP", "120.00", tax="0.00")
            order = self._import(item, recipient=None, tax=BUSINESS)
            self.assertFalse(order.fiscal_position_id)
            self._again(order, item, recipient=AUSTRIA)
            with self.subTest(is_kept=is_kept):
                self.assertEqual(order.fiscal_position_id.name, "B2B")
                self.assertEqual(order.amount_tax, 0.0)

    # B29: nor while the order was invoiced.
    def test_a_vat_number_that_comes_while_the_order_is_invoiced(self):
        self._create_position("Consumers", 20.0)
        self._create_position("B2B", 0.0, vat_required=True, sequence=-1)
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        invoice = self._invoice(order)
        self._again(order, item, recipient=AUSTRIA, tax=BUSINESS)
        self.assertEqual(order.fiscal_position_id.name, "Consumers")
        invoice._reverse_moves(cancel=True)
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.fiscal_position_id.name, "B2B")
        self.assertEqual(order.amount_tax, 0.0)

    # It goes elsewhere now: another country is news with or without the number.
    def test_a_vat_number_and_another_country(self):
        order, item = self._import_reverse_charge()
        germany = self._create_position_of_germany()
        self._again(order, item, recipient={"deliveryAddress": make_address()})
        self.assertEqual(order.fiscal_position_id, germany)

    # A1: weeks later Amazon shows the country alone; it was the free zone all the same.
    def test_a_postal_code(self):
        self._create_position("Austria", 20.0)
        zone, _tax = self._create_position(
            "Free zone", 0.0, zip_from="34000", zip_to="34999", sequence=-1
        )
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        self.assertEqual(order.fiscal_position_id, zone)
        hidden = {"deliveryAddress": {"countryCode": "AT"}}
        for recipient in (hidden, None, hidden):
            self._again(order, item, recipient=recipient)
            self.assertEqual(order.fiscal_position_id, zone)
            self.assertEqual(order.amount_tax, 0.0)
        # What Amazon says anew is news all the same: another place, another country.
        vienna = make_address(countryCode="AT", postalCode="1010")
        self._again(order, item, recipient={"deliveryAddress": vienna})
        self.assertEqual(order.fiscal_position_id.name, "Austria")
        germany = self._create_position_of_germany()
        self._again(order, item, recipient={"deliveryAddress": {"countryCode": "DE"}})
        self.assertEqual(order.fiscal_position_id, germany)

    def test_a_state(self):
        tyrol = self.env["res.country.state"].search(
            [("country_id.code", "=", "AT"), ("code", "=", "7")]
        )
        self._create_position("Austria", 20.0)
        position, _tax = self._create_position(
            "Tyrol", 0.0, state_ids=tyrol.ids, sequence=-1
        )
        item = make_item("LAMP", "120.00", tax="0.00")
        address = make_address(countryCode="AT", stateOrRegion=tyrol.name)
        order = self._import(item, recipient={"deliveryAddress": address})
        self.assertEqual(order.fiscal_position_id, position)
        partly = {"countryCode": "AT", "postalCode": "6020"}
        self._again(order, item, recipient={"deliveryAddress": partly})
        self.assertEqual(order.fiscal_position_id, position)

    # The number is news even where less is shown of the address.
    def test_a_vat_number_and_less_of_the_address(self):
        self._create_position("Consumers", 20.0)
        self._create_position("B2B", 0.0, vat_required=True, sequence=-1)
        item = make_item("LAMP", "120.00", tax="0.00")
        order = self._import(item, recipient=AUSTRIA)
        hidden = {"deliveryAddress": {"countryCode": "AT"}}
        self._again(order, item, recipient=hidden, tax=BUSINESS)
        self.assertEqual(order.fiscal_position_id.name, "B2B")

    # A1: that Amazon remits the tax is told beside the tax numbers.
    def test_tax_that_amazon_remits(self):
        item = make_item("LAMP", "119.00", tax="19.00", remitted=True)
        order = self._import(item)
        del item["tax"]
        self._again(order, item)
        self.assertEqual(order.amount_total, 100.0)
        self.assertEqual(order.amount_tax, 0.0)
        self.assertEqual(order.acorn_amazon_facilitator_tax, 19.0)

    # A1: the rate that Amazon stated counts more than the one that is usual here.
    def test_a_rate(self):
        item = make_item("LAMP", "107.00", tax="7.00", charges={"SHIPPING": "4.28"})
        item["_money"][1]["SHIPPING"] = "0.28"
        order = self._import(item)
        self.assertEqual(order.amount_tax, 7.28)
        item["_money"] = ({"ITEM": "107.00", "SHIPPING": "4.28"}, None)
        document = self._again(order, item)
        self.assertEqual(order.amount_tax, 7.28)
        self.assertIn("earlier document", document.decisions_text)
        own = make_item_v0("LAMP", "111.28", "0.00", OrderItemId=item["orderItemId"])
        self._again_v0(order, own)
        self.assertAlmostEqual(order.amount_tax, 7.28)
        self.assertEqual(order.amount_total, 111.28)

    # Also where Odoo's taxes come on top of prices that contain tax at Amazon.
    def test_a_rate_on_top(self):
        self.germany.tax_id.price_include_override = "tax_excluded"
        item = make_item("LAMP", "119.00", tax="19.00")
        order = self._import(item)
        self.assertEqual(order.order_line.price_unit, 100.0)
        own = make_item_v0("LAMP", "119.00", "0.00", OrderItemId=item["orderItemId"])
        self._again_v0(order, own)
        self.assertEqual(order.order_line.price_unit, 100.0)
        self.assertEqual(order.amount_tax, 19.0)

    # A1: the item that proved that Amazon calculates the tax is cancelled.
    def test_a_zero(self):
        lamp = make_item("LAMP", "119.00", tax="19.00")
        mug = make_item("MUG", "20.00", 2, tax="0.00")
        order = self._import(lamp, mug)
        self.assertEqual(order.amount_tax, 19.0)
        lamp |= {"quantityOrdered": 0, "_money": ({"ITEM": "0.00"}, {"ITEM": "0.00"})}
        self._again(order, lamp, mug)
        self.assertEqual(order.amount_total, 20.0)
        self.assertEqual(order.amount_tax, 0.0)
        mug |= {"quantityOrdered": 1, "_money": ({"ITEM": "10.00"}, {"ITEM": "0.00"})}
        self._again(order, mug)
        self._again(order, mug)
        self.assertEqual(order.amount_total, 10.0)
        self.assertEqual(order.amount_tax, 0.0)

    def test_a_deemed_reseller(self):
        item = make_item("LAMP", "100.00", tax="0.00")
        scheme = {"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]}
        order = self._import(item | {"tax": scheme})
        self.assertEqual(order.amount_tax, 0.0)
        self._again(order, item)
        self.assertEqual(order.amount_tax, 0.0)

    # What Amazon states now counts more than what it stated before.
    def test_a_tax_that_amazon_corrects(self):
        item = make_item("LAMP", "107.00", tax="7.00")
        order = self._import(item)
        item |= {"_money": ({"ITEM": "107.00"}, {"ITEM": "17.08"})}
        self._again(order, item)
        self.assertEqual(order.amount_tax, 17.08)
        # And Odoo's zero explains Amazon's.
        position, zero = self._create_position("B2B", 0.0, vat_required=True)
        item |= {"_money": ({"ITEM": "107.00"}, {"ITEM": "0.00"})}
        self._again(order, item, recipient=AUSTRIA, tax=BUSINESS)
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.order_line.tax_ids, zero)


@tagged("post_install", "-at_install")
class TestInvoiced(KeptCase):
    """What is in the books stays as it is there; the rest is invoiced or credited."""

    # A1: the tax office has the invoice.
    def test_the_tax_of_an_invoice(self):
        self._create_position("Austria", 20.0)
        item = make_item("LAMP", "10.00")
        order = self._import(item, buyer=None, recipient=None)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_tax, 1.6)
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.partner_shipping_id.country_code, "AT")
        self.assertFalse(order.fiscal_position_id)
        self.assertEqual(order.order_line.tax_ids.amount, 19.0)
        self._assert_settled(order, 10.0)
        # What comes later agrees with the order's fiscal position.
        self._again(order, item, make_item("MUG", "5.00"), recipient=AUSTRIA)
        self.assertEqual(set(order.order_line.tax_ids.mapped("amount")), {19.0})
        self._assert_settled(order, 15.0)

    # An invoice that is taken back settles nothing.
    def test_an_invoice_that_is_cancelled(self):
        position, _tax = self._create_position("Austria", 20.0)
        item = make_item("LAMP", "12.00")
        order = self._import(item, buyer=None, recipient=None)
        invoice = order._create_invoices()
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.amount_tax, 1.92)
        invoice.button_cancel()
        self._again(order, item, recipient=AUSTRIA)
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.amount_tax, 2.0)

    # Amazon corrects a tax that is inside the price: the invoice says otherwise.
    def test_a_tax_that_amazon_corrects(self):
        item = make_item("LAMP", "107.00", tax="7.00")
        order = self._import(item)
        self._invoice(order)
        item |= {"_money": ({"ITEM": "107.00"}, {"ITEM": "17.08"})}
        document = self._again(order, item)
        self.assertIn("invoiced", document.decisions_text)
        self.assertTrue(order.acorn_amazon_tax_differs)
        self._assert_settled(order, 107.0)

    # A1: what is credited is what was invoiced.
    def test_an_item_that_is_removed(self):
        lamp = make_item("LAMP", "20.00", 2, charges={"SHIPPING": "4.00"})
        mug = make_item("MUG", "5.00")
        order = self._import(lamp, mug)
        self._invoice(order)
        self._again(order, mug)
        self._assert_settled(order, 5.0)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_an_item_that_is_cancelled(self):
        lamp, mug = make_item("LAMP", "20.00", 2), make_item("MUG", "5.00")
        order = self._import(lamp, mug)
        self._invoice(order)
        lamp |= {"quantityOrdered": 0, "_money": ({"ITEM": "0.00"}, None)}
        self._again(order, lamp, mug)
        self._again(order, lamp, mug)
        self._assert_settled(order, 5.0)
        # It comes back, in another number.
        lamp |= {"quantityOrdered": 3, "_money": ({"ITEM": "36.00"}, None)}
        self._again(order, lamp, mug)
        self._assert_settled(order, 41.0)

    def test_an_item_that_is_reduced(self):
        lamp = make_item("LAMP", "30.00", 3)
        order = self._import(lamp)
        self._invoice(order)
        lamp |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self._again(order, lamp)
        self.assertEqual(len(order.order_line), 1)
        self.assertEqual(sum(order.picking_ids.move_ids.mapped("product_uom_qty")), 2)
        self._assert_settled(order, 20.0)

    # A1: a discount of Odoo's pricelist has no say in what is credited either.
    def test_a_pricelist_with_discounts(self):
        user = self.env.ref("base.user_root")
        user.group_ids |= self.env.ref("sale.group_discount_per_so_line")
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.germany.pricelist_id.id,
                "compute_price": "percentage",
                "percent_price": 50,
                "min_quantity": 2,
                "applied_on": "3_global",
            }
        )
        self.mug.list_price = self.lamp.list_price = 100.0
        lamp, mug = make_item("LAMP", "30.00", 3), make_item("MUG", "10.00")
        order = self._import(lamp, mug)
        mug |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self._again(order, lamp, mug)
        self._assert_settled(order, 50.0)
        lamp |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self._again(order, lamp, mug)
        self._assert_settled(order, 40.0)
        self._again(order, mug)
        self._assert_settled(order, 20.0)
        # Nor when a person corrects a quantity.
        second = self._import(make_item("LAMP", "30.00", 3))
        second.order_line.product_uom_qty = 2
        self.assertEqual(second.amount_total, 20.0)

    # A promotion is for all units: half of the goods have half of it.
    def test_an_item_with_a_promotion_that_is_reduced(self):
        lamp = make_item("LAMP", "20.00", 2, charges={"DISCOUNT": "-5.00"})
        order = self._import(lamp)
        self._invoice(order)
        lamp |= {
            "quantityOrdered": 1,
            "_money": ({"ITEM": "10.00", "DISCOUNT": "-2.50"}, None),
        }
        self._again(order, lamp)
        self.assertEqual(self._lines(order, "correction").price_unit, 2.5)
        self._assert_settled(order, 7.5)
        # And again, after the credit.
        lamp |= {"_money": ({"ITEM": "9.00", "DISCOUNT": "-2.00"}, None)}
        self._again(order, lamp)
        self._again(order, lamp)
        self.assertEqual(len(self._lines(order, "correction")), 2)
        self._assert_settled(order, 7.0)
        # What was corrected and is not invoiced yet follows.
        for price in ("8.00", "11.00"):
            lamp |= {"_money": ({"ITEM": price, "DISCOUNT": "-2.00"}, None)}
            self._again(order, lamp)
        self.assertEqual(len(self._lines(order, "correction")), 3)
        self._assert_settled(order, 9.0)

    # Every tax has its own correction.
    def test_a_correction_of_two_taxes(self):
        self.mug.taxes_id = False
        reduced = self._create_tax(7.0)
        lamp = make_item("LAMP", "119.00", tax="19.00")
        mug = make_item("MUG", "107.00", tax="7.00")
        order = self._import(lamp, mug)
        self.assertIn(reduced, order.order_line.tax_ids)
        self._invoice(order)
        lamp |= {"_money": ({"ITEM": "59.50"}, {"ITEM": "9.50"})}
        mug |= {"_money": ({"ITEM": "53.50"}, {"ITEM": "3.50"})}
        self._again(order, lamp, mug)
        corrections = self._lines(order, "correction")
        self.assertEqual(sorted(corrections.mapped("price_unit")), [-59.5, -53.5])
        self.assertEqual(order.amount_tax, 13.0)
        self._assert_settled(order, 113.0)

    # Taxes on top, as in America.
    def test_a_correction_of_net_prices(self):
        self.britain.tax_id.price_include_override = "tax_excluded"
        lamp = make_item("LAMP", "100.00", tax="20.00")
        order = self._import(lamp, country="GB")
        self._invoice(order)
        lamp |= {"_money": ({"ITEM": "80.00"}, {"ITEM": "16.00"})}
        self._again(order, lamp, country="GB")
        correction = self._lines(order, "correction")
        self.assertEqual(correction.price_unit, -20.0)
        self.assertEqual(order.amount_tax, 16.0)
        self.assertEqual(order.amount_total, 96.0)
        credit = self._invoice(order)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.amount_total, 24.0)

    # A price that goes back to what is invoiced needs no correction any more.
    def test_a_correction_that_is_taken_back(self):
        lamp = make_item("LAMP", "10.00")
        order = self._import(lamp)
        self._invoice(order)
        for price in ("8.00", "10.00"):
            self._again(order, lamp | {"_money": ({"ITEM": price}, None)})
        self.assertEqual(self._lines(order, "correction").product_uom_qty, 0.0)
        self._assert_settled(order, 10.0)

    # A1: the cent that was invoiced stays, another one evens it out.
    def test_a_rounding_line(self):
        self.env.company.tax_calculation_rounding_method = "round_per_line"
        self.britain.tax_id.write(
            {"amount": 8.875, "price_include_override": "tax_excluded"}
        )
        lamp = make_item("LAMP", "100.00", tax="8.87")
        order = self._import(lamp, country="GB")
        self.assertEqual(order.amount_total, 108.87)
        rounding = self._lines(order, "rounding")
        self.assertAlmostEqual(rounding.price_unit, -0.01)
        self._invoice(order)
        lamp |= {"_money": ({"ITEM": "100.00"}, {"ITEM": "8.88"})}
        self._again(order, lamp, country="GB")
        self.assertEqual(order.amount_total, 108.88)
        self.assertEqual(rounding.product_uom_qty, 1.0)
        self.assertEqual(len(self._lines(order, "rounding")), 2)
        self.assertAlmostEqual(order.acorn_amazon_rounding, 0.0)
        self.assertAlmostEqual(self._invoice(order).amount_total, 0.01)
        self.assertEqual(order.invoice_status, "invoiced")
        # And back.
        lamp |= {"_money": ({"ITEM": "100.00"}, {"ITEM": "8.87"})}
        for _time in range(2):
            self._again(order, lamp, country="GB")
        self.assertEqual(order.amount_total, 108.87)
        self.assertAlmostEqual(self._invoice(order).amount_total, 0.01)
        self.assertEqual(len(order.invoice_ids), 3)


@tagged("post_install", "-at_install")
class TestChosenByHand(KeptCase):
    """What a person chose stays until Amazon says something new."""

    def setUp(self):
        super().setUp()
        self.item = make_item("LAMP", "119.00", charges={"SHIPPING": "11.90"})
        self.order = self._import(self.item)
        self.chosen = self.env["account.fiscal.position"].create({"name": "By hand"})

    def _choose(self, taxes, **values):
        self.order.fiscal_position_id = self.chosen
        self._lines(self.order).write({"tax_ids": [Command.set(taxes.ids)], **values})

    # A1: every order gets such a document when it is shipped.
    def test_a_tax_and_a_fiscal_position(self):
        zero = self._create_tax(0.0)
        self._choose(zero)
        document = self._again(self.order, self.item, status="SHIPPED")
        self.assertEqual(self.order.fiscal_position_id, self.chosen)
        self.assertEqual(self._lines(self.order).tax_ids, zero)
        self.assertEqual(self._lines(self.order, "shipping").tax_ids.amount, 19.0)
        self.assertEqual(self.order.amount_total, 130.9)
        self.assertIn("by hand", document.decisions_text)
        # Also when Amazon says something else of the item.
        self.item |= {
            "quantityOrdered": 2,
            "_money": ({"ITEM": "200.00", "SHIPPING": "11.90"}, None),
        }
        self._again(self.order, self.item, status="SHIPPED")
        self.assertEqual(self.order.fiscal_position_id, self.chosen)
        self.assertEqual(self._lines(self.order).tax_ids, zero)
        self.assertEqual(self.order.amount_total, 211.9)
        self.assertTrue(self.order.acorn_amazon_agrees)

    # The buyer has paid so much: a tax on top is no reason to charge more.
    def test_a_tax_on_top(self):
        tax = self._create_tax(25.0, price_include_override="tax_excluded")
        self._choose(tax, price_unit=95.2)
        self._again(self.order, self.item)
        self.assertEqual(self._lines(self.order).tax_ids, tax)
        self.assertEqual(self._lines(self.order).price_unit, 95.2)
        self.assertEqual(self.order.amount_total, 130.9)
        self._choose(tax, price_unit=119.0)
        self._again(self.order, self.item)
        self.assertEqual(self.order.amount_total, 130.9)
        self.assertFalse(self._lines(self.order, "rounding"))

    # Amazon adds the tax to net prices: it is part of what the buyer paid.
    def test_no_tax_on_a_net_price(self):
        self.britain.tax_id.price_include_override = "tax_excluded"
        item = make_item("LAMP", "100.00", tax="20.00")
        order = self._import(item, country="GB")
        order.order_line.tax_ids = False
        for _time in range(2):
            self._again(order, item, country="GB")
            self.assertFalse(order.order_line.tax_ids)
            self.assertEqual(order.amount_total, 120.0)
            self.assertTrue(order.acorn_amazon_tax_differs)

    def test_a_tax_on_what_amazon_remits(self):
        item = make_item("MUG", "119.00", tax="19.00", remitted=True)
        order = self._import(item)
        tax = self._create_tax(7.0)
        order.order_line.tax_ids = tax
        self._again(order, item)
        self.assertEqual(order.order_line.tax_ids, tax)
        self.assertEqual(order.amount_total, 100.0)
        self.assertTrue(order.acorn_amazon_agrees)

    # News: another destination, another tax.
    def test_something_new(self):
        zero = self._create_tax(0.0)
        position, _tax = self._create_position("Austria", 20.0)
        self._choose(zero)
        self._again(self.order, self.item, recipient=AUSTRIA)
        self.assertEqual(self.order.fiscal_position_id, position)
        self.assertEqual(set(self.order.order_line.tax_ids.mapped("amount")), {20.0})

    def test_a_tax_that_amazon_states_at_last(self):
        self._choose(self._create_tax(0.0))
        self.item["_money"] = (
            {"ITEM": "119.00", "SHIPPING": "11.90"},
            {"ITEM": "7.79", "SHIPPING": "0.78"},
        )
        self._again(self.order, self.item)
        self.assertEqual(self._lines(self.order).tax_ids.amount, 7.0)
        # Of the fiscal position nothing new was said.
        self.assertEqual(self.order.fiscal_position_id, self.chosen)

    # After a fix of the setup a document is applied again.
    def test_another_tax_of_the_marketplace(self):
        self.germany.tax_id = self._create_tax(7.0)
        self._documents(self.order.acorn_amazon_order_id).action_retry()
        self._apply()
        self.assertEqual(set(self.order.order_line.tax_ids.mapped("amount")), {7.0})

    # A1: Amazon changed nothing: nothing is charged that a person left out.
    def test_a_discount(self):
        self._lines(self.order).discount = 10.0
        self._again(self.order, self.item)
        self.assertAlmostEqual(self.order.amount_total, 119.0)
        self._invoice(self.order)
        for status in ("PARTIALLY_SHIPPED", "SHIPPED"):
            self._again(self.order, self.item, status=status)
            self.assertFalse(self._lines(self.order, "correction"))
            self.assertAlmostEqual(self.order.amount_total, 119.0)
        self.assertEqual(self.order.invoice_status, "invoiced")

    # It stays where Amazon changes something else, or the tax.
    def test_a_discount_and_something_new(self):
        self._create_position("Austria", 20.0)
        self._lines(self.order).discount = 10.0
        mug = make_item("MUG", "5.00")
        self._again(self.order, self.item, mug, recipient=AUSTRIA)
        self.assertEqual(set(self.order.order_line.mapped("tax_ids.amount")), {20.0})
        self.assertAlmostEqual(self.order.amount_total, 124.0)
        self.assertFalse(self._lines(self.order, "rounding"))
        # A line that Amazon takes off and puts back has Amazon's price.
        self._again(self.order, mug, recipient=AUSTRIA)
        self._again(self.order, self.item, mug, recipient=AUSTRIA)
        self._assert_settled(self.order, 135.9)

    # A1: prices always follow Amazon.
    def test_a_discount_and_another_quantity(self):
        item = make_item("LAMP", "30.00", 3)
        order = self._import(item)
        order.order_line.discount = 10.0
        item |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self._again(order, item)
        self.assertFalse(order.order_line.discount)
        self._assert_settled(order, 20.0)

    # What is invoiced stays; Amazon's change comes on top of it, and no more.
    def test_a_discount_that_is_invoiced_and_another_price(self):
        item = make_item("LAMP", "30.00", 3)
        order = self._import(item)
        order.order_line.discount = 10.0
        invoice = self._invoice(order)
        self.assertAlmostEqual(invoice.amount_total, 27.0)
        item |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
        self._again(order, item)
        self.assertAlmostEqual(self._invoice(order).amount_total, 9.0)
        item |= {"_money": ({"ITEM": "16.00"}, None)}
        for _time in range(2):
            self._again(order, item)
            self.assertAlmostEqual(order.amount_total, 14.0)
        self.assertAlmostEqual(self._invoice(order).amount_total, 4.0)

    # An invoice that is taken back settles nothing: Amazon's new price holds.
    def test_a_discount_on_an_invoice_that_is_taken_back(self):
        item = make_item("LAMP", "30.00", 3)
        order = self._import(item)
        order.order_line.discount = 10.0
        invoice = self._invoice(order)
        item |= {"_money": ({"ITEM": "24.00"}, None)}
        self._again(order, item)
        self.assertAlmostEqual(order.amount_total, 21.0)
        invoice._reverse_moves(cancel=True)
        for _time in range(2):
            self._again(order, item)
            self.assertAlmostEqual(order.amount_total, 24.0)

    def _deliver(self, order, quantity):
        for picking in order.picking_ids:
            picking.move_ids.write({"quantity": quantity, "picked": True})
            picking.with_context(skip_sms=True)._action_done()
        self.assertEqual(order.order_line.qty_delivered, quantity)

    # A person sends one more: Amazon took nothing off, and the buyer paid no more.
    def test_one_more_that_is_delivered(self):
        for is_invoiced in (False, True):
            item = make_item("LAMP", "30.00", 3)
            order = self._import(item)
            order.order_line.product_uom_qty = 4
            self._deliver(order, 4)
            if is_invoiced:
                self._invoice(order)
            with self.subTest(is_invoiced=is_invoiced):
                for _time in range(2):
                    self._again(order, item, status="SHIPPED")
                    self.assertEqual(order.order_line[0].product_uom_qty, 4)
                    self.assertAlmostEqual(order.amount_total, 30.0)
                self._assert_settled(order, 30.0)
                # What Amazon takes off is told all the same.
                item |= {"quantityOrdered": 2, "_money": ({"ITEM": "20.00"}, None)}
                document = self._again(order, item, state="blocked")
                self.assert_blocked(document, "delivered_more", order_count=1)

    # One more that was not sent is not sent.
    def test_one_more_that_is_not_delivered(self):
        item = make_item("LAMP", "30.00", 3)
        order = self._import(item)
        order.order_line.product_uom_qty = 4
        self._again(order, item)
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self._assert_settled(order, 30.0)

    # Amazon took it off, a person sent it all the same: it costs nothing.
    def test_an_item_that_is_cancelled_and_delivered(self):
        lamp, mug = make_item("LAMP", "30.00", 3), make_item("MUG", "5.00")
        order = self._import(lamp, mug)
        lamp |= {"quantityOrdered": 0, "_money": ({"ITEM": "0.00"}, None)}
        self._again(order, lamp, mug)
        line = order.order_line.filtered(lambda line: line.product_id == self.lamp)
        line.product_uom_qty = 1
        for picking in order.picking_ids.filtered(lambda p: p.state != "cancel"):
            picking.move_ids.filtered(lambda m: m.state != "cancel").picked = True
            picking.with_context(skip_sms=True)._action_done()
        self.assertEqual(line.qty_delivered, 1)
        self._again(order, lamp, mug, status="SHIPPED")
        self.assertEqual(line.product_uom_qty, 1)
        self.assertAlmostEqual(order.amount_total, 5.0)


@tagged("post_install", "-at_install")
class TestQuotationAgain(KeptCase):
    """An order that a person has set to quotation: Odoo would choose anew."""

    def setUp(self):
        super().setUp()
        self.item = make_item("LAMP", "10.00", tax="2.00")
        options = {"country": "GB", "buyer": None, "recipient": None}
        self.order = self._import(self.item, **options)
        self.order._action_cancel()
        self.order.action_draft()

    # A1
    def test_a_buyer_that_comes_later(self):
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "2ND"})
        self.order.warehouse_id = other
        self.order.note = "Leave it with the neighbour"
        company = self.env.company
        company.invoice_terms = "Terms"
        self.env["ir.config_parameter"].set_param("account.use_invoice_terms", True)
        names = [
            name
            for name, field in self.order._fields.items()
            if field.store and field.compute and not field.readonly
        ]
        for name in ("partner_invoice_id", "partner_shipping_id", "fiscal_position_id"):
            names.remove(name)
        self.assertIn("warehouse_id", names)
        before = {name: self.order[name] for name in names}
        self._again(self.order, self.item, country="GB")
        self.assertEqual(self.order.partner_id.email, "ada@marketplace.amazon.de")
        self.assertEqual({name: self.order[name] for name in names}, before)
        self.assertEqual(self.order.currency_id.name, "GBP")
        self.assertEqual(self.order.amount_total, 12.0)

    # A1: 12.00 dollars are not 12.00 pounds.
    def test_another_currency(self):
        dollars = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": self.env.ref("base.USD").id}
        )
        pounds = self.order.pricelist_id
        self.order.pricelist_id = dollars
        self.assertFalse(self.order.acorn_amazon_agrees)
        document = self._again(self.order, self.item, country="GB", state="blocked")
        self.assert_blocked(document, "order_currency_differs", order_count=1)
        for part in ("12.00 GBP", "12.00 USD", self.order.name):
            self.assertIn(part, document.reason)
        self.order.pricelist_id = pounds
        self.assertTrue(self.order.acorn_amazon_agrees)
        document.action_retry()
        self._apply()
        self.assertEqual(document.state, "done")
