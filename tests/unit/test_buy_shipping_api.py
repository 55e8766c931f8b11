"""Labels bought from Amazon: bodies, rates, the label itself (A28)."""

import base64
import gzip
import hashlib
from copy import deepcopy
from datetime import datetime, timezone
from decimal import Decimal

import jsonschema
import pytest
from unit_support import load_model

from acorn_amazon_connector.mappers.buy_shipping import (
    Dimensions,
    Sender,
    input_answer,
    read_inputs,
    read_rates,
    read_shipment,
    request_details,
)
from acorn_amazon_connector.mappers.errors import PayloadError

MODEL = "merchant-fulfillment-api-model/merchantFulfillmentV0.json"
SENDER = Sender("Acorn", "Street 1", "Berlin", "10115", "DE", "030", "ship@example.com")
SIZE = Dimensions(Decimal(30), Decimal("20.5"), Decimal(10))
NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def details(**changes):
    values = {
        "order_id": "123-1234567-1234567",
        "items": (("111", 2, ("AZ:X",)), ("112", 1)),
        "sender": SENDER,
        "dimensions": SIZE,
        "weight_grams": Decimal("512.5"),
        **changes,
    }
    return request_details(**values)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "delivery_experience": "NoTracking",
            "carrier_picks_up": True,
            "ship_date": NOON,
            "arrive_by": NOON,
            "label_format": "ZPL203",
            "label_text": "WH/OUT/00042",
            "declared_value": (Decimal("19.99"), "EUR"),
        },
    ],
)
def test_the_details_are_ones_the_model_allows(changes):  # A28
    model = load_model(MODEL)
    schema = {"$ref": "#/definitions/ShipmentRequestDetails"}
    jsonschema.Draft4Validator(
        {**schema, "definitions": model["definitions"]}
    ).validate(details(**changes))


def test_the_details_are_those_of_the_package():
    body = details(ship_date=NOON, declared_value=(Decimal("19.99"), "EUR"))
    assert body["ItemList"] == [
        {"OrderItemId": "111", "Quantity": 2, "TransparencyCodeList": ["AZ:X"]},
        {"OrderItemId": "112", "Quantity": 1},
    ]
    assert body["Weight"] == {"Value": 512.5, "Unit": "g"}
    assert body["PackageDimensions"]["Width"] == 20.5
    assert body["ShipDate"] == "2026-11-21T12:00:00.000Z"
    value = body["ShippingServiceOptions"]["DeclaredValue"]
    assert value == {"Amount": 19.99, "CurrencyCode": "EUR"}
    assert "AddressLine2" not in body["ShipFromAddress"]


@pytest.mark.parametrize(
    "changes",
    [
        {"items": ()},
        {"weight_grams": Decimal(0)},
        {"dimensions": SIZE._replace(height=Decimal(0))},
        {"ship_date": datetime(2026, 11, 21)},
    ],
)
def test_a_package_without_size_is_never_asked_for(changes):
    with pytest.raises(ValueError):
        details(**changes)


def service(name, amount, **changes):
    return {
        "ShippingServiceName": name,
        "CarrierName": "DHL",
        "ShippingServiceId": name.upper(),
        "ShippingServiceOfferId": "offer" * 100,
        "ShipDate": "2026-11-21T12:00:00Z",
        "LatestEstimatedDeliveryDate": "2026-11-23T12:00:00Z",
        "Rate": {"CurrencyCode": "EUR", "Amount": 99.0},
        "RateWithAdjustments": {"CurrencyCode": "EUR", "Amount": amount},
        "RequiresAdditionalSellerInputs": False,
        "AvailableLabelFormats": ["PDF", "ZPL203"],
        **changes,
    }


def test_rates_are_sorted_by_what_they_cost():
    found = read_rates(
        {
            "ShippingServiceList": [
                service("fast", 12.34),
                service("slow", 4.5, Benefits={"IncludedBenefits": ["CLAIMS"]}),
            ],
            "RejectedShippingServiceList": [
                {
                    "CarrierName": "GLS",
                    "ShippingServiceName": "heavy",
                    "ShippingServiceId": "GLS_H",
                    "RejectionReasonCode": "TOO_HEAVY",
                }
            ],
            "TemporarilyUnavailableCarrierList": [{"CarrierName": "DPD"}],
            "TermsAndConditionsNotAcceptedCarrierList": [{"CarrierName": "UPS"}],
        }
    )
    slow, fast = found.rates
    assert (slow.amount, fast.amount) == (Decimal("4.5"), Decimal("12.34"))
    assert (slow.currency, slow.carrier, slow.service_id) == ("EUR", "DHL", "SLOW")
    assert slow.benefits == ("CLAIMS",) and slow.label_formats == ("PDF", "ZPL203")
    assert slow.ship_date == NOON and slow.delivery.earliest is None
    assert fast.offer_id == "offer" * 100
    assert (found.rejected[0].code, found.rejected[0].message) == ("TOO_HEAVY", None)
    assert found.unavailable_carriers == ("DPD",)
    assert found.carriers_with_new_terms == ("UPS",)


