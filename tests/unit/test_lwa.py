"""Login with Amazon over real HTTP: grants, errors, single flight (A10, A22)."""

import threading
from datetime import timedelta

import pytest

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.lwa import (
    AccessToken,
    LwaClient,
    MemoryTokenStore,
    TokenProvider,
)

GRANT = {
    "access_token": "Atza|first",
    "token_type": "bearer",
    "expires_in": 3600,
    "refresh_token": "Atzr|grant",
}


@pytest.fixture
def calls():
    return []


@pytest.fixture
def lwa(session, server, clock, calls):
    return LwaClient(
        session,
        f"{server.url}/auth/o2/token",
        "amzn1.application-oa2-client.1",
        "amzn1.oa2-cs.v1.secret",
        clock,
        record=calls.append,
        timeout=(30, 30),
    )


def test_a_code_becomes_a_pair_of_tokens(lwa, server, clock, calls):
    server.answer(200, GRANT)
    token = lwa.exchange_code("ANcode", "https://erp.example.com/callback")
    assert (token.value, token.refresh_token) == ("Atza|first", "Atzr|grant")
    assert token.expires_at == clock() + timedelta(seconds=3600)
    assert server.last.path == "/auth/o2/token"
    assert server.last.headers["content-type"].startswith(
        "application/x-www-form-urlencoded"
    )
    assert server.last.form == {
        "grant_type": "authorization_code",
        "code": "ANcode",
        "redirect_uri": "https://erp.example.com/callback",
        "client_id": "amzn1.application-oa2-client.1",
        "client_secret": "amzn1.oa2-cs.v1.secret",
    }
    assert (calls[0].operation, calls[0].status, calls[0].error) == (
        "lwa.token",
        200,
        None,
    )


def test_a_code_without_a_grant_is_useless(lwa, server):
    server.answer(200, {**GRANT, "refresh_token": None})
    with pytest.raises(errors.UnexpectedReplyError):
        lwa.exchange_code("ANcode", "https://erp.example.com/callback")


def test_refresh_and_client_credentials_send_what_each_needs(lwa, server):
    server.answer(200, GRANT)
    lwa.refresh("Atzr|grant")
    assert server.last.form["grant_type"] == "refresh_token"
    assert "scope" not in server.last.form
    server.answer(200, {key: GRANT[key] for key in ("access_token", "expires_in")})
    token = lwa.client_credentials("sellingpartnerapi::notifications")
    assert server.last.form["scope"] == "sellingpartnerapi::notifications"
    assert "refresh_token" not in server.last.form
    assert token.refresh_token is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, errors.ReauthorizationRequired),
        (400, {"error": "unauthorized_client"}, errors.ReauthorizationRequired),
        (401, {"error": "invalid_client"}, errors.InvalidClientError),
        (400, {"error": "unsupported_grant_type"}, errors.RequestError),
        (400, {"error": "invalid_scope"}, errors.RequestError),
        (400, {"error": ["odd"]}, errors.RequestError),
        (403, b"<html>no</html>", errors.RequestError),
        (400, {"error": "temporarily_unavailable"}, errors.ServerError),
        (429, {}, errors.ThrottledError),
        (500, {"error": "server_error"}, errors.ServerError),
        (503, b"<html>busy</html>", errors.ServerError),
        (302, b"", errors.ServerError),
        (200, b"<html>hello</html>", errors.ServerError),
        (200, [], errors.ServerError),
        (200, {}, errors.UnexpectedReplyError),
        (200, {**GRANT, "access_token": "a b\n"}, errors.UnexpectedReplyError),
        (200, {**GRANT, "access_token": 5}, errors.UnexpectedReplyError),
        (200, {**GRANT, "expires_in": "soon"}, errors.UnexpectedReplyError),
        (200, {**GRANT, "expires_in": True}, errors.UnexpectedReplyError),
        (200, {**GRANT, "refresh_token": {}}, errors.UnexpectedReplyError),
    ],
)
def test_the_class_of_every_refusal(lwa, server, calls, status, body, kind):
    """A13"""
    server.answer(status, body)
    with pytest.raises(errors.SpApiError) as caught:
        lwa.refresh("Atzr|grant")
    assert type(caught.value) is kind
    assert calls[0].error == kind.__name__


