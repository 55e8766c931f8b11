"""The screens of orders, documents, tasks and the dashboard, and their buttons."""

import ast
import inspect
import json
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..jobs import (
    acorn_amazon_order_importer,
    acorn_amazon_order_importer_kept,
    order_taxes,
)
from .common import MANAGER_GROUP, USER_GROUP
from .order_documents import make_item, make_order
from .orders_common import OrdersCase

ACTIONS = (
    "acorn_amazon_dashboard_action",
    "acorn_amazon_sale_order_action",
    "acorn_amazon_exchange_action",
    "acorn_amazon_exchange_shadow_action",
    "acorn_amazon_incident_action",
    "acorn_amazon_task_action",
    "acorn_amazon_call_action",
    "acorn_amazon_budget_action",
    "acorn_amazon_flow_action",
)
KINDS = ("hold", "late", "today", "later", "shipped", "amazon", "cancelled")
NOON = "2026-11-20 12:00:00"


def ship_by(moment):
    """The part of an order document that says until when to ship."""
    window = {"earliestDateTime": "2026-11-19T00:00:00Z", "latestDateTime": moment}
    return {
        "fulfillmentStatus": "UNSHIPPED",
        "fulfilledBy": "MERCHANT",
        "shipByWindow": window,
    }


class ScreensCase(OrdersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("amazon_user", USER_GROUP)
        cls.manager = cls._create_user("amazon_manager", MANAGER_GROUP)
        cls.other_company = cls.env["res.company"].create({"name": "Other company"})
        cls.stranger = cls._create_user("stranger", MANAGER_GROUP, cls.other_company)


@tagged("post_install", "-at_install")
class TestScreens(ScreensCase):
    """Every screen opens; the orders and the dashboard show what is due."""

    def test_every_screen_opens_for_users_and_managers(self):
        for login in (self.user, self.manager):
            for name in ACTIONS:
                with self.subTest(user=login.login, action=name):
                    self._open(name, login)

    def _open(self, name, login):
        """Load an action's views and read a page of its records, like the client."""
        action = self.env.ref(f"acorn_amazon_connector.{name}")
        model = self.env[action.res_model].with_user(login)
        views = [(view.view_id.id, view.view_mode) for view in action.view_ids]
        views = views or [(False, mode) for mode in action.view_mode.split(",")]
        views.append((action.search_view_id.id, "search"))
        found = model.get_views(views)["views"]
        for kind in ("list", "kanban"):
            if kind in found:
                names = _field_names(found[kind]["arch"])
                model.search([], limit=5).web_read({name: {} for name in names})

    def test_only_managers_see_documents_in_full(self):
        self._receive(make_order(make_item("LAMP")))
        model = self.env["acorn.amazon.exchange"]
        for login, seen in ((self.user, False), (self.manager, True)):
            view = model.with_user(login).get_views([(False, "form")])["views"]["form"]
            self.assertIs("payload_text" in view["arch"], seen)
        document = model.search([], limit=1)
        self.assertIn("Ada Quill", document.with_user(self.manager).payload_text)
        with self.assertRaises(AccessError):
            document.with_user(self.user).read(["payload_text"])

    # X7, A8: what is promoted for lists and sums names no buyer.
    def test_nothing_promoted_is_personal(self):
        document = self._receive(make_order(make_item("LAMP")))
        values = document.read()[0]
        values.pop("payload_text")
        for word in ("Ada", "Quill", "Lindenallee", "Kassel", "5550101"):
            self.assertNotIn(word, str(values))

    def test_a_warehouse_clerk_sees_the_hold_on_the_delivery(self):
        clerk = self._create_user(
            "clerk", "stock.group_stock_user,base.group_partner_manager"
        )
        order = self._import(make_item("LAMP"))
        order.acorn_amazon_on_hold = True
        picking = order.picking_ids.with_user(clerk)
        arch = picking.get_views([(False, "form")])["views"]["form"]["arch"]
        values = picking.web_read({name: {} for name in _field_names(arch)})[0]
        self.assertTrue(values["acorn_amazon_on_hold"])
        self.assertEqual(values["acorn_amazon_order_id"], order.acorn_amazon_order_id)
        with self.assertRaises(UserError):
            picking.button_validate()

    def test_a_salesman_without_amazon_rights_opens_an_amazon_order(self):
        salesman = self._create_user("salesman", "sales_team.group_sale_salesman")
        order = self._import(make_item("LAMP"))
        order.user_id = salesman
        form = Form(order.with_user(salesman))
        self.assertEqual(form.acorn_amazon_shipping, "later")
        self.assertTrue(form.acorn_amazon_agrees)

    # A26: what Amazon's support needs, and an answer in words.
    def test_calls_answer_in_words(self):
        calls = self.env["acorn.amazon.call"].create(
            [
                {
                    "store_id": self.store.id,
                    "called_at": NOON,
                    "operation": "orders.searchOrders",
                    "status": status,
                }
                for status in (200, 429, 0)
            ]
        )
        self.assertEqual(
            calls.mapped("status_text"), ["200", "429 Too many calls", "No answer"]
        )

    # X8
    def test_budgets_refill_in_words(self):
        budget = self.env["acorn.amazon.budget"].new({"rate": 0.0056})
        self.assertEqual(budget.refill_text, "one every 3 minutes")
        self.assertEqual(budget.new({"rate": 5.0}).refill_text, "5 per second")

    @freeze_time(NOON)
    def test_the_filter_finds_what_the_badge_says(self):
        shipped = {"status": "SHIPPED"}
        payloads = {
            "late": self._payload("2026-11-20T11:00:00Z"),
            "today": self._payload("2026-11-20T18:00:00Z"),
            "later": self._payload("2026-11-23T18:00:00Z"),
            "hold": self._payload("2026-11-20T11:00:00Z"),
            "cancelled": self._payload("2026-11-23T18:00:00Z"),
            "shipped": make_order(make_item("LAMP", shipped=1), **shipped),
            "amazon": make_order(make_item("LAMP", shipped=1), by="AMAZON", **shipped),
        }
        self._receive(*payloads.values())
        orders = {kind: self._order(payload) for kind, payload in payloads.items()}
        orders["hold"].acorn_amazon_on_hold = True
        orders["cancelled"]._action_cancel()
        ours = [("acorn_amazon_store_id", "=", self.store.id)]
        for kind in KINDS:
            self.assertEqual(orders[kind].acorn_amazon_shipping, kind)
            found = self.env["sale.order"].search(
                [*ours, ("acorn_amazon_shipping", "=", kind)]
            )
            self.assertEqual(found, orders[kind], kind)
        others = self.env["sale.order"].search(
            [*ours, ("acorn_amazon_shipping", "not in", ("late", "hold"))]
        )
        self.assertEqual(len(others), len(KINDS) - 2)

    def _payload(self, moment):
        return make_order(make_item("LAMP"), fulfillment=ship_by(moment))

    # A day ends at the clerk's midnight, not at that of Greenwich.
    @freeze_time("2026-11-20 20:00:00")
    def test_today_is_the_users_day(self):
        payload = self._payload("2026-11-21T04:00:00Z")
        self._receive(payload)
        order = self._order(payload)
        for zone, kind in (("UTC", "later"), ("America/Los_Angeles", "today")):
            local = self.env["sale.order"].with_context(tz=zone)
            self.assertEqual(local.browse(order.id).acorn_amazon_shipping, kind)
            domain = [("id", "=", order.id), ("acorn_amazon_shipping", "=", kind)]
            self.assertTrue(local.search(domain), zone)
            self.env.invalidate_all()

    def test_orders_whose_tax_differs_are_found(self):
        payloads = [make_order(make_item("LAMP", "11.90")) for _number in range(2)]
        self._receive(*payloads)
        right, wrong = map(self._order, payloads)
        wrong.write({"acorn_amazon_tax_known": True, "acorn_amazon_tax": 9.9})
        self.assertTrue(wrong.acorn_amazon_tax_differs)
        domain = [("id", "in", (right | wrong).ids)]
        differs = ("acorn_amazon_tax_differs", "=", True)
        orders = self.env["sale.order"]
        self.assertEqual(orders.search([*domain, differs]), wrong)
        self.assertEqual(orders.search([*domain, "!", differs]), right)

    def test_a_total_that_was_changed_by_hand_shows(self):
        order = self._import(make_item("LAMP", "11.90"))
        self.assertTrue(order.acorn_amazon_agrees)
        order.order_line.price_unit = 11.0
        self.assertFalse(order.acorn_amazon_agrees)

    def test_programs_in_words(self):
        order = self._import(make_item("LAMP"), programs=["PRIME", "AMAZON_BUSINESS"])
        self.assertEqual(order.acorn_amazon_program_names, "Amazon Business, Prime")

    @freeze_time(NOON)
    def test_a_card(self):
        self._receive(
            make_order(make_item("VASE")),
            *(
                make_order(make_item("LAMP"), created=f"2026-11-{day:02d}T09:00:00Z")
                for day in (20, 20, 19, 7, 6)
            ),
        )
        store = self.store.with_user(self.user)
        self.assertEqual(store.orders_today, 2)
        values = json.loads(store.orders_graph)[0]["values"]
        counts = [value["value"] for value in values]
        self.assertEqual(counts, [1] + [0] * 11 + [1, 2])
        self.assertEqual([values[0]["label"], values[-1]["label"]], ["7", "20"])
        self.assertEqual(store.blocked_count, 1)
        self.assertEqual(store.incident_count, 1)
        self.assertEqual(store.backlog, 0)
        for action, context, count in (
            ("action_view_amazon_orders", {"search_default_to_ship": 1}, 5),
            ("action_view_documents", {"search_default_decision": 1}, 6),
            ("action_view_incidents", {"search_default_open": 1}, 1),
        ):
            shown = getattr(store.with_context(**context), action)()
            self.assertLessEqual(context.items(), shown["context"].items())
            model = self.env[shown["res_model"]].with_user(self.user)
            self.assertEqual(model.search_count(shown["domain"]), count)
        self.assertEqual(store.to_ship_count, 5)

    def test_the_oldest_success_counts(self):
        self.assertFalse(self.store.last_success)
        now = fields.Datetime.now()
        minutes = {"orders_sweep": 3, "orders_apply": 7}
        for task in self.store.task_ids:
            # A daily flow says nothing about the orders of the last hours.
            age = timedelta(minutes=minutes.get(task.flow_id.code, 1200))
            task.last_success = now - age
        self.store.invalidate_recordset()
        self.assertEqual(self.store.last_success_text, "7 minutes ago")

    def test_a_backlog_and_when_it_is_done(self):
        self._keep(*(make_order(make_item("LAMP")) for _number in range(3)))
        self.assertEqual(self.store.backlog, 3)
        self.assertEqual(self.store.eta_text, "in 1 minute")

    def test_strangers_see_no_card(self):
        model = self.env["acorn.amazon.store"].with_user(self.stranger)
        self.assertFalse(model.search([]))
        with self.assertRaises(AccessError):
            self.store.with_user(self.stranger).read(["orders_graph"])

    def test_an_incident_leads_to_what_helps(self):
        document = self._receive(make_order(make_item("VASE")))
        action = self._incident("blocked_documents").action_open_record()
        self.assertEqual(action["res_model"], "acorn.amazon.exchange")
        found = self.env["acorn.amazon.exchange"].search(action["domain"])
        self.assertIn(document, found)
        incidents = self.env["acorn.amazon.incident"]
        refused = incidents._raise(self.store, "access_denied", "Refused")
        self.assertEqual(refused.action_open_record()["res_id"], self.store.id)
        refused.with_user(self.user).action_close()
        self.assertEqual(refused.state, "closed")


@tagged("post_install", "-at_install")
class TestDocumentScreen(ScreensCase):
    """Documents explain themselves, and one click repairs what stopped them."""

    # X9
    def test_every_tax_rule_has_its_sentence(self):
        rules = set()
        modules = (
            order_taxes,
            acorn_amazon_order_importer,
            acorn_amazon_order_importer_kept,
        )
        for module in modules:
            rules |= _rule_names(ast.parse(inspect.getsource(module)))
        self.assertIn("odoo_tax", rules)
        sentences = self.env["acorn.amazon.exchange"]._get_rule_sentences()
        self.assertFalse(rules - set(sentences))

    # X9
    def test_an_order_is_explained_line_by_line(self):
        self.lamp.name = "Lamp <b>bright</b>"
        document = self._receive(
            make_order(
                make_item("LAMP", "20.00", 2, charges={"SHIPPING": "3.50"}),
            )
        )
        text = document.with_user(self.user).decisions_text
        for part in (
            "A new sales order was created.",
            "Lamp &lt;b&gt;bright&lt;/b&gt;",
            "Shipping",
            "The order must come to",
            "23.50",
            "Amazon does not state the tax of this line",
        ):
            self.assertIn(part, text)
        self.assertNotIn("Quill", text)

    def test_tax_that_amazon_pays_is_explained(self):
        document = self._receive(
            make_order(
                make_item("LAMP", "20.00", tax="4.00", remitted=True), country="GB"
            )
        )
        self.assertIn("Tax that Amazon pays itself", document.decisions_text)
        self.assertEqual(document.remitted_tax, 4.0)
        self.assertEqual(document.odoo_total, 20.0)
        self.assertEqual(document.amazon_total, 24.0)

    # X7: a watched store shows what would be created, and creates nothing.
    def test_a_watched_store(self):
        self.store.action_shadow()
        orders = [
            make_order(make_item("LAMP", "20.00", 2), make_item("MUG")),
            make_order(make_item("LAMP", "8.00"), country="GB"),
            make_order(make_item("VASE")),
        ]
        self._receive(*orders)
        self.assertFalse(
            self.env["sale.order"].search(
                [("acorn_amazon_store_id", "=", self.store.id)]
            )
        )
        action = self.store.action_view_shadow()
        documents = self.env[action["res_model"]].search(action["domain"], order="id")
        self.assertRecordValues(
            documents,
            [
                {
                    "outcome": "create",
                    "marketplace_id": self._marketplace("de").id,
                    "odoo_total": 30.0,
                    "line_count": 2,
                    "unit_count": 3,
                    "blocked_sku": False,
                },
                {
                    "outcome": "create",
                    "marketplace_id": self._marketplace("gb").id,
                    "odoo_total": 8.0,
                    "line_count": 1,
                    "unit_count": 1,
                    "blocked_sku": False,
                },
                {
                    "outcome": "unknown_sku",
                    "marketplace_id": False,
                    "odoo_total": 0.0,
                    "line_count": 0,
                    "unit_count": 0,
                    "blocked_sku": "VASE",
                },
            ],
        )
        self.assertEqual(
            [document.currency_id.name for document in documents], ["EUR", "GBP", "EUR"]
        )
        self.assertEqual(documents[2].amazon_total, 10.0)
        self.assertFalse(documents[2].decisions_text)
        self.assertIn("when the store goes live", documents[0].decisions_text)
        self._go_live(action, documents)

    def _go_live(self, action, documents):
        listed = documents.with_context(**action["context"])
        with self.assertRaises(AccessError):
            listed.with_user(self.user).action_store_go_live()
        listed.browse().with_user(self.manager).action_store_go_live()
        self.assertEqual(self.store.state, "live")
        self._apply()
        self.assertEqual(documents[:2].mapped("state"), ["done", "done"])

    # A1: one click maps an SKU, and everything it stopped goes on.
    def test_an_unknown_sku_is_mapped_once(self):
        payloads = [make_order(make_item("VASE")) for _number in range(2)]
        payloads.append(make_order(make_item("JUG")))
        self._receive(*payloads)
        first, second, other = (self._documents(p["orderId"]) for p in payloads)
        wizard = self._map_sku(first, self.user)
        self.assertEqual(wizard.title, "Title of VASE")
        self.assertEqual(wizard.document_count, 2)
        with self.assertRaises(UserError):
            wizard.action_map()
        wizard.product_id = self.mug
        wizard.action_map()
        listing = self.store.listing_ids.filtered(lambda row: row.sku == "VASE")
        self.assertEqual(listing.product_id, self.mug)
        self.assertEqual(listing.match, "manual")
        self.assertEqual((first | second).mapped("state"), ["received"] * 2)
        self.assertEqual(other.state, "blocked")
        self._apply()
        self.assertEqual((first | second).mapped("state"), ["done"] * 2)
        self.assertEqual(self._order(payloads[1]).order_line.product_id, self.mug)

    def test_the_product_of_the_same_asin_is_proposed(self):
        self.env["acorn.amazon.listing"].create(
            {
                "store_id": self.store.id,
                "sku": "LAMP-FBA",
                "asin": "B0ACORN001",
                "product_id": self.lamp.id,
            }
        )
        document = self._receive(make_order(make_item("VASE")))
        self.assertEqual(self._map_sku(document, self.user).product_id, self.lamp)

    def test_strangers_map_nothing(self):
        document = self._receive(make_order(make_item("VASE")))
        with self.assertRaises(AccessError):
            self._map_sku(document, self.stranger)
        wizard = self._map_sku(document, self.user)
        wizard.product_id = self.lamp
        with self.assertRaises(AccessError):
            wizard.with_user(self.stranger).action_map()
        with self.assertRaises(UserError):
            self._receive(make_order(make_item("LAMP"))).action_map_sku()

    def _map_sku(self, document, login):
        action = document.with_user(self.user).action_map_sku()
        wizards = self.env[action["res_model"]].with_user(login)
        return wizards.with_context(**action["context"]).create({})

    # A1: the missing tax is created once, for all orders that waited for it.
    def test_a_missing_tax_is_created(self):
        self._participation("gb").create_missing_taxes = False
        payloads = [
            make_order(make_item("LAMP", price, tax=tax), country="GB")
            for price, tax in (
                ("100.00", "7.00"),
                ("200.00", "14.00"),
                ("10.00", "0.9"),
            )
        ]
        self._receive(*payloads)
        first, second, other = (self._documents(p["orderId"]) for p in payloads)
        self.assertEqual(first.missing_tax_percent, 7.0)
        with self.assertRaises(AccessError):
            first.with_user(self.user).action_create_tax()
        first.with_user(self.manager).action_create_tax()
        self._apply()
        self.assertEqual((first | second).mapped("state"), ["done"] * 2)
        self.assertEqual(other.state, "blocked")
        tax = self._order(payloads[1]).order_line.tax_ids
        self.assertEqual(tax.amount, 7.0)
        self.assertEqual(tax.tax_group_id.name, "Tax 7%")
        self.assertEqual(self._order(payloads[0]).amount_total, 107.0)


def _field_names(arch):
    """Names of the fields of a view, without those of its embedded views."""
    tree = etree.fromstring(arch)
    return {
        node.get("name")
        for node in tree.iter("field")
        if not any(parent.tag == "field" for parent in node.iterancestors())
    }


def _rule_names(tree):
    """Names of tax rules: the second argument of decisions, and ``rule=``."""
    names = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        values = [word.value for word in call.keywords if word.arg == "rule"]
        if getattr(call.func, "id", "") in ("TaxDecision", "KeptTaxes"):
            values += call.args[1:2]
        if getattr(call.func, "id", "") == "LinePlan":
            values += call.args[8:9]
        names |= {v.value for v in values if isinstance(v, ast.Constant)}
    return names
