"""Orders v0 with some of the roles: every order comes, its buyer once it may (A16)."""

from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.orders.test_census import CensusCase
from tests.odoo.orders.test_faults import SEARCH, TASK, FaultCase

PLAIN = ("Inventory and Order Tracking", "Product Listing", "Finance and Accounting")
SHIPPING = "Direct-to-Consumer Shipping (Restricted)"
TAX = "Tax Remittance (Restricted)"
TAX_ROLES = "Tax Invoicing (Restricted), Tax Remittance (Restricted)"
TOKEN = "tokens.createRestrictedDataToken"


class RolesCase:
    def let(self, *roles):
        """Give the application the plain roles and these."""
        client_id = self.simulator.seller("eu")["client_id"]
        change = {"client_id": client_id, "roles": [*PLAIN, *roles]}
        self.simulator.control("applications", change)

    def refusals(self):
        """How many restricted data tokens Amazon has refused."""
        return len(self.simulator.requests(operation=TOKEN, status=400))

    def grow_old(self):
        """Let so much time pass that nothing is read twice by chance."""
        self.refill()
        self.wait(3600)
        self.sync()

    def refill(self):
        """Let Odoo's own budgets be full, as they are after seconds."""
        self.env["acorn.amazon.budget"].search([]).tokens = 10

    def line(self):
        return self.store.preflight_ids.filtered(lambda line: line.operation == TOKEN)

    def check_permissions(self):
        self.refill()
        with self._test_cursors():
            self.store.action_check_permissions()

    def generic_buyer(self):
        participation = self.store.participation_ids.filtered(
            lambda p: p.marketplace_id.country_id.code == "DE"
        )
        return participation.no_pii_partner_id


@needs_simulator
@tagged("standard", "post_install")
class TestOlderInterface(RolesCase, FaultCase):
    def setUp(self):
        super().setUp()
        self.simulator.fault("access_denied", operation=SEARCH)

    def assert_anonymous(self):
        """All orders are here, on the generic buyer."""
        self.assert_all_here()
        for order in self.orders().values():
            self.assertEqual(order.partner_id, self.generic_buyer())
            self.assertEqual(order.partner_invoice_id, self.generic_buyer())

    def assert_complete(self):
        """All orders are here, on their buyers, with their addresses."""
        self.assert_all_here()
        for order in self.orders().values():
            self.assertEqual(order.partner_id.email, "ada@marketplace.amazon.de")
            self.assertEqual(order.partner_invoice_id, order.partner_id)
            self.assertEqual(order.partner_shipping_id.city, "Kassel")
            self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)
            self.assertEqual(len(order.picking_ids), 1)
        self.assertEqual(
            set(self.documents().mapped("state")) - {"superseded"}, {"done"}
        )

    # A16, A20: the address without the buyer; the owner learns which role is missing.
    def test_without_a_tax_role(self):
        self.let(SHIPPING)
        self.assert_anonymous()
        for order in self.orders().values():
            self.assertEqual(order.partner_shipping_id.city, "Kassel")
            self.assertEqual(order.partner_shipping_id.name, "Ada Quill")
        self.assertFalse(self.sweep.failure_count)
        self.assertTrue(self.sweep.page["v0_until"])
        self.assertFalse(self.incident("access_denied"))
        self.assertEqual((self.line().state, self.line().roles), ("denied", TAX_ROLES))
        incident = self.incident("buyer_data_refused")
        self.assertIn(TAX_ROLES, incident.details)
        self.assertIn("requested data elements", incident.details)
        self.assertEqual(incident.activity_ids.user_id, self.owner)

    # A16: what Amazon says of an order matters more than who bought it.
    def test_without_any_restricted_role(self):
        self.let()
        self.assert_anonymous()
        self.assertEqual(self.line().roles, f"{SHIPPING}\n{TAX_ROLES}")
        truths = self.truths()
        for order_id, order in self.orders().items():
            self.assert_total(order, truths[order_id])

    def test_without_the_shipping_role(self):
        self.let(TAX)
        self.assert_all_here()
        self.assertEqual(self.line().roles, SHIPPING)
        for order in self.orders().values():
            self.assertEqual(order.partner_id.email, "ada@marketplace.amazon.de")

    # A21: what is refused is asked for once, not with every page and order.
    def test_refused_once(self):
        self.let(SHIPPING)
        self.assert_anonymous()
        # All parts at once, then two of the three one by one.
        self.assertEqual(self.refusals(), 3)
        self.payloads.append(make_order(make_item(self.sku)))
        self.place("eu", self.payloads[-1])
        self.assert_anonymous()
        self.assertEqual(self.refusals(), 3)
        self.assertEqual(self.incident("buyer_data_refused").occurrences, 1)

    # A21: no answer while parts are tried means nothing about them.
    def test_no_answer_while_parts_are_tried(self):
        self.let(SHIPPING)
        self.simulator.fault("throttle", operation=TOKEN, after=2, times=1)
        self.sync()
        self.assertEqual(self.sweep.state, "parked")
        self.assertFalse(self.line().withheld)
        self.simulator.fault("server_error", operation=TOKEN, after=1, times=1)
        self.refill()
        with self.assertLogs(TASK, "WARNING"):
            self.sync()
        self.assertFalse(self.line().withheld)
        self.assert_anonymous()
        self.assertEqual(self.line().roles, TAX_ROLES)

    # A21: trying the parts takes as long as the limit says, and comes to an end.
    def test_a_budget_that_is_nearly_used_up(self):
        self.let(SHIPPING)
        self.check_permissions()
        budgets = self.env["acorn.amazon.budget"].search([("operation", "=", TOKEN)])
        budgets.write({"tokens": 0, "refilled_at": fields.Datetime.now()})
        self.sync()
        self.assertTrue(self.line().learned_at)
        self.refill()
        self.assert_anonymous()
        self.assertEqual(self.refusals(), 4)

    # A16: what was tried before the older interface was needed is told then.
    def test_permissions_that_were_checked_before(self):
        self.let(SHIPPING)
        self.check_permissions()
        self.assertEqual(self.line().roles, TAX_ROLES)
        self.assertFalse(self.incident("buyer_data_refused"))
        self.assert_anonymous()
        self.assertTrue(self.incident("buyer_data_refused"))

    # A1, A16: orders that Amazon does not touch again get their buyers all the same.
    def test_a_role_that_comes_and_is_checked(self):
        self.let()
        self.assert_anonymous()
        self.grow_old()
        self.let(SHIPPING, TAX)
        self.check_permissions()
        self.assertEqual(self.line().state, "allowed")
        self.assertFalse(self.incident("buyer_data_refused"))
        self.assert_complete()

    def test_a_role_that_comes_with_an_authorisation(self):
        self.let()
        self.assert_anonymous()
        self.grow_old()
        self.let(SHIPPING, TAX)
        self.store.refresh_token = self.simulator.seller("eu")["refresh_token"]
        self.assert_complete()
        self.assertEqual(self.line().state, "allowed")
        self.assertFalse(self.incident("buyer_data_refused"))

    # A21: Amazon is asked again some day, without a person.
    def test_a_role_that_nobody_tells(self):
        self.let(SHIPPING)
        self.assert_anonymous()
        self.grow_old()
        self.let(SHIPPING, TAX)
        self.assert_anonymous()
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            self.sync()
        self.assert_complete()

    def test_a_role_that_goes(self):
        self.assert_complete()
        self.let()
        self.payloads.append(make_order(make_item(self.sku)))
        self.place("eu", self.payloads[-1])
        self.assert_all_here()
        order = self.order(self.payloads[-1]["orderId"])
        self.assertEqual(order.partner_id, self.generic_buyer())
        self.assertTrue(self.incident("buyer_data_refused"))

    # A1: what has left needs no buyer any more.
    def test_what_has_left_stays_as_it_is(self):
        self.let()
        self.assert_anonymous()
        order = self.order(self.payloads[0]["orderId"])
        picking = order.picking_ids
        picking.move_ids.picked = True
        picking.button_validate()
        self.let(SHIPPING, TAX)
        self.check_permissions()
        self.assert_all_here()
        self.assertEqual(order.partner_id, self.generic_buyer())

    # A1, A16: gift wrap is withheld as well: nothing is booked that does not add up.
    def test_gift_wrap_that_is_withheld(self):
        item = make_item(self.sku, "10.00", charges={"GIFT_WRAP": "3.00"})
        self.payloads = [make_order(item)]
        self.place("eu", *self.payloads)
        order_id = self.payloads[0]["orderId"]
        self.let(SHIPPING)
        self.sync()
        document = self.documents(order_id)
        self.assertEqual(document.reason_code, "totals_do_not_balance")
        self.assertIn("gift wrap", document.reason)
        self.grow_old()
        self.let(SHIPPING, TAX)
        self.check_permissions()
        self.sync()
        self.assertEqual(self.order(order_id).amount_total, 13.0)
        self.assertEqual(document.state, "superseded")

    # A16: the newer interface needs no token for what the older one withheld.
    def test_the_newer_interface_again(self):
        self.let()
        self.assert_anonymous()
        self.grow_old()
        self.let(SHIPPING, TAX)
        self.simulator.heal()
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            self.sync()
        self.assertFalse(self.incident("api_fallback"))
        self.assertFalse(self.incident("buyer_data_refused"))
        self.assert_complete()


