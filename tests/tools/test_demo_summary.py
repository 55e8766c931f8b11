"""The comparison of Amazon's truth with Odoo's orders."""

import pytest

from tools.demo_summary import compare, table
from tools.serving import report


def truth(order_id="1", expected="order", **changes):
    """Return a truth record as the simulator gives it."""
    return {
        "order_id": order_id,
        "seller_id": "S",
        "expected": expected,
        "grand_total": "20.00",
        "currency": "USD",
        **changes,
    }


def order(order_id="1", **changes):
    """Return an order as Odoo gives it."""
    return {
        "acorn_amazon_order_id": order_id,
        "acorn_amazon_facilitator_tax": 1.6,
        "amount_total": 18.4,
        "currency_id": [1, "USD"],
        "seller_id": "S",
        "state": "sale",
        **changes,
    }


def test_all_there():
    census = compare([truth("1"), truth("2", "none")], [order("1")], set())
    record = census.record()
    assert census.good
    assert (record["orders_at_amazon"], record["orders_in_odoo"]) == (1, 1)
    assert (record["totals_equal"], record["totals_different"]) == (1, 0)


@pytest.mark.parametrize(
    ("truths", "orders", "blocked", "key"),
    [
        ([truth("1")], [], set(), "missing"),
        ([truth("1")], [], {"1"}, "missing"),
        ([truth("1", "blocked")], [], set(), "missing"),
        ([truth("1")], [order("1"), order("1")], set(), "duplicated"),
        ([truth("1", "none")], [order("1")], set(), "unexpected"),
        ([], [order("9")], set(), "unexpected"),
        ([truth("1")], [order("1", amount_total=18.41)], set(), "totals_different"),
        ([truth("1")], [order("1", currency_id=[2, "EUR"])], set(), "totals_different"),
    ],
)
def test_what_is_wrong(truths, orders, blocked, key):
    census = compare(truths, orders, blocked)
    assert not census.good
    assert census.record()[key] == 1


def test_the_same_order_id_of_two_sellers_is_no_duplicate():
    census = compare(
        [truth("1"), truth("1", seller_id="T")],
        [order("1"), order("1", seller_id="T")],
        set(),
    )
    assert census.good


def test_blocked_orders_count_as_known():
    census = compare([truth("1", "blocked")], [], {"1"})
    assert census.good
    assert census.record()["blocked"] == 1


def test_cancelled_orders():
    known = compare([truth("1", "cancelled")], [order("1", state="cancel")], set())
    assert known.good
    assert known.orders_at_amazon == 1
    never_seen = compare([truth("1", "cancelled")], [], set())
    assert never_seen.good
    still_open = compare([truth("1", "cancelled")], [order("1")], set())
    assert not still_open.good


def test_money_without_decimals():
    census = compare(
        [truth("1", grand_total="1980", currency="JPY")],
        [
            order(
                "1",
                amount_total=1980.0,
                acorn_amazon_facilitator_tax=0.0,
                currency_id=[3, "JPY"],
            )
        ],
        set(),
    )
    assert census.record()["totals_equal"] == 1


def test_calls_per_order_without_orders():
    record = compare([], [], set()).record()
    assert record["api_calls_per_order"] is None
    assert "api calls per order" in table(record)


@pytest.mark.parametrize(
    "orders, problems, code",
    [
        ([order("1")], [], 0),
        ([], [], 1),
        ([order("1"), order("1")], [], 1),
        ([order("1", amount_total=18.41)], [], 1),
        ([order("1"), order("2")], [], 1),
        ([order("1")], ["registered twice"], 1),
    ],
)
def test_the_exit_code_of_the_demonstration(orders, problems, code, capsys):
    truths = [truth("1"), truth("2", "none")]
    census = compare(truths, orders, set())
    assert report(census.record(), census, problems) == code
    shown = "".join(capsys.readouterr())
    assert ("to the cent" in shown) == (code == 0)
    assert ("Odoo and Amazon differ" in shown) == (code == 1)
