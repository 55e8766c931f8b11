"""What it costs to turn Amazon orders into confirmed Odoo orders.

Three ways, in one run, on one database, with the same products and buyers:

floor
    Odoo alone: bulk create and bulk confirm of two-line orders with their partners.
apply
    Ours: kept Amazon documents → mapped, checked, created, confirmed, recorded.
per order
    Create, confirm and commit one order after the other, as connectors often do.

The ways take turns in rounds, so that a slow moment of the machine hits all of them.
"""

import gc
import resource
import statistics
import time
from datetime import datetime, timedelta, timezone

import requests

from odoo import Command

from simulator import ThreadedSimulator

ORDERS = 400
ROUNDS = 4
PRODUCTS = 50
MEMORY_ORDERS = 10_000
SWEPT_ORDERS = 1_000


def run(env, options):
    """Measure and return the figures (``./acorn bench orders``).

    :param env: environment of a fresh database with the addon installed
    :param options: namespace with ``orders`` and ``memory_orders`` (None = default)
    :return: dict, JSON-serialisable
    """
    bench = OrdersBenchmark(env, getattr(options, "orders", None) or ORDERS)
    result = bench.compare()
    result["api_calls_per_order"] = bench.measure_calls()
    memory_orders = getattr(options, "memory_orders", None)
    result["memory_growth_mb"] = bench.measure_memory(
        MEMORY_ORDERS if memory_orders is None else memory_orders
    )
    return result


def rss_mb():
    """Resident memory of this process in MiB."""
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * resource.getpagesize() / 2**20


