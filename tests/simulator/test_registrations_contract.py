"""The published contract, judged by tools that others wrote (B13, B14)."""

import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from registration_tools import Registrar
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
schema = schemathesis.openapi.from_dict(DOCUMENT)


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


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent(case, registrar):  # B13, B14
    """Signed as it should be, right and wrong requests get documented answers."""
    body = case.body if isinstance(case.body, dict) else {}
    named = body.get("sellerId", (case.query or {}).get("sellerId"))
    signer = registrar.signer(seller_id=named)
    signer.clock = lambda: NOW
    case.headers = {**(case.headers or {}), "x-amz-access-token": registrar.token}
    response = case.call(base_url=registrar.url, auth=signer)
    case.validate_response(response, checks=CHECKS)
