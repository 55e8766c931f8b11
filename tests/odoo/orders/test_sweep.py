"""Which orders are read: old ones that still wait, and new ones at once (A1, A24)."""

from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.acorn_amazon_connector.tests.common import MANAGER_GROUP
from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

TASK = "odoo.addons.acorn_amazon_connector.models.acorn_amazon_task"
SEARCH = "orders.searchOrders"
SEARCH_V0 = "ordersV0.getOrders"


class SweepCase(ShopCase):
    """A store that was connected just now; its orders are up to the test."""

    regions = ("eu",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.stores["eu"]
        cls.manager = cls._create_user("sweep_manager", MANAGER_GROUP)
        cls.sku = next(
            sku for sku, product in cls.products.items() if product.tracking == "none"
        )

    def setUp(self):
        super().setUp()
        self.sweep = self.task("eu")
        self.now = fields.Datetime.now()
        self.start = self.now - timedelta(hours=1)
        self.store.import_from = self.start

    def make(self, days, **options):
        """An order placed so many days ago, and not changed since unless said.

        :return: Amazon's id
        """
        return self.make_many(1, days, **options).pop()

    def make_many(self, number, days, changed=None, **options):
        """Orders as :meth:`make` makes one, a minute between them."""
        payloads = []
        for index in range(number):
            created = self.now - timedelta(days=days, minutes=index)
            late = changed is not None and self.now - timedelta(
                days=changed, minutes=index
            )
            payloads.append(
                make_order(
                    make_item(self.sku),
                    created=f"{created.isoformat()}Z",
                    updated=f"{(late or created).isoformat()}Z",
                    **options,
                )
            )
        # With their times as they are.
        data = {"seller_id": self.store.seller_id, "orders": payloads}
        self.simulator.control("seed", data)
        return {payload["orderId"] for payload in payloads}

    def searches(self, operation=SEARCH, **terms):
        """The searches that Amazon answered, by one of their parameters.

        :param terms: name and whether the parameter is there
        """
        requests = self.simulator.requests(operation=operation, status=200)
        return [
            request["query"]
            for request in requests
            if all((name in request["query"]) == is_in for name, is_in in terms.items())
        ]

    def fill_budget(self):
        self.env["acorn.amazon.budget"].search([]).unlink()

    def ids(self):
        return set(self.documents().mapped("external_id"))


@needs_simulator
@tagged("standard", "post_install")
class TestOpenOrders(SweepCase):
    def make_all(self):
        """:return: (ids that still have to be shipped, ids of others)"""
        waiting = {
            self.make(40),
            self.make(300, status="PARTIALLY_SHIPPED"),
            self.make(2, country="FR"),
        }
        others = {
            self.make(800),
            self.make(40, status="SHIPPED"),
            self.make(40, by="AMAZON"),
            self.make(40, status="PENDING"),
            self.make(40, status="CANCELLED"),
        }
        return waiting, others

    # A1: what Amazon does not touch again still has to be shipped.
    def test_placed_long_before_the_import_date(self):
        waiting, _others = self.make_all()
        self.sync()
        self.assertEqual(self.ids(), waiting)
        self.assertEqual(set(self.orders()), waiting)
        asked = self.searches(createdAfter=True)
        self.assertEqual(len(asked), 1)
        self.assertNotIn("marketplaceIds", asked[0])
        self.assertFalse(self.sweep.page)
        # The cursor is that of the changes: nothing that comes later is passed over.
        self.assertEqual(len(self.searches(lastUpdatedAfter=True)), 1)
        self.assertLess(self.sweep.cursor, fields.Datetime.now())
        later = make_order(make_item(self.sku))
        self.place("eu", later)
        self.sync()
        self.assertEqual(set(self.orders()), waiting | {later["orderId"]})
        self.assertEqual(len(self.searches(createdAfter=True)), 1)

    # A1, A16
    def test_in_the_older_interface(self):
        waiting, _others = self.make_all()
        self.simulator.fault("access_denied", operation=SEARCH)
        self.sync()
        self.assertEqual(self.ids(), waiting)
        self.assertEqual(set(self.orders()), waiting)
        self.assertEqual(len(self.searches(SEARCH_V0, CreatedAfter=True)), 1)
        self.assertEqual(len(self.searches(SEARCH_V0, LastUpdatedAfter=True)), 1)
        self.sync()
        self.assertEqual(len(self.searches(SEARCH_V0, CreatedAfter=True)), 1)

    # A1: an import date of years ago leaves nothing out.
    def test_no_call_for_nothing(self):
        self.store.import_from = "2020-01-01"
        self.make(300)
        self.sync()
        self.assertEqual(len(self.searches()), 1)
        self.assertEqual(len(self.orders()), 1)

    # A1: a date that is still to come.
    def test_an_import_date_in_the_future(self):
        self.store.import_from = self.now + timedelta(days=3)
        waiting = self.make(40)
        self.sync()
        self.assertFalse(self.sweep.last_error)
        self.assertEqual(set(self.orders()), {waiting})

    # A21, A24: an interruption between two pages costs neither page nor order.
    def test_interrupted_between_two_pages(self):
        waiting = self.make_many(150, 20)
        for kind in ("throttle", "unavailable"):
            with self.subTest(kind):
                self.sweep.write({"cursor": False, "page": False, "read_from": False})
                self.simulator.control("requests", method="DELETE")
                self.simulator.fault(
                    kind,
                    operation=SEARCH,
                    query={"fulfilledBy": "MERCHANT"},
                    after=1,
                    times=1,
                )
                self.read()
                self.assertTrue(self.sweep.page["open"]["token"])
                self.assertFalse(self.sweep.read_from)
                self.assertTrue(self.sweep.cursor)
                self.fill_budget()
                self.read()
                self.assertEqual(self.ids(), waiting)
                self.assertEqual(len(self.searches(createdAfter=True)), 2)
                self.assertFalse(self.sweep.page)
                self.assertEqual(self.sweep.read_from, self.start)

    # A1: what got lost on the way is asked for again.
    def test_a_page_that_got_lost(self):
        waiting = self.make_many(120, 20)
        self.simulator.fault(
            "throttle", query={"fulfilledBy": "MERCHANT"}, after=1, times=1
        )
        self.read()
        self.sweep.page = False
        self.fill_budget()
        self.read()
        self.assertEqual(self.ids(), waiting)

    # A16: tokens of one interface mean nothing to the other one.
    def test_an_interface_that_is_refused_between_two_pages(self):
        waiting = self.make_many(120, 20)
        self.simulator.fault(
            "throttle", query={"fulfilledBy": "MERCHANT"}, after=1, times=1
        )
        self.read()
        self.assertTrue(self.sweep.page["open"]["token"])
        self.simulator.fault("access_denied", operation=SEARCH)
        # Items come one order a call.
        for _call in range(5):
            self.fill_budget()
            self.read()
        self.assertEqual(self.ids(), waiting)
        self.assertEqual(self.sweep.read_from, self.start)


@needs_simulator
@tagged("standard", "post_install")
class TestImportDate(SweepCase):
    def setUp(self):
        super().setUp()
        end = self.start + timedelta(minutes=5)
        self.past = {"lastUpdatedBefore": f"{end.isoformat()}.000Z"}
        # Changed by Amazon after the import date, or long before it.
        self.touched = self.make(10, changed=0.02, status="SHIPPED")
        self.untouched = self.make(10, changed=9, status="SHIPPED")
        self.recent = self.make(0.02)
        self.wait()
        self.sync()
        self.fill_budget()

    def let_crons_run(self):
        for lane in ("remote", "local"):
            self.run_cron(lane)

    def test_before_it_is_moved(self):
        self.assertEqual(set(self.orders()), {self.recent})
        self.assertEqual(self.documents(self.touched).state, "ignored")
        self.assertFalse(self.documents(self.untouched))

    # A1: the seller wants more of the past: what was read and what was not.
    def test_moved_back(self):
        cursor = self.sweep.cursor
        recent = self.documents(self.recent)
        self.store.with_user(self.manager).import_from = self.now - timedelta(days=30)
        self.assertLessEqual(self.sweep.next_run, fields.Datetime.now())
        self.let_crons_run()
        everything = {self.recent, self.touched, self.untouched}
        self.assertEqual(set(self.orders()), everything)
        self.assertEqual(self.documents(self.recent), recent)
        self.assertEqual(len(self.documents()), 3)
        self.assertGreaterEqual(self.sweep.cursor, cursor)
        self.assertEqual(self.sweep.read_from, self.store.import_from)
        self.assertFalse(self.sweep.page)
        self.simulator.control("requests", method="DELETE")
        self.sync()
        self.assertEqual(len(self.searches()), 1)

    # A1: not further than the date.
    def test_moved_back_a_little(self):
        self.store.import_from = self.now - timedelta(days=5)
        self.let_crons_run()
        self.assertEqual(set(self.orders()), {self.recent})
        self.assertEqual(self.documents(self.touched).state, "ignored")

    # A1: the date was just given, so that its end is too near for Amazon.
    def test_moved_back_at_once(self):
        self.store.import_from = self.now + timedelta(days=1)
        self.sweep.read_from = fields.Datetime.now()
        self.store.import_from = self.now - timedelta(days=30)
        self.let_crons_run()
        self.assertFalse(self.sweep.last_error)
        self.assertIn(self.untouched, self.orders())

    # A1: forth before the first answer of Amazon, and back again.
    def test_moved_before_anything_was_read(self):
        self.sweep.write({"cursor": False, "page": False, "read_from": False})
        self.store.import_from = self.now - timedelta(days=30)
        self.simulator.fault("unavailable", operation=SEARCH, times=1)
        self.read()
        self.store.import_from = self.now
        self.read()
        self.store.import_from = self.now - timedelta(days=20)
        self.sync()
        self.assertEqual(len(self.orders()), 3)

    # A1: while it is running, and again before that is done.
    def test_moved_back_between_two_pages(self):
        self.make_many(110, 7, changed=6, status="SHIPPED")
        self.simulator.fault("throttle", query=self.past, after=1, times=1)
        self.store.import_from = self.now - timedelta(days=8)
        self.let_crons_run()
        self.assertTrue(self.sweep.page["past"]["token"])
        self.store.import_from = self.now - timedelta(days=30)
        self.fill_budget()
        self.sync()
        self.assertEqual(len(self.orders()), 113)
        self.assertEqual(self.sweep.read_from, self.store.import_from)

    # A1: new orders do not wait for old ones.
    def test_moved_back_while_orders_come_in(self):
        self.make_many(110, 7, changed=6, status="SHIPPED")
        self.store.import_from = self.now - timedelta(days=8)
        new = make_order(make_item(self.sku))
        self.place("eu", new)
        self.simulator.fault("throttle", query=self.past, times=1)
        self.let_crons_run()
        self.assertIn(new["orderId"], self.orders())

    # A1: the way of the assistant.
    def test_moved_back_in_the_assistant(self):
        wizard = self.env["acorn.amazon.connect.wizard"]._get_for_store(self.store)
        wizard.write(
            {
                "step": "start",
                "mode": "live",
                "import_from": self.now - timedelta(days=30),
            }
        )
        wizard.action_next()
        self.let_crons_run()
        self.assertEqual(len(self.orders()), 3)

    # A10: opened again, the assistant does not bring an old date back.
    def test_the_assistant_knows_the_date(self):
        wizards = self.env["acorn.amazon.connect.wizard"]
        wizard = wizards._get_for_store(self.store)
        wizard.import_from = self.now - timedelta(days=30)
        self.assertEqual(wizards._get_for_store(self.store), wizard)
        self.assertEqual(wizard.import_from, self.start)

    # A1: what was read stays as it is.
    def test_moved_forward(self):
        self.simulator.control("requests", method="DELETE")
        documents, orders = self.documents(), self.orders()
        self.store.import_from = self.now + timedelta(days=1)
        self.sync()
        self.assertEqual(self.documents(), documents)
        self.assertEqual(self.orders(), orders)
        self.assertEqual(len(self.searches()), 1)

    # A1: without a date nothing that was read is kept out.
    def test_emptied(self):
        self.store.import_from = False
        self.let_crons_run()
        self.assertEqual(set(self.orders()), {self.recent, self.touched})


@needs_simulator
@tagged("standard", "post_install")
class TestBacklog(SweepCase):
    def setUp(self):
        super().setUp()
        self.store.import_from = "2020-01-01"
        self.old = self.make_many(350, 5, status="SHIPPED")

    def throttle_after(self, calls):
        """Let only so many calls through, as when the rate limit is used up."""
        self.fill_budget()
        self.simulator.heal()
        self.simulator.fault("throttle", operation=SEARCH, after=calls)

    def order_now(self):
        payload = make_order(make_item(self.sku))
        self.place("eu", payload)
        return payload["orderId"]

    def later(self, minutes):
        """Let time pass on both sides."""
        self.wait(60 * minutes)
        self.now += timedelta(minutes=minutes)
        return freeze_time(self.now)

    # A24: a backlog takes hours; a new order is here within minutes all the same.
    def test_new_orders_come_in_between(self):
        self.throttle_after(1)
        self.read()
        self.assertEqual(len(self.documents()), 100)
        first = self.order_now()
        with self.later(16):
            self.throttle_after(1)
            self.read()
            self.assertIn(first, self.ids())
            self.assertEqual(len(self.documents()), 101)
            # No earlier than it must: the other calls are the backlog's.
            second = self.order_now()
            self.throttle_after(1)
            self.read()
            self.assertEqual(len(self.documents()), 201)
            self.assertNotIn(second, self.ids())
        with self.later(16):
            self.throttle_after(1)
            self.read()
            self.assertIn(second, self.ids())
            self.assertFalse(self.sweep.cursor)
            third = self.order_now()
            self.throttle_after(10)
            self.read()
            self.assertEqual(self.ids(), self.old | {first, second, third})
            self.assertFalse(self.sweep.page)
            self.assertTrue(self.sweep.cursor)
            # Nothing is read twice because of that, and nothing is left out.
            self.simulator.control("requests", method="DELETE")
            fourth = self.order_now()
            self.read()
            self.assertEqual(len(self.searches()), 1)
            self.assertIn(fourth, self.ids())

    # A24: Amazon forgets the token of the backlog: what is new is known all the same.
    def test_a_token_that_is_refused_meanwhile(self):
        self.throttle_after(1)
        self.read()
        first = self.order_now()
        with self.later(16):
            self.throttle_after(1)
            self.read()
            self.assertIn(first, self.ids())
            self.simulator.heal()
            self.simulator.fault("bad_request", operation=SEARCH, times=2)
            self.fill_budget()
            for _attempt in range(2):
                with self.assertLogs(TASK, "WARNING"):
                    self.read()
            self.assertFalse(self.sweep.cursor)
            self.assertNotIn("changes", self.sweep.page)
            second = self.order_now()
            self.sync()
        self.assertEqual(self.ids(), self.old | {first, second})
        self.assertFalse(self.sweep.page)

    # A24: each page gives a token that lives for a day of its own.
    def test_a_reading_that_takes_days(self):
        for page in range(4):
            with self.later(16 * 60):
                # Between two pages of the backlog come the newest changes.
                self.throttle_after(2 if page else 1)
                self.read()
        self.assertEqual(self.ids(), self.old)
        self.assertTrue(self.sweep.cursor)
        from_the_start = [
            query
            for query in self.searches(paginationToken=False)
            if query["lastUpdatedAfter"][0].startswith("2019")
        ]
        self.assertEqual(len(from_the_start), 1)
