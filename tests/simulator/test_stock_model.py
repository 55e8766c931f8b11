"""Quantities under any order of publishing, buying and cancelling (X2)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings, strategies as st
from listing_tools import availability, master, patch, stock

from simulator.state.simulation import Simulation
from simulator.state.submissions import Source

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
MARKETS = {"eu": ("A1PA6795UKMFR9", "A13V1IB3VIYZZH"), "na": ("ATVPDKIKX0DER",) * 2}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, 1), st.integers(0, 6)),
        st.tuples(st.just("buy"), st.integers(0, 1), st.integers(1, 4)),
        st.tuples(st.just("reserve"), st.integers(0, 1), st.integers(1, 4)),
        st.tuples(st.just("cancel"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("release"), st.integers(0, 9), st.just(0)),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def simulation():
    return Simulation("demo", 5, 0, NOW, 0)


@pytest.mark.parametrize("region", sorted(MARKETS))
@settings(max_examples=60, deadline=None)
@given(steps=STEPS, delay=st.sampled_from([0.0, 30.0]))
def test_quantity_is_what_was_published_less_what_was_sold(
    simulation, region, steps, delay
):
    simulation.reset("demo", 5, 0, NOW, 0)
    simulation.configure({"listing_visible_seconds": delay})
    seller = next(s for s in simulation.sellers.values() if s.region == region)
    (listing,) = simulation.add_listings(seller, 1, list(MARKETS[region]), 3)
    expected, sold, cancelled = 3, 0, 0
    orders, states = [], {}
    scope = listing.scope(MARKETS[region][0])
    for step, which, units in steps:
        market = MARKETS[region][which % 2]
        if step == "publish":
            source = Source(seller.seller_id, region, (market,), NOW, "r")
            change = availability("merge", {"quantity": units})
            answer = simulation.submissions.patch(
                source, listing.sku, "PRODUCT", [change]
            )
            assert answer.status == "ACCEPTED"
            expected = units
        elif step in ("buy", "reserve"):
            status = "PENDING" if step == "reserve" else "UNSHIPPED"
            answer = simulation.buyers.buy(listing, market, units, status, "r")
            assert ("order_id" in answer) == (units <= expected)
            if "order_id" in answer:
                expected -= units
                sold += units
                orders.append((answer["order_id"], units))
                states[answer["order_id"]] = status
        elif orders:
            order_id, units = orders[which % len(orders)]
            entry = simulation.orders.get(order_id)
            if step == "release" and states[order_id] == "PENDING":
                simulation.act(entry, "release", {})
                states[order_id] = "UNSHIPPED"
            elif step == "cancel" and states[order_id] != "CANCELLED":
                simulation.act(entry, "cancel", {})
                expected += units if states[order_id] == "PENDING" else 0
                cancelled += units
                states[order_id] = "CANCELLED"
        assert listing.live.quantity(scope) == expected >= 0
    record = listing.stock.get(scope)
    assert (record.accepted if record else 0) == sold
    assert (record.cancelled if record else 0) == cancelled
    simulation.clock.advance(delay)
    shown = listing.shown(simulation.clock.now())
    assert shown.quantity(scope) == expected


def test_buyers_at_the_same_time(shop):
    sku = master(shop)["sku"]
    assert patch(shop, sku, availability("merge", {"quantity": 25})).ok
    body = {"seller_id": shop.seller["seller_id"], "sku": sku, "count": 5}

    def buy(_number):
        return shop.sim("buy", "POST", json=body)

    with ThreadPoolExecutor(8) as pool:
        sales = list(pool.map(buy, range(12)))
    assert sum(sale["units"] for sale in sales) == 25
    assert sum(len(sale["refused"]) for sale in sales) == 35
    assert stock(shop, sku)[0]["quantity"] == 0
