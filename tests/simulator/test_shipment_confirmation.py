"""confirmShipment: parcels, partial shipments, corrections and every refusal."""

from datetime import timedelta

import pytest
from amazon_client import ALL_DATA, ORDERS, ORDERS_V0, AmazonClient, errors, moment
from simulated_time import NOW

from simulator.clock import format_time


def open_order(amazon, lines=1, units=1) -> dict:
    """Return the truth of an order that waits for its shipment."""
    for truth in amazon.truths(status="UNSHIPPED"):
        if truth["fulfilled_by"] != "MERCHANT" or len(truth["lines"]) < lines:
            continue
        if max(line["quantity"] for line in truth["lines"]) >= units:
            return truth
    raise AssertionError("the world has no such order")


def body(truth, items=None, **changes) -> dict:
    """Return a request; `items` = {order item id: units}, None = everything."""
    if items is None:
        items = {each["order_item_id"]: each["quantity"] for each in truth["lines"]}
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "DHL",
        "shippingMethod": "DHL Paket",
        "trackingNumber": "00340434161094015902",
        "shipDate": format_time(NOW),
        "orderItems": [
            {"orderItemId": item_id, "quantity": units}
            for item_id, units in items.items()
        ],
    }
    detail.update(changes)
    return {
        "marketplaceId": truth["marketplace_id"],
        "packageDetail": {k: v for k, v in detail.items() if v is not None},
    }


def confirm(amazon, truth, items=None, **changes):
    return send(amazon, truth["order_id"], body(truth, items, **changes))


def send(amazon, order_id, data):
    path = f"{ORDERS_V0}/{order_id}/shipmentConfirmation"
    return amazon.call("POST", path, json=data)


def read(amazon, truth) -> dict:
    path = f"{ORDERS}/{truth['order_id']}"
    return amazon.get(path, includedData=ALL_DATA).json()["order"]


def shipments(amazon, truth) -> dict:
    return amazon.sim("shipments", params={"order_id": truth["order_id"]})


def test_a_whole_order_ships(amazon):  # A2
    truth = open_order(amazon)
    amazon.advance(60)
    reply = confirm(amazon, truth)
    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["x-amzn-RateLimit-Limit"] == "2"
    order = read(amazon, truth)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert moment(order["lastUpdatedTime"]) == NOW + timedelta(seconds=60)
    (package,) = order["packages"]
    assert package["carrier"] == "DHL"
    assert package["trackingNumber"] == "00340434161094015902"
    assert package["shippingService"] == "DHL Paket"
    assert moment(package["shipTime"]) == NOW
    assert package["packageStatus"] == {"status": "SHIPPED"}
    for item in order["orderItems"]:
        part = item["fulfillment"]
        assert part["quantityFulfilled"] == item["quantityOrdered"]
        assert part["quantityUnfulfilled"] == 0
    older = amazon.get(f"{ORDERS_V0}/{truth['order_id']}").json()["payload"]
    assert older["OrderStatus"] == "Shipped"
    assert older["NumberOfItemsUnshipped"] == 0
    answer = shipments(amazon, truth)
    (shipment,) = answer["shipments"]
    assert shipment["tracking_number"] == "00340434161094015902"
    assert shipment["source"] == "confirmShipment" and shipment["edits"] == 0
    assert {item["sku"]: item["quantity"] for item in shipment["items"]} == dict(
        truth["units"]
    )
    assert shipment["request_id"] == reply.headers["x-amzn-RequestId"]
    assert answer["refused"] == []


def test_two_parcels_partial_shipment_first(amazon):  # A2
    truth = open_order(amazon, lines=2)
    first, *rest = [line["order_item_id"] for line in truth["lines"]]
    units = {line["order_item_id"]: line["quantity"] for line in truth["lines"]}
    assert confirm(amazon, truth, {first: units[first]}).status_code == 204
    assert read(amazon, truth)["fulfillment"]["fulfillmentStatus"] == (
        "PARTIALLY_SHIPPED"
    )
    older = amazon.get(f"{ORDERS_V0}/{truth['order_id']}").json()["payload"]
    assert older["OrderStatus"] == "PartiallyShipped"
    left = {item_id: units[item_id] for item_id in rest}
    reply = confirm(amazon, truth, left, packageReferenceId="2")
    assert reply.status_code == 204
    order = read(amazon, truth)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert [each["packageReferenceId"] for each in order["packages"]] == ["1", "2"]
    assert len(shipments(amazon, truth)["shipments"]) == 2


