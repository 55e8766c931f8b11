"""The control interface: worlds, clock, orders, log, settings."""

import pytest
from amazon_client import ALL_DATA, ORDERS, AmazonClient, moment
from simulated_time import NOW

from simulator.worlds import PROFILES


def test_credentials_open_the_simulator(simulator):
    with AmazonClient(simulator.url) as client:
        data = client.sim("credentials")
        assert {seller["region"] for seller in data["sellers"]} == {"na", "eu", "fe"}
        keys = {"seller_id", "region", "client_id", "client_secret", "refresh_token"}
        for seller in data["sellers"]:
            assert keys <= set(seller)
            client.sign_in(seller["region"])
        keys = {"application_id", "client_id", "client_secret", "redirect_uris"}
        assert all(keys <= set(entry) for entry in data["applications"])


@pytest.mark.parametrize("world", sorted(PROFILES))
def test_every_world_is_served_and_valid(amazon, world):  # A28
    body = {"world": world, "seed": 3, "size": 60}
    assert amazon.sim("reset", "POST", json=body)["orders"] == 60
    served = 0
    amazon.configure(record_bodies=True)
    for seller in amazon.sim("credentials")["sellers"]:
        amazon.sign_in(seller["region"])
        served += len(amazon.search_all(includedData=ALL_DATA))
    assert served == 60


def test_same_seed_same_world(amazon):
    def world(seed):
        start = NOW.isoformat()
        body = {"world": "chaos", "seed": seed, "size": 40, "now": start, "speed": 0}
        amazon.sim("reset", "POST", json=body)
        return amazon.sim("orders", params={"payloads": 1})

    assert world(5) == world(5)
    assert world(5) != world(6)


def test_reset_forgets(amazon):
    amazon.fault("throttle")
    amazon.configure(throttling=False)
    seller_id = amazon.seller["seller_id"]
    amazon.sim("lwa", "POST", json={"action": "revoke", "seller_id": seller_id})
    amazon.sim("reset", "POST", json={"size": 30})
    assert amazon.sim("faults")["faults"] == []
    assert amazon.sim("settings")["throttling"] is True
    amazon.sign_in("eu")
    assert amazon.search().status_code == 200
    assert amazon.sim("orders")["count"] == 30


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("reset", {"world": "atlantis"}),
        ("reset", {"planet": "mars"}),
        ("clock", {"speed": -1}),
        ("clock", {"now": "soon"}),
        ("settings", {"volume": 11}),
        ("settings", {"throttling": "no"}),
        ("seed", {"orders": [{}]}),
        ("lwa", {"action": "explode"}),
        ("applications", {"application_id": "new"}),
    ],
)
def test_refused_orders_to_the_simulator(amazon, path, body):
    reply = amazon.http.post(f"{amazon.url}/_sim/{path}", json=body)
    assert reply.status_code == 400
    assert set(reply.json()) == {"error"}


def test_unknown_control_path_and_order(amazon):
    assert amazon.http.get(f"{amazon.url}/_sim/nothing").status_code == 404
    assert amazon.http.get(f"{amazon.url}/_sim/orders/1-2-3").status_code == 404


def test_clock(amazon):  # A23
    assert moment(amazon.sim("clock")["now"]) == NOW
    amazon.advance(90.5)
    assert amazon.sim("clock")["now"] == "2026-11-20T12:01:30.500Z"
    amazon.sim("clock", "POST", json={"now": "2027-03-27T00:00:00+01:00"})
    assert amazon.sim("clock")["now"] == "2027-03-26T23:00:00.000Z"
    amazon.sim("clock", "POST", json={"speed": 100_000})
    first = moment(amazon.sim("clock")["now"])
    second = moment(amazon.sim("clock")["now"])
    assert second > first


def test_posted_orders_are_served_as_they_are(amazon):
    payload = amazon.truths(status="UNSHIPPED")[0]["payload"]
    payload["orderId"] = "306-7777777-7777777"
    payload["createdTime"] = payload["lastUpdatedTime"] = "2026-11-20T10:00:00.123Z"
    body = {"seller_id": amazon.seller["seller_id"], "orders": [payload]}
    added = amazon.sim("seed", "POST", json=body)
    assert added == {"order_ids": ["306-7777777-7777777"]}
    path = f"{ORDERS}/306-7777777-7777777"
    assert amazon.get(path, includedData=ALL_DATA).json()["order"] == payload
    found = amazon.search_all(lastUpdatedAfter="2026-11-20T10:00:00.123Z")
    assert "306-7777777-7777777" in {order["orderId"] for order in found}
    # Posting it again replaces it.
    payload["lastUpdatedTime"] = "2026-11-20T11:00:00.000Z"
    amazon.sim("seed", "POST", json=body)
    found = amazon.search_all(lastUpdatedAfter="2026-11-20T10:59:59.999Z")
    ids = [order["orderId"] for order in found]
    assert ids.count("306-7777777-7777777") == 1


def test_more_orders_of_the_same_kind(amazon):
    before = amazon.sim("orders")["count"]
    first = amazon.sim("seed", "POST", json={"count": 12})["order_ids"]
    second = amazon.sim("seed", "POST", json={"count": 12})["order_ids"]
    assert len({*first, *second}) == 24
    assert amazon.sim("orders")["count"] == before + 24


def test_live_world(amazon):
    before = amazon.sim("orders")["count"]
    amazon.advance(3600)
    assert amazon.sim("orders")["count"] == before
    amazon.configure(live=True)
    amazon.advance(3 * 3600)
    now = amazon.sim("clock")["now"]
    after = amazon.sim("orders", params={"payloads": 1})["orders"]
    assert len(after) > before
    moved = [
        truth
        for truth in after[:before]
        if truth["payload"]["lastUpdatedTime"] > "2026-11-20T13:00:00"
    ]
    assert moved
    assert all(truth["payload"]["lastUpdatedTime"] <= now for truth in after)


def test_truth_can_be_filtered_and_cut(amazon):
    everything = amazon.truths()
    ids = [truth["order_id"] for truth in everything]
    part = amazon.truths(offset=3, limit=4)
    assert [truth["order_id"] for truth in part] == ids[3:7]
    blocked = amazon.truths(expected="blocked")
    assert blocked
    assert {truth["expected"] for truth in blocked} == {"blocked"}


def test_catalog_is_the_sellers_own_master(amazon):
    items = amazon.sim("catalog")["items"]
    assert {"sku", "asin", "barcode", "title", "tracking", "weight"} <= set(items[0])
    unknown = {item["sku"] for item in items if not item["known"]}
    for truth in amazon.truths(expected="blocked"):
        assert set(truth["units"]) & unknown


def test_log(amazon):  # A26
    amazon.search(maxResultsPerPage=3)
    entry = amazon.log(operation="searchOrders", bodies=1)[-1]
    assert entry["query"]["maxResultsPerPage"] == ["3"]
    assert entry["status"] == 200
    assert entry["operation"] == "orders.searchOrders"
    assert entry["seller_id"] == amazon.seller["seller_id"]
    assert len(entry["response_body"]["orders"]) == 3
    assert "response_body" not in amazon.log()[-1]
    assert amazon.log(since=entry["number"]) == []
    amazon.sim("requests", "DELETE")
    assert amazon.log() == []


def test_own_calls_are_not_in_the_log(amazon):
    amazon.sim("orders")
    assert not [e for e in amazon.log() if e["path"].startswith("/_sim")]
