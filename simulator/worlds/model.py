"""What a simulated world consists of: sellers, catalogue, orders, later events.

Everything here is plain data. The rules that fill it live in the other modules of
this package; the simulator's own state (what a client or a test changed) is an
overlay kept by the simulator, keyed by order id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Application:
    """One SP-API application: its Login with Amazon client and its roles.

    ``redirect_uris`` empty means that any loopback address is accepted. ``roles``
    are the names Seller Central shows; those ending in ``(Restricted)`` open PII.
    """

    application_id: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seller:
    """A selling partner account in one region, and its grant to an application.

    ``legal_entity`` is what the business register knows of the company behind it:
    name, name_local, registration_number, country_code, address.
    """

    seller_id: str
    region: str
    store_name: str
    company_name: str
    marketplace_ids: tuple[str, ...]
    application_id: str
    refresh_token: str = field(repr=False)
    ship_from: Mapping[str, str] = field(default_factory=dict)
    vat_numbers: Mapping[str, str] = field(default_factory=dict)
    legal_entity: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one marketplace shows of a SKU; ``price`` is a decimal string.

    The price is the one the buyer is shown: net of tax in the United States and
    Canada, including tax elsewhere.
    """

    marketplace_id: str
    title: str
    price: str
    currency: str
    domain: str


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """One SKU of one seller in one fulfilment channel.

    ``known`` is false for a SKU that is listed and sold on Amazon but is missing
    from the seller's own product master. ``weight`` is in kilograms, ``price`` and
    ``currency`` are those of the seller's home marketplace.
    """

    seller_id: str
    sku: str
    asin: str
    barcode: str
    title: str
    price: str
    currency: str
    weight: str
    tracking: str
    fulfillment_channel: str
    known: bool
    product_type: str
    brand: str
    quantity: int
    offers: tuple[Offer, ...] = ()

    def offer(self, marketplace_id: str) -> Offer | None:
        """Return the offer in a marketplace, or None where it is not sold."""
        for offer in self.offers:
            if offer.marketplace_id == marketplace_id:
                return offer
        return None


@dataclass(frozen=True, slots=True)
class OrderHead:
    """The filterable part of an order, cheap enough to hold for every order.

    ``country`` is that of the marketplace (of the seller, when ``marketplace_id`` is
    None); ``replaces`` the position of the order that this one replaces.
    """

    index: int
    order_id: str
    seller_id: str
    marketplace_id: str | None
    created: datetime
    updated: datetime
    status: str
    fulfilled_by: str
    scenario: str
    country: str
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class OrderTruth:
    """An order as Amazon knows it and what a connector must end with.

    ``payload`` is the complete Orders 2026-01-01 order, as with every
    ``includedData`` value. Amounts are decimal strings with the currency's number
    of decimals; ``grand_total`` and ``currency`` are None where Amazon states none.
    ``price_includes_tax`` is None where it cannot be told. ``expected`` is one of
    ``order``, ``cancelled``, ``none``, ``blocked``. Each of ``lines`` names
    order_item_id, sku, quantity, quantity_shipped, the charges (``truth.CHARGES``;
    discounts negative, whatever Amazon's sign), tax (None = not stated), remitted
    (Amazon collects and remits the tax) and scheme. ``completed`` is set for a
    pending order: its payload, with prices and recipient, once payment is
    authorised.
    """

    order_id: str
    seller_id: str
    marketplace_id: str | None
    status: str
    fulfilled_by: str
    grand_total: str | None
    currency: str | None
    amazon_remitted_tax: str
    expected: str
    why: str
    units: Mapping[str, int]
    lines: tuple[Mapping[str, Any], ...]
    price_includes_tax: bool | None = None
    delivery_tip: str | None = None
    scenario: str = ""
    payload: Payload = field(default_factory=dict, repr=False, compare=False)
    completed: Payload | None = field(default=None, repr=False, compare=False)

    def record(self) -> dict[str, Any]:
        """Return the truth record, ready for JSON, without the payload."""
        return {
            "order_id": self.order_id,
            "seller_id": self.seller_id,
            "marketplace_id": self.marketplace_id,
            "status": self.status,
            "fulfilled_by": self.fulfilled_by,
            "grand_total": self.grand_total,
            "currency": self.currency,
            "amazon_remitted_tax": self.amazon_remitted_tax,
            "expected": self.expected,
            "why": self.why,
            "units": dict(self.units),
            "lines": [dict(line) for line in self.lines],
            "price_includes_tax": self.price_includes_tax,
            "delivery_tip": self.delivery_tip,
            "scenario": self.scenario,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to an order after the world's ``now``.

    ``action`` is ``new`` (``order`` carries it) or a word of
    ``simulator.worlds.changes.ACTIONS``, to be applied to the current payload.
    """

    at: datetime
    order_id: str
    seller_id: str
    action: str
    order: OrderTruth | None = None


class OrderBook(Protocol):
    """The orders of a world, oldest first, generated when they are read."""

    heads: Sequence[OrderHead]

    def __len__(self) -> int: ...

    def __getitem__(self, position: int) -> OrderTruth: ...

    def __iter__(self) -> Iterator[OrderTruth]: ...

    def find(self, order_id: str) -> OrderTruth | None:
        """Return the order with this id, also one that has not arrived yet."""

    def arrivals(self, since: datetime, until: datetime) -> list[Event]:
        """Return the events after ``since`` up to ``until``, oldest first."""


@dataclass(frozen=True)
class World:
    """A seeded Amazon: the same name, seed, size and now give the same bytes.

    ``now`` (aware UTC) is where the simulator's clock starts. ``orders`` is a
    lazy sequence; ``heads`` serves filters without building payloads. ``added`` is
    what joined the sellers' product masters since.
    """

    name: str
    seed: int
    size: int
    now: datetime
    applications: tuple[Application, ...]
    sellers: tuple[Seller, ...]
    catalog: tuple[CatalogItem, ...] = field(repr=False)
    orders: OrderBook = field(repr=False, compare=False)
    added: list[CatalogItem] = field(default_factory=list, repr=False, compare=False)
    _known: dict[str, set[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def heads(self) -> Sequence[OrderHead]:
        """Filterable heads of ``orders``, in the same sequence."""
        return self.orders.heads

    def order(self, order_id: str) -> OrderTruth | None:
        """Return one order by its Amazon id, or None."""
        return self.orders.find(order_id)

    def arrivals(self, since: datetime, until: datetime) -> list[Event]:
        """Return what happens after ``since`` up to ``until`` (aware UTC)."""
        return self.orders.arrivals(since, until)

    def known_skus(self, seller_id: str) -> AbstractSet[str]:
        """Return the SKUs that the seller's own product master knows."""
        if seller_id not in self._known:
            self._known[seller_id] = {
                item.sku
                for item in (*self.catalog, *self.added)
                if item.seller_id == seller_id and item.known
            }
        return self._known[seller_id]

    def learn(self, items: Iterable[CatalogItem]) -> None:
        """Add SKUs to the sellers' product masters while the simulator runs."""
        for item in items:
            self.added.append(item)
            if item.known and item.seller_id in self._known:
                self._known[item.seller_id].add(item.sku)
