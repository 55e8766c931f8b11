"""Every way a call can end, over real HTTP (A13, A21, A22, A26, A27, A29)."""

import logging
import socket
import time
from datetime import timezone

import pytest

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.calls import CallRecord
from acorn_amazon_connector.services.errors import PayloadError
from acorn_amazon_connector.services.operations import OPERATIONS
from acorn_amazon_connector.services.transport import (
    Transport,
    build_path,
    build_query,
)

SEARCH = OPERATIONS["orders.searchOrders"]
GET_ORDER = OPERATIONS["orders.getOrder"]
PARTICIPATIONS = OPERATIONS["sellers.getMarketplaceParticipations"]
CREATE_REPORT = OPERATIONS["reports.createReport"]
USER_AGENT = "AcornTest/1.0 (Language=Python/3.12)"
REQUEST_ID = {"x-amzn-RequestId": "req-1"}


def refusal(message, details="", code="Unauthorized"):
    return {"errors": [{"code": code, "message": message, "details": details}]}


EXPIRED = refusal("Access denied.", "The access token you provided has expired.")


class Tokens:
    """Two tokens: the second comes when the first is refused."""

    def __init__(self):
        self.renewed = []

    def token(self):
        return f"Atza|token-{len(self.renewed)}"

    def renew(self, stale_value):
        self.renewed.append(stale_value)
        return self.token()


class Gate:
    def __init__(self):
        self.taken = []
        self.observed = []
        self.empty_after = None

    def take(self, operation):
        if self.empty_after is not None and len(self.taken) >= self.empty_after:
            raise errors.BudgetExhausted("empty", retry_after=7.0)
        self.taken.append(operation.key)

    def observe(self, operation, rate, throttled):
        self.observed.append((operation.key, rate, throttled))


@pytest.fixture
def calls():
    return []


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def transport(session, server, clock, tokens, gate, calls, timeout):
    return Transport(
        session,
        server.url,
        tokens,
        user_agent=USER_AGENT,
        clock=clock,
        gate=gate,
        record=calls.append,
        timeout=timeout,
        max_bytes=10_000,
    )


def get_order(transport):
    return transport.call(GET_ORDER, path_params={"orderId": "1-2-3"})


def test_a_call_carries_what_amazon_wants(transport, server, clock, gate, calls):
    server.answer(
        200,
        {"orders": []},
        {**REQUEST_ID, "x-amzn-RateLimit-Limit": "0.0111"},
    )
    reply = transport.call(
        SEARCH,
        query={
            "lastUpdatedAfter": clock(),
            "marketplaceIds": ["A1PA6795UKMFR9", "A13V1IB3VIYZZH"],
            "paginationToken": None,
        },
    )
    assert (reply.status, reply.payload, reply.request_id) == (
        200,
        {"orders": []},
        "req-1",
    )
    sent = server.last
    assert (sent.method, sent.path) == ("GET", "/orders/2026-01-01/orders")
    assert sent.query == {
        "lastUpdatedAfter": "2026-11-21T08:00:00.000Z",
        "marketplaceIds": "A1PA6795UKMFR9,A13V1IB3VIYZZH",
    }
    assert sent.headers["x-amz-access-token"] == "Atza|token-0"
    assert sent.headers["x-amz-date"] == "20261121T080000Z"
    assert sent.headers["user-agent"] == USER_AGENT
    assert "content-type" not in sent.headers
    assert gate.taken == ["orders.searchOrders"]
    assert gate.observed == [("orders.searchOrders", 0.0111, False)]
    (call,) = calls
    assert isinstance(call, CallRecord)
    assert (call.operation, call.status, call.error) == (
        "orders.searchOrders",
        200,
        None,
    )
    assert call.request_id == "req-1"
    assert call.response_body is None
    assert call.at.tzinfo is timezone.utc and call.ms >= 0


def test_a_body_is_json(transport, server):
    server.answer(202, {"reportId": "7"})
    transport.call(CREATE_REPORT, body={"reportType": "GET_X", "marketplaceIds": ["A"]})
    assert server.last.headers["content-type"] == "application/json"
    assert server.last.json["reportType"] == "GET_X"