@needs_simulator
@tagged("standard", "post_install")
class TestNewerInterface(RolesCase, FaultCase):
    # A1: a new role needs a new authorisation, and that completes what came before.
    def test_a_role_that_comes_with_an_authorisation(self):
        self.let()
        self.assert_all_here()
        orders = self.orders().values()
        for order in orders:
            self.assertEqual(order.partner_id, self.generic_buyer())
        self.grow_old()
        self.let(SHIPPING, TAX)
        self.sync()
        self.assertEqual(len(self.documents()), len(self.payloads))
        self.store.refresh_token = self.simulator.seller("eu")["refresh_token"]
        self.sync()
        for order in orders:
            self.assertEqual(order.partner_id.email, "ada@marketplace.amazon.de")
            self.assertEqual(order.partner_shipping_id.city, "Kassel")


@needs_simulator
@tagged("standard", "post_install")
class TestCensusInOlderInterface(RolesCase, CensusCase):
    # A15, A16: an order that is fetched alone comes without its buyer too.
    def test_without_a_tax_role(self):
        self.buy()
        self.let(SHIPPING)
        hidden = [
            make_order(make_item(next(iter(self.products)), "30.00")) for _n in range(3)
        ]
        for payload in hidden:
            self.slip_in(payload)
        self.simulator.fault("access_denied", operation="orders.getOrder")
        census = self.take_census(rounds=3)
        ids = {payload["orderId"] for payload in hidden}
        self.assertEqual(set(census.fetched.split()), ids)
        self.assertFalse(census.missing_count)
        for order_id in ids:
            order = self.order(order_id)
            self.assertEqual(order.partner_id, self.generic_buyer())
            self.assertEqual(order.partner_shipping_id.city, "Kassel")
        self.assertEqual(self.refusals(), 3)
        self.assertEqual((self.line().state, self.line().roles), ("denied", TAX_ROLES))
