"""Our tables, our requests and our fixtures against Amazon's own models (A28)."""

import re

import jsonschema
import pytest
from model_calls import CALLS, INBOUND, RDT, RESTRICTED, RESTRICTED_FAMILIES
from order_payloads import (
    item_v0,
    money_v0,
    order_2026,
    order_v0,
    rich_order_2026,
    rich_order_v0,
)
from unit_support import load_model, match_path, model_operations, resolve

from acorn_amazon_connector.mappers.demand import read_demand
from acorn_amazon_connector.mappers.order import map_order_v0
from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.operations import OPERATIONS
from acorn_amazon_connector.services.transport import Transport

FILES = {
    "orders": "orders-api-model/orders_2026-01-01.json",
    "ordersV0": "orders-api-model/ordersV0.json",
    "sellers": "sellers-api-model/sellers.json",
    "tokens": "tokens-api-model/tokens_2021-03-01.json",
    "listings": "listings-items-api-model/listingsItems_2021-08-01.json",
    "feeds": "feeds-api-model/feeds_2021-06-30.json",
    "fbaInventory": "fba-inventory-api-model/fbaInventory.json",
    "definitions": (
        "product-type-definitions-api-model/definitionsProductTypes_2020-09-01.json"
    ),
    "catalog": "catalog-items-api-model/catalogItems_2022-04-01.json",
    "restrictions": (
        "listings-restrictions-api-model/listingsRestrictions_2021-08-01.json"
    ),
    "merchantFulfillment": "merchant-fulfillment-api-model/merchantFulfillmentV0.json",
    "fulfillmentOutbound": (
        "fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json"
    ),
    "fulfillmentInbound": (
        "fulfillment-inbound-api-model/fulfillmentInbound_2024-03-20.json"
    ),
    "fulfillmentInboundV0": "fulfillment-inbound-api-model/fulfillmentInboundV0.json",
    "reports": "reports-api-model/reports_2021-06-30.json",
}


class Tokens:
    def token(self):
        return "Atza|x"

    def renew(self, stale_value):
        return "Atza|y"


@pytest.fixture
def client(session, server, clock):
    return SpApiClient(
        Transport(session, server.url, Tokens(), user_agent="a", clock=clock)
    )


def find_operation(family, name):
    model = load_model(FILES[family])
    for path, method, operation in model_operations(model):
        if operation["operationId"] == name:
            return model, path, method, operation
    raise AssertionError(f"{name} is not in Amazon's model")


@pytest.mark.parametrize("key", sorted(OPERATIONS))
def test_each_operation_is_as_amazon_describes_it(key):
    """A21, A28"""
    ours = OPERATIONS[key]
    family = key.split(".")[0]
    model, path, method, theirs = find_operation(family, ours.name)
    assert (ours.path, ours.method) == (path, method)
    plan = re.search(r"\| *([0-9.]+) *\| *([0-9]+) *\|", theirs["description"])
    if plan:
        assert (ours.rate, ours.burst) == (float(plan[1]), int(plan[2]))
    else:
        assert ours.name == "listPrepDetails"
    success = next(
        answer for code, answer in theirs["responses"].items() if code[0] == "2"
    )
    assert ours.envelope == envelope_of(model, success)
    assert ours.roles


def envelope_of(model, success):
    """Return where a success has its answer, in our words."""
    properties = resolve(model, success.get("schema", {})).get("properties", {})
    if set(properties) <= {"errors"}:
        return "none"
    return "payload" if "payload" in properties else "bare"


def check_request(family, request):
    """Assert that a request is one Amazon's model allows."""
    model = load_model(FILES[family])
    operation, values = next(
        (operation, match_path(path, request.path))
        for path, method, operation in model_operations(model)
        if method == request.method and match_path(path, request.path) is not None
    )
    parameters = [resolve(model, entry) for entry in operation.get("parameters", [])]
    query = {entry["name"]: entry for entry in parameters if entry["in"] == "query"}
    assert set(request.query) <= set(query)
    for name, parameter in query.items():
        if parameter.get("required"):
            assert name in request.query
        if name in request.query:
            check_parameter(parameter, request.query[name])
    for parameter in parameters:
        if parameter["in"] == "path":
            assert values[parameter["name"]]
        if parameter["in"] == "body":
            check_schema(model, parameter["schema"], request.json)


def check_parameter(parameter, text):
    values = text.split(",") if parameter["type"] == "array" else [text]
    schema = parameter.get("items", parameter)
    assert len(values) <= parameter.get("maxItems", len(values))
    for value in values:
        assert value in schema.get("enum", [value])
        if schema["type"] == "integer":
            assert schema.get("minimum", 0) <= int(value)
            assert int(value) <= schema.get("maximum", int(value))


