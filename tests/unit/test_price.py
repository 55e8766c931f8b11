"""Prices of an offer, read and written."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.price import (
    Prices,
    Sale,
    price_patches,
    read_prices,
)

US = "ATVPDKIKX0DER"
NOW = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)
SALE = Sale(Decimal("15.50"), NOW + timedelta(days=1), NOW + timedelta(days=3))


def price(value, **more):
    return [{"schedule": [{"value_with_tax": value, **more}]}]


def item(*entries):
    return {"sku": "A", "attributes": {"purchasable_offer": list(entries)}}


CONSUMERS = {"marketplace_id": US, "currency": "USD", "our_price": price(19.99)}
BUSINESS = {**CONSUMERS, "audience": "B2B", "our_price": price(18)}


def on_sale(end="2026-11-24T08:00:00Z"):
    sale = price(15.5, start_at="2026-11-22T08:00:00Z", end_at=end)
    return {**CONSUMERS, "discounted_price": sale}


def test_read():  # A4
    shown = read_prices(item(on_sale(), BUSINESS), US, NOW)
    assert shown == Prices(Decimal("19.99"), SALE, Decimal(18))


def test_a_sale_that_is_over_is_none():  # A4
    shown = read_prices(item(on_sale("2026-11-20T08:00:00Z")), US, NOW)
    assert shown == Prices(Decimal("19.99"))


def test_other_marketplaces_do_not_count():  # A4
    other = {**CONSUMERS, "marketplace_id": "A2EUQ1WTGCTBG2"}
    assert read_prices(item(other), US, NOW) == Prices(None)


@pytest.mark.parametrize("value", ["a", True, None, {}, 1e300])
def test_a_price_that_is_none(value):  # A22
    with pytest.raises(PayloadError):
        read_prices(item({**CONSUMERS, "our_price": price(value)}), US, NOW)


def test_patches_merge():  # A4
    patches = price_patches(
        item(CONSUMERS), US, "USD", Prices(Decimal("20.00"), SALE, Decimal(17))
    )
    assert [patch["op"] for patch in patches] == ["merge"]
    consumers, business = patches[0]["value"]
    assert consumers["our_price"] == price(20)
    assert consumers["discounted_price"] == price(
        15.5, start_at="2026-11-22T08:00:00Z", end_at="2026-11-24T08:00:00Z"
    )
    assert (business["audience"], business["our_price"]) == ("B2B", price(17))


def test_a_sale_vanishes_and_the_rest_stays():  # A4
    limit = {"minimum_seller_allowed_price": price(12)}
    shown = item({**on_sale(), **limit}, BUSINESS)
    (patch,) = price_patches(shown, US, "USD", Prices(Decimal(21)))
    assert patch["op"] == "replace"
    consumers, business = patch["value"]
    assert consumers == {**CONSUMERS, **limit, "our_price": price(21)}
    assert business == BUSINESS


def test_sales_are_left_alone():  # A4
    (patch,) = price_patches(
        item(on_sale()), US, "USD", Prices(Decimal(21)), with_sale=False
    )
    assert patch["op"] == "merge"
    assert "discounted_price" not in patch["value"][0]


@pytest.mark.parametrize(
    "wanted",
    [
        Prices(None),
        Prices(Decimal(0)),
        Prices(Decimal(5), business=Decimal(-1)),
    ],
)
def test_no_such_price(wanted):  # A4
    with pytest.raises(ValueError):
        price_patches(item(CONSUMERS), US, "USD", wanted)


def test_json_and_back():  # X15
    prices = Prices(Decimal("19.90"), SALE, None)
    assert Prices.from_json(prices.to_json()) == prices
