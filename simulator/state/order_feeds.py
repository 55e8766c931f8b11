"""The XML feeds about orders: what was shipped, what is acknowledged or cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from ..clock import parse_time
from ..worlds import ChangeRefused
from .shipments import Package, ShipmentRefused

CONTENT_TYPE = "text/xml; charset=UTF-8"
CANCEL_REASONS = frozenset(
    (
        "BuyerCanceled",
        "CannotVerifyInformation",
        "CarrierCoverageFailure",
        "CarrierCreditDecision",
        "CustomerExchange",
        "CustomerReturn",
        "GeneralAdjustment",
        "MerchandiseNotReceived",
        "NoInventory",
        "PricingError",
        "RejectOrder",
        "RiskAssessmentInformationNotValid",
        "ShippingAddressUndeliverable",
        "WeatherDelay",
    )
)
# Amazon's numbers of results.
BROKEN_XML, BAD_DATA = 5001, 18028
_INCOMPLETE = "The data you submitted is incomplete or invalid."
# Elements in the order of Amazon's schemas.
_FULFILLMENT = (
    "AmazonOrderID",
    "MerchantOrderID",
    "MerchantFulfillmentID",
    "FulfillmentDate",
    "FulfillmentData",
    "CODCollectionMethod",
    "Item",
)
_FULFILLMENT_DATA = (
    "CarrierCode",
    "CarrierName",
    "ShippingMethod",
    "ShipperTrackingNumber",
)
_SHIPPED_ITEM = (
    "AmazonOrderItemCode",
    "MerchantFulfillmentItemID",
    "Quantity",
    "TransparencyCode",
)
_ACKNOWLEDGEMENT = ("AmazonOrderID", "MerchantOrderID", "StatusCode", "Item")
_ACKNOWLEDGED_ITEM = ("AmazonOrderItemCode", "MerchantOrderItemID", "CancelReason")
_REPEATED = ("Item", "TransparencyCode")


class MessageRefused(Exception):
    """A message cannot be processed; ``code`` is Amazon's number."""

    def __init__(self, sentence: str, code: int = BAD_DATA):
        super().__init__(sentence)
        self.code = code


def count_messages(data: bytes) -> int:
    """Return the number of messages, 0 when the document cannot be read."""
    try:
        return len(_parse(data).findall("Message"))
    except (ElementTree.ParseError, ValueError):
        return 0


def process_fulfillment(simulation, feed, data: bytes, limit: int | None):
    """Process POST_ORDER_FULFILLMENT_DATA: ship what each message says.

    :return: report, its content type, whether the feed failed as a whole
    """
    return _process(simulation, feed, data, limit, "OrderFulfillment", _ship)


def process_acknowledgement(simulation, feed, data: bytes, limit: int | None):
    """Process POST_ORDER_ACKNOWLEDGEMENT_DATA: name orders, or cancel them.

    :return: report, its content type, whether the feed failed as a whole
    """
    return _process(simulation, feed, data, limit, "OrderAcknowledgement", _acknowledge)


