"""Worlds: every payload is valid against Amazon's Orders 2026-01-01 model. A28"""

import json
import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker

from simulator.worlds import PROFILES, build_world

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)
SIBLING = Path(__file__).resolve().parents[3] / "shared" / "spapi-models"
MODEL = "models/orders-api-model/orders_2026-01-01.json"


def _closed(definitions):
    """Forbid unknown keys and words that the descriptions do not list."""
    for definition in definitions.values():
        if "properties" in definition:
            definition["additionalProperties"] = False
        for name, part in definition.get("properties", {}).items():
            text = part.get("description", "")
            _heading, found, listed = text.partition("**Possible value")
            words = re.findall(r"`([A-Z][A-Z_]+)`", listed)
            if not found or not words or name == "detailedStatus":
                continue
            target = part["items"] if part.get("type") == "array" else part
            target.setdefault("enum", words)
    return definitions


@pytest.fixture(scope="module")
def validator():
    path = Path(os.environ.get("SPAPI_MODELS") or SIBLING) / MODEL
    if not path.is_file():
        pytest.skip(f"Amazon's models are not there: {path} (set SPAPI_MODELS)")
    definitions = _closed(json.loads(path.read_text())["definitions"])
    schema = {"$ref": "#/definitions/Order", "definitions": definitions}
    return Draft4Validator(schema, format_checker=FormatChecker())


def _check(validator, payload, where):
    errors = [
        f"{where}: {'/'.join(map(str, error.path))}: {error.message}"
        for error in validator.iter_errors(payload)
    ]
    assert not errors, errors[:3]


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_orders_are_valid(validator, name):
    for order in build_world(name, 11, 200, NOW).orders:
        _check(validator, order.payload, order.scenario)
        if order.completed:
            _check(validator, order.completed, order.scenario)


def test_the_check_refuses_what_amazon_does_not_know(validator):
    payload = dict(build_world("demo", 11, 1, NOW).orders[0].payload)
    for change in ({"orderTotal": 1}, {"programs": ["GOLD"]}, {"orderItems": None}):
        assert list(validator.iter_errors(payload | change))


def test_arriving_orders_are_valid(validator):
    world = build_world("chaos", 11, 10, NOW)
    for event in world.arrivals(NOW, NOW + timedelta(hours=3)):
        if event.order:
            _check(validator, event.order.payload, event.order.scenario)