def test_the_payload_envelope_is_removed(transport, server):
    server.answer(200, {"payload": [{"marketplace": {}}]})
    reply = transport.call(PARTICIPATIONS)
    assert reply.payload == [{"marketplace": {}}]
    assert "payload" in reply.body


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, refusal("Bad", code="InvalidInput"), errors.RequestError),
        (400, b"<html>Bad Request</html>", errors.RequestError),
        (400, b"", errors.RequestError),
        (403, refusal("Access to requested resource is denied."), "denied"),
        (403, b"", "denied"),
        (403, {"errors": "odd"}, "denied"),
        (403, refusal("x", "The LWA secret token you provided has expired."), "client"),
        (404, refusal("Not here", code="NotFound"), errors.NotFoundError),
        (408, refusal("Timed out"), errors.ServerError),
        (409, refusal("Again", code="DuplicateRequest"), errors.ConflictError),
        (413, b"", errors.RequestError),
        (415, b"", errors.RequestError),
        (422, refusal("No"), errors.RequestError),
        (429, refusal("Quota", code="QuotaExceeded"), errors.ThrottledError),
        (429, b"<html>slow down</html>", errors.ThrottledError),
        (500, refusal("Oops", code="InternalFailure"), errors.ServerError),
        (502, b"<html>Bad Gateway</html>", errors.ServerError),
        (503, b"", errors.ServerError),
        (302, b"", errors.ServerError),
        (200, b"<html>Maintenance</html>", errors.ServerError),
        (200, b"", errors.ServerError),
        (200, b'{"orders": [', errors.ServerError),
        (200, b"[" * 100_0, errors.ServerError),
        (200, [1, 2], errors.UnexpectedReplyError),
        (200, "text", errors.UnexpectedReplyError),
        (204, b"", errors.ServerError),
    ],
)
def test_the_status_decides_the_class(transport, server, calls, status, body, kind):
    """A13"""
    kinds = {"denied": errors.AccessDeniedError, "client": errors.InvalidClientError}
    server.answer(status, body, REQUEST_ID)
    with pytest.raises(errors.SpApiError) as caught:
        get_order(transport)
    error = caught.value
    assert type(error) is kinds.get(kind, kind)
    assert (error.operation, error.status) == ("orders.getOrder", status)
    assert error.request_id == "req-1"
    assert "req-1" in str(error)
    assert len(server.requests) == 1
    assert calls[0].error == type(error).__name__
    assert calls[0].status == status


def test_an_unexpected_shape_is_a_payload_error_too(transport, server):
    server.answer(200, [1])
    with pytest.raises(PayloadError):
        get_order(transport)


def test_errors_beside_or_instead_of_the_payload(transport, server):
    server.answer(200, {"payload": [], "errors": [{"code": "x", "message": "partly"}]})
    assert transport.call(PARTICIPATIONS).payload == []
    server.answer(200, {"errors": [{"code": "Gone", "message": "nothing"}]})
    with pytest.raises(errors.RequestError) as caught:
        transport.call(PARTICIPATIONS)
    assert caught.value.code == "Gone"
    server.answer(200, {"data": []})
    with pytest.raises(errors.UnexpectedReplyError):
        transport.call(PARTICIPATIONS)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [({}, 2.0), ({"x-amzn-RateLimit-Limit": "0.1"}, 10.0)],
)
def test_throttling_says_when_to_come_back(transport, server, gate, header, seconds):
    """A21"""
    server.answer(429, refusal("Quota", code="QuotaExceeded"), header)
    started = time.monotonic()
    with pytest.raises(errors.ThrottledError) as caught:
        get_order(transport)
    assert caught.value.retry_after == pytest.approx(seconds)
    assert gate.observed[-1][2] is True
    assert time.monotonic() - started < seconds


@pytest.mark.parametrize("value", ["", "fast", "-1", "0", "nan", "inf", "1e99"])
def test_a_senseless_rate_is_not_a_rate(transport, server, gate, value):
    server.answer(200, {"order": {}}, {"x-amzn-RateLimit-Limit": value})
    get_order(transport)
    assert gate.observed == [("orders.getOrder", None, False)]


def test_an_empty_budget_sends_nothing(transport, server, gate, calls):
    """A21"""
    gate.empty_after = 0
    with pytest.raises(errors.BudgetExhausted) as caught:
        get_order(transport)
    assert caught.value.retry_after == 7.0
    assert server.requests == [] and calls == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b""),
        (403, EXPIRED),
        (
            403,
            refusal(
                "x", "The access token you provided is revoked, malformed or invalid."
            ),
        ),
        (403, refusal("Access token is missing in the request header.")),
    ],
)
def test_an_old_token_is_renewed_once(transport, server, tokens, gate, status, body):
    """A22"""
    server.answer(status, body)
    server.answer(200, {"order": {}})
    assert get_order(transport).status == 200
    assert tokens.renewed == ["Atza|token-0"]
    sent = [request.headers["x-amz-access-token"] for request in server.requests]
    assert sent == ["Atza|token-0", "Atza|token-1"]
    assert gate.taken == ["orders.getOrder"] * 2


