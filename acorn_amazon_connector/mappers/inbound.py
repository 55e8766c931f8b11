"""Goods on their way to Amazon (Fulfillment Inbound 2024-03-20)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..services.timestamps import parse_timestamp
from .errors import PayloadError

LONGEST_NAME = 40
MOST_ITEMS = 1500
MOST_PREP_SKUS = 100
OWN_CARRIER = "USE_YOUR_OWN_CARRIER"
NEEDS_WINDOW = "CONFIRMED_DELIVERY_WINDOW"
# How goods of a category are prepared, as setPrepDetails wants to know it.
PREP_TYPES = {
    "NONE": ("ITEM_NO_PREP",),
    "FRAGILE": ("ITEM_BUBBLEWRAP",),
    "LIQUID": ("ITEM_POLYBAGGING",),
    "GRANULAR": ("ITEM_POLYBAGGING",),
    "PERFORATED": ("ITEM_POLYBAGGING",),
    "TEXTILE": ("ITEM_POLYBAGGING",),
    "BABY": ("ITEM_POLYBAGGING",),
    "SMALL": ("ITEM_POLYBAGGING",),
    "SHARP": ("ITEM_BUBBLEWRAP",),
    "ADULT": ("ITEM_BLACK_SHRINKWRAP",),
    "SET": ("ITEM_SETCREAT",),
}
# Longest values of an address.
_ADDRESS = {
    "name": 50,
    "companyName": 50,
    "addressLine1": 180,
    "addressLine2": 60,
    "city": 30,
    "stateOrProvinceCode": 64,
    "postalCode": 32,
    "countryCode": 2,
    "phoneNumber": 20,
}


@dataclass(frozen=True, slots=True)
class InboundItem:
    """Units of a SKU; owners are AMAZON, SELLER or NONE."""

    sku: str
    quantity: int
    prep_owner: str
    label_owner: str
    expiration: date | None = None

    def body(self, quantity: int | None = None) -> dict[str, Any]:
        """Return it as Amazon wants it.

        :param quantity: other units, of a box
        """
        body = {
            "msku": self.sku,
            "quantity": self.quantity if quantity is None else quantity,
            "prepOwner": self.prep_owner,
            "labelOwner": self.label_owner,
        }
        if self.expiration:
            body["expiration"] = self.expiration.isoformat()
        return body

    @property
    def key(self) -> str:
        """What it is recognised by in Amazon's lists."""
        return item_key(self.sku, self.expiration and self.expiration.isoformat())


@dataclass(frozen=True, slots=True)
class InboundOffer:
    """A way to pack, to place or to send goods, or a time for them to arrive.

    ``fee`` has the discounts taken off; None is not said. ``members`` are packing
    groups or shipments. ``preconditions`` are Amazon's.
    """

    option_id: str
    status: str
    fee: Decimal | None = None
    currency: str | None = None
    expires_at: datetime | None = None
    members: tuple[str, ...] = ()
    shipment_id: str | None = None
    carrier: str | None = None
    mode: str | None = None
    solution: str | None = None
    preconditions: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def item_key(sku: str, expiration: str | None) -> str:
    """Return what units of a SKU with a date are recognised by."""
    return f"{sku}\n{expiration or ''}"


def plan_body(
    marketplace_id: str,
    source: Mapping[str, Any],
    items: Sequence[InboundItem],
    name: str,
) -> dict[str, Any]:
    """Return the body of ``createInboundPlan``."""
    return {
        "destinationMarketplaces": [marketplace_id],
        "items": [item.body() for item in items],
        "name": name[:LONGEST_NAME],
        "sourceAddress": dict(source),
    }


def address_body(values: Mapping[str, str | None]) -> dict[str, str]:
    """Return an address without what is empty, cut to Amazon's lengths."""
    return {
        name: values[name][:longest]
        for name, longest in _ADDRESS.items()
        if values.get(name)
    }


