"""What a seller offers: one SKU, from the API or from the listings report.

``searchListingsItems``/``getListingsItem`` 2021-08-01 and
``GET_MERCHANT_LISTINGS_ALL_DATA`` (A11).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from .errors import PayloadError
from .order_common import first
from .values import Node, clean_text, read_amount

MERCHANT = "MERCHANT"
AMAZON = "AMAZON"

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_BARCODES = frozenset({"ean", "gtin", "isbn", "jan", "upc"})
# ``product-id-type`` of the report: 1 ASIN, 2 ISBN, 3 UPC, 4 EAN.
_REPORT_BARCODES = frozenset({"2", "3", "4"})


@dataclass(frozen=True, slots=True)
class Variation:
    """A SKU's place in a family: its parent, and what sets it apart.

    ``values`` are pairs of attribute and value, for example ``("color", "Red")``.
    """

    parent_sku: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One SKU as Amazon knows it.

    ``fulfillment_channel`` is MERCHANT or AMAZON. ``price`` and ``currency``
    are those of the first marketplace; ``quantity`` is ``None`` for stock at
    Amazon. ``status`` is BUYABLE, DISCOVERABLE or whatever word Amazon uses,
    ``None`` when the listing is not visible. A variation parent is never sold: it
    holds its children together.
    """

    sku: str
    asin: str | None
    title: str | None
    fulfillment_channel: str
    product_type: str | None
    barcode: str | None
    price: Decimal | None
    currency: str | None
    quantity: int | None
    status: str | None
    image_url: str | None
    marketplace_ids: tuple[str, ...]
    is_variation_parent: bool = False
    variation: Variation | None = None


def map_listings(payload: dict[str, Any]) -> tuple[Listing, ...]:
    """Return the listings of one element of ``items``, one per channel.

    A SKU may be sold from the seller's and from Amazon's stock at once.

    :raise PayloadError: not the shape we know
    """
    listing = map_listing(payload)
    channels = Node(payload).children("fulfillmentAvailability")
    kinds = dict.fromkeys(_channel(entry) for entry in channels) or {MERCHANT: None}
    quantity = _own_quantity(channels)
    return tuple(
        replace(
            listing,
            fulfillment_channel=kind,
            quantity=quantity if kind == MERCHANT else None,
        )
        for kind in kinds
    )


def map_listing(payload: dict[str, Any]) -> Listing:
    """Return the listing of one element of ``items``, Amazon's channel first.

    :raise PayloadError: not the shape we know
    """
    node = Node(payload)
    summaries = node.children("summaries")
    main = summaries[0] if summaries else Node({}, "summaries[0]")
    offer = first(node.children("offers")) or Node({}, "offers[0]")
    price = offer.money("price")
    channels = node.children("fulfillmentAvailability")
    statuses = [word for entry in summaries for word in entry.words("status")]
    at_amazon = AMAZON in [_channel(entry) for entry in channels]
    return Listing(
        sku=node.identifier("sku"),
        asin=main.text("asin"),
        title=main.text("itemName"),
        fulfillment_channel=AMAZON if at_amazon else MERCHANT,
        product_type=main.text("productType") or _product_type(node),
        barcode=_barcode(node.child("attributes")),
        price=price.amount if price else None,
        currency=price.currency if price else None,
        quantity=_own_quantity(channels),
        status="BUYABLE" if "BUYABLE" in statuses else first(statuses),
        image_url=main.child("mainImage").text("link"),
        marketplace_ids=tuple(
            dict.fromkeys(entry.identifier("marketplaceId") for entry in summaries)
        ),
        is_variation_parent=any(entry.words("childSkus") for entry in _families(node)),
        variation=first(_variations(node)),
    )


def map_listing_row(
    row: Mapping[str, str], marketplace_ids: tuple[str, ...] = ()
) -> Listing:
    """Return the listing of one row of the listings report.

    :param row: column name → text; columns may be missing
    :param marketplace_ids: the marketplaces the report was asked for
    :raise PayloadError: no SKU, or a number that is none
    """

    def text(column):
        return clean_text(row.get(column) or "") or None

    sku = text("seller-sku")
    if sku is None:
        raise PayloadError("missing", "seller-sku")
    channel = (text("fulfillment-channel") or "DEFAULT").upper()
    price, quantity = text("price"), text("quantity")
    if quantity is not None and not _WHOLE_NUMBER.fullmatch(quantity):
        raise PayloadError("not a whole number", "quantity")
    is_barcode = text("product-id-type") in _REPORT_BARCODES
    return Listing(
        sku=sku,
        asin=text("asin1"),
        title=text("item-name"),
        fulfillment_channel=AMAZON if channel.startswith("AMAZON") else MERCHANT,
        product_type=None,
        barcode=text("product-id") if is_barcode else None,
        price=read_amount(price.replace(",", "."), "price") if price else None,
        currency=None,
        quantity=int(quantity) if quantity else None,
        status=text("status"),
        image_url=text("image-url"),
        marketplace_ids=tuple(marketplace_ids),
    )


def _channel(availability):
    code = availability.word("fulfillmentChannelCode") or ""
    return AMAZON if code.startswith("AMAZON") else MERCHANT


def _own_quantity(channels):
    for entry in channels:
        if _channel(entry) == MERCHANT:
            return entry.count("quantity")
    return None


def _product_type(node):
    return first(entry.text("productType") for entry in node.children("productTypes"))


def _barcode(attributes):
    """Return the first trade number a seller gave, whatever its type."""
    key = "externally_assigned_product_identifier"
    for entry in attributes.children(key):
        if (entry.text("type") or "").lower() in _BARCODES:
            return entry.text("value")
    return None


def _families(node):
    return [
        entry
        for place in node.children("relationships")
        for entry in place.children("relationships")
        if entry.word("type") == "VARIATION"
    ]


def _variations(node):
    """Yield a child's place in each family of which all its values are known."""
    attributes = node.child("attributes")
    for family in _families(node):
        parent = first(family.words("parentSkus"))
        names = family.child("variationTheme").words("attributes")
        values = [
            (name, first(entry.text("value") for entry in attributes.children(name)))
            for name in names
        ]
        if parent and values and all(value for _name, value in values):
            yield Variation(parent, tuple(values))
