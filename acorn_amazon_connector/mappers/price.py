"""Prices in the words of the Listings Items API: ``purchasable_offer``.

Of ``getListingsItem``/``searchListingsItems`` and ``patchListingsItem`` 2021-08-01.
A price is what the marketplace shows: with tax where its prices contain it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from ..services.timestamps import parse_timestamp
from .values import Node, read_amount

PRICE_PATH = "/attributes/purchasable_offer"
CONSUMERS = "ALL"
BUSINESS = "B2B"


@dataclass(frozen=True, slots=True)
class Sale:
    """A lower price for a time; ``start`` and ``end`` are aware UTC."""

    price: Decimal
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Prices:
    """What one offer costs, ``None`` where there is no such price."""

    price: Decimal | None
    sale: Sale | None = None
    business: Decimal | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` reads."""
        sale = self.sale
        return {
            "price": None if self.price is None else str(self.price),
            "business": None if self.business is None else str(self.business),
            "sale": sale and [str(sale.price), _text(sale.start), _text(sale.end)],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Prices":
        """Return the prices that ``to_json`` wrote."""
        price, business, sale = data["price"], data["business"], data["sale"]
        return cls(
            price=None if price is None else Decimal(price),
            sale=sale
            and Sale(Decimal(sale[0]), *(parse_timestamp(text) for text in sale[1:])),
            business=None if business is None else Decimal(business),
        )


def read_prices(item: dict[str, Any], marketplace_id: str, now: datetime) -> Prices:
    """Return the prices of a listing; a sale that is over is none.

    :param item: a reply of ``getListingsItem`` or one of ``items``, asked for with
        ``attributes``
    :param now: aware
    :raise PayloadError: not the shape we know
    """
    consumers = business = None
    for entry in _entries(item, marketplace_id):
        audience = entry.word("audience") or CONSUMERS
        if audience == CONSUMERS:
            consumers = entry
        elif audience == BUSINESS:
            business = entry
    return Prices(
        price=_first_price(consumers, "our_price"),
        sale=_sale(consumers, now),
        business=_first_price(business, "our_price"),
    )


def price_patches(
    item: dict[str, Any],
    marketplace_id: str,
    currency: str,
    wanted: Prices,
    *,
    with_sale: bool = True,
) -> list[dict]:
    """Return the patches that bring a listing to the wanted prices.

    They merge, so that limits, quantity discounts and other audiences stay. Only a
    sale that has to vanish needs the whole attribute: there is no other way.

    :param item: the listing as Amazon shows it, with ``attributes``
    :param wanted: ``business`` of ``None`` leaves the business price as it is
    :param with_sale: whether sales are written at all
    :raise ValueError: no price, or a price that is not above zero
    """
    for price in (wanted.price, wanted.business, wanted.sale and wanted.sale.price):
        if price is not None and price <= 0:
            raise ValueError("A price must be above zero.")
    if wanted.price is None:
        raise ValueError("A price is needed.")
    base = {"marketplace_id": marketplace_id, "currency": currency}
    consumers = {**base, "our_price": _schedule(wanted.price)}
    if with_sale and wanted.sale:
        consumers["discounted_price"] = _schedule(
            wanted.sale.price,
            start_at=_text(wanted.sale.start),
            end_at=_text(wanted.sale.end),
        )
    given = [consumers]
    if wanted.business is not None:
        price = _schedule(wanted.business)
        given.append({**base, "audience": BUSINESS, "our_price": price})
    shown = [entry.value for entry in _entries(item, marketplace_id)]
    if with_sale and not wanted.sale and any(map(_has_sale, shown)):
        return [_patch("replace", _replaced(shown, given))]
    return [_patch("merge", given)]


def _replaced(shown: Sequence[dict], given: Sequence[dict]) -> list[dict]:
    """Return all entries of the attribute, the given ones laid over those shown."""
    fresh = {entry.get("audience", CONSUMERS): entry for entry in given}
    result = []
    for entry in shown:
        audience = entry.get("audience", CONSUMERS)
        merged = {**entry, **fresh.pop(audience, {})}
        if audience == CONSUMERS:
            merged.pop("discounted_price", None)
        result.append(merged)
    return result + list(fresh.values())


def _has_sale(entry):
    is_consumers = entry.get("audience", CONSUMERS) == CONSUMERS
    return is_consumers and bool(entry.get("discounted_price"))


def _patch(op, value):
    return {"op": op, "path": PRICE_PATH, "value": value}


def _entries(item, marketplace_id):
    offers = Node(item).child("attributes").children("purchasable_offer")
    return [
        offer
        for offer in offers
        if offer.text("marketplace_id") in (None, marketplace_id)
    ]


def _schedules(entry, name):
    if entry is None:
        return
    for part in entry.children(name):
        yield from part.children("schedule")


def _first_price(entry, name):
    for schedule in _schedules(entry, name):
        return _price(schedule)
    return None


def _price(schedule):
    return read_amount(
        schedule.value.get("value_with_tax"), schedule.at("value_with_tax")
    )


def _sale(entry, now):
    for schedule in _schedules(entry, "discounted_price"):
        start, end = schedule.moment("start_at"), schedule.moment("end_at")
        if start and end and end > now:
            return Sale(_price(schedule), start, end)
    return None


def _schedule(price, **moments):
    number = int(price) if price == int(price) else float(price)
    return [{"schedule": [{"value_with_tax": number, **moments}]}]


def _text(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
