"""Worlds: what happens while the clock runs, and what may happen to an order."""

from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from simulator.worlds import (
    PROFILES,
    ChangeRefused,
    build_world,
    change_order,
    describe_order,
    more_orders,
)
from simulator.worlds.changes import ACTIONS
from simulator.worlds.truth import describe

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world():
    return build_world("demo", 4, None, NOW)


def _one(world, wanted):
    return next(order for order in world.orders if wanted(order))


def _open(world, units=1):
    """An ordinary merchant order that waits for its shipment."""
    return _one(
        world,
        lambda order: (
            order.status == "UNSHIPPED"
            and order.fulfilled_by == "MERCHANT"
            and order.expected == "order"
            and sum(order.units.values()) >= units
        ),
    )


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_event_is_possible_when_it_comes(name):
    world = build_world(name, 4, 150, NOW)
    state = {order.order_id: order for order in world.orders}
    happened = Counter()
    until = NOW + 6 * HOUR
    last = NOW
    for event in world.arrivals(NOW, until):
        assert last <= event.at <= until
        last = event.at
        happened[event.action] += 1
        if event.action == "new":
            assert event.order_id not in state
            assert event.order == world.order(event.order_id)
            assert event.order.payload["createdTime"][:19] == f"{event.at:%FT%T}"
            state[event.order_id] = event.order
            continue
        before = state[event.order_id]
        after = change_order(world, before, event.action, event.at)
        assert after.payload["lastUpdatedTime"] > before.payload["lastUpdatedTime"]
        state[event.order_id] = after
    by_hand = {"touch", "confirm", "withdraw", "enroll", "track", "name"}
    assert set(happened) == {"new", *ACTIONS} - by_hand
    for order in state.values():
        known = world.known_skus(order.seller_id)
        assert describe(order.payload, order.seller_id, known).units == order.units


def test_orders_keep_arriving_at_the_worlds_rate():
    for name in ("demo", "busy"):
        world = build_world(name, 4, 10, NOW)
        events = world.arrivals(NOW + 5 * HOUR, NOW + 8 * HOUR)
        new = sum(event.action == "new" for event in events)
        assert abs(new - 3 * PROFILES[name].per_hour) <= 2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 8 * 3600), min_size=1, max_size=6))
def test_stream_does_not_depend_on_how_it_is_cut(seconds):
    world = build_world("demo", 4, 60, NOW)
    cuts = [NOW + timedelta(seconds=each) for each in sorted(seconds)]
    whole = world.arrivals(NOW, cuts[-1])
    pieces, since = [], NOW
    for cut in cuts:
        pieces += world.arrivals(since, cut)
        since = cut
    assert pieces == whole
    assert world.arrivals(cuts[-1], NOW) == []


def test_release_brings_prices_and_recipient(world):
    bare = _one(world, lambda o: o.status == "PENDING" and "proceeds" not in o.payload)
    released = change_order(world, bare, "release", NOW + HOUR)
    assert released.status == "UNSHIPPED"
    assert Decimal(released.grand_total) >= 0
    assert released.payload["recipient"]["deliveryAddress"]
    assert [line["sku"] for line in released.lines] == [
        line["sku"] for line in bare.lines
    ]
    assert bare.payload["fulfillment"]["fulfillmentStatus"] == "PENDING"


def test_ship_in_two_parcels(world):
    order = _open(world, units=2)
    first = next(line for line in order.lines if line["quantity"])
    part = change_order(
        world,
        order,
        "ship",
        NOW + HOUR,
        quantities={first["order_item_id"]: 1},
        package={"carrier": "UPS", "trackingNumber": "1Z"},
    )
    assert part.status == "PARTIALLY_SHIPPED" and part.expected == "order"
    whole = change_order(world, part, "ship", NOW + 2 * HOUR)
    assert whole.status == "SHIPPED" and whole.units == order.units
    references = [each["packageReferenceId"] for each in whole.payload["packages"]]
    assert references == ["1", "2"]
    assert whole.payload["packages"][0]["carrier"] == "UPS"
    with pytest.raises(ChangeRefused):
        change_order(world, whole, "ship", NOW + 3 * HOUR)


def test_no_more_units_than_ordered_can_be_shipped(world):
    order = _open(world)
    line = order.lines[0]
    quantities = {line["order_item_id"]: line["quantity"] + 1}
    with pytest.raises(ChangeRefused):
        change_order(world, order, "ship", NOW, quantities=quantities)


def test_cancelled_after_import_is_expected_as_cancelled(world):
    order = _open(world)
    asked = change_order(world, order, "request_cancel", NOW, reason="Too late")
    assert asked.status == "UNSHIPPED" and asked.expected == "order"
    cancelled = change_order(world, asked, "cancel", NOW + HOUR, by="BUYER")
    assert cancelled.status == "CANCELLED" and cancelled.expected == "cancelled"
    item = cancelled.payload["orderItems"][0]
    assert item["cancellation"]["cancellationRequest"]["cancelReason"] == "Too late"
    assert item["cancellation"]["cancellationExecution"]["cancelledBy"] == "BUYER"
    touched = change_order(world, cancelled, "touch", NOW + 2 * HOUR)
    assert touched.expected == "cancelled"


def test_cancelled_before_import_is_expected_as_none(world):
    pending = _one(world, lambda order: order.status == "PENDING")
    assert change_order(world, pending, "cancel", NOW).expected == "none"
    stray = _one(world, lambda order: order.expected == "blocked")
    if stray.status == "UNSHIPPED":
        assert change_order(world, stray, "cancel", NOW).expected == "none"


def test_edit_survives_the_release(world):
    pending = _one(world, lambda order: order.status == "PENDING")
    edited = change_order(world, pending, "edit", NOW, note="Rear door")
    released = change_order(world, edited, "release", NOW + HOUR)
    address = released.payload["recipient"]["deliveryAddress"]
    assert address["addressLine3"] == "Rear door"


@pytest.mark.parametrize("status", ["SHIPPED", "CANCELLED"])
@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"touch"}))
def test_ended_orders_do_not_move(world, status, action):
    order = _one(world, lambda each: each.status == status)
    with pytest.raises(ChangeRefused):
        change_order(world, order, action, NOW)


def test_unknown_words_are_refused(world):
    with pytest.raises(ChangeRefused):
        change_order(world, _open(world), "explode", NOW)
    with pytest.raises(ChangeRefused):
        change_order(world, _open(world), "cancel", NOW, colour="red")


def test_more_orders_are_new_ones(world):
    later = NOW + 5 * HOUR
    first, second = (more_orders(world, 20, later, batch) for batch in (1, 2))
    ids = {order.order_id for order in world.orders}
    for batch in (first, second):
        assert len(batch) == 20
        assert not ids & {order.order_id for order in batch}
        ids |= {order.order_id for order in batch}
    assert first == more_orders(world, 20, later, 1)
    sellers = {seller.seller_id for seller in world.sellers}
    assert {order.seller_id for order in first} <= sellers


def test_posted_payload_gets_a_truth(world):
    order = _open(world)
    assert describe_order(world, order.payload, order.seller_id).expected == "order"
    total = order.payload["proceeds"] | {
        "grandTotal": {"amount": "0.01", "currencyCode": order.currency}
    }
    broken = describe_order(world, order.payload | {"proceeds": total}, order.seller_id)
    assert broken.expected == "blocked" and "grand total" in broken.why
