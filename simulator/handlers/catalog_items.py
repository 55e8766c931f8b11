"""Catalog Items 2022-04-01: what Amazon's catalogue says of products."""

from __future__ import annotations

import hashlib
from collections import Counter

from ..errors import bad_report_request as bad_catalog_request, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..query import Query
from ..state.listing_views import parents_of
from ..state.listings import Listing, Version
from ..worlds.data.product_types import GROUPS, PRODUCT_TYPES
from .common import Pages, read_marketplaces

DATASETS = (
    "attributes",
    "classifications",
    "dimensions",
    "identifiers",
    "images",
    "productTypes",
    "relationships",
    "salesRanks",
    "summaries",
    "vendorDetails",
)
IDENTIFIERS = ("ASIN", "EAN", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
OFFER = frozenset(GROUPS["offer"][1])
_FREE_PARAMETERS = frozenset({"pageToken", "includedData", "locale"})


class Product:
    """A product as one marketplace shows it."""

    def __init__(self, listing: Listing, version: Version, marketplace_id: str):
        self.listing, self.version, self.id = listing, version, marketplace_id
        self.asin = listing.asin
        self.title = version.text("item_name", marketplace_id) or listing.sku
        self.brand = version.text("brand", marketplace_id) or ""

    @property
    def classification(self) -> dict[str, str]:
        """The browse node, one for each product type."""
        name = self.version.product_type
        number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
        kind = PRODUCT_TYPES.get(name)
        return {
            "displayName": kind.display_name if kind else name,
            "classificationId": str(number),
        }


def get_catalog_item(exchange: Exchange, asin: str) -> Reply:
    """Return one product."""
    query = exchange.query(bad_catalog_request)
    ids = read_marketplaces(exchange, query, bad_catalog_request)
    included = query.list("includedData", DATASETS) or ["summaries"]
    found = [
        product
        for product in (_find(exchange, asin, id_) for id_ in ids)
        if product is not None
    ]
    if not found:
        raise not_found(f"The ASIN {asin} was not found in {', '.join(ids)}.")
    return Reply(_render(exchange, found, included))


def search_catalog_items(exchange: Exchange) -> Reply:
    """Search products by identifiers or keywords, in one marketplace."""
    query = exchange.query(bad_catalog_request)
    ids = read_marketplaces(exchange, query, bad_catalog_request)
    if len(ids) > 1:
        raise bad_catalog_request("marketplaceIds has more than 1 value.")
    included = query.list("includedData", DATASETS) or ["summaries"]
    size = query.integer("pageSize", 10, 1, 20)
    identifiers = query.list("identifiers", most=20)
    keywords = query.list("keywords", most=20)
    if bool(identifiers) == bool(keywords):
        raise bad_catalog_request("Either identifiers or keywords are required.")
    if keywords:
        products = _by_keywords(exchange, query, ids[0], keywords)
    else:
        products = _by_identifiers(exchange, query, ids[0], identifiers)
    pages = Pages(exchange, query, _FREE_PARAMETERS, bad_catalog_request)
    shown = products[pages.start : pages.start + size]
    body = {
        "numberOfResults": len(products),
        "items": [_render(exchange, [product], included) for product in shown],
        **pages.links(size, len(products)),
    }
    if keywords:
        body["refinements"] = _refinements(products)
    return Reply(body)


def _find(exchange: Exchange, asin: str, marketplace_id: str) -> Product | None:
    simulation = exchange.simulation
    now = simulation.clock.now()
    for listing in simulation.listings.with_asin(asin):
        version = listing.shown(now)
        if version is not None and marketplace_id in version.marketplaces:
            return Product(listing, version, marketplace_id)
    return None


def _by_keywords(
    exchange: Exchange, query: Query, marketplace_id: str, keywords: list[str]
) -> list[Product]:
    wanted = [word.lower() for word in keywords]
    brands = {brand.lower() for brand in query.list("brandNames")}
    nodes = set(query.list("classificationIds"))
    found = []
    for asin in exchange.simulation.listings.asins():
        product = _find(exchange, asin, marketplace_id)
        if product is None:
            continue
        title = product.title.lower()
        if (
            all(word in title for word in wanted)
            and (not brands or product.brand.lower() in brands)
            and (not nodes or product.classification["classificationId"] in nodes)
        ):
            found.append(product)
    return found


def _by_identifiers(
    exchange: Exchange, query: Query, marketplace_id: str, identifiers: list[str]
) -> list[Product]:
    if "identifiersType" not in query:
        raise bad_catalog_request("identifiersType is missing.")
    kind = query.choice("identifiersType", "", IDENTIFIERS)
    desk, seller_id = exchange.simulation.listings, query.text("sellerId")
    if kind == "SKU" and not seller_id:
        raise bad_catalog_request("sellerId is required for SKUs.")
    if seller_id not in (None, exchange.seller.seller_id):
        raise unauthorized()
    asins: dict[str, None] = {}
    for identifier in identifiers:
        if kind == "SKU":
            listing = desk.get(seller_id, identifier)
            asin = listing and listing.asin
        elif kind == "ASIN":
            asin = identifier
        else:
            asin = desk.asin_of(identifier)
        if asin:
            asins[asin] = None
    products = (_find(exchange, asin, marketplace_id) for asin in asins)
    return [product for product in products if product is not None]


def _refinements(products: list[Product]) -> dict:
    brands = Counter(product.brand for product in products)
    nodes = Counter(tuple(product.classification.items()) for product in products)
    return {
        "brands": [
            {"numberOfResults": count, "brandName": name}
            for name, count in brands.most_common()
        ],
        "classifications": [
            {"numberOfResults": count, **dict(node)}
            for node, count in nodes.most_common()
        ],
    }


def _render(exchange: Exchange, products: list[Product], included: list[str]) -> dict:
    """Return a product; ``products`` has an entry for each marketplace."""
    parts = {
        "classifications": lambda p: {"classifications": [p.classification]},
        "dimensions": _dimensions,
        "identifiers": _identifiers,
        "images": lambda p: {"images": _images(p)},
        "productTypes": lambda p: {"productType": p.version.product_type},
        "relationships": lambda p: {"relationships": _relationships(exchange, p)},
        "salesRanks": _sales_ranks,
        "summaries": _summary,
    }
    item: dict = {"asin": products[0].asin}
    for name in included:
        if name == "attributes":
            item[name] = _attributes(products)
        elif name == "vendorDetails":
            item[name] = []
        else:
            item[name] = [
                {"marketplaceId": product.id, **parts[name](product)}
                for product in products
            ]
    return item


def _attributes(products: list[Product]) -> dict:
    ids = {product.id for product in products}
    attributes = {
        name: [entry for entry in entries if entry.get("marketplace_id") in ids]
        for name, entries in products[0].version.attributes.items()
        if name not in OFFER
    }
    return {name: entries for name, entries in attributes.items() if entries}


def _dimensions(product: Product) -> dict:
    for entry in product.version.entries("item_package_weight", product.id):
        weight = {"unit": entry["unit"], "value": entry["value"]}
        return {"package": {"weight": weight}}
    return {}


def _identifiers(product: Product) -> dict:
    barcode = product.listing.barcode
    kind = "UPC" if product.listing.region == "na" else "EAN"
    found = [{"identifierType": kind, "identifier": barcode}] if barcode else []
    return {"identifiers": found}


def _images(product: Product) -> list[dict]:
    link = f"https://m.media-amazon.com/images/I/{product.asin}.jpg"
    for entry in product.version.entries("main_product_image_locator", product.id):
        link = entry["media_location"]
    return [{"variant": "MAIN", "link": link, "height": 500, "width": 500}]


def _sales_ranks(product: Product) -> dict:
    node = product.classification
    number = int(hashlib.sha256(product.asin.encode()).hexdigest()[:6], 16)
    return {
        "classificationRanks": [
            {
                "classificationId": node["classificationId"],
                "title": node["displayName"],
                "rank": number % 50_000 + 1,
            }
        ]
    }


def _relationships(exchange: Exchange, product: Product) -> list[dict]:
    themes = product.version.entries("variation_theme", product.id)
    if not themes:
        return []
    desk, listing = exchange.simulation.listings, product.listing
    theme = themes[0]["name"]
    relation: dict = {
        "type": "VARIATION",
        "variationTheme": {
            "attributes": [word.lower() for word in theme.split("/")],
            "theme": theme,
        },
    }
    parents = parents_of(product.version, [product.id])
    skus = parents or desk.children(listing.seller_id, listing.sku, product.id)
    others = (desk.get(listing.seller_id, sku) for sku in skus)
    asins = [other.asin for other in others if other is not None]
    key = "parentAsins" if parents else "childAsins"
    return [{**relation, key: asins}] if asins else []


def _summary(product: Product) -> dict:
    level = product.version.text("parentage_level", product.id)
    summary = {
        "brand": product.brand,
        "browseClassification": product.classification,
        "itemClassification": (
            "VARIATION_PARENT" if level == "parent" else "BASE_PRODUCT"
        ),
        "itemName": product.title,
        "manufacturer": product.brand,
        "packageQuantity": 1,
    }
    for name in ("color", "size"):
        value = product.version.text(name, product.id)
        if value is not None:
            summary[name] = value
    return summary
