"""The listings of all sellers: what was submitted, what is shown, what can be bought.

The world's catalogue lies below; a listing gets attributes of its own when somebody
reads or changes it. Quantities are shared by all marketplaces of a European seller and
belong to one marketplace elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..clock import format_time, parse_time
from ..marketplaces import MARKETPLACES
from ..worlds import CatalogItem, Offer, build_other_brands
from ..worlds.catalogue import fnsku
from ..worlds.data.product_types import FBA_CODES

Entries = list[dict[str, Any]]

MERCHANT = "DEFAULT"
EVERYWHERE = "*"
AVAILABILITY = "fulfillment_availability"
SUPPRESSED = "LISTING_SUPPRESSED"


def scope_of(region: str, marketplace_id: str) -> str:
    """Return what a quantity belongs to: a marketplace, or the European account."""
    return EVERYWHERE if region == "eu" else marketplace_id


@dataclass(frozen=True, slots=True)
class Version:
    """A listing at one time. Never changed: a change makes another version.

    :ivar shown_at: when get and search know it; buyers know it at once
    :ivar attributes: entries by name, each with its marketplace_id; without quantities
    :ivar availability: entries of fulfillment_availability by scope
    """

    created: datetime
    updated: datetime
    shown_at: datetime
    product_type: str
    marketplaces: tuple[str, ...]
    attributes: dict[str, Entries]
    availability: dict[str, Entries]

    def entries(self, name: str, marketplace_id: str) -> Entries:
        """Return the entries of an attribute in one marketplace."""
        return [
            entry
            for entry in self.attributes.get(name, ())
            if entry.get("marketplace_id") == marketplace_id
        ]

    def text(self, name: str, marketplace_id: str) -> str | None:
        """Return the value of the first entry in a marketplace."""
        for entry in self.entries(name, marketplace_id):
            return entry.get("value")
        return None

    def quantity(self, scope: str) -> int | None:
        """Return what the merchant offers; None when Amazon alone fulfils."""
        for entry in self.availability.get(scope, ()):
            if entry["fulfillment_channel_code"] == MERCHANT:
                return int(entry.get("quantity") or 0)
        return None

    def with_quantity(self, scope: str, quantity: int) -> Version:
        """Return a copy in which the merchant offers another quantity."""
        entries = [
            {**entry, "quantity": quantity}
            if entry["fulfillment_channel_code"] == MERCHANT
            else entry
            for entry in self.availability.get(scope, ())
        ]
        return replace(self, availability={**self.availability, scope: entries})

    def price(self, marketplace_id: str, now: datetime) -> Decimal | None:
        """Return what consumers pay now, sales included; None without an offer."""
        for entry in self.entries("purchasable_offer", marketplace_id):
            if entry.get("audience", "ALL") != "ALL":
                continue
            for sale in _schedules(entry, "discounted_price"):
                start, end = parse_time(sale["start_at"]), parse_time(sale["end_at"])
                if start <= now <= end:
                    return Decimal(str(sale["value_with_tax"]))
            for schedule in _schedules(entry, "our_price"):
                return Decimal(str(schedule["value_with_tax"]))
        return None


def _schedules(entry: dict, name: str) -> Iterator[dict]:
    for part in entry.get(name) or ():
        yield from part["schedule"]


@dataclass(slots=True)
class Stock:
    """What became of the quantity of one scope.

    :ivar accepted: units that buyers ordered; ``cancelled`` of them in orders that
        were cancelled
    """

    accepted: int = 0
    cancelled: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


class Listing:
    """One SKU of a seller.

    :ivar items: the catalogue's entries, one per channel; empty for a listing that a
        client created
    :ivar issues: what Amazon itself finds wrong, set by tests
    :ivar refusal: issues that every submission gets, set by tests
    :ivar losses: how many accepted submissions are to be lost, set by tests
    """

    __slots__ = (
        "asin",
        "created",
        "issues",
        "items",
        "losses",
        "refusal",
        "region",
        "seller_id",
        "sku",
        "stock",
        "updated",
        "versions",
    )

    def __init__(
        self,
        seller_id: str,
        sku: str,
        region: str,
        asin: str,
        items: Iterable[CatalogItem],
        now: datetime,
    ):
        self.seller_id, self.sku, self.region, self.asin = seller_id, sku, region, asin
        self.items = tuple(items)
        self.versions: list[Version] = []
        self.stock: dict[str, Stock] = {}
        self.issues: list[dict[str, Any]] = []
        self.refusal: list[dict[str, Any]] = []
        self.losses = 0
        self.created = self.updated = now
        if self.items:
            number = int(hashlib.sha256(sku.encode()).hexdigest()[:8], 16)
            self.created = now - timedelta(
                days=90 + number % 600, seconds=number % 86_399
            )
            self.updated = now - timedelta(days=number % 60, seconds=number % 86_377)

    @property
    def known(self) -> bool:
        """Whether the seller's own product master has the SKU."""
        return self.items[0].known if self.items else True

    @property
    def barcode(self) -> str | None:
        """The product's barcode, as far as Amazon was told."""
        if self.items:
            return self.items[0].barcode
        for entry in self.live.attributes.get(
            "externally_assigned_product_identifier", ()
        ):
            return entry.get("value")
        return None

    @property
    def fnsku(self) -> str | None:
        """Amazon's own label, of what Amazon fulfils."""
        if any(item.fulfillment_channel == "AMAZON" for item in self.items):
            return fnsku(self.sku)
        return None

    @property
    def fba_quantity(self) -> int:
        """Units that Amazon holds, as far as the catalogue says."""
        return sum(
            item.quantity for item in self.items if item.fulfillment_channel == "AMAZON"
        )

    @property
    def live(self) -> Version:
        """The listing as buyers see it."""
        if not self.versions:
            self.versions.append(_first_version(self))
        return self.versions[-1]

    def shown(self, now: datetime) -> Version | None:
        """Return what get and search show, None while or once it is not there."""
        live, versions = self.live, self.versions
        while len(versions) > 1 and versions[1].shown_at <= now:
            del versions[0]
        first = versions[0] if live.shown_at > now else live
        return first if first.shown_at <= now and first.marketplaces else None

    def scope(self, marketplace_id: str) -> str:
        """Return what the quantity in a marketplace belongs to."""
        return scope_of(self.region, marketplace_id)

    def status(self, version: Version, marketplace_id: str) -> list[str]:
        """Return what shoppers can do in a marketplace."""
        words = ["DISCOVERABLE"]
        scope = self.scope(marketplace_id)
        channels = {
            entry["fulfillment_channel_code"]
            for entry in version.availability.get(scope, ())
        }
        stocked = bool(version.quantity(scope)) or (
            bool(channels - {MERCHANT}) and self.fba_quantity > 0
        )
        priced = version.entries("purchasable_offer", marketplace_id)
        if stocked and priced and not self.suppressed:
            words.insert(0, "BUYABLE")
        return words

    @property
    def suppressed(self) -> bool:
        """Whether an issue takes the offer down."""
        return any(
            action["action"] == SUPPRESSED
            for each in self.issues
            for action in each.get("enforcements", {}).get("actions", ())
        )

    def change(self, version: Version) -> None:
        """Make a version the live one."""
        _ = self.live
        if version.shown_at <= version.updated:
            self.versions.clear()
        self.versions.append(version)

    def move_stock(
        self,
        scope: str,
        change: int,
        at: datetime,
        cause: str,
        request_id: str | None,
        **details: Any,
    ) -> None:
        """Let a sale or a cancelled order change the quantity, at once everywhere."""
        _ = self.live
        for place, version in enumerate(self.versions):
            quantity = version.quantity(scope)
            if quantity is not None:
                changed = version.with_quantity(scope, max(0, quantity + change))
                self.versions[place] = changed
        self.record(scope, at, cause, request_id, **details)

    def record(
        self, scope: str, at: datetime, cause: str, request_id: str | None, **details
    ) -> None:
        """Write down the quantity that a scope has from now on."""
        entry = {
            "at": format_time(at),
            "quantity": self.live.quantity(scope) or 0,
            "cause": cause,
            "request_id": request_id,
            **details,
        }
        self.stock.setdefault(scope, Stock()).history.append(entry)

    def sold_item(self, marketplace_id: str, now: datetime) -> CatalogItem | None:
        """Return the listing as an order line needs it; None where it has no offer."""
        version = self.live
        market = MARKETPLACES[marketplace_id]
        price = version.price(marketplace_id, now)
        if price is None or marketplace_id not in version.marketplaces:
            return None
        places = 0 if market.currency == "JPY" else 2
        title = version.text("item_name", marketplace_id) or self.sku
        text = f"{price:.{places}f}"
        return CatalogItem(
            seller_id=self.seller_id,
            sku=self.sku,
            asin=self.asin,
            barcode=self.barcode or "",
            title=title,
            price=text,
            currency=market.currency,
            weight=self.items[0].weight if self.items else "0.500",
            tracking=self.items[0].tracking if self.items else "none",
            fulfillment_channel="MERCHANT",
            known=self.known,
            product_type=version.product_type,
            brand=version.text("brand", marketplace_id) or "",
            quantity=version.quantity(self.scope(marketplace_id)) or 0,
            offers=(
                Offer(marketplace_id, title, text, market.currency, market.domain),
            ),
        )