def test_nothing_secret_in_errors_records_or_reprs(lwa, server, calls):
    """A27"""
    server.answer(
        400,
        {
            "error": "invalid_grant",
            "error_description": "bad parameter refresh_token=Atzr|grant",
            "access_token": "Atza|leak",
        },
    )
    with pytest.raises(errors.ReauthorizationRequired) as caught:
        lwa.refresh("Atzr|grant")
    token = AccessToken("Atza|leak", lwa._clock(), "Atzr|grant")
    shown = " ".join(
        (str(caught.value), repr(caught.value), repr(calls), repr(lwa), repr(token))
    )
    assert "Atzr|" not in shown and "Atza|" not in shown and "oa2-cs" not in shown
    assert "invalid_grant" in calls[0].response_body


def test_an_unreachable_token_endpoint(lwa, server):
    server.cut()
    with pytest.raises(errors.TransportError):
        lwa.refresh("Atzr|grant")


def make_provider(lwa, clock, store=None, grant="Atzr|grant"):
    return TokenProvider(lwa, store or MemoryTokenStore(), grant, clock)


def test_a_token_is_kept_until_shortly_before_its_end(lwa, server, clock):
    provider = make_provider(lwa, clock)
    server.answer(200, GRANT)
    assert provider.token() == provider.token() == "Atza|first"
    clock.advance(3539)
    assert provider.token() == "Atza|first"
    clock.advance(2)
    server.answer(200, {**GRANT, "access_token": "Atza|second"})
    assert provider.token() == "Atza|second"
    assert len(server.requests) == 2


def test_a_renewed_token_is_shared_not_fetched_again(lwa, server, clock):
    store = MemoryTokenStore()
    mine, theirs = make_provider(lwa, clock, store), make_provider(lwa, clock, store)
    server.answer(200, GRANT)
    stale = mine.token()
    server.answer(200, {**GRANT, "access_token": "Atza|second"})
    assert mine.renew(stale) == "Atza|second"
    assert theirs.renew(stale) == "Atza|second"
    assert len(server.requests) == 2


def test_single_flight_over_threads(lwa, server, clock):
    """A22"""
    provider = make_provider(lwa, clock)
    server.answer(200, GRANT)
    barrier, found = threading.Barrier(8), []

    def work():
        barrier.wait()
        found.append(provider.token())

    threads = [threading.Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["Atza|first"] * 8
    assert len(server.requests) == 1


def test_a_failed_refresh_does_not_hold_the_lock(lwa, server, clock):
    provider = make_provider(lwa, clock)
    server.answer(503, b"")
    with pytest.raises(errors.ServerError):
        provider.token()
    server.answer(200, GRANT)
    assert provider.token() == "Atza|first"


def test_another_grant_never_meets_the_old_token(lwa, server, clock):
    store = MemoryTokenStore()
    server.answer(200, GRANT)
    make_provider(lwa, clock, store).token()
    server.answer(200, {**GRANT, "access_token": "Atza|other"})
    assert make_provider(lwa, clock, store, "Atzr|new").token() == "Atza|other"


def test_grantless_tokens(lwa, server, clock):
    provider = TokenProvider(
        lwa, MemoryTokenStore(), None, clock, scope="sellingpartnerapi::notifications"
    )
    server.answer(200, {"access_token": "Atc|app", "expires_in": 3600})
    assert provider.token() == "Atc|app"
    with pytest.raises(ValueError):
        TokenProvider(lwa, MemoryTokenStore(), None, clock)
    with pytest.raises(ValueError):
        TokenProvider(lwa, MemoryTokenStore(), "Atzr|x", clock, scope="y")
