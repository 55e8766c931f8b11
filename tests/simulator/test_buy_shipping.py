"""Buy Shipping: offers, labels that confirm the shipment, refunds."""

import base64
import gzip
import hashlib
import struct
import zlib
from datetime import timedelta

import pytest
from amazon_client import ALL_DATA, ORDERS, errors
from simulated_time import NOW

from simulator.clock import format_time

MFN = "/mfn/v0"


def open_order(amazon) -> dict:
    return next(
        truth
        for truth in amazon.truths(status="UNSHIPPED")
        if truth["fulfilled_by"] == "MERCHANT"
    )


def details(truth, **changes) -> dict:
    return {
        "AmazonOrderId": truth["order_id"],
        "ItemList": [
            {"OrderItemId": line["order_item_id"], "Quantity": line["quantity"]}
            for line in truth["lines"]
        ],
        "ShipFromAddress": {
            "Name": "Fernhollow Lager",
            "AddressLine1": "Industriestraße 48",
            "Email": "lager@example.com",
            "City": "Kassel",
            "PostalCode": "34123",
            "CountryCode": "DE",
            "Phone": "0561 123456",
        },
        "PackageDimensions": {
            "Length": 30,
            "Width": 20,
            "Height": 15,
            "Unit": "centimeters",
        },
        "Weight": {"Value": 1500, "Unit": "g"},
        "ShippingServiceOptions": {
            "DeliveryExperience": "DeliveryConfirmationWithoutSignature",
            "CarrierWillPickUp": False,
        },
        **changes,
    }


def offers(amazon, request) -> dict:
    reply = ask(amazon, request)
    assert reply.status_code == 200, reply.text
    return reply.json()["payload"]


def ask(amazon, request, **more):
    body = {"ShipmentRequestDetails": request, **more}
    return amazon.call("POST", f"{MFN}/eligibleShippingServices", json=body)


def token(amazon, method, path) -> str:
    body = {"restrictedResources": [{"method": method, "path": path}]}
    reply = amazon.call("POST", "/tokens/2021-03-01/restrictedDataToken", json=body)
    return reply.json()["restrictedDataToken"]


def buy(amazon, request, service_id="DHL_PAKET", **more):
    path = f"{MFN}/shipments"
    body = {"ShipmentRequestDetails": request, "ShippingServiceId": service_id, **more}
    return amazon.call("POST", path, token(amazon, "POST", path), json=body)


def bought(amazon, request, **more) -> dict:
    reply = buy(amazon, request, **more)
    assert reply.status_code == 200, reply.text
    return reply.json()["payload"]


def of_label(amazon, method, shipment_id):
    path = f"{MFN}/shipments/{shipment_id}"
    amazon.advance(1)
    return amazon.call(method, path, token(amazon, method, path))


def file_of(label) -> bytes:
    contents = label["FileContents"]
    data = gzip.decompress(base64.b64decode(contents["Contents"]))
    digest = base64.b64encode(hashlib.md5(data).digest()).decode()
    assert contents["Checksum"] == digest
    return data


def test_offers_are_cheapest_first(amazon):  # A2
    answer = offers(amazon, details(open_order(amazon)))
    services = answer["ShippingServiceList"]
    rates = [service["Rate"]["Amount"] for service in services]
    assert rates == sorted(rates) and len(rates) == 3
    (rejected,) = answer["RejectedShippingServiceList"]
    assert rejected["RejectionReasonCode"] in ("WEIGHT_EXCEEDED", "DELIVERY_EXPERIENCE")
    amazon.configure(unavailable_carriers=["DHL"])
    answer = offers(amazon, details(open_order(amazon)))
    assert answer["TemporarilyUnavailableCarrierList"] == [{"CarrierName": "DHL"}]
    assert buy(amazon, details(open_order(amazon))).status_code == 400
    amazon.configure(unavailable_carriers=[], carriers_with_new_terms=["DHL"])
    answer = offers(amazon, details(open_order(amazon)))
    named = answer["TermsAndConditionsNotAcceptedCarrierList"]
    assert named == [{"CarrierName": "DHL"}]
    assert buy(amazon, details(open_order(amazon))).status_code == 400


def test_a_label_confirms_the_shipment_by_itself(amazon):  # A2
    truth = open_order(amazon)
    request = details(truth)
    service = offers(amazon, request)["ShippingServiceList"][0]
    shipment = bought(
        amazon,
        request,
        service_id=service["ShippingServiceId"],
        ShippingServiceOfferId=service["ShippingServiceOfferId"],
    )
    assert shipment["Status"] == "Purchased"
    assert file_of(shipment["Label"]).startswith(b"%PDF-")
    path = f"{ORDERS}/{truth['order_id']}"
    order = amazon.get(path, includedData=ALL_DATA).json()["order"]
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    (package,) = order["packages"]
    assert package["trackingNumber"] == shipment["TrackingId"]
    assert package["carrier"] == service["CarrierName"]
    (known,) = amazon.sim("shipments")["shipments"]
    assert known["source"] == "label"
    assert buy(amazon, request).status_code == 400


