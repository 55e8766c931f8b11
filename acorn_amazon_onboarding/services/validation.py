"""Judge requests and answers by the contract, in words a person understands (B14).

The schemas are those of the OpenAPI document in ``schemas/``, a copy of the one in
``docs/api``. No text shows a value: they end in logs.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

CONTRACT = Path(__file__).parent / "schemas" / "registrations-2026-01-01.json"

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "empty",
    "number": "a number",
    "object": "a group of fields",
    "string": "a text",
}


class Problem(NamedTuple):
    """What is wrong, and where: ``representatives[0].fullName``."""

    path: str
    message: str

    def __str__(self):
        return f"{self.path}: {self.message}" if self.path else self.message


def find_problems(schema: str, value: Any) -> tuple[Problem, ...]:
    """Return everything that is wrong with a value, by the place.

    :param schema: a name of the contract, such as ``CreateRegistrationRequest``
    """
    errors = sorted(
        _validator(schema).iter_errors(value),
        key=lambda each: list(map(str, each.path)),
    )
    return tuple(problem for error in errors for problem in _explain(error))


@cache
def _validator(schema):
    contract = json.loads(CONTRACT.read_text("utf-8"))
    return Draft202012Validator(
        {
            "$ref": f"#/components/schemas/{schema}",
            "components": contract["components"],
        },
        format_checker=FormatChecker(("date",)),
    )


def _explain(error: ValidationError):
    path = error.json_path.removeprefix("$").removeprefix(".")
    rule = error.validator
    if rule == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        # Every missing field makes an error of its own.
        for name in missing:
            if repr(name) in error.message:
                yield Problem(f"{path}.{name}" if path else name, "is missing.")
    elif rule == "additionalProperties":
        known = error.schema.get("properties", {})
        for name in error.instance:
            if name not in known:
                yield Problem(f"{path}.{name}" if path else name, "is not known.")
    else:
        yield Problem(path, _words(error))


def _words(error: ValidationError) -> str:
    wanted, schema = error.validator_value, error.schema
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"must be {' or '.join(_TYPES[kind] for kind in kinds)}."
    if error.validator == "enum":
        return f"must be one of {', '.join(map(str, wanted))}."
    if error.validator in ("pattern", "format"):
        return f"does not have the right form. {schema.get('description', '')}".strip()
    words = {
        "minLength": "must not be empty."
        if wanted == 1
        else f"must have at least {wanted} characters.",
        "maxLength": f"must have at most {wanted} characters.",
        "minItems": f"must have at least {wanted} {_entries(wanted)}.",
        "maxItems": f"must have at most {wanted} {_entries(wanted)}.",
        "minimum": f"must be at least {wanted}.",
        "maximum": f"must be at most {wanted}.",
        "uniqueItems": "has the same entry twice.",
    }
    return words.get(error.validator, "is not valid.")


def _entries(count):
    return "entry" if count == 1 else "entries"
