"""Orders of other channels that Amazon ships (Fulfillment Outbound 2020-07-01)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..services.timestamps import format_timestamp
from .values import Node, read_amount

MOST_LINES = 100
MOST_UNITS = 250
LONGEST_ID = 40
LONGEST_COMMENT = 750
# Amazon still lets such an order be cancelled.
CANCELLABLE = frozenset({"New", "Received", "Planning"})
FINAL = frozenset(
    {"Complete", "CompletePartialled", "Unfulfillable", "Invalid", "Cancelled"}
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Who receives the goods."""

    name: str
    address_line1: str
    postal_code: str
    country_code: str
    city: str | None = None
    state: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class OutboundItem:
    """Units of a SKU; ``item_id`` is our own name of the line, unique in the order."""

    item_id: str
    sku: str
    quantity: int
    comment: str | None = None
    gift_message: str | None = None


@dataclass(frozen=True, slots=True)
class OutboundLine:
    """What became of a line."""

    item_id: str
    sku: str
    quantity: int
    cancelled: int
    unfulfillable: int


@dataclass(frozen=True, slots=True)
class OutboundPackage:
    """A package; ``number`` is what its tracking is asked with."""

    number: int
    carrier_code: str | None
    tracking_number: str | None
    arrives_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboundUnits:
    """Units of a line in a shipment."""

    item_id: str
    sku: str
    quantity: int
    package_number: int | None
    serial_number: str | None


@dataclass(frozen=True, slots=True)
class OutboundShipment:
    """Goods from one warehouse; ``status`` is PENDING, SHIPPED, CANCELLED_BY_…"""

    shipment_id: str
    status: str
    shipped_at: datetime | None
    units: tuple[OutboundUnits, ...]
    packages: tuple[OutboundPackage, ...]


@dataclass(frozen=True, slots=True)
class OutboundOrder:
    """A fulfilment order as Amazon has it; ``status`` as in the API."""

    order_id: str
    status: str
    updated_at: datetime | None
    lines: tuple[OutboundLine, ...]
    shipments: tuple[OutboundShipment, ...]

    @property
    def is_final(self) -> bool:
        """Return whether nothing more will happen."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Preview:
    """What one speed costs and whether it can be had."""

    speed: str
    is_fulfillable: bool
    fees: Decimal
    currency: str | None
    reasons: tuple[str, ...]


def plain_id(text: str) -> str:
    """Return what is left of a number in letters, digits and hyphens.

    Amazon takes others too, and then does not find the order by its number: blanks
    are refused with 403, a plus sign is read as a blank.
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")


def preview_body(
    destination: Destination,
    items: Sequence[OutboundItem],
    marketplace_id: str | None = None,
) -> dict[str, Any]:
    """Return the body of ``getFulfillmentPreview``.

    :raise ValueError: more than Amazon takes in one order
    """
    _check_items(items)
    body = {
        "address": _address(destination),
        "items": [
            {
                "sellerSku": item.sku,
                "sellerFulfillmentOrderItemId": item.item_id,
                "quantity": item.quantity,
            }
            for item in items
        ],
    }
    return {"marketplaceId": marketplace_id, **body} if marketplace_id else body


