"""Listings Items 2021-08-01, the reads."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from ..clock import format_time
from ..errors import bad_request, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..paging import digest, seal, unseal
from ..query import Query
from ..worlds.catalogue import fnsku

DATASETS = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "procurement",
    "relationships",
    "productTypes",
)
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
FBA_CODES = {"na": "AMAZON_NA", "eu": "AMAZON_EU", "fe": "AMAZON_JP"}
# However many items there are, only so many can be paged through.
REACHABLE = 1000
_FREE_PARAMETERS = frozenset({"pageToken", "includedData", "issueLocale"})


class Listing:
    """One SKU of a seller, all its channels and marketplaces together."""

    def __init__(self, items: list, region: str, now):
        self.items, self.first = items, items[0]
        self.sku, self.region = self.first.sku, region
        number = int(hashlib.sha256(self.sku.encode()).hexdigest()[:8], 16)
        self.created = now - timedelta(days=90 + number % 600, seconds=number % 86_399)
        self.updated = now - timedelta(days=number % 60, seconds=number % 86_377)
        fulfilled_by_amazon = any(
            item.fulfillment_channel == "AMAZON" for item in items
        )
        self.fnsku = fnsku(self.sku) if fulfilled_by_amazon else None

    @property
    def status(self) -> list[str]:
        """What shoppers can do."""
        return list(STATUSES if any(i.quantity for i in self.items) else STATUSES[1:])

    def identifier(self, kind: str) -> str | None:
        """Return the value of a kind of identifier."""
        name = IDENTIFIERS[kind]
        if name == "fnsku":
            return self.fnsku
        return getattr(self.first, name) if name else None


def get_listings_item(exchange: Exchange, seller_id: str, sku: str) -> Reply:
    """Return one listing."""
    query = exchange.query(bad_request)
    marketplaces = _marketplaces(exchange, query, seller_id)
    included = query.list("includedData", DATASETS) or ["summaries"]
    for listing in _listings(exchange):
        if listing.sku == sku and _sold_in(listing, marketplaces):
            return Reply(_render(listing, marketplaces, included))
    raise not_found(f"SKU '{sku}' not found in marketplace {marketplaces[0]}")


def search_listings_items(exchange: Exchange, seller_id: str) -> Reply:
    """Search listings, at most 20 a page and 1,000 in all."""
    query = exchange.query(bad_request)
    marketplaces = _marketplaces(exchange, query, seller_id)
    included = query.list("includedData", DATASETS) or ["summaries"]
    size = query.integer("pageSize", 10, 1, 20)
    found = [
        listing
        for listing in _listings(exchange)
        if _sold_in(listing, marketplaces) and _matches(listing, query)
    ]
    _identifier_rule(query)
    found.sort(
        key=_ORDERS[query.choice("sortBy", "lastUpdatedDate", _ORDERS)],
        reverse=query.choice("sortOrder", "DESC", ("ASC", "DESC")) == "DESC",
    )
    start, owner = _start(exchange, query)
    end = min(start + size, REACHABLE)
    body = {
        "numberOfResults": len(found),
        "items": [
            _render(listing, marketplaces, included) for listing in found[start:end]
        ],
    }
    key, pages = exchange.simulation.page_key, {}
    if end < min(len(found), REACHABLE):
        pages["nextToken"] = seal(key, {"f": owner, "s": end})
    if start:
        pages["previousToken"] = seal(key, {"f": owner, "s": max(0, start - size)})
    if pages:
        body["pagination"] = pages
    return Reply(body)


_ORDERS = {
    "sku": lambda listing: (listing.sku,),
    "createdDate": lambda listing: (listing.created, listing.sku),
    "lastUpdatedDate": lambda listing: (listing.updated, listing.sku),
}


def _marketplaces(exchange: Exchange, query: Query, seller_id: str) -> list[str]:
    if seller_id != exchange.seller.seller_id:
        raise unauthorized()
    ids = query.list("marketplaceIds")
    if not ids:
        raise bad_request("marketplaceIds is missing.")
    for id_ in ids:
        marketplace = MARKETPLACES.get(id_)
        if marketplace is None:
            raise bad_request(f"Invalid marketplace id: {id_}")
        if marketplace.region != exchange.seller.region:
            raise unauthorized()
    return ids


def _listings(exchange: Exchange) -> list[Listing]:
    simulation, seller = exchange.simulation, exchange.seller
    by_sku: dict[str, list] = {}
    for item in simulation.world.catalog:
        if item.seller_id == seller.seller_id:
            by_sku.setdefault(item.sku, []).append(item)
    now = simulation.world.now
    return [Listing(items, seller.region, now) for items in by_sku.values()]


def _sold_in(listing: Listing, marketplaces: list[str]) -> bool:
    return any(listing.first.offer(id_) is not None for id_ in marketplaces)


def _identifier_rule(query: Query) -> None:
    if ("identifiers" in query) != ("identifiersType" in query):
        raise bad_request("identifiers and identifiersType go together.")


def _matches(listing: Listing, query: Query) -> bool:
    identifiers = query.list("identifiers", most=20)
    if identifiers:
        kind = query.choice("identifiersType", "SKU", IDENTIFIERS)
        if listing.identifier(kind) not in identifiers:
            return False
    for name, moment in (
        ("created", listing.created),
        ("lastUpdated", listing.updated),
    ):
        after, before = query.time(f"{name}After"), query.time(f"{name}Before")
        if (after and moment < after) or (before and moment > before):
            return False
    wanted = query.list("withStatus", STATUSES)
    unwanted = query.list("withoutStatus", STATUSES)
    if wanted and not set(wanted) & set(listing.status):
        return False
    if set(unwanted) & set(listing.status):
        return False
    # No listing here has issues, variations or package hierarchies.
    special = ("withIssueSeverity", "variationParentSku", "packageHierarchySku")
    return not any(name in query for name in special)


def _start(exchange: Exchange, query: Query) -> tuple[int, str]:
    parameters = {
        name: sorted(query.list(name)) for name in query.names() - _FREE_PARAMETERS
    }
    owner = digest([exchange.seller.seller_id, parameters])
    token = query.text("pageToken")
    if token is None:
        return 0, owner
    try:
        data = unseal(exchange.simulation.page_key, token)
    except ValueError as error:
        raise bad_request("pageToken is invalid.") from error
    if data.get("f") != owner:
        raise bad_request("pageToken does not belong to these parameters.")
    return data["s"], owner


def _render(listing: Listing, marketplaces: list[str], included: list[str]) -> dict:
    offers = [
        offer for offer in map(listing.first.offer, marketplaces) if offer is not None
    ]
    parts = {
        "summaries": lambda: [_summary(listing, offer) for offer in offers],
        "attributes": lambda: _attributes(listing, offers),
        "issues": list,
        "offers": lambda: [_offer(offer) for offer in offers],
        "fulfillmentAvailability": lambda: _availability(listing),
        "procurement": list,
        "relationships": lambda: [
            {"marketplaceId": offer.marketplace_id, "relationships": []}
            for offer in offers
        ],
        "productTypes": lambda: [
            {
                "marketplaceId": offer.marketplace_id,
                "productType": listing.first.product_type,
            }
            for offer in offers
        ],
    }
    return {"sku": listing.sku, **{name: parts[name]() for name in included}}


def _summary(listing: Listing, offer) -> dict:
    summary = {
        "marketplaceId": offer.marketplace_id,
        "asin": listing.first.asin,
        "productType": listing.first.product_type,
        "conditionType": "new_new",
        "status": listing.status,
        "itemName": offer.title,
        "createdDate": format_time(listing.created),
        "lastUpdatedDate": format_time(listing.updated),
        "mainImage": {
            "link": f"https://m.media-amazon.com/images/I/{listing.first.asin}.jpg",
            "height": 500,
            "width": 500,
        },
    }
    if listing.fnsku is not None:
        summary["fnSku"] = listing.fnsku
    return summary


def _attributes(listing: Listing, offers: list) -> dict:
    item, kind = listing.first, "upc" if listing.region == "na" else "ean"
    ids = [offer.marketplace_id for offer in offers]
    return {
        "item_name": [
            {
                "value": offer.title,
                "language_tag": MARKETPLACES[offer.marketplace_id].language,
                "marketplace_id": offer.marketplace_id,
            }
            for offer in offers
        ],
        "brand": [{"value": item.brand, "marketplace_id": id_} for id_ in ids],
        "externally_assigned_product_identifier": [
            {"type": kind, "value": item.barcode, "marketplace_id": id_} for id_ in ids
        ],
        "item_package_weight": [
            {"value": float(item.weight), "unit": "kilograms", "marketplace_id": id_}
            for id_ in ids
        ],
        "fulfillment_availability": [
            {
                "fulfillment_channel_code": entry["fulfillmentChannelCode"],
                **({"quantity": entry["quantity"]} if "quantity" in entry else {}),
            }
            for entry in _availability(listing)
        ],
        "purchasable_offer": [
            {
                "marketplace_id": offer.marketplace_id,
                "currency": offer.currency,
                "our_price": [{"schedule": [{"value_with_tax": float(offer.price)}]}],
            }
            for offer in offers
        ],
    }


def _availability(listing: Listing) -> list[dict]:
    # Amazon states no quantity for the stock it holds itself.
    return [
        {"fulfillmentChannelCode": "DEFAULT", "quantity": item.quantity}
        if item.fulfillment_channel == "MERCHANT"
        else {"fulfillmentChannelCode": FBA_CODES[listing.region]}
        for item in listing.items
    ]


def _offer(offer) -> dict:
    return {
        "marketplaceId": offer.marketplace_id,
        "offerType": "B2C",
        "price": {"currencyCode": offer.currency, "amount": offer.price},
        "audience": {"value": "ALL", "displayName": "Sell on Amazon"},
    }
