"""Packages: what is sent, and what is refused before it is sent (A1, A33)."""

from datetime import datetime, timedelta, timezone

import pytest

from acorn_amazon_connector.mappers.shipment import (
    WARNINGS,
    Package,
    PackageItem,
    check_package,
    confirmation_body,
)

SHIPPED = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=1)))


def package(**changes):
    values = {
        "reference": 1,
        "carrier_code": "UPS",
        "carrier_name": None,
        "shipping_method": None,
        "tracking_number": "1Z999AA10123456784",
        "ship_date": SHIPPED,
        "items": (("111", 2, ()),),
    }
    return Package(**{**values, **changes})


def test_the_body_of_a_confirmation():
    sent = package(
        reference=7,
        carrier_code="Other",
        carrier_name="Bote",
        tracking_number=" 1Z 999 AA1 ",
        items=(PackageItem("111", 2), ("112", 1, ("AZ:X", "AZ:Y"))),
    )
    assert confirmation_body("A1PA6795UKMFR9", sent) == {
        "marketplaceId": "A1PA6795UKMFR9",
        "packageDetail": {
            "packageReferenceId": "7",
            "carrierCode": "Other",
            "carrierName": "Bote",
            "trackingNumber": "1Z999AA1",
            "shipDate": "2026-11-20T08:30:00.000Z",
            "orderItems": [
                {"orderItemId": "111", "quantity": 2},
                {
                    "orderItemId": "112",
                    "quantity": 1,
                    "transparencyCodes": ["AZ:X", "AZ:Y"],
                },
            ],
        },
    }


def test_a_date_without_zone_is_never_sent():
    with pytest.raises(ValueError):
        confirmation_body("A", package(ship_date=datetime(2026, 11, 20)))


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, []),
        ({"reference": 0}, ["reference_not_positive"]),
        ({"reference": "P1"}, ["reference_not_positive"]),
        ({"carrier_code": ""}, ["carrier_missing"]),
        ({"carrier_code": "Other"}, ["carrier_name_missing"]),
        ({"carrier_code": "Other", "carrier_name": "Bote"}, []),
        ({"tracking_number": None}, ["tracking_missing"]),
        ({"tracking_number": "  "}, ["tracking_missing"]),
        ({"tracking_number": "1Z1,1Z2"}, ["tracking_several"]),
        ({"tracking_number": "see mail!"}, ["tracking_characters"]),
        ({"tracking_number": "1Z12"}, ["tracking_format"]),
        ({"ship_date": datetime(2026, 11, 20)}, ["ship_date_without_zone"]),
        ({"items": ()}, ["items_missing"]),
        ({"items": (("", 1, ()),)}, ["item_unknown"]),
        ({"items": (("1", 1, ()), ("1", 1, ()))}, ["item_repeated"]),
        ({"items": (("1", 0, ()),)}, ["quantity_not_positive"]),
        ({"items": (("1", 1.5, ()),)}, ["quantity_not_positive"]),
    ],
)
def test_what_amazon_would_refuse_is_known_before(changes, reasons):  # A33
    assert check_package(package(**changes)) == reasons


def test_the_date_of_shipment_is_between_order_and_now():
    hour = timedelta(hours=1)
    assert check_package(package(), now=SHIPPED, ordered_at=SHIPPED) == []
    assert check_package(package(), now=SHIPPED - hour) == ["ship_date_in_future"]
    assert check_package(package(), ordered_at=SHIPPED + hour) == [
        "ship_date_before_order"
    ]


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("UPS", "1Z 999 AA1 01 2345 6784"),
        ("USPS", "9400 1000 0000 0000 0000 00"),
        ("USPS", "EC000000000US"),
        ("FedEx", "123456789012"),
        ("DHL", "00340434161094042557"),
        ("DHL Express", "1234567890"),
        ("DHL", "JJD000390007856354102"),
        ("Royal Mail", "RM123456789GB"),
        ("Yamato Transport", "1234-5678-9012"),
        ("Nobody knows", "X-1"),
    ],
)
def test_numbers_as_carriers_print_them(carrier, number):  # A33
    number = number.replace("-", "") if "Yamato" in carrier else number
    assert check_package(package(carrier_code=carrier, tracking_number=number)) == []


@pytest.mark.parametrize("carrier", ["USPS", "FEDEX", "fed-ex", "DHL", "Japan Post"])
def test_a_number_of_another_carrier_is_doubted(carrier):  # A33
    found = check_package(package(carrier_code=carrier))
    assert found == ["tracking_format"] and WARNINGS.issuperset(found)
    by_name = package(carrier_code="Other", carrier_name=carrier)
    assert check_package(by_name) == found
