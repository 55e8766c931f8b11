"""The published contract, judged by tools that others wrote (B13, B14)."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from registration_tools import US, Registrar
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from simulated_time import NOW

from odoo.addons.acorn_amazon_onboarding.services import operations, validation

from simulator import ThreadedSimulator
from simulator.handlers.registrations import CONTRACT
from simulator.routes import OPERATIONS

DOCUMENT = json.loads(CONTRACT.read_text("utf-8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
SELLER_ID = re.compile(DOCUMENT["components"]["schemas"]["SellerId"]["pattern"])
seen = Counter()


def _operations(has_body_to_vary: bool):
    """Return createRegistration, whose every field takes too long, or the others."""
    # Who may call at all has tests of its own.
    schema = schemathesis.openapi.from_dict({**DOCUMENT, "security": []})
    schema.config.phases.coverage.enabled = not has_body_to_vary
    choose = schema.include if has_body_to_vary else schema.exclude
    return choose(operation_id="createRegistration")


BOUNDED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_it_is_openapi():  # B13
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_client_has_the_same_contract():  # B14
    """To change it: edit the one in docs/api and copy it over the other."""
    assert Path(validation.CONTRACT).read_bytes() == CONTRACT.read_bytes()


def test_client_and_simulator_have_its_operations():  # B13, B21
    published = {
        (f"registrations.{operation['operationId']}", method.upper(), path)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }
    served = [each for each in OPERATIONS if each.key.startswith("registrations.")]
    called = operations.OPERATIONS.values()
    for side in (served, called):
        assert {(each.key, each.method, each.path) for each in side} == published
    assert {(each.key, each.rate, each.burst) for each in served} == {
        (each.key, each.rate, each.burst) for each in called
    }


def test_it_says_that_amazon_does_not_offer_it():
    assert "Amazon does not publish such an API" in DOCUMENT["info"]["description"]


@pytest.fixture(scope="module")
def registrar():
    with (
        ThreadedSimulator(
            world="expansion", seed=7, size=0, now=NOW, speed=0, throttling=False
        ) as server,
        Registrar(server.url) as client,
    ):
        client.admit()
        yield client


def _aim(case, registrar):
    """Let a right request be one of the entity that is signed in.

    No generator can guess who that is, what was uploaded and which marketplaces
    there are.
    """
    right = case.meta.generation.mode is GenerationMode.POSITIVE
    body = case.body if isinstance(case.body, dict) else {}
    holder = case.query if "sellerId" in (case.query or {}) else body
    if right or SELLER_ID.fullmatch(str(holder.get("sellerId"))):
        holder["sellerId"] = registrar.seller_id
    if right and "reference" in body:
        body.update(documents=[], marketplaceIds=[US], revision=int(body["revision"]))
        key = f"{body['reference']}-{body['revision']}"
        case.headers["x-idempotency-key"] = key
    return right, holder.get("sellerId")


def _send(case, registrar):
    """Send a case, signed as it should be; the answer is one of those documented."""
    case.headers = {**(case.headers or {}), "x-amz-access-token": registrar.token}
    right, seller_id = _aim(case, registrar)
    signer = registrar.signer(seller_id=seller_id)
    signer.clock = lambda: NOW
    response = case.call(base_url=registrar.url, auth=signer)
    case.validate_response(response, checks=CHECKS)
    if right:
        assert response.status_code in (200, 201, 202, 409, 413), response.text
    seen[case.operation.method, right] += 1


@_operations(has_body_to_vary=False).parametrize()
@settings(BOUNDED, max_examples=3)
def test_every_value_there_is(case, registrar):  # B13, B14
    _send(case, registrar)


@_operations(has_body_to_vary=True).parametrize()
@settings(BOUNDED, max_examples=6)
def test_registrations_right_and_wrong(case, registrar):  # B13, B14
    _send(case, registrar)


def test_right_and_wrong_ones_were_sent(registrar):
    assert set(seen) == {(m, right) for m in ("get", "post") for right in (True, False)}
    assert registrar.truth()["registrations"]
