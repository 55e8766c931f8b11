"""What it costs to keep Amazon's stock right.

Moves
    The same deliveries, with this addon listening to every change of stock and without
    it, in turns: how much longer a transaction takes, how many more queries it makes.
Publishing
    10,000 SKUs change at once: how long until Amazon shows them all, against what
    Amazon itself needs for one feed, from its queue to its end. Then some hundred by
    themselves, against Amazon's five a second. By the simulator's clock.
"""

import statistics
import time
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

import requests

from odoo import Command, fields

from odoo.addons.acorn_amazon_connector.models.stock.stock_move import StockMove
from odoo.addons.acorn_amazon_connector.models.stock.stock_quant import StockQuant

from simulator import ThreadedSimulator

SKUS = 10_000
# With fewer there is no time to measure.
FEWEST_SKUS = 20
SINGLE_SKUS = 200
# So many SKUs that changed go as one feed.
FEED_FROM = 400
ROUNDS = 40
MOVES = 10
MARKETPLACE = "A1PA6795UKMFR9"
BEFORE, AFTER = 50, 80


def run(env, options):
    """Measure and return the figures (``./acorn bench stock``).

    :param env: environment of a fresh database with the addon installed
    :param options: namespace with ``skus`` and ``rounds`` (None = default)
    :return: dict, JSON-serialisable
    :raise SystemExit: when there is too little to measure
    """
    skus = getattr(options, "skus", None) or SKUS
    rounds = getattr(options, "rounds", None) or ROUNDS
    if skus < FEWEST_SKUS:
        raise SystemExit(f"The benchmark needs at least {FEWEST_SKUS} SKUs.")
    if rounds % 2:
        raise SystemExit("Rounds come in pairs: their number must be even.")
    with ThreadedSimulator(world="demo", size=0) as simulator:
        bench = StockBenchmark(env, simulator, skus, rounds)
        result = bench.measure_moves()
        result |= bench.measure_feed()
        result |= bench.measure_patches()
    return result