def _first_version(listing: Listing) -> Version:
    """Write the catalogue's entries as attributes."""
    item, region = listing.items[0], listing.region
    kind = "upc" if region == "na" else "ean"
    ids = tuple(offer.marketplace_id for offer in item.offers)
    channels = [
        {"fulfillment_channel_code": MERCHANT, "quantity": each.quantity}
        if each.fulfillment_channel == "MERCHANT"
        else {"fulfillment_channel_code": FBA_CODES[region]}
        for each in listing.items
    ]
    attributes = {
        "item_name": [
            {
                "value": offer.title,
                "language_tag": MARKETPLACES[offer.marketplace_id].language,
                "marketplace_id": offer.marketplace_id,
            }
            for offer in item.offers
        ],
        "brand": [{"value": item.brand, "marketplace_id": id_} for id_ in ids],
        "externally_assigned_product_identifier": [
            {"type": kind, "value": item.barcode, "marketplace_id": id_} for id_ in ids
        ],
        "item_package_weight": [
            {"value": float(item.weight), "unit": "kilograms", "marketplace_id": id_}
            for id_ in ids
        ],
        "purchasable_offer": [
            {
                "marketplace_id": offer.marketplace_id,
                "currency": offer.currency,
                "our_price": [{"schedule": [{"value_with_tax": float(offer.price)}]}],
            }
            for offer in item.offers
        ],
    }
    return Version(
        created=listing.created,
        updated=listing.updated,
        shown_at=listing.updated,
        product_type=item.product_type,
        marketplaces=ids,
        attributes=attributes,
        availability={scope_of(region, id_): list(channels) for id_ in ids},
    )


