"""Orders v0, the reads: the same orders in the older words, people only by RDT."""

from decimal import Decimal

import pytest
from amazon_client import LONG_AGO, ORDERS_V0, errors

EU = "A1PA6795UKMFR9,A13V1IB3VIYZZH,APJ6JRA9NG5V4,A1RKKUPIHCS9HS,A1F83G8C2ARO7P"
STATES = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}


def search(amazon, token=None, **query):
    if "NextToken" not in query and "AmazonOrderIds" not in query:
        query.setdefault("CreatedAfter", LONG_AGO)
    return amazon.get(ORDERS_V0, token, **{"MarketplaceIds": EU, **query})


def search_all(amazon, token=None, **query):
    payload = search(amazon, token, **query).json()["payload"]
    orders = payload["Orders"]
    while "NextToken" in payload:
        reply = search(amazon, token, NextToken=payload["NextToken"])
        payload = reply.json()["payload"]
        orders += payload["Orders"]
    return orders


@pytest.fixture
def generous(amazon):
    """A client whose calls are not counted."""
    amazon.configure(throttling=False)
    return amazon


def test_same_orders_as_2026(amazon):  # A16
    orders = search_all(amazon, MaxResultsPerPage=20)
    truths = {truth["order_id"]: truth for truth in amazon.truths()}
    assert {order["AmazonOrderId"] for order in orders} == set(truths)
    for order in orders:
        truth = truths[order["AmazonOrderId"]]
        assert order["OrderStatus"] == STATES[truth["status"]]
        channel = {"AMAZON": "AFN", "MERCHANT": "MFN"}[truth["fulfilled_by"]]
        assert order["FulfillmentChannel"] == channel
        assert order["PurchaseDate"][-4:] != "000Z"
        programs = truth["payload"]["programs"]
        assert order["IsPrime"] == ("PRIME" in programs)
        assert order["IsBusinessOrder"] == ("AMAZON_BUSINESS" in programs)


def test_no_total_while_pending(amazon):
    orders = search_all(amazon, OrderStatuses="Pending")
    assert orders
    for order in orders:
        assert "OrderTotal" not in order
        assert "ShippingAddress" not in order


@pytest.mark.parametrize(
    "query",
    [
        {"MarketplaceIds": None},
        {"CreatedAfter": None},
        {"LastUpdatedAfter": LONG_AGO},
        {"OrderStatuses": "UNSHIPPED"},
        {"NextToken": "made-up"},
        {"MaxResultsPerPage": 500},
        {"CreatedBefore": "2026-11-20T11:59:00Z"},
    ],
)
def test_refused_queries(amazon, query):
    reply = search(amazon, **query)
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"


def test_orders_by_id(amazon):  # A16
    ids = [truth["order_id"] for truth in amazon.truths()[:3]]
    reply = search(amazon, AmazonOrderIds=",".join([*ids, "000-0000000-0000000"]))
    found = [order["AmazonOrderId"] for order in reply.json()["payload"]["Orders"]]
    assert found == ids


def test_people_only_with_a_restricted_token(amazon):
    plain = search_all(amazon)
    assert not any("Name" in order.get("ShippingAddress", {}) for order in plain)
    assert all(order["BuyerInfo"] == {} for order in plain)
    token = amazon.restricted(ORDERS_V0, "buyerInfo", "shippingAddress")
    shown = search_all(amazon, token)
    truths = {truth["order_id"]: truth["payload"] for truth in amazon.truths()}
    names = 0
    for order in shown:
        payload = truths[order["AmazonOrderId"]]
        address = payload.get("recipient", {}).get("deliveryAddress", {})
        given = order.get("ShippingAddress", {})
        assert given.get("Name") == address.get("name")
        assert given.get("CountryCode") == address.get("countryCode")
        email = payload.get("buyer", {}).get("buyerEmail")
        assert order["BuyerInfo"].get("BuyerEmail") == email
        names += "Name" in given
    assert names > 20


