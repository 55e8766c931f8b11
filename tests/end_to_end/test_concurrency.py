"""Several workers at once: each order once, no call and no work wasted (A19, A21)."""

import signal

import requests
from workers import MANY

# Until they are told to end.
STAY = ("--patience", "3600")
CONFLICT = "could not serialize access"


def assert_clean(*workers, conflicts=False):
    """All ended well, and nothing is in a log that a person would have to read."""
    for worker in workers:
        assert worker.wait() == 0
        errors = worker.result["errors"]
        if conflicts:
            errors = [error for error in errors if CONFLICT not in error]
        assert errors == []


def end_all(workers):
    """Let workers end that stay until they are told."""
    for worker in workers:
        worker.signal(signal.SIGTERM)
    assert_clean(*workers)


# A19: Odoo's own scheduler runs both lanes at the same time.
def test_reading_and_applying_at_the_same_time(workshop):
    workshop.simulator.post(
        "/_sim/faults", {"kind": "slow", "operation": "searchOrders", "seconds": 0.7}
    )
    workers = [workshop.start(lane, *STAY) for lane in ("remote", "local", "local")]
    workshop.await_applied()
    end_all(workers)
    workshop.assert_complete()
    # A page that is lost to a conflict costs one of the few calls Amazon allows.
    assert workshop.page_calls() == -(-MANY // 100)
    errors = workshop.query("SELECT last_error FROM acorn_amazon_task")
    assert {error["last_error"] or "" for error in errors} == {""}


# A19: two nodes, each with its own runners.
def test_two_runners_of_each_lane(small):
    workers = [
        small.start(lane, "--direct", *STAY)
        for lane in ("remote", "remote", "local", "local")
    ]
    small.await_applied()
    end_all(workers)
    small.assert_complete()


# Even when a lease ended too early: the worker that lost it gives way.
def test_two_workers_apply_one_store(stocked):
    workers = [
        stocked.start("local", "--direct", "--lease", "0"),
        stocked.start("local", "--direct"),
    ]
    assert_clean(*workers, conflicts=True)
    stocked.let_leases_end()
    stocked.work("local")
    stocked.assert_complete()


def test_two_workers_read_one_store(workshop):
    workers = [
        workshop.start("remote", "--direct", "--lease", "0"),
        workshop.start("remote", "--direct"),
    ]
    assert_clean(*workers, conflicts=True)
    workshop.let_leases_end()
    workshop.run_all_now()
    workshop.work("remote")
    workshop.assert_all_kept()


# A21: however many ask, Amazon sees no more than it allows.
def test_one_budget_for_all(workshop):
    result = workshop.start("--budget", "1000")
    assert result.wait() == 0
    said = result.result
    assert said["errors"] == []
    assert said["failed"] == []
    assert said["granted"] + said["refused"] == 1000
    allowed = said["burst"] + said["rate"] * said["seconds"]
    assert said["burst"] <= said["granted"] <= allowed + 1


# A22: one refresh for all workers, whenever they start.
def test_one_token_for_all(workshop):
    workshop.query("DELETE FROM acorn_amazon_token")
    workers = [workshop.start("remote", "--direct") for _number in range(3)]
    assert_clean(*workers)
    answer = requests.get(
        f"{workshop.simulator.url}/_sim/requests?path=/auth/o2/token", timeout=60
    ).json()
    sellers = workshop.query("SELECT count(*) AS n FROM acorn_amazon_store")[0]["n"]
    assert answer["count"] == sellers


# A26: what Amazon refused stays in the log, although the run itself is undone.
def test_evidence_survives(workshop):
    fault = {"operation": "searchOrders", "times": 1}
    workshop.simulator.post("/_sim/faults", {"kind": "throttle", **fault})
    workshop.work("remote")
    (call,) = workshop.query(
        "SELECT request_id, response_body FROM acorn_amazon_call WHERE status = 429"
    )
    assert call["request_id"]
    assert "QuotaExceeded" in call["response_body"]
    (budget,) = workshop.query(
        "SELECT tokens, throttled_count FROM acorn_amazon_budget"
        " WHERE operation = 'orders.searchOrders'"
    )
    assert budget == {"tokens": 0, "throttled_count": 1}
    (task,) = workshop.query(
        "SELECT failure_count, parked_until FROM acorn_amazon_task task"
        " JOIN acorn_amazon_flow flow ON flow.id = flow_id AND code = 'orders_sweep'"
    )
    assert not task["failure_count"]
    assert task["parked_until"]
