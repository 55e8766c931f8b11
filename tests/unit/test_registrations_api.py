"""The client of Registrations 2026-01-01 against the simulator, and against liars."""

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from registration_support import (
    DE,
    DEVELOPER,
    LICENCE,
    US,
    Expansion,
    entity_of,
    key_pair,
    registration_of,
)
from simulated_amazon import NOW

from odoo.addons.acorn_amazon_connector.services import errors
from odoo.addons.acorn_amazon_connector.services.transport import Transport
from odoo.addons.acorn_amazon_onboarding.services.api import (
    DocumentFile,
    InvalidRequestError,
    Reason,
    Receipt,
    RegistrationsApi,
)
from odoo.addons.acorn_amazon_onboarding.services.operations import OPERATIONS
from odoo.addons.acorn_amazon_onboarding.services.signing import RequestSigner


@pytest.fixture
def amazon(running):
    running.simulation.reset("expansion", 5, 0, NOW, 0)
    amazon = Expansion(running.url)
    yield amazon
    amazon.session.close()


class Tokens:
    def token(self):
        return "Atza|1"

    def renew(self, stale_value):
        return "Atza|2"


@pytest.fixture
def liar(server, session, clock):
    """A client of the scripted server."""
    transport = Transport(
        session,
        f"{server.url}/base",
        Tokens(),
        user_agent="AcornTest/1.0",
        clock=clock,
        timeout=(2, 2),
    )
    pair = key_pair()
    signer = RequestSigner(DEVELOPER, pair.kid, pair.private_pem, clock)
    return RegistrationsApi(transport, signer, "A1B2C3D4E5F6G7")


def test_submit_and_follow(amazon):  # B3, B13, B23
    api, seller = amazon.api(), amazon.sellers[0]
    document_id = api.upload(LICENCE)
    assert api.upload(LICENCE) == document_id
    puts = [each for each in amazon.requests() if each["method"] == "PUT"]
    assert len(puts) == 1
    request = registration_of(seller)
    request["documents"] = [
        {"documentId": document_id, "documentType": "BUSINESS_LICENSE"}
    ]
    receipt = api.create(request)
    assert (receipt.reference, receipt.revision) == ("R-1", 1)
    assert receipt.status == "SUBMITTED" and receipt.request_id
    again = api.create(request)
    assert again == replace(receipt, request_id=again.request_id)
    amazon.advance(3 * 86_400)
    (status,) = api.status(["R-1", "R-2"])
    assert status.registration_id == receipt.registration_id
    assert (status.status, status.reasons) == ("APPROVED", ())
    assert (status.marketplace_ids, status.authorization_url) == ((US,), None)
    assert NOW < status.updated_at < amazon.clock()
    assert status.updated_at.tzinfo is timezone.utc


def test_corrected_after_the_reasons(amazon):  # B23, B28
    api, seller = amazon.api(), amazon.sellers[0]
    first = api.create(registration_of(seller, DE, name="Yunlan"))
    amazon.advance(3 * 86_400)
    (status,) = api.status(["R-1"])
    assert status.status == "ACTION_REQUIRED"
    (reason,) = status.reasons
    assert isinstance(reason, Reason)
    assert (reason.code, reason.field) == ("NAME_MISMATCH", "legalEntityName")
    second = api.create(registration_of(seller, DE, revision=2))
    assert second.registration_id == first.registration_id
    with pytest.raises(errors.ConflictError) as caught:
        api.create(registration_of(seller, DE, revision=3))
    assert caught.value.code == "NotEditable"
    amazon.advance(3 * 86_400)
    (status,) = api.status(["R-1"])
    assert status.status == "APPROVED"
    assert "/apps/authorize/consent?application_id=" in status.authorization_url


def test_a_lost_answer_is_asked_for_again(amazon):  # B23
    api, request = amazon.api(), registration_of(amazon.sellers[0])
    amazon.fault("lost", operation="createRegistration", times=1)
    with pytest.raises(errors.TransportError):
        api.create(request)
    assert isinstance(api.create(request), Receipt)
    (truth,) = amazon.sim("registrations")["registrations"]
    assert truth["submissions"] == 1