def test_ship_plus_orders_ship_with_a_label(amazon):  # A2
    truth = open_order(amazon)
    amazon.act(truth["order_id"], "enroll", program="FBM_SHIP_PLUS")
    assert bought(amazon, details(truth))["TrackingId"]


@pytest.mark.parametrize(
    ("wanted", "mime", "start"),
    [
        ("PDF", "application/pdf", b"%PDF-1.4"),
        ("PNG", "image/png", b"\x89PNG\r\n"),
        ("ZPL203", "application/zpl", b"^XA"),
        ("ZPL300", "application/zpl", b"^XA"),
        ("ShippingServiceDefault", "application/pdf", b"%PDF-1.4"),
    ],
)
def test_labels_are_real_files(amazon, wanted, mime, start):
    request = details(open_order(amazon))
    request["ShippingServiceOptions"]["LabelFormat"] = wanted
    request["LabelCustomization"] = {"CustomTextForLabel": "A(B)^C~"}
    label = bought(amazon, request)["Label"]
    assert label["FileContents"]["FileType"] == mime
    data = file_of(label)
    assert data.startswith(start)
    if mime == "application/zpl":
        assert data.count(b"^XZ") == 1 and "Industriestraße".encode() in data
    if mime == "image/png":
        size = struct.unpack(">II", data[16:24])
        assert size == (400, 600)
        (length,) = struct.unpack(">I", data[33:37])
        assert len(zlib.decompress(data[41 : 41 + length])) == 401 * 600
    if mime == "application/pdf":
        assert data.rstrip().endswith(b"%%EOF")
        place = int(data.split(b"startxref\n")[1].split()[0])
        assert data[place:].startswith(b"xref")


def test_a_cancelled_label_leaves_the_order_shipped(amazon):  # A2
    truth = open_order(amazon)
    shipment = bought(amazon, details(truth))
    shipment_id = shipment["ShipmentId"]
    reply = of_label(amazon, "DELETE", shipment_id)
    assert reply.json()["payload"]["Status"] == "RefundPending"
    assert amazon.sim(f"orders/{truth['order_id']}")["status"] == "SHIPPED"
    (known,) = amazon.sim("shipments")["shipments"]
    assert known["status"] == "CANCELLED"
    amazon.configure(label_refund_seconds=600)
    amazon.advance(700)
    shown = of_label(amazon, "GET", shipment_id).json()["payload"]
    assert shown["Status"] == "RefundApplied"
    assert shown["Label"] == shipment["Label"]
    another = bought(amazon, details(truth), service_id="DPD_CLASSIC")
    assert another["ShipmentId"] != shipment_id
    (package,) = amazon.get(
        f"{ORDERS}/{truth['order_id']}", includedData=ALL_DATA
    ).json()["order"]["packages"]
    assert package["trackingNumber"] == another["TrackingId"]
    assert buy(amazon, details(truth)).status_code == 400


def test_a_label_can_be_cancelled_for_some_time(amazon):  # A2
    amazon.configure(label_cancel_seconds=600)
    shipment = bought(amazon, details(open_order(amazon)))
    amazon.advance(700)
    reply = of_label(amazon, "DELETE", shipment["ShipmentId"])
    assert (reply.status_code, errors(reply)["code"]) == (400, "InvalidInput")


def test_services_that_arrive_too_late_are_rejected(amazon):  # A2
    soon = format_time(NOW + timedelta(days=2, hours=1))
    answer = offers(amazon, details(open_order(amazon), MustArriveByDate=soon))
    assert [s["CarrierName"] for s in answer["ShippingServiceList"]] == ["DHL"]
    codes = {s["RejectionReasonCode"] for s in answer["RejectedShippingServiceList"]}
    assert "TOO_LATE" in codes


def test_labels_need_a_restricted_token_and_their_owner(amazon):
    request = details(open_order(amazon))
    path, body = f"{MFN}/shipments", {"ShipmentRequestDetails": request}
    reply = amazon.call("POST", path, json={**body, "ShippingServiceId": "DHL_PAKET"})
    assert reply.status_code == 403
    shipment_id = bought(amazon, request)["ShipmentId"]
    amazon.sign_in("na")
    assert of_label(amazon, "GET", shipment_id).status_code == 404


