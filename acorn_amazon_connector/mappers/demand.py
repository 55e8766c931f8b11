"""Which units an order takes from the seller's own stock (A2).

Read before the order is applied, from documents of any age and condition: what cannot
be read here is no reason to stop; the order itself is judged by its own mapper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .errors import PayloadError
from .values import Node

_V0_STATUSES = {
    "Pending": "PENDING",
    "PendingAvailability": "PENDING_AVAILABILITY",
    "Unshipped": "UNSHIPPED",
    "PartiallyShipped": "PARTIALLY_SHIPPED",
    "Shipped": "SHIPPED",
    "InvoiceUnconfirmed": "SHIPPED",
    "Canceled": "CANCELLED",
    "Unfulfillable": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Demand:
    """The units of one order item; times are naive UTC."""

    order_id: str
    item_id: str
    sku: str
    marketplace_id: str | None
    units: int
    status: str
    placed_at: datetime
    changed_at: datetime


def read_demand(payload: Any) -> tuple[Demand, ...]:
    """Return the units of an order document that the seller ships.

    :param payload: an order of ``searchOrders`` 2026-01-01, or
        ``{"order": …, "items": […]}`` of Orders v0
    :return: nothing for orders that Amazon ships, and for what cannot be read
    """
    if not isinstance(payload, Mapping):
        return ()
    try:
        if "items" in payload and "order" in payload:
            return tuple(_read_v0(payload))
        return tuple(_read(Node(payload)))
    except PayloadError:
        return ()


def _read(node):
    fulfillment = node.child("fulfillment")
    if fulfillment.word("fulfilledBy") != "MERCHANT":
        return
    placed, changed = _moments(node, "createdTime", "lastUpdatedTime")
    for item in node.children("orderItems"):
        sku = item.child("product").text("sellerSku")
        if sku:
            yield Demand(
                order_id=node.identifier("orderId"),
                item_id=item.identifier("orderItemId"),
                sku=sku,
                marketplace_id=node.child("salesChannel").text("marketplaceId"),
                units=item.required_count("quantityOrdered"),
                status=fulfillment.word("fulfillmentStatus") or "",
                placed_at=placed,
                changed_at=changed,
            )


def _read_v0(payload):
    order, document = Node(payload["order"]), Node(dict(payload))
    if order.text("FulfillmentChannel") != "MFN":
        return
    placed, changed = _moments(order, "PurchaseDate", "LastUpdateDate")
    for item in document.children("items"):
        sku = item.text("SellerSKU")
        if sku:
            yield Demand(
                order_id=order.identifier("AmazonOrderId"),
                item_id=item.identifier("OrderItemId"),
                sku=sku,
                marketplace_id=order.text("MarketplaceId"),
                units=item.required_count("QuantityOrdered"),
                status=_V0_STATUSES.get(order.text("OrderStatus") or "", ""),
                placed_at=placed,
                changed_at=changed,
            )


def _moments(node, *keys):
    return [
        node.required_moment(key).astimezone(timezone.utc).replace(tzinfo=None)
        for key in keys
    ]
