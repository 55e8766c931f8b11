"""What a simulator keeps for the judge of a whole test run (A28, X6)."""

import json

import pytest
from amazon_client import LONG_AGO, AmazonClient
from model_validation import check_samples, main, require_models
from simulated_time import NOW

from simulator import ThreadedSimulator


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


def test_without_the_models_it_says_that_nothing_was_judged(
    keeper, tmp_path, capsys, no_models
):  # X6
    keeper.search()
    assert main(str(tmp_path)) == 0
    assert "no answer was judged" in capsys.readouterr().out
