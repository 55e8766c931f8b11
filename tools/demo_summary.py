"""Compare what Amazon has with what Odoo has, order by order.

An order that Amazon cancelled counts once Odoo has it: a client that first sees it
cancelled cannot know that it was ever worth importing.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from tools.http import Client
from tools.odoo_api import Odoo

PAGE = 2000


@dataclass
class Census:
    """The result of a comparison.

    :param set missing: orders of Amazon that Odoo should have and has not.
    :param set duplicated: orders that Odoo has more than once.
    :param set unexpected: orders in Odoo that should not be there.
    :param list different: text for each order whose total or state differs.
    """

    orders_at_amazon: int = 0
    orders_in_odoo: int = 0
    missing: set[str] = field(default_factory=set)
    duplicated: set[str] = field(default_factory=set)
    unexpected: set[str] = field(default_factory=set)
    different: list[str] = field(default_factory=list)
    blocked: int = 0
    totals_equal: int = 0
    totals_different: int = 0
    rounding_lines: int = 0
    api_calls: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing is missing, duplicated, out of place or different."""
        return not (
            self.missing or self.duplicated or self.unexpected or self.different
        )

    def record(self) -> dict:
        """Return the figures, ready for JSON."""
        orders = self.orders_in_odoo
        per_order = round(self.api_calls / orders, 4) if orders else None
        return {
            "orders_at_amazon": self.orders_at_amazon,
            "orders_in_odoo": orders,
            "missing": len(self.missing),
            "duplicated": len(self.duplicated),
            "unexpected": len(self.unexpected),
            "blocked": self.blocked,
            "totals_equal": self.totals_equal,
            "totals_different": self.totals_different,
            "rounding_lines": self.rounding_lines,
            "api_calls": self.api_calls,
            "api_calls_per_order": per_order,
            "seconds": round(self.seconds, 1),
        }


def _judge(census: Census, truth: dict, order: dict) -> None:
    """Compare one order that is on both sides."""
    order_id = truth["order_id"]
    cancelled = order["state"] == "cancel"
    if cancelled != (truth["expected"] == "cancelled"):
        census.different.append(
            f"{order_id}: {order['state']} in Odoo, {truth['expected']} at Amazon"
        )
    if truth["grand_total"] is None or cancelled:
        return
    wanted = Decimal(truth["grand_total"])
    seen = Decimal(str(order["amount_total"])) + Decimal(
        str(order["acorn_amazon_facilitator_tax"])
    )
    currency = order["currency_id"][1]
    if seen.quantize(wanted) == wanted and currency == truth["currency"]:
        census.totals_equal += 1
    else:
        census.totals_different += 1
        census.different.append(
            f"{order_id}: {seen} {currency} in Odoo,"
            f" {wanted} {truth['currency']} at Amazon"
        )


def compare(truths: list[dict], orders: list[dict], blocked: set[str]) -> Census:
    """Compare the truth with the orders in Odoo.

    :param list truths: records of ``/_sim/orders``.
    :param list orders: ``sale.order`` as dictionaries, with ``seller_id``.
    :param set blocked: order ids whose document waits for a person's decision.
    :return: the census, without calls and time.
    """
    census = Census(orders_in_odoo=len(orders), blocked=len(blocked))
    by_key: dict[tuple, dict] = {}
    counts: Counter[tuple] = Counter()
    for order in orders:
        key = (order["seller_id"], order["acorn_amazon_order_id"])
        by_key[key] = order
        counts[key] += 1
    census.duplicated = {key[1] for key, count in counts.items() if count > 1}
    for truth in truths:
        key = (truth["seller_id"], truth["order_id"])
        order = by_key.pop(key, None)
        if truth["expected"] in {"order", "cancelled"} and order:
            census.orders_at_amazon += 1
            _judge(census, truth, order)
        elif truth["expected"] in {"order", "blocked"}:
            census.orders_at_amazon += 1
            known = truth["expected"] == "blocked" and truth["order_id"] in blocked
            if not order and not known:
                census.missing.add(truth["order_id"])
        elif order and order["state"] != "cancel":
            census.unexpected.add(truth["order_id"])
    census.unexpected |= {key[1] for key in by_key}
    return census


def _all(odoo: Odoo, model: str, domain: list, fields: list[str]) -> list[dict]:
    """Read any number of records, page by page."""
    found: list[dict] = []
    last = 0
    while True:
        page = odoo.search_read(
            model,
            [*domain, ["id", ">", last]],
            fields,
            order="id",
            limit=PAGE,
        )
        found += page
        if len(page) < PAGE:
            return found
        last = page[-1]["id"]


def read_orders(odoo: Odoo) -> list[dict]:
    """Return every Amazon order in Odoo, with its seller's id."""
    stores = odoo.search_read("acorn.amazon.store", [], ["seller_id"])
    sellers = {store["id"]: store["seller_id"] for store in stores}
    orders = _all(
        odoo,
        "sale.order",
        [["acorn_amazon_order_id", "!=", False]],
        [
            "acorn_amazon_order_id",
            "acorn_amazon_store_id",
            "acorn_amazon_facilitator_tax",
            "amount_total",
            "currency_id",
            "state",
        ],
    )
    for order in orders:
        order["seller_id"] = sellers.get(order["acorn_amazon_store_id"][0])
    return orders


def take(odoo: Odoo, simulator: Client) -> Census:
    """Compare now.

    :param Odoo odoo: session of an administrator.
    :param Client simulator: the simulator, which knows the truth.
    """
    truths = simulator.get("/_sim/orders")["orders"]
    documents = odoo.search_read(
        "acorn.amazon.exchange",
        [["state", "in", ["blocked", "error"]], ["direction", "=", "in"]],
        ["external_id", "state"],
    )
    blocked = {row["external_id"] for row in documents if row["state"] == "blocked"}
    census = compare(truths, read_orders(odoo), blocked)
    census.rounding_lines = odoo.count(
        "sale.order.line", [["acorn_amazon_charge", "=", "rounding"]]
    )
    census.api_calls = count_calls(simulator)
    return census


def count_calls(simulator: Client) -> int:
    """Return how many times Amazon's selling API was called so far."""
    log = simulator.get("/_sim/requests")["requests"]
    return sum(bool(entry["operation"]) for entry in log)


def table(record: dict) -> str:
    """Return the figures as lines of text."""
    width = max(len(name) for name in record)
    lines = []
    for name, value in record.items():
        shown = "–" if value is None else f"{value:,}"
        lines.append(f"  {name.replace('_', ' '):<{width}}  {shown:>12}")
    return "\n".join(lines)
