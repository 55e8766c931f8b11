"""Product type schemas: forms, values, checks."""

import pytest

from acorn_amazon_connector.mappers.listing_schema import (
    Problem,
    build_entries,
    check,
    coerce,
    complete,
    find_theme,
    read_attributes,
)

DE = "A1PA6795UKMFR9"


def attribute(title, properties, **more):
    return {
        "title": title,
        "type": "array",
        "minUniqueItems": 1,
        "maxUniqueItems": 1,
        "items": {
            "type": "object",
            "properties": {"marketplace_id": {"$ref": "#/$defs/place"}, **properties},
            "required": ["value"] if "value" in properties else [],
            "additionalProperties": False,
        },
        **more,
    }


TEXT = {"type": "string", "maxLength": 10, "maxUtf8ByteLength": 12}
LENGTH = {
    "type": "object",
    "properties": {
        "value": {"type": "number", "minimum": 0},
        "unit": {"type": "string", "enum": ["cm", "in"], "enumNames": ["Zoll", "I"]},
    },
    "required": ["value", "unit"],
}
SCHEMA = {
    "$schema": "https://schemas.amazon.com/meta-schema/v1",
    "$id": "https://schemas.amazon.com/schema/v1/THING",
    "$defs": {"place": {"type": "string", "enum": [DE]}},
    "type": "object",
    "properties": {
        "item_name": attribute("Name", {"value": TEXT, "language_tag": {}}),
        "color": attribute(
            "Colour",
            {
                "value": {
                    "anyOf": [
                        {"type": "string"},
                        {"type": "string", "enum": ["red", "blue"]},
                    ]
                }
            },
        ),
        "size": attribute("Size", {"length": LENGTH}),
        "code": attribute("Code", {"value": {"type": "string", "pattern": "^(?<x>"}}),
        "battery": attribute("Battery", {"value": {"type": "boolean"}}),
        "variation_theme": attribute(
            "Theme",
            {"name": {"type": "string", "enum": ["SIZE_NAME/COLOR_NAME", "COLOR"]}},
        ),
    },
    "required": ["item_name"],
    "allOf": [
        {"if": {"required": ["color"]}, "then": {"required": ["battery"]}},
        {"anyOf": [{"required": ["item_name"]}, {"required": ["code"]}]},
    ],
    "additionalProperties": False,
}


def entry(**values):
    return [{"marketplace_id": DE, **values}]


def codes(attributes):
    return [(problem.code, problem.attributes) for problem in check(SCHEMA, attributes)]


def test_the_form():  # A4
    groups = {"g": {"title": "Sizes", "propertyNames": ["size"]}}
    found = read_attributes(SCHEMA, groups)
    assert next(iter(found)) == "size"
    leaves = {leaf.path: leaf for leaf in found["size"].leaves}
    assert list(leaves) == ["size.length.value", "size.length.unit"]
    assert leaves["size.length.unit"].choices == (("cm", "Zoll"), ("in", "I"))
    assert found["size"].group == "Sizes"
    (color,) = found["color"].leaves
    assert (color.is_open, len(color.choices)) == (True, 2)


def test_conditions_count():  # A4
    name = {"item_name": entry(value="Mug")}
    assert codes(name) == []
    assert codes({**name, "color": entry(value="green")}) == [("missing", ("battery",))]
    assert ("one_of", ("item_name", "code")) in codes({})


def test_wrong_values():  # A4
    wrong = {
        "item_name": entry(value="x" * 11) * 2,
        "size": entry(length={"value": -1, "unit": "ell"}),
        "battery": entry(value="yes"),
        "other": [],
    }
    assert sorted(codes(wrong)) == [
        ("choice", ("size",)),
        ("range", ("size",)),
        ("too_long", ("item_name",)),
        ("too_many", ("item_name",)),
        ("type", ("battery",)),
        ("unknown", ("other",)),
    ]


def test_bytes_count():  # A4: three bytes for each of these characters
    assert codes({"item_name": entry(value="杯子杯子杯")}) == [
        ("too_long", ("item_name",))
    ]


def test_patterns_of_another_dialect_are_left_to_amazon():  # A4
    assert codes({"item_name": entry(value="a"), "code": entry(value="b")}) == []


def test_references_elsewhere_are_not_followed():  # A4
    schema = {"properties": {"a": {"$ref": "https://example.com/schema"}}}
    assert check(schema, {"a": 1}) == (Problem("unchecked", ()),)


def test_values_that_were_typed():  # A4
    values = [("size.length.value", 1, "3,5"), ("size.length.unit", 1, "cm")]
    assert build_entries(SCHEMA, "size", values, DE, "de_DE") == entry(
        length={"value": 3.5, "unit": "cm"}
    )
    many = [("item_name.value", 2, "b"), ("item_name.value", 1, "a")]
    named = build_entries(SCHEMA, "item_name", many, DE, "de_DE")
    assert [each["value"] for each in named] == ["a", "b"]
    assert {each["language_tag"] for each in named} == {"de_DE"}


@pytest.mark.parametrize("path", ["size.width.value", "size", "color.value"])
def test_paths_that_are_none(path):  # A4
    with pytest.raises(ValueError, match=path):
        build_entries(SCHEMA, "size", [(path, 1, "1")], DE, "de_DE")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", " 7 ", 7),
        ("number", "2.50", 2.5),
        ("number", "3,0", 3),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("string", " a b ", "a b"),
    ],
)
def test_texts_become_values(kind, text, value):  # A4
    assert coerce(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("integer", "2.5"), ("number", "1e9"), ("number", "ten"), ("boolean", "perhaps")],
)
def test_texts_that_are_no_values(kind, text):  # A4
    with pytest.raises(ValueError):
        coerce(kind, text)


def test_themes():  # A4
    assert find_theme(SCHEMA, ["color", "size"]) == "SIZE_NAME/COLOR_NAME"
    assert find_theme(SCHEMA, ["color"]) == "COLOR"
    assert find_theme(SCHEMA, ["style"]) is None
    assert find_theme({}, ["color"]) is None


def test_selectors_only_where_they_belong():  # A4
    done = complete(SCHEMA, "color", {"value": "red"}, DE, "de_DE")
    assert done == {"marketplace_id": DE, "value": "red"}
