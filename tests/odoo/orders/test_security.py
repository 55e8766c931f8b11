"""Who may see and do what, for every model there is and will be (A19, A27)."""

import inspect

from lxml import etree

from odoo import models
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.acorn_amazon_connector.tests.common import (
    CLIENT_SECRET,
    MANAGER_GROUP,
    REFRESH_TOKEN,
    USER_GROUP,
)
from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)
from odoo.addons.acorn_amazon_connector.tests.orders_common import OrdersCase

ADDON = "odoo.addons.acorn_amazon_connector"
# Odoo's own public methods that we override.
OVERRIDDEN = {"create", "write", "unlink", "copy", "init", "button_validate"}
OVERRIDDEN |= {"message_post_with_source", "default_get", "read", "search"}
OVERRIDDEN |= {"cancel_shipment"}
# Odoo calls the methods of a carrier by these names.
OVERRIDDEN |= {
    f"acorn_amazon_{name}"
    for name in (
        "cancel_shipment",
        "get_tracking_link",
        "rate_shipment",
        "send_shipping",
    )
}
OUTSIDE = ("base.group_portal", "base.group_public", "base.group_user")

# What clerks who ship and count need, whether they use the Amazon app or not.
WAREHOUSE = (
    "acorn.amazon.buy.label",
    "acorn.amazon.carrier",
    "acorn.amazon.fba.",
    "acorn.amazon.inbound.",
    "acorn.amazon.label",
    "acorn.amazon.outbound",
    "acorn.amazon.package",
)


