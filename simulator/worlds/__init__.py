"""Worlds from a seed: what Amazon would know about a few credible shops."""

from __future__ import annotations

from datetime import datetime

from .book import Book
from .data.markets import MARKETS
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
from .sellers import build_application, build_seller

__all__ = [
    "Application",
    "CatalogItem",
    "Event",
    "Offer",
    "OrderHead",
    "OrderTruth",
    "Seller",
    "World",
    "build_world",
]


def build_world(name: str, seed: int, size: int | None, now: datetime) -> World:
    """Build the world ``name``.

    :param size: number of orders; None takes the world's own default
    :param now: aware UTC moment at which the simulator's clock starts
    """
    application = build_application(name, seed)
    sellers = tuple(
        build_seller(name, seed, region, countries, application)
        for region, countries in (
            ("na", ("US", "CA", "MX")),
            ("eu", ("DE", "FR", "IT", "ES", "GB")),
            ("fe", ("JP",)),
        )
    )
    catalog = tuple(
        CatalogItem(
            s.seller_id, "FH-KTL-10", "B0FH000001", "0123456789012", "Camp kettle",
            "29.99", "USD", "0.420", "none", "MERCHANT", True, "KITCHEN", "Fernhollow",
            40,
            tuple(
                Offer(m, "Camp kettle", "29.99", MARKETS[m].currency, MARKETS[m].domain)
                for m in s.marketplace_ids
            ),
        )
        for s in sellers
    )
    size = 300 if size is None else size
    book = Book(seed, size, now, sellers, catalog)
    return World(name, seed, size, now, (application,), sellers, catalog, book)
