"""How many units Amazon may show."""

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from acorn_amazon_connector.mappers.sellable import (
    Rule,
    Supply,
    sellable,
    unexplained_units,
    unseen_units,
)

NOW = datetime(2026, 11, 1, 12)
UNITS = st.integers(0, 10_000)


def show(supply, is_emergency=False, **rule):
    result = sellable(supply, Rule(**rule), NOW, is_emergency)
    return result.quantity, result.code


# A2
@pytest.mark.parametrize(
    ("supply", "rule", "wanted"),
    [
        (Supply(10), {}, (10, "free")),
        (Supply(10, reserved=4), {}, (6, "free")),
        (Supply(10, promised=4), {}, (6, "free")),
        # A promise that is reserved counts once.
        (Supply(10, reserved=4, promised=4), {}, (6, "free")),
        (Supply(10, reserved=2, promised=7), {}, (3, "free")),
        (Supply(10, waiting=3), {}, (7, "free")),
        # What expired is not there for a promise either.
        (Supply(20, promised=5, expired=5), {}, (10, "free")),
        (Supply(20, reserved=5, promised=5, expired=5), {}, (10, "free")),
        (Supply(10), {"buffer": 4}, (6, "free")),
        (Supply(7), {"ratio": 0.5}, (3, "free")),
        (Supply(7), {"ratio": 0.5, "buffer": 2}, (1, "free")),
        (Supply(10), {"cap": 4}, (4, "cap")),
        (Supply(3), {"cap": 4}, (3, "free")),
        (Supply(10), {"cap": 0}, (0, "cap")),
        (Supply(3), {"buffer": 4}, (0, "nothing_free")),
        (Supply(-5), {}, (0, "nothing_free")),
        (Supply(10), {"policy": "zero"}, (0, "paused")),
        (Supply(10), {"policy": "leave"}, (None, "left_alone")),
        (Supply(10), {"until": NOW}, (0, "ended")),
        (Supply(10), {"until": NOW + timedelta(seconds=1)}, (10, "free")),
        # Half a kit cannot be sold, 0.1 + 0.2 of a part is no reason to lose one.
        (Supply(2.9), {}, (2, "free")),
        (Supply(0.1 + 0.2 + 2.7), {}, (3, "free")),
        (Supply(5, waiting=0.5), {}, (4, "free")),
    ],
)
def test_figures(supply, rule, wanted):
    assert show(supply, **rule) == wanted


# A2
def test_unseen_units_are_held_back():
    assert show(Supply(10, unseen=4)) == (6, "free")
    assert show(Supply(3, unseen=4)) == (0, "nothing_free")


# A2: a kit of two needs twice the units, of all of them.
def test_supply_of_a_kit():
    supply = Supply(11, 2, 3, 1, 3).per_kit(2)
    assert supply == Supply(5.5, 1, 1.5, 0.5, 1.5)
    assert supply.left == 2
    assert show(supply) == (2, "free")


# A2: the red button wins over every rule, also over leaving Amazon alone.
@pytest.mark.parametrize("policy", ["follow", "zero", "leave"])
def test_emergency(policy):
    assert show(Supply(10), is_emergency=True, policy=policy) == (0, "emergency")


# X2: whatever the rules, no more is shown than there is for strangers.
@given(
    supply=st.builds(Supply, UNITS, UNITS, UNITS, UNITS, UNITS),
    rule=st.builds(
        Rule,
        ratio=st.floats(0, 1),
        buffer=UNITS,
        cap=st.none() | UNITS,
    ),
)
def test_never_more_than_free(supply, rule):
    quantity = sellable(supply, rule, NOW).quantity
    assert quantity >= 0
    left = supply.on_hand - max(supply.reserved, supply.promised)
    assert quantity <= max(0, left - supply.waiting - supply.unseen)
    if rule.cap is not None:
        assert quantity <= rule.cap


# X9
def test_explanation_is_json():
    result = sellable(Supply(10, 1, 2, 3, 4), Rule(until=NOW, source="DE"), NOW)
    assert result.explain() == {
        "quantity": 0,
        "code": "ended",
        "supply": {
            "on_hand": 10,
            "expired": 0.0,
            "reserved": 1,
            "promised": 2,
            "waiting": 3,
            "unseen": 4,
            "free": 8,
        },
        "rule": {
            "policy": "follow",
            "ratio": 1.0,
            "buffer": 0,
            "cap": None,
            "until": "2026-11-01 12:00:00",
            "source": "DE",
        },
    }


def at(minutes):
    return NOW + timedelta(minutes=minutes)


