"""Writes end exactly once, or say that nobody knows (A13, A26, A27)."""

import json

import pytest

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.transport import Transport

SELLER = ("A1SELLER", "A/B +1", ["A1PA6795UKMFR9"])
PATCHES = [{"op": "delete", "path": "/attributes/x"}]


class Tokens:
    def __init__(self):
        self.value = "Atza|one"

    def token(self):
        return self.value

    def renew(self, stale_value):
        self.value = "Atza|two"
        return self.value


@pytest.fixture
def calls():
    return []


@pytest.fixture
def client(session, server, clock, calls, timeout):
    return SpApiClient(
        Transport(
            session,
            server.url,
            Tokens(),
            user_agent="a",
            clock=clock,
            record=calls.append,
            timeout=timeout,
        )
    )


BUYER = {"name": "Ada Example", "addressLine1": "Hauptstraße 1"}
OUTBOUND = {"sellerFulfillmentOrderId": "S1", "destinationAddress": BUYER}
WRITES = {
    "patch": lambda client: client.listings.patch(*SELLER, "PRODUCT", PATCHES),
    "put": lambda client: client.listings.put(*SELLER, "PRODUCT", "LISTING", {"a": []}),
    "delete": lambda client: client.listings.delete(*SELLER),
    "confirm": lambda client: client.orders_v0.confirm_shipment("1-2-3", {"a": "b"}),
    "feed": lambda client: client.feeds.create("T", ["A"], "doc"),
    "outbound": lambda client: client.fulfillment_outbound.create(OUTBOUND),
    "outbound update": lambda client: client.fulfillment_outbound.update("S1", {}),
    "outbound cancel": lambda client: client.fulfillment_outbound.cancel("S1"),
    "feed cancel": lambda client: client.feeds.cancel("1"),
}
# Those that Amazon answers without a word.
SILENT = ("confirm", "outbound", "outbound update", "outbound cancel", "feed cancel")


@pytest.mark.parametrize("timeout", [(30, 1)])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_without_reply_is_not_repeated(client, server, calls, name):  # A13
    server.hang(2)
    with pytest.raises(errors.TransportError):
        WRITES[name](client)
    assert len(server.requests) == len(calls) == 1
    assert (calls[0].status, calls[0].error) == (None, "TransportError")


@pytest.mark.parametrize("name", WRITES)
def test_a_write_amazon_failed_at_is_not_repeated(client, server, calls, name):  # A13
    server.answer(503, {"errors": [{"code": "ServiceUnavailable", "message": "x"}]})
    with pytest.raises(errors.ServerError):
        WRITES[name](client)
    assert len(server.requests) == len(calls) == 1


def test_an_old_token_is_renewed_and_the_same_is_sent(client, server):  # A22
    server.answer(
        403,
        {
            "errors": [
                {
                    "code": "Unauthorized",
                    "message": "Access denied.",
                    "details": "The access token you provided has expired.",
                }
            ]
        },
    )
    server.answer(204, b"", {"x-amzn-RequestId": "req-9"})
    assert WRITES["confirm"](client) == "req-9"
    first, second = server.requests
    assert first.body == second.body
    assert second.headers["x-amz-access-token"] == "Atza|two"


def test_a_listing_is_addressed_as_it_is_called(client, server):
    server.answer(200, {"sku": "A/B +1", "status": "ACCEPTED", "submissionId": "s"})
    WRITES["patch"](client)
    sent = server.last
    assert sent.method == "PATCH"
    assert sent.path == "/listings/2021-08-01/items/A1SELLER/A%2FB%20%2B1"
    assert sent.json == {"productType": "PRODUCT", "patches": PATCHES}
    assert sent.query == {"marketplaceIds": "A1PA6795UKMFR9"}


def test_a_refusal_with_status_200_is_seen(client, server):  # A4
    server.answer(
        200,
        {
            "sku": "A",
            "status": "INVALID",
            "submissionId": "s-1",
            "issues": [
                {
                    "code": "90220",
                    "message": "'brand' is required but not supplied.",
                    "severity": "ERROR",
                    "attributeNames": ["brand"],
                    "categories": ["MISSING_ATTRIBUTE"],
                },
                {"code": 7, "attributeNames": [None], "categories": "x"},
            ],
        },
        {"x-amzn-RequestId": "req-1"},
    )
    submission = WRITES["put"](client)
    assert not submission.is_accepted
    assert (submission.submission_id, submission.request_id) == ("s-1", "req-1")
    issue, odd = submission.issues
    assert issue.code == "90220" and issue.severity == "ERROR"
    assert issue.attribute_names == ("brand",)
    assert issue.categories == ("MISSING_ATTRIBUTE",)
    assert (odd.code, odd.attribute_names, odd.categories) == ("", (), ())


