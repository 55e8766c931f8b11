"""The client of Registrations 2026-01-01 against the simulator."""

import pytest
from registration_support import LICENCE, US, Expansion, registration_of
from simulated_amazon import NOW

from odoo.addons.acorn_amazon_onboarding.services.signing import generate_key_pair


@pytest.fixture(scope="module")
def pair():
    return generate_key_pair()


@pytest.fixture
def amazon(running, pair):
    running.simulation.reset("expansion", 5, 0, NOW, 0)
    amazon = Expansion(running.url, pair)
    yield amazon
    amazon.session.close()


def test_submit_and_follow(amazon):  # B3, B13, B23
    api, seller = amazon.api(), amazon.sellers[0]
    document_id = api.upload(LICENCE)
    assert api.upload(LICENCE) == document_id
    request = registration_of(seller)
    receipt = api.create(request, "R-1-1")
    assert (receipt.reference, receipt.revision) == ("R-1", 1)
    assert receipt.status == "SUBMITTED" and receipt.request_id
    assert api.create(request, "R-1-1").registration_id == receipt.registration_id
    amazon.advance(3 * 86_400)
    (status,) = api.status(["R-1", "R-2"])
    assert status.registration_id == receipt.registration_id
    assert (status.status, status.reasons) == ("APPROVED", ())
    assert status.marketplace_ids == (US,)
    assert status.updated_at.utcoffset().total_seconds() == 0