@dataclass(frozen=True, slots=True)
class Restriction:
    """Why a product may not be offered, in which conditions (empty = all)."""

    reason: str
    conditions: tuple[str, ...] = ()


class ListingDesk:
    """All listings, found by seller and SKU."""

    def __init__(self, world):
        self._now = world.now
        self._sellers: dict[str, dict[str, Listing]] = {
            seller.seller_id: {} for seller in world.sellers
        }
        self._regions = {seller.seller_id: seller.region for seller in world.sellers}
        self._asins: dict[str, dict[tuple[str, str], Listing]] = {}
        self._barcodes: dict[str, str] = {}
        self.restrictions: dict[str, Restriction] = {}
        self._load_other_brands()
        self.load(world.catalog)

    def _load_other_brands(self) -> None:
        for region in sorted(set(self._regions.values())):
            self._sellers[f"~{region}"] = {}
            self._regions[f"~{region}"] = region
            for product, item in build_other_brands(region).items():
                self.load([item])
                if product.restriction:
                    self.restrictions[item.asin] = Restriction(
                        product.restriction, product.conditions
                    )

    def open_account(self, seller_id: str, region: str) -> None:
        """Make room for a seller that has nothing to sell yet."""
        self._sellers[seller_id] = {}
        self._regions[seller_id] = region

    def load(self, catalog: Iterable[CatalogItem]) -> list[Listing]:
        """Add the listings of catalogue entries."""
        found: dict[tuple[str, str], list[CatalogItem]] = {}
        for item in catalog:
            found.setdefault((item.seller_id, item.sku), []).append(item)
        return [
            self.add(
                Listing(
                    seller_id,
                    sku,
                    self._regions[seller_id],
                    items[0].asin,
                    items,
                    self._now,
                )
            )
            for (seller_id, sku), items in found.items()
        ]

    def add(self, listing: Listing) -> Listing:
        """Add or replace a listing."""
        self._sellers[listing.seller_id][listing.sku] = listing
        products = self._asins.setdefault(listing.asin, {})
        products[listing.seller_id, listing.sku] = listing
        if listing.barcode:
            self._barcodes.setdefault(listing.barcode, listing.asin)
        return listing

    def get(self, seller_id: str, sku: str) -> Listing | None:
        """Return a listing by its SKU."""
        return self._sellers.get(seller_id, {}).get(sku)

    def of(self, seller_id: str) -> list[Listing]:
        """Return the listings of a seller, the oldest first."""
        return list(self._sellers.get(seller_id, {}).values())

    def asin_of(self, barcode: str) -> str | None:
        """Return the ASIN of the product with a barcode."""
        return self._barcodes.get(barcode)

    def with_asin(self, asin: str) -> list[Listing]:
        """Return all sellers' listings of a product."""
        return list(self._asins.get(asin, {}).values())

    def asins(self) -> list[str]:
        """Return all products there are."""
        return list(self._asins)

    def has_asin(self, asin: str) -> bool:
        """Tell whether anybody's catalogue has a product."""
        return asin in self._asins

    def children(self, seller_id: str, sku: str, marketplace_id: str) -> list[str]:
        """Return the SKUs of the variations of a parent."""
        return [
            listing.sku
            for listing in self.of(seller_id)
            if listing.versions
            and any(
                entry["parent_sku"] == sku
                for entry in listing.live.entries(
                    "child_parent_sku_relationship", marketplace_id
                )
            )
        ]