def test_address_and_buyer_need_a_restricted_token(generous):
    truth = next(t for t in generous.truths(status="UNSHIPPED"))
    base = f"{ORDERS_V0}/{truth['order_id']}"
    for part in ("address", "buyerInfo", "orderItems/buyerInfo"):
        assert generous.get(f"{base}/{part}").status_code == 403
        token = generous.restricted(f"{ORDERS_V0}/{{orderId}}/{part}")
        assert generous.get(f"{base}/{part}", token).status_code == 200
    token = generous.restricted(f"{base}/address")
    payload = generous.get(f"{base}/address", token).json()["payload"]
    address = truth["payload"]["recipient"]["deliveryAddress"]
    assert payload["ShippingAddress"]["AddressLine1"] == address["addressLine1"]


def line_total(item, gross):
    def amount(source, name):
        return Decimal(source.get(name, {}).get("Amount", "0"))

    info = item.get("BuyerInfo", {})
    total = sum(
        (amount(item, name) for name in ("ItemPrice", "ShippingPrice", "CODFee")),
        amount(info, "GiftWrapPrice"),
    )
    total -= amount(item, "PromotionDiscount") + amount(item, "ShippingDiscount")
    if not gross:
        total += amount(item, "ItemTax") + amount(item, "ShippingTax")
        total += amount(info, "GiftWrapTax")
        total -= amount(item, "PromotionDiscountTax")
        total -= amount(item, "ShippingDiscountTax")
    return total


@pytest.mark.parametrize("region", ["na", "eu", "fe"])
def test_lines_sum_to_the_total(generous, region):  # A16
    generous.sign_in(region)
    token = generous.restricted(f"{ORDERS_V0}/{{orderId}}/orderItems", "buyerInfo")
    checked = 0
    for truth in generous.truths():
        if truth["grand_total"] is None or truth["status"].startswith("PENDING"):
            continue
        base = f"{ORDERS_V0}/{truth['order_id']}"
        order = generous.get(base).json()["payload"]
        reply = generous.get(f"{base}/orderItems", token)
        items = reply.json()["payload"]["OrderItems"]
        # Net prices are North America's, and not even all of that.
        gross = order["SalesChannel"] not in ("Amazon.com", "Amazon.ca")
        total = sum(line_total(item, gross) for item in items)
        tip = Decimal(truth["delivery_tip"] or 0)
        assert total == Decimal(order["OrderTotal"]["Amount"]), truth
        assert total == Decimal(truth["grand_total"]) - tip
        checked += 1
    assert checked > 15


def test_pending_items_have_no_prices(generous):
    truth = generous.truths(status="PENDING")[0]
    path = f"{ORDERS_V0}/{truth['order_id']}/orderItems"
    for item in generous.get(path).json()["payload"]["OrderItems"]:
        assert "ItemPrice" not in item
        assert item["BuyerRequestedCancel"] == {"IsBuyerRequestedCancel": "false"}


def test_items_in_pages(generous):  # A24
    generous.configure(items_per_page=2)
    truths = generous.truths()
    longest = max(truths, key=lambda truth: len(truth["payload"]["orderItems"]))
    path = f"{ORDERS_V0}/{longest['order_id']}/orderItems"
    payload = generous.get(path).json()["payload"]
    ids = [item["OrderItemId"] for item in payload["OrderItems"]]
    while "NextToken" in payload:
        reply = generous.get(path, NextToken=payload["NextToken"])
        payload = reply.json()["payload"]
        ids += [item["OrderItemId"] for item in payload["OrderItems"]]
    lines = longest["payload"]["orderItems"]
    assert len(lines) > 2
    assert ids == [item["orderItemId"] for item in lines]


def test_cancellation_request_is_a_string(generous):
    truth = generous.truths(status="UNSHIPPED")[0]
    generous.act(truth["order_id"], "request_cancel", reason="Mistake")
    path = f"{ORDERS_V0}/{truth['order_id']}/orderItems"
    for item in generous.get(path).json()["payload"]["OrderItems"]:
        assert item["BuyerRequestedCancel"] == {
            "IsBuyerRequestedCancel": "true",
            "BuyerCancelReason": "Mistake",
        }