def _parse(data: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in data:
        raise ValueError("DOCTYPE is disallowed")
    return ElementTree.fromstring(data)


def _process(simulation, feed, data, limit, kind: str, act: Callable):
    try:
        messages = _open(_parse(data), feed.seller_id, kind)
    except (ElementTree.ParseError, ValueError) as error:
        results = [("0", BROKEN_XML, f"XML Parsing Fatal Error: {error}", "")]
        return _report(feed.feed_id, 0, results), CONTENT_TYPE, True
    seller = simulation.sellers[feed.seller_id]
    results, seen = [], set()
    for message in messages[:limit]:
        number, order_id = _text(message, "MessageID"), ""
        try:
            if not number.isdigit() or int(number) < 1 or number in seen:
                raise MessageRefused("MessageID is missing or not unique.", BROKEN_XML)
            seen.add(number)
            body = message.find(kind)
            if body is None:
                raise MessageRefused(
                    f"Invalid content: {kind} is expected.", BROKEN_XML
                )
            order_id = _text(body, "AmazonOrderID")
            act(simulation, feed, seller, body)
        except MessageRefused as refused:
            results.append((number or "0", refused.code, str(refused), order_id))
    count = len(messages[:limit])
    return _report(feed.feed_id, count, results), CONTENT_TYPE, False


def _open(root: ElementTree.Element, seller_id: str, kind: str):
    if root.tag != "AmazonEnvelope":
        raise ValueError("AmazonEnvelope is expected")
    if _text(root, "Header/MerchantIdentifier") != seller_id:
        raise ValueError("MerchantIdentifier is not that of the seller")
    if _text(root, "MessageType") != kind:
        raise ValueError(f"MessageType must be {kind}")
    return root.findall("Message")


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _check_order(element: ElementTree.Element, names: Sequence[str]) -> None:
    """Check children against a sequence, as an XML schema does."""
    place = 0
    for child in element:
        if child.tag not in names[place:]:
            raise MessageRefused(
                "XML Parsing Error: cvc-complex-type.2.4.a: Invalid content was found "
                f"starting with element '{child.tag}'.",
                BROKEN_XML,
            )
        place = names.index(child.tag) + (child.tag not in _REPEATED)


def _ship(simulation, feed, seller, body: ElementTree.Element) -> None:
    _check_order(body, _FULFILLMENT)
    details = body.find("FulfillmentData")
    if details is None:
        details = ElementTree.Element("FulfillmentData")
    _check_order(details, _FULFILLMENT_DATA)
    order_id = _text(body, "AmazonOrderID")
    entry = simulation.orders.get(order_id, seller.seller_id)
    if entry is None:
        raise MessageRefused(f"{_INCOMPLETE} AmazonOrderID is unknown.")
    reference = _text(body, "MerchantFulfillmentID")
    if reference and not (reference.isdigit() and int(reference)):
        raise MessageRefused("MerchantFulfillmentID is no positive number.", BROKEN_XML)
    code, name = _text(details, "CarrierCode"), _text(details, "CarrierName")
    if not code and not name:
        raise MessageRefused(f"{_INCOMPLETE} CarrierCode is missing.")
    if code.casefold() == "other" and not name:
        raise MessageRefused(f"{_INCOMPLETE} CarrierName is missing.")
    package = Package(
        reference or _free_reference(simulation.orders.truth(entry).payload),
        code or "Other",
        name,
        _text(details, "ShippingMethod"),
        _text(details, "ShipperTrackingNumber"),
        _date(_text(body, "FulfillmentDate")),
        _items(body),
    )
    try:
        simulation.shipments.take(
            seller, order_id, None, package, "feed", feed.request_id
        )
    except ShipmentRefused as refused:
        raise MessageRefused(f"{_INCOMPLETE} {refused.sentence}") from refused


def _date(text: str):
    try:
        return parse_time(text)
    except ValueError as error:
        raise MessageRefused("FulfillmentDate is no dateTime.", BROKEN_XML) from error


def _items(body: ElementTree.Element) -> dict:
    items = {}
    for element in body.findall("Item"):
        _check_order(element, _SHIPPED_ITEM)
        item_id = _text(element, "AmazonOrderItemCode")
        quantity = _text(element, "Quantity")
        if not item_id or not quantity.isdigit() or not int(quantity):
            raise MessageRefused(
                f"{_INCOMPLETE} AmazonOrderItemCode or Quantity is missing."
            )
        if item_id in items:
            raise MessageRefused(f"{_INCOMPLETE} {item_id} is given twice.")
        codes = [each.text or "" for each in element.findall("TransparencyCode")]
        items[item_id] = (int(quantity), tuple(codes))
    return items


def _free_reference(payload: dict) -> str:
    taken = {each["packageReferenceId"] for each in payload.get("packages", ())}
    number = 1
    while str(number) in taken:
        number += 1
    return str(number)


def _acknowledge(simulation, feed, seller, body: ElementTree.Element) -> None:
    _check_order(body, _ACKNOWLEDGEMENT)
    entry = simulation.orders.get(_text(body, "AmazonOrderID"), seller.seller_id)
    if entry is None:
        raise MessageRefused(f"{_INCOMPLETE} AmazonOrderID is unknown.")
    status = _text(body, "StatusCode")
    if status not in ("Success", "Failure"):
        raise MessageRefused("StatusCode is missing or invalid.", BROKEN_XML)
    payload = simulation.orders.truth(entry).payload
    reason = _read_items(body, payload, status)
    own_id = _text(body, "MerchantOrderID")
    try:
        if own_id:
            simulation.change(entry, "name", {"alias": own_id})
        if status == "Failure":
            if entry.fulfilled_by != "MERCHANT" or entry.status != "UNSHIPPED":
                raise ChangeRefused(
                    f"an order that is {entry.status} cannot be cancelled"
                )
            simulation.change(entry, "cancel", {"by": "MERCHANT", "reason": reason})
    except ChangeRefused as error:
        raise MessageRefused(f"{_INCOMPLETE} {error}.") from error


def _read_items(body: ElementTree.Element, payload: dict, status: str) -> str:
    """Check the items of an acknowledgement and return the reason to cancel."""
    known = {item["orderItemId"] for item in payload["orderItems"]}
    reasons = []
    for element in body.findall("Item"):
        _check_order(element, _ACKNOWLEDGED_ITEM)
        if _text(element, "AmazonOrderItemCode") not in known:
            raise MessageRefused(f"{_INCOMPLETE} AmazonOrderItemCode is unknown.")
        reasons.append(_text(element, "CancelReason"))
    if status == "Failure":
        if not reasons or not all(reasons):
            raise MessageRefused(f"{_INCOMPLETE} CancelReason is missing.")
        wrong = set(reasons) - CANCEL_REASONS
        if wrong:
            raise MessageRefused(
                f"CancelReason is invalid: {', '.join(sorted(wrong))}", BROKEN_XML
            )
    return reasons[0] if reasons else ""


def _report(feed_id: str, count: int, results: list[tuple]) -> bytes:
    """Return a ProcessingReport; messages that went well are only counted."""
    rows = "".join(
        f"<Result><MessageID>{escape(number)}</MessageID><ResultCode>Error</ResultCode>"
        f"<ResultMessageCode>{code}</ResultMessageCode>"
        f"<ResultDescription>{escape(text)}</ResultDescription>"
        + (
            f"<AdditionalInfo><AmazonOrderID>{escape(order_id)}</AmazonOrderID>"
            "</AdditionalInfo>"
            if order_id
            else ""
        )
        + "</Result>"
        for number, code, text, order_id in results
    )
    good = max(0, count - len(results))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">'
        "<Header><DocumentVersion>1.02</DocumentVersion>"
        "<MerchantIdentifier>AMAZON</MerchantIdentifier></Header>"
        "<MessageType>ProcessingReport</MessageType>"
        "<Message><MessageID>1</MessageID><ProcessingReport>"
        f"<DocumentTransactionID>{escape(feed_id)}</DocumentTransactionID>"
        "<StatusCode>Complete</StatusCode><ProcessingSummary>"
        f"<MessagesProcessed>{count}</MessagesProcessed>"
        f"<MessagesSuccessful>{good}</MessagesSuccessful>"
        f"<MessagesWithError>{len(results)}</MessagesWithError>"
        "<MessagesWithWarning>0</MessagesWithWarning></ProcessingSummary>"
        f"{rows}</ProcessingReport></Message></AmazonEnvelope>\n"
    ).encode()
