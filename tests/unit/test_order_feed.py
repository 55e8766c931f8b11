"""XML feeds about orders, and their report (A1, A28)."""

from datetime import datetime, timezone
from xml.etree import ElementTree

import pytest

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.shipment import (
    FAILURE,
    SUCCESS,
    AcknowledgedItem,
    AcknowledgementMessage,
    FulfillmentMessage,
    Package,
    build_acknowledgement_feed,
    build_fulfillment_feed,
    read_xml_report,
)

SHIPPED = datetime(2026, 11, 20, 8, 30, tzinfo=timezone.utc)


def package(**changes):
    values = {
        "reference": 1,
        "carrier_code": "UPS",
        "carrier_name": None,
        "shipping_method": "Ground",
        "tracking_number": "1Z 999",
        "ship_date": SHIPPED,
        "items": (("111", 2, ("AZ:X",)), ("112", 1, ())),
    }
    return Package(**{**values, **changes})


def outline(node):
    """Return an element as (name, text or children)."""
    return node.tag, [outline(child) for child in node] or node.text


def test_packages_as_amazon_wants_them():
    data = build_fulfillment_feed(
        "A1SELLER",
        [
            FulfillmentMessage(1, "1-2-3", package()),
            FulfillmentMessage(
                2,
                "4-5-6",
                package(
                    reference=2,
                    carrier_code="Other",
                    carrier_name="Bote & Söhne <schnell>\x0b",
                    shipping_method=None,
                    items=(),
                ),
            ),
        ],
    )
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    root = ElementTree.fromstring(data)
    instance = "{http://www.w3.org/2001/XMLSchema-instance}"
    assert root.tag == "AmazonEnvelope"
    assert root.attrib == {f"{instance}noNamespaceSchemaLocation": "amzn-envelope.xsd"}
    header, kind, first, second = root
    assert outline(header)[1] == [
        ("DocumentVersion", "1.01"),
        ("MerchantIdentifier", "A1SELLER"),
    ]
    assert kind.text == "OrderFulfillment"
    assert outline(first)[1] == [
        ("MessageID", "1"),
        (
            "OrderFulfillment",
            [
                ("AmazonOrderID", "1-2-3"),
                ("MerchantFulfillmentID", "1"),
                ("FulfillmentDate", "2026-11-20T08:30:00.000Z"),
                (
                    "FulfillmentData",
                    [
                        ("CarrierCode", "UPS"),
                        ("ShippingMethod", "Ground"),
                        ("ShipperTrackingNumber", "1Z999"),
                    ],
                ),
                (
                    "Item",
                    [
                        ("AmazonOrderItemCode", "111"),
                        ("Quantity", "2"),
                        ("TransparencyCode", "AZ:X"),
                    ],
                ),
                ("Item", [("AmazonOrderItemCode", "112"), ("Quantity", "1")]),
            ],
        ),
    ]
    assert outline(second[1].find("FulfillmentData"))[1] == [
        ("CarrierName", "Bote & Söhne <schnell>"),
        ("ShipperTrackingNumber", "1Z999"),
    ]


def test_orders_taken_and_cancelled():
    root = ElementTree.fromstring(
        build_acknowledgement_feed(
            "A1SELLER",
            [
                AcknowledgementMessage(1, "1-2-3", SUCCESS, "S00042"),
                AcknowledgementMessage(
                    2,
                    "4-5-6",
                    FAILURE,
                    items=(
                        AcknowledgedItem("11", cancel_reason="NoInventory"),
                        ("12", "7", "NoInventory"),
                    ),
                ),
            ],
        )
    )
    assert root.find("MessageType").text == "OrderAcknowledgement"
    taken, cancelled = root.findall("Message/OrderAcknowledgement")
    assert outline(taken)[1] == [
        ("AmazonOrderID", "1-2-3"),
        ("MerchantOrderID", "S00042"),
        ("StatusCode", "Success"),
    ]
    assert outline(cancelled)[1] == [
        ("AmazonOrderID", "4-5-6"),
        ("StatusCode", "Failure"),
        ("Item", [("AmazonOrderItemCode", "11"), ("CancelReason", "NoInventory")]),
        (
            "Item",
            [
                ("AmazonOrderItemCode", "12"),
                ("MerchantOrderItemID", "7"),
                ("CancelReason", "NoInventory"),
            ],
        ),
    ]


def test_feeds_that_are_never_sent():
    with pytest.raises(ValueError):
        build_fulfillment_feed("A1SELLER", [])
    with pytest.raises(ValueError):
        build_fulfillment_feed(
            "A1SELLER", [FulfillmentMessage(1, "1-2-3", package())] * 2
        )
    with pytest.raises(ValueError):
        naive = package(ship_date=datetime(2026, 11, 20))
        build_fulfillment_feed("A1SELLER", [FulfillmentMessage(1, "1-2-3", naive)])
    with pytest.raises(ValueError):
        build_acknowledgement_feed(
            "A1SELLER", [AcknowledgementMessage(1, "1-2-3", "Maybe")]
        )


REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion></Header>
<MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID>
<ProcessingReport><DocumentTransactionID>50001</DocumentTransactionID>
<StatusCode>Complete</StatusCode><ProcessingSummary>
<MessagesProcessed>3</MessagesProcessed><MessagesSuccessful>2</MessagesSuccessful>
<MessagesWithError>1</MessagesWithError><MessagesWithWarning>0</MessagesWithWarning>
</ProcessingSummary><Result><MessageID>2</MessageID><ResultCode>Error</ResultCode>
<ResultMessageCode>18028</ResultMessageCode>
<ResultDescription>The item <![CDATA[<11>]]> is not of this order.</ResultDescription>
<AdditionalInfo><AmazonOrderID>4-5-6</AmazonOrderID><SKU/></AdditionalInfo></Result>
<Result><MessageID>0</MessageID><ResultCode>Warning</ResultCode></Result>
</ProcessingReport></Message></AmazonEnvelope>"""


def test_the_report():
    report = read_xml_report(REPORT.encode())
    assert (report.accepted, report.invalid, report.feed_id) == (2, 1, "50001")
    error, warning = report.issues
    assert (error.message_id, error.code, error.severity) == (2, "18028", "ERROR")
    assert error.message == "The item <11> is not of this order."
    assert (error.order_id, error.sku) == ("4-5-6", None)
    assert (warning.message_id, warning.severity) == (None, "WARNING")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<AmazonEnvelope/>",
        REPORT.replace(">2</MessagesSuccessful", ">two</MessagesSuccessful").encode(),
        REPORT.encode()[:300],
    ],
)
def test_what_is_no_report(data):
    with pytest.raises(PayloadError):
        read_xml_report(data)


def test_a_report_reads_no_files(tmp_path):  # A27
    secret = tmp_path / "secret"
    secret.write_text("sesame")
    attack = REPORT.replace(
        "<AmazonEnvelope>",
        f'<!DOCTYPE x [<!ENTITY f SYSTEM "{secret.as_uri()}">]><AmazonEnvelope>',
    ).replace("18028", "&f;")
    assert read_xml_report(attack.encode()).issues[0].code in (None, "&f;")