def test_the_same_reference_edits_the_parcel(amazon):  # A2
    truth = open_order(amazon)
    confirm(amazon, truth)
    amazon.advance(30)
    reply = confirm(amazon, truth, trackingNumber="CORRECTED-1", carrierCode="DPD")
    assert reply.status_code == 204
    (package,) = read(amazon, truth)["packages"]
    assert (package["trackingNumber"], package["carrier"]) == ("CORRECTED-1", "DPD")
    assert moment(package["createdTime"]) == NOW
    (shipment,) = shipments(amazon, truth)["shipments"]
    assert shipment["edits"] == 1
    assert shipment["tracking_number"] == "CORRECTED-1"


def test_fewer_units_in_a_corrected_parcel_open_the_order_again(amazon):
    truth = open_order(amazon, lines=2)
    confirm(amazon, truth)
    first = truth["lines"][0]
    confirm(amazon, truth, {first["order_item_id"]: first["quantity"]})
    order = read(amazon, truth)
    assert order["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert order["orderItems"][1]["fulfillment"]["quantityFulfilled"] == 0


def test_another_carrier_is_shown_by_its_name(amazon):
    truth = open_order(amazon)
    reply = confirm(amazon, truth, carrierCode="Other", carrierName="Bergkurier")
    assert reply.status_code == 204
    assert read(amazon, truth)["packages"][0]["carrier"] == "Bergkurier"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"packageReferenceId": "P-1"}, "must be a positive numeric value"),
        ({"packageReferenceId": "0"}, "must be a positive numeric value"),
        ({"packageReferenceId": "-1"}, "must be a positive numeric value"),
        ({"packageReferenceId": 1}, "invalid type [packageDetail.packageReferenceId]"),
        ({"packageReferenceId": None}, "packageReferenceId is missing"),
        ({"carrierCode": None}, "carrierCode is missing"),
        ({"carrierCode": " "}, "carrierCode is missing"),
        ({"carrierCode": "Other"}, "CarrierName is required"),
        ({"trackingNumber": None}, "trackingNumber is missing"),
        ({"shipDate": None}, "shipDate is missing"),
        ({"shipDate": format_time(NOW + timedelta(minutes=1))}, "in the future"),
        ({"shipDate": "2026-01-01T00:00:00Z"}, "before the order date"),
        ({"orderItems": None}, "orderItems is missing"),
        ({"orderItems": []}, "orderItems is missing"),
        ({"orderItems": [{"orderItemId": "1"}]}, "quantity is missing"),
        ({"orderItems": [{"quantity": 1}]}, "orderItemId is missing"),
        ({"orderItems": {"orderItemId": "1"}}, "invalid type"),
        ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, "OrderItemId is inval"),
        ({"orderItems": [{"orderItemId": "1", "quantity": "1"}]}, "invalid type"),
        ({"orderItems": [{"orderItemId": "1", "quantity": 0}]}, "positive number"),
    ],
)
def test_bad_input_is_refused(amazon, changes, words):  # A2
    truth = open_order(amazon)
    reply = confirm(amazon, truth, **changes)
    assert reply.status_code == 400
    error = errors(reply)
    assert error["code"] == "InvalidInput"
    assert words in error["message"]
    assert read(amazon, truth) == truth["payload"]
    answer = shipments(amazon, truth)
    assert answer["shipments"] == [] and len(answer["refused"]) == 1


@pytest.mark.parametrize("date", ["11/20/2026", "2026-11-20", "yesterday"])
def test_a_bad_date_gets_the_answer_of_amazons_model(amazon, date):
    reply = confirm(amazon, open_order(amazon), shipDate=date)
    assert reply.status_code == 400
    assert errors(reply) == {"code": "Invalid Input", "message": "Invalid Input"}


def test_more_than_is_open_is_refused(amazon):
    truth = open_order(amazon, units=2)
    line = max(truth["lines"], key=lambda each: each["quantity"])
    item_id, units = line["order_item_id"], line["quantity"]
    reply = confirm(amazon, truth, {item_id: units + 1})
    assert "can be shipped" in errors(reply)["message"]
    confirm(amazon, truth, {item_id: units - 1})
    reply = confirm(amazon, truth, {item_id: 2}, packageReferenceId="2")
    assert reply.status_code == 400
    # The units of the parcel itself are free for its correction.
    assert confirm(amazon, truth, {item_id: units}).status_code == 204
    twice = [{"orderItemId": item_id, "quantity": 1}] * 2
    assert confirm(amazon, truth, orderItems=twice).status_code == 400


