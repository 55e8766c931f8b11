"""Listings Items 2021-08-01, the reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..errors import bad_request, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..query import Query
from ..state.listing_views import DATASETS, parents_of, render
from ..state.listings import Listing, Version
from .common import Pages, read_marketplaces

IDENTIFIERS = {
    "ASIN": "asin",
    "EAN": "barcode",
    "GTIN": "barcode",
    "JAN": "barcode",
    "UPC": "barcode",
    "SKU": "sku",
    "FNSKU": "fnsku",
    "ISBN": None,
    "MINSAN": None,
}
STATUSES = ("BUYABLE", "DISCOVERABLE")
SEVERITIES = ("WARNING", "ERROR")
# However many items there are, only so many can be paged through.
REACHABLE = 1000
_FREE_PARAMETERS = frozenset({"pageToken", "includedData", "issueLocale"})


def get_listings_item(exchange: Exchange, seller_id: str, sku: str) -> Reply:
    """Return one listing."""
    query = exchange.query(bad_request)
    marketplaces = own_marketplaces(exchange, query, seller_id)
    included = query.list("includedData", DATASETS) or ["summaries"]
    simulation = exchange.simulation
    listing = simulation.listings.get(seller_id, sku)
    version = listing and listing.shown(simulation.clock.now())
    if version is None or not set(marketplaces) & set(version.marketplaces):
        raise not_found(f"SKU '{sku}' not found in marketplace {marketplaces[0]}")
    return Reply(render(simulation, listing, version, marketplaces, included))


def search_listings_items(exchange: Exchange, seller_id: str) -> Reply:
    """Search listings, at most 20 a page and 1,000 in all."""
    query = exchange.query(bad_request)
    marketplaces = own_marketplaces(exchange, query, seller_id)
    included = query.list("includedData", DATASETS) or ["summaries"]
    size = query.integer("pageSize", 10, 1, 20)
    simulation = exchange.simulation
    now = simulation.clock.now()
    _identifier_rule(query)
    wanted = _filter(query, marketplaces, now)
    found = [
        (listing, version)
        for listing in _candidates(exchange, query)
        if (version := listing.shown(now)) is not None and wanted(listing, version)
    ]
    key = _ORDERS[query.choice("sortBy", "lastUpdatedDate", _ORDERS)]
    found.sort(
        key=lambda pair: key(*pair),
        reverse=query.choice("sortOrder", "DESC", ("ASC", "DESC")) == "DESC",
    )
    pages = Pages(exchange, query, _FREE_PARAMETERS, bad_request)
    reachable = min(len(found), REACHABLE)
    shown = found[pages.start : min(pages.start + size, reachable)]
    return Reply(
        {
            "numberOfResults": len(found),
            "items": [
                render(simulation, listing, version, marketplaces, included)
                for listing, version in shown
            ],
            **pages.links(size, reachable),
        }
    )


_ORDERS = {
    "sku": lambda listing, version: (listing.sku,),
    "createdDate": lambda listing, version: (version.created, listing.sku),
    "lastUpdatedDate": lambda listing, version: (version.updated, listing.sku),
}


def own_marketplaces(exchange: Exchange, query: Query, seller_id: str) -> list[str]:
    """Return the marketplaces of a request about the seller's own listings."""
    if seller_id != exchange.seller.seller_id:
        raise unauthorized()
    return read_marketplaces(exchange, query, bad_request)


def _candidates(exchange: Exchange, query: Query) -> list[Listing]:
    """Return the listings that can match, few when they are asked for by SKU."""
    desk, seller_id = exchange.simulation.listings, exchange.seller.seller_id
    if query.text("identifiersType") != "SKU":
        return desk.of(seller_id)
    skus = dict.fromkeys(_identifiers(query))
    return [listing for sku in skus if (listing := desk.get(seller_id, sku))]


def _identifiers(query: Query) -> list[str]:
    """Return what is looked for: the values between commas, and the whole text.

    Amazon cannot tell a comma inside a SKU from one between two; it finds such a SKU
    when it is asked for alone (selling-partner-api-docs #2295).
    """
    return [*query.list("identifiers", most=20), *query.raw("identifiers")]


def _identifier_rule(query: Query) -> None:
    if ("identifiers" in query) != ("identifiersType" in query):
        raise bad_request("identifiers and identifiersType go together.")


def _filter(
    query: Query, marketplaces: list[str], now: datetime
) -> Callable[[Listing, Version], bool]:
    identifiers = set(_identifiers(query))
    name = IDENTIFIERS[query.choice("identifiersType", "SKU", IDENTIFIERS)]
    times = [
        (attribute, query.time(f"{word}After"), query.time(f"{word}Before"))
        for word, attribute in (("created", "created"), ("lastUpdated", "updated"))
    ]
    wanted = set(query.list("withStatus", STATUSES))
    unwanted = set(query.list("withoutStatus", STATUSES))
    severities = set(query.list("withIssueSeverity", SEVERITIES))
    parent = query.text("variationParentSku")
    packaged = "packageHierarchySku" in query

    def matches(listing: Listing, version: Version) -> bool:
        sold_in = [id_ for id_ in marketplaces if id_ in version.marketplaces]
        if not sold_in or packaged:
            return False
        if identifiers and (not name or getattr(listing, name) not in identifiers):
            return False
        for attribute, after, before in times:
            moment = getattr(version, attribute)
            if (after and moment < after) or (before and moment > before):
                return False
        if wanted or unwanted:
            status = {word for id_ in sold_in for word in listing.status(version, id_)}
            if (wanted and not wanted & status) or unwanted & status:
                return False
        if severities and not severities & {i["severity"] for i in listing.issues}:
            return False
        return parent is None or parent in parents_of(version, sold_in)

    return matches
