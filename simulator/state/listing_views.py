"""A listing as Listings Items 2021-08-01 shows it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ..clock import format_time
from .listings import AVAILABILITY, Listing, Version

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


def render(
    simulation,
    listing: Listing,
    version: Version,
    marketplaces: list[str],
    included: list[str],
) -> dict:
    """Return a listing as the marketplaces that were asked for show it."""
    now = simulation.clock.now()
    sold_in = [id_ for id_ in marketplaces if id_ in version.marketplaces]
    parts = {
        "summaries": lambda: [_summary(listing, version, id_) for id_ in sold_in],
        "attributes": lambda: _attributes(listing, version, sold_in),
        "issues": lambda: list(listing.issues),
        "offers": lambda: [
            offer for id_ in sold_in for offer in _offers(version, id_, now)
        ],
        "fulfillmentAvailability": lambda: _availability(listing, version, sold_in),
        "procurement": list,
        "relationships": lambda: [
            {
                "marketplaceId": id_,
                "relationships": _relationships(simulation, listing, version, id_),
            }
            for id_ in sold_in
        ],
        "productTypes": lambda: [
            {"marketplaceId": id_, "productType": version.product_type}
            for id_ in sold_in
        ],
    }
    return {"sku": listing.sku, **{name: parts[name]() for name in included}}


def _summary(listing: Listing, version: Version, marketplace_id: str) -> dict:
    images = version.entries("main_product_image_locator", marketplace_id)
    link = f"https://m.media-amazon.com/images/I/{listing.asin}.jpg"
    summary = {
        "marketplaceId": marketplace_id,
        "asin": listing.asin,
        "productType": version.product_type,
        "conditionType": version.text("condition_type", marketplace_id) or "new_new",
        "status": listing.status(version, marketplace_id),
        "itemName": version.text("item_name", marketplace_id) or listing.sku,
        "createdDate": format_time(version.created),
        "lastUpdatedDate": format_time(version.updated),
        "mainImage": {
            "link": images[0]["media_location"] if images else link,
            "height": 500,
            "width": 500,
        },
    }
    if listing.fnsku is not None:
        summary["fnSku"] = listing.fnsku
    return summary


def _attributes(listing: Listing, version: Version, sold_in: list[str]) -> dict:
    attributes = {
        name: [
            entry
            for id_ in sold_in
            for entry in entries
            if entry.get("marketplace_id") == id_
        ]
        for name, entries in version.attributes.items()
    }
    attributes[AVAILABILITY] = [
        dict(entry) for entry in version.availability.get(listing.scope(sold_in[0]), ())
    ]
    return {name: entries for name, entries in attributes.items() if entries}


def _availability(listing: Listing, version: Version, sold_in: list[str]) -> list[dict]:
    # Amazon states no quantity for the stock it holds itself.
    return [
        {
            "fulfillmentChannelCode": entry["fulfillment_channel_code"],
            **({"quantity": entry["quantity"]} if "quantity" in entry else {}),
        }
        for entry in version.availability.get(listing.scope(sold_in[0]), ())
    ]


def _offers(version: Version, marketplace_id: str, now: datetime) -> list[dict]:
    offers = []
    for entry in version.entries("purchasable_offer", marketplace_id):
        audience = entry.get("audience", "ALL")
        business = audience == "B2B"
        if business:
            price = Decimal(str(entry["our_price"][0]["schedule"][0]["value_with_tax"]))
        else:
            price = version.price(marketplace_id, now)
        currency = entry["currency"]
        places = 0 if currency == "JPY" else 2
        name = "Amazon Business" if business else "Sell on Amazon"
        offers.append(
            {
                "marketplaceId": marketplace_id,
                "offerType": "B2B" if business else "B2C",
                "price": {"currencyCode": currency, "amount": f"{price:.{places}f}"},
                "audience": {"value": audience, "displayName": name},
            }
        )
    return offers


def parents_of(version: Version, sold_in: list[str]) -> list[str]:
    """Return the SKUs of the parents that a variation names."""
    return [
        entry["parent_sku"]
        for id_ in sold_in
        for entry in version.entries("child_parent_sku_relationship", id_)
    ]


def _relationships(
    simulation, listing: Listing, version: Version, marketplace_id: str
) -> list[dict]:
    themes = version.entries("variation_theme", marketplace_id)
    if not themes:
        return []
    theme = themes[0]["name"]
    relation = {
        "type": "VARIATION",
        "variationTheme": {
            "attributes": [word.lower() for word in theme.split("/")],
            "theme": theme,
        },
    }
    parents = parents_of(version, [marketplace_id])
    if parents:
        return [{**relation, "parentSkus": parents}]
    children = simulation.listings.children(
        listing.seller_id, listing.sku, marketplace_id
    )
    return [{**relation, "childSkus": children}] if children else []
