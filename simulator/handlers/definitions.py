"""Product Type Definitions 2020-09-01."""

from __future__ import annotations

from ..errors import bad_request, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..state.definitions import (
    META_SCHEMA,
    find_types,
    property_groups,
    requirements_schema,
)
from ..worlds.data.product_types import PRODUCT_TYPES
from .common import read_marketplaces
from .documents import signed_url

REQUIREMENTS = ("LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY")
ENFORCED = ("ENFORCED", "NOT_ENFORCED")
PARENTAGES = ("NONE", "CHILD", "PARENT")
SCHEMA_SECONDS = 7 * 86_400


def search_definitions_product_types(exchange: Exchange) -> Reply:
    """Search product types by keywords or by the name of an item."""
    query = exchange.query(bad_request)
    ids = read_marketplaces(exchange, query, bad_request)
    keywords, item_name = query.list("keywords"), query.text("itemName")
    if keywords and item_name is not None:
        raise bad_request("keywords and itemName exclude each other.")
    desk = exchange.simulation.definitions
    body = {
        "productTypes": [
            {
                "name": kind.name,
                "displayName": kind.display_name,
                "marketplaceIds": ids,
            }
            for kind in find_types(keywords, item_name)
        ],
        "productTypeVersion": desk.version(PRODUCT_TYPES["PRODUCT"], ids[0]),
    }
    return Reply(body)


def get_definitions_product_type(exchange: Exchange, product_type: str) -> Reply:
    """Return where the schema of a product type is, and how to group its fields."""
    query = exchange.query(bad_request)
    market = MARKETPLACES[read_marketplaces(exchange, query, bad_request)[0]]
    kind = PRODUCT_TYPES.get(product_type)
    if kind is None:
        raise not_found(f"There is no product type {product_type}.")
    if query.text("sellerId") not in (None, exchange.seller.seller_id):
        raise unauthorized()
    simulation = exchange.simulation
    desk, now = simulation.definitions, simulation.clock.now()
    version = desk.version(kind, market.id)
    asked = query.text("productTypeVersion")
    if asked not in (None, "LATEST", "RELEASE_CANDIDATE", version):
        raise not_found(f"There is no version {asked}.")
    requirements = query.choice("requirements", "LISTING", REQUIREMENTS)
    enforced = query.choice("requirementsEnforced", "ENFORCED", ENFORCED)
    parentage = query.choice("parentageLevel", "", PARENTAGES) or None
    schema = requirements_schema(
        kind, market, requirements, enforced == "ENFORCED", parentage
    )
    schema["$comment"] += f", version {version}"
    locale = query.text("locale") or "DEFAULT"
    body = {
        "metaSchema": _link(exchange, *desk.keep(META_SCHEMA, now)),
        "schema": _link(exchange, *desk.keep(schema, now)),
        "requirements": requirements,
        "requirementsEnforced": enforced,
        "propertyGroups": property_groups(kind, requirements),
        "locale": market.language if locale == "DEFAULT" else locale,
        "marketplaceIds": [market.id],
        "productType": kind.name,
        "displayName": kind.display_name,
        "productTypeVersion": {
            "version": version,
            "latest": True,
            "releaseCandidate": False,
        },
    }
    return Reply(body)


def _link(exchange: Exchange, document, checksum: str) -> dict:
    url = signed_url(exchange, document, False, SCHEMA_SECONDS)
    return {"link": {"resource": url, "verb": "GET"}, "checksum": checksum}
