"""Orders v0: confirmShipment, and what the control interface shows of it."""

from __future__ import annotations

from ..clock import parse_time
from ..errors import ApiError, not_found
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..state.shipments import Package, ShipmentRefused

_INVALID_TYPE = (
    "The input you have submitted is not valid. "
    "Please check the fields with invalid type [{}]."
)
_TEXTS = ("carrierName", "shippingMethod", "shipFromSupplySourceId")
_JAPAN = "A1VC38T7YXB528"


def confirm_shipment(exchange: Exchange, order_id: str) -> Reply:
    """Ship a package, whole or part; the same packageReferenceId edits it.

    :raise ApiError: 400 with Amazon's sentence, 404 for an order that is not there
    """
    if not exchange.request.is_json:
        # The model of this operation knows no 415.
        raise _wrong("Invalid Input")
    data = exchange.json(_wrong)
    simulation, seller = exchange.simulation, exchange.seller
    if simulation.orders.get(order_id, seller.seller_id) is None:
        raise not_found()
    desk = simulation.shipments
    try:
        marketplace_id, package = _read(data)
    except ShipmentRefused as refused:
        desk.note(refused, seller, order_id, "confirmShipment", exchange.request_id)
        raise _refusal(refused) from refused
    try:
        desk.take(
            seller,
            order_id,
            marketplace_id,
            package,
            "confirmShipment",
            exchange.request_id,
        )
    except ShipmentRefused as refused:
        raise _refusal(refused) from refused
    return Reply(None, 204)


def shipments(exchange: Exchange) -> Reply:
    """Return what Amazon knows to be shipped (``seller_id, order_id``).

    ``shipments`` has the newest state of each parcel a seller reported since the
    world began, ``refused`` every attempt that failed, with the reason.
    """
    simulation, args = exchange.simulation, exchange.request.args
    simulation.catch_up()
    chosen = args.get("seller_id"), args.get("order_id")
    found = simulation.shipments.records(*chosen)
    refused = simulation.shipments.refusals(*chosen)
    return Reply({"count": len(found), "shipments": found, "refused": refused})


def _wrong(sentence: str) -> ApiError:
    return ApiError(400, "InvalidInput", sentence, "")


def _refusal(refused: ShipmentRefused) -> ApiError:
    if refused.reason == "bad_date":
        # The one answer that Amazon's model shows.
        return ApiError(400, "Invalid Input", refused.sentence)
    return _wrong(refused.sentence)


def _read(data: dict) -> tuple[str, Package]:
    """Return marketplace id and package of a ConfirmShipmentRequest."""
    marketplace_id = _text(data, "marketplaceId", "marketplaceId")
    if marketplace_id not in MARKETPLACES:
        raise ShipmentRefused("marketplace", "MarketplaceId is invalid.")
    cod = data.get("codCollectionMethod")
    if cod is not None and (cod != "DirectPayment" or marketplace_id != _JAPAN):
        raise ShipmentRefused("cod", "CodCollectionMethod is invalid.")
    detail = data.get("packageDetail")
    if not isinstance(detail, dict):
        raise _bad_type("packageDetail", detail)
    reference = _text(detail, "packageReferenceId")
    if not (reference.isascii() and reference.isdigit() and int(reference)):
        raise ShipmentRefused(
            "reference",
            "PackageReferenceId: is invalid, must be a positive numeric value.",
        )
    words = {name: _text(detail, name, needed=False) for name in _TEXTS}
    carrier = _text(detail, "carrierCode")
    if carrier.casefold() == "other" and not words["carrierName"].strip():
        raise ShipmentRefused(
            "carrier_name", "CarrierName is required when CarrierCode is Other."
        )
    tracking = _text(detail, "trackingNumber")
    return marketplace_id, Package(
        reference,
        carrier,
        words["carrierName"],
        words["shippingMethod"],
        tracking,
        _date(_text(detail, "shipDate")),
        _items(detail.get("orderItems")),
    )


def _text(data: dict, name: str, where: str | None = None, needed: bool = True) -> str:
    value = data.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise _bad_type(where or f"packageDetail.{name}", value)
    if needed and not value.strip():
        raise ShipmentRefused("missing", f"{name} is missing.")
    return value


def _bad_type(where: str, value) -> ShipmentRefused:
    if value is None:
        name = where.rpartition(".")[2]
        return ShipmentRefused("missing", f"{name} is missing.")
    return ShipmentRefused("type", _INVALID_TYPE.format(where))


def _date(text: str):
    try:
        # A day without a time is no date-time.
        if "T" not in text.upper():
            raise ValueError(text)
        return parse_time(text)
    except ValueError as error:
        raise ShipmentRefused("bad_date", "Invalid Input") from error


def _items(lines) -> dict:
    where = "packageDetail.orderItems"
    if not isinstance(lines, list):
        raise _bad_type(where, lines)
    if not lines:
        raise ShipmentRefused("missing", "orderItems is missing.")
    items = {}
    for line in lines:
        if not isinstance(line, dict):
            raise _bad_type(where, line)
        item_id = _text(line, "orderItemId", f"{where}.orderItemId")
        quantity = line.get("quantity")
        if isinstance(quantity, bool) or not isinstance(quantity, int):
            raise _bad_type(f"{where}.quantity", quantity)
        if quantity < 1:
            raise ShipmentRefused("quantity", "Quantity must be a positive number.")
        if item_id in items:
            raise ShipmentRefused(
                "item_twice", f"OrderItemId {item_id} is given more than once."
            )
        codes = line.get("transparencyCodes") or []
        if not isinstance(codes, list) or not all(isinstance(c, str) for c in codes):
            raise _bad_type(f"{where}.transparencyCodes", codes)
        items[item_id] = (quantity, tuple(codes))
    return items
