"""Whatever Amazon repeats, mixes up or sends late changes nothing (A1, A15, A24)."""

from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

LONG_AGO = "2001-01-01 00:00:00"
ORDER = ("name", "state", "partner_id", "partner_shipping_id", "amount_total")
ORDER += ("amount_tax", "date_order", "commitment_date", "delivery_status")
ORDER += ("acorn_amazon_status", "acorn_amazon_updated_at", "acorn_amazon_on_hold")
LINE = ("product_id", "product_uom_qty", "price_unit", "tax_ids", "price_total")
LINE += ("acorn_amazon_charge", "acorn_amazon_order_item_id", "qty_delivered")
MOVE = ("product_id", "product_uom_qty", "quantity", "state", "location_id")
PARTNER = ("name", "street", "street2", "zip", "vat", "parent_id")
WATCHED = {
    "sale.order": ORDER,
    "sale.order.line": LINE,
    "stock.picking": ("state", "location_id", "partner_id", "backorder_id"),
    "stock.move": MOVE,
    "stock.move.line": ("quantity", "lot_id", "picked"),
    "stock.quant": ("product_id", "location_id", "quantity", "reserved_quantity"),
    "res.partner": PARTNER,
    "account.tax": ("name",),
    "mail.message": ("model", "res_id"),
}


@needs_simulator
@tagged("standard", "post_install")
class TestIdempotence(ShopCase):
    world = "chaos"
    size = 110
    regions = ("na", "eu")
    is_imported = True

    def setUp(self):
        super().setUp()
        # Amazon remembers what earlier tests did, Odoo does not.
        self.sync()
        # All of a test happens in one transaction, at one time: what is written
        # again shows by losing this mark.
        self.env.flush_all()
        for model in ("sale.order", "sale.order.line", "stock.move", "res.partner"):
            table = self.env[model]._table
            self.env.cr.execute(f"UPDATE {table} SET write_date = %s", [LONG_AGO])
        self.env.invalidate_all()
        self.before = self.snapshot()

    def snapshot(self):
        self.env.invalidate_all()
        found = {
            model: {
                record["id"]: record
                for record in self.env[model].search([]).read([*names, "write_date"])
            }
            for model, names in WATCHED.items()
        }
        # The owner of a store is told about incidents; those are no orders.
        found["mail.message"] = {
            key: record
            for key, record in found["mail.message"].items()
            if not (record["model"] or "").startswith("acorn.amazon")
        }
        return found

    def assert_unchanged(self):
        after = self.snapshot()
        for model, records in self.before.items():
            with self.subTest(model):
                self.assertEqual(after[model], records)

    def read_everything_again(self):
        tasks = self.env["acorn.amazon.task"].search([("lane", "=", "remote")])
        tasks.write({"cursor": "2020-01-01", "page": False})
        self.sync()

    # A24
    def test_the_same_sweep_twice(self):
        documents = self.documents()
        self.sync()
        self.assertEqual(self.documents(), documents)
        self.assert_unchanged()

    def test_everything_from_the_start(self):
        documents = self.documents()
        self.read_everything_again()
        self.assertEqual(self.documents(), documents)
        self.assert_unchanged()

    def test_a_page_in_reverse(self):
        documents = self.documents()
        self.simulator.fault("reordered_page")
        self.read_everything_again()
        self.assertEqual(self.documents(), documents)
        self.assert_unchanged()

    # A16: what Amazon adds one day is no reason to stumble.
    def test_keys_that_nobody_knows(self):
        self.simulator.fault("unknown_keys", operation="searchOrders")
        self.read_everything_again()
        self.assertFalse(self.documents(state="error"))
        self.assert_unchanged()

    # A15: only the time of the change differs.
    def test_a_touched_order(self):
        truth = next(t for t in self.truths(expected="order").values())
        self.change(truth["order_id"], "touch")
        self.sync()
        order = self.order(truth["order_id"])
        documents = self.documents(truth["order_id"])
        self.assertEqual(documents.mapped("state"), ["done", "done"])
        self.assertGreater(order.acorn_amazon_updated_at, documents[0].version_at)
        for model in ("sale.order.line", "stock.move", "stock.quant", "res.partner"):
            self.assertEqual(self.snapshot()[model], self.before[model])

    # X4: every document can be applied again.
    def test_a_replay_of_everything(self):
        done = self.documents(state="done")
        done.action_retry()
        self.apply()
        self.assertEqual(set(done.mapped("state")), {"done"})
        self.assert_unchanged()

    # An older version never overwrites a newer one, seen before or not.
    def test_an_older_version_after_a_newer_one(self):
        truth = next(
            t
            for t in self.truths(expected="order", status="UNSHIPPED").values()
            if t["scenario"] in ("plain", "two_lines", "unshipped")
        )
        order_id = truth["order_id"]
        self.change(order_id, "edit", note="Second version")
        self.change(order_id, "ship")
        self.sync()
        order = self.order(order_id)
        self.assertEqual(order.acorn_amazon_status, "SHIPPED")
        newest = order.acorn_amazon_updated_at
        self.before = self.snapshot()
        self.simulator.fault("stale_orders")
        self.read_everything_again()
        late = self.documents(order_id)[-1]
        self.assertLess(late.version_at, newest)
        self.assertEqual(late.state, "superseded")
        self.assert_unchanged()

    def test_versions_in_any_order_end_with_the_newest(self):
        """Three versions wait together, the newest was kept first."""
        truth = next(
            t
            for t in self.truths(expected="order", status="UNSHIPPED").values()
            if t["scenario"] in ("plain", "two_lines", "unshipped")
        )
        order_id = truth["order_id"]
        payloads = [
            self.change(order_id, "edit", note=f"Version {number}")["payload"]
            for number in (1, 2, 3)
        ]
        store = self.order(order_id).acorn_amazon_store_id
        self.env["acorn.amazon.exchange"]._keep(
            store,
            "order",
            [
                (order_id, payload["lastUpdatedTime"][:19].replace("T", " "), payload)
                for payload in reversed(payloads)
            ],
        )
        self.apply()
        states = self.documents(order_id).mapped("state")
        self.assertEqual(states, ["done", "done", "superseded", "superseded"])
        shipping = self.order(order_id).partner_shipping_id
        self.assertIn("Version 3", shipping.street2)


