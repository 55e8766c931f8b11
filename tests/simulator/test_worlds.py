"""Worlds: the same from the same seed, of any size, and full of every kind."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from simulator.worlds import PROFILES, build_world
from simulator.worlds.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)
DUMP = """
import hashlib, json, sys
from datetime import datetime, timedelta, timezone
from simulator.worlds import build_world
now = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)
world = build_world(sys.argv[1], int(sys.argv[2]), 130, now)
print(world.sellers, world.catalog, [a.client_secret for a in world.applications])
for order in world.orders:
    print(json.dumps(order.payload), json.dumps(order.record()))
for event in world.arrivals(now, now + timedelta(hours=2)):
    print(event.at, event.order_id, event.action, event.order and event.order.payload)
"""


@pytest.fixture(scope="module", params=sorted(PROFILES))
def world(request):
    return build_world(request.param, 3, 400, NOW)


@pytest.fixture(scope="module")
def orders(world):
    return list(world.orders)


def _dump(name, seed, hash_seed):
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DUMP, name, str(seed)]
    return subprocess.run(
        command, env=environment, cwd=ROOT, check=True, capture_output=True
    ).stdout


def test_same_seed_gives_same_bytes_in_another_process():
    first = _dump("chaos", 5, "1")
    assert first == _dump("chaos", 5, "2")
    assert first != _dump("chaos", 6, "1")


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_default_size_and_empty_world(name):
    assert len(build_world(name, 1, None, NOW).orders) == PROFILES[name].size
    empty = build_world(name, 1, 0, NOW)
    assert list(empty.orders) == []
    assert empty.arrivals(NOW, NOW + timedelta(hours=2))


def test_unreasonable_arguments_are_refused():
    with pytest.raises(KeyError):
        build_world("atlantis", 1, 1, NOW)
    with pytest.raises(ValueError):
        build_world("demo", 1, -1, NOW)
    with pytest.raises(ValueError):
        build_world("demo", 1, 1, NOW.replace(tzinfo=None))


def test_hundred_thousand_orders_take_seconds():
    started = time.process_time()
    world = build_world("busy", 1, 100_000, NOW)
    assert time.process_time() - started < 20
    assert len({head.order_id for head in world.heads}) == 100_000
    last = world.orders[99_999]
    assert world.order(last.order_id) == last


def test_ids_are_amazons_and_unique(world, orders):
    items = Counter()
    for order in orders:
        prefix, middle, end = order.order_id.split("-")
        assert (len(prefix), len(middle), len(end)) == (3, 7, 7)
        assert (middle + end).isdecimal()
        assert world.order(order.order_id) == order
        items.update(line["order_item_id"] for line in order.lines)
    assert set(items.values()) == {1}
    assert all(len(item) == 14 for item in items)
    assert world.order("111-0000000-0000000") is None
    assert world.order("nonsense") is None


def test_times_lie_in_the_window(world, orders):  # A23
    days = timedelta(days=PROFILES[world.name].days)
    heads = list(world.heads)
    assert heads == sorted(heads, key=lambda head: head.created)
    for head, order in zip(heads, orders, strict=True):
        assert NOW - days - timedelta(minutes=1) <= head.created <= head.updated
        assert head.updated <= NOW - timedelta(minutes=3)
        for key, moment in (
            ("createdTime", head.created),
            ("lastUpdatedTime", head.updated),
        ):
            text = order.payload[key]
            assert text.endswith("Z") and len(text) == 24
            assert datetime.fromisoformat(text.replace("Z", "+00:00")) == moment


def test_heads_say_what_payloads_say(world, orders):
    for head, order in zip(world.heads, orders, strict=True):
        channel = order.payload["salesChannel"]
        fulfillment = order.payload["fulfillment"]
        assert head.order_id == order.order_id == order.payload["orderId"]
        assert head.seller_id == order.seller_id
        assert head.marketplace_id == channel.get("marketplaceId")
        assert head.status == fulfillment["fulfillmentStatus"]
        assert head.fulfilled_by == fulfillment["fulfilledBy"]


def test_every_kind_of_its_deck_is_there(world):
    profile = PROFILES[world.name]
    wanted = {
        name
        for name, count in profile.deck.items()
        if count
        and (
            not SCENARIOS[name].countries
            or set(SCENARIOS[name].countries) & set(profile.countries)
        )
    }
    assert {head.scenario for head in world.heads} == wanted


def test_orders_belong_to_sellers_of_their_marketplace(world, orders):
    sellers = {seller.seller_id: seller for seller in world.sellers}
    for order in orders:
        if order.marketplace_id:
            assert order.marketplace_id in sellers[order.seller_id].marketplace_ids
    assert {seller.application_id for seller in world.sellers} == {
        application.application_id for application in world.applications
    }


def test_credentials_stay_when_the_world_changes_and_stay_out_of_repr():  # A27
    demo, busy = (build_world(name, 9, 5, NOW) for name in ("demo", "busy"))
    by_region = {seller.region: seller for seller in demo.sellers}
    for seller in busy.sellers:
        assert seller.refresh_token == by_region[seller.region].refresh_token
        assert seller.seller_id == by_region[seller.region].seller_id
    secret = demo.applications[0].client_secret
    assert busy.applications[0].client_secret == secret
    assert build_world("demo", 8, 5, NOW).applications[0].client_secret != secret
    assert secret not in repr(demo)
    assert demo.sellers[0].refresh_token not in repr(demo)


def test_catalogue_matches_the_orders(world, orders):
    listed = {}
    for item in world.catalog:
        key = (item.seller_id, item.sku, item.fulfillment_channel)
        assert key not in listed
        listed[key] = item
        assert len(item.barcode) == 13 and _check_digit(item.barcode)
        assert len(item.asin) == 10
        assert item.tracking in ("none", "lot")
        assert {offer.marketplace_id for offer in item.offers} == set(
            next(
                s.marketplace_ids
                for s in world.sellers
                if s.seller_id == item.seller_id
            )
        )
    for order in orders:
        for entry in order.payload["orderItems"]:
            product = entry["product"]
            key = (order.seller_id, product["sellerSku"], order.fulfilled_by)
            assert product["asin"] == listed[key].asin
            if order.expected == "blocked":
                continue
            assert listed[key].known or order.expected == "none"


def test_stray_listings_cannot_be_matched_by_barcode_or_asin(world):
    known = [item for item in world.catalog if item.known]
    stray = [item for item in world.catalog if not item.known]
    assert stray
    for field in ("sku", "barcode", "asin"):
        values = {getattr(item, field) for item in known}
        assert not values & {getattr(item, field) for item in stray}


def test_demo_is_a_credible_shop():
    world = build_world("demo", 1, None, NOW)
    orders = list(world.orders)
    assert len(world.applications) == 1
    assert {seller.region for seller in world.sellers} == {"na", "eu", "fe"}
    expected = Counter(order.expected for order in orders)
    assert expected["order"] > 240
    assert 2 <= expected["blocked"] <= 8
    assert {order.marketplace_id for order in orders} - {None} == {
        market for seller in world.sellers for market in seller.marketplace_ids
    }
    open_orders = [
        order
        for order in orders
        if order.status == "UNSHIPPED" and order.fulfilled_by == "MERCHANT"
    ]
    assert len(open_orders) >= 25
    days = Counter(head.created.date() for head in world.heads)
    assert len(days) >= 14 and min(days.values()) >= 3
    mails = Counter(
        order.payload.get("buyer", {}).get("buyerEmail") for order in orders
    )
    del mails[None]
    assert sum(1 for count in mails.values() if count > 1) >= 10
    assert "DROP TABLE" not in json.dumps([order.payload for order in orders])


def _check_digit(barcode):
    weights = (1, 3) * 6
    total = sum(int(d) * w for d, w in zip(barcode[:12], weights, strict=True))
    return (total + int(barcode[12])) % 10 == 0
