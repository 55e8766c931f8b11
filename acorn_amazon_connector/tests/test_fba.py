from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..mappers.fba_inventory import map_fba_inventory
from ..mappers.fba_ledger import identify, kind_of, map_ledger_row
from ..mappers.fba_pool import pool_of_country
from .common import AmazonCase

ROW = {
    "Date": "11/20/2026",
    "MSKU": "LAMP",
    "Event Type": "Receipts",
    "Reference ID": "FBA15ABC",
    "Quantity": "5",
    "Fulfillment Center": "LEJ1",
    "Disposition": "SELLABLE",
    "Country": "DE",
    "Date and Time": "2026-11-20T10:00:00+0000",
}
MODELS = (
    "acorn.amazon.fba.balance",
    "acorn.amazon.fba.event",
    "acorn.amazon.fba.inventory",
    "acorn.amazon.outbound",
)


@tagged("post_install", "-at_install")
class TestFba(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store._get_fba_places()
        cls.store.fba_opened_at = "2026-11-01 00:00:00"
        cls.lamp, cls.seal = cls.env["product.product"].create(
            [
                {"name": "Lamp", "default_code": "LAMP", "is_storable": True},
                {
                    "name": "Seal",
                    "default_code": "SEAL",
                    "is_storable": True,
                    "tracking": "serial",
                },
            ]
        )
        cls.warehouse_worker = cls._create_user("worker", "stock.group_stock_user")

    def keep(self, *changes):
        """Keep the rows of a day, and book what is to be booked."""
        exchanges = self.env["acorn.amazon.exchange"]
        rows = [{**ROW, **change} for change in changes]
        count = exchanges.search_count([("kind", "=", "fba_ledger")])
        exchanges._keep(
            self.store, "fba_ledger", [(f"day {count}", None, {"rows": rows})]
        )
        exchange = exchanges.search([("kind", "=", "fba_ledger")], limit=1)
        self.env["acorn.amazon.job.fba.apply"]._keep_day(exchange)
        events = self.env["acorn.amazon.fba.event"]
        events.search([("state", "=", "waiting")])._decide()._book()
        events._settle(self.store)
        return exchange

    def booked(self, place="stock", product=None):
        product = product or self.lamp
        location = self.store._get_fba_places()[place]
        return location._acorn_amazon_count(product).get(product, 0)

    def events(self, **conditions):
        domain = [("store_id", "=", self.store.id)]
        domain += [(name, "=", value) for name, value in conditions.items()]
        return self.env["acorn.amazon.fba.event"].search(domain)

    # X14: Amazon's words and letters, and those that we do not know.
    def test_what_an_event_is(self):
        for event_type, reason, kind in (
            ("Receipts", "", "receipt"),
            ("Shipments", "", "shipment"),
            ("CustomerReturns", "", "return"),
            ("VendorReturns", "", "removal"),
            ("WhseTransfers", "", "transfer"),
            ("Adjustments", "M", "lost"),
            ("Adjustments", "F", "found"),
            ("Adjustments", "Q", "condition"),
            ("Adjustments", "D", "disposed"),
            ("Adjustments", "5", "adjustment"),
            ("Something New", "", "other"),
        ):
            row = {**ROW, "Event Type": event_type, "Reason": reason}
            self.assertEqual(kind_of(map_ledger_row(row)), kind)
        self.assertEqual(len(dict(identify([map_ledger_row(ROW)] * 2))), 2)

    # A31: the European Union is one stock, its centres abroad included.
    def test_which_stock_a_country_belongs_to(self):
        for region, country, pool in (
            ("eu", "DE", "EU"),
            ("eu", "CZ", "EU"),
            ("eu", "GB", "GB"),
            ("eu", "UK", "GB"),
            ("na", "CA", "CA"),
            ("fe", "JP", "JP"),
            ("eu", None, None),
        ):
            self.assertEqual(pool_of_country(region, country), pool)

    # X14: one unreadable row stops no other, and is told of.
    def test_an_unreadable_row(self):
        exchange = self.keep({}, {"Quantity": "many"})
        self.assertEqual(exchange.state, "error")
        self.assertIn("2: Quantity", exchange.message)
        self.assertEqual(self.booked(), 5)

    # X14: words that we do not know move stock too, and keep their name.
    def test_words_that_are_not_known(self):
        self.keep({"Event Type": "Something New", "Quantity": "-2"})
        self.assertEqual(self.booked(), -2)
        event = self.events(kind="other")
        self.assertEqual((event.event_type, event.state), ("Something New", "booked"))

    # A31: what a balance adds up is found again, whatever the SKU is written like.
    def test_a_sku_with_a_comma(self):
        self.lamp.default_code = "LAMP, RED"
        summary = {
            "sellerSku": "LAMP, RED",
            "totalQuantity": 4,
            "inventoryDetails": {"fulfillableQuantity": 4},
        }
        rows = self.env["acorn.amazon.fba.inventory"]._keep_page(
            self.store, "EU", [map_fba_inventory(summary)], "2026-11-20 12:00:00"
        )
        rows._bind_products()
        balances = self.env["acorn.amazon.fba.balance"]
        balances._compare(self.store)
        balance = balances.search([("product_id", "=", self.lamp.id)])
        self.assertEqual((balance.sku, balance.unexplained), ("LAMP, RED", -4))
        action = balance.action_view_inventory()
        self.assertEqual(rows.search(action["domain"]), rows)
        self.keep({"MSKU": "LAMP, RED", "Quantity": "1"})
        action = balance.action_view_events()
        found = self.env["acorn.amazon.fba.event"].search(action["domain"])
        self.assertEqual(found, self.events(kind="receipt"))
        balance.action_correct()
        self.assertEqual(self.events(kind="correction").sku, "LAMP, RED")
        self.assertEqual(self.booked(), 4)

    # X14: the same day again adds nothing; a late row of it is added.
    def test_a_day_that_is_read_again(self):
        self.keep({}, {})
        self.keep({}, {}, {})
        self.assertEqual(self.booked(), 15)
        self.keep({}, {"Unreconciled Quantity": "1"}, {})
        self.assertEqual(self.booked(), 15)
        self.assertEqual(sum(self.events().mapped("unreconciled")), 1)

    # X14: serial numbers that nobody knows get names of their own.
    def test_serial_numbers(self):
        self.keep({"MSKU": "SEAL", "Quantity": "2"})
        lots = self.events().move_ids.move_line_ids.lot_id
        self.assertEqual(len(set(lots.mapped("name"))), 2)
        self.keep(
            {
                "MSKU": "SEAL",
                "Quantity": "-1",
                "Event Type": "Adjustments",
                "Reason": "M",
            }
        )
        self.assertEqual(self.booked(product=self.seal), 1)
        lost = self.events(kind="lost").move_ids.move_line_ids.lot_id
        self.assertIn(lost, lots)

    # X14: what happened before the opening balance is kept and not booked.
    def test_before_the_opening_balance(self):
        self.keep({"Date": "10/20/2026", "Date and Time": "2026-10-20T10:00:00+0000"})
        self.assertEqual(self.booked(), 0)
        self.assertEqual(self.events().state, "before")
        # Of the day of the balance itself nobody knows the hour.
        self.keep({"Date": "11/01/2026", "Date and Time": ""})
        self.assertEqual(self.booked(), 0)
        self.keep({"Date": "11/02/2026", "Date and Time": ""})
        self.assertEqual(self.booked(), 5)

    # X14: without an order number a shipment belongs to some order's delivery.
    def test_shipments_without_an_order_number(self):
        self.keep({"Event Type": "Shipments", "Quantity": "-3", "Reference ID": "X1"})
        event = self.events()
        self.env.cr.execute(
            "UPDATE acorn_amazon_fba_event SET create_date = '2026-01-01'"
        )
        event.invalidate_recordset()
        event.state = "order_missing"
        event._settle(self.store)
        self.assertEqual((event.state, self.booked()), ("order", 0))

    # A31: everyone concerned may look; deciding is the manager's.
    def test_who_may_do_what(self):
        self.keep({})
        balance = self.env["acorn.amazon.fba.balance"].create(
            {"store_id": self.store.id, "product_id": self.lamp.id, "sku": "LAMP"}
        )
        for user in (self.user, self.warehouse_worker):
            for name in MODELS:
                self.env[name].with_user(user).search([]).read()
            for name in MODELS:
                with self.assertRaises(AccessError):
                    self.env[name].with_user(user).create({})
            with self.assertRaises(AccessError):
                balance.with_user(user).action_correct()
        with self.assertRaisesRegex(UserError, "nothing without a reason"):
            balance.with_user(self.manager).action_correct()
        with self.assertRaisesRegex(UserError, "nothing to repeat"):
            self.events().with_user(self.user).action_retry()
        with self.assertRaises(AccessError):
            balance.with_user(self.other_manager).action_correct()

    # A31: the screens open, empty and with records.
    def test_screens(self):
        self.keep({})
        self.env["acorn.amazon.fba.balance"].create(
            {"store_id": self.store.id, "product_id": self.lamp.id, "sku": "LAMP"}
        )
        self.env["acorn.amazon.fba.inventory"].create(
            {"store_id": self.store.id, "sku": "LAMP", "stock_pool": "EU"}
        )
        for name in MODELS[:3]:
            record = self.env[name].with_user(self.user).search([], limit=1)
            Form(record)
            record.with_user(self.user).get_views(
                [(False, "list"), (False, "search"), (False, "pivot")]
            )
        balance = self.env["acorn.amazon.fba.balance"].with_user(self.user).search([])
        self.assertIn("same", balance.explanation)
        self.assertTrue(balance.action_view_events()["domain"])
        self.assertTrue(balance.action_view_inventory()["domain"])
        moves = self.events().with_user(self.user).action_view_moves()
        self.assertTrue(self.env["stock.move.line"].search(moves["domain"]))
