"""Token buckets: never more calls than Amazon grants, never stuck (A21)."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from acorn_amazon_connector.services.budget import Bucket
from acorn_amazon_connector.services.operations import OPERATIONS

START = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
PLANS = st.sampled_from([(op.rate, op.burst) for op in OPERATIONS.values()])


@given(plan=PLANS, gaps=st.lists(st.floats(min_value=0, max_value=4000), max_size=60))
def test_never_more_than_burst_plus_rate_times_time(plan, gaps):
    rate, burst = plan
    bucket, now, granted = Bucket.full(START, rate, burst), START, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        bucket, wait = bucket.take(now)
        granted += wait == 0
        elapsed = (now - START).total_seconds()
        assert granted <= burst + rate * elapsed + 1e-6
        assert 0 <= bucket.tokens <= burst


@given(plan=PLANS, calls=st.integers(min_value=1, max_value=60))
def test_after_the_wait_there_is_a_token(plan, calls):
    bucket, now = Bucket.full(START, *plan), START
    for _call in range(calls):
        bucket, wait = bucket.take(now)
        if wait:
            now += timedelta(seconds=wait)
            bucket, wait = bucket.take(now)
            assert wait == 0


def test_a_full_bucket_serves_its_burst_at_once():
    bucket = Bucket.full(START, 0.0056, 20)
    for _call in range(20):
        bucket, wait = bucket.take(START)
        assert wait == 0
    bucket, wait = bucket.take(START)
    assert wait == pytest.approx(1 / 0.0056)


def test_a_clock_that_runs_backwards_gives_nothing():
    empty = Bucket(0.0, START, 0.5, 30)
    before = START - timedelta(seconds=100)
    assert empty.refill(before) == empty
    assert empty.take(before)[1] == pytest.approx(102)


def test_after_429_the_bucket_is_empty():
    bucket = Bucket.full(START, 0.5, 30).drain(START + timedelta(seconds=5))
    assert bucket.tokens == 0
    assert bucket.next_token_at(START + timedelta(seconds=5)) == pytest.approx(2)


def test_a_new_rate_counts_from_now_on():
    bucket = Bucket(0.0, START, 0.5, 30)
    faster = bucket.with_rate(2.0, START + timedelta(seconds=2))
    assert faster.tokens == pytest.approx(1.0)
    assert faster.refill(START + timedelta(seconds=3)).tokens == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("rate", "burst"), [(0, 5), (-1, 5), (1, 0), (float("nan"), 1)]
)
def test_a_bucket_that_never_fills_is_refused(rate, burst):
    with pytest.raises(ValueError):
        Bucket(0.0, START, rate, burst)
