"""Odoo's stock at Amazon is what Amazon says it holds (A31, X14)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

LEDGER = "GET_LEDGER_DETAIL_VIEW_DATA"
# A marketplace of each stock.
PLACES = {"EU": "A1PA6795UKMFR9", "GB": "A1F83G8C2ARO7P"}


class FbaCase(ShopCase):
    """A European store whose stock at Amazon is followed."""

    regions = ("eu",)
    region = "eu"
    seed = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.stores[cls.region]
        # A second warehouse would switch this on, with all settings, in each test.
        locations = cls.env.ref("stock.group_stock_multi_locations")
        cls.env.ref("base.group_user").implied_ids |= locations
        skus = {row["sku"] for row in cls.stocks()}
        known = [sku for sku in sorted(skus) if sku in cls.products]
        cls.sku = next(s for s in known if cls.products[s].tracking == "none")
        cls.product = cls.products[cls.sku]

    @classmethod
    def stocks(cls, sku=None):
        """What Amazon really holds, a row per SKU and pool."""
        query = f"fba?seller_id={cls.store.seller_id}"
        query += f"&sku={sku}" if sku else ""
        return cls.simulator.control(query)["stock"]

    @classmethod
    def follow(cls):
        """Switch on, read everything, book the opening balance."""
        cls.store.fba_stock = True
        cls.read_fba()

    @classmethod
    def read_fba(cls):
        """Read inventory and ledger and book them, as the crons would in time."""
        cls.store.fba_ledger_until = cls.store.fba_ledger_until and (
            cls.store.fba_ledger_until - timedelta(days=1)
        )
        cls.sync()
        for _round in range(3):
            cls.wait(90)
            cls.task(cls.region, "fba_stock").action_run_now()
            cls.run_cron("remote")
        cls.sync()

    def ask_until(self, task, is_so):
        """Let the ledger be asked for and read, without pauses, until it is so."""
        for _run in range(12):
            if is_so():
                return
            self.wait(90)
            task.action_run_now()
            self.run_cron("remote")
        self.fail("The ledger was not read as far.")

    def act(self, action, quantity, **details):
        """Let something happen in Amazon's centres, and time pass."""
        self.simulator.control(
            "fba",
            {
                "seller_id": self.store.seller_id,
                "sku": self.sku,
                "action": action,
                "quantity": quantity,
                **details,
            },
        )
        self.wait(30)

    def say_instead(self, texts):
        """Let reports hold a text instead of rows, by type of report."""
        self.simulator.control("settings", {"report_texts": texts})
        self.addCleanup(self.simulator.control, "settings", {"report_texts": {}})

    def spoil(self, oddities):
        """Let entries of Amazon's inventory be odd, by SKU."""
        self.simulator.control("settings", {"inventory_oddities": oddities})
        self.addCleanup(self.simulator.control, "settings", {"inventory_oddities": {}})

    def figures(self):
        """Amazon's figures as they are kept: (SKU, pool) → units in stock."""
        rows = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", self.store.id)]
        )
        return {(row.sku, row.stock_pool): row.on_hand for row in rows}

    def booked(self, place="stock", product=None):
        places = self.store._get_fba_places()
        product = product or self.product
        return places[place]._acorn_amazon_count(product).get(product, 0)

    def balance(self, product=None):
        return self.env["acorn.amazon.fba.balance"].search(
            [
                ("store_id", "=", self.store.id),
                ("product_id", "=", (product or self.product).id),
            ]
        )

    def events(self, **conditions):
        domain = [
            ("store_id", "=", self.store.id),
            ("product_id", "=", self.product.id),
        ]
        domain += [(name, "=", value) for name, value in conditions.items()]
        return self.env["acorn.amazon.fba.event"].search(domain)

    def buy(self, quantity):
        """Let a customer order what Amazon ships; the order is not read yet.

        :return: Amazon's order id
        """
        payload = make_order(make_item(self.sku, "30.00", quantity), by="AMAZON")
        self.place(self.region, payload)
        self.change(payload["orderId"], "ship")
        return payload["orderId"]

    def assert_equal_to_amazon(self):
        """Every product whose SKUs are known has exactly what Amazon holds."""
        wanted, unsellable, transfer = {}, {}, {}
        for row in self.stocks():
            product = self.products.get(row["sku"])
            if not product:
                continue
            bad = sum(row["unsellable"].values())
            hand = sum(sum(c.values()) for c in row["centers"].values())
            wanted[product] = wanted.get(product, 0) + hand - bad
            unsellable[product] = unsellable.get(product, 0) + bad
            transfer[product] = transfer.get(product, 0) + row["transit"]
        for product in wanted:
            figures = [
                self.booked(place, product)
                for place in ("stock", "unsellable", "transfer")
            ]
            truth = [d[product] for d in (wanted, unsellable, transfer)]
            self.assertEqual(figures, truth, product.default_code)


