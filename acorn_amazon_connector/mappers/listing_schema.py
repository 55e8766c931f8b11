"""Amazon's product type schemas: what a listing must say, and whether it does.

The JSON schemas of Product Type Definitions 2020-09-01 use words of Amazon's own. Those
that matter are checked; what cannot be checked here is left to Amazon's preview (A4).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft201909Validator, ValidationError
from jsonschema.exceptions import relevance
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

Schema = dict[str, Any]

# Filled in by us: they say where and in which language an entry holds.
SELECTORS = frozenset({"marketplace_id", "language_tag"})
_DEEPEST = 6
_TRUE = frozenset({"1", "true", "yes"})
_FALSE = frozenset({"0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of an attribute that a person can fill in.

    :ivar path: ``color.value``, ``item_package_dimensions.length.unit``
    :ivar kind: string, number, integer or boolean
    :ivar choices: (value, name) pairs; ``is_open`` says that others are taken as well
    """

    path: str
    title: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    is_open: bool = False
    is_required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A top-level attribute; ``most`` is how many values it may have."""

    name: str
    title: str
    description: str
    group: str
    leaves: tuple[Leaf, ...]
    most: int = 1
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the attributes of a listing.

    :ivar code: missing, one_of, choice, too_long, too_short, too_few, too_many, type,
        pattern, range, unknown, unchecked or other
    :ivar attributes: names of the attributes it is about
    :ivar data: figures for the sentence
    """

    code: str
    attributes: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


# === READ === #


def read_attributes(schema: Schema, groups: Mapping | None = None) -> dict:
    """Return the attributes of a product type by name, in the order of its groups.

    :param groups: ``propertyGroups`` of the definition
    :rtype: dict[str, Attribute]
    """
    properties = schema.get("properties") or {}
    places = {
        name: group.get("title") or key
        for key, group in (groups or {}).items()
        for name in group.get("propertyNames") or ()
    }
    order = [name for name in places if name in properties]
    order += [name for name in properties if name not in places]
    return {
        name: _attribute(schema, name, properties[name], places.get(name, ""))
        for name in order
        if isinstance(properties[name], dict)
    }


def _attribute(schema, name, part, group):
    part = _resolve(schema, part)
    title = part.get("title") or name
    items = _resolve(schema, part.get("items") or {})
    leaves = tuple(_leaves(schema, items, name, title, True, 0))
    return Attribute(
        name=name,
        title=title,
        description=part.get("description") or "",
        group=group,
        leaves=leaves,
        most=part.get("maxUniqueItems") or part.get("maxItems") or 1,
        is_hidden=bool(part.get("hidden")),
    )


def _leaves(schema, part, path, title, required, depth) -> Iterator[Leaf]:
    part = _resolve(schema, part)
    kind = part.get("type")
    if depth > _DEEPEST:
        return
    if kind == "array":
        yield from _leaves(
            schema, part.get("items") or {}, path, title, required, depth + 1
        )
    elif kind == "object" or "properties" in part:
        needed = set(part.get("required") or ())
        for name, child in (part.get("properties") or {}).items():
            if name in SELECTORS or not isinstance(child, dict):
                continue
            words = child.get("title") or name.replace("_", " ").capitalize()
            label = title if name == "value" else f"{title}: {words}"
            yield from _leaves(
                schema,
                child,
                f"{path}.{name}",
                label,
                required and name in needed,
                depth + 1,
            )
    else:
        yield _leaf(schema, part, path, title, required)


def _leaf(schema, part, path, title, required):
    options = [part]
    for word in ("anyOf", "oneOf"):
        options += [_resolve(schema, each) for each in part.get(word) or ()]
    listed = next((each for each in options if each.get("enum")), None)
    choices, is_open = (), False
    if listed:
        values = [value for value in listed["enum"] if isinstance(value, str)]
        names = listed.get("enumNames") or values
        choices = tuple(zip(values, map(str, names), strict=False))
        is_open = listed is not part and any(
            each.get("type") == "string" and not each.get("enum")
            for each in options[1:]
        )
    kinds = [each.get("type") for each in options if isinstance(each.get("type"), str)]
    return Leaf(
        path=path,
        title=title,
        kind=kinds[0] if kinds else "string",
        choices=choices,
        is_open=is_open,
        is_required=required,
        hint=_hint(part),
    )


