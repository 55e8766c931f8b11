"""What a simulator keeps for the judge of a whole test run (A28, X6)."""

import copy
import json
import uuid

import pytest
from amazon_client import ALL_DATA, LONG_AGO, AmazonClient
from model_validation import check_samples, main, require_models
from simulated_time import NOW

from simulator import ThreadedSimulator
from simulator.samples import Samples


@pytest.fixture
def keeper(monkeypatch, tmp_path):
    """A simulator that was told at its start where to keep samples."""
    monkeypatch.setenv("ACORN_SIMULATOR_SAMPLES", str(tmp_path))
    with (
        ThreadedSimulator(world="demo", size=20, now=NOW, speed=0) as server,
        AmazonClient(server.url) as client,
    ):
        client.sign_in("eu")
        yield client


def kept(folder):
    return [
        json.loads(line)
        for path in folder.glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]


def test_bodies_survive_a_reset(keeper, tmp_path):  # A28
    keeper.search()
    keeper.sim("reset", "POST", json={"world": "demo", "size": 0})
    keeper.sign_in("eu")
    keeper.get("/sellers/v1/marketplaceParticipations")
    records = kept(tmp_path)
    assert {record["operation"] for record in records} == {
        "orders.searchOrders",
        "sellers.getMarketplaceParticipations",
    }
    assert records[0]["response_body"]["orders"]


def test_only_what_shows_something_new_is_kept(keeper, tmp_path):  # X6
    for _again in range(2):
        assert keeper.search().ok
    assert len(kept(tmp_path)) == 1
    assert not keeper.search(createdAfter="yesterday").ok
    # A query that the operation was not asked with before.
    keeper.search(fulfillmentStatuses="SHIPPED")
    keeper.search(fulfillmentStatuses="UNSHIPPED")
    assert [record["status"] for record in kept(tmp_path)] == [200, 400, 200, 200]


def test_a_spoiled_answer_does_not_stand_for_a_good_one(keeper, tmp_path):  # A13
    models = require_models()
    keeper.fault("wrong_shape", times=1)
    keeper.search()
    keeper.fault("error", status=418, times=1)
    keeper.search()
    keeper.search()
    assert [record["faults"] for record in kept(tmp_path)] == [
        ["wrong_shape"],
        ["error"],
        [],
    ]
    assert check_samples(models, tmp_path) == (3, [])


def test_a_wrong_answer_is_named(keeper, tmp_path):  # A28
    models = require_models()
    [truth, *_others] = keeper.truths()
    truth["payload"]["programs"] = [1]
    order = {"seller_id": keeper.seller["seller_id"], "orders": [truth["payload"]]}
    keeper.sim("seed", "POST", json=order)
    keeper.search(createdAfter=LONG_AGO)
    count, [problem] = check_samples(models, tmp_path)
    assert count == 1
    assert "orders[0].programs[0]: 1 is not of type 'string'" in problem
    assert "GET /orders/2026-01-01/orders" in problem
    assert main(str(tmp_path)) == 1


def test_a_time_without_zone_among_orders(keeper, tmp_path):  # A28
    models = require_models()
    assert keeper.search(includedData=ALL_DATA).ok
    truth = next(
        each["payload"]
        for each in keeper.truths()
        if each["payload"]["fulfillment"].get("shipByWindow")
    )
    window = truth["fulfillment"]["shipByWindow"]
    window["earliestDateTime"] = window["earliestDateTime"].rstrip("Z")
    order = {"seller_id": keeper.seller["seller_id"], "orders": [truth]}
    keeper.sim("seed", "POST", json=order)
    keeper.search_all(includedData=ALL_DATA)
    _count, [problem] = check_samples(models, tmp_path)
    assert "shipByWindow.earliestDateTime" in problem


def test_without_the_models_it_says_that_nothing_was_judged(
    keeper, tmp_path, capsys, no_models
):  # X6
    keeper.search()
    assert main(str(tmp_path)) == 0
    assert "no answer was judged" in capsys.readouterr().out


def test_nothing_kept_is_wrong_where_answers_were_needed(tmp_path, capsys):  # A28
    require_models()
    assert main(str(tmp_path)) == 0
    assert main(str(tmp_path), needed=True) == 1
    assert capsys.readouterr().out.count("no answer was kept") == 2


# === WRONG AFTER RIGHT === #

