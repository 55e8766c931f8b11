"""What Amazon holds: pages that die, units of every kind (A24, A31)."""

from datetime import datetime, timezone

import jsonschema
import pytest
from unit_support import load_model

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.fba_inventory import map_fba_inventory
from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.transport import Transport

SINCE = datetime(2026, 11, 1, tzinfo=timezone.utc)
MODEL = "fba-inventory-api-model/fbaInventory.json"


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


def page(*skus, token=None):
    summaries = [{"sellerSku": sku, "totalQuantity": 1} for sku in skus]
    body = {"payload": {"inventorySummaries": summaries}}
    return {**body, "pagination": {"nextToken": token}} if token else body


def test_the_token_stands_beside_the_payload_and_wants_the_start(client, server):  # A24
    server.answer(200, page("A", "B", token="next"))
    server.answer(200, page("C"))
    found = [
        entry["sellerSku"]
        for part in client.fba_inventory.pages("A1PA6795UKMFR9", start=SINCE)
        for entry in part.summaries
    ]
    assert found == ["A", "B", "C"]
    first, second = (request.query for request in server.requests)
    assert second == {**first, "nextToken": "next"}
    assert first["startDateTime"] == "2026-11-01T00:00:00.000Z"
    assert first["granularityId"] == first["marketplaceIds"] == "A1PA6795UKMFR9"


def test_a_dead_token_is_an_error_not_an_end(client, server):  # A13, A24
    server.answer(400, {"errors": [{"code": "InvalidInput", "message": "token"}]})
    with pytest.raises(errors.RequestError):
        client.fba_inventory.page("A1PA6795UKMFR9", next_token="old")


def test_too_many_skus_are_never_sent(client, server):
    with pytest.raises(ValueError):
        client.fba_inventory.page("A1PA6795UKMFR9", seller_skus=["A"] * 51)
    assert server.requests == []


def test_a_sku_with_a_comma_is_asked_for_alone(client, server):  # A31
    server.answer(200, page("MUG,RED"))
    server.answer(200, page("A", "B"))
    client.fba_inventory.page("A1PA6795UKMFR9", seller_skus=["MUG,RED"])
    assert server.last.query["sellerSku"] == "MUG,RED"
    assert "sellerSkus" not in server.last.query
    client.fba_inventory.page("A1PA6795UKMFR9", seller_skus=["A", "B"])
    assert server.last.query["sellerSkus"] == "A,B"
    with pytest.raises(errors.RequestError):
        client.fba_inventory.page("A1PA6795UKMFR9", seller_skus=["A", "MUG,RED"])
    assert len(server.requests) == 2


SUMMARY = {
    "asin": "B000000001",
    "fnSku": "X0001",
    "sellerSku": "SKU",
    "condition": "NewItem",
    "productName": "Bag",
    "lastUpdatedTime": "2026-11-01T00:00:00Z",
    "totalQuantity": 30,
    "inventoryDetails": {
        "fulfillableQuantity": 10,
        "inboundWorkingQuantity": 1,
        "inboundShippedQuantity": 2,
        "inboundReceivingQuantity": 3,
        "reservedQuantity": {
            "totalReservedQuantity": 6,
            "pendingCustomerOrderQuantity": 1,
            "pendingTransshipmentQuantity": 2,
            "fcProcessingQuantity": 3,
        },
        "researchingQuantity": {"totalResearchingQuantity": 4},
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": 4,
            "customerDamagedQuantity": 3,
            "expiredQuantity": 1,
            "defectiveQuantity": 0,
        },
    },
}


def test_all_kinds_of_units():  # A31
    found = map_fba_inventory(SUMMARY)
    assert (found.sku, found.fnsku, found.asin) == ("SKU", "X0001", "B000000001")
    assert (found.condition, found.title, found.updated_at) == ("NewItem", "Bag", SINCE)
    assert (found.total, found.fulfillable, found.researching) == (30, 10, 4)
    inbound = (found.inbound_working, found.inbound_shipped, found.inbound_receiving)
    assert inbound == (1, 2, 3)
    assert found.reserved == 6 and found.unsellable == 4
    parts = (found.reserved_orders, found.reserved_transfer, found.reserved_processing)
    assert parts == (1, 2, 3)
    assert found.unsellable_by_reason == {"customerDamaged": 3, "expired": 1}


def test_our_example_is_one_to_amazon():  # A28
    model = load_model(MODEL)
    schema = {"$ref": "#/definitions/InventorySummary"}
    jsonschema.Draft4Validator(
        {**schema, "definitions": model["definitions"]}
    ).validate(SUMMARY)


def test_without_details_nothing_is_made_up():
    found = map_fba_inventory({"sellerSku": "A", "totalQuantity": 4})
    assert (found.total, found.fulfillable) == (4, None)


@pytest.mark.parametrize(
    "summary",
    [
        {},
        {"sellerSku": "A"},
        {"sellerSku": "A", "totalQuantity": -1},
        {"sellerSku": "A", "totalQuantity": 1, "inventoryDetails": []},
    ],
)
def test_what_cannot_be_understood_is_no_zero(summary):
    with pytest.raises(PayloadError):
        map_fba_inventory(summary)
