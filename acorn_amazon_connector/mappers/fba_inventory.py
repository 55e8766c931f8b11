"""What Amazon holds of a SKU (``getInventorySummaries`` v1, A31)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .values import Node, clean_text

_UNSELLABLE = "Quantity"


@dataclass(frozen=True, slots=True)
class FbaInventory:
    """Units of one SKU in one condition in Amazon's warehouses.

    ``total`` is all Amazon counts, inbound units included. ``reserved_orders`` are
    for customers' orders, ``reserved_transfer`` on the way between warehouses,
    ``reserved_processing`` being handled. ``unsellable_by_reason`` has Amazon's words
    such as ``customerDamaged``. Without details only ``total`` is known.
    """

    sku: str
    fnsku: str | None
    asin: str | None
    condition: str | None
    title: str | None
    updated_at: datetime | None
    total: int
    fulfillable: int | None
    inbound_working: int
    inbound_shipped: int
    inbound_receiving: int
    reserved: int
    reserved_orders: int
    reserved_transfer: int
    reserved_processing: int
    researching: int
    unsellable: int
    unsellable_by_reason: Mapping[str, int] = field(default_factory=dict)


def map_fba_inventory(summary: dict[str, Any]) -> FbaInventory:
    """Return one element of ``inventorySummaries``.

    :raise PayloadError: not the shape we know
    """
    node = Node(summary)
    details = node.child("inventoryDetails")
    reserved = details.child("reservedQuantity")
    unsellable = details.child("unfulfillableQuantity")
    reasons = {
        key.removesuffix(_UNSELLABLE): unsellable.count(key)
        for key in unsellable.value
        if key.endswith(_UNSELLABLE) and key != "totalUnfulfillableQuantity"
    }
    return FbaInventory(
        sku=node.identifier("sellerSku"),
        fnsku=node.text("fnSku"),
        asin=node.text("asin"),
        condition=node.text("condition"),
        title=node.text("productName"),
        updated_at=node.moment("lastUpdatedTime"),
        total=node.required_count("totalQuantity"),
        fulfillable=details.count("fulfillableQuantity"),
        inbound_working=details.count("inboundWorkingQuantity") or 0,
        inbound_shipped=details.count("inboundShippedQuantity") or 0,
        inbound_receiving=details.count("inboundReceivingQuantity") or 0,
        reserved=reserved.count("totalReservedQuantity") or 0,
        reserved_orders=reserved.count("pendingCustomerOrderQuantity") or 0,
        reserved_transfer=reserved.count("pendingTransshipmentQuantity") or 0,
        reserved_processing=reserved.count("fcProcessingQuantity") or 0,
        researching=details.child("researchingQuantity").count(
            "totalResearchingQuantity"
        )
        or 0,
        unsellable=unsellable.count("totalUnfulfillableQuantity") or 0,
        unsellable_by_reason={key: count for key, count in reasons.items() if count},
    )


def read_sku(summary: dict[str, Any]) -> str | None:
    """Return whose entry of ``inventorySummaries`` it is, ``None`` when it is odd."""
    sku = summary.get("sellerSku")
    return (clean_text(sku) or None) if isinstance(sku, str) else None