def test_the_token_of_another_entity(amazon):  # B25
    one, other = amazon.sellers[:2]
    api = amazon.api(one, token_of=other)
    for call in (
        lambda: api.create(registration_of(one)),
        lambda: api.upload(LICENCE),
        lambda: api.status(["R-1"]),
    ):
        with pytest.raises(errors.AccessDeniedError) as caught:
            call()
        assert caught.value.code == "EntityMismatch"
    # Not even sent: the request of another entity.
    with pytest.raises(InvalidRequestError) as refused:
        api.create(registration_of(other))
    assert [problem.path for problem in refused.value.problems] == ["sellerId"]
    truth = amazon.sim("registrations")
    assert (truth["registrations"], truth["documents"]) == ([], [])
    assert truth["refused"] == {"EntityMismatch": 3}


def test_refused_signatures_are_called_so(amazon):  # B10, B28
    stranger = key_pair("a stranger's")
    clock = amazon.clock
    for signer, code in (
        (
            RequestSigner("dev-x", amazon.pair.kid, amazon.pair.private_pem, clock),
            "InvalidSignature",
        ),
        (
            RequestSigner(DEVELOPER, stranger.kid, stranger.private_pem, clock),
            "UnknownKey",
        ),
    ):
        with pytest.raises(errors.AuthorizationError) as caught:
            amazon.api(signer=signer).status(["R-1"])
        assert (caught.value.status, caught.value.code) == (401, code)
        assert "signature" in caught.value.message and caught.value.request_id


def test_not_admitted_yet(amazon):
    amazon.sim(
        "registrations/developers", {"developer_id": DEVELOPER, "allowed": False}
    )
    with pytest.raises(errors.AccessDeniedError) as caught:
        amazon.api().status(["R-1"])
    assert caught.value.code == "NotWhitelisted"


def test_an_expired_token_is_renewed_and_signed_anew(amazon):  # B11
    api = amazon.api()
    assert api.status(["R-1"]) == []
    amazon.sim("lwa", {"action": "expire_tokens"})
    assert api.status(["R-1"]) == []


def test_budgets_and_quotas(amazon):  # B21
    class Gate:
        taken = []

        def take(self, operation):
            self.taken.append(operation)

        def observe(self, operation, rate, throttled):
            assert (rate, throttled) == (1.0, False)

    amazon.api(gate=Gate()).status(["R-1"])
    assert Gate.taken == [OPERATIONS["registrations.getRegistrationStatus"]]
    amazon.fault("throttle", operation="getRegistrationStatus", times=1)
    with pytest.raises(errors.ThrottledError) as caught:
        amazon.api().status(["R-1"])
    assert caught.value.retry_after == 1.0


def test_too_large_a_document(amazon):
    amazon.sim("registrations/settings", {"document_bytes": 10})
    with pytest.raises(errors.RequestError) as caught:
        amazon.api().upload(LICENCE)
    assert (caught.value.status, caught.value.code) == (413, "DocumentTooLarge")


def test_nothing_incomplete_is_sent(amazon):  # B14
    api, seller = amazon.api(), amazon.sellers[0]
    request = registration_of(seller, name="", representatives=())
    with pytest.raises(InvalidRequestError) as caught:
        api.create(request)
    error = caught.value
    assert isinstance(error, errors.RequestError) and error.code == "InvalidInput"
    assert [str(problem) for problem in error.problems] == [
        "legalEntityName: is missing.",
        "representatives: must have at least 1 entry.",
    ]
    assert "legalEntityName: is missing." in str(error)
    with pytest.raises(InvalidRequestError):
        api.upload(DocumentFile("licence", "", "text/html", b""))
    for references in ([], ["R"] * 51):
        with pytest.raises(ValueError):
            api.status(references)
    assert amazon.calls == []


