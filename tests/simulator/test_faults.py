"""Faults on demand: each one does over real HTTP what its name says (A13)."""

import time

import pytest
import requests
from amazon_client import ALL_DATA, ORDERS, errors
from simulated_time import NOW

from simulator.clock import format_time

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


def ids(reply):
    return [order["orderId"] for order in reply.json()["orders"]]


@pytest.mark.parametrize(
    ("kind", "status", "code", "details"),
    [
        ("throttle", 429, "QuotaExceeded", ""),
        ("server_error", 500, "InternalFailure", ""),
        ("unavailable", 503, "ServiceUnavailable", ""),
        ("bad_request", 400, "InvalidInput", "Invalid Input"),
        ("access_denied", 403, "Unauthorized", ""),
        (
            "secret_expired",
            403,
            "Unauthorized",
            "The LWA secret token you provided has expired.",
        ),
    ],
)
def test_error_answers(amazon, kind, status, code, details):
    amazon.fault(kind, operation="searchOrders", times=2)
    for _ in range(2):
        reply = amazon.search()
        assert reply.status_code == status
        assert errors(reply)["code"] == code
        assert errors(reply)["details"] == details
        assert ("x-amzn-RateLimit-Limit" in reply.headers) == (status == 400)
    assert amazon.search().status_code == 200
    assert [entry["faults"] for entry in amazon.log(operation="searchOrders")] == [
        [kind],
        [kind],
        [],
    ]


def test_any_error_can_be_ordered(amazon):
    amazon.fault("error", status=404, code="NotFound", message="Gone", times=1)
    reply = amazon.get(PARTICIPATIONS)
    assert (reply.status_code, errors(reply)["message"]) == (404, "Gone")


def test_expired_token_has_really_expired(amazon):  # A22
    amazon.fault("expired_token", times=1)
    for _ in range(2):
        assert "has expired" in amazon.search().text
    amazon.sign_in("eu")
    assert amazon.search().status_code == 200


def test_timeout(amazon):
    amazon.fault("timeout", seconds=1.5, times=1)
    headers = {"x-amz-access-token": amazon.token}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{amazon.url}{PARTICIPATIONS}", headers=headers, timeout=0.3)
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_other_requests_are_served_while_one_hangs(amazon):
    amazon.fault("timeout", seconds=20, operation="searchOrders", times=1)
    headers = {"x-amz-access-token": amazon.token}
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{amazon.url}{ORDERS}", headers=headers, timeout=0.1)
    started = time.monotonic()
    assert amazon.get(PARTICIPATIONS).status_code == 200
    assert time.monotonic() - started < 10


def test_slow_answer(amazon):
    amazon.fault("slow", seconds=0.4, times=1)
    started = time.monotonic()
    assert amazon.get(PARTICIPATIONS).status_code == 200
    assert time.monotonic() - started >= 0.4


