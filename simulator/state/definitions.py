"""Product type definitions: schemas as documents, and what describes them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from ..marketplaces import Marketplace
from ..worlds.data.product_types import (
    ATTRIBUTE_NAMES,
    GROUPS,
    IDENTITY_ATTRIBUTES,
    PRODUCT_TYPES,
    ProductType,
    Schema,
    attribute_schema,
)
from .reports import Document

_BASE = "https://schemas.amazon.com/selling-partners/definitions/product-types"
_META_ID = f"{_BASE}/meta-schema/v1"
_DRAFT = "https://json-schema.org/draft/2019-09/schema"
_NUMBER = {"type": "integer", "minimum": 0}
META_SCHEMA: Schema = {
    "$schema": _DRAFT,
    "$id": _META_ID,
    "title": "Amazon Product Type Definition Meta-Schema (v1)",
    "allOf": [{"$ref": _DRAFT}],
    "properties": {
        "maxUniqueItems": _NUMBER,
        "minUniqueItems": _NUMBER,
        "maxUtf8ByteLength": _NUMBER,
        "minUtf8ByteLength": _NUMBER,
        "selectors": {"type": "array", "items": {"type": "string"}},
        "editable": {"type": "boolean"},
        "hidden": {"type": "boolean"},
    },
}


def requirements_schema(
    kind: ProductType,
    market: Marketplace,
    requirements: str = "LISTING",
    enforced: bool = True,
    parentage: str | None = None,
) -> Schema:
    """Return the JSON schema of a listing's attributes in one marketplace.

    :param parentage: NONE, CHILD or PARENT; None leaves it to parentage_level
    """
    names = _names(kind, requirements)
    schema: Schema = {
        "$schema": _META_ID,
        "$id": f"{_BASE}/schema/v1/{kind.name}",
        "$comment": f"Amazon product type definition of {kind.name}",
        "type": "object",
        "properties": {name: _property(kind, market, name) for name in names},
        "additionalProperties": False,
    }
    if enforced:
        schema.update(_required(kind, requirements, parentage))
    return schema


def _names(kind: ProductType, requirements: str) -> list[str]:
    offer = set(GROUPS["offer"][1])
    names = sorted(name for name in ATTRIBUTE_NAMES if kind.allows(name))
    if requirements == "LISTING_OFFER_ONLY":
        wanted = offer | set(IDENTITY_ATTRIBUTES)
        return [name for name in names if name in wanted]
    if requirements == "LISTING_PRODUCT_ONLY":
        return [name for name in names if name not in offer]
    return names


def _property(kind: ProductType, market: Marketplace, name: str) -> Schema:
    schema = attribute_schema(
        name, market.id, market.currency, market.region, kind.themes
    )
    items = schema["items"]
    required = list(items["required"])
    if "marketplace_id" in schema["selectors"]:
        required.append("marketplace_id")
    return {
        **schema,
        "description": f"Provide the {schema['title']}.",
        "editable": True,
        "hidden": False,
        "items": {**items, "required": required},
    }


def _required(kind: ProductType, requirements: str, parentage: str | None) -> Schema:
    def wanted(level: str | None) -> Schema:
        rules: Schema = {"required": list(kind.required_for(requirements, level))}
        if kind.name != "PRODUCT" and level != "parent":
            rules["anyOf"] = [{"required": [name]} for name in IDENTITY_ATTRIBUTES]
        return rules

    if parentage is not None or not kind.themes:
        return wanted(parentage.lower() if parentage in ("CHILD", "PARENT") else None)
    if requirements == "LISTING_OFFER_ONLY":
        return wanted(None)
    return {
        "allOf": [
            {
                "if": _is_level("parent"),
                "then": wanted("parent"),
                "else": {
                    "if": _is_level("child"),
                    "then": wanted("child"),
                    "else": wanted(None),
                },
            }
        ]
    }


def _is_level(word: str) -> Schema:
    entry = {"properties": {"value": {"const": word}}, "required": ["value"]}
    return {
        "required": ["parentage_level"],
        "properties": {"parentage_level": {"contains": entry}},
    }


def property_groups(kind: ProductType, requirements: str) -> Schema:
    """Return the groups in which a form shows the attributes."""
    names = set(_names(kind, requirements))
    return {
        key: {
            "title": title,
            "description": f"{title} of the listing.",
            "propertyNames": [name for name in members if name in names],
        }
        for key, (title, members) in GROUPS.items()
        if names.intersection(members)
    }


def find_types(keywords: list[str], item_name: str | None) -> list[ProductType]:
    """Return the product types that words or the name of an item suggest."""
    if item_name is not None:
        words = set(item_name.lower().replace(",", " ").split())
        return [
            kind
            for kind in PRODUCT_TYPES.values()
            if words & set(kind.display_name.lower().split())
        ]
    wanted = [word.lower() for word in keywords]
    return [
        kind
        for kind in PRODUCT_TYPES.values()
        if not wanted
        or any(
            word in kind.display_name.lower() or word in kind.name.lower()
            for word in wanted
        )
    ]


class DefinitionDesk:
    """The schema documents that were handed out."""

    def __init__(self, release: Any):
        self._release = release
        self._documents: dict[str, Document] = {}

    def version(self, kind: ProductType, marketplace_id: str) -> str:
        """Return the version of a definition; the setting definition_release moves it.

        :param marketplace_id: every marketplace has versions of its own
        """
        text = f"{kind.name}/{marketplace_id}/{self._release()}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def keep(self, schema: Schema, now: datetime) -> tuple[Document, str]:
        """Return the document of a schema and its checksum."""
        data = json.dumps(schema, sort_keys=True).encode()
        checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        document_id = f"definition.{checksum}"
        document = self._documents.get(document_id)
        if document is None:
            document = Document(document_id, "", now, "application/json", data)
            self._documents[document_id] = document
        return document, checksum

    def document(self, document_id: str) -> Document | None:
        """Return a schema document."""
        return self._documents.get(document_id)