class OrdersBenchmark:
    """Data and measurements of the three ways."""

    def __init__(self, env, orders):
        self.env = env
        self.orders = orders
        self.counter = 0
        self.products = self._create_products()
        self.store = self._create_store()
        env.cr.commit()

    def _create_products(self):
        products = self.env["product.product"].create(
            [
                {
                    "name": f"Bench product {number}",
                    "default_code": f"BENCH-{number:03d}",
                    "is_storable": True,
                    "list_price": 19.99,
                    "weight": 0.5,
                    "taxes_id": [Command.clear()],
                }
                for number in range(PRODUCTS)
            ]
        )
        warehouse = self.env["stock.warehouse"].search([], limit=1)
        for product in products:
            self.env["stock.quant"]._update_available_quantity(
                product, warehouse.lot_stock_id, 10_000_000
            )
        return products

    def _create_store(self):
        env = self.env
        application = env["acorn.amazon.application"].create(
            {
                "name": "Bench",
                "environment": "simulator",
                "simulator_url": "http://127.0.0.1:9",
                "application_id": "amzn1.sp.solution.bench",
                "client_id": "bench",
            }
        )
        store = env["acorn.amazon.store"].create(
            {
                "name": "Bench",
                "application_id": application.id,
                "region": "na",
                "seller_id": "BENCH",
            }
        )
        marketplace = env["acorn.amazon.marketplace"].search(
            [("amazon_id", "=", "ATVPDKIKX0DER")]
        )
        warehouse = env["stock.warehouse"].search([], limit=1)
        env["acorn.amazon.participation"].create(
            {
                "store_id": store.id,
                "marketplace_id": marketplace.id,
                "is_participating": True,
                "warehouse_id": warehouse.id,
                "pricelist_id": env["product.pricelist"]
                .create({"name": "Bench USD", "currency_id": env.ref("base.USD").id})
                .id,
            }
        )
        env["acorn.amazon.listing"].create(
            [
                {
                    "store_id": store.id,
                    "sku": product.default_code,
                    "fulfillment_channel": "MERCHANT",
                    "product_id": product.id,
                }
                for product in self.products
            ]
        )
        store.state = "live"
        return store

    # === THE THREE WAYS === #

    def compare(self):
        """Run the ways in turns.

        :return: dict of milliseconds and queries per order of each way and the ratios
        """
        ways = {
            "floor": self._run_floor,
            "apply": self._run_apply,
            "per_order": self._run_per_order,
        }
        for way in ways.values():  # warm caches, not measured
            way(10)
        figures = {name: [] for name in ways}
        share = max(1, self.orders // ROUNDS)
        for _round in range(ROUNDS):
            for name, way in ways.items():
                figures[name].append(self._measure(way, share))
        return self._summarise(figures)

    def _measure(self, way, count):
        env = self.env
        gc.collect()
        env.invalidate_all()
        queries = env.cr.sql_log_count
        started = time.perf_counter()
        way(count)
        env.cr.commit()
        seconds = time.perf_counter() - started
        return seconds * 1000 / count, (env.cr.sql_log_count - queries) / count

    def _summarise(self, figures):
        result = {}
        for name, rounds in figures.items():
            result[f"{name}_ms_per_order"] = round(
                statistics.median(ms for ms, _queries in rounds), 2
            )
            result[f"{name}_queries_per_order"] = round(
                statistics.median(queries for _ms, queries in rounds), 2
            )
        result["queries_per_order"] = result["apply_queries_per_order"]
        result["ratio_to_floor"] = round(
            result["apply_ms_per_order"] / result["floor_ms_per_order"], 3
        )
        result["speedup_over_per_order"] = round(
            result["per_order_ms_per_order"] / result["apply_ms_per_order"], 2
        )
        return result

    def _numbers(self, count):
        first = self.counter
        self.counter += count
        return range(first, first + count)

    def _create_partners(self, numbers):
        us = self.env.ref("base.us")
        state = self.env.ref("base.state_us_44")
        address = {
            "street": "1 Main Street",
            "city": "Austin",
            "zip": "73301",
            "state_id": state.id,
            "country_id": us.id,
        }
        partners = self.env["res.partner"]
        buyers = partners.create(
            [
                {"name": f"Buyer {n}", "email": f"b{n}@example.com", **address}
                for n in numbers
            ]
        )
        contacts = partners.create(
            [
                {
                    "name": f"Buyer {n}",
                    "type": "delivery",
                    "parent_id": buyer.id,
                    **address,
                }
                for n, buyer in zip(numbers, buyers, strict=True)
            ]
        )
        return buyers, contacts

    def _order_vals(self, number, buyer, contact):
        return {
            "partner_id": buyer.id,
            "partner_invoice_id": buyer.id,
            "partner_shipping_id": contact.id,
            "client_order_ref": f"floor-{number}",
            "order_line": [
                Command.create(
                    {
                        "product_id": self._product(number, line).id,
                        "product_uom_qty": line + 1,
                        "price_unit": 19.99,
                        "tax_ids": [Command.clear()],
                    }
                )
                for line in range(2)
            ],
        }

    def _product(self, number, line):
        return self.products[(number * 7 + line * 3) % PRODUCTS]

    def _run_floor(self, count):
        numbers = self._numbers(count)
        buyers, contacts = self._create_partners(numbers)
        orders = self.env["sale.order"].create(
            [
                self._order_vals(number, buyer, contact)
                for number, buyer, contact in zip(
                    numbers, buyers, contacts, strict=True
                )
            ]
        )
        orders.action_confirm()

    def _run_per_order(self, count):
        for number in self._numbers(count):
            buyers, contacts = self._create_partners([number])
            order = self.env["sale.order"].create(
                [self._order_vals(number, buyers, contacts)]
            )
            order.action_confirm()
            self.env.cr.commit()

    def _run_apply(self, count):
        self._keep(count)
        self._apply_kept()

    def _keep(self, count):
        """Keep documents as the sweep does, a page of 100 at a time."""
        numbers = self._numbers(count)
        exchanges = self.env["acorn.amazon.exchange"]
        for start in range(0, count, 100):
            exchanges._keep(
                self.store,
                "order",
                [self._document(number) for number in numbers[start : start + 100]],
            )
            self.env.cr.commit()

    def _apply_kept(self):
        task = self.store.task_ids.filtered(
            lambda task: task.flow_id.code == "orders_apply"
        )
        finished = self.env["acorn.amazon.job.orders.apply"]._run(task)
        if not finished:
            raise RuntimeError("The documents were not applied completely.")

    def _document(self, number):
        """One two-line order as Orders 2026-01-01 answers it."""
        moment = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=number)
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        order_id = f"111-{number:07d}-0000001"
        items = [self._item(number, line) for line in range(2)]
        total = sum(19.99 * (line + 1) for line in range(2))
        payload = {
            "orderId": order_id,
            "createdTime": text,
            "lastUpdatedTime": text,
            "salesChannel": {
                "channelName": "AMAZON",
                "marketplaceId": "ATVPDKIKX0DER",
                "marketplaceName": "Amazon.com",
            },
            "buyer": {
                "buyerName": f"Buyer {number}",
                "buyerEmail": f"b{number}@marketplace.amazon.com",
            },
            "recipient": {
                "deliveryAddress": {
                    "name": f"Buyer {number}",
                    "addressLine1": "1 Main Street",
                    "city": "Austin",
                    "stateOrRegion": "TX",
                    "postalCode": "73301",
                    "countryCode": "US",
                }
            },
            "fulfillment": {
                "fulfillmentStatus": "UNSHIPPED",
                "fulfilledBy": "MERCHANT",
                "fulfillmentServiceLevel": "STANDARD",
            },
            "proceeds": {
                "grandTotal": {"amount": f"{total:.2f}", "currencyCode": "USD"}
            },
            "orderItems": items,
        }
        return order_id, moment.replace(tzinfo=None), payload

    def _item(self, number, line):
        quantity = line + 1
        amount = f"{19.99 * quantity:.2f}"
        return {
            "orderItemId": f"{number:09d}{line}",
            "quantityOrdered": quantity,
            "product": {
                "sellerSku": self._product(number, line).default_code,
                "asin": f"B0BENCH{line:03d}",
                "title": f"Bench product {line}",
                "price": {"unitPrice": {"amount": "19.99", "currencyCode": "USD"}},
            },
            "proceeds": {
                "proceedsTotal": {"amount": amount, "currencyCode": "USD"},
                "breakdowns": [
                    {
                        "type": "ITEM",
                        "subtotal": {"amount": amount, "currencyCode": "USD"},
                    }
                ],
            },
        }

    # === CALLS === #

    def measure_calls(self):
        """Calls that Amazon saw, tokens included, per order kept by a first sweep."""
        with ThreadedSimulator(world="busy", size=SWEPT_ORDERS) as simulator:
            calls_before = self._count_calls(simulator)
            kept = sum(
                self._sweep(simulator, seller)
                for seller in self._get(simulator, "credentials")["sellers"]
            )
            calls = self._count_calls(simulator) - calls_before
        return round(calls / kept, 4)

    def _get(self, simulator, name):
        return requests.get(f"{simulator.url}/_sim/{name}", timeout=60).json()

    def _count_calls(self, simulator):
        return self._get(simulator, "requests")["count"]

    def _sweep(self, simulator, seller):
        env = self.env
        applications = env["acorn.amazon.application"]
        application = applications.search([("client_id", "=", seller["client_id"])])
        if not application:
            application = applications.create(
                {
                    "name": "Simulator",
                    "environment": "simulator",
                    "simulator_url": simulator.url,
                    "application_id": seller["application_id"],
                    "client_id": seller["client_id"],
                    "client_secret": seller["client_secret"],
                }
            )
        store = env["acorn.amazon.store"].create(
            {
                "name": seller["store_name"],
                "application_id": application.id,
                "region": seller["region"],
                "import_from": datetime(2020, 1, 1),
            }
        )
        store.write(
            {
                "seller_id": seller["seller_id"],
                "refresh_token": seller["refresh_token"],
            }
        )
        store.action_shadow()
        env.cr.commit()
        task = store.task_ids.filtered(lambda t: t.flow_id.code == "orders_sweep")
        env["acorn.amazon.job.orders.sweep"]._run(task)
        env.cr.commit()
        return task.processed_count

    # === MEMORY === #

    def measure_memory(self, orders):
        """Growth of resident memory (MiB) between a tenth of the orders and all."""
        if not orders:
            return 0.0
        first = orders // 10
        self._apply_many(first)
        before = rss_mb()
        self._apply_many(orders - first)
        return round(max(0.0, rss_mb() - before), 1)

    def _apply_many(self, count):
        while count > 0:
            share = min(count, 500)
            self._run_apply(share)
            self.env.cr.commit()
            count -= share
        self.env.invalidate_all()
        gc.collect()
