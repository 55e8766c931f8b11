"""Killed at the worst moments, nothing is lost and nothing is there twice (A24, X1)."""

import pytest
from workers import KILLED

KEEP = "acorn.amazon.exchange._keep"
CHECKPOINT = "acorn.amazon.task._checkpoint"
CREATE = "sale.order.create"


def die(workshop, lane, point):
    worker = workshop.start(lane, "--die", point)
    assert worker.wait() == KILLED


# A24: a crash costs one page at most, and that one comes again.
@pytest.mark.parametrize(
    "point",
    [
        pytest.param(f"{KEEP}:after:1", id="page kept, not committed"),
        pytest.param(f"{CHECKPOINT}:after:1", id="page committed"),
        pytest.param(f"{CHECKPOINT}:after:2", id="last page committed"),
    ],
)
def test_killed_while_reading(workshop, point):
    die(workshop, "remote", point)
    workshop.let_leases_end()
    workshop.run_all_now()
    workshop.work("remote")
    workshop.assert_all_kept()


# X1: whatever was half done is undone, and done by the next worker.
@pytest.mark.parametrize(
    "point",
    [
        pytest.param(f"{CREATE}:after:1", id="orders created, not confirmed"),
        pytest.param(f"{CHECKPOINT}:before:1", id="batch not committed"),
        pytest.param(f"{CHECKPOINT}:after:1", id="between two batches"),
        pytest.param(f"{CREATE}:after:2", id="amid the second batch"),
    ],
)
def test_killed_while_applying(stocked, point):
    die(stocked, "local", point)
    stocked.let_leases_end()
    stocked.work("local")
    stocked.assert_complete()


# A12: nobody else touches a store while a lease runs, and everybody may afterwards.
def test_a_lease_is_respected_until_it_ends(workshop):
    die(workshop, "remote", f"{CHECKPOINT}:after:1")
    query = "SELECT lease_owner AS owner FROM acorn_amazon_task WHERE lane = 'remote'"
    query += " AND lease_until > now() AT TIME ZONE 'UTC'"
    (dead,) = workshop.query(query)
    workshop.work("remote")
    assert workshop.query(query) == [dead]
    workshop.let_leases_end()
    workshop.work("remote")
    assert workshop.query(query) == []
    workshop.assert_all_kept()


# From the first call to the last order, dying on the way again and again.
def test_killed_again_and_again(small):
    for lane, point in (
        ("remote", f"{KEEP}:after:1"),
        ("remote", f"{CHECKPOINT}:after:1"),
        ("local", f"{CREATE}:after:1"),
        ("local", f"{CHECKPOINT}:after:1"),
    ):
        small.let_leases_end()
        die(small, lane, point)
    small.let_leases_end()
    small.work("remote", "local")
    small.assert_complete()
    # And after all that the same once more changes nothing.
    kept = small.query("SELECT count(*) AS n FROM acorn_amazon_exchange")
    small.run_all_now()
    small.work("remote", "local")
    assert small.query("SELECT count(*) AS n FROM acorn_amazon_exchange") == kept
    small.assert_complete()