def test_cut_before_the_answer(amazon):
    amazon.fault("cut", times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        amazon.get(PARTICIPATIONS)
    assert amazon.log(path="/sellers")[-1]["status"] is None
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_cut_in_the_body(amazon):
    amazon.fault("cut_body", times=1)
    with pytest.raises(
        (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)
    ):
        amazon.search(includedData=ALL_DATA)
    assert amazon.search().status_code == 200


def test_json_that_breaks_off(amazon):
    amazon.fault("bad_json", times=1)
    reply = amazon.search()
    assert reply.status_code == 200
    with pytest.raises(ValueError):
        reply.json()


def test_json_of_another_shape(amazon):
    amazon.fault("wrong_shape", times=1)
    assert "orders" not in amazon.search().json()


def test_empty_body(amazon):
    amazon.fault("empty", times=1)
    reply = amazon.search()
    assert (reply.status_code, reply.content) == (200, b"")


@pytest.mark.parametrize("status", [400, 503])
def test_html_page(amazon, status):
    amazon.fault("html", status=status, times=1)
    reply = amazon.search()
    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_a_proxy_answers_instead(amazon):  # A13
    amazon.fault("intercepted", operation="reports.createReport", times=1)
    body = {
        "reportType": "GET_MERCHANT_LISTINGS_ALL_DATA",
        "marketplaceIds": amazon.seller["marketplace_ids"][:1],
    }
    path = "/reports/2021-06-30/reports"
    reply = amazon.call("POST", path, json=body)
    assert reply.status_code == 200
    assert reply.text.startswith("<!DOCTYPE html>")
    listed = {"reportTypes": body["reportType"]}
    assert amazon.get(path, **listed).json()["reports"] == []
    assert amazon.call("POST", path, json=body).status_code == 202
    assert len(amazon.get(path, **listed).json()["reports"]) == 1


def test_repeated_page(amazon):  # A24
    first = amazon.search(maxResultsPerPage=5)
    amazon.fault("repeated_page", operation="orders.searchOrders", times=1)
    token = first.json()["pagination"]["nextToken"]
    again = amazon.search(maxResultsPerPage=5, paginationToken=token)
    assert ids(again) == ids(first)
    # The repeated page names the same next page, so nothing is lost.
    assert again.json()["pagination"]["nextToken"] == token
    second = amazon.search(maxResultsPerPage=5, paginationToken=token)
    assert not set(ids(second)) & set(ids(first))


def test_reordered_page(amazon):
    straight = ids(amazon.search())
    amazon.fault("reordered_page", times=1)
    assert ids(amazon.search()) == straight[::-1]
    assert ids(amazon.search()) == straight


def test_no_items(amazon):  # A11
    path = f"/listings/2021-08-01/items/{amazon.seller['seller_id']}"
    marketplace = {"marketplaceIds": "A1PA6795UKMFR9"}
    amazon.fault("no_items", operation="searchListingsItems", times=1)
    assert amazon.get(path, **marketplace).json() == {"numberOfResults": 0, "items": []}
    assert amazon.get(path, **marketplace).json()["items"]


def test_stale_orders(amazon):
    truth = amazon.truths(status="UNSHIPPED")[0]
    order_id, before = truth["order_id"], truth["payload"]
    after = amazon.act(order_id, "cancel")["payload"]
    amazon.advance(300)
    amazon.fault("stale_orders", times=1)
    shown = []
    for _ in range(2):
        recent = {"lastUpdatedAfter": format_time(NOW), "includedData": ALL_DATA}
        shown += amazon.search(**recent).json()["orders"]
    assert shown == [before, after]
    assert before["lastUpdatedTime"] < after["lastUpdatedTime"]


def test_unknown_keys(amazon):
    amazon.fault("unknown_keys", times=1)
    order = amazon.search(includedData="PROCEEDS").json()["orders"][0]
    assert "xFutureField" in order
    assert "xFutureField" in order["orderItems"][0]["product"]


def test_rate_header_missing_or_wrong(amazon):  # A21
    amazon.fault("no_rate_header", times=1)
    assert "x-amzn-RateLimit-Limit" not in amazon.search().headers
    amazon.fault("wrong_rate", rate=0.01, times=1)
    assert amazon.search().headers["x-amzn-RateLimit-Limit"] == "0.01"


def test_token_endpoint_can_fail(amazon):
    path = "/auth/o2/token"
    amazon.fault("lwa_error", path=path, times=1, code="invalid_grant")
    assert amazon.refresh(amazon.seller).json()["error"] == "invalid_grant"
    amazon.fault(
        "lwa_error", path=path, times=1, status=503, code="temporarily_unavailable"
    )
    assert amazon.refresh(amazon.seller).status_code == 503
    amazon.fault("html", path=path, times=1)
    assert amazon.refresh(amazon.seller).text.startswith("<!DOCTYPE html>")
    amazon.fault("server_error", path=path, times=1)
    reply = amazon.refresh(amazon.seller)
    assert (reply.status_code, reply.json()["error"]) == (500, "server_error")
    amazon.fault("cut", path=path, times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        amazon.refresh(amazon.seller)
    assert amazon.refresh(amazon.seller).status_code == 200


def test_storage_can_fail(amazon):
    amazon.fault("unavailable", path="/_documents/", times=1)
    reply = amazon.http.get(f"{amazon.url}/_documents/some")
    assert reply.status_code == 503
    assert "<Code>SlowDown</Code>" in reply.text


def test_after_times_and_counters(amazon):
    amazon.fault("unavailable", operation="searchOrders", after=2, times=2)
    states = [amazon.search().status_code for _ in range(6)]
    assert states == [200, 200, 503, 503, 200, 200]
    rule = amazon.sim("faults")["faults"][0]
    assert (rule["seen"], rule["hits"]) == (4, 2)


def test_probability_is_seeded(amazon):
    def run():
        amazon.sim("reset", "POST", json={})
        amazon.sim("clock", "POST", json={"speed": 0})
        amazon.sign_in("eu")
        amazon.configure(throttling=False)
        amazon.fault("unavailable", probability=0.5)
        return [amazon.get(PARTICIPATIONS).status_code for _ in range(30)]

    first = run()
    assert set(first) == {200, 503}
    assert first == run()


def test_conditions(amazon):
    """The outage of August 2026: one data set, one region, good requests. (A13)"""
    amazon.fault("bad_request", query={"includedData": "FULFILLMENT"}, region="eu")
    assert amazon.search(includedData="BUYER").status_code == 200
    assert amazon.search(includedData="BUYER,FULFILLMENT").status_code == 400
    amazon.sign_in("na")
    assert amazon.search(includedData="FULFILLMENT").status_code == 200


def test_one_seller_only(amazon):
    amazon.fault("access_denied", seller_id=amazon.seller["seller_id"])
    assert amazon.get(PARTICIPATIONS).status_code == 403
    amazon.sign_in("na")
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_rules_can_be_deleted(amazon):
    amazon.fault("throttle")
    amazon.fault("unavailable")
    first = amazon.sim("faults")["faults"][0]["id"]
    amazon.sim(f"faults/{first}", "DELETE")
    assert amazon.search().status_code == 503
    assert amazon.sim("faults", "DELETE") == {"deleted": 1}
    assert amazon.search().status_code == 200


@pytest.mark.parametrize("rule", [{"kind": "flood"}, {"kind": "cut", "often": 2}, 7])
def test_rules_that_make_no_sense(amazon, rule):
    reply = amazon.http.post(f"{amazon.url}/_sim/faults", json=rule)
    assert reply.status_code == 400
    assert "error" in reply.json()
