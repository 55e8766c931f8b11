"""What Amazon finds wrong with the attributes of a listing, as issues.

The codes 90220 and 99022 are those of Amazon's own examples; the others are words of
this simulator in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..clock import parse_time
from ..marketplaces import MARKETPLACES
from ..worlds.data.product_types import (
    ATTRIBUTE_NAMES,
    IDENTITY_ATTRIBUTES,
    PRODUCT_TYPES,
    ProductType,
    attribute_schema,
)

Issue = dict[str, Any]

MISSING = "90220"
TOO_FEW = "99022"
TOO_MANY = "99010"
NOT_ALLOWED = "90244"
WRONG_TYPE = "90225"
WRONG_LENGTH = "90057"
WRONG_RANGE = "90058"
UNKNOWN_ATTRIBUTE = "90000"
UNKNOWN_PRODUCT_TYPE = "4000001"
UNKNOWN_SKU = "13013"
FULFILLED_BY_AMAZON = "13020"
FORBIDDEN_PATH = "4000003"
RESTRICTED = "18299"
UNKNOWN_ASIN = "8560"
PRICE_OUT_OF_BOUNDS = "18155"
NO_PARENT = "8052"
LONG_TITLE = "18246"
RECOMMENDED_TITLE = 150

_KINDS = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


def issue(
    code: str,
    message: str,
    names: Iterable[str] = (),
    category: str = "INVALID_ATTRIBUTE",
    severity: str = "ERROR",
) -> Issue:
    """Return an issue as Listings Items states it."""
    return {
        "code": code,
        "message": message,
        "severity": severity,
        "attributeNames": list(names),
        "categories": [category],
    }


def has_errors(issues: Iterable[Issue]) -> bool:
    """Tell whether any of the issues keeps a submission from being accepted."""
    return any(each["severity"] == "ERROR" for each in issues)


def find_product_type(name: str) -> tuple[ProductType | None, list[Issue]]:
    """Return a product type, or the issue that there is none of that name."""
    found = PRODUCT_TYPES.get(name)
    if found is not None:
        return found, []
    text = f"The product type '{name}' is not a valid product type."
    return None, [issue(UNKNOWN_PRODUCT_TYPE, text, ["product_type"])]


def check_attribute(
    kind: ProductType, name: str, entries: Any, marketplace_id: str
) -> list[Issue]:
    """Judge all entries of one attribute in one marketplace.

    :param entries: as they would be stored, hence after a merge
    """
    if name not in ATTRIBUTE_NAMES or not kind.allows(name):
        text = f"The attribute '{name}' is not part of the product type {kind.name}."
        return [issue(UNKNOWN_ATTRIBUTE, text, [name])]
    market = MARKETPLACES[marketplace_id]
    schema = attribute_schema(
        name, marketplace_id, market.currency, market.region, kind.themes
    )
    found = list(_check(schema, entries, name))
    if not found and name == "purchasable_offer":
        for entry in entries:
            found += _check_prices(entry, market.currency)
    if not found and name == "item_name":
        for entry in entries:
            if len(entry["value"]) > RECOMMENDED_TITLE:
                text = f"Titles should not exceed {RECOMMENDED_TITLE} characters."
                found.append(issue(LONG_TITLE, text, [name], severity="WARNING"))
    return found


def check_required(
    kind: ProductType, requirements: str, attributes: dict[str, list]
) -> list[Issue]:
    """Return an issue for each attribute that a full submission lacks."""
    level = attributes.get("parentage_level") or [{}]
    parentage = level[0].get("value") if isinstance(level[0], dict) else None
    wanted = list(kind.required_for(requirements, parentage))
    lacking = [name for name in wanted if not attributes.get(name)]
    identified = any(attributes.get(name) for name in IDENTITY_ATTRIBUTES)
    if parentage != "parent" and kind.name != "PRODUCT" and not identified:
        lacking.append(IDENTITY_ATTRIBUTES[0])
    return [missing(name) for name in lacking]


def missing(name: str) -> Issue:
    """Return the issue of a required attribute that is not there."""
    words = {
        "purchasable_offer": "MISSING_PRICE",
        "main_product_image_locator": "MISSING_IMAGE",
    }
    return issue(
        MISSING,
        f"'{name}' is required but not supplied.",
        [name],
        words.get(name, "MISSING_ATTRIBUTE"),
    )


def _check(schema: dict, value: Any, path: str) -> Iterator[Issue]:
    kind = schema.get("type")
    wanted = _KINDS[kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        yield _wrong(WRONG_TYPE, f"'{path}' is not of the type {kind}.", path)
    elif kind == "array":
        yield from _check_array(schema, value, path)
    elif kind == "object":
        yield from _check_object(schema, value, path)
    elif kind == "string":
        yield from _check_text(schema, value, path)
    elif kind != "boolean":
        low, high = schema.get("minimum"), schema.get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"{'' if low is None else low}..{'' if high is None else high}"
            text = f"The value '{value}' of '{path}' is outside {bounds}."
            yield _wrong(WRONG_RANGE, text, path)


def _check_array(schema: dict, value: list, path: str) -> Iterator[Issue]:
    least = schema.get("minItems", 0)
    most = schema.get("maxUniqueItems", schema.get("maxItems"))
    if len(value) < least:
        text = (
            f"The attribute '{path}' does not have enough values. "
            f"The required minimum is '{least}' value(s)."
        )
        yield _wrong(TOO_FEW, text, path)
    if most is not None and len(value) > most:
        text = (
            f"The attribute '{path}' has too many values. "
            f"The maximum is '{most}' value(s)."
        )
        yield _wrong(TOO_MANY, text, path)
    if "items" in schema:
        for entry in value:
            yield from _check(schema["items"], entry, path)


def _check_object(schema: dict, value: dict, path: str) -> Iterator[Issue]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            text = f"'{path}.{name}' is required but not supplied."
            yield _wrong(MISSING, text, path, "MISSING_ATTRIBUTE")
    for name, part in value.items():
        if name in properties:
            yield from _check(properties[name], part, f"{path}.{name}")
        elif not schema.get("additionalProperties", True):
            text = f"'{path}' has no property '{name}'."
            yield _wrong(UNKNOWN_ATTRIBUTE, text, path)


def _check_text(schema: dict, value: str, path: str) -> Iterator[Issue]:
    if "enum" in schema and value not in schema["enum"]:
        text = f"The value '{value}' of '{path}' is not one of {schema['enum']}."
        yield _wrong(NOT_ALLOWED, text, path)
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < low or (high is not None and len(value) > high):
        text = f"'{path}' must have {low} to {high} characters; it has {len(value)}."
        yield _wrong(WRONG_LENGTH, text, path)
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, value):
        text = f"The value '{value}' of '{path}' has an invalid form."
        yield _wrong(NOT_ALLOWED, text, path)
    if schema.get("format") == "date-time" and not _is_moment(value):
        text = f"The value '{value}' of '{path}' is not an ISO 8601 date."
        yield _wrong(NOT_ALLOWED, text, path)


def _wrong(
    code: str, message: str, path: str, category: str = "INVALID_ATTRIBUTE"
) -> Issue:
    name = path.partition(".")[0]
    if name == "purchasable_offer" and category == "INVALID_ATTRIBUTE":
        category = "INVALID_PRICE"
    elif name.endswith("image_locator"):
        category = "INVALID_IMAGE"
    return issue(code, message, [name], category)


def _is_moment(value: str) -> bool:
    try:
        parse_time(value)
    except ValueError:
        return False
    return True


def _check_prices(entry: dict, currency: str) -> Iterator[Issue]:
    places = 0 if currency == "JPY" else 2
    prices = {
        name: part["schedule"][0]["value_with_tax"]
        for name in (
            "our_price",
            "discounted_price",
            "minimum_seller_allowed_price",
            "maximum_seller_allowed_price",
        )
        for part in entry.get(name) or ()
    }
    for name, price in prices.items():
        if round(price, places) != price:
            text = f"'{name}' {price} has more decimals than {currency} allows."
            yield _wrong(WRONG_RANGE, text, "purchasable_offer")
    low = prices.get("minimum_seller_allowed_price")
    high = prices.get("maximum_seller_allowed_price")
    price = prices["our_price"]
    if (low is not None and price < low) or (high is not None and price > high):
        text = f"The price {price} is outside the minimum and maximum you set."
        yield _wrong(PRICE_OUT_OF_BOUNDS, text, "purchasable_offer")
