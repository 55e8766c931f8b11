"""Registrations 2026-01-01 over HTTP: documents, submissions, reviews."""

import pytest
from amazon_client import errors
from registration_tools import US, Registrar
from simulated_time import NOW


@pytest.fixture
def registrar(server):
    server.simulation.reset("expansion", 7, 0, NOW, 0)
    with Registrar(server.url) as client:
        client.admit()
        yield client


def test_from_submission_to_approval(registrar):  # B13, B23
    reply = registrar.create(registrar.request(US))
    assert reply.status_code == 202, reply.text
    answer = reply.json()
    assert answer.pop("registrationId").startswith("amzn1.registration.")
    assert answer == {"reference": "R-1", "revision": 1, "status": "SUBMITTED"}
    assert reply.headers["x-amzn-RateLimit-Limit"] == "0.5"
    assert registrar.one()["status"] == "SUBMITTED"
    registrar.advance(3 * 86_400)
    registrar.renew()
    assert registrar.one()["status"] == "APPROVED"