# X2
@pytest.mark.parametrize(
    ("sold", "known", "horizon", "wanted"),
    [
        ([], [], None, 0),
        # Five units gone, no order known: all five are held back.
        ([(at(0), at(10), 5)], [], None, 5),
        ([(at(0), at(10), 5)], [(at(3), 2)], None, 3),
        ([(at(0), at(10), 5)], [(at(3), 2), (at(4), 3)], None, 0),
        # An order from before the interval says nothing about it.
        ([(at(0), at(10), 5)], [(at(-1), 5)], None, 5),
        # Amazon never "owes" units: more known than gone is not a credit.
        ([(at(0), at(10), 1)], [(at(3), 4)], None, 0),
        # Everything before the horizon is known: nothing is unseen there.
        ([(at(0), at(10), 5)], [], at(11), 0),
        ([(at(0), at(10), 5)], [], at(9), 5),
        ([(at(0), at(10), 5), (at(20), at(30), 2)], [], at(15), 2),
        (
            [(at(0), at(10), 5), (at(20), at(30), 2)],
            [(at(5), 5), (at(21), 1)],
            at(15),
            1,
        ),
    ],
)
def test_unseen(sold, known, horizon, wanted):
    assert unseen_units(sold, known, horizon) == wanted


# X2: an order of five units was placed at 1, and cancelled at 15.
@pytest.mark.parametrize(
    ("changes", "known", "wanted"),
    [
        # Seen to go and to come back.
        ([(at(0), at(10), 5), (at(10), at(20), -5)], [], 0),
        # As many as came back were sold to others, or some of them.
        ([(at(0), at(10), 5), (at(10), at(20), 0)], [], 5),
        ([(at(0), at(10), 5), (at(10), at(20), -3)], [], 2),
        ([(at(0), at(10), 5), (at(10), at(20), -3)], [(at(16), 2)], 0),
        # Gone and back between two readings, and four others with it.
        ([(at(0), at(20), 4)], [(at(2), 3)], 1),
        # What is known of one time explains no loss of another.
        ([(at(10), at(20), 0), (at(20), at(30), 2)], [(at(16), 5)], 2),
        # Somebody raised the number: that says nothing about sales.
        ([(at(0), at(10), 9), (at(10), at(20), -50)], [], 4),
    ],
)
def test_cancelled(changes, known, wanted):
    known = [(at(1), 5), *known]
    assert unseen_units(changes, known, None, [(at(15), 5)]) == wanted


# X11
@pytest.mark.parametrize(
    ("changes", "known", "wanted"),
    [
        ([], [], 0),
        ([(at(0), at(10), -5)], [], 0),
        ([(at(0), at(10), 5)], [(at(3), 2)], 3),
        ([(at(0), at(10), 5), (at(10), at(20), -2)], [(at(3), 5)], 0),
        ([(at(0), at(10), 5), (at(10), at(20), 1)], [(at(3), 6)], 0),
    ],
)
def test_unexplained(changes, known, wanted):
    assert unexplained_units(changes, known) == wanted


# X2: more than was sent last: came back, or an older number that lost units.
@pytest.mark.parametrize(
    ("change", "returned", "wanted"),
    [
        ((at(0), at(10), -22, 8), [], 8),
        ((at(0), at(10), -22, None), [], 0),
        # Somebody raised it: that hides no sale.
        ((at(0), at(10), -22, -5), [], 0),
        ((at(0), at(10), -8, 0), [(at(5), 8)], 0),
        ((at(0), at(10), -3, 5), [(at(5), 8)], 5),
    ],
)
def test_older_number(change, returned, wanted):
    assert unseen_units([change], [], None, returned) == wanted


# X2: a unit that came back as the first reading was answered hides no sale after it.
def test_back_in_the_second_of_a_reading():
    start = at(0)
    returned = [(start - timedelta(seconds=1), 8)]
    assert unseen_units([(start, at(10), -3)], [], None, returned) == 5
    returned = [(start - timedelta(seconds=2), 8)]
    assert unseen_units([(start, at(10), -3)], [], None, returned) == 0


# X2: with all sales between two readings known, nothing is unseen; with some of them
# unknown, at least these are held back.
@given(
    orders=st.lists(
        st.tuples(st.integers(0, 59), st.integers(1, 9), st.booleans()), max_size=20
    ),
    cuts=st.lists(st.integers(1, 59), max_size=5, unique=True),
)
def test_unknown_sales_are_always_held_back(orders, cuts):
    edges = [0, *sorted(cuts), 60]
    sold = [
        (at(start), at(end), sum(u for t, u, _k in orders if start <= t < end))
        for start, end in itertools.pairwise(edges)
    ]
    sold = [entry for entry in sold if entry[2]]
    known = [(at(t), u) for t, u, is_known in orders if is_known]
    unknown = sum(u for _t, u, is_known in orders if not is_known)
    assert unseen_units(sold, known, None) == unknown
