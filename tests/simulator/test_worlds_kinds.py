"""Worlds: each kind of order looks the way Amazon would show it."""

from collections import Counter
from datetime import datetime, timezone

import pytest
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

from simulator.worlds import PROFILES, build_world
from simulator.worlds.vat import RULES, vat_number

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def kinds():
    """Orders of every world by scenario."""
    found = {}
    for name in PROFILES:
        for order in build_world(name, 2, 400, NOW).orders:
            found.setdefault(order.scenario, []).append(order)
    return found


@pytest.fixture(scope="module")
def orders(kinds):
    return [order for group in kinds.values() for order in group]


def _address(order):
    return order.payload["recipient"]["deliveryAddress"]


@pytest.mark.parametrize("country", sorted(RULES))
def test_vat_numbers_have_valid_check_digits(country):
    module = gb_vat if country == "GB" else eu_vat
    for number in range(0, 10**9, 7_654_321):
        assert module.is_valid(vat_number(country, number))


def test_business_orders_in_europe_name_buyer_and_merchant(kinds):
    for order in kinds["business_vat"]:
        registrations = order.payload["tax"]["taxRegistrations"]
        by_entity = {entry["entityType"]: entry for entry in registrations}
        assert set(by_entity) == {"BUYER", "MERCHANT"}
        for entry in registrations:
            assert eu_vat.is_valid(entry["taxRegistrationNumber"])
        if order.status != "PENDING":
            company = order.payload["buyer"]["buyerCompanyName"]
            assert by_entity["BUYER"]["legalName"] == company
        assert "AMAZON_BUSINESS" in order.payload["programs"]


def test_expectation_follows_state_and_channel(orders):
    seen = Counter()
    for order in orders:
        seen[order.expected] += 1
        states = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
        importable = ("SHIPPED",) if order.fulfilled_by == "AMAZON" else states
        outside = order.payload["salesChannel"]["channelName"] == "NON_AMAZON"
        if outside or order.status not in importable:
            assert order.expected == "none"
        else:
            stray = order.scenario in ("unknown_sku", "partly_unknown_sku")
            assert order.expected == ("blocked" if stray else "order")
        assert order.why
    assert set(seen) == {"order", "none", "blocked"}


def test_amazon_fulfilled_orders_hide_what_amazon_hides(orders):
    for order in orders:
        if order.fulfilled_by != "AMAZON":
            continue
        payload = order.payload
        assert "buyerEmail" not in payload.get("buyer", {})
        assert "packages" not in payload
        assert "shipByWindow" not in payload["fulfillment"]
        if "recipient" in payload:
            assert "phone" not in _address(order)


def test_pending_orders_have_no_recipient_and_prices_only_sometimes(orders):
    priced = Counter()
    for order in orders:
        if order.status != "PENDING":
            continue
        assert "recipient" not in order.payload
        assert "buyer" not in order.payload
        assert order.expected == "none"
        if order.payload["salesChannel"]["channelName"] == "AMAZON":
            priced["proceeds" in order.payload] += 1
            assert order.completed["proceeds"]["grandTotal"]
            assert order.completed["recipient"]["deliveryAddress"]["countryCode"]
    assert priced[True] and priced[False]


def test_quantities_fit_the_state(orders):
    for order in orders:
        shipped = sum(line["quantity_shipped"] for line in order.lines)
        ordered = sum(line["quantity"] for line in order.lines)
        open_units = sum(
            item["fulfillment"]["quantityUnfulfilled"]
            for item in order.payload["orderItems"]
        )
        if order.status == "SHIPPED":
            assert shipped == ordered > 0 and open_units == 0
        elif order.status == "PARTIALLY_SHIPPED":
            assert 0 < shipped < ordered and open_units == ordered - shipped
        elif order.status == "CANCELLED":
            assert shipped == open_units == 0
        else:
            assert shipped == 0 and open_units == ordered > 0
        parcels = sum(
            entry["quantity"]
            for package in order.payload.get("packages", [])
            for entry in package["packageItems"]
        )
        assert parcels == (shipped if order.fulfilled_by == "MERCHANT" else 0)


def test_thirty_five_lines(kinds):
    for order in kinds["thirty_five_lines"]:
        assert len(order.payload["orderItems"]) == len(order.lines) == 35