def test_a_fresh_token_refused_is_not_renewed_again(transport, server, tokens, calls):
    server.answer(403, EXPIRED)
    server.answer(403, EXPIRED)
    with pytest.raises(errors.AuthorizationError) as caught:
        get_order(transport)
    assert not isinstance(caught.value, errors.TokenExpiredError)
    assert len(tokens.renewed) == 1
    assert [call.error for call in calls] == ["TokenExpiredError"] * 2


RDT = "Atz.sprdt|restricted"
RESOURCES = [
    {"method": "GET", "path": "/orders/v0/orders", "dataElements": ["buyerInfo"]}
]


def test_buyer_data_takes_a_restricted_token_and_keeps_it(transport, server, clock):
    server.answer(200, {"restrictedDataToken": RDT, "expiresIn": 3600})
    server.answer(200, {"payload": {"Orders": []}})
    server.answer(200, {"payload": {"Orders": []}})
    operation = OPERATIONS["ordersV0.getOrders"]
    for _time in range(2):
        transport.call(operation, restricted_resources=RESOURCES)
    token_request, first, second = server.requests
    assert token_request.path == "/tokens/2021-03-01/restrictedDataToken"
    assert token_request.json == {"restrictedResources": RESOURCES}
    assert token_request.headers["x-amz-access-token"] == "Atza|token-0"
    assert first.headers["x-amz-access-token"] == RDT
    assert second.headers["x-amz-access-token"] == RDT

    clock.advance(3590)
    server.answer(200, {"payload": {"restrictedDataToken": RDT, "expiresIn": 3600}})
    server.answer(200, {"payload": {"Orders": []}})
    transport.call(operation, restricted_resources=RESOURCES)
    assert len(server.requests) == 5


def test_a_refused_restricted_token_is_made_anew(transport, server, tokens):
    server.answer(200, {"restrictedDataToken": RDT, "expiresIn": 3600})
    server.answer(403, EXPIRED)
    server.answer(200, {"restrictedDataToken": RDT + "2", "expiresIn": 3600})
    server.answer(200, {"payload": {"Orders": []}})
    transport.call(OPERATIONS["ordersV0.getOrders"], restricted_resources=RESOURCES)
    assert server.last.headers["x-amz-access-token"] == RDT + "2"
    assert tokens.renewed == []


# As Amazon answers: abuzuhri/Amazon-SP-API-CSharp#155, jlevers/selling-partner-api#593.
@pytest.mark.parametrize(
    ("message", "error"),
    [
        (
            "Application does not have access to one or more requested data elements:"
            + " [buyerInfo]",
            errors.AccessDeniedError,
        ),
        (
            "Application do not have access to some or all requested resource",
            errors.AccessDeniedError,
        ),
        ("Invalid Input", errors.RequestError),
    ],
)
def test_a_restricted_token_without_the_role(transport, server, message, error):  # A20
    server.answer(400, refusal(message, code="InvalidInput"))
    with pytest.raises(errors.SpApiError) as caught:
        transport.call(OPERATIONS["ordersV0.getOrders"], restricted_resources=RESOURCES)
    assert type(caught.value) is error
    assert caught.value.operation == "tokens.createRestrictedDataToken"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"restrictedDataToken": 5, "expiresIn": 1},
        {"restrictedDataToken": "a\nb", "expiresIn": 1},
        {"payload": "x"},
    ],
)
def test_a_senseless_restricted_token(transport, server, body):
    server.answer(200, body)
    with pytest.raises(errors.UnexpectedReplyError):
        transport.call(OPERATIONS["ordersV0.getOrders"], restricted_resources=RESOURCES)


def test_connection_refused(session, clock, tokens, calls):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    transport = Transport(
        session, url, tokens, user_agent="a", clock=clock, record=calls.append
    )
    with pytest.raises(errors.TransportError) as caught:
        get_order(transport)
    assert caught.value.status is None
    assert calls[0].error == "TransportError" and calls[0].status is None


@pytest.mark.parametrize("timeout", [(30, 1)])
def test_a_reply_that_does_not_come(transport, server):
    server.hang(2)
    with pytest.raises(errors.TransportError):
        get_order(transport)
    assert len(server.requests) == 1, "a sent request is never repeated by itself"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nnot gzip",
        b"HELO\r\n\r\n",
    ],
)
def test_a_cut_connection(transport, server, sent):
    server.cut(sent)
    with pytest.raises(errors.TransportError):
        get_order(transport)


def test_headers_cut_in_the_middle(transport, server):
    """The HTTP library takes what it got for the headers of an empty reply."""
    server.cut(b"HTTP/1.1 200 OK\r\ncontent-le")
    with pytest.raises(errors.ServerError):
        get_order(transport)