@pytest.mark.parametrize(
    "changes",
    [
        {"Rate": None, "RateWithAdjustments": None},
        {"RateWithAdjustments": {"Amount": "much"}},
        {"ShippingServiceId": None},
    ],
)
def test_a_rate_without_price_or_name_is_none(changes):
    with pytest.raises(PayloadError):
        read_rates({"ShippingServiceList": [service("x", 1, **changes)]})


PRINTED = b"%PDF-1.4 label"


def bought(content=None, **changes):
    packed = gzip.compress(PRINTED) if content is None else content
    digest = hashlib.md5(PRINTED).digest()
    contents = {
        "Contents": base64.b64encode(packed).decode(),
        "FileType": "application/pdf",
        "Checksum": base64.b64encode(digest).decode(),
        **changes,
    }
    return {
        "ShipmentId": "be7a0a53",
        "AmazonOrderId": "123-1234567-1234567",
        "Status": "Purchased",
        "TrackingId": "1Z17E2100217295733",
        "CreatedDate": "2026-11-21T12:00:00Z",
        "ShippingService": service("slow", 4.5),
        "Label": {"FileContents": contents},
    }


@pytest.mark.parametrize("content", [gzip.compress(PRINTED), PRINTED])
def test_a_label_is_unpacked_and_verified(content):
    found = read_shipment(bought(content))
    assert found.label.content == PRINTED and found.label.is_verified
    assert found.label.file_type == "application/pdf"
    assert (found.status, found.tracking_number) == ("Purchased", "1Z17E2100217295733")
    assert (found.amount, found.currency, found.created_at) == (
        Decimal("4.5"),
        "EUR",
        NOON,
    )
    assert "PDF" not in repr(found.label).replace("pdf", "")


def test_a_label_with_another_checksum_is_paid_for_and_kept():
    found = read_shipment(bought(Checksum="d+eUxK5WTGxkGsTF0pmefQ=="))
    assert found.label.content == PRINTED and not found.label.is_verified


def test_a_shipment_without_label():
    payload = deepcopy(bought())
    del payload["Label"]
    assert read_shipment(payload).label is None


@pytest.mark.parametrize(
    "changes",
    [
        {"Contents": "not base64!"},
        {"Contents": base64.b64encode(gzip.compress(PRINTED)[:-6]).decode()},
        {"Contents": 7},
    ],
)
def test_a_damaged_label_is_never_printed(changes):
    with pytest.raises(PayloadError):
        read_shipment(bought(**changes))


def asked(kind="STRING", **definition):
    return {
        "AdditionalInputFieldName": "CONTENTS",
        "SellerInputDefinition": {
            "IsRequired": True,
            "DataType": kind,
            "Constraints": [{"ValidationRegEx": "[A-Z0-9]+", "ValidationString": "x"}],
            "InputDisplayText": "What is inside?",
            "StoredValue": {},
            **definition,
        },
    }


def test_what_a_carrier_asks():  # A2
    payload = {
        "ShipmentLevelFields": [asked(RestrictedSetValues=["GIFT", "OTHER"])],
        "ItemLevelFieldsList": [
            {"Asin": "B01", "AdditionalInputs": [asked("INTEGER")]}
        ],
    }
    contents, count = read_inputs(payload)
    assert (contents.text, contents.is_required) == ("What is inside?", True)
    assert (contents.asin, count.asin) == (None, "B01")
    answer = input_answer(contents, " GIFT ")
    assert answer == {
        "AdditionalInputFieldName": "CONTENTS",
        "AdditionalSellerInput": {"DataType": "STRING", "ValueAsString": "GIFT"},
    }
    assert input_answer(count, "2")["AdditionalSellerInput"]["ValueAsInteger"] == 2
    for question, text in ((contents, "gift"), (count, "TWO"), (count, "-1")):
        with pytest.raises(ValueError):
            input_answer(question, text)
    (address,) = read_inputs({"ShipmentLevelFields": [asked("ADDRESS")]})
    with pytest.raises(ValueError):
        input_answer(address, "HERE")
    with pytest.raises(PayloadError):
        read_inputs({"ShipmentLevelFields": [{}]})
