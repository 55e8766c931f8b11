"""The seller's side of a shop: sets it up in Odoo, and moves goods as people do.

Started by the tests with Odoo on the path. Each line of its input, JSON, says what to
do next; each line of its output what was done.
"""

import json
import random
import sys
import threading
import time

import psycopg2

import odoo
from odoo.modules.registry import Registry
from odoo.tools import config

FLOWS = ("stock_publish", "orders_sweep", "orders_apply", "listings")
ATTEMPTS = 50


def environment(cr):
    return odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})


def say(**facts):
    print(json.dumps(facts), flush=True)


def retrying(registry, work):
    """Do something in a transaction of its own, again after a conflict.

    :param work: takes an environment
    :return: what it returns, and the seconds (epoch) around its transaction
    """
    for attempt in range(ATTEMPTS):
        started = time.time()
        try:
            with registry.cursor() as cr:
                result = work(environment(cr))
            return result, started, time.time()
        except psycopg2.OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0.01, 0.05))
    raise AssertionError


# === SET UP === #


def open_shop(env, simulator, seller, catalog):
    """Connect a store and read its listings, before any stock is sent."""
    flows = env["acorn.amazon.flow"].search([])
    flows.active = False
    flows.filtered(lambda flow: flow.code in FLOWS).active = True
    env["product.product"].create(
        [
            {
                "name": item["title"],
                "default_code": item["sku"],
                "is_storable": True,
                "list_price": 1.11,
            }
            for item in catalog
        ]
    )
    application = env["acorn.amazon.application"].create(
        {
            "name": "Test application",
            "environment": "simulator",
            "simulator_url": simulator,
            **{
                name: seller[name]
                for name in ("application_id", "client_id", "client_secret")
            },
        }
    )
    home = env["acorn.amazon.marketplace"].search(
        [("amazon_id", "=", seller["marketplace_ids"][0])]
    )
    store = env["acorn.amazon.store"].create(
        {
            "name": seller["store_name"],
            "application_id": application.id,
            "region": home.region,
            "home_marketplace_id": home.id,
            "seller_id": seller["seller_id"],
            "refresh_token": seller["refresh_token"],
            "import_from": "2000-01-01",
        }
    )
    # Amazon's limits are counted in transactions of their own.
    env.cr.commit()
    rows = store._get_client().sellers.participations()
    env["acorn.amazon.participation"]._refresh(store, rows)._create_proposed()
    store.action_go_live()
    store.task_ids.action_run_now()


def start_sending(env, stock, buffer):
    """Receive units of some SKUs and have them sent; leave the others alone.

    :param dict stock: SKU to units
    :param int buffer: units held back of each
    """
    store = env["acorn.amazon.store"].search([])
    place = env["stock.warehouse"].search([], limit=1).lot_stock_id
    sold = store.listing_ids.filtered(lambda listing: listing.sku in stock)
    rest = store.listing_ids - sold
    rest.write({"has_own_stock_rule": True, "stock_policy": "leave"})
    sold.write({"has_own_stock_rule": True, "stock_buffer": buffer})
    for listing in sold:
        env["stock.quant"]._update_available_quantity(
            listing.product_id, place, stock[listing.sku]
        )
    store.stock_mode = "publish"


def tidy_up(env):
    """What Odoo's scheduler does each night.

    Who moves goods that somebody else is moving writes a quant of his own, and now and
    then a reservation stays with the wrong one: Odoo is careful until it has tidied up.
    """
    env["stock.quant"]._quant_tasks()


# === AT WORK === #


class Warehouse:
    """People who move goods, each movement in a transaction of its own.

    :param list skus: whose goods
    :param int seed: what they do by chance
    :param dict weights: how often they do what
    """

    def __init__(self, registry, skus, seed, weights):
        self.registry, self.skus, self.weights = registry, skus, weights
        self.random = random.Random(seed)
        self.stopped = threading.Event()

    def work(self):
        """Move goods until the next line of the input."""
        threading.Thread(target=self._listen, daemon=True).start()
        while not self.stopped.is_set():
            [kind] = self.random.choices([*self.weights], self.weights.values())
            sku, units = self.random.choice(self.skus), self.random.randint(1, 4)
            moved, started, ended = retrying(
                self.registry,
                lambda env, kind=kind, sku=sku, units=units: getattr(self, kind)(
                    env, sku, units
                ),
            )
            if moved:
                facts = {"kind": kind, "sku": sku, "units": moved}
                say(**facts, started=started, ended=ended)
            # Nobody moves goods faster than the machine can tell.
            self.stopped.wait(self.random.uniform(1, 6) * max(0.05, ended - started))

    def _listen(self):
        sys.stdin.readline()
        self.stopped.set()

    def _move(self, env, product, units):
        place = env["stock.warehouse"].search([], limit=1).lot_stock_id
        env["stock.quant"]._update_available_quantity(product, place, units)

    def _product(self, env, sku):
        warehouse = env["stock.warehouse"].search([], limit=1)
        return (
            env["product.product"]
            .with_context(warehouse_id=warehouse.id)
            .search([("default_code", "=", sku)])
        )

    def receive(self, env, sku, units):
        """Goods come in."""
        self._move(env, self._product(env, sku), units)
        return units

    def remove(self, env, sku, units):
        """Goods break, or go to somebody else: only what nobody waits for."""
        product = self._product(env, sku)
        held = sum(env["acorn.amazon.demand"]._get_waiting(product).values())
        promised = product.qty_available - product.outgoing_qty
        units = min(units, int(min(product.free_qty, promised)) - held)
        if units <= 0:
            return 0
        self._move(env, product, -units)
        return units

    def deliver(self, env, _sku, _units):
        """An imported order leaves."""
        domain = [("acorn_amazon_order_id", "!=", False), ("state", "=", "assigned")]
        picking = env["stock.picking"].search(domain, limit=1)
        if picking:
            picking.button_validate()
        return int(sum(picking.move_ids.mapped("quantity")))


WORK = {"open": open_shop, "send": start_sending, "tidy": tidy_up}


def main():
    database = sys.argv[1]
    config.parse_config(["-d", database, "--no-http", "--log-level=critical"])
    odoo.netsvc.init_logger()
    registry = Registry(database)
    for line in iter(sys.stdin.readline, ""):
        task = json.loads(line)
        kind = task.pop("do")
        if kind == "work":
            Warehouse(registry, **task).work()
        else:
            work = WORK[kind]
            retrying(registry, lambda env, work=work, task=task: work(env, **task))
        say(done=kind)


if __name__ == "__main__":
    sys.exit(main())
