"""URL → handler. One line per operation, with Amazon's default usage plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.routing import Map, Rule

from .access import SHIPPING_PII, TAX_PII
from .handlers import consent, control, lwa, orders, sellers

_FULFILLMENT = "Amazon Fulfillment"
_FINANCE = "Finance and Accounting"
_INVENTORY = "Inventory and Order Tracking"
_LISTING = "Product Listing"
_PRICING = "Pricing"
_INSIGHTS = "Selling Partner Insights"
_BUYER = ("Buyer Communication", "Buyer Solicitation")

ANY = (_FULFILLMENT, _FINANCE, _INVENTORY, _LISTING, _PRICING, _INSIGHTS, *_BUYER)
READS = (*ANY, SHIPPING_PII, *TAX_PII)
ORDER_DATA = (_FULFILLMENT, _FINANCE, _INVENTORY, SHIPPING_PII, *TAX_PII)
LISTINGS = (_LISTING, _INVENTORY)


@dataclass(frozen=True)
class Operation:
    """One SP-API operation.

    :ivar key: ``family.operationId``
    :ivar rate: tokens per second; ``burst`` = capacity of the bucket
    :ivar roles: any one of these is enough
    :ivar restricted: ``no``, ``pii`` (an RDT adds PII) or ``required``
    :ivar scope: grantless scope, None = a seller's token
    """

    key: str
    method: str
    path: str
    rate: float
    burst: float
    roles: tuple[str, ...]
    handler: Callable
    restricted: str = "no"
    scope: str | None = None


_ORDERS = "/orders/2026-01-01/orders"

OPERATIONS = (
    Operation(
        "sellers.getMarketplaceParticipations",
        "GET",
        "/sellers/v1/marketplaceParticipations",
        0.016,
        15,
        READS,
        sellers.get_marketplace_participations,
    ),
    Operation(
        "orders.searchOrders", "GET", _ORDERS, 0.0056, 20, READS, orders.search_orders
    ),
    Operation(
        "orders.getOrder",
        "GET",
        f"{_ORDERS}/<order_id>",
        0.5,
        30,
        READS,
        orders.get_order,
    ),
)

API = Map(
    [
        Rule(
            operation.path,
            methods=[operation.method],
            endpoint=operation,
            merge_slashes=False,
        )
        for operation in OPERATIONS
    ],
    strict_slashes=False,
)

_GET, _POST, _DELETE = ("GET",), ("POST",), ("DELETE",)

PLAIN = Map(
    [
        Rule(path, methods=methods, endpoint=endpoint)
        for path, methods, endpoint in (
            ("/auth/o2/token", _POST, lwa.token),
            ("/apps/authorize/consent", _GET, consent.show),
            ("/apps/authorize/consent", _POST, consent.decide),
            ("/_sim", _GET, control.index),
            ("/_sim/reset", _POST, control.reset),
            ("/_sim/seed", _POST, control.seed),
            ("/_sim/clock", _GET + _POST, control.clock),
            ("/_sim/faults", _GET + _POST + _DELETE, control.faults),
            ("/_sim/faults/<int:fault_id>", _DELETE, control.faults),
            ("/_sim/requests", _GET + _POST + _DELETE, control.requests),
            ("/_sim/orders", _GET, control.orders),
            ("/_sim/orders/<order_id>", _GET + _POST, control.order),
            ("/_sim/credentials", _GET, control.credentials),
            ("/_sim/applications", _POST, control.applications),
            ("/_sim/catalog", _GET, control.catalog),
            ("/_sim/lwa", _POST, control.lwa),
            ("/_sim/plans", _GET + _POST, control.plans),
        )
    ],
    strict_slashes=False,
)
