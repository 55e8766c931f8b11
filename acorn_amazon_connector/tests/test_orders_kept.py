"""What an order keeps: what Amazon said once, what is invoiced, what a person chose."""

from odoo import fields
from odoo.tests import tagged

from .order_documents import (
    make_address,
    make_item,
    make_order,
    make_order_v0,
)
from .orders_common import OrdersCase

AUSTRIA = {"deliveryAddress": make_address(countryCode="AT")}
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
