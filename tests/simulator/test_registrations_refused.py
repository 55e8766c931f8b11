"""Who may register whom: signatures, keys, tokens, quotas (B10, B11, B25)."""

from datetime import datetime, timezone

import pytest
import requests
from amazon_client import errors
from registration_tools import DEVELOPER, REGISTRATIONS, key_pair


def refusal(reply):
    assert reply.headers["x-amzn-RequestId"]
    return reply.status_code, errors(reply)["code"]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "dev-other"},
        {"aud": "http://127.0.0.1"},
        {"htm": "GET"},
        {"htu": f"{REGISTRATIONS}?x=1"},
        {"digest": "sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
        {"digest": None},
        {"sub": "A0000000000000"},
        {"sub": None},
        {"jti": None},
        {"iat": 1_795_000_000, "exp": 1_795_000_300},
        {"iat": 1_700_000_000, "exp": 1_700_000_300},
        {"exp": None},
        {"exp": 4_000_000_000},
        {"algorithm": "RS512"},
        {"algorithm": "HS256"},
    ],
    ids=str,
)
def test_signatures_that_do_not_fit(registrar, changes):  # B10
    reply = registrar.create(registrar.request(), auth=registrar.signer(**changes))
    assert refusal(reply) == (401, "InvalidSignature")
    assert registrar.truth()["registrations"] == []
    assert registrar.truth()["refused"] == {"InvalidSignature": 1}


@pytest.mark.parametrize("value", ["", "a.b.c", "no signature", "e30.e30.AAAA"])
def test_no_signature_at_all(registrar, value):  # B10
    def put(request):
        request.headers["x-registration-signature"] = value
        return request

    reply = registrar.create(registrar.request(), auth=put)
    assert refusal(reply) == (401, "InvalidSignature")


def test_signed_by_another_key(registrar):  # B10
    signer = registrar.signer(kid="second")
    assert refusal(registrar.status("R-1", auth=signer)) == (401, "UnknownKey")
    # The stranger claims to be the first key.
    signer = registrar.signer(kid="second")
    registrar.admit("third", keys=[{"kid": "second", "public_pem": key_pair()[1]}])
    assert refusal(registrar.status("R-1", auth=signer)) == (401, "InvalidSignature")


def test_keys_rotate(registrar):  # B10
    registrar.admit("second")
    both = [registrar.signer(kid=kid) for kid in ("first", "second")]
    assert [registrar.status("R-1", auth=each).status_code for each in both] == [
        200,
        200,
    ]
    registrar.sim(f"registrations/developers/{DEVELOPER}/keys/first", "DELETE")
    assert refusal(registrar.status("R-1")) == (401, "UnknownKey")
    signer = registrar.signer(kid="second")
    assert registrar.status("R-1", auth=signer).status_code == 200


def test_keys_belong_to_an_application(registrar):  # B10
    registrar.admit(client_id="amzn1.application-oa2-client.other")
    assert refusal(registrar.status("R-1")) == (401, "UnknownKey")


def test_a_signature_is_used_once(registrar):  # B10
    class Twice:
        value = None
        inner = registrar.signer()

        def __call__(self, request):
            if self.value is None:
                self.value = self.inner(request).headers["x-registration-signature"]
            request.headers["x-registration-signature"] = self.value
            return request

    signer, body = Twice(), registrar.request()
    assert registrar.create(body, auth=signer).status_code == 202
    assert refusal(registrar.create(body, auth=signer)) == (401, "ReplayedSignature")
    assert registrar.truth()["refused"] == {"ReplayedSignature": 1}
    seen = {
        entry["headers"].get("X-Registration-Signature")
        for entry in registrar.log(path=REGISTRATIONS)
    }
    assert seen == {"***"}


def test_a_signed_body_cannot_be_changed(registrar):  # B10
    def tamper(request):
        signed = registrar.signer()(request)
        signed.body = signed.body.replace(b"PROFESSIONAL", b"INDIVIDUAL")
        signed.headers["Content-Length"] = str(len(signed.body))
        return signed

    reply = registrar.create(registrar.request(), auth=tamper)
    assert refusal(reply) == (401, "InvalidSignature")


def test_reviews_may_take_longer_than_a_signature_lives(registrar):
    """The clock of a client does not jump with that of the simulator."""
    signer = registrar.signer()
    signer.clock = lambda: datetime.now(timezone.utc)
    registrar.advance(40 * 86_400)
    registrar.renew()
    assert registrar.status("R-1", auth=signer).status_code == 200


