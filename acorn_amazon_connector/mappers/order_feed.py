"""Amazon's XML feeds about orders and their processing report.

``POST_ORDER_FULFILLMENT_DATA`` confirms many packages at once.
``POST_ORDER_ACKNOWLEDGEMENT_DATA`` with Failure is the only way for a seller to
cancel an order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from ..services.timestamps import format_timestamp
from .errors import PayloadError
from .feed_report import FeedIssue, FeedReport
from .package import OTHER_CARRIER, Package, clean_tracking_number, package_items
from .values import clean_text

FULFILLMENT_FEED = "POST_ORDER_FULFILLMENT_DATA"
ACKNOWLEDGEMENT_FEED = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
XML_CONTENT_TYPE = "text/xml; charset=UTF-8"

SUCCESS = "Success"
FAILURE = "Failure"

_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class FulfillmentMessage:
    """A package of an order."""

    message_id: int
    order_id: str
    package: Package


class AcknowledgedItem(NamedTuple):
    """An order item; a ``cancel_reason`` makes sense with Failure only."""

    order_item_id: str
    merchant_item_id: str | None = None
    cancel_reason: str | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgementMessage:
    """An order that is taken (``SUCCESS``) or cancelled (``FAILURE``)."""

    message_id: int
    order_id: str
    status: str
    merchant_order_id: str | None = None
    items: tuple[AcknowledgedItem, ...] = ()


def build_fulfillment_feed(
    seller_id: str, messages: Sequence[FulfillmentMessage]
) -> bytes:
    """Return the document of ``FULFILLMENT_FEED``.

    :raise ValueError: no message, one number twice, or a date without zone
    """
    return _envelope(seller_id, "OrderFulfillment", messages, _fill_fulfillment)


def build_acknowledgement_feed(
    seller_id: str, messages: Sequence[AcknowledgementMessage]
) -> bytes:
    """Return the document of ``ACKNOWLEDGEMENT_FEED``.

    :raise ValueError: no message, one number twice, or an unknown status
    """
    return _envelope(seller_id, "OrderAcknowledgement", messages, _fill_acknowledgement)


def _envelope(seller_id, kind, messages, fill):
    identifiers = {message.message_id for message in messages}
    if not messages or len(identifiers) < len(messages):
        raise ValueError("A feed has messages with numbers of their own.")
    root = etree.Element("AmazonEnvelope", nsmap={"xsi": _SCHEMA_INSTANCE})
    root.set(f"{{{_SCHEMA_INSTANCE}}}noNamespaceSchemaLocation", "amzn-envelope.xsd")
    header = etree.SubElement(root, "Header")
    _add(header, "DocumentVersion", "1.01")
    _add(header, "MerchantIdentifier", seller_id)
    _add(root, "MessageType", kind)
    for message in messages:
        node = etree.SubElement(root, "Message")
        _add(node, "MessageID", message.message_id)
        fill(etree.SubElement(node, kind), message)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _fill_fulfillment(node, message):
    package = message.package
    _add(node, "AmazonOrderID", message.order_id)
    _add(node, "MerchantFulfillmentID", package.reference)
    _add(node, "FulfillmentDate", format_timestamp(package.ship_date))
    data = etree.SubElement(node, "FulfillmentData")
    if package.carrier_code.lower() == OTHER_CARRIER.lower():
        _add(data, "CarrierName", package.carrier_name)
    else:
        _add(data, "CarrierCode", package.carrier_code)
    _add(data, "ShippingMethod", package.shipping_method)
    number = clean_tracking_number(package.tracking_number)
    _add(data, "ShipperTrackingNumber", number)
    for item in package_items(package):
        entry = etree.SubElement(node, "Item")
        _add(entry, "AmazonOrderItemCode", item.order_item_id)
        _add(entry, "Quantity", item.quantity)
        for code in item.transparency_codes:
            _add(entry, "TransparencyCode", code)


def _fill_acknowledgement(node, message):
    if message.status not in (SUCCESS, FAILURE):
        raise ValueError(f"{message.status!r} is no status of an acknowledgement.")
    _add(node, "AmazonOrderID", message.order_id)
    _add(node, "MerchantOrderID", message.merchant_order_id)
    _add(node, "StatusCode", message.status)
    for item in message.items:
        item = AcknowledgedItem(*item)
        entry = etree.SubElement(node, "Item")
        _add(entry, "AmazonOrderItemCode", item.order_item_id)
        _add(entry, "MerchantOrderItemID", item.merchant_item_id)
        _add(entry, "CancelReason", item.cancel_reason)


def _add(parent, name, value):
    """Add an element, unless it would be empty."""
    text = _NOT_XML.sub("", "" if value is None else str(value))
    if text:
        etree.SubElement(parent, name).text = text


def read_xml_report(data: bytes) -> FeedReport:
    """Return what became of the messages of an XML feed.

    :param data: ``client.feeds.result(feed.result_document_id)``
    :raise PayloadError: not such a report
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise PayloadError("not XML", "$") from exc
    report = root.find(".//ProcessingReport")
    if report is None:
        raise PayloadError("missing", "ProcessingReport")
    return FeedReport(
        accepted=_count(report, "ProcessingSummary/MessagesSuccessful"),
        invalid=_count(report, "ProcessingSummary/MessagesWithError"),
        issues=tuple(_issue(entry) for entry in report.findall("Result")),
        feed_id=_text(report, "DocumentTransactionID"),
    )


def _issue(entry):
    message_id = _text(entry, "MessageID") or ""
    return FeedIssue(
        # 0 stands for the whole document.
        message_id=int(message_id) or None if _NUMBER.fullmatch(message_id) else None,
        sku=_text(entry, "AdditionalInfo/SKU"),
        code=_text(entry, "ResultMessageCode"),
        severity=(_text(entry, "ResultCode") or "ERROR").upper(),
        message=_text(entry, "ResultDescription") or "",
        order_id=_text(entry, "AdditionalInfo/AmazonOrderID"),
    )


def _count(report, path):
    text = _text(report, path) or ""
    if not _NUMBER.fullmatch(text):
        raise PayloadError("not a whole number", path)
    return int(text)


def _text(node, path):
    found = node.find(path)
    return clean_text("".join(found.itertext())) or None if found is not None else None
