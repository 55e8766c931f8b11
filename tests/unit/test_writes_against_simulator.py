"""What the client changes at Amazon, seen through the simulator."""

from datetime import timedelta

import pytest
from simulated_amazon import NOW

from acorn_amazon_connector.mappers.fba_inventory import map_fba_inventory
from acorn_amazon_connector.mappers.order import map_order
from acorn_amazon_connector.mappers.shipment import (
    Package,
    check_package,
    confirmation_body,
)
from acorn_amazon_connector.services import errors


@pytest.fixture
def client(amazon):
    return amazon.client("na")


@pytest.fixture
def order(amazon, client):
    """An unshipped order of several units, as the mapper reads it."""
    seller_id = amazon.seller("na")["seller_id"]
    truths = amazon.sim("orders", seller_id=seller_id, status="UNSHIPPED")["orders"]
    chosen = next(
        truth["order_id"]
        for truth in truths
        if truth["fulfilled_by"] == "MERCHANT" and sum(truth["units"].values()) > 1
    )
    return map_order(client.orders.get(chosen))


def package(order, **changes):
    values = {
        "reference": 1,
        "carrier_code": "DHL",
        "carrier_name": None,
        "shipping_method": "Paket",
        "tracking_number": "00340434161094042557",
        "ship_date": NOW - timedelta(hours=1),
        "items": tuple((line.order_item_id, line.quantity) for line in order.lines),
    }
    return Package(**{**values, **changes})


def confirm(client, order, parcel):
    body = confirmation_body(order.marketplace_id, parcel)
    return client.orders_v0.confirm_shipment(order.order_id, body)


def test_a_package_is_confirmed_and_again(amazon, client, order):  # A1, A33
    parcel = package(order)
    assert check_package(parcel, now=NOW, ordered_at=order.created_at) == []
    first, second = confirm(client, order, parcel), confirm(client, order, parcel)
    assert first and second and first != second
    assert map_order(client.orders.get(order.order_id)).status == "SHIPPED"
    (sent,) = amazon.sim("shipments", order_id=order.order_id)["shipments"]
    assert sent["tracking_number"] == parcel.tracking_number


def test_an_order_leaves_in_two_packages(client, order):  # A1
    units = [
        (line.order_item_id, 1) for line in order.lines for _ in range(line.quantity)
    ]
    first, rest = units[:1], units[1:]
    confirm(client, order, package(order, items=tuple(first)))
    assert map_order(client.orders.get(order.order_id)).status == "PARTIALLY_SHIPPED"
    counts = {key: sum(k == key for k, _one in rest) for key, _one in rest}
    confirm(client, order, package(order, reference=2, items=tuple(counts.items())))
    assert map_order(client.orders.get(order.order_id)).status == "SHIPPED"


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": 0},
        {"carrier_code": "Other"},
        {"tracking_number": ""},
        {"ship_date": NOW + timedelta(days=1)},
        {"ship_date": NOW - timedelta(days=4000)},
        {"items": ()},
        {"items": (("1", 1),)},
    ],
)
def test_what_we_doubt_is_what_amazon_refuses(client, order, changes):  # A33
    parcel = package(order, **changes)
    if changes.get("items") != (("1", 1),):
        assert check_package(parcel, now=NOW, ordered_at=order.created_at)
    with pytest.raises(errors.RequestError) as caught:
        confirm(client, order, parcel)
    assert caught.value.status == 400 and caught.value.request_id


def test_a_confirmation_whose_answer_is_lost_is_sent_again(amazon, client, order):
    """A13: the same reference edits the package, so nothing is doubled."""
    amazon.fault("html", operation="ordersV0.confirmShipment", times=1)
    with pytest.raises(errors.ServerError):
        confirm(client, order, package(order))
    confirm(client, order, package(order))
    found = amazon.sim("shipments", order_id=order.order_id)
    assert len(found["shipments"]) == 1 and not found["refused"]


def test_stock_at_amazon_page_by_page(amazon, client):  # A24, A31
    amazon.sim("settings", {"inventory_page_size": 3})
    marketplace_id = amazon.seller("na")["marketplace_ids"][0]
    found = []
    for page in client.fba_inventory.pages(marketplace_id):
        found += [map_fba_inventory(entry) for entry in page.summaries]
        amazon.advance(1)
    assert len(found) > 3
    assert len({entry.sku for entry in found}) == len(found)
    for entry in found:
        parts = entry.inbound_working + entry.inbound_shipped + entry.inbound_receiving
        parts += entry.fulfillable + entry.reserved + entry.unsellable
        assert entry.total == parts + entry.researching


def test_a_token_that_died_is_an_error(amazon, client):  # A24
    amazon.sim("settings", {"inventory_page_size": 3})
    marketplace_id = amazon.seller("na")["marketplace_ids"][0]
    page = client.fba_inventory.page(marketplace_id)
    amazon.advance(31)
    with pytest.raises(errors.RequestError):
        client.fba_inventory.page(marketplace_id, next_token=page.next_token)