def test_persons_are_not_in_the_call_log(amazon):  # B17, B27
    api, seller = amazon.api(), amazon.sellers[0]
    entity = entity_of(seller)
    request = registration_of(seller)
    amazon.fault("server_error", operation="createRegistration", times=1)
    with pytest.raises(errors.ServerError):
        api.create(request)
    call = amazon.calls[-1]
    assert (call.operation, call.status) == ("registrations.createRegistration", 500)
    assert '"reference": "R-1"' in call.request_body
    for secret in (
        entity.name,
        entity.name_local,
        entity.registered_address.line1,
        "Li Wen",
        "E12345678",
        "DE02120300000000202051",
        "DE136695976",
        entity.business_registration.number,
    ):
        assert secret not in call.request_body
        assert secret not in repr(entity.bank_account) or secret == entity.name


GOOD = {
    "registrationId": "r1",
    "reference": "R-1",
    "revision": 1,
    "marketplaceIds": [US],
    "status": "REJECTED",
    "reasons": [{"code": "NEW_CODE", "message": "m", "documentType": "IDENTITY"}],
    "updatedAt": "2026-11-22T08:00:00Z",
    "future": {"kept": "out"},
}


def test_answers_may_know_more(liar, server):
    server.answer(200, {"registrations": [GOOD], "more": 1})
    (status,) = liar.status(["R-1"])
    assert status.reasons == (Reason("NEW_CODE", "m", None, "IDENTITY"),)
    assert status.updated_at == datetime(2026, 11, 22, 8, tzinfo=timezone.utc)
    assert server.last.path == "/base/registrations/2026-01-01/registrations"


@pytest.mark.parametrize(
    "answer, words",
    [
        ({}, "registrations: is missing."),
        ({"registrations": [{**GOOD, "status": "MAYBE"}]}, "registrations[0].status"),
        ({"registrations": [{**GOOD, "updatedAt": "now"}]}, "updatedAt"),
        ({"registrations": [{**GOOD, "updatedAt": "2026-99-22T08:00:00Z"}]}, "no time"),
        ({"registrations": [{**GOOD, "reference": "R-2"}]}, "not asked for"),
        ({"registrations": [{**GOOD, "reasons": [{"code": 1}]}]}, "reasons[0]"),
    ],
)
def test_answers_that_are_not_as_agreed(liar, server, answer, words):  # B14
    server.answer(200, answer, {"x-amzn-RequestId": "req-1"})
    with pytest.raises(errors.UnexpectedReplyError) as caught:
        liar.status(["R-1"])
    assert words in str(caught.value)
    assert caught.value.request_id == "req-1"


def test_a_strange_entry_does_not_stop_the_others(liar, server, caplog):  # B3, B14
    strange = [
        {**GOOD, "reference": "R-2", "status": "MAYBE"},
        {**GOOD, "reference": "R-3", "updatedAt": "2026-99-22T08:00:00Z"},
        {**GOOD, "reference": "R-4", "reasons": [{"code": 1}]},
        "R-5",
    ]
    answer = {"registrations": [*strange, GOOD]}
    server.answer(200, answer, {"x-amzn-RequestId": "req-1"})
    (status,) = liar.status([f"R-{number}" for number in range(1, 6)])
    assert (status.reference, status.status) == ("R-1", "REJECTED")
    assert "registrations[0].status: must be one of" in caplog.text
    assert "is no time" in caplog.text and "req-1" in caplog.text


def test_the_receipt_of_another_registration(liar, server):  # B25
    seller = {"seller_id": "A1B2C3D4E5F6G7", "legal_entity": FACTS}
    server.answer(
        202,
        {
            "registrationId": "r1",
            "reference": "R-2",
            "revision": 1,
            "status": "SUBMITTED",
        },
    )
    with pytest.raises(errors.UnexpectedReplyError):
        liar.create(registration_of(seller))
    assert server.last.headers["x-idempotency-key"] == "R-1-1"


FACTS = {
    "name": "Qinghe",
    "name_local": "",
    "registration_number": "1",
    "country_code": "CN",
    "address": {"line1": "x", "city": "y", "countryCode": "CN"},
}
