"""Quantities to and from Amazon (A2)."""

from datetime import date, datetime

import pytest
from hypothesis import given, strategies as st

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.stock import (
    Availability,
    quantity_patches,
    read_quantities,
)


@given(st.integers(0, 10**6))
def test_a_quantity_is_merged_and_touches_nothing_else(quantity):  # A2
    (patch,) = quantity_patches(quantity)
    assert patch == {
        "op": "merge",
        "path": "/attributes/fulfillment_availability",
        "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": quantity}],
    }


@pytest.mark.parametrize("day", [date(2026, 12, 24), datetime(2026, 12, 24, 8)])
def test_the_day_of_restocking_is_a_day(day):
    (patch,) = quantity_patches(0, day)
    assert patch["value"][0]["restock_date"] == "2026-12-24"


@pytest.mark.parametrize("quantity", [-1, 1.0, True, "1", None])
def test_what_is_no_quantity_is_never_sent(quantity):  # A2
    with pytest.raises(ValueError):
        quantity_patches(quantity)


def listing(shown=None, submitted=None):
    item = {"sku": "A"}
    if shown is not None:
        item["fulfillmentAvailability"] = shown
    if submitted is not None:
        item["attributes"] = {"fulfillment_availability": submitted}
    return item


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (listing(), Availability(None, None, ())),
        (
            listing([{"fulfillmentChannelCode": "DEFAULT", "quantity": 0}]),
            Availability(0, None, ("DEFAULT",)),
        ),
        (
            listing(
                [{"fulfillmentChannelCode": "DEFAULT", "quantity": 3}],
                [
                    {
                        "fulfillment_channel_code": "DEFAULT",
                        "quantity": 5,
                        "lead_time_to_ship_max_days": 2,
                    }
                ],
            ),
            Availability(3, 2, ("DEFAULT",)),
        ),
        (
            listing(
                [{"fulfillmentChannelCode": "AMAZON_EU"}],
                [{"fulfillment_channel_code": "DEFAULT", "quantity": 5}],
            ),
            Availability(5, None, ("AMAZON_EU", "DEFAULT")),
        ),
        (
            listing([{"fulfillmentChannelCode": "AMAZON_EU", "quantity": 9}]),
            Availability(None, None, ("AMAZON_EU",)),
        ),
    ],
)
def test_what_a_listing_offers_from_our_warehouse(item, expected):  # A2, X11
    assert read_quantities(item) == expected


@pytest.mark.parametrize(
    "item",
    [
        listing([{"fulfillmentChannelCode": "DEFAULT", "quantity": -1}]),
        listing([{"fulfillmentChannelCode": "DEFAULT", "quantity": "many"}]),
        listing({"fulfillmentChannelCode": "DEFAULT"}),
        [],
    ],
)
def test_what_cannot_be_understood_is_no_zero(item):
    with pytest.raises(PayloadError):
        read_quantities(item)
