"""Product types, catalogue and restrictions over real HTTP (A4)."""

import pytest

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.transport import Transport

GERMANY = "A1PA6795UKMFR9"


class Tokens:
    def token(self):
        return "Atza|x"

    def renew(self, stale_value):
        raise AssertionError("nothing has expired")


@pytest.fixture
def client(session, server, clock):
    return SpApiClient(
        Transport(session, server.url, Tokens(), user_agent="a", clock=clock)
    )


def test_a_schema_is_fetched_without_token(client, server):  # A27
    link = {"resource": f"{server.url}/schema?X-Amz-Signature=s", "verb": "GET"}
    server.answer(200, {"schema": {"link": link, "checksum": "c"}})
    server.answer(200, {"$schema": "https://example.com", "title": "箱"})
    definition = client.definitions.get("LUGGAGE", [GERMANY])
    schema = client.definitions.schema(definition["schema"]["link"]["resource"])
    assert schema["title"] == "箱"
    assert "x-amz-access-token" not in server.last.headers


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff"])
def test_what_is_no_schema(client, server, body):
    server.answer(200, body)
    with pytest.raises(errors.UnexpectedReplyError):
        client.definitions.schema(f"{server.url}/schema")


def test_a_dead_schema_address(client, server):
    server.answer(403, b"<Error/>")
    with pytest.raises(errors.DocumentExpired):
        client.definitions.schema(f"{server.url}/schema")


def test_an_unknown_product_type(client, server):
    server.answer(404, {"errors": [{"code": "NotFound", "message": "none"}]})
    with pytest.raises(errors.NotFoundError):
        client.definitions.get("NOTHING", [GERMANY])


def test_the_catalogue_page_by_page(client, server):  # A24
    token = {"pagination": {"nextToken": "next"}}
    server.answer(200, {"items": [{"asin": "1"}], "numberOfResults": 2, **token})
    server.answer(200, {"items": [{"asin": "2"}], "numberOfResults": 2})
    found = list(client.catalog.pages(GERMANY, keywords=["bag"]))
    assert [item["asin"] for page in found for item in page.items] == ["1", "2"]
    assert found[0].total == 2
    assert server.last.query["pageToken"] == "next"
    assert server.last.query["keywords"] == "bag"


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"keywords": ["a"], "identifiers": ["1"], "identifiers_type": "EAN"},
        {"identifiers": ["1"]},
        {"identifiers": ["1"] * 21, "identifiers_type": "EAN"},
        {"keywords": ["a"] * 21},
    ],
)
def test_a_search_amazon_would_refuse_is_never_sent(client, server, filters):
    with pytest.raises(ValueError):
        client.catalog.search(GERMANY, **filters)
    assert server.requests == []


def test_restrictions_and_none(client, server):  # A4
    reasons = [{"reasonCode": "APPROVAL_REQUIRED", "message": "Ask first."}]
    entry = {"marketplaceId": GERMANY, "reasons": reasons}
    server.answer(200, {"restrictions": [entry]})
    server.answer(200, {"restrictions": []})
    server.answer(200, {})
    assert client.restrictions.get("S", "B1", [GERMANY]) == [entry]
    assert client.restrictions.get("S", "B1", [GERMANY]) == []
    with pytest.raises(errors.UnexpectedReplyError):
        client.restrictions.get("S", "B1", [GERMANY])