OFFER = {
    "marketplaceId": "ATVPDKIKX0DER",
    "offerType": "B2C",
    "price": {"currencyCode": "USD", "amount": "1.00"},
}
LISTING = {
    "sku": "S",
    "offers": [OFFER],
    "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 5}],
}
EVENT = {
    "eventDate": "2026-11-01T00:00:00Z",
    "eventAddress": {"city": "X", "state": "NY", "country": "US"},
    "eventCode": "EVENT_301",
    "eventDescription": "Delivered",
}
TRACKING = {"payload": {"packageNumber": 1, "trackingEvents": [EVENT]}}
BOXES = {
    "boxes": [{"packageId": "pkab1234-5678-90ab-cdef-1234567890abcd", "quantity": 5}]
}
RIGHT = {
    "getListingsItem": ({"marketplaceIds": ["ATVPDKIKX0DER"]}, LISTING),
    "getPackageTrackingDetails": ({"packageNumber": ["1"]}, TRACKING),
    "listInboundPlanBoxes": ({}, BOXES),
}


def exchange(models, name, body):
    """What the request log has of an operation, and the answer's body."""
    operation = next(each for each in models.operations if each.name == name)
    query, right = RIGHT[name]
    record = {
        "operation": f"family.{name}",
        "method": operation.method,
        "path": operation.template,
        "query": query,
        "status": 200,
        "faults": [],
        "response_headers": {"x-amzn-RequestId": "1"},
    }
    return record, b"", right if body is None else body


def changed(body, place, value):
    body = copy.deepcopy(body)
    *steps, last = place
    holder = body
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return body


FIRST_EVENT = ("payload", "trackingEvents", 0)
FIRST_QUANTITY = ("fulfillmentAvailability", 0, "quantity")


@pytest.mark.parametrize(
    ("name", "place", "wrong"),
    [
        ("getListingsItem", ("offers", 0, "offerType"), "B2X"),
        ("getPackageTrackingDetails", (*FIRST_EVENT, "eventCode"), "EVENT_999"),
        (
            "getPackageTrackingDetails",
            (*FIRST_EVENT, "eventDate"),
            "2026-11-02T00:00:00",
        ),
        ("listInboundPlanBoxes", ("boxes", 0, "quantity"), 10_001),
        ("getListingsItem", FIRST_QUANTITY, -1),
        (
            "listInboundPlanBoxes",
            ("boxes", 0, "packageId"),
            "pkab1234-5678-90ab-cdef-1",
        ),
    ],
    ids=[
        "word with a digit",
        "word with other digits",
        "time without zone",
        "above the maximum",
        "below the minimum",
        "too short",
    ],
)
def test_a_wrong_answer_after_a_right_one(tmp_path, name, place, wrong):  # A28
    models = require_models()
    samples = Samples(str(tmp_path))
    samples.add(*exchange(models, name, None))
    assert check_samples(models, tmp_path) == (1, [])
    samples.add(*exchange(models, name, changed(RIGHT[name][1], place, wrong)))
    _count, problems = check_samples(models, tmp_path)
    assert len(problems) == 1


def test_a_header_that_is_missing_after_all(tmp_path):  # A28
    models = require_models()
    samples = Samples(str(tmp_path))
    record, sent, got = exchange(models, "getListingsItem", None)
    samples.add(record, sent, got)
    samples.add({**record, "response_headers": {"Date": "today"}}, sent, got)
    _count, problems = check_samples(models, tmp_path)
    assert len(problems) == 1


def test_many_ids_fill_no_disk_and_hide_nothing(tmp_path):  # X6, A28
    """Every answer has a new id and a new time."""
    models = require_models()
    samples = Samples(str(tmp_path))
    for number in range(1000):
        event = EVENT | {
            "eventDate": f"2026-11-01T{number % 24:02}:{number % 60:02}:00Z",
            "eventDescription": f"Delivered as {uuid.uuid4()}",
        }
        body = changed(TRACKING, FIRST_EVENT, event)
        samples.add(*exchange(models, "getPackageTrackingDetails", body))
    assert len(kept(tmp_path)) < 150
    wrong = changed(body, (*FIRST_EVENT, "eventDate"), "2026-11-02T00:00:00")
    samples.add(*exchange(models, "getPackageTrackingDetails", wrong))
    _count, problems = check_samples(models, tmp_path)
    assert len(problems) == 1
