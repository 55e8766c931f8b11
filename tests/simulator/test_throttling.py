"""Token buckets per seller, application and operation, at the clock's pace."""

import pytest
from amazon_client import ORDERS, AmazonClient, errors

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


def drain(call, most=200):
    """Call until refused; return how often it went well, and the refusal."""
    for count in range(most):
        reply = call()
        if reply.status_code == 429:
            return count, reply
    raise AssertionError("never refused")


def test_burst_then_429_then_one_token_per_period(amazon):  # A21
    count, refused = drain(lambda: amazon.search(maxResultsPerPage=1))
    assert count == 20
    assert errors(refused) == {
        "code": "QuotaExceeded",
        "message": "You exceeded your quota for the requested resource.",
        "details": "",
    }
    assert "x-amzn-RateLimit-Limit" not in refused.headers
    assert "Retry-After" not in refused.headers
    amazon.sign_in("eu")
    # 1 / 0.0056 = 178.57 s; the refused call has not cost anything.
    amazon.advance(178)
    assert amazon.search(maxResultsPerPage=1).status_code == 429
    amazon.advance(0.6)
    assert amazon.search(maxResultsPerPage=1).status_code == 200
    assert amazon.search(maxResultsPerPage=1).status_code == 429


def test_a_bucket_never_holds_more_than_its_burst(amazon):  # A21
    amazon.configure(token_seconds=10**7)
    amazon.sign_in("eu")
    amazon.advance(10**6)
    assert drain(lambda: amazon.search(maxResultsPerPage=1))[0] == 20


def test_buckets_are_separate(amazon):  # A21
    drain(lambda: amazon.search(maxResultsPerPage=1))
    assert amazon.get(f"{ORDERS}/000-0000000-0000000").status_code == 404
    assert amazon.get(PARTICIPATIONS).status_code == 200
    with AmazonClient(amazon.url) as other:
        other.sign_in("na")
        assert other.search(maxResultsPerPage=1).status_code == 200


@pytest.mark.parametrize(
    ("path", "burst", "rate"),
    [
        (PARTICIPATIONS, 15, "0.016"),
        (f"{ORDERS}/000-0000000-0000000", 30, "0.5"),
    ],
)
def test_documented_plans(amazon, path, burst, rate):  # A21
    assert amazon.get(path).headers["x-amzn-RateLimit-Limit"] == rate
    assert drain(lambda: amazon.get(path))[0] == burst - 1


def test_requests_refused_for_their_token_cost_nothing(amazon):
    for _ in range(40):
        assert amazon.get(ORDERS, token="garbage").status_code == 403
    assert amazon.search().status_code == 200


def test_plans_can_be_changed(amazon):  # A21
    amazon.configure(plans={"orders.searchOrders": [0.5, 3]})
    reply = amazon.search(maxResultsPerPage=1)
    assert reply.headers["x-amzn-RateLimit-Limit"] == "0.5"
    assert drain(lambda: amazon.search(maxResultsPerPage=1))[0] == 2
    amazon.configure(throttling=False)
    assert amazon.search(maxResultsPerPage=1).status_code == 200