class StockBenchmark:
    """A store with many SKUs at a simulated Amazon."""

    def __init__(self, env, simulator, skus, rounds):
        self.env = env
        self.rounds = rounds
        self.url = simulator.url
        self.skus = [f"BULK-{number:05d}" for number in range(1, skus + 1)]
        self.warehouse = env["stock.warehouse"].search([], limit=1)
        self.products = self._create_products()
        self.store = self._create_store()
        self._create_listings()
        env.cr.commit()

    def _control(self, path, data=None):
        method = "GET" if data is None else "POST"
        response = requests.request(
            method, f"{self.url}/_sim/{path}", json=data, timeout=120
        )
        response.raise_for_status()
        return response.json()

    # === DATA === #

    def _create_products(self):
        products = self.env["product.product"].create(
            [
                {"name": sku, "default_code": sku, "is_storable": True}
                for sku in self.skus
            ]
        )
        self._set_stock(products, BEFORE)
        return products

    def _set_stock(self, products, quantity):
        location = self.warehouse.lot_stock_id
        quants = self.env["stock.quant"]
        known = quants.search(
            [("product_id", "in", products.ids), ("location_id", "=", location.id)]
        )
        known.write({"quantity": quantity})
        quants.sudo().create(
            [
                {
                    "product_id": product.id,
                    "location_id": location.id,
                    "quantity": quantity,
                }
                for product in products - known.product_id
            ]
        )

    def _create_store(self):
        env = self.env
        sellers = self._control("credentials")["sellers"]
        seller = next(one for one in sellers if one["region"] == "eu")
        self.seller_id = seller["seller_id"]
        self._control(
            "listings",
            {
                "seller_id": self.seller_id,
                "count": len(self.skus),
                "marketplace_ids": [MARKETPLACE],
                "quantity": BEFORE,
            },
        )
        application = env["acorn.amazon.application"].create(
            {
                "name": "Bench",
                "environment": "simulator",
                "simulator_url": self.url,
                "application_id": seller["application_id"],
                "client_id": seller["client_id"],
                "client_secret": seller["client_secret"],
            }
        )
        store = env["acorn.amazon.store"].create(
            {
                "name": "Bench",
                "application_id": application.id,
                "region": "eu",
                "seller_id": self.seller_id,
                "refresh_token": seller["refresh_token"],
            }
        )
        env["acorn.amazon.participation"].create(
            {
                "store_id": store.id,
                "marketplace_id": env["acorn.amazon.marketplace"]
                .search([("amazon_id", "=", MARKETPLACE)])
                .id,
                "is_participating": True,
                "warehouse_id": self.warehouse.id,
            }
        )
        # Only what is measured runs.
        flows = env["acorn.amazon.flow"].search([])
        flows.filtered(lambda flow: flow.code != "stock_publish").active = False
        store.state = "live"
        return store

    def _create_listings(self):
        listings = self.env["acorn.amazon.listing"].create(
            [
                {
                    "store_id": self.store.id,
                    "sku": product.default_code,
                    "product_id": product.id,
                    "last_seen": fields.Datetime.now(),
                }
                for product in self.products
            ]
        )
        now = fields.Datetime.now()
        offers = self.env["acorn.amazon.offer"].create(
            [
                {
                    "listing_id": listing.id,
                    "participation_id": self.store.participation_ids.id,
                    # Sent before, as in a shop that has been running for a while.
                    "stock_state": "published",
                    "amazon_quantity": BEFORE,
                    "amazon_quantity_at": now,
                }
                for listing in listings
            ]
        )
        for offer in offers:
            offer.quantity_owner_id = offer
        threshold = min(FEED_FROM, len(self.skus))
        self.store.write({"stock_mode": "publish", "feed_threshold": threshold})
        offers.write({"stock_dirty": False})
        self.env.flush_all()

    # === MOVES === #

    def measure_moves(self):
        """Deliver the same goods with and without the addon listening, in turns."""
        seconds = {True: [], False: []}
        queries = {True: [], False: []}
        for number in range(self.rounds + 2):
            ways = (True, False) if number % 2 else (False, True)
            for listening in ways:
                spent, made = self._deliver(number, listening)
                # The first rounds warm the caches.
                if number >= 2:
                    seconds[listening].append(spent)
                    queries[listening].append(made)
        self.env.cr.execute("DELETE FROM acorn_amazon_stock_event")
        self.env.cr.commit()
        ratios = [
            with_us / without
            for with_us, without in zip(seconds[True], seconds[False], strict=True)
        ]
        more = [
            with_us - without
            for with_us, without in zip(queries[True], queries[False], strict=True)
        ]
        # Who goes second finds warmer caches: a round of each order makes one figure.
        pairs = [sum(pair) / 2 for pair in zip(more[::2], more[1::2], strict=True)]
        return {
            "move_ms": round(statistics.median(seconds[False]) * 1000, 1),
            "move_overhead_percent": round((statistics.median(ratios) - 1) * 100, 2),
            "extra_queries_per_transaction": round(statistics.median(pairs), 2),
        }

    def _deliver(self, number, listening):
        """One transaction: a delivery of ten products, reserved and validated.

        :return: (seconds, queries)
        """
        start = number * MOVES % (len(self.products) - MOVES)
        products = self.products[start : start + MOVES]
        cr = self.env.cr
        with contextmanager(_listening if listening else _deaf)(self.env):
            queries, begun = cr.sql_log_count, time.perf_counter()
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "location_dest_id": self.env.ref(
                        "stock.stock_location_customers"
                    ).id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": 1,
                                "location_id": self.warehouse.lot_stock_id.id,
                                "location_dest_id": self.env.ref(
                                    "stock.stock_location_customers"
                                ).id,
                            }
                        )
                        for product in products
                    ],
                }
            )
            picking.action_confirm()
            picking.action_assign()
            picking.move_ids.picked = True
            picking._action_done()
            cr.commit()
            return time.perf_counter() - begun, cr.sql_log_count - queries

    # === PUBLISHING === #

    def measure_feed(self):
        """Change every SKU; Amazon's own time for one feed is the optimum."""
        settings = self._control("settings")
        self._set_stock(self.products, AFTER)
        begun = self._now()
        self.env.cr.commit()
        self._run_sender()
        batch = self.env["acorn.amazon.submission.batch"].search([], limit=1)
        optimum = settings["feed_queue_seconds"] + (
            len(self.skus) * settings["feed_seconds_per_message"]
        )
        submitted = self._now()
        while self._count_shown(AFTER) < len(self.skus):
            self._control("clock", {"advance": 1})
        spent = self._now() - begun
        self._run_sender()
        assert batch.feed_status == "DONE", batch.feed_status
        return {
            "published_skus": len(self.skus),
            "seconds_until_submitted": round(submitted - begun, 1),
            "publish_ratio_to_optimum": round(spent / optimum, 3),
        }

    def measure_patches(self):
        """Change some SKUs; five a second after the first five is the optimum."""
        self._run_sender()
        products = self.products[: min(SINGLE_SKUS, len(self.products) // 2)]
        self._set_stock(products, 0)
        begun = self._now()
        self.env.cr.commit()
        while self._count_shown(0) < len(products):
            self._run_sender()
        spent = self._now() - begun
        optimum = (len(products) - 5) / 5
        return {"single_ratio_to_optimum": round(spent / optimum, 3)}

    def _run_sender(self):
        self.store.task_ids.action_run_now()
        self.env.cr.commit()
        self.env["acorn.amazon.task"]._cron_run_tasks("remote")

    def _now(self):
        """The simulator's time in seconds."""
        now = self._control("clock")["now"]
        return datetime.fromisoformat(now.replace("Z", "+00:00")).timestamp()

    def _count_shown(self, quantity):
        path = f"stock?seller_id={self.seller_id}&history=0"
        rows = self._control(path)["stock"]
        wanted = set(self.skus)
        return sum(row["quantity"] == quantity for row in rows if row["sku"] in wanted)


def _listening(env):
    yield


def _deaf(env):
    """The same classes without the methods that listen."""
    quant, move = type(env["stock.quant"]), type(env["stock.move"])

    def below(own, name):
        def method(self, *args, **kwargs):
            return getattr(super(own, self), name)(*args, **kwargs)

        return method

    with (
        patch.object(quant, "create", below(StockQuant, "create")),
        patch.object(quant, "write", below(StockQuant, "write")),
        patch.object(quant, "unlink", below(StockQuant, "unlink")),
        patch.object(move, "_action_confirm", below(StockMove, "_action_confirm")),
        patch.object(move, "_action_cancel", below(StockMove, "_action_cancel")),
    ):
        yield