def test_an_offer_is_for_one_parcel_and_one_hour(amazon):
    request = details(open_order(amazon))
    offered = offers(amazon, request)["ShippingServiceList"][0]
    more = {
        "service_id": offered["ShippingServiceId"],
        "ShippingServiceOfferId": offered["ShippingServiceOfferId"],
    }
    heavier = {**request, "Weight": {"Value": 2000, "Unit": "g"}}
    assert buy(amazon, heavier, **more).status_code == 400
    amazon.advance(3590)
    assert amazon.sim("shipments")["shipments"] == []
    amazon.advance(20)
    amazon.sign_in("eu")
    assert "expired" in errors(buy(amazon, request, **more))["details"]
    garbage = {**more, "ShippingServiceOfferId": "x"}
    assert buy(amazon, request, **garbage).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"AmazonOrderId": "000-0000000-0000000"},
        {"ItemList": []},
        {"ItemList": [{"OrderItemId": "1", "Quantity": 1}]},
        {"Weight": {"Value": 0, "Unit": "g"}},
        {"Weight": {"Value": 1, "Unit": "kg"}},
        {"PackageDimensions": {"Length": 1}},
        {"ShipFromAddress": {"Name": "X"}},
        {"ShippingServiceOptions": {"DeliveryExperience": "Drone"}},
    ],
)
def test_bad_requests(amazon, changes):
    reply = ask(amazon, details(open_order(amazon), **changes))
    assert reply.status_code == 400
    assert errors(reply)["code"] == "InvalidInput"


def test_no_service_wants_more_inputs(amazon):
    request = details(open_order(amazon))
    body = {
        "OrderId": request["AmazonOrderId"],
        "ShippingServiceId": "DHL_PAKET",
        "ShipFromAddress": request["ShipFromAddress"],
    }
    path = f"{MFN}/additionalSellerInputs"
    reply = amazon.call("POST", path, json=body)
    assert reply.json()["payload"] == {
        "ShipmentLevelFields": [],
        "ItemLevelFieldsList": [],
    }
    amazon.advance(1)
    reply = amazon.call("POST", path, json={**body, "ShippingServiceId": "X"})
    assert reply.status_code == 400


def test_a_carrier_asks_before_it_sells(amazon):  # A2
    amazon.configure(carriers_with_questions=["DHL"])
    request = details(open_order(amazon))
    services = {
        s["CarrierName"]: s for s in offers(amazon, request)["ShippingServiceList"]
    }
    assert services["DHL"]["RequiresAdditionalSellerInputs"] is True
    assert services["UPS"]["RequiresAdditionalSellerInputs"] is False
    body = {
        "OrderId": request["AmazonOrderId"],
        "ShippingServiceId": "DHL_PAKET",
        "ShipFromAddress": request["ShipFromAddress"],
    }
    path = f"{MFN}/additionalSellerInputs"
    asked = amazon.call("POST", path, json=body).json()["payload"]
    (field,) = asked["ShipmentLevelFields"]
    values = field["SellerInputDefinition"]["RestrictedSetValues"]
    assert asked["ItemLevelFieldsList"]
    assert buy(amazon, request).status_code == 400
    amazon.advance(1)
    answer = {
        "AdditionalInputFieldName": field["AdditionalInputFieldName"],
        "AdditionalSellerInput": {"DataType": "STRING", "ValueAsString": values[0]},
    }
    assert bought(amazon, request, ShipmentLevelSellerInputsList=[answer])


def test_names_longer_than_thirty_characters(amazon):
    request = details(open_order(amazon))
    request["ShipFromAddress"]["Name"] = "Fernhollow Europe GmbH, Lager Kassel"
    assert "longer than 30" in errors(ask(amazon, request))["details"]


def test_more_units_than_are_open(amazon):
    request = details(open_order(amazon))
    request["ItemList"][0]["Quantity"] += 1
    assert ask(amazon, request).status_code == 400


def test_no_japanese_service_for_a_european_seller(amazon):
    request = details(open_order(amazon))
    assert buy(amazon, request, service_id="YAMATO_TAKKYUBIN").status_code == 400


def test_the_carrier_moves_a_parcel_on(amazon):  # A33
    truth = open_order(amazon)
    reference = {"reference": "1"}
    bought(amazon, details(truth, ShipDate=format_time(NOW + timedelta(days=1))))
    moved = amazon.act(
        truth["order_id"],
        "track",
        **reference,
        status="IN_TRANSIT",
        detailed_status="OUT_FOR_DELIVERY",
    )
    (package,) = moved["payload"]["packages"]
    assert package["packageStatus"] == {
        "status": "IN_TRANSIT",
        "detailedStatus": "OUT_FOR_DELIVERY",
    }