@needs_simulator
@tagged("standard", "post_install")
class TestPages(ShopCase):
    """Reading several pages; the orders themselves do not matter here."""

    world = "busy"
    size = 420
    regions = ("na",)

    def truth_ids(self):
        return set(self.truths())

    # A24
    def test_all_pages_are_read_once(self):
        self.read()
        documents = self.documents()
        self.assertEqual(len(documents), len(set(documents.mapped("external_id"))))
        self.assertEqual(set(documents.mapped("external_id")), self.truth_ids())
        calls = self.simulator.requests(operation="searchOrders")
        self.assertEqual(len(calls), -(-len(documents) // 100))

    def test_a_page_that_comes_twice(self):
        self.simulator.fault(
            "repeated_page", operation="searchOrders", after=1, times=1
        )
        self.read()
        # The page that was swallowed comes with the next sweep or from the start;
        # the cursor must not have passed it.
        documents = self.documents().mapped("external_id")
        self.assertEqual(len(documents), len(set(documents)))
        self.assertEqual(set(documents), self.truth_ids())

    # A24: a crash repeats at most one page, and a page is kept with its token.
    def test_an_interrupted_reading_goes_on_where_it_was(self):
        self.simulator.fault("server_error", operation="searchOrders", after=2, times=1)
        self.read()
        task = self.task("na")
        self.assertEqual(len(self.documents()), 200)
        self.assertTrue(task.page["changes"]["token"])
        self.assertFalse(task.cursor)
        self.simulator.control("requests", method="DELETE")
        self.read()
        self.assertEqual(set(self.documents().mapped("external_id")), self.truth_ids())
        first, *_rest = self.simulator.requests(operation="searchOrders")
        self.assertIn("paginationToken", first["query"])
        self.assertTrue(task.cursor)
