"""Buyers: they get what is published, no more, and their orders are complete."""

from collections import Counter
from decimal import Decimal

import pytest
from listing_tools import (
    DE,
    US,
    accepted,
    availability,
    item,
    master,
    patch,
    price,
    stock,
)


def buy(client, sku, **details):
    who = {"seller_id": client.seller["seller_id"], "sku": sku}
    return client.sim("buy", "POST", json={**who, **details})


def publish(client, sku, quantity):
    accepted(patch(client, sku, availability("merge", {"quantity": quantity})))


def test_no_more_than_published(shop):  # X2
    sku = master(shop)["sku"]
    publish(shop, sku, 7)
    sale = buy(shop, sku, quantity=2, count=5)
    assert len(sale["accepted"]) == 3
    assert {each["reason"] for each in sale["refused"]} == {"only 1 available"}
    (row,) = stock(shop, sku)
    assert row["quantity"] == 1
    assert row["accepted"] == {"total": 6, "cancelled": 0}
    assert item(shop, sku)["fulfillmentAvailability"][0]["quantity"] == 1
    causes = [(entry["cause"], entry["quantity"]) for entry in row["history"]]
    assert causes == [("publish", 7), ("sale", 5), ("sale", 3), ("sale", 1)]
    assert all(entry["request_id"] and entry["at"] for entry in row["history"])


def test_orders_are_complete(shop):
    sku = master(shop)["sku"]
    accepted(patch(shop, sku, price(24.5)))
    sale = buy(shop, sku, quantity=2, marketplace_id=DE)
    order_id = sale["accepted"][0]["order_id"]
    found = {order["orderId"] for order in shop.search_all()}
    assert order_id not in found
    shop.advance(121)
    orders = {
        order["orderId"]: order
        for order in shop.search_all(includedData="PROCEEDS,FULFILLMENT,RECIPIENT")
    }
    order = orders[order_id]
    assert order["proceeds"]["grandTotal"]["amount"] == "49.00"
    assert order["fulfillment"]["fulfilledBy"] == "MERCHANT"
    assert order["recipient"]["deliveryAddress"]["countryCode"]
    truth = shop.sim(f"orders/{order_id}")
    assert (truth["expected"], truth["units"]) == ("order", {sku: 2})
    shipped = shop.act(order_id, "ship")
    assert shipped["status"] == "SHIPPED"


@pytest.mark.parametrize("region", ["na", "eu", "fe"])
def test_money_reconciles(shop, region):
    shop.sign_in(region)
    seller_id = shop.seller["seller_id"]
    body = {"seller_id": seller_id, "attempts": 60, "seed": 3, "pending": 0}
    sale = shop.sim("buyers", "POST", json=body)
    assert len(sale["accepted"]) > 40
    placed = Counter()
    for each in sale["accepted"]:
        truth = shop.sim(f"orders/{each['order_id']}")
        placed[truth["marketplace_id"]] += 1
        total = Decimal(truth["grand_total"])
        lines = sum(
            Decimal(line["item"]) + _extra(truth, line) for line in truth["lines"]
        )
        assert total == lines > 0
        if each["sku"] not in ("7Q-K2XM-R4TD", "FH-MUG-2023-OLD"):
            assert truth["expected"] == "order"
    assert set(placed) <= set(shop.seller["marketplace_ids"])


def _extra(truth, line):
    included = truth["price_includes_tax"] is not False
    return Decimal(0) if included else Decimal(line["tax"])


def test_pending_and_its_end(shop):  # X2
    sku = master(shop)["sku"]
    publish(shop, sku, 10)
    pending = buy(shop, sku, quantity=2, count=3, status="PENDING")["accepted"]
    open_ = buy(shop, sku, quantity=1, count=1)["accepted"][0]
    assert stock(shop, sku)[0]["quantity"] == 3
    first, second, third = (each["order_id"] for each in pending)
    assert shop.sim(f"orders/{first}")["expected"] == "none"
    assert shop.act(first, "release")["expected"] == "order"
    shop.act(first, "cancel")
    shop.act(second, "cancel", by="BUYER")
    shop.act(open_["order_id"], "cancel")
    (row,) = stock(shop, sku)
    assert row["quantity"] == 5
    assert row["accepted"] == {"total": 7, "cancelled": 5}
    assert row["history"][-1]["cause"] == "restock"
    shop.configure(restock_on_cancel=False)
    shop.act(third, "cancel")
    assert stock(shop, sku)[0]["quantity"] == 5


def test_buyers_repeat_from_a_seed(shop, simulator):
    body = {"attempts": 30, "seed": 11}
    first = shop.sim("buyers", "POST", json=body)
    shop.sim("reset", "POST", json={"now": "2026-11-20T12:00:00Z", "speed": 0})
    assert shop.sim("buyers", "POST", json=body) == first
    assert first["units"] == sum(each["quantity"] for each in first["accepted"])


def test_who_cannot_be_served(shop):
    amazon_only = master(shop, "AMAZON")["sku"]
    sale = buy(shop, amazon_only)
    assert sale["refused"][0]["reason"] == "fulfilled by Amazon"
    assert stock(shop, amazon_only) == []
    sku = master(shop)["sku"]
    for changes in ({"status": "SHIPPED"}, {"quantity": 0}, {"marketplace_id": US}):
        who = {"seller_id": shop.seller["seller_id"], "sku": sku, **changes}
        reply = shop.http.post(f"{shop.url}/_sim/buy", json=who)
        assert reply.status_code == 400
    who = {"seller_id": shop.seller["seller_id"], "sku": "NO-SUCH"}
    assert shop.http.post(f"{shop.url}/_sim/buy", json=who).status_code == 404
    shop.call(
        "DELETE",
        f"/listings/2021-08-01/items/{who['seller_id']}/{sku}",
        params={"marketplaceIds": DE},
    )
    sale = buy(shop, sku, marketplace_id=DE)
    assert sale["refused"][0]["reason"] == "not offered in this marketplace"


def test_orders_for_what_a_client_listed(shop):
    seller_id = shop.seller["seller_id"]
    shop.sim("listings", "POST", json={"seller_id": seller_id, "count": 2})
    sale = buy(shop, "BULK-00002")
    truth = shop.sim(f"orders/{sale['accepted'][0]['order_id']}")
    assert truth["expected"] == "order"
    shop.sim(
        "listings",
        "POST",
        json={"seller_id": seller_id, "sku": "BULK-00001", "quantity": 1},
    )
    sale = buy(shop, "BULK-00001", count=2)
    assert [len(sale["accepted"]), len(sale["refused"])] == [1, 1]


def test_ten_thousand_listings(shop):
    seller_id = shop.seller["seller_id"]
    body = {"seller_id": seller_id, "count": 10_000, "quantity": 5}
    assert shop.sim("listings", "POST", json=body)["last"] == ["BULK-10000"]
    publish(shop, "BULK-09999", 1)
    sale = shop.sim(
        "buyers", "POST", json={"seller_id": seller_id, "attempts": 50, "seed": 1}
    )
    assert len(sale["accepted"]) == 50
    assert item(shop, "BULK-09999")["fulfillmentAvailability"][0]["quantity"] <= 1