def check_schema(model, schema, value):
    jsonschema.Draft4Validator(
        {**schema, "definitions": model["definitions"]}
    ).validate(value)


@pytest.mark.parametrize("name", CALLS)
def test_each_request_is_one_the_model_allows(client, server, name):
    """A28"""
    family, answer, call = CALLS[name]
    server.answer(200, answer)
    call(client)
    check_request(family, server.last)


def test_all_inbound_operations_are_here():
    names = {key.split(".")[1] for key in OPERATIONS if "fulfillmentInbound." in key}
    assert set(INBOUND) == names


@pytest.mark.parametrize("name", INBOUND)
def test_each_inbound_request_is_one_the_model_allows(client, server, name):
    """A28"""
    answer, call = INBOUND[name]
    server.answer(200, answer)
    call(client.fulfillment_inbound)
    check_request("fulfillmentInbound", server.last)
    operation = OPERATIONS[f"fulfillmentInbound.{name}"]
    assert match_path(operation.path, server.last.path) is not None
    assert operation.method == server.last.method


def fetch_box_labels(client, server):
    server.answer(200, {"payload": {"DownloadURL": f"{server.url}/labels"}})
    server.answer(200, b"%PDF")
    client.fulfillment_inbound.box_labels(
        "FBA15ABCDEFG",
        "PackageLabel_Thermal",
        boxes=["FBA15ABCDEFGU000001"],
        page_size=10,
        page_start=0,
    )


def fetch_result_of_a_feed(client, server):
    server.answer(200, {"feedDocumentId": "1", "url": f"{server.url}/result"})
    server.answer(200, b"{}")
    client.feeds.result("doc")


def test_the_request_for_labels_of_boxes_is_one_the_model_allows(client, server):
    """A28"""
    fetch_box_labels(client, server)
    check_request("fulfillmentInboundV0", server.requests[0])


def test_the_request_for_the_result_of_a_feed_is_one_the_model_allows(client, server):
    """A28"""
    fetch_result_of_a_feed(client, server)
    check_request("feeds", server.requests[0])


def test_every_operation_is_called_here(client, server):
    """A28"""
    for _family, answer, call in CALLS.values():
        server.answer(200, answer)
        call(client)
    for answer, call in INBOUND.values():
        server.answer(200, answer)
        call(client.fulfillment_inbound)
    for _path, answer, call in RESTRICTED.values():
        server.answer(200, RDT)
        server.answer(200, answer)
        call(client)
    fetch_box_labels(client, server)
    fetch_result_of_a_feed(client, server)
    called = {
        key
        for key, operation in OPERATIONS.items()
        for request in server.requests
        if operation.method == request.method
        and match_path(operation.path, request.path) is not None
    }
    assert called == set(OPERATIONS)
    assert {key.split(".")[0] for key in called} == set(FILES)


@pytest.mark.parametrize("name", RESTRICTED)
def test_each_restricted_call_asks_for_its_own_resource(client, server, name):
    path, answer, call = RESTRICTED[name]
    server.answer(200, RDT)
    server.answer(200, answer)
    call(client)
    token_request, request = server.requests
    check_request("tokens", token_request)
    (resource,) = token_request.json["restrictedResources"]
    assert (resource["method"], resource["path"]) == (request.method, path)
    assert request.headers["x-amz-access-token"] == "Atz.sprdt|x"
    first = name.split()[0]
    check_request(RESTRICTED_FAMILIES.get(first, "merchantFulfillment"), request)


def test_our_order_fixtures_are_orders_to_amazon():
    model = load_model(FILES["orders"])
    for order in (rich_order_2026(), order_2026([], None)):
        check_schema(model, {"$ref": "#/definitions/Order"}, order)
    model = load_model(FILES["ordersV0"])
    order, items, address, buyer = rich_order_v0()
    order["IsISPU"] = True  # text is how older answers wrote it
    order["IsReplacementOrder"] = True
    for definition, value in (
        ("Order", order),
        ("OrderItemList", items),
        ("OrderAddress", address),
        ("OrderBuyerInfo", buyer),
    ):
        if definition == "Order":
            value = {key: value[key] for key in value if key != "IsReplacementOrder"}
        check_schema(model, {"$ref": f"#/definitions/{definition}"}, value)


def test_each_status_of_the_older_interface_has_one_of_the_newer():  # A16
    older = load_model(FILES["ordersV0"])["definitions"]["Order"]["properties"]
    newer = set(load_model(FILES["orders"])["definitions"]["FulfillmentStatus"]["enum"])
    item = item_v0(ItemPrice=money_v0("10.00"))
    for word in older["OrderStatus"]["enum"]:
        order = order_v0("10.00", OrderStatus=word)
        assert map_order_v0(order, [item]).status in newer
        (demand,) = read_demand({"order": order, "items": [item]})
        assert demand.status in newer