def test_gifts_carry_message_and_wrap(kinds):
    for order in kinds["gift"]:
        option = order.payload["orderItems"][0]["fulfillment"]["packing"]["giftOption"]
        assert option["giftMessage"] and option["giftWrapLevel"]
        if order.grand_total:
            assert any(line["gift_wrap"] for line in order.lines)
    for order in kinds["gift_message_only"]:
        assert not any(line["gift_wrap"] for line in order.lines)


def test_promotions_name_their_ids(kinds):
    for order in kinds["all_promotions"]:
        for item in order.payload["orderItems"]:
            if "proceeds" in item:
                assert len(item["promotion"]["breakdowns"]) == 2
        for line in order.lines:
            if order.grand_total:
                assert line["discount"] and line["shipping_discount"]


def test_cancellation_requests_leave_the_state(kinds):
    for order in kinds["cancel_requested"]:
        assert order.status == "UNSHIPPED" and order.expected == "order"
        for item in order.payload["orderItems"]:
            assert item["cancellation"]["cancellationRequest"]["requester"] == "BUYER"
    for order in kinds["cancelled"]:
        assert order.grand_total is None and set(order.units.values()) == {0}
    for order in kinds["cancelled_with_prices"]:
        assert order.grand_total is not None


def test_orders_without_pii_keep_the_place_only(kinds):
    shown = {"city", "stateOrRegion", "postalCode", "countryCode"}
    living = [order for order in kinds["no_pii"] if order.status != "PENDING"]
    assert living
    for order in living:
        assert "buyer" not in order.payload and "tax" not in order.payload
        assert set(_address(order)) <= shown


def test_pickup_points_and_long_addresses(kinds):
    for order in kinds["pickup_point"]:
        if order.status != "PENDING":
            assert _address(order)["addressType"] == "PICKUP_POINT"
    lengths = [
        len(_address(order)["addressLine1"])
        for order in kinds["long_address"]
        if order.status != "PENDING"
    ]
    assert max(lengths) > 128


def test_names_of_many_scripts(kinds):
    def names(kind):
        return "".join(
            order.payload["buyer"]["buyerName"]
            for order in kinds[kind]
            if "buyer" in order.payload
        )

    assert any(ord(char) > 0xFFFF for char in names("emoji_name"))
    assert any("\u0590" <= char <= "\u06ff" for char in names("rtl_name"))
    assert "DROP TABLE" in names("hostile_name")


def test_multi_channel_orders_come_from_elsewhere(kinds):
    for order in kinds["multi_channel"] + kinds["multi_channel_unfulfillable"]:
        assert order.order_id.startswith("S0")
        assert order.marketplace_id is None and order.grand_total is None
        assert order.payload["orderAliases"][0]["aliasType"] == "SELLER_ORDER_ID"
        assert order.payload["salesChannel"]["channelName"] == "NON_AMAZON"


def test_lots_and_skus_in_both_channels(kinds):
    world = build_world("demo", 2, 1, NOW)
    lots = {item.sku for item in world.catalog if item.tracking == "lot"}
    channels = {}
    for item in world.catalog:
        channels.setdefault(item.sku, set()).add(item.fulfillment_channel)
    for order in kinds["lot_tracked"]:
        assert order.fulfilled_by == "AMAZON" and order.lines[0]["sku"] in lots
    for kind, channel in (
        ("dual_sku_merchant", "MERCHANT"),
        ("dual_sku_amazon", "AMAZON"),
    ):
        for order in kinds[kind]:
            assert order.fulfilled_by == channel
            assert len(channels[order.lines[0]["sku"]]) == 2


def test_japanese_orders(kinds):
    orders = [
        order
        for order in kinds["cash_on_delivery"]
        if order.status not in ("PENDING", "CANCELLED")
    ]
    assert orders
    for order in orders:
        address = _address(order)
        assert address["countryCode"] == "JP" and "city" not in address
        assert address["stateOrRegion"][-1] in "都道府県"
        assert order.currency == "JPY" and order.lines[0]["cod_fee"]
        paid = order.payload["payment"]["paymentExecutions"][0]
        assert paid["paymentMethod"] == "CashOnDelivery"
        assert paid["paymentAmount"]["amount"] == order.grand_total


def test_one_buyer_one_mail(orders):
    by_mail = {}
    for order in orders:
        buyer = order.payload.get("buyer", {})
        if "buyerEmail" in buyer:
            by_mail.setdefault(buyer["buyerEmail"], set()).add(buyer["buyerName"])
    assert all(len(names) == 1 for names in by_mail.values())