def box_body(
    contents: Sequence[tuple[InboundItem, int]],
    *,
    count: int,
    size: tuple[float, float, float],
    size_unit: str,
    weight: float,
    weight_unit: str,
) -> dict[str, Any]:
    """Return a box of ``setPackingInformation``.

    :param contents: items with their units in one box
    :param count: boxes that are alike
    :param size: length, width, height
    :param size_unit: CM or IN
    :param weight_unit: KG or LB
    """
    length, width, height = (round(one, 2) for one in size)
    return {
        "contentInformationSource": "BOX_CONTENT_PROVIDED",
        "items": [item.body(units) for item, units in contents],
        "quantity": count,
        "dimensions": {
            "length": length,
            "width": width,
            "height": height,
            "unitOfMeasurement": size_unit,
        },
        "weight": {"unit": weight_unit, "value": round(weight, 2)},
    }


def read_packing_option(payload: Mapping[str, Any]) -> InboundOffer:
    """Read an entry of ``listPackingOptions``; members are packing groups."""
    return _read_offer(payload, "packingOptionId", "packingGroups")


def read_placement_option(payload: Mapping[str, Any]) -> InboundOffer:
    """Read an entry of ``listPlacementOptions``; members are shipments."""
    return _read_offer(payload, "placementOptionId", "shipmentIds")


def read_transport_option(payload: Mapping[str, Any]) -> InboundOffer:
    """Read an entry of ``listTransportationOptions``."""
    quote = payload.get("quote") or {}
    carrier = payload.get("carrier") or {}
    cost = quote.get("cost") or {}
    return InboundOffer(
        option_id=_text(payload, "transportationOptionId"),
        status="OFFERED",
        fee=_amount(cost) if cost else None,
        currency=cost.get("code"),
        expires_at=_moment(quote.get("expiration")),
        shipment_id=_text(payload, "shipmentId"),
        carrier=carrier.get("name") or carrier.get("alphaCode"),
        mode=payload.get("shippingMode"),
        solution=payload.get("shippingSolution"),
        preconditions=tuple(payload.get("preconditions") or ()),
    )


def read_window_option(payload: Mapping[str, Any], shipment_id: str) -> InboundOffer:
    """Read an entry of ``listDeliveryWindowOptions``; its status is its availability.

    :param shipment_id: whose windows they are
    """
    return InboundOffer(
        option_id=_text(payload, "deliveryWindowOptionId"),
        status=payload.get("availabilityType") or "AVAILABLE",
        expires_at=_moment(payload.get("validUntil")),
        shipment_id=shipment_id,
        starts_at=_moment(payload.get("startDate")),
        ends_at=_moment(payload.get("endDate")),
    )


def count_items(entries: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return units by :func:`item_key` of Amazon's items."""
    counts = Counter()
    for entry in entries:
        key = item_key(_text(entry, "msku"), entry.get("expiration"))
        counts[key] += int(entry.get("quantity") or 0)
    return dict(counts)


def read_tracking(shipment: Mapping[str, Any]) -> dict[str, str]:
    """Return box id → tracking number of a shipment; "" is the shipment's own."""
    details = shipment.get("trackingDetails") or {}
    parcels = (details.get("spdTrackingDetail") or {}).get("spdTrackingItems") or ()
    numbers = {
        entry["boxId"]: entry["trackingId"]
        for entry in parcels
        if entry.get("boxId") and entry.get("trackingId")
    }
    freight = details.get("ltlTrackingDetail") or {}
    if freight.get("freightBillNumber"):
        numbers[""] = ", ".join(freight["freightBillNumber"])
    return numbers


def _read_offer(payload, key, members):
    fees = [entry.get("value") or {} for entry in payload.get("fees") or ()]
    discounts = [entry.get("value") or {} for entry in payload.get("discounts") or ()]
    codes = [value["code"] for value in (*fees, *discounts) if value.get("code")]
    return InboundOffer(
        option_id=_text(payload, key),
        status=payload.get("status") or "OFFERED",
        fee=sum(map(_amount, fees), Decimal())
        - sum(map(_amount, discounts), Decimal()),
        currency=codes[0] if codes else None,
        expires_at=_moment(payload.get("expiration")),
        members=tuple(payload.get(members) or ()),
    )


def _text(payload, key):
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        raise PayloadError(f"{key} is missing", key)
    return value


def _amount(value):
    return Decimal(str(value.get("amount") or 0))


def _moment(text):
    return parse_timestamp(text) if text else None