@pytest.mark.parametrize(
    ("status", "accepted"), [("ACCEPTED", True), ("VALID", True), ("NEW", False)]
)
def test_what_amazon_took(client, server, status, accepted):
    server.answer(200, {"sku": "A", "status": status, "submissionId": "s"})
    assert WRITES["delete"](client).is_accepted is accepted


def test_an_answer_without_status_is_no_success(client, server):  # A13
    server.answer(200, {"sku": "A"})
    with pytest.raises(errors.UnexpectedReplyError):
        WRITES["patch"](client)


@pytest.mark.parametrize("marketplaces", [[], ["A", "B"], "AB"])
def test_put_and_delete_take_one_marketplace(client, server, marketplaces):
    with pytest.raises(ValueError):
        client.listings.put("S", "A", marketplaces, "PRODUCT", None, {})
    with pytest.raises(ValueError):
        client.listings.delete("S", "A", marketplaces)
    assert server.requests == []


def test_a_refused_confirmation_says_why(client, server, calls):  # A26
    server.answer(400, {"errors": [{"code": "Invalid Input", "message": "Bad date"}]})
    with pytest.raises(errors.RequestError) as caught:
        WRITES["confirm"](client)
    assert (caught.value.code, caught.value.message) == ("Invalid Input", "Bad date")
    assert json.loads(calls[0].request_body) == {"a": "b"}


def test_errors_in_a_success_without_content_are_errors(client, server):  # A13
    server.answer(200, {"errors": [{"code": "InvalidInput", "message": "no"}]})
    with pytest.raises(errors.RequestError):
        WRITES["confirm"](client)


@pytest.mark.parametrize("name", WRITES)
def test_a_page_of_a_proxy_is_no_success(client, server, calls, name):  # A13
    server.answer(200, b"<html><body>Blocked by the proxy</body></html>")
    with pytest.raises(errors.ServerError):
        WRITES[name](client)
    assert len(server.requests) == len(calls) == 1
    assert (calls[0].status, calls[0].error) == (200, "ServerError")


@pytest.mark.parametrize("body", [b"", b"\r\n", b"{}", b"null"])
@pytest.mark.parametrize("name", SILENT)
def test_a_success_that_says_nothing(client, server, name, body):  # A13
    server.answer(200, body)
    WRITES[name](client)


@pytest.mark.parametrize("timeout", [(30, 1)])
def test_a_label_is_bought_once(client, server):  # A13
    server.answer(200, {"restrictedDataToken": "Atz.sprdt|x", "expiresIn": 3600})
    server.hang(2)
    with pytest.raises(errors.TransportError):
        client.merchant_fulfillment.create_shipment({}, "UPS")
    assert [request.path for request in server.requests] == [
        "/tokens/2021-03-01/restrictedDataToken",
        "/mfn/v0/shipments",
    ]


def test_a_fulfilment_order_that_is_refused_with_status_200(client, server):  # A13
    server.answer(200, {"errors": [{"code": "InvalidInput", "message": "no stock"}]})
    with pytest.raises(errors.RequestError) as caught:
        WRITES["outbound"](client)
    assert caught.value.message == "no stock"


def test_the_record_of_a_refusal_names_no_buyer(client, server, calls):  # A26, A27
    label = {"FileContents": {"Contents": "UERG"}, "ShipToAddress": BUYER}
    server.answer(400, {"errors": [{"code": "InvalidInput", "message": "x"}], **label})
    with pytest.raises(errors.RequestError):
        WRITES["outbound"](client)
    (call,) = calls
    assert json.loads(call.request_body)["sellerFulfillmentOrderId"] == "S1"
    assert "InvalidInput" in call.response_body
    seen = call.request_body + call.response_body
    assert "Ada" not in seen and "Haupt" not in seen and "UERG" not in seen