def _hint(part):
    examples = part.get("examples")
    example = examples[0] if isinstance(examples, list) and examples else None
    texts = [part.get("description"), str(example) if example else None]
    return " – ".join(text for text in texts if text)


def _resolve(schema, part):
    """Follow local references; others are left as they are."""
    for _step in range(_DEEPEST):
        reference = part.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        found = schema
        for key in reference[2:].split("/"):
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            break
        part = {**found, **{k: v for k, v in part.items() if k != "$ref"}}
    return part


# === BUILD === #


def build_entries(
    schema: Schema,
    name: str,
    values: Sequence[tuple[str, int, str]],
    marketplace_id: str,
    language: str,
) -> list[dict]:
    """Return the entries of an attribute from what people typed.

    :param values: (path of a leaf, number of the entry, text)
    :param language: for example ``de_DE``
    :raise ValueError: the path is none, or a text is no number; the path is in it
    """
    part = _resolve(schema, (schema.get("properties") or {}).get(name) or {})
    items = _resolve(schema, part.get("items") or {})
    entries = {}
    for path, position, text in values:
        keys = path.split(".")
        if keys[0] != name or len(keys) < 2:
            raise ValueError(path)
        entry = entries.setdefault(position, {})
        _put(schema, items, entry, keys[1:], text, path)
    result = [entries[position] for position in sorted(entries)]
    return [complete(schema, name, each, marketplace_id, language) for each in result]


def _put(schema, part, target, keys, text, path):
    part = _resolve(schema, (part.get("properties") or {}).get(keys[0]) or {})
    if not part:
        raise ValueError(path)
    if len(keys) == 1:
        value = coerce(_kind(schema, part), text, path)
        target[keys[0]] = [value] if part.get("type") == "array" else value
        return
    if part.get("type") == "array":
        below = target.setdefault(keys[0], [{}])[0]
        part = _resolve(schema, part.get("items") or {})
    else:
        below = target.setdefault(keys[0], {})
    _put(schema, part, below, keys[1:], text, path)


def _kind(schema, part):
    if part.get("type") == "array":
        part = _resolve(schema, part.get("items") or {})
    return _leaf(schema, part, "", "", False).kind


def coerce(kind: str, text: str, path: str = "") -> Any:
    """Return a typed value of a text.

    :raise ValueError: the text is no such value; ``path`` is its message
    """
    text = text.strip()
    if kind == "boolean":
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError(path)
    if kind in ("integer", "number"):
        if not re.fullmatch(r"-?[0-9]{1,12}([.,][0-9]{1,6})?", text):
            raise ValueError(path)
        number = float(text.replace(",", "."))
        if number == int(number):
            return int(number)
        if kind == "integer":
            raise ValueError(path)
        return number
    return text


def complete(
    schema: Schema, name: str, entry: Mapping, marketplace_id: str, language: str
) -> dict:
    """Return an entry with the marketplace and language that its attribute wants."""
    part = _resolve(schema, (schema.get("properties") or {}).get(name) or {})
    known = _resolve(schema, part.get("items") or {}).get("properties") or {}
    given = {"language_tag": language, "marketplace_id": marketplace_id}
    added = {key: value for key, value in given.items() if key in known}
    return {**added, **entry}


def find_theme(schema: Schema, names: Sequence[str]) -> str | None:
    """Return the variation theme of attributes, None when the type has none.

    :param names: names of Amazon's attributes, for example ``color``
    """
    attribute = read_attributes(schema).get("variation_theme")
    for leaf in attribute.leaves if attribute else ():
        for value, _name in leaf.choices:
            words = {
                word.lower().removesuffix("_name") for word in re.split(r"[/,]", value)
            }
            if words == set(names):
                return value
    return None


