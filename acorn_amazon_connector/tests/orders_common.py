"""A live store whose documents come from the test instead of from Amazon."""

import unittest

from odoo import Command, fields
from odoo.tests import TransactionCase

from .common import AmazonCommon
from .order_documents import make_item, make_order

FINISHED = ("done", "cancel")


class OrdersCase(AmazonCommon, TransactionCase):
    """Products LAMP and MUG with stock, a store on some marketplaces.

    :cvar tuple countries: its marketplaces, all of one region
    """

    countries = ("de", "gb")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls._open_store(cls.countries)
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.lamp, cls.mug = cls.env["product.product"].create(
            [
                {"name": name, "default_code": name, "is_storable": True}
                for name in ("LAMP", "MUG")
            ]
        )
        for product in cls.lamp | cls.mug:
            cls.env["stock.quant"]._update_available_quantity(
                product, cls.warehouse.lot_stock_id, 100
            )

    @classmethod
    def _need_kits(cls):
        """Skip where Odoo has no kits."""
        if "bom_line_id" not in cls.env["stock.move"]:
            raise unittest.SkipTest("mrp is not installed")

    @classmethod
    def _make_kit(cls, product, *parts, **values):
        """Make a product a kit.

        :param parts: pairs of a product and how many of it
        """
        return cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": quantity})
                    for part, quantity in parts
                ],
                **values,
            }
        )

    @classmethod
    def _open_store(cls, countries, **values):
        """A live store with the participations that the assistant would propose."""
        values.setdefault("import_from", "2020-01-01")
        store = cls._create_store(marketplace=cls._marketplace(countries[0]), **values)
        rows = [cls._participation_row(country) for country in countries]
        cls.env["acorn.amazon.participation"]._refresh(store, rows)._create_proposed()
        store.action_go_live()
        return store

    @classmethod
    def _participation(cls, country, store=None):
        participations = (store or cls.store).all_participation_ids
        marketplace = cls._marketplace(country)
        return participations.filtered(lambda p: p.marketplace_id == marketplace)

    def _keep(self, *payloads, store=None):
        """Keep documents as if they had just been read."""
        documents = [
            (
                payload.get("orderId") or "(no id)",
                fields.Datetime.now(),
                payload,
            )
            for payload in payloads
        ]
        self.env["acorn.amazon.exchange"]._keep(store or self.store, "order", documents)

    def _apply(self):
        """Let the scheduled action apply what is kept."""
        tasks = self.env["acorn.amazon.task"].search([("lane", "=", "local")])
        tasks.action_run_now()
        cron = self.env.ref("acorn_amazon_connector.ir_cron_run_local_tasks")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)

    def _receive(self, *payloads, store=None):
        """Keep documents and apply them.

        :return: the documents of the first payload's order, oldest first
        """
        self._keep(*payloads, store=store)
        self._apply()
        return self._documents(payloads[0]["orderId"])

    def _import(self, *items, **options):
        """Import one order that must not be stopped.

        :return: the sale order
        """
        payload = make_order(*(items or [make_item("LAMP")]), **options)
        document = self._receive(payload)[-1]
        self.assertEqual(document.state, "done", document.reason)
        return self._order(payload)

    def _documents(self, order_id):
        domain = [("external_id", "=", order_id)]
        return self.env["acorn.amazon.exchange"].search(domain, order="id")

    def _order(self, payload):
        domain = [("acorn_amazon_order_id", "=", payload["orderId"])]
        return self.env["sale.order"].search(domain)

    def _lines(self, order, charge="item"):
        """Order lines of a kind of charge."""
        return order.order_line.filtered(
            lambda line: line.acorn_amazon_charge == charge
        )

    def _incident(self, code, record=None, state="open"):
        domain = [("code", "=", code), ("state", "=", state)]
        if record:
            domain += [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["acorn.amazon.incident"].search(domain)

    def assert_blocked(self, document, reason_code, order_count=0):
        """A document waits for a person, who is told why; nothing half is left."""
        self.assertEqual(document.state, "blocked", document.reason)
        self.assertEqual(document.reason_code, reason_code)
        self.assertTrue(document.reason)
        self.assertTrue(self._incident("blocked_documents"))
        domain = [("acorn_amazon_order_id", "=", document.external_id)]
        self.assertEqual(self.env["sale.order"].search_count(domain), order_count)