def test_the_token_of_another_entity(registrar):  # B25
    body = registrar.request()
    registrar.token, own = None, registrar.token
    stranger = registrar.sim("credentials")["sellers"][1]
    token = registrar.refresh(stranger).json()["access_token"]
    headers = {"x-idempotency-key": "R-1-1"}
    for call in (
        ("POST", REGISTRATIONS, {"json": body, "headers": headers}),
        (
            "GET",
            REGISTRATIONS,
            {"params": {"sellerId": registrar.seller_id, "references": "R-1"}},
        ),
    ):
        method, path, options = call
        reply = registrar.send(method, path, token=token, **options)
        assert refusal(reply) == (403, "EntityMismatch")
    registrar.token = token
    assert refusal(registrar.announce()) == (403, "EntityMismatch")
    registrar.token = own
    truth = registrar.truth()
    assert (truth["registrations"], truth["documents"]) == ([], [])
    assert truth["refused"] == {"EntityMismatch": 3}


def test_not_admitted_yet(registrar):
    registrar.admit(allowed=False)
    assert refusal(registrar.create(registrar.request())) == (403, "NotWhitelisted")
    registrar.admit(allowed=True)
    assert registrar.create(registrar.request()).status_code == 202


def test_access_tokens_are_judged_first(registrar):  # B11
    reply = registrar.status("R-1", token=None)
    assert reply.status_code == 200
    registrar.token = "Atza|made-up"
    assert refusal(registrar.status("R-1")) == (403, "Unauthorized")
    registrar.renew()
    registrar.sim("lwa", "POST", json={"action": "expire_tokens"})
    reply = registrar.status("R-1")
    assert errors(reply)["details"] == "The access token you provided has expired."


@pytest.mark.parametrize(
    "change, path",
    [
        ({"legalEntityName": ""}, "$.legalEntityName"),
        ({"revision": 0}, "$.revision"),
        ({"marketplaceIds": []}, "$.marketplaceIds"),
        ({"marketplaceIds": ["A000000000000Z"]}, "$.marketplaceIds[0]"),
        ({"representatives": []}, "$.representatives"),
        ({"surprise": 1}, "$: "),
        ({"registeredAddress": {"line1": "x", "city": "y"}}, "$.registeredAddress"),
    ],
    ids=str,
)
def test_requests_that_break_the_contract(registrar, change, path):  # B14
    reply = registrar.create(registrar.request(**change), key="R-1-1")
    if "revision" in change:
        reply = registrar.create(registrar.request(**change))
    assert refusal(reply) == (400, "InvalidInput")
    assert path in errors(reply)["details"]


def test_bodies_that_are_none(registrar):
    options = {"headers": {"x-idempotency-key": "R-1-1"}}
    reply = registrar.send("POST", REGISTRATIONS, data=b"{}", **options)
    assert refusal(reply) == (415, "UnsupportedMediaType")
    for body in (b"", b"[]", b"{", b'"x"', b"{}"):
        options["headers"]["content-type"] = "application/json"
        reply = registrar.send("POST", REGISTRATIONS, data=body, **options)
        assert refusal(reply) == (400, "InvalidInput")


def test_quotas(registrar):  # B21
    replies = [registrar.status("R-1") for _ in range(21)]
    assert [reply.status_code for reply in replies] == [200] * 20 + [429]
    assert {reply.headers["x-amzn-RateLimit-Limit"] for reply in replies} == {"1"}
    assert refusal(replies[-1]) == (429, "QuotaExceeded")
    # Every seller has its own, and it fills by the clock.
    registrar.use(1)
    assert registrar.status("R-1").status_code == 200
    registrar.use(0)
    registrar.advance(1)
    assert registrar.status("R-1").status_code == 200
    assert registrar.status("R-1").status_code == 429


def test_faults(registrar):
    for kind, status in (("throttle", 429), ("server_error", 500)):
        registrar.fault(kind, operation="createRegistration", times=1)
        assert registrar.create(registrar.request()).status_code == status
    assert registrar.truth()["registrations"] == []
    assert registrar.create(registrar.request()).status_code == 202


def test_control_says_what_is_wrong(registrar):
    for place, body in (
        ("outcomes", [{"status": "MAYBE"}]),
        ("outcomes", [{"status": "APPROVED", "when": "now"}]),
        ("settings", {"speed": 1}),
        ("developers", {"developer_id": "x"}),
    ):
        reply = requests.post(
            f"{registrar.url}/_sim/registrations/{place}", json=body, timeout=10
        )
        assert reply.status_code == 400 and reply.json()["error"]
    reply = requests.delete(
        f"{registrar.url}/_sim/registrations/developers/x/keys/y", timeout=10
    )
    assert reply.status_code == 404