def fulfillment_order_body(
    order_id: str,
    destination: Destination,
    items: Sequence[OutboundItem],
    *,
    shown_id: str,
    ordered_at: datetime,
    comment: str,
    speed: str = "Standard",
    action: str = "Ship",
    policy: str = "FillOrKill",
    marketplace_id: str | None = None,
    emails: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the body of ``createFulfillmentOrder``.

    :param order_id: our own number, at most 40 characters; the key at Amazon
    :param shown_id: the number on the packing slip, at most 40 characters
    :param comment: the text on the packing slip, at most 750 characters, not empty
    :param speed: Standard, Expedited, Priority or, in Japan, ScheduledDelivery
    :param action: Ship or Hold
    :param policy: FillOrKill, FillAll or FillAllAvailable
    :raise ValueError: more than Amazon takes in one order, or a time without zone
    """
    _check_items(items)
    if not 0 < len(order_id) <= LONGEST_ID or not 0 < len(shown_id) <= LONGEST_ID:
        raise ValueError(f"The numbers of an order have 1 to {LONGEST_ID} characters.")
    if not 0 < len(comment) <= LONGEST_COMMENT:
        raise ValueError(f"The comment has 1 to {LONGEST_COMMENT} characters.")
    body = {
        "marketplaceId": marketplace_id,
        "sellerFulfillmentOrderId": order_id,
        "displayableOrderId": shown_id,
        "displayableOrderDate": format_timestamp(ordered_at),
        "displayableOrderComment": comment,
        "shippingSpeedCategory": speed,
        "destinationAddress": _address(destination),
        "fulfillmentAction": action,
        "fulfillmentPolicy": policy,
        "notificationEmails": list(emails),
        "items": [_item(item) for item in items],
    }
    return {key: value for key, value in body.items() if value}


def _check_items(items):
    if not 0 < len(items) <= MOST_LINES:
        raise ValueError(f"Amazon ships 1 to {MOST_LINES} lines at once.")
    if len({item.item_id for item in items}) < len(items):
        raise ValueError("Two lines have the same name.")
    if min(item.quantity for item in items) <= 0:
        raise ValueError("A line has at least one unit.")
    if sum(item.quantity for item in items) > MOST_UNITS:
        raise ValueError(f"Amazon ships at most {MOST_UNITS} units at once.")


def _item(item):
    entry = {
        "sellerSku": item.sku,
        "sellerFulfillmentOrderItemId": item.item_id,
        "quantity": item.quantity,
        "displayableComment": item.comment,
        "giftMessage": item.gift_message,
    }
    return {key: value for key, value in entry.items() if value}


def _address(destination):
    values = {
        "name": destination.name,
        "addressLine1": destination.address_line1,
        "addressLine2": destination.address_line2,
        "addressLine3": destination.address_line3,
        "city": destination.city,
        "stateOrRegion": destination.state,
        "postalCode": destination.postal_code,
        "countryCode": destination.country_code,
        "phone": destination.phone,
    }
    return {key: value for key, value in values.items() if value}


def read_previews(previews: Sequence[dict[str, Any]]) -> tuple[Preview, ...]:
    """Return what ``preview`` answered.

    :raise PayloadError: not the shape we know
    """
    return tuple(_preview(Node(entry)) for entry in previews)


def _preview(node):
    fees = [fee.child("amount") for fee in node.children("estimatedFees")]
    amounts = [read_amount(fee.value.get("value"), fee.at("value")) for fee in fees]
    return Preview(
        speed=node.identifier("shippingSpeedCategory"),
        is_fulfillable=node.flag("isFulfillable"),
        fees=sum(amounts, Decimal(0)),
        currency=fees[0].word("currencyCode") if fees else None,
        reasons=node.words("orderUnfulfillableReasons"),
    )


def read_fulfillment_order(payload: dict[str, Any]) -> OutboundOrder:
    """Return what ``get`` answered.

    :raise PayloadError: not the shape we know
    """
    node = Node(payload)
    order = node.child("fulfillmentOrder")
    return OutboundOrder(
        order_id=order.identifier("sellerFulfillmentOrderId"),
        status=order.identifier("fulfillmentOrderStatus"),
        updated_at=order.moment("statusUpdatedDate"),
        lines=tuple(_line(entry) for entry in node.children("fulfillmentOrderItems")),
        shipments=tuple(
            _shipment(entry) for entry in node.children("fulfillmentShipments")
        ),
    )


def _line(node):
    return OutboundLine(
        item_id=node.identifier("sellerFulfillmentOrderItemId"),
        sku=node.identifier("sellerSku"),
        quantity=node.required_count("quantity"),
        cancelled=node.count("cancelledQuantity") or 0,
        unfulfillable=node.count("unfulfillableQuantity") or 0,
    )


def _shipment(node):
    return OutboundShipment(
        shipment_id=node.identifier("amazonShipmentId"),
        status=node.identifier("fulfillmentShipmentStatus"),
        shipped_at=node.moment("shippingDate"),
        units=tuple(
            _units(entry) for entry in node.children("fulfillmentShipmentItem")
        ),
        packages=tuple(
            OutboundPackage(
                number=entry.required_count("packageNumber"),
                carrier_code=entry.text("carrierCode"),
                tracking_number=entry.text("trackingNumber"),
                arrives_at=entry.moment("estimatedArrivalDate"),
            )
            for entry in node.children("fulfillmentShipmentPackage")
        ),
    )


def _units(node):
    return OutboundUnits(
        item_id=node.identifier("sellerFulfillmentOrderItemId"),
        sku=node.identifier("sellerSku"),
        quantity=node.required_count("quantity"),
        package_number=node.count("packageNumber"),
        serial_number=node.text("serialNumber"),
    )
