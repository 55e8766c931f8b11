"""The door to orders: the data classes and a mapper per API version."""

from typing import Any

from .errors import PayloadError
from .order_2026 import map_order
from .order_data import (
    Address,
    Alias,
    Buyer,
    Charge,
    Line,
    Order,
    Package,
    TaxRegistration,
    Window,
)
from .order_v0 import map_order_v0, upper_snake
from .values import Money, Node

_TOTALS = (("proceeds", "grandTotal"), ("order", "OrderTotal"))
# Where a document of either version says that an order is cancelled, or shall be.
_CANCELLATIONS = (
    (
        "CANCELLED",
        lambda node: node.child("fulfillment").word("fulfillmentStatus") == "CANCELLED",
    ),
    (
        "CANCELLED",
        lambda node: upper_snake(node.child("order").text("OrderStatus")) == "CANCELED",
    ),
    (
        "REQUESTED",
        lambda node: any(
            item.child("cancellation").child("cancellationRequest")
            for item in node.children("orderItems")
        ),
    ),
    (
        "REQUESTED",
        lambda node: any(
            item.child("BuyerRequestedCancel").flag("IsBuyerRequestedCancel")
            for item in node.children("items")
        ),
    ),
)

__all__ = [
    "Address",
    "Alias",
    "Buyer",
    "Charge",
    "Line",
    "Order",
    "Package",
    "TaxRegistration",
    "Window",
    "map_order",
    "map_order_v0",
    "peek_cancellation",
    "peek_total",
]


def peek_cancellation(payload: Any) -> str | None:
    """Tell whether a kept document asks not to ship, whatever else is wrong with it.

    :param payload: an order of 2026-01-01, or ``{"order": …, "items": …}`` of v0
    :return: ``CANCELLED``, ``REQUESTED`` by the buyer, or ``None``
    """
    for status, says_so in _CANCELLATIONS:
        try:
            if says_so(Node(payload)):
                return status
        except PayloadError:
            continue
    return None


def peek_total(payload: Any) -> Money | None:
    """Return what a kept document says it comes to, whatever else is wrong with it.

    :param payload: an order of 2026-01-01, or ``{"order": …, "items": …}`` of v0
    :return: ``None`` unless both the amount and its currency can be read
    """
    for parent, key in _TOTALS:
        try:
            money = Node(payload).child(parent).money(key)
        except PayloadError:
            continue
        if money and money.currency:
            return money
    return None