# === CHECK === #


def check(schema: Schema, attributes: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return what speaks against attributes, nothing when the schema is content.

    Nothing is fetched: references to other documents count as not checkable.
    """
    # Amazon's own meta schema is not needed to apply the standard words.
    bare = {k: v for k, v in schema.items() if k not in ("$schema", "$id")}
    validator = _Validator(bare, registry=Registry())
    found: dict[Problem, None] = {}
    try:
        for error in validator.iter_errors(attributes):
            for problem in _problems(error):
                found[problem] = None
    except (Unresolvable, RecursionError, TypeError, AttributeError):
        found[Problem("unchecked", ())] = None
    return tuple(found)


def _problems(error: ValidationError) -> Iterator[Problem]:
    path = list(error.absolute_path)
    names = (str(path[0]),) if path else ()
    word, limit = error.validator, error.validator_value
    if word == "required":
        lacking = [key for key in limit if key not in error.instance]
        for key in lacking:
            yield Problem(
                "missing", names or (key,), {} if not names else {"part": key}
            )
    elif word in ("anyOf", "oneOf"):
        yield from _alternatives(error, names)
    elif word == "additionalProperties":
        known = error.schema.get("properties") or {}
        for key in error.instance:
            if key not in known:
                yield Problem("unknown", names or (key,), {"part": key})
    else:
        code = _CODES.get(word, "other")
        data = {"value": _short(error.instance), "limit": _short(limit)}
        if code == "other":
            data["message"] = _short(error.message)
        yield Problem(code, names, data)


_CODES = {
    "enum": "choice",
    "const": "choice",
    "maxLength": "too_long",
    "maxUtf8ByteLength": "too_long",
    "minLength": "too_short",
    "minUtf8ByteLength": "too_short",
    "minItems": "too_few",
    "minUniqueItems": "too_few",
    "maxItems": "too_many",
    "maxUniqueItems": "too_many",
    "type": "type",
    "pattern": "pattern",
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "exclusiveMaximum": "range",
}


def _alternatives(error, names):
    options = error.validator_value
    if all(isinstance(each, dict) and set(each) == {"required"} for each in options):
        wanted = tuple(key for each in options for key in each["required"])
        yield Problem("one_of", wanted)
    elif error.context:
        yield from _problems(min(error.context, key=relevance))
    else:
        yield Problem("other", names, {"message": _short(error.message)})


def _short(value):
    if isinstance(value, list):
        text = ", ".join(str(each) for each in value[:10])
        return f"{text}, …" if len(value) > 10 else text
    text = str(value)
    return f"{text[:77]}…" if len(text) > 78 else text


def _limit_items(word, is_most):
    def rule(validator, limit, instance, schema):
        if not validator.is_type(instance, "array"):
            return
        count = len(instance)
        if count > limit if is_most else count < limit:
            yield ValidationError(f"{count} values")

    return word, rule


def _limit_bytes(word, is_most):
    def rule(validator, limit, instance, schema):
        if not validator.is_type(instance, "string"):
            return
        count = len(instance.encode())
        if count > limit if is_most else count < limit:
            yield ValidationError(f"{count} bytes")

    return word, rule


def _pattern(validator, pattern, instance, schema):
    if not validator.is_type(instance, "string"):
        return
    try:
        matches = re.search(pattern, instance)
    except re.error:
        return  # a pattern of another dialect is Amazon's to judge
    if not matches:
        yield ValidationError("does not match")


_Validator = extend(
    Draft201909Validator,
    {
        **dict([_limit_items("maxUniqueItems", True)]),
        **dict([_limit_items("minUniqueItems", False)]),
        **dict([_limit_bytes("maxUtf8ByteLength", True)]),
        **dict([_limit_bytes("minUtf8ByteLength", False)]),
        "pattern": _pattern,
    },
)
