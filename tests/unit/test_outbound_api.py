"""Orders of other channels that Amazon ships (A28, A37)."""

from datetime import datetime, timezone
from decimal import Decimal

import jsonschema
import pytest
from unit_support import load_model

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.outbound import (
    Destination,
    OutboundItem,
    fulfillment_order_body,
    preview_body,
    read_fulfillment_order,
    read_previews,
)

MODEL = "fulfillment-outbound-api-model/fulfillmentOutbound_2020-07-01.json"
NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
BUYER = Destination("Buyer", "Street 2", "10115", "DE", "Berlin", phone="030")


def check(definition, value):
    model = load_model(MODEL)
    schema = {"$ref": f"#/definitions/{definition}"}
    jsonschema.Draft4Validator(
        {**schema, "definitions": model["definitions"]}
    ).validate(value)


def body(**changes):
    values = {
        "order_id": "S00042",
        "destination": BUYER,
        "items": [OutboundItem("7", "SKU-1", 2, gift_message="Hello")],
        "shown_id": "S00042",
        "ordered_at": NOON,
        "comment": "Thank you",
        **changes,
    }
    return fulfillment_order_body(**values)


def test_the_bodies_are_ones_the_model_allows():  # A28
    full = body(
        marketplace_id="A1PA6795UKMFR9",
        speed="Expedited",
        action="Hold",
        policy="FillAll",
        emails=["a@example.com"],
    )
    check("CreateFulfillmentOrderRequest", full)
    check("CreateFulfillmentOrderRequest", body())
    items = [OutboundItem("7", "SKU-1", 2)]
    check("GetFulfillmentPreviewRequest", preview_body(BUYER, items, "A"))
    assert full["displayableOrderDate"] == "2026-11-21T12:00:00.000Z"
    assert full["items"] == [
        {
            "sellerSku": "SKU-1",
            "sellerFulfillmentOrderItemId": "7",
            "quantity": 2,
            "giftMessage": "Hello",
        }
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": "S" * 41},
        {"shown_id": ""},
        {"comment": ""},
        {"comment": "x" * 751},
        {"items": []},
        {"items": [OutboundItem("7", "A", 0)]},
        {"items": [OutboundItem("7", "A", 251)]},
        {"items": [OutboundItem("7", "A", 1), OutboundItem("7", "B", 1)]},
        {"items": [OutboundItem(str(n), "A", 1) for n in range(101)]},
        {"ordered_at": datetime(2026, 11, 21)},
    ],
)
def test_an_order_amazon_would_refuse_is_never_sent(changes):  # A37
    with pytest.raises(ValueError):
        body(**changes)


def test_what_each_speed_costs():
    def fee(value):
        return {"name": "Fee", "amount": {"currencyCode": "EUR", "value": value}}

    previews = [
        {
            "shippingSpeedCategory": "Standard",
            "isFulfillable": True,
            "estimatedFees": [fee("4.10"), fee("1.05")],
        },
        {
            "shippingSpeedCategory": "Priority",
            "isFulfillable": False,
            "orderUnfulfillableReasons": ["NO_STOCK"],
        },
    ]
    standard, priority = read_previews(previews)
    assert (standard.fees, standard.currency) == (Decimal("5.15"), "EUR")
    assert standard.is_fulfillable and not priority.is_fulfillable
    assert (priority.fees, priority.reasons) == (Decimal(0), ("NO_STOCK",))


ORDER = {
    "fulfillmentOrder": {
        "sellerFulfillmentOrderId": "S00042",
        "fulfillmentOrderStatus": "Processing",
        "statusUpdatedDate": "2026-11-21T12:00:00Z",
    },
    "fulfillmentOrderItems": [
        {
            "sellerSku": "A",
            "sellerFulfillmentOrderItemId": "7",
            "quantity": 3,
            "cancelledQuantity": 1,
            "unfulfillableQuantity": 0,
        }
    ],
    "fulfillmentShipments": [
        {
            "amazonShipmentId": "D1",
            "fulfillmentShipmentStatus": "SHIPPED",
            "shippingDate": "2026-11-21T12:00:00Z",
            "fulfillmentShipmentItem": [
                {
                    "sellerSku": "A",
                    "sellerFulfillmentOrderItemId": "7",
                    "quantity": 2,
                    "packageNumber": 1,
                }
            ],
            "fulfillmentShipmentPackage": [
                {"packageNumber": 1, "carrierCode": "DHL", "trackingNumber": "003"}
            ],
        }
    ],
}


def test_what_became_of_an_order():  # A37
    found = read_fulfillment_order(ORDER)
    assert (found.order_id, found.status, found.is_final) == (
        "S00042",
        "Processing",
        False,
    )
    assert (found.lines[0].quantity, found.lines[0].cancelled) == (3, 1)
    (shipment,) = found.shipments
    assert shipment.shipped_at == found.updated_at == NOON
    assert (shipment.units[0].item_id, shipment.units[0].package_number) == ("7", 1)
    (package,) = shipment.packages
    assert (package.number, package.tracking_number) == (1, "003")
    done = {**ORDER["fulfillmentOrder"], "fulfillmentOrderStatus": "Complete"}
    assert read_fulfillment_order({"fulfillmentOrder": done}).is_final


@pytest.mark.parametrize("payload", [{}, {"fulfillmentOrder": {}}, []])
def test_what_is_no_order(payload):
    with pytest.raises(PayloadError):
        read_fulfillment_order(payload)