def refusal(amazon, truth, **changes) -> str:
    reply = confirm(amazon, truth, **changes)
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"
    (refused,) = shipments(amazon, truth)["refused"]
    assert refused["sentence"] == errors(reply)["message"]
    return refused["reason"]


def test_orders_that_cannot_be_confirmed(amazon):  # A2
    fba = next(t for t in amazon.truths() if t["fulfilled_by"] == "AMAZON")
    fba = fba | {"marketplace_id": amazon.seller["marketplace_ids"][0]}
    assert refusal(amazon, fba) == "fulfilled_by_amazon"
    cancelled, pending = (
        next(t for t in amazon.truths(status=s) if t["fulfilled_by"] == "MERCHANT")
        for s in ("CANCELLED", "PENDING")
    )
    line = cancelled["lines"][0]
    one = [{"orderItemId": line["order_item_id"], "quantity": 1}]
    assert refusal(amazon, cancelled, orderItems=one) == "cancelled"
    assert refusal(amazon, pending) == "not_ready"
    shipped = next(
        t for t in amazon.truths(status="SHIPPED") if t["fulfilled_by"] == "MERCHANT"
    )
    assert refusal(amazon, shipped, packageReferenceId="9") == "already_shipped"


def test_ship_plus_orders_are_not_confirmed(amazon):  # A2
    truth = open_order(amazon)
    amazon.act(truth["order_id"], "enroll", program="FBM_SHIP_PLUS")
    assert refusal(amazon, truth) == "ship_plus"
    path = f"{ORDERS_V0}/{truth['order_id']}/orderItems"
    item = amazon.get(path).json()["payload"]["OrderItems"][0]
    assert item["AmazonPrograms"] == {"Programs": ["FBM_SHIP_PLUS"]}


def test_transparency_codes_one_per_unit(amazon):  # A2
    truth = open_order(amazon, units=2)
    amazon.act(truth["order_id"], "enroll", program="TRANSPARENCY")
    line = max(truth["lines"], key=lambda each: each["quantity"])
    item = {"orderItemId": line["order_item_id"], "quantity": line["quantity"]}
    assert refusal(amazon, truth, orderItems=[item]) == "transparency"
    codes = [f"AZ:{number:020d}" for number in range(line["quantity"])]
    item["transparencyCodes"] = codes
    assert confirm(amazon, truth, orderItems=[item]).status_code == 204
    (package,) = read(amazon, truth)["packages"]
    assert package["packageItems"][0]["transparencyCodes"] == codes


def test_wrong_marketplace_and_wrong_order(amazon):
    truth = open_order(amazon)
    data = body(truth)
    other = next(
        id_
        for id_ in amazon.seller["marketplace_ids"]
        if id_ != truth["marketplace_id"]
    )
    for id_, words in ((other, "is not that of order"), ("NOWHERE", "is invalid")):
        reply = send(amazon, truth["order_id"], {**data, "marketplaceId": id_})
        assert reply.status_code == 400
        assert words in errors(reply)["message"]
    cod = {**data, "codCollectionMethod": "DirectPayment"}
    assert send(amazon, truth["order_id"], cod).status_code == 400
    assert send(amazon, "000-0000000-0000000", data).status_code == 404


def test_the_order_of_another_seller_is_not_found(amazon, simulator):
    truth = open_order(amazon)
    with AmazonClient(simulator.url) as stranger:
        stranger.sign_in("na")
        assert confirm(stranger, truth).status_code == 404


def test_bodies_that_are_no_json(amazon):
    path = f"{ORDERS_V0}/{open_order(amazon)['order_id']}/shipmentConfirmation"
    assert amazon.call("POST", path, json=[1]).status_code == 400
    assert amazon.call("POST", path, json={"marketplaceId": 5}).status_code == 400
    assert amazon.call("POST", path, data="x").status_code == 400


def test_a_burst_of_ten(amazon):
    truth = open_order(amazon)
    codes = [confirm(amazon, truth).status_code for _ in range(11)]
    assert codes == [204] * 10 + [429]