@needs_simulator
@tagged("standard", "post_install")
class TestFbaStock(FbaCase):
    # A31: the first run makes Odoo equal to Amazon at a stated moment.
    def test_the_opening_balance_is_what_amazon_holds(self):
        self.follow()
        self.assert_equal_to_amazon()
        self.assertTrue(self.store.fba_opened_at)
        balances = self.env["acorn.amazon.fba.balance"].search(
            [("store_id", "=", self.store.id), ("product_id", "!=", False)]
        )
        self.assertTrue(balances)
        self.assertEqual(set(balances.mapped("state")), {"zero"})
        self.assertEqual(set(balances.mapped("difference")), {0})
        row = self.env["acorn.amazon.fba.inventory"].search(
            [("sku", "=", self.sku), ("stock_pool", "=", "EU")]
        )
        truth = next(r for r in self.stocks(self.sku) if r["pool"] == "EU")
        self.assertEqual(row.fulfillable, truth["fulfillable"])
        self.assertEqual(row.total, truth["total"])
        # What happened before is kept, and not booked a second time.
        history = self.events(state="before")
        self.assertTrue(history)
        self.assertFalse(history.move_ids)

    # X14: every kind of event is a stock move with its reason and reference.
    def test_events_become_stock_moves(self):
        self.follow()
        before = {p: self.booked(p) for p in ("stock", "unsellable")}
        self.act("receive", 10, reference="FBA15TEST")
        self.act("lose", 3)
        self.act("find", 1)
        self.act("damage", 4)
        self.act("dispose", 1)
        self.act("remove", 1)
        self.act("return", 2, disposition="CUSTOMER_DAMAGED")
        self.act("return", 1)
        self.read_fba()
        self.assert_equal_to_amazon()
        self.assertEqual(self.booked() - before["stock"], 10 - 3 + 1 - 4 + 1)
        self.assertEqual(
            self.booked("unsellable") - before["unsellable"], 4 - 1 - 1 + 2
        )
        self.assertEqual(self.booked("removal"), 1)
        self.assertEqual(self.balance().state, "zero")
        kinds = set(self.events(state="booked").mapped("kind"))
        self.assertLessEqual(
            {"receipt", "lost", "found", "condition", "disposed", "removal", "return"},
            kinds,
        )
        receipt = self.events(reference="FBA15TEST")
        self.assertEqual(receipt.move_ids.origin, "FBA15TEST")
        self.assertEqual(receipt.move_ids.state, "done")
        self.assertIn("FBA15TEST", receipt.move_ids.reference)
        # The same ledger again changes nothing.
        count = len(self.events())
        self.read_fba()
        self.assertEqual(len(self.events()), count)
        self.assert_equal_to_amazon()

    # X14: units between two centres are neither lost nor sellable.
    def test_transfers_between_centres(self):
        self.follow()
        stock = self.booked()
        self.act("transfer", 5, seconds=100000)
        self.read_fba()
        self.assertEqual(self.booked(), stock - 5)
        self.assertEqual(self.booked("transfer"), 5)
        self.assertEqual(self.balance().state, "zero")
        self.wait(100000)
        self.read_fba()
        self.assertEqual(self.booked(), stock)
        self.assertEqual(self.booked("transfer"), 0)

    # X14: what a transfer in Odoo has sent to Amazon is what Amazon receives.
    def test_receipts_take_what_was_sent(self):
        self.follow()
        inbound = self.store._get_fba_places()["inbound"]
        self._put_on_stock(self.product, inbound, 8)
        self.act("receive", 5)
        self.read_fba()
        self.assertEqual(self.booked("inbound"), 3)
        self.act("receive", 5)
        self.read_fba()
        self.assertEqual(self.booked("inbound"), 0)
        self.assert_equal_to_amazon()

    # X14: an order that Amazon ships is deducted once, by its delivery.
    def test_orders_are_deducted_once(self):
        self.follow()
        stock = self.booked()
        order_id = self.buy(2)
        self.read_fba()
        order = self.order(order_id)
        self.assertEqual(order.picking_ids.state, "done")
        self.assertEqual(self.booked(), stock - 2)
        self.assertEqual(self.balance().state, "zero")
        event = self.events(reference=order_id)
        self.assertEqual(event.state, "order")
        self.assertFalse(event.move_ids)
        self.assert_equal_to_amazon()

    # X14: an order that comes late is explained, and not deducted twice either.
    def test_a_late_order(self):
        self.follow()
        stock = self.booked()
        sweep = self.env.ref("acorn_amazon_connector.flow_orders_sweep")
        sweep.active = False
        order_id = self.buy(3)
        self.read_fba()
        self.assertFalse(self.order(order_id))
        event = self.events(reference=order_id)
        self.assertEqual(event.state, "order_missing")
        balance = self.balance()
        self.assertEqual((balance.difference, balance.orders_missing), (3, 3))
        self.assertEqual(balance.state, "explained")
        self.assertIn("+3", balance.explanation)
        # After three days without an order the ledger is believed.
        self.env.cr.execute(
            "UPDATE acorn_amazon_fba_event SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(days=4), event.id),
        )
        event.invalidate_recordset()
        self.apply()
        self.assertEqual(event.state, "booked")
        self.assertEqual(self.booked(), stock - 3)
        # And when it comes after all, what was booked in its place is taken back.
        sweep.active = True
        self.read_fba()
        self.assertEqual(self.order(order_id).picking_ids.state, "done")
        self.assertEqual(self.booked(), stock - 3)
        self.assertEqual(event.state, "order")
        self.assert_equal_to_amazon()

    # X14: the opening balance does not hold what was shipped before it.
    def test_an_order_from_before_the_opening_balance(self):
        sweep = self.env.ref("acorn_amazon_connector.flow_orders_sweep")
        sweep.active = False
        order_id = self.buy(2)
        self.wait(3600)
        self.follow()
        stock = self.booked()
        sweep.active = True
        self.read_fba()
        self.assertEqual(self.order(order_id).picking_ids.state, "done")
        self.assertEqual(self.booked(), stock)
        self.assert_equal_to_amazon()

    # X14: deliveries that were booked before are part of the opening balance.
    def test_an_order_that_was_deducted_before_the_opening_balance(self):
        order_id = self.buy(2)
        self.sync()
        self.assertEqual(self.booked(), -2)
        self.wait(3600)
        self.follow()
        self.assertEqual(self.order(order_id).picking_ids.state, "done")
        self.assert_equal_to_amazon()
        self.read_fba()
        self.assert_equal_to_amazon()

    # X14: tracked goods keep their lots; what has none gets one that says so.
    def test_lots(self):
        skus = {row["sku"] for row in self.stocks()} & set(self.products)
        tracked = [s for s in sorted(skus) if self.products[s].tracking == "lot"]
        self.assertTrue(tracked)
        self.sku = tracked[0]
        self.product = self.products[self.sku]
        places = self.store._get_fba_places()
        lot = self.env["stock.lot"].create(
            {"name": "L-2026", "product_id": self.product.id}
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, places["inbound"], 6, lot_id=lot
        )
        self.follow()
        self.act("receive", 6)
        self.act("damage", 2)
        self.read_fba()
        self.assert_equal_to_amazon()
        self.assertEqual(self.booked("inbound"), 0)
        moves = self.events(state="booked").move_ids
        self.assertTrue(all(line.lot_id for line in moves.move_line_ids))
        received = self.events(kind="receipt", state="booked")
        self.assertEqual(received.move_ids.move_line_ids.lot_id, lot)

    # A31: a SKU without product explains itself, and opens when it gets one.
    def test_an_unknown_sku(self):
        self.product.default_code = "SOMETHING-ELSE"
        self.follow()
        domain = [("store_id", "=", self.store.id), ("sku", "=", self.sku)]
        balance = self.env["acorn.amazon.fba.balance"].search(domain)
        self.assertEqual(balance.state, "unknown")
        self.assertTrue(balance.amazon_stock)
        self.act("receive", 4)
        self.read_fba()
        event = self.env["acorn.amazon.fba.event"].search(
            [*domain, ("kind", "=", "receipt"), ("state", "=", "unknown")],
            order="at desc",
            limit=1,
        )
        self.assertEqual(event.quantity, 4)
        self.product.default_code = self.sku
        self.read_fba()
        self.assert_equal_to_amazon()
        self.assertEqual(event.state, "before")
        self.assertEqual(self.balance().state, "zero")

    # A31: a difference without a reason calls a person after two days.
    def test_an_unexplained_difference(self):
        self.follow()
        stock = self.store._get_fba_places()["stock"]
        self.env["stock.quant"]._update_available_quantity(self.product, stock, -4)
        self.apply()
        balance = self.balance()
        self.assertEqual((balance.unexplained, balance.state), (-4, "watched"))
        self.assertFalse(self.incident("fba_difference"))
        balance.unexplained_since -= timedelta(days=3)
        self.apply()
        self.assertEqual(balance.state, "unexplained")
        incident = self.incident("fba_difference")
        self.assertIn(f"{balance.sku}: -4", incident.details)
        balance.action_correct()
        self.assertEqual(balance.state, "zero")
        self.assert_equal_to_amazon()
        self.assertEqual(self.events(kind="correction").quantity, 4)
        self.assertFalse(self.incident("fba_difference"))

    # A31: many pages, and a page token that has died in between.
    def test_an_interrupted_reading_goes_on(self):
        self.simulator.control("settings", {"inventory_page_size": 2})
        self.addCleanup(self.simulator.control, "settings", {"inventory_page_size": 50})
        self.store.fba_stock = True
        task = self.task("eu", "fba_stock")
        task.page = {
            "pool": "EU",
            "token": "dead",
            "started": "2026-01-01 00:00:00",
            "done": [],
        }
        self.read_fba()
        rows = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", self.store.id)]
        )
        self.assertEqual(len(rows), len(self.stocks()))
        self.assert_equal_to_amazon()

    # A31: a report that Amazon cannot make is asked for again.
    def test_a_report_that_fails(self):
        self.simulator.control("settings", {"report_outcome": "FATAL"})
        with self.assertLogs(
            "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task", "WARNING"
        ):
            self.follow()
            for _time in range(3):
                self.read_fba()
        task = self.task("eu", "fba_stock")
        self.assertFalse(self.store.fba_ledger_until)
        self.assertTrue(self.incident("task_failing", task))
        self.simulator.control("settings", {"report_outcome": "DONE"})
        self.read_fba()
        self.assertTrue(self.store.fba_ledger_until)
        self.assertFalse(task.last_error)
        self.assertFalse(self.incident("task_failing", task))

    # A31, X14: Amazon cancels what is without rows, and what was asked for too soon.
    def test_a_cancelled_report_of_many_days(self):
        self.follow()
        until = self.store.fba_ledger_until
        self.act("lose", 2)
        self.wait(10 * 86400)
        self.simulator.control("settings", {"report_outcome": "CANCELLED"})
        task = self.task("eu", "fba_stock")
        with self.assertLogs(
            "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task", "WARNING"
        ):
            self.ask_until(task, lambda: task.failure_count == 3)
        self.assertEqual(self.store.fba_ledger_until, until)
        self.simulator.control("settings", {"report_outcome": "DONE"})
        self.ask_until(task, lambda: self.store.fba_ledger_until > until)
        self.sync()
        self.assertEqual(self.events(kind="lost", state="booked").quantity, -2)
        self.assertFalse(self.incident("task_failing", task))
        self.assert_equal_to_amazon()

    # A31: where nothing happened for many days, Amazon says so again and again.
    def test_many_days_without_an_event(self):
        self.follow()
        until = self.store.fba_ledger_until
        self.wait(10 * 86400)
        self.simulator.control("settings", {"report_outcome": "CANCELLED"})
        task = self.task("eu", "fba_stock")
        with self.assertLogs(
            "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task", "WARNING"
        ):
            self.ask_until(task, lambda: self.store.fba_ledger_empty_at)
        self.assertFalse(task.failure_count)
        self.assertFalse(self.incident("task_failing", task))
        self.assertEqual(self.store.fba_ledger_until, until)

    def ask_daily(self, days):
        """Let days pass, on each of which Amazon has no ledger.

        :return: the reports that were asked for
        """
        self.simulator.control("settings", {"report_outcome": "CANCELLED"})
        self.simulator.control("requests", method="DELETE")
        task = self.task("eu", "fba_stock")
        for _day in range(days):
            self.wait(86400)
            # To ask, to look, and not to ask again.
            for _run in range(3):
                self.wait(90)
                task.action_run_now()
                self.run_cron("remote")
                self.assertFalse(task.failure_count)
        self.assertFalse(self.incident("task_failing", task))
        self.simulator.control("settings", {"report_outcome": "DONE"})
        return self.simulator.requests(operation="reports.createReport")

    # A31, X14: what Amazon did not tell for days is not lost, and is asked for daily.
    def test_reports_that_are_cancelled_for_a_week(self):
        self.follow()
        until = self.store.fba_ledger_until
        self.act("lose", 2)
        self.assertEqual(len(self.ask_daily(7)), 7)
        self.assertEqual(self.store.fba_ledger_until, until)
        self.assertFalse(self.events(kind="lost", state="booked"))
        self.wait(86400)
        self.read_fba()
        self.assertEqual(self.events(kind="lost", state="booked").quantity, -2)
        self.assertGreater(self.store.fba_ledger_until, until + timedelta(days=7))
        self.assert_equal_to_amazon()

    # A31: a quiet store does not fail; what it asks for is no more than a month.
    def test_weeks_without_an_event(self):
        self.follow()
        until = self.store.fba_ledger_until
        self.ask_daily(1)
        # So it goes on for weeks.
        self.wait(25 * 86400)
        self.store.fba_ledger_empty_at += timedelta(days=25)
        self.assertLessEqual(len(self.ask_daily(2)), 3)
        self.assertGreater(self.store.fba_ledger_until, until + timedelta(days=20))
        self.act("lose", 2)
        self.wait(86400)
        self.read_fba()
        self.assertEqual(self.events(kind="lost", state="booked").quantity, -2)

    # A31, X14: a report that Amazon cancels says nothing: the next one has the same
    # days again.
    def test_a_cancelled_report_of_the_last_days(self):
        self.follow()
        until = self.store.fba_ledger_until
        self.act("lose", 2)
        self.assertEqual(len(self.ask_daily(1)), 1)
        self.assertEqual(self.store.fba_ledger_until, until)
        self.assertGreater(self.store.fba_ledger_empty_at, until)
        self.assertFalse(self.events(kind="lost", state="booked"))
        self.wait(86400)
        self.read_fba()
        self.assertEqual(self.events(kind="lost", state="booked").quantity, -2)
        self.assert_equal_to_amazon()

    # A14, A31: nobody waits for a ledger that is not wanted any more.
    def test_switched_off_while_amazon_makes_the_ledger(self):
        self.store.fba_stock = True
        self.read()
        task = self.task("eu", "fba_stock")
        self.assertTrue(task.page["report"])
        self.store.fba_stock = False
        self.read()
        self.assertFalse(task.page)
        self.assertEqual(task.state, "waiting")
        self.assertTrue(task.last_success)
        later = fields.Datetime.now() + timedelta(hours=3)
        self.assertGreater(task.next_run, later)

    # X14: a report of which nothing can be read is kept, told of and asked for again.
    def test_a_report_that_cannot_be_read(self):
        self.follow()
        until = self.store.fba_ledger_until - timedelta(days=1)
        self.act("lose", 2)
        self.say_instead({LEDGER: "Date range exceeded."})
        self.read_fba()
        self.assertEqual(self.store.fba_ledger_until, until)
        kept = self.env["acorn.amazon.exchange"].search(
            [("kind", "=", "fba_ledger"), ("external_id", "=", LEDGER)]
        )
        self.assertEqual((len(kept), kept.state), (1, "error"))
        self.assertIn("Date range exceeded.", kept.payload_text)
        kept.action_retry()
        self.apply()
        self.assertEqual(kept.state, "error")
        incident = self.incident("fba_ledger_unreadable")
        self.assertEqual(incident.details, "Date range exceeded.")
        self.assertFalse(self.events(kind="lost", state="booked"))
        # It is not asked for time and again: Amazon would say it was too soon.
        task = self.task("eu", "fba_stock")
        if task.page:
            self.wait(90)
            task.action_run_now()
            self.run_cron("remote")
        pause = task.next_run - fields.Datetime.now()
        self.assertGreater(pause, timedelta(hours=3))
        self.say_instead({})
        self.wait(4 * 3600)
        self.read_fba()
        self.assertGreater(self.store.fba_ledger_until, until)
        self.assertFalse(self.incident("fba_ledger_unreadable"))
        self.assertEqual(self.events(kind="lost", state="booked").quantity, -2)
        self.assert_equal_to_amazon()

    # A31: a report that Amazon has forgotten is asked for again.
    def test_a_report_that_is_gone(self):
        self.simulator.fault(
            "error", operation="getReport", status=404, code="NotFound", message="Gone."
        )
        with self.assertLogs(
            "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task", "WARNING"
        ):
            self.follow()
        self.simulator.heal()
        self.simulator.control("requests", method="DELETE")
        self.read_fba()
        self.assertTrue(self.simulator.requests(operation="reports.createReport"))
        self.assertTrue(self.store.fba_ledger_until)

    # A31, X14: what Amazon's inventory does not name any more is nothing, as of now.
    def test_a_sku_that_is_gone(self):
        self.follow()
        truth = next(r for r in self.stocks(self.sku) if r["pool"] == "EU")
        for row in self.stocks(self.sku):
            hand = sum(units.get("SELLABLE", 0) for units in row["centers"].values())
            place = {"marketplace_id": PLACES[row["pool"]]}
            if hand:
                self.act("lose", hand, **place)
            self.act("delist", 1, **place)
        self.read_fba()
        left = self.booked()
        balance = self.balance()
        self.assertEqual((balance.odoo_stock, balance.amazon_stock), (left, 0))
        self.assertEqual((left, balance.unexplained), (0, 0), truth)

    # A31: an entry that cannot be understood keeps its SKU's figures; others go on.
    def test_an_entry_without_a_figure(self):
        self.simulator.control("settings", {"inventory_page_size": 2})
        self.addCleanup(self.simulator.control, "settings", {"inventory_page_size": 50})
        self.follow()
        known = self.figures()
        skus = sorted({row["sku"] for row in self.stocks() if row["pool"] == "EU"})
        missing, negative, bare, gone, *_rest = [s for s in skus if s != self.sku]
        self.spoil(
            {
                missing: {"totalQuantity": None},
                negative: {"totalQuantity": -1},
                bare: {"inventoryDetails": None, "totalQuantity": 7},
            }
        )
        self.act("delist", 1, sku=gone, marketplace_id=PLACES["EU"])
        self.act("lose", 1)
        self.read_fba()
        task = self.task("eu", "fba_stock")
        self.assertFalse(task.last_error)
        figures = self.figures()
        for sku in (missing, negative, bare):
            self.assertEqual(figures[sku, "EU"], known[sku, "EU"])
        self.assertEqual(figures[gone, "EU"], 0)
        self.assertEqual(figures[self.sku, "EU"], known[self.sku, "EU"] - 1)
        self.assertEqual(self.events(kind="lost", state="booked").quantity, -1)
        incident = self.incident("fba_unreadable")
        self.assertIn(f"EU: {missing}: totalQuantity: missing", incident.details)
        for sku in (negative, bare):
            self.assertIn(f"EU: {sku}: ", incident.details)
        self.assertIn(str(len(incident.details.splitlines())), incident.summary)
        self.spoil({})
        self.read_fba()
        self.assertFalse(self.incident("fba_unreadable"))

    # A31: an entry of nobody knows which SKU may be any of those that are not shown.
    def test_an_entry_without_a_sku(self):
        self.follow()
        known = self.figures()
        other = next(s for s, pool in known if pool == "EU" and s != self.sku)
        self.spoil({other: {"sellerSku": None}})
        self.act("delist", 1, marketplace_id=PLACES["EU"])
        self.read_fba()
        figures = self.figures()
        self.assertEqual(figures[other, "EU"], known[other, "EU"])
        self.assertEqual(figures[self.sku, "EU"], known[self.sku, "EU"])
        self.assertEqual(self.balance().state, "unread")
        incident = self.incident("fba_unreadable")
        self.assertIn("EU: ?: sellerSku: missing", incident.details)
        self.spoil({})
        self.read_fba()
        self.assertEqual(self.figures()[self.sku, "EU"], 0)

    # A31: a figure that is older than the deliveries makes no difference to be booked.
    def test_an_unread_figure_is_no_difference(self):
        self.follow()
        self.spoil({self.sku: {"totalQuantity": None}})
        stock = self.booked()
        order_id = self.buy(2)
        self.read_fba()
        self.assertEqual(self.order(order_id).picking_ids.state, "done")
        balance = self.balance()
        self.assertEqual((balance.state, balance.difference), ("unread", 0))
        self.assertFalse(balance.unexplained or balance.unexplained_since)
        self.assertIn(self.sku, balance.explanation)
        with self.assertRaises(UserError):
            balance.action_correct()
        self.assertEqual(self.booked(), stock - 2)
        self.spoil({})
        self.read_fba()
        self.assertEqual(balance.state, "zero")
        self.assertFalse(balance.unread_skus)
        self.assert_equal_to_amazon()

    # A31: nor is a figure booked over that cannot be understood any more by then.
    def test_a_difference_that_is_unread_when_it_is_booked(self):
        self.follow()
        place = self.store._get_fba_places()["stock"]
        self.env["stock.quant"]._update_available_quantity(self.product, place, -4)
        self.apply()
        balance = self.balance()
        self.assertEqual(balance.unexplained, -4)
        self.spoil({self.sku: {"totalQuantity": None}})
        self.task("eu", "fba_stock").action_run_now()
        self.run_cron("remote")
        stock = self.booked()
        balance.action_correct()
        self.assertEqual((balance.state, self.booked()), ("unread", stock))

    # A31, X14: what was never read has no opening balance, and is no zero.
    def test_a_figure_that_was_never_read(self):
        self.spoil({self.sku: {"totalQuantity": None}})
        self.follow()
        self.assertTrue(self.store.fba_opened_at)
        self.assertEqual(self.balance().state, "unread")
        self.act("lose", 2)
        self.wait(86400)
        self.read_fba()
        self.assertFalse(self.events(state="booked"))
        self.assertFalse(self.incident("fba_difference"))
        self.spoil({})
        self.read_fba()
        self.assertEqual(self.balance().state, "zero")
        self.assert_equal_to_amazon()
        self.read_fba()
        self.assert_equal_to_amazon()

    # A31: a SKU that was never understood, and that Amazon does not show any more.
    def test_a_figure_that_was_never_read_and_is_gone(self):
        self.spoil({self.sku: {"totalQuantity": None}})
        self.follow()
        for row in self.stocks(self.sku):
            self.act("delist", 1, marketplace_id=PLACES[row["pool"]])
        self.read_fba()
        self.assertFalse(self.incident("fba_unreadable"))
        self.assertNotIn(self.sku, {sku for sku, _pool in self.figures()})
        self.assertFalse(self.balance())

    # A31: a store of which Amazon holds nothing that Odoo knows.
    def test_nothing_to_open(self):
        for row in self.stocks():
            place = {"marketplace_id": PLACES[row["pool"]]}
            self.act("delist", 1, sku=row["sku"], **place)
        order_id = self.buy(2)
        self.sync()
        self.assertEqual(self.order(order_id).picking_ids.state, "done")
        self.follow()
        task = self.task("eu", "fba_apply")
        self.assertFalse(task.last_error)
        self.assertTrue(task.last_success)

    # A31: a store that does not follow its stock at Amazon is left alone.
    def test_switched_off(self):
        self.sync()
        self.assertFalse(self.simulator.requests(path="/fba/inventory"))
        self.assertFalse(self.events())
