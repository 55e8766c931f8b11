"""A seller's own Odoo, connected to every seller account of a simulated world."""

import json
from collections import Counter
from decimal import Decimal

from odoo.tests import TransactionCase

from tests.odoo.common import SIMULATOR_URL, Simulator, SimulatorCommon

FINISHED = ("done", "cancel")


class ShopCase(SimulatorCommon, TransactionCase):
    """Products, stock and live stores; what arrives is up to the test.

    :cvar str world: the simulator's world
    :cvar int size: how many orders it has at the start
    :cvar tuple regions: which seller accounts are connected
    :cvar float stock: units of each product in the seller's warehouse
    :cvar bool is_throttled: whether Amazon's rate limits count
    :cvar bool reads_listings: whether the catalogue is read, which takes its time
    :cvar bool is_imported: whether everything is imported before the first test
    """

    world = "demo"
    size = 0
    seed = 1
    regions = ("na", "eu", "fe")
    stock = 500.0
    is_throttled = False
    reads_listings = False
    is_imported = False

    @classmethod
    def setUpClass(cls):
        # Not SimulatorCommon's: a world is imported once for all tests of a class.
        super().setUpClass()
        cls.simulator = Simulator(SIMULATOR_URL)
        cls._start_world()
        listings = cls.env.ref("acorn_amazon_connector.flow_listings")
        listings.active = cls.reads_listings
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.products = cls._create_products()
        with cls._test_cursors():
            cls.stores = {region: cls._connect_store(region) for region in cls.regions}
        if cls.is_imported:
            cls.sync()

    def setUp(self):
        super(SimulatorCommon, self).setUp()
        # Odoo forgets what the last test did, so must an Amazon without orders.
        if self.size:
            self.simulator.control("requests", method="DELETE")
        else:
            self._start_world()
        self.addCleanup(self.simulator.heal)

    @classmethod
    def _start_world(cls):
        cls.simulator.reset(cls.world, cls.size, cls.seed)
        cls.simulator.control("settings", {"throttling": cls.is_throttled})

    # === THE SELLER'S OWN ODOO === #

    @classmethod
    def _create_products(cls):
        """The seller's product master; some SKUs that sell at Amazon are not in it."""
        catalog = cls.simulator.control("catalog")["items"]
        known = {item["sku"]: item for item in catalog if item["known"]}
        products = cls.env["product.product"].create(
            [
                {
                    "name": item["title"],
                    "default_code": sku,
                    "is_storable": True,
                    "tracking": item["tracking"],
                    "list_price": 1.11,
                }
                for sku, item in known.items()
            ]
        )
        cls._put_on_stock(products, cls.warehouse.lot_stock_id, cls.stock)
        return {product.default_code: product for product in products}

    @classmethod
    def _put_on_stock(cls, products, location, quantity):
        quants = cls.env["stock.quant"]
        for product in products:
            lot = cls.env["stock.lot"]
            if product.tracking == "lot":
                name = f"L-{product.default_code}-{location.id}"
                lot = lot.create({"name": name, "product_id": product.id})
            quants._update_available_quantity(product, location, quantity, lot_id=lot)

    @classmethod
    def _connect_store(cls, region, **values):
        """A live store on all marketplaces that Amazon names, as proposed."""
        seller = cls.simulator.seller(region)
        application = cls.env["acorn.amazon.application"].search(
            [("client_id", "=", seller["client_id"])]
        ) or cls._create_simulated_application(region)
        home = cls.env["acorn.amazon.marketplace"].search(
            [("amazon_id", "=", seller["marketplace_ids"][0])]
        )
        store = cls._create_store(
            application=application,
            marketplace=home,
            name=seller["store_name"],
            seller_id=seller["seller_id"],
            refresh_token=seller["refresh_token"],
            import_from="2020-01-01",
            **values,
        )
        rows = store._get_client().sellers.participations()
        cls.env["acorn.amazon.participation"]._refresh(store, rows)._create_proposed()
        store.action_go_live()
        return store

    # === RUNNING THE FLOWS === #

    @classmethod
    def run_cron(cls, lane):
        """Let the scheduled action of a lane run once, in its own cursor."""
        cron = cls.env.ref(f"acorn_amazon_connector.ir_cron_run_{lane}_tasks")
        with cls._test_cursors():
            answer = cron.method_direct_trigger()
        if answer is not True:
            raise AssertionError(json.dumps(answer, indent=1, default=str))

    @classmethod
    def sync(cls):
        """Read everything from Amazon and apply it, as the crons would in time."""
        tasks = cls.env["acorn.amazon.task"].search([])
        tasks.action_run_now()
        for lane in ("remote", "local"):
            rounds = 0
            while cls.env["acorn.amazon.task"]._count_due(lane):
                cls.run_cron(lane)
                rounds += 1
                assert rounds < 50, f"{lane} tasks never come to an end"

    @classmethod
    def read(cls):
        """Read from Amazon and keep, without applying."""
        cls.env["acorn.amazon.task"].search([("lane", "=", "remote")]).action_run_now()
        cls.run_cron("remote")

    @classmethod
    def apply(cls):
        """Apply what is kept."""
        cls.env["acorn.amazon.task"].search([("lane", "=", "local")]).action_run_now()
        cls.run_cron("local")

    @classmethod
    def task(cls, region, code="orders_sweep"):
        """The task of a store for a flow."""
        tasks = cls.stores[region].task_ids
        return tasks.filtered(lambda task: task.flow_id.code == code)

    # === AMAZON'S SIDE === #

    @classmethod
    def wait(cls, seconds=150):
        """Let time pass at Amazon: changes show after two minutes."""
        cls.simulator.control("clock", {"advance": seconds})

    @classmethod
    def change(cls, order_id, action, **details):
        """Let something happen to an order at Amazon, and time pass."""
        changed = cls.simulator.control(
            f"orders/{order_id}", {"action": action, **details}
        )
        cls.wait()
        return changed

    @classmethod
    def place(cls, region, *payloads):
        """Let buyers order, or replace orders, now, and time pass."""
        seller_id = cls.stores[region].seller_id
        now = cls.simulator.control("clock")["now"]
        for payload in payloads:
            payload["lastUpdatedTime"] = now
        cls.simulator.control("seed", {"seller_id": seller_id, "orders": payloads})
        cls.wait()

    @classmethod
    def truths(cls, **filters):
        """What Amazon knows of its orders, by order id."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        records = cls.simulator.control(f"orders?{query}")["orders"]
        sellers = {store.seller_id for store in cls.stores.values()}
        return {r["order_id"]: r for r in records if r["seller_id"] in sellers}

    # === ODOO'S SIDE === #

    @classmethod
    def orders(cls):
        """All imported orders, by Amazon's id; fails on two of one id."""
        orders = cls.env["sale.order"].search([("acorn_amazon_order_id", "!=", False)])
        counts = Counter(orders.mapped("acorn_amazon_order_id"))
        twice = [order_id for order_id, count in counts.items() if count > 1]
        assert not twice, f"imported twice: {twice}"
        return {order.acorn_amazon_order_id: order for order in orders}

    @classmethod
    def order(cls, order_id):
        """The order of an Amazon id, or none."""
        domain = [("acorn_amazon_order_id", "=", order_id)]
        return cls.env["sale.order"].search(domain)

    @classmethod
    def documents(cls, order_id=None, **conditions):
        """Kept documents, oldest first."""
        domain = [(name, "=", value) for name, value in conditions.items()]
        if order_id:
            domain.append(("external_id", "=", order_id))
        return cls.env["acorn.amazon.exchange"].search(domain, order="id")

    @classmethod
    def incident(cls, code, record=None):
        """The open incident of a kind, or none."""
        domain = [("code", "=", code), ("state", "=", "open")]
        if record:
            domain += [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return cls.env["acorn.amazon.incident"].search(domain)

    def assert_total(self, order, truth):
        """Odoo's total and what Amazon remits are Amazon's total, to the minor unit."""
        wanted = Decimal(truth["grand_total"])
        remitted = Decimal(truth["amazon_remitted_tax"])
        self.assertEqual(order.currency_id.name, truth["currency"])
        self.assertEqual(exact(order.acorn_amazon_facilitator_tax, wanted), remitted)
        self.assertEqual(
            exact(order.amount_total, wanted) + remitted,
            wanted,
            f"{truth['order_id']} {truth['scenario']}",
        )


def exact(number, like):
    """Return a float as the decimal that it stands for.

    :param float number: a rounded amount
    :param Decimal like: an amount of the same currency
    """
    return Decimal(repr(number)).quantize(like)


def units(moves):
    """Return SKU → units of stock moves."""
    counted = Counter()
    for move in moves:
        counted[move.product_id.default_code] += move.product_uom_qty
    return {sku: quantity for sku, quantity in counted.items() if quantity}
