"""Goods on their way to Amazon, over real HTTP (A24, A31)."""

import pytest

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.transport import Transport

PLAN, SHIPMENT = "wf-1", "sh-1"
ROOT = "/inbound/fba/2024-03-20"


class Tokens:
    def token(self):
        return "Atza|x"

    def renew(self, stale_value):
        raise AssertionError("nothing has expired")


@pytest.fixture
def calls():
    return []


@pytest.fixture
def inbound(session, server, clock, calls, timeout):
    transport = Transport(
        session,
        server.url,
        Tokens(),
        user_agent="a",
        clock=clock,
        record=calls.append,
        timeout=timeout,
    )
    return SpApiClient(transport).fulfillment_inbound


def test_a_plan_and_its_operation(inbound, server):
    server.answer(202, {"inboundPlanId": PLAN, "operationId": "op-1"})
    created = inbound.create_plan({"name": "WH/OUT/1"})
    assert (created.plan_id, created.operation_id) == (PLAN, "op-1")
    problem = {"code": "X", "message": "No such SKU", "severity": "ERROR"}
    for status, problems in (
        ("IN_PROGRESS", []),
        ("FAILED", [problem]),
        ("SUCCESS", []),
    ):
        server.answer(
            200,
            {
                "operation": "createInboundPlan",
                "operationId": "op-1",
                "operationStatus": status,
                "operationProblems": problems,
            },
        )
        found = inbound.operation("op-1")
        assert (found.status, found.problems) == (status, tuple(problems))
        assert found.name == "createInboundPlan"
    assert server.last.path == f"{ROOT}/operations/op-1"


def test_lists_are_read_to_their_end(inbound, server):  # A24
    page = {"pagination": {"nextToken": "next"}}
    server.answer(200, {"items": [{"msku": "A"}], **page})
    server.answer(200, {"items": [{"msku": "B"}]})
    assert [item["msku"] for item in inbound.items(PLAN)] == ["A", "B"]
    first, second = (request.query for request in server.requests)
    assert second == {**first, "paginationToken": "next"}


def test_transport_of_one_placement(inbound, server):  # A24
    page = {"pagination": {"nextToken": "next"}}
    server.answer(200, {"transportationOptions": [{"n": 1}], **page})
    server.answer(200, {"transportationOptions": [{"n": 2}]})
    found = inbound.transportation_options(PLAN, placement_option_id="pl-1")
    assert [entry["n"] for entry in found] == [1, 2]
    assert server.last.query["placementOptionId"] == "pl-1"


def test_labels_are_fetched_at_once_and_their_address_is_not_kept(
    inbound, server, calls
):  # A27
    url = f"{server.url}/label?X-Amz-Signature=sesame"
    server.answer(200, {"payload": {"DownloadURL": url}})
    server.answer(200, b"%PDF boxes")
    labels = inbound.box_labels(
        "FBA15", "PackageLabel_Plain_Paper", boxes=["FBA15U000001"]
    )
    assert labels == b"%PDF boxes"
    assert "x-amz-access-token" not in server.last.headers
    downloads = [{"downloadType": "URL", "uri": url}]
    server.answer(200, {"documentDownloads": downloads})
    server.answer(200, b"%PDF items")
    assert inbound.item_labels({"labelType": "STANDARD_FORMAT"}) == [b"%PDF items"]
    server.answer(400, {"errors": [{"code": "x", "message": "y"}], "uri": url})
    with pytest.raises(errors.RequestError):
        inbound.item_labels({})
    assert "sesame" not in repr(calls)


@pytest.mark.parametrize("timeout", [(30, 1)])
@pytest.mark.parametrize(
    "write",
    [
        lambda inbound: inbound.create_plan({}),
        lambda inbound: inbound.confirm_placement_option(PLAN, "pl-1"),
        lambda inbound: inbound.confirm_transportation_options(PLAN, []),
    ],
)
def test_a_write_without_reply_is_not_repeated(inbound, server, write):  # A13
    server.hang(2)
    with pytest.raises(errors.TransportError):
        write(inbound)
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [{}, {"operationId": 7}])
def test_a_write_without_operation_is_no_success(inbound, server, answer):  # A13
    server.answer(202, answer)
    with pytest.raises(errors.UnexpectedReplyError):
        inbound.cancel_plan(PLAN)


def test_odd_characters_of_a_sku_are_encoded_twice(inbound, server):  # A31
    server.answer(200, {"mskuPrepDetails": []})
    inbound.prep_details("A1PA6795UKMFR9", ["test,msku", "50%+", "A B"])
    # As Amazon's reference of listPrepDetails says, with its own example first.
    sent = server.last.target.partition("mskus=")[2]
    assert sent == "test%252Cmsku%2C50%2525%252B%2CA%20B"
