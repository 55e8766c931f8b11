"""Amazon's own list of orders (A15)."""

import pytest

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.order_census import map_census

ROW = {
    "amazon-order-id": "302-1",
    "order-status": "Unshipped",
    "fulfillment-channel": "Merchant",
    "sales-channel": "Amazon.de",
    "sku": "SKU",
}


def test_an_order_of_two_items():  # A15
    (order,) = map_census([ROW, {**ROW, "sku": "OTHER"}]).values()
    assert (order.order_id, order.is_due, order.is_fba) == ("302-1", True, False)


@pytest.mark.parametrize(
    ("changes", "is_due"),
    [
        ({"order-status": "Shipped - Delivered to Buyer"}, True),
        ({"order-status": "Pending - Waiting for Pick Up"}, False),
        ({"order-status": "Cancelled"}, False),
        ({"fulfillment-channel": "Amazon"}, False),
        ({"fulfillment-channel": "Amazon", "order-status": "Shipped"}, True),
        ({"sales-channel": "Non-Amazon DE"}, False),
    ],
)
def test_what_belongs_into_odoo(changes, is_due):  # A15
    (order,) = map_census([ROW | changes]).values()
    assert order.is_due is is_due


@pytest.mark.parametrize(
    "column",
    ["amazon-order-id", "order-status", "fulfillment-channel", "sales-channel"],
)
def test_a_column_that_is_missing(column):  # A13, A15
    row = {name: cell for name, cell in ROW.items() if name != column}
    with pytest.raises(PayloadError, match=column):
        map_census([row])


def test_a_row_without_an_order():  # A13, A15
    with pytest.raises(PayloadError, match="amazon-order-id"):
        map_census([ROW, {**ROW, "amazon-order-id": " "}])


def test_no_rows():  # A15
    assert map_census([]) == {}