@tagged("standard", "post_install")
class TestSecurity(OrdersCase):
    countries = ("de",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("amazon_user", USER_GROUP)
        cls.manager = cls._create_user("amazon_manager", MANAGER_GROUP)
        cls.employee = cls._create_user("employee")
        cls.salesman = cls._create_user("salesman", "sales_team.group_sale_salesman")
        cls.portal = cls._create_user("portal_buyer", "base.group_portal")
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.stranger = cls._create_user("stranger", MANAGER_GROUP, cls.elsewhere)

    def setUp(self):
        super().setUp()
        payloads = [make_order(make_item("LAMP")), make_order(make_item("VASE"))]
        self._receive(*payloads)
        self.order = self._order(payloads[0])
        with self.enter_registry_test_mode():
            self.env["acorn.amazon.budget"]._gate(self.store)
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO acorn_amazon_call (store_id, company_id, called_at, operation,"
            " status, request_body, response_body) SELECT id, company_id, now(),"
            " 'orders.searchOrders', 500, 'asked', 'answered' FROM acorn_amazon_store"
        )
        self.env.cr.execute(
            "INSERT INTO acorn_amazon_budget (store_id, company_id, operation, rate,"
            " burst, tokens, refilled_at) SELECT id, company_id, 'orders.getOrder',"
            " 1, 1, 1, now() FROM acorn_amazon_store"
        )
        self.env.invalidate_all()

    @property
    def models(self):
        """All models of ours that have a table."""
        return [
            model
            for name, model in sorted(self.env.items())
            if name.startswith("acorn.amazon.") and not model._abstract
        ]

    # A19
    def test_each_model_with_a_company_has_a_rule(self):
        rules = self.env["ir.rule"].search([("groups", "=", False)])
        for model in self.models:
            if "company_id" not in model._fields or model._transient:
                continue
            with self.subTest(model._name):
                own = rules.filtered(lambda r, m=model: r.model_id.model == m._name)
                self.assertTrue(own, "no global rule")
                self.assertIn("company_ids", "".join(own.mapped("domain_force")))
                self.assertTrue(all(own.mapped("perm_read")))

    def test_each_model_has_access_rows_for_our_groups_only(self):
        ours = [self.env.ref(group) for group in (USER_GROUP, MANAGER_GROUP)]
        allowed = set(ours) | {self.env.ref("base.group_system")}
        warehouse = self.env.ref("stock.group_stock_user")
        rows = self.env["ir.model.access"].search([])
        for model in self.models:
            with self.subTest(model._name):
                own = rows.filtered(lambda r, m=model: r.model_id.model == m._name)
                self.assertTrue(own, "no access rows")
                also = {warehouse} if model._name.startswith(WAREHOUSE) else set()
                self.assertLessEqual(set(own.group_id), allowed | also)
                self.assertTrue(all(row.group_id for row in own))

    def test_people_outside_of_the_app(self):
        for user in (self.portal, self.employee, self.salesman):
            for model in self.models:
                with self.subTest(user.login, model=model._name):
                    for right in ("read", "write", "create", "unlink"):
                        self.assertFalse(model.with_user(user).has_access(right))

    # A19: neither by search nor by id, neither to read nor to act.
    def test_another_company(self):
        for model in self.models:
            if "company_id" not in model._fields or model._transient:
                continue
            records = model.search([("company_id", "=", self.env.company.id)])
            foreign = records.with_user(self.stranger)
            with self.subTest(model._name):
                self.assertFalse(
                    model.with_user(self.stranger).search([("id", "in", records.ids)])
                )
                if not records or not model.with_user(self.stranger).has_access("read"):
                    continue
                with self.assertRaises(AccessError):
                    foreign.mapped("display_name")
                    foreign.read(["company_id"])
                for name in self.buttons(model):
                    with self.assertRaises(AccessError, msg=name):
                        getattr(foreign[:1], name)()

    def buttons(self, model):
        """Public methods that change something; not those that only lead elsewhere."""
        return [
            name
            for name, method in inspect.getmembers(type(model), inspect.isfunction)
            if name.startswith("action_")
            and not name.startswith(("action_open", "action_view", "action_store"))
            and self.is_ours(method)
        ]

    # The store whose documents are on screen comes from the browser.
    def test_going_live_with_another_companys_store(self):
        self.store.action_shadow()
        documents = self.env["acorn.amazon.exchange"].with_user(self.stranger)
        documents = documents.with_context(acorn_amazon_store_id=self.store.id)
        with self.assertRaises(AccessError):
            documents.action_store_go_live()
        self.assertEqual(self.store.state, "shadow")

    # A19: who opens a window on a record of another company learns nothing of it.
    def test_windows_on_another_companys_records(self):
        self._prepare_foreign_records()
        self.stranger.group_ids += self.env.ref("stock.group_stock_user")
        tried = set()
        for model in self.windows:
            window = model.with_user(self.stranger).with_company(self.elsewhere)
            if not window.has_access("create"):
                continue
            for name, foreign in self._find_references(model):
                value = [(6, 0, foreign.ids)]
                if model._fields[name].type == "many2one":
                    value = foreign.id
                spec = {field: {} for field in model._fields}
                filled = self._fill(model, name, value)
                doors = {
                    "create": lambda w=window, v=filled: w.create(v),
                    "onchange": lambda w=window, n=name, v=value, s=spec: w.onchange(
                        {n: v}, [n], s
                    ),
                    "default": lambda w=window, n=name, v=value, s=spec: w.with_context(
                        **{f"default_{n}": v}
                    ).onchange({}, [], s),
                }
                for door, enter in doors.items():
                    with self.subTest(model._name, field=name, door=door):
                        self.env.invalidate_all()
                        with self.assertRaises(AccessError):
                            enter()
                tried.add((model._name, name))
        self.assertGreaterEqual(tried, self.leaks)

    # What was found open once.
    leaks = {
        ("acorn.amazon.label.settle", "label_id"),
        ("acorn.amazon.map.sku", "exchange_id"),
        ("acorn.amazon.connect.wizard", "store_id"),
        ("acorn.amazon.buy.label", "label_id"),
        ("acorn.amazon.buy.label", "picking_id"),
    }

    # A19: what a window may show at first it does not show of any other record later.
    def test_a_window_is_not_turned_to_another_companys_record(self):
        assistant = self.env["acorn.amazon.connect.wizard"].with_user(self.stranger)
        assistant = assistant.create({"name": "Mine"})
        with self.assertRaises(AccessError):
            assistant.write({"store_id": self.store.id})

    @property
    def windows(self):
        """Models whose records a person makes only to look at others."""
        stored = self.env["acorn.amazon.connect.wizard"]
        return [stored, *(m for m in self.models if m._transient)]

    def _prepare_foreign_records(self):
        picking = self.order.picking_ids
        parcel = self.env["stock.package"].create({"company_id": self.env.company.id})
        self.env["acorn.amazon.label"].create(
            {
                "picking_id": picking.id,
                "order_id": self.order.id,
                "store_id": self.store.id,
                "company_id": self.env.company.id,
                "parcel_id": parcel.id,
            }
        )
        self.env["acorn.amazon.publication"].create({"store_id": self.store.id})
        self.env["acorn.amazon.listing"].create(
            {"store_id": self.store.id, "sku": "FOREIGN"}
        )
        picking.move_ids.picked = True
        picking.button_validate()
        self.env.flush_all()

    def _find_references(self, model):
        """Fields that hold other records, each with one the stranger may not see."""
        for name, field in model._fields.items():
            wanted = field.type in ("many2one", "many2many") and not field.related
            if not wanted or name in models.MAGIC_COLUMNS:
                continue
            for record in self.env[field.comodel_name].search([], limit=200):
                if not record.with_user(self.stranger).has_access("read"):
                    yield name, record
                    break

    def _fill(self, model, name, value):
        """Values for ``create``: all that must be there, and one of another company."""
        values = {}
        for other, field in model._fields.items():
            if not field.required or field.default or field.compute:
                continue
            if field.type == "selection":
                values[other] = field.get_values(self.env)[0]
            elif field.type in ("char", "text"):
                values[other] = "x"
        values.update({n: r.id for n, r in self._find_references(model) if n != name})
        required = {n for n, f in model._fields.items() if f.required}
        return {n: v for n, v in values.items() if n in required} | {name: value}

    def is_ours(self, method):
        return inspect.unwrap(method).__module__.startswith(ADDON)

    # Every public method can be called over RPC by whoever may read the model.
    def test_what_is_public_is_a_button(self):
        for name, model in sorted(self.env.items()):
            for method_name, method in inspect.getmembers(
                type(model), inspect.isfunction
            ):
                if method_name.startswith(("_", "action_")):
                    continue
                if self.is_ours(method) and method_name not in OVERRIDDEN:
                    with self.subTest(name):
                        self.fail(f"{method_name} is public")

    # A27
    def test_bodies_of_calls(self):
        call = self.env["acorn.amazon.call"].search([], limit=1)
        self.assertEqual(call.with_user(self.manager).response_body, "answered")
        for field in ("request_body", "response_body"):
            with self.subTest(field), self.assertRaises(AccessError):
                call.with_user(self.user).read([field])
            with self.subTest(field), self.assertRaises(AccessError):
                call.with_user(self.user).search([(field, "ilike", "a")])

    # A27: nobody reads a secret back, whatever the door.
    def test_secrets_cannot_be_read(self):
        admin = self.env.ref("base.user_admin")
        for user in (self.user, self.manager, admin):
            for record in (self.store, self.store.application_id):
                seen = record.with_user(user).read()
                self.assertNotIn(REFRESH_TOKEN, str(seen))
                self.assertNotIn(CLIENT_SECRET, str(seen))
        self.env.flush_all()
        for table in ("acorn_amazon_store", "acorn_amazon_application", "mail_message"):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            everything = str(self.env.cr.fetchall())
            self.assertNotIn(REFRESH_TOKEN, everything)
            self.assertNotIn(CLIENT_SECRET, everything)

    # What has happened is evidence: nobody rewrites it.
    def test_evidence_is_read_only(self):
        for name in ("call", "exchange", "budget"):
            for user in (self.user, self.manager):
                model = self.env[f"acorn.amazon.{name}"].with_user(user)
                with self.subTest(name, user=user.login):
                    for right in ("write", "create", "unlink"):
                        self.assertFalse(model.has_access(right))

    # A plain salesman works with the orders without seeing behind them.
    def test_a_salesman_sees_the_order(self):
        self.order.user_id = self.salesman
        order = self.order.with_user(self.salesman)
        with Form(order) as form:
            self.assertEqual(form.acorn_amazon_status, "UNSHIPPED")
            form.client_order_ref = "Seen"
        self.assertEqual(self.order.client_order_ref, "Seen")
        # What the web client reads with the form, names of other records included.
        arch = order.get_view(view_type="form")["arch"]
        names = set(etree.fromstring(arch).xpath("//field/@name"))
        names = {name for name in names if name.startswith("acorn_amazon")}
        self.assertTrue(names)
        order.web_read({name: {"fields": {"display_name": {}}} for name in names})
        with self.assertRaises(AccessError):
            self.env["acorn.amazon.exchange"].with_user(self.salesman).search([])

    # A37: other programs read all there is, with the rights that they have.
    def test_all_fields_that_we_add(self):
        self.order.user_id = self.salesman
        worker = self._create_user("worker", "stock.group_stock_user")
        for user, records in (
            (self.salesman, self.order),
            (self.salesman, self.order.order_line),
            (worker, self.order.picking_ids),
            (self.employee, self.order.partner_id),
        ):
            with self.subTest(records._name):
                seen = records.with_user(user)
                names = [
                    name
                    for name in seen.fields_get()
                    if name.startswith("acorn_amazon")
                ]
                self.assertTrue(names)
                self.assertTrue(seen.read(names))

    # Whoever packs parcels has no rights on stores, documents or orders.
    def test_a_warehouse_worker_ships(self):
        worker = self._create_user("worker", "stock.group_stock_user")
        picking = self.order.picking_ids.with_user(worker)
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.order.delivery_status, "full")

    def test_a_warehouse_worker_cannot_ship_what_is_held(self):
        worker = self._create_user("worker", "stock.group_stock_user")
        self.order._acorn_amazon_hold("Changed mind")
        with self.assertRaisesRegex(Exception, self.order.acorn_amazon_order_id):
            self.order.picking_ids.with_user(worker).button_validate()

    # An invoice of an Amazon order needs no right on Amazon's records.
    def test_an_accountant_invoices(self):
        accountant = self._create_user(
            "accountant",
            "account.group_account_invoice,sales_team.group_sale_salesman_all_leads",
        )
        self.lamp.invoice_policy = "order"
        invoice = self.order.with_user(accountant)._create_invoices()
        self.assertEqual(invoice.amount_total, self.order.amount_total)
