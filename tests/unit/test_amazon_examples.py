"""Every order in Amazon's models can be mapped (A28)."""

from decimal import Decimal

import pytest
from order_payloads import item_v0, order_v0
from unit_support import load_model, model_operations

from acorn_amazon_connector.mappers.errors import BlockedError
from acorn_amazon_connector.mappers.listing import map_listing
from acorn_amazon_connector.mappers.order import map_order, map_order_v0

ORDERS = "orders-api-model/orders_2026-01-01.json"
ORDERS_V0 = "orders-api-model/ordersV0.json"
LISTINGS = "listings-items-api-model/listingsItems_2021-08-01.json"

# (id, grand total, whether tax is inside, sum of the taxes)
EXPECTED = {
    "123-4567890-1234567": ("154.99", False, "0.02"),
    "250-1234567-8901234": ("19940", None, "0"),
    "202-7654321-1098765": ("34.99", None, "0"),
    "171-2345678-9012345": ("1599.90", None, "0"),
    "202-1234567-8901234": ("103.97", False, "4.00"),
    "171-9876543-2109876": ("299.90", None, "0"),
    "028-1234567-8901234": ("125.00", None, "0"),
    "114-9876543-1234567": ("49.99", False, "10.00"),
}


def answers(name):
    """Yield (operation id, body) of every successful example of a model."""
    for _path, _method, operation in model_operations(load_model(name)):
        success = operation["responses"].get("200", {})
        bodies = list((success.get("examples") or {}).values())
        sandbox = success.get("x-amzn-api-sandbox", {}).get("static", [])
        bodies += [example["response"] for example in sandbox if "response" in example]
        for body in bodies:
            yield operation["operationId"], body


def test_orders_2026_01_01():
    found = {}
    for _operation, body in answers(ORDERS):
        for payload in body.get("orders") or [body["order"]]:
            order = map_order(payload)
            found[order.order_id] = order
    assert set(found) == set(EXPECTED)
    for order_id, (total, included, taxes) in EXPECTED.items():
        order = found[order_id]
        charges = [charge for line in order.lines for charge in line.charges]
        assert order.grand_total == Decimal(total)
        assert order.price_includes_tax is included
        assert sum(charge.tax or 0 for charge in charges) == Decimal(taxes)
        whole = sum(charge.amount for charge in (*charges, *order.charges))
        beside = 0 if included is None else Decimal(taxes)
        assert whole + beside == Decimal(total)
    turkish = found["028-1234567-8901234"]
    assert turkish.facilitator == "Amazon Services Europe S.a.r.L."
    assert turkish.reporting_scheme == "IOSS"
    assert turkish.tax_registrations[0].attributes == (("TAX_OFFICE", "tax office"),)
    american = found["123-4567890-1234567"]
    assert american.cancellation_requested and american.cancelled_by == "MERCHANT"
    assert [charge.kind for charge in american.charges] == ["tip"]
    assert len(american.packages) == 1


def test_orders_v0():
    orders, items, addresses, buyers = {}, {}, {}, {}
    for operation, body in answers(ORDERS_V0):
        payload = body["payload"]
        if operation == "getOrders":
            for order in payload["Orders"]:
                orders.setdefault(order["AmazonOrderId"], order)
        elif operation == "getOrder":
            orders.setdefault(payload["AmazonOrderId"], payload)
        elif operation == "getOrderItems":
            items[payload["AmazonOrderId"]] = payload["OrderItems"]
        elif operation == "getOrderAddress":
            addresses[payload["AmazonOrderId"]] = payload
        elif operation == "getOrderBuyerInfo":
            buyers[payload["AmazonOrderId"]] = payload
    assert len(orders) >= 4
    mapped = {}
    for order_id, order in orders.items():
        # Orders of the examples that have no items there get one that fits.
        total = order.get("OrderTotal", {})
        stand_in = [item_v0(ItemPrice=total)] if total else [item_v0()]
        mapped[order_id] = map_order_v0(
            order,
            items.get(order_id, stand_in),
            addresses.get(order_id),
            buyers.get(order_id),
        )
    american = mapped["902-1845936-5435065"]
    assert american.price_includes_tax is False
    assert american.lines[0].charges[0].tax == Decimal("1.01")
    assert american.cancellation_requested
    assert american.address.city == "SEATTLE"
    assert mapped["921-3175655-0452641"].programs == {
        "AMAZON_BUSINESS",
        "INVOICE_BY_AMAZON",
    }
    assert mapped["902-3159896-1390916"].status == "PENDING"


def test_items_that_mix_currencies_in_the_v0_example():
    bodies = [body for name, body in answers(ORDERS_V0) if name == "getOrderItems"]
    mixed = next(
        body["payload"]["OrderItems"]
        for body in bodies
        if len(body["payload"]["OrderItems"]) > 1
    )
    with pytest.raises(BlockedError) as caught:
        map_order_v0(order_v0("1"), mixed)
    assert caught.value.reason_code == "mixed_currencies"


def test_listings():
    found = []
    for operation, body in answers(LISTINGS):
        if operation in ("searchListingsItems", "getListingsItem"):
            found += map(map_listing, body.get("items") or [body])
    assert {listing.sku for listing in found} == {"GM-ZDPI-9B4E"}
    assert found[0].price == Decimal("100.00")
    assert found[0].marketplace_ids == ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2")
