"""Multi-channel fulfilment: Amazon ships orders of other channels."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from amazon_client import ALL_DATA, errors, moment
from simulated_time import NOW

MCF = "/fba/outbound/2020-07-01"
ORDERS = f"{MCF}/fulfillmentOrders"
DE, GB = "A1PA6795UKMFR9", "A1F83G8C2ARO7P"
WHOLE_WAY = 60 + 300 + 3600


def stock(amazon, sku=None, pool="EU") -> dict:
    query = {"seller_id": amazon.seller["seller_id"]}
    rows = amazon.sim("fba", params=query)["stock"]
    return next(
        row
        for row in rows
        if row["pool"] == pool
        and (row["sku"] == sku if sku else row["fulfillable"] >= 10)
    )


def request(amazon, sku=None, quantity=2, **changes) -> dict:
    sku = sku or stock(amazon)["sku"]
    return {
        "sellerFulfillmentOrderId": "WH/OUT/00042",
        "displayableOrderId": "SO042",
        "displayableOrderDate": "2026-11-20T11:00:00Z",
        "displayableOrderComment": "Thank you",
        "shippingSpeedCategory": "Standard",
        "destinationAddress": {
            "name": "Ada Example",
            "addressLine1": "Hauptstraße 1",
            "city": "Kassel",
            "postalCode": "34117",
            "countryCode": "DE",
        },
        "items": [
            {
                "sellerSku": sku,
                "sellerFulfillmentOrderItemId": "1",
                "quantity": quantity,
            }
        ],
        **changes,
    }


def place(amazon, body):
    return amazon.call("POST", ORDERS, json=body)


def placed(amazon, body) -> dict:
    reply = place(amazon, body)
    assert reply.status_code == 200, reply.text
    return read(amazon, body["sellerFulfillmentOrderId"])


def path(reference) -> str:
    return f"{ORDERS}/{quote(reference, safe='')}"


def read(amazon, reference="WH/OUT/00042") -> dict:
    reply = amazon.get(path(reference))
    assert reply.status_code == 200, reply.text
    return reply.json()["payload"]


def status(amazon, reference="WH/OUT/00042") -> str:
    return read(amazon, reference)["fulfillmentOrder"]["fulfillmentOrderStatus"]


def test_an_order_ships_by_the_clock(amazon):  # A37
    before = stock(amazon)
    body = request(amazon, before["sku"])
    order = placed(amazon, body)
    assert order["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Received"
    assert order["fulfillmentOrder"]["marketplaceId"] == DE
    reserved = stock(amazon, before["sku"])
    assert reserved["fulfillable"] == before["fulfillable"] - 2
    assert reserved["reserved"] == before["reserved"] + 2
    amazon.advance(60)
    assert status(amazon) == "Planning"
    amazon.advance(300)
    order = read(amazon)
    assert order["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Processing"
    assert order["fulfillmentShipments"][0]["fulfillmentShipmentStatus"] == "PENDING"
    amazon.advance(3599)
    amazon.sign_in("eu")
    assert status(amazon) == "Processing"
    amazon.advance(1)
    order = read(amazon)
    assert order["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Complete"
    (shipment,) = order["fulfillmentShipments"]
    assert shipment["fulfillmentShipmentStatus"] == "SHIPPED"
    assert moment(shipment["shippingDate"]) == NOW + timedelta(seconds=WHOLE_WAY)
    assert shipment["fulfillmentShipmentItem"][0]["quantity"] == 2
    after = stock(amazon, before["sku"])
    assert after["total"] == before["total"] - 2
    assert after["reserved"] == before["reserved"]


def test_the_package_is_tracked_to_the_door(amazon):  # A33, A37
    placed(amazon, request(amazon))
    number = None
    amazon.advance(400)
    shipment = read(amazon)["fulfillmentShipments"][0]
    number = shipment["fulfillmentShipmentItem"][0]["packageNumber"]
    track = f"{MCF}/tracking"
    assert amazon.get(track, packageNumber=number).status_code == 404
    amazon.advance(WHOLE_WAY)
    amazon.sign_in("eu")
    (package,) = read(amazon)["fulfillmentShipments"][0]["fulfillmentShipmentPackage"]
    seen = []
    for days in (0, 1, 2, 1.6, 1):
        amazon.advance(days * 86_400)
        amazon.sign_in("eu")
        details = amazon.get(track, packageNumber=number).json()["payload"]
        assert details["trackingNumber"] == package["trackingNumber"]
        seen.append((details["currentStatus"], len(details["trackingEvents"])))
    assert seen[0] == ("IN_TRANSIT", 1)
    assert seen[-2][0] == "OUT_FOR_DELIVERY"
    assert seen[-1] == ("DELIVERED", 5)
    assert amazon.get(track).status_code == 400
    assert amazon.get(track, packageNumber=7).status_code == 404


def test_the_orders_apis_show_it_as_sold_elsewhere(amazon):  # A37
    placed(amazon, request(amazon))
    amazon.advance(300)

    def seen():
        found = amazon.search_all(fulfilledBy="AMAZON", includedData=ALL_DATA)
        return next(
            order
            for order in found
            if {"aliasId": "SO042", "aliasType": "SELLER_ORDER_ID"}
            in order.get("orderAliases", ())
        )

    order = seen()
    assert order["salesChannel"]["channelName"] == "NON_AMAZON"
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    # Whoever asks first after it was due sees it shipped.
    amazon.advance(WHOLE_WAY)
    amazon.sign_in("eu")
    assert seen()["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_cancel_before_the_warehouse_works_on_it(amazon):  # A37
    before = stock(amazon)
    placed(amazon, request(amazon, before["sku"]))
    reply = amazon.call("PUT", f"{path('WH/OUT/00042')}/cancel")
    assert (reply.status_code, reply.json()) == (200, {})
    order = read(amazon)
    assert order["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Cancelled"
    assert order["fulfillmentOrderItems"][0]["cancelledQuantity"] == 2
    assert stock(amazon, before["sku"])["fulfillable"] == before["fulfillable"]
    assert amazon.call("PUT", f"{path('WH/OUT/00042')}/cancel").status_code == 200
    placed(amazon, request(amazon, sellerFulfillmentOrderId="LATE"))
    amazon.advance(400)
    reply = amazon.call("PUT", f"{path('LATE')}/cancel")
    assert "no longer" in errors(reply)["details"]


def test_an_order_on_hold_waits_for_its_release(amazon):
    before = stock(amazon)
    placed(amazon, request(amazon, before["sku"], fulfillmentAction="Hold"))
    amazon.advance(3000)
    assert status(amazon) == "Received"
    assert stock(amazon, before["sku"])["reserved"] == before["reserved"]
    body = {"fulfillmentAction": "Ship"}
    assert amazon.call("PUT", path("WH/OUT/00042"), json=body).status_code == 200
    assert amazon.call("PUT", path("WH/OUT/00042"), json=body).status_code == 400
    amazon.advance(360)
    assert status(amazon) == "Processing"


@pytest.mark.parametrize(
    ("policy", "ends", "units"),
    [
        ("FillOrKill", "Unfulfillable", 0),
        ("FillAllAvailable", "CompletePartialled", None),
    ],
)
def test_more_than_there_is(amazon, policy, ends, units):  # A37
    have = stock(amazon)
    units = have["fulfillable"] if units is None else units
    amazon.configure(mcf_shipping_seconds=0)
    wanted = have["fulfillable"] + 5
    body = request(amazon, have["sku"], wanted, fulfillmentPolicy=policy)
    assert wanted <= 250, "more than one order may ask for"
    placed(amazon, body)
    amazon.advance(400)
    order = read(amazon)
    assert order["fulfillmentOrder"]["fulfillmentOrderStatus"] == ends
    (item,) = order["fulfillmentOrderItems"]
    assert item["unfulfillableQuantity"] == wanted - units
    shipped = sum(
        line["quantity"]
        for shipment in order["fulfillmentShipments"]
        for line in shipment["fulfillmentShipmentItem"]
    )
    assert shipped == units


def test_fill_all_ships_the_rest_when_it_arrives(amazon):
    have = stock(amazon)
    amazon.configure(mcf_shipping_seconds=10)
    wanted = have["fulfillable"] + 3
    placed(amazon, request(amazon, have["sku"], wanted, fulfillmentPolicy="FillAll"))
    amazon.advance(400)
    assert status(amazon) == "Processing"
    act = {"seller_id": amazon.seller["seller_id"], "sku": have["sku"]}
    amazon.sim("fba", "POST", json={**act, "action": "receive", "quantity": 3})
    for _ in range(2):
        amazon.advance(20)
        last = read(amazon)
    assert last["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Complete"
    assert len(last["fulfillmentShipments"]) == 2


def test_the_list_by_the_last_change(amazon):  # A37
    for number in range(3):
        placed(amazon, request(amazon, sellerFulfillmentOrderId=f"S{number}"))
        amazon.advance(10)
    payload = amazon.get(ORDERS, queryStartDate="2026-11-20T12:00:10Z").json()
    ids = [
        each["sellerFulfillmentOrderId"]
        for each in payload["payload"]["fulfillmentOrders"]
    ]
    assert ids == ["S1", "S2"]
    assert len(amazon.get(ORDERS).json()["payload"]["fulfillmentOrders"]) == 3
    assert amazon.get(ORDERS, nextToken="x").status_code == 400


def test_the_list_comes_in_pages(amazon):
    for number in range(51):
        body = request(amazon, quantity=1, sellerFulfillmentOrderId=f"S{number:02d}")
        amazon.configure(throttling=False)
        assert place(amazon, body).status_code == 200
    first = amazon.get(ORDERS).json()["payload"]
    rest = amazon.get(ORDERS, nextToken=first["nextToken"]).json()["payload"]
    assert len(first["fulfillmentOrders"]) == 50
    assert len(rest["fulfillmentOrders"]) == 1 and "nextToken" not in rest


def test_a_preview_says_what_is_possible(amazon):  # A37
    have = stock(amazon)
    body = request(amazon, have["sku"])
    ask = {"address": body["destinationAddress"], "items": body["items"]}
    reply = amazon.call("POST", f"{ORDERS}/preview", json=ask)
    previews = reply.json()["payload"]["fulfillmentPreviews"]
    assert [each["shippingSpeedCategory"] for each in previews] == [
        "Standard",
        "Expedited",
        "Priority",
    ]
    assert all(each["isFulfillable"] for each in previews)
    assert previews[0]["estimatedFees"][0]["amount"]["currencyCode"] == "EUR"
    ask["items"][0]["quantity"] = 200
    ask["items"].append(
        {"sellerSku": "NONE", "sellerFulfillmentOrderItemId": "2", "quantity": 1}
    )
    ask["shippingSpeedCategories"] = ["Standard"]
    reply = amazon.call("POST", f"{ORDERS}/preview", json=ask)
    (preview,) = reply.json()["payload"]["fulfillmentPreviews"]
    assert not preview["isFulfillable"]
    reasons = preview["orderUnfulfillableReasons"]
    assert "SELLER_SKU_NOT_FOUND" in reasons


@pytest.mark.parametrize(
    "changes",
    [
        {"sellerFulfillmentOrderId": "X" * 41},
        {"sellerFulfillmentOrderId": None},
        {"displayableOrderDate": "today"},
        {"displayableOrderComment": ""},
        {"shippingSpeedCategory": "Rocket"},
        {"shippingSpeedCategory": "ScheduledDelivery"},
        {"fulfillmentAction": "Wait"},
        {"fulfillmentPolicy": "FillSome"},
        {"destinationAddress": {"name": "A"}},
        {"marketplaceId": "NOWHERE"},
        {"items": []},
        {"items": [{"sellerSku": "X", "quantity": 1}]},
        {
            "items": [
                {
                    "sellerSku": "NONE",
                    "sellerFulfillmentOrderItemId": "1",
                    "quantity": 1,
                }
            ]
        },
    ],
)
def test_bad_orders(amazon, changes):
    reply = place(amazon, {**request(amazon), **changes})
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"


def test_limits_and_ids_that_were_used(amazon):
    body = request(amazon)
    assert place(amazon, body).status_code == 200
    assert "was used" in errors(place(amazon, body))["details"]
    line = body["items"][0]
    for items in (
        [{**line, "quantity": 251}],
        [line, line],
        [{**line, "sellerFulfillmentOrderItemId": str(n)} for n in range(101)],
        [{**line, "quantity": True}],
    ):
        body = request(amazon, sellerFulfillmentOrderId="OTHER", items=items)
        assert place(amazon, body).status_code == 400
    assert amazon.get(path("NOBODY")).status_code == 404
    amazon.sign_in("na")
    assert amazon.get(path("WH/OUT/00042")).status_code == 404


def test_british_orders_take_british_stock(amazon):
    have = stock(amazon, pool="GB")
    body = request(amazon, have["sku"], 1, marketplaceId=GB)
    placed(amazon, body)
    left = stock(amazon, have["sku"], "GB")
    assert left["fulfillable"] == have["fulfillable"] - 1


@pytest.mark.parametrize("outcome", ["Invalid", "Unfulfillable"])
def test_what_amazon_cannot_ship(amazon, outcome):
    amazon.configure(mcf_outcome=outcome)
    placed(amazon, request(amazon))
    amazon.advance(60)
    assert status(amazon) == outcome
