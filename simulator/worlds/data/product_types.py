"""Product types: which attributes there are, their rules, what each type requires.

The schemas have the shape of those that Product Type Definitions 2020-09-01 points to:
every attribute is an array of objects, told apart by its ``selectors``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Schema = dict[str, Any]

OFFER_ATTRIBUTES = ("condition_type", "purchasable_offer", "fulfillment_availability")
IDENTITY_ATTRIBUTES = (
    "externally_assigned_product_identifier",
    "merchant_suggested_asin",
)
PRODUCT_ATTRIBUTES = (
    "item_name",
    "brand",
    "product_description",
    "bullet_point",
    "country_of_origin",
    "main_product_image_locator",
)
CONDITIONS = (
    "new_new",
    "new_open_box",
    "new_oem",
    "refurbished_refurbished",
    "used_like_new",
    "used_very_good",
    "used_good",
    "used_acceptable",
    "collectible_like_new",
    "collectible_very_good",
    "collectible_good",
    "collectible_acceptable",
    "club_club",
)
FBA_CODES = {"na": "AMAZON_NA", "eu": "AMAZON_EU", "fe": "AMAZON_JP"}
OTHER_IMAGES = tuple(f"other_product_image_locator_{place}" for place in range(1, 9))

GROUPS = {
    "product_identity": (
        "Product Identity",
        ("item_name", "brand", *IDENTITY_ATTRIBUTES),
    ),
    "variations": (
        "Variations",
        ("parentage_level", "child_parent_sku_relationship", "variation_theme"),
    ),
    "product_details": (
        "Product Details",
        (
            "product_description",
            "bullet_point",
            "generic_keyword",
            "color",
            "size",
            "material",
            "department",
        ),
    ),
    "images": ("Images", ("main_product_image_locator", *OTHER_IMAGES)),
    "offer": (
        "Offer",
        (*OFFER_ATTRIBUTES, "list_price", "max_order_quantity"),
    ),
    "shipping": ("Shipping", ("item_package_weight", "item_package_dimensions")),
    "safety_and_compliance": (
        "Safety & Compliance",
        (
            "country_of_origin",
            "batteries_required",
            "supplier_declared_dg_hz_regulation",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class ProductType:
    """A product type: what it requires beside what every listing requires.

    ``themes`` are its variation themes, written as the names of attributes in upper
    case, joined by slashes; empty for a type without variations.
    """

    name: str
    display_name: str
    required: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()

    def required_for(self, requirements: str, parentage: str | None) -> tuple[str, ...]:
        """Return the attributes a full submission must have.

        :param requirements: LISTING, LISTING_PRODUCT_ONLY or LISTING_OFFER_ONLY
        :param parentage: ``parent``, ``child`` or None; a parent is never sold
        """
        product = () if self.name == "PRODUCT" else PRODUCT_ATTRIBUTES + self.required
        offer = OFFER_ATTRIBUTES
        if parentage == "parent":
            offer = ()
            product += ("variation_theme",)
        elif parentage == "child":
            product += ("child_parent_sku_relationship", "variation_theme")
        if requirements == "LISTING_OFFER_ONLY":
            return offer
        return product if requirements == "LISTING_PRODUCT_ONLY" else product + offer

    def allows(self, attribute: str) -> bool:
        """Tell whether listings of this type have the attribute."""
        return attribute in ATTRIBUTE_NAMES and (
            self.name == "PRODUCT"
            or bool(self.themes)
            or attribute not in GROUPS["variations"][1]
        )


def _types(*rows: tuple) -> dict[str, ProductType]:
    return {row[0]: ProductType(*row) for row in rows}


_COLOUR = ("COLOR",)
_ELECTRIC = ("batteries_required", "supplier_declared_dg_hz_regulation")

PRODUCT_TYPES = _types(
    ("PRODUCT", "Product"),
    ("APRON", "Apron", ("color", "size", "material"), ("COLOR", "SIZE", "SIZE/COLOR")),
    ("BLANKET", "Blanket", ("material",), _COLOUR),
    ("BOTTLE", "Bottle", ("color",), _COLOUR),
    ("CAMPING_STOVE", "Camping Stove", ("supplier_declared_dg_hz_regulation",)),
    ("COFFEE_MAKER", "Coffee Maker", ("color",), _COLOUR),
    ("CUTTING_BOARD", "Cutting Board", ("material",)),
    ("DRINKING_CUP", "Drinking Cup", ("color",), _COLOUR),
    ("DRY_BAG", "Dry Bag", (), _COLOUR),
    ("DUTCH_OVENS", "Dutch Oven", ("material",)),
    ("FOLDING_CHAIR", "Folding Chair", (), _COLOUR),
    ("FOOD_STORAGE_CONTAINER", "Food Storage Container", ("material",)),
    ("HAMMOCK", "Hammock", (), _COLOUR),
    ("HEADLAMP", "Headlamp", _ELECTRIC),
    ("HERB_AND_SPICE", "Herb and Spice"),
    ("KITCHEN_KNIFE", "Kitchen Knife", ("material",)),
    ("KITCHEN_TOOLS", "Kitchen Tools", ("color",), _COLOUR),
    ("LANTERN", "Lantern", _ELECTRIC, _COLOUR),
    ("LUGGAGE", "Luggage", ("color", "material"), ("COLOR", "SIZE", "SIZE/COLOR")),
    (
        "SHIRT",
        "Shirt",
        ("color", "size", "material", "department"),
        ("COLOR", "SIZE", "SIZE/COLOR"),
    ),
    ("SKILLET", "Skillet", ("material",)),
    ("SNACK_FOOD_BAR", "Snack Food Bar"),
    ("SPICE_MILL", "Spice Mill", (), _COLOUR),
    ("TARP", "Tarp", (), _COLOUR),
    ("TOWEL", "Towel", ("color", "size"), ("COLOR", "SIZE", "SIZE/COLOR")),
    ("WOOD_TREATMENT", "Wood Treatment", ("supplier_declared_dg_hz_regulation",)),
)


def _text(longest: int, shortest: int = 1) -> Schema:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def _number(low: float = 0) -> Schema:
    return {"type": "number", "minimum": low}


def _choice(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def _objects(properties: Schema, required: Iterable[str], most: int = 1) -> Schema:
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": most,
        "items": {
            "type": "object",
            "properties": properties,
            "required": list(required),
            "additionalProperties": False,
        },
    }


def _attribute(
    title: str,
    properties: Schema,
    required: Iterable[str] = ("value",),
    selectors: Iterable[str] = (),
    most: int = 1,
) -> Schema:
    schema = _objects(properties, required)
    del schema["maxItems"]
    schema["items"]["properties"] = dict(properties)
    return {
        "title": title,
        **schema,
        "minUniqueItems": 1,
        "maxUniqueItems": most,
        "selectors": ["marketplace_id", *selectors],
    }


def _words(title: str, longest: int, most: int = 1) -> Schema:
    schema = _attribute(
        title,
        {"value": _text(longest), "language_tag": _text(5)},
        selectors=("language_tag",),
        most=most,
    )
    schema["items"]["required"] = ["value", "language_tag"]
    return schema


def _prices(field: str, extra: Schema | None = None) -> Schema:
    schedule = {field: _number(0.01), **(extra or {})}
    return _objects(
        {"schedule": _objects(schedule, (field, *(extra or ())))}, ("schedule",)
    )


def _offer() -> Schema:
    moment = {"type": "string", "format": "date-time"}
    sale = _prices("value_with_tax", {"start_at": moment, "end_at": moment})
    return _attribute(
        "Purchasable Offer",
        {
            "currency": _choice(),
            "audience": _choice("ALL", "B2B"),
            "offer_type": _text(40),
            "start_at": _objects({"value": moment}, ("value",)),
            "end_at": _objects({"value": moment}, ("value",)),
            "our_price": _prices("value_with_tax"),
            "discounted_price": sale,
            "minimum_seller_allowed_price": _prices("value_with_tax"),
            "maximum_seller_allowed_price": _prices("value_with_tax"),
            "quantity_discount_plan": {"type": "array"},
        },
        ("currency", "our_price"),
        ("currency", "audience"),
        2,
    )


def _availability() -> Schema:
    schema = _attribute(
        "Fulfillment Availability",
        {
            "fulfillment_channel_code": _choice(),
            "quantity": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
            "lead_time_to_ship_max_days": {
                "type": "integer",
                "minimum": 0,
                "maximum": 30,
            },
            "restock_date": {"type": "string", "format": "date-time"},
            "is_inventory_available": {"type": "boolean"},
        },
        ("fulfillment_channel_code",),
        ("fulfillment_channel_code",),
        2,
    )
    schema["selectors"].remove("marketplace_id")
    return schema


def _image(title: str) -> Schema:
    address = {"type": "string", "format": "uri", "pattern": "^https?://"}
    return _attribute(title, {"media_location": address}, ("media_location",))


def _length() -> Schema:
    properties = {"value": _number(), "unit": _choice("centimeters", "inches")}
    return {"type": "object", "properties": properties, "required": ["value", "unit"]}


_SHAPES = {
    "item_name": _words("Item Name", 200),
    "brand": _words("Brand Name", 100),
    "product_description": _words("Product Description", 2000),
    "bullet_point": _words("Bullet Point", 500, 10),
    "generic_keyword": _words("Generic Keyword", 500),
    "color": _words("Color", 50),
    "size": _words("Size", 50),
    "material": _words("Material", 100, 3),
    "department": _words("Department Name", 50),
    "externally_assigned_product_identifier": _attribute(
        "External Product ID",
        {
            "type": _choice("ean", "gtin", "upc"),
            "value": {"type": "string", "pattern": "^[0-9]{8,14}$"},
        },
        ("type", "value"),
        ("type",),
    ),
    "merchant_suggested_asin": _attribute(
        "Merchant Suggested ASIN",
        {"value": {"type": "string", "pattern": "^[A-Z0-9]{10}$"}},
    ),
    "country_of_origin": _attribute(
        "Country of Origin", {"value": {"type": "string", "pattern": "^[A-Z]{2}$"}}
    ),
    "condition_type": _attribute("Item Condition", {"value": _choice(*CONDITIONS)}),
    "purchasable_offer": _offer(),
    "fulfillment_availability": _availability(),
    "list_price": _attribute(
        "List Price",
        {"currency": _choice(), "value": _number(), "value_with_tax": _number()},
        ("currency",),
    ),
    "max_order_quantity": _attribute(
        "Max Order Quantity", {"value": {"type": "integer", "minimum": 1}}
    ),
    "item_package_weight": _attribute(
        "Package Weight",
        {"value": _number(), "unit": _choice("grams", "kilograms", "ounces", "pounds")},
        ("value", "unit"),
    ),
    "item_package_dimensions": _attribute(
        "Package Dimensions",
        {"length": _length(), "width": _length(), "height": _length()},
        ("length", "width", "height"),
    ),
    "batteries_required": _attribute(
        "Are batteries required?", {"value": {"type": "boolean"}}
    ),
    "supplier_declared_dg_hz_regulation": _attribute(
        "Dangerous Goods Regulations",
        {"value": _choice("ghs", "not_applicable", "storage", "transportation")},
        most=5,
    ),
    "main_product_image_locator": _image("Main Image"),
    **{name: _image(f"Other Image {name[-1]}") for name in OTHER_IMAGES},
    "parentage_level": _attribute(
        "Parentage Level", {"value": _choice("child", "parent")}
    ),
    "child_parent_sku_relationship": _attribute(
        "Parent SKU",
        {
            "child_relationship_type": _choice("variation"),
            "parent_sku": _text(40),
        },
        ("child_relationship_type", "parent_sku"),
    ),
    "variation_theme": _attribute(
        "Variation Theme", {"name": _choice()}, ("name",), ()
    ),
}
ATTRIBUTE_NAMES = frozenset(_SHAPES)


@lru_cache(maxsize=4096)
def attribute_schema(
    name: str, marketplace_id: str, currency: str, region: str, themes: tuple[str, ...]
) -> Schema:
    """Return the rules of one attribute in one marketplace. Do not change them."""
    shape = _SHAPES[name]
    items = shape["items"]
    properties = dict(items["properties"])
    if "marketplace_id" in shape["selectors"]:
        properties["marketplace_id"] = _choice(marketplace_id)
    if "currency" in properties:
        properties["currency"] = _choice(currency)
    if name == "fulfillment_availability":
        properties["fulfillment_channel_code"] = _choice("DEFAULT", FBA_CODES[region])
    if name == "variation_theme":
        properties["name"] = _choice(*themes)
    return {**shape, "items": {**items, "properties": properties}}
