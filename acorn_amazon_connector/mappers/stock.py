"""Quantities of a seller's own stock in the words of the Listings Items API.

``fulfillment_availability`` of ``patchListingsItem`` and of
``getListingsItem``/``searchListingsItems`` 2021-08-01. Stock at Amazon is never
written: Amazon counts it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from .values import Node

# The seller's own warehouse; Amazon's are AMAZON_NA, AMAZON_EU, …
OWN_CHANNEL = "DEFAULT"
QUANTITY_PATH = "/attributes/fulfillment_availability"


@dataclass(frozen=True, slots=True)
class Availability:
    """What a listing offers from the seller's own warehouse.

    ``quantity`` is ``None`` when the listing has no such channel or no number
    there; ``lead_time_days`` is the longest handling time in days, ``None`` for
    Amazon's default; ``channels`` are the codes of all channels.
    """

    quantity: int | None
    lead_time_days: int | None
    channels: tuple[str, ...]


def quantity_patches(quantity: int, restock_date: date | None = None) -> list[dict]:
    """Return the patches that publish a quantity.

    They merge: the handling time and the channels of Amazon keep their values,
    which ``replace`` would lose.

    :param quantity: units, 0 or more; absolute, so sending it twice does no harm
    :param restock_date: when there will be more
    :raise ValueError: not a whole number, or below 0
    """
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0:
        raise ValueError("A quantity is a whole number, 0 or more.")
    value = {"fulfillment_channel_code": OWN_CHANNEL, "quantity": quantity}
    if restock_date:
        value["restock_date"] = restock_date.strftime("%Y-%m-%d")
    return [{"op": "merge", "path": QUANTITY_PATH, "value": [value]}]


def read_quantities(item: dict[str, Any]) -> Availability:
    """Return what a listing offers.

    What Amazon shows to buyers (``fulfillmentAvailability``) counts more than what
    was submitted (``attributes``); the handling time is in the attributes only.

    :param item: a reply of ``getListingsItem`` or one of ``items``, asked for with
        ``fulfillmentAvailability`` and ``attributes``
    :raise PayloadError: not the shape we know
    """
    node = Node(item)
    shown = node.children("fulfillmentAvailability")
    submitted = node.child("attributes").children("fulfillment_availability")
    codes = [entry.word("fulfillmentChannelCode") for entry in shown]
    codes += [entry.word("fulfillment_channel_code") for entry in submitted]
    own = [
        entry for entry in shown if entry.word("fulfillmentChannelCode") == OWN_CHANNEL
    ] + [
        entry
        for entry in submitted
        if entry.word("fulfillment_channel_code") == OWN_CHANNEL
    ]
    return Availability(
        quantity=_first_count(own, "quantity"),
        lead_time_days=_first_count(own, "lead_time_to_ship_max_days"),
        channels=tuple(dict.fromkeys(code for code in codes if code)),
    )


def _first_count(entries, key):
    counts = (entry.count(key) for entry in entries)
    return next((count for count in counts if count is not None), None)
