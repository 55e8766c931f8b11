"""Worlds from a seed: what Amazon would know about a few credible shops."""

from __future__ import annotations

from datetime import datetime, timedelta

from .book import Book
from .catalogue import (
    asin as new_asin,
    build_bulk,
    build_catalog,
    build_other_brands,
)
from .changes import ChangeRefused
from .live import change_order, describe_order, more_orders
from .model import (
    Application,
    CatalogItem,
    Event,
    Offer,
    OrderHead,
    OrderTruth,
    Seller,
    World,
)
from .purchases import Purchases
from .scenarios import PROFILES
from .sellers import build_application, build_entity, build_seller, open_account

__all__ = [
    "PROFILES",
    "Application",
    "CatalogItem",
    "ChangeRefused",
    "Event",
    "Offer",
    "OrderHead",
    "OrderTruth",
    "Purchases",
    "Seller",
    "World",
    "build_bulk",
    "build_other_brands",
    "build_world",
    "change_order",
    "describe_order",
    "more_orders",
    "new_asin",
    "open_account",
]


def build_world(
    name: str,
    seed: int,
    size: int | None,
    now: datetime,
    entities: int | None = None,
) -> World:
    """Build the world ``name``; the same arguments give the same bytes.

    :param name: one of ``PROFILES``: demo, busy, eu-vat, us-facilitator, japan,
        expansion, chaos
    :param size: number of orders; None takes the world's own default
    :param now: aware moment at which the simulator's clock starts
    :param entities: number of legal entities of the world expansion; None = three
    :raise KeyError: for an unknown name
    :raise ValueError: for a negative size or a naive ``now``
    """
    profile = PROFILES[name]
    count = profile.size if size is None else size
    if count < 0:
        raise ValueError("size must not be negative")
    if now.utcoffset() != timedelta(0):
        raise ValueError("now must be an aware UTC moment")
    application = build_application(seed)
    sellers = _sellers(profile, seed, application, entities)
    catalog = tuple(item for seller in sellers for item in build_catalog(seller))
    return World(
        name=name,
        seed=seed,
        size=count,
        now=now,
        applications=(application,),
        sellers=sellers,
        catalog=catalog,
        orders=Book(name, seed, count, now, profile, sellers, catalog),
    )


def _sellers(profile, seed, application, entities) -> tuple[Seller, ...]:
    if profile.entities:
        count = profile.entities if entities is None else entities
        if count < profile.entities:
            raise ValueError(f"there are {profile.entities} entities at least")
        return tuple(build_entity(seed, place, application) for place in range(count))
    return tuple(
        build_seller(seed, region, tuple(shares), application)
        for region, shares in profile.accounts
    )
