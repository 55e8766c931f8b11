"""Who bought and where it goes (A1, B29)."""

from odoo.tests import tagged

from .order_documents import make_address, make_item, make_order
from .orders_common import OrdersCase


def registration(number, **more):
    """The tax number of a business buyer, as Amazon sends it."""
    entry = {
        "entityType": "BUYER",
        "taxRegistrationType": "VAT",
        "taxRegistrationNumber": number,
    }
    return {"taxRegistrations": [entry | more]}


@tagged("post_install", "-at_install")
class TestBuyers(OrdersCase):
    # A1
    def test_buyer_and_address(self):
        order = self._import()
        self.assertRecordValues(
            order.partner_id,
            [
                {
                    "name": "Ada Quill",
                    "email": "ada@marketplace.amazon.de",
                    "company_id": self.store.company_id.id,
                    "is_company": False,
                }
            ],
        )
        self.assertRecordValues(
            order.partner_shipping_id,
            [
                {
                    "parent_id": order.partner_id.id,
                    "type": "delivery",
                    "street": "Lindenallee 7",
                    "city": "Kassel",
                    "zip": "34117",
                    "country_code": "DE",
                }
            ],
        )
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)

    # Odoo would call the contact "Ada Quill, Ada Quill".
    def test_a_name_is_not_repeated(self):
        order = self._import()
        self.assertEqual(order.partner_shipping_id.name, "Ada Quill")
        self.assertEqual(order.partner_shipping_id.display_name, "Ada Quill")
        slip = self.env["ir.actions.report"]._render_qweb_html(
            "stock.action_report_delivery", order.picking_ids.ids
        )[0]
        text = slip.decode()
        self.assertIn("Ada Quill", text)
        self.assertNotIn("Ada Quill, Ada Quill", text)

    def test_a_parcel_for_somebody_else(self):
        address = make_address(name="Bo Quill")
        order = self._import(recipient={"deliveryAddress": address})
        self.assertEqual(order.partner_shipping_id.display_name, "Ada Quill, Bo Quill")

    def test_the_same_buyer_again(self):
        first = self._import()
        second = self._import()
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertEqual(second.partner_shipping_id, first.partner_shipping_id)

    def test_the_same_buyer_twice_in_one_batch(self):
        payloads = [make_order(make_item("LAMP")) for _number in range(3)]
        self._receive(*payloads)
        orders = self._order(payloads[0]) | self._order(payloads[2])
        self.assertEqual(len(orders), 2)
        self.assertEqual(len(orders.partner_id), 1)
        self.assertEqual(len(orders.partner_shipping_id), 1)

    def test_the_same_buyer_elsewhere(self):
        first = self._import()
        address = make_address(addressLine1="Büro, Hof 3")
        second = self._import(recipient={"deliveryAddress": address})
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertNotEqual(second.partner_shipping_id, first.partner_shipping_id)

    # Two people may have one name; one person's parcel must not go to the other.
    def test_namesakes_stay_apart(self):
        first = self._import()
        other = {"buyerName": "Ada Quill", "buyerEmail": "other@marketplace.amazon.de"}
        second = self._import(buyer=other)
        self.assertNotEqual(second.partner_id, first.partner_id)

    # A guest without e-mail still gets the parcel.
    def test_a_guest_without_mail(self):
        order = self._import(buyer={"buyerName": "Guest"})
        self.assertEqual(order.partner_id, self._participation("de").no_pii_partner_id)
        self.assertEqual(order.partner_shipping_id.name, "Ada Quill")
        self.assertEqual(order.picking_ids.partner_id.street, "Lindenallee 7")
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_two_guests_at_two_addresses(self):
        orders = [
            self._import(
                buyer=None, recipient={"deliveryAddress": make_address(name=name)}
            )
            for name in ("One", "Two")
        ]
        self.assertEqual(orders[0].partner_id, orders[1].partner_id)
        names = [order.partner_shipping_id.name for order in orders]
        self.assertEqual(names, ["One", "Two"])

    def test_no_address_at_all(self):
        order = self._import(buyer=None, recipient=None)
        self.assertEqual(order.partner_id, order.partner_shipping_id)
        self.assertEqual(order.state, "sale")

    # X13: with this setting no buyer is written anywhere.
    def test_no_buyer_data(self):
        self.store.keep_no_pii = True
        order = self._import()
        generic = self._participation("de").no_pii_partner_id
        self.assertEqual(order.partner_id | order.partner_shipping_id, generic)
        self.assertFalse(generic.street)
        found = self.env["res.partner"].search([("name", "ilike", "Ada Quill")])
        self.assertFalse(found)
        later = make_address(addressLine1="Anderswo 2")
        payload = make_order(
            make_item("LAMP", item_id=order.order_line.acorn_amazon_order_item_id),
            order_id=order.acorn_amazon_order_id,
            recipient={"deliveryAddress": later},
            updated="2026-11-20T12:00:00Z",
        )
        self._receive(payload)
        self.assertEqual(order.partner_shipping_id, generic)

    def test_a_generic_buyer_that_a_person_chose(self):
        chosen = self.env["res.partner"].create({"name": "Amazon customers"})
        self._participation("de").no_pii_partner_id = chosen
        self.store.keep_no_pii = True
        self.assertEqual(self._import().partner_id, chosen)

    def _update(self, order, **options):
        """Receive a later version of an order of one lamp.

        :return: its document
        """
        payload = make_order(
            make_item("LAMP", item_id=order.order_line.acorn_amazon_order_item_id),
            order_id=order.acorn_amazon_order_id,
            **{"updated": "2026-11-20T12:00:00Z"} | options,
        )
        document = self._receive(payload)[-1]
        self.assertEqual(document.state, "done", document.reason)
        return document

    # A1: Amazon shows buyer and address later; the goods are still here.
    def test_a_buyer_that_comes_later(self):
        order = self._import(buyer=None, recipient=None)
        generic = self._participation("de").no_pii_partner_id
        kept = ("payment_term_id", "user_id", "team_id", "pricelist_id", "name")
        before = [order[name] for name in kept]
        self._update(order)
        self.assertNotEqual(order.partner_id, generic)
        self.assertEqual(order.partner_id.email, "ada@marketplace.amazon.de")
        self.assertEqual(order.partner_invoice_id, order.partner_id)
        self.assertEqual(order.partner_shipping_id.street, "Lindenallee 7")
        self.assertEqual(order.partner_shipping_id.parent_id, order.partner_id)
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)
        self.assertEqual(
            order.picking_ids.move_ids.partner_id, order.picking_ids.partner_id
        )
        self.assertEqual([order[name] for name in kept], before)
        self.assertFalse(order.activity_ids | order.picking_ids.activity_ids)

    def test_an_address_that_comes_later(self):
        order = self._import(recipient=None)
        buyer = order.partner_id
        self.assertEqual(order.partner_shipping_id, buyer)
        self._update(order)
        self.assertEqual(order.partner_id, buyer)
        self.assertEqual(order.partner_shipping_id.street, "Lindenallee 7")
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)

    def test_the_address_of_a_guest_that_comes_later(self):
        order = self._import(buyer=None, recipient=None)
        generic = order.partner_id
        self._update(order, buyer=None)
        self.assertEqual(order.partner_id, generic)
        self.assertEqual(order.partner_shipping_id.parent_id, generic)
        self.assertEqual(order.picking_ids.partner_id.street, "Lindenallee 7")
        # And the mail of the guest, later still.
        self._update(order, updated="2026-11-20T13:00:00Z")
        self.assertEqual(order.partner_id.email, "ada@marketplace.amazon.de")
        self.assertEqual(order.partner_shipping_id.parent_id, order.partner_id)
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)

    def test_an_address_that_comes_after_the_goods_have_left(self):
        order = self._import(buyer=None, recipient=None)
        order.picking_ids.button_validate()
        self.assertEqual(order.delivery_status, "full")
        before = order.partner_id | order.partner_shipping_id
        self._update(order)
        self.assertEqual(order.partner_id | order.partner_shipping_id, before)

    # What left stays where it went; what is still here follows.
    def test_an_address_that_comes_between_two_parcels(self):
        order = self._import(make_item("LAMP", quantity=2), buyer=None, recipient=None)
        first = order.picking_ids
        first.move_ids.quantity = 1
        first.move_ids.picked = True
        first.with_context(skip_backorder=True).button_validate()
        went_to = first.partner_id
        second = order.picking_ids - first
        self.assertTrue(second)
        item_id = order.order_line.acorn_amazon_order_item_id
        item = make_item("LAMP", quantity=2, item_id=item_id)
        payload = make_order(
            item,
            order_id=order.acorn_amazon_order_id,
            updated="2026-11-20T12:00:00Z",
        )
        self.assertEqual(self._receive(payload)[-1].state, "done")
        self.assertEqual(first.partner_id, went_to)
        self.assertEqual(second.partner_id.street, "Lindenallee 7")

    def test_a_buyer_that_a_person_chose(self):
        order = self._import(buyer=None, recipient=None)
        chosen, ship_to = self.env["res.partner"].create(
            [{"name": "Known customer"}, {"name": "Known place", "type": "delivery"}]
        )
        order.write(
            {
                "partner_id": chosen.id,
                "partner_invoice_id": chosen.id,
                "partner_shipping_id": ship_to.id,
            }
        )
        self._update(order)
        self.assertEqual(order.partner_id, chosen)
        self.assertEqual(order.partner_invoice_id, chosen)
        self.assertEqual(order.partner_shipping_id, ship_to)

    # Also when it is a contact that Amazon once gave, or the buyer.
    def test_a_place_that_a_person_chose(self):
        other = make_address(addressLine1="Anderswo 2")
        known = self._import(recipient={"deliveryAddress": other})
        order = self._import()
        chosen = known.partner_shipping_id, order.partner_id
        for hour, ship_to in enumerate(chosen, start=10):
            order.partner_shipping_id = ship_to
            self._update(order, updated=f"2026-11-20T{hour}:00:00Z")
            self.assertEqual(order.partner_shipping_id, ship_to)

    # What is in the books stays as it is there.
    def test_an_invoice_that_came_before_the_buyer(self):
        order = self._import(buyer=None, recipient=None)
        generic = order.partner_id
        self.lamp.invoice_policy = "order"
        order._create_invoices()
        self._update(order)
        self.assertEqual(order.partner_id | order.partner_invoice_id, generic)
        self.assertEqual(order.picking_ids.partner_id.street, "Lindenallee 7")

    # Part of an address, as Amazon shows it without the role, is no new address.
    def test_an_address_without_a_street(self):
        order = self._import()
        address = order.partner_shipping_id
        partly = make_address(name=None, addressLine1=None, phone=None)
        self._update(order, recipient={"deliveryAddress": partly})
        self.assertEqual(order.partner_shipping_id, address)

    def _create_austrian_position(self):
        tax = self._participation("de").tax_id
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Austria",
                "auto_apply": True,
                "country_id": self.env.ref("base.at").id,
            }
        )
        tax.copy(
            {
                "name": "VAT 20 %",
                "amount": 20.0,
                "fiscal_position_ids": position.ids,
                "original_tax_ids": tax.ids,
            }
        )
        return position

    # A1: the destination decides the tax, whenever it becomes known.
    def test_the_fiscal_position_of_a_later_address(self):
        position = self._create_austrian_position()
        order = self._import(buyer=None, recipient=None)
        self.assertFalse(order.fiscal_position_id)
        self.assertEqual(order.order_line.tax_ids.amount, 19.0)
        address = make_address(countryCode="AT")
        self._update(order, recipient={"deliveryAddress": address})
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.order_line.tax_ids.amount, 20.0)
        # Amazon hides the address some weeks later: it was Austria all the same.
        self._update(order, recipient=None, updated="2026-11-20T13:00:00Z")
        self.assertEqual(order.fiscal_position_id, position)
        self.assertEqual(order.order_line.tax_ids.amount, 20.0)

    def test_the_fiscal_position_of_an_invoiced_order(self):
        self._create_austrian_position()
        order = self._import(buyer=None, recipient=None)
        self.lamp.invoice_policy = "order"
        order._create_invoices()
        address = make_address(countryCode="AT")
        self._update(order, recipient={"deliveryAddress": address})
        self.assertFalse(order.fiscal_position_id)
        self.assertEqual(order.order_line.tax_ids.amount, 19.0)
        self.assertEqual(order.amount_tax, order.invoice_ids.amount_tax)

    # Odoo would choose anew for the new address.
    def test_the_fiscal_position_that_a_marketplace_prescribes(self):
        self._create_austrian_position()
        fixed = self.env["account.fiscal.position"].create({"name": "Always"})
        self._participation("de").fiscal_position_id = fixed
        order = self._import()
        address = make_address(countryCode="AT")
        self._update(order, recipient={"deliveryAddress": address})
        self.assertEqual(order.partner_shipping_id.country_code, "AT")
        self.assertEqual(order.fiscal_position_id, fixed)

    # A person's correction is for the order at hand, never undone for its address.
    def test_an_address_that_a_person_corrected(self):
        order = self._import()
        contact = order.partner_shipping_id
        contact.street = "Lindenallee 7a"
        self._update(order)
        self.assertEqual(order.partner_shipping_id, contact)
        self.assertEqual(order.picking_ids.partner_id.street, "Lindenallee 7a")
        # The next order to this address goes where Amazon says.
        second = self._import()
        self.assertEqual(second.partner_id, order.partner_id)
        self.assertEqual(second.partner_shipping_id.street, "Lindenallee 7")
        self.assertEqual(self._import().partner_shipping_id, second.partner_shipping_id)
        self._update(order, updated="2026-11-20T13:00:00Z")
        self.assertEqual(order.partner_shipping_id, contact)
        # Another address at Amazon is news, and ends the correction.
        other = make_address(addressLine1="Anderswo 2")
        self._update(
            order,
            recipient={"deliveryAddress": other},
            updated="2026-11-20T14:00:00Z",
        )
        self.assertEqual(order.partner_shipping_id.street, "Anderswo 2")
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)

    # Saving a form without a change, or a note, is no correction.
    def test_a_contact_that_a_person_only_looked_at(self):
        order = self._import()
        contact = order.partner_shipping_id
        contact.write({"street": contact.street, "comment": "Rings twice"})
        contact.write({"country_id": contact.country_id.id, "street2": False})
        self.assertEqual(self._import().partner_shipping_id, contact)

    # B29
    def test_a_business_with_a_vat_number(self):
        buyer = {
            "buyerName": "Ada Quill",
            "buyerEmail": "office@marketplace.amazon.de",
            "buyerCompanyName": "Quill GmbH",
            "buyerPurchaseOrderNumber": "PO 4711",
        }
        order = self._import(
            buyer=buyer, programs=["AMAZON_BUSINESS"], tax=registration("DE136695976")
        )
        self.assertEqual(order.partner_id.name, "Quill GmbH")
        self.assertTrue(order.partner_id.is_company)
        self.assertEqual(order.partner_id.vat, "DE136695976")
        self.assertTrue(order.acorn_amazon_is_business)
        self.assertEqual(order.client_order_ref, "PO 4711")

    def test_a_vat_number_that_is_none(self):
        buyer = {"buyerEmail": "b@marketplace.amazon.de", "buyerName": "B"}
        for number in ("DE136695977", "12", "??"):
            order = self._import(
                buyer=buyer
                | {"buyerEmail": f"{ord(number[-1])}@marketplace.amazon.de"},
                tax=registration(number),
            )
            with self.subTest(number):
                self.assertFalse(order.partner_id.vat)
                self.assertIn(number, str(order.partner_id.comment))

    def test_a_business_that_tells_its_number_later(self):
        first = self._import(programs=["AMAZON_BUSINESS"])
        self.assertFalse(first.partner_id.vat)
        second = self._import(tax=registration("DE136695976"))
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertEqual(second.partner_id.vat, "DE136695976")

    # A3: addresses of every country, and of none that Odoo knows.
    def test_states_and_districts(self):
        address = make_address(
            countryCode="US", stateOrRegion="TX", districtOrCounty="Travis"
        )
        order = self._import(recipient={"deliveryAddress": address})
        shipping = order.partner_shipping_id
        self.assertEqual(shipping.state_id.code, "TX")
        self.assertIn("Travis", shipping.street2)

    def test_a_state_by_its_name(self):
        address = make_address(countryCode="US", stateOrRegion="new york")
        order = self._import(recipient={"deliveryAddress": address})
        self.assertEqual(order.partner_shipping_id.state_id.code, "NY")

    def test_what_odoo_does_not_know_stays_in_the_text(self):
        address = make_address(
            countryCode="DE",
            stateOrRegion="Atlantis",
            addressLine2="2nd line",
            addressLine3="3rd line",
            companyName="Quill GmbH",
        )
        shipping = self._import(
            recipient={"deliveryAddress": address}
        ).partner_shipping_id
        for part in ("Atlantis", "2nd line", "3rd line", "Quill GmbH"):
            self.assertIn(part, shipping.street2)

    def test_an_unknown_country(self):
        address = make_address(countryCode="XX")
        order = self._import(recipient={"deliveryAddress": address})
        self.assertFalse(order.partner_shipping_id.country_id)
        self.assertEqual(order.partner_shipping_id.street, "Lindenallee 7")

    # Names are text, whatever they look like.
    def test_hostile_names(self):
        name = "<script>alert(1)</script> '; DROP TABLE sale_order;-- 🎁 مرحبا \ud83d"
        address = make_address(name=name, addressLine1="a\x00b")
        order = self._import(recipient={"deliveryAddress": address})
        shipping = order.partner_shipping_id
        self.assertIn("<script>alert(1)</script>", shipping.name)
        self.assertIn("🎁 مرحبا", shipping.name)
        self.assertEqual(shipping.street, "ab")

    # A19: what arrives for one company is never another company's.
    def test_two_companies(self):
        company = self.env["res.company"].create(
            {"name": "Second company", "country_id": self.env.ref("base.de").id}
        )
        self.env.user.company_ids |= company
        self.lamp.company_id = False
        store = self._open_store(
            ("de",), company_id=company.id, seller_id="AOTHERSELLER1"
        )
        payload = make_order(make_item("LAMP"))
        ours = make_order(make_item("LAMP"))
        self._keep(payload, store=store)
        self._receive(ours)
        order, own = self._order(payload), self._order(ours)
        self.assertEqual(
            order.state, "sale", self._documents(payload["orderId"]).reason
        )
        self.assertEqual(order.company_id, company)
        self.assertEqual(order.warehouse_id.company_id, company)
        self.assertEqual(order.picking_ids.company_id, company)
        self.assertEqual(order.partner_id.company_id, company)
        self.assertEqual(own.company_id, self.env.company)
        self.assertNotEqual(order.partner_id, own.partner_id)
        taxes = order.order_line.tax_ids
        self.assertEqual(taxes.company_id or company, company)