def test_a_body_beyond_the_limit(transport, server):
    server.answer(200, {"order": {"x": "a" * 20_000}})
    with pytest.raises(errors.TransportError) as caught:
        get_order(transport)
    assert "larger" in str(caught.value)


def test_a_redirect_is_not_followed(transport, server):
    server.answer(307, b"", {"location": "https://example.com/"})
    with pytest.raises(errors.ServerError):
        get_order(transport)
    assert len(server.requests) == 1


def test_netrc_and_cookies_stay_out(transport, server, session, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for _time in range(2):
        server.answer(200, {"order": {}}, {"set-cookie": "session=abc"})
        get_order(transport)
    assert "authorization" not in server.last.headers
    assert "cookie" not in server.last.headers


def test_nothing_secret_or_personal_is_kept(transport, server, calls, caplog):
    """A26, A27"""
    caplog.set_level(logging.DEBUG)
    order = {
        "buyer": {"buyerName": "Jo Field", "buyerEmail": "jo@marketplace.amazon.de"},
        "recipient": {"deliveryAddress": {"addressLine1": "1 Pine St"}},
    }
    server.answer(
        500,
        {
            "errors": [
                {
                    "code": "InternalFailure",
                    "message": "Token Atza|token-0 of jo@marketplace.amazon.de failed",
                    "details": "client_secret=abc123 refused",
                }
            ],
            "order": order,
        },
    )
    with pytest.raises(errors.ServerError) as caught:
        transport.call(
            CREATE_REPORT, body={"reportType": "GET_X", "code": "ANOEXCHANGE"}
        )
    call = calls[0]
    assert "InternalFailure" in call.response_body
    assert "GET_X" in call.request_body
    everything = "\n".join(
        (
            str(caught.value),
            repr(caught.value),
            repr(caught.value.__dict__),
            repr(call),
            caplog.text,
            repr(transport.__dict__.get("_user_agent")),
        )
    )
    for secret in ("Atza|", "Jo Field", "jo@", "Pine", "abc123", "ANOEXCHANGE"):
        assert secret not in everything


def test_errors_of_the_network_show_no_address_or_header(session, clock, server):
    class Bad(Tokens):
        def token(self):
            return "Atza|secret\nx: y"

    transport = Transport(
        session, server.url, Bad(), user_agent="a", clock=clock, timeout=(30, 30)
    )
    with pytest.raises(errors.TransportError) as caught:
        get_order(transport)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("user_agent", ["", "x" * 501, "naïve", "a\nb"])
def test_a_user_agent_amazon_would_refuse(session, clock, user_agent):
    with pytest.raises(ValueError):
        Transport(session, "http://x", Tokens(), user_agent=user_agent, clock=clock)


def test_path_values_are_encoded():
    path = build_path(
        "/items/{sellerId}/{sku}", {"sellerId": "A1", "sku": "MUG/red #1+ü?%"}
    )
    assert path == "/items/A1/MUG%2Fred%20%231%2B%C3%BC%3F%25"


@pytest.mark.parametrize("sku", ["", ".", "..", "\ud800"])
def test_path_values_no_address_can_carry(sku):
    with pytest.raises(errors.RequestError):
        build_path("/items/{sku}", {"sku": sku})


def test_a_sku_arrives_as_it_was(transport, server):
    sku = "A/B c#d+e%2F~é"
    server.answer(200, {"sku": sku})
    transport.call(
        OPERATIONS["listings.getListingsItem"],
        path_params={"sellerId": "A1", "sku": sku},
        query={"marketplaceIds": ["A1PA6795UKMFR9"]},
    )
    assert server.last.path.endswith("/A%2FB%20c%23d%2Be%252F~%C3%A9")


def test_query_values():
    assert (
        build_query({"a": ["x", "y z"], "b": None, "c": "", "d": True, "e": 5, "f": ()})
        == "a=x%2Cy%20z&d=true&e=5"
    )


def test_headers_made_for_one_request(transport, server):  # B10
    """They see what is sent, are made anew for each attempt, and replace nothing."""
    server.answer(403, EXPIRED)
    server.answer(200, {"reportId": "7"})
    seen = []

    def sign(operation, target, body):
        seen.append((operation.key, target, body))
        return {"x-signature": f"number {len(seen)}", "x-amz-access-token": "mine"}

    body = {"reportType": "GET_Ä", "marketplaceIds": ["A1"]}
    transport.call(CREATE_REPORT, query={"a": ["b c", "d"]}, body=body, sign=sign)
    assert [sent.headers["x-signature"] for sent in server.requests] == [
        "number 1",
        "number 2",
    ]
    assert server.last.headers["x-amz-access-token"] == "Atza|token-1"
    sent = [
        ("reports.createReport", each.target, each.body) for each in server.requests
    ]
    assert seen == sent
