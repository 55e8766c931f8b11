"""Fulfillment Outbound 2020-07-01: orders of other channels, shipped by Amazon."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ..clock import format_seconds, parse_time
from ..errors import invalid_input, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..paging import seal, unseal
from ..state.fba import pool_of
from ..state.outbound import (
    CARRIERS,
    SPEEDS,
    OutboundOrder,
    OutboundRefused,
    OutboundShipment,
    describe_order,
)

MOST_LINES, MOST_UNITS = 100, 250
PAGE = 50
RECENT = timedelta(hours=36)
ACTIONS = ("Ship", "Hold")
POLICIES = ("FillOrKill", "FillAll", "FillAllAvailable")
# Part of the way from the centre to the door → event code, status, description.
_EVENTS = (
    (0.0, "EVENT_101", "IN_TRANSIT", "Carrier notified to pick up package"),
    (0.1, "EVENT_102", "IN_TRANSIT", "Shipment picked up from seller's facility"),
    (0.5, "EVENT_202", "IN_TRANSIT", "Arrival scan"),
    (0.9, "EVENT_302", "OUT_FOR_DELIVERY", "Out for delivery"),
    (1.0, "EVENT_301", "DELIVERED", "Delivered"),
)
_FEES = {"Standard": "5.90", "Expedited": "8.40", "Priority": "12.70"}
_LONGEST = {
    "sellerFulfillmentOrderId": 40,
    "displayableOrderId": 40,
    "displayableOrderComment": 750,
}


def create_fulfillment_order(exchange: Exchange) -> Reply:
    """Accept an order; what becomes of it shows over time."""
    data = _body(exchange)
    for name, most in _LONGEST.items():
        text = data.get(name)
        if not isinstance(text, str) or not text.strip() or len(text) > most:
            raise invalid_input(f"{name} is missing or longer than {most}.")
    try:
        parse_time(data["displayableOrderDate"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise invalid_input("displayableOrderDate is not an ISO 8601 date.") from error
    _check_address(data.get("destinationAddress"))
    marketplace_id = _marketplace(exchange, data, data["destinationAddress"])
    _check_choices(data, marketplace_id)
    _check_items(data.get("items"))
    try:
        exchange.simulation.outbound.place(exchange.seller, marketplace_id, data)
    except OutboundRefused as refused:
        raise invalid_input(str(refused)) from refused
    return Reply({})


def get_fulfillment_order(exchange: Exchange, reference: str) -> Reply:
    """Return an order with its shipments and packages."""
    order = _find(exchange, reference)
    return Reply(
        {
            "payload": {
                "fulfillmentOrder": describe_order(order),
                "fulfillmentOrderItems": [_item(order, item) for item in order.items],
                "fulfillmentShipments": [
                    _shipment(exchange, order, shipment) for shipment in order.shipments
                ],
                "returnItems": [],
                "returnAuthorizations": [],
            }
        }
    )


def list_all_fulfillment_orders(exchange: Exchange) -> Reply:
    """List orders by the time of their last change, oldest first."""
    query = exchange.query(invalid_input)
    simulation = exchange.simulation
    now = simulation.clock.now()
    since, start = query.time("queryStartDate") or now - RECENT, 0
    token = query.text("nextToken")
    if token is not None:
        try:
            data = unseal(simulation.page_key, token)
        except ValueError as error:
            raise invalid_input("nextToken is invalid.") from error
        if data.get("who") != exchange.seller.seller_id:
            raise invalid_input("nextToken is invalid.")
        since, start = parse_time(data["since"]), data["start"]
    found = simulation.outbound.of(exchange.seller.seller_id, since)
    payload = {
        "fulfillmentOrders": [
            describe_order(order) for order in found[start : start + PAGE]
        ]
    }
    if start + PAGE < len(found):
        data = {
            "who": exchange.seller.seller_id,
            "since": format_seconds(since),
            "start": start + PAGE,
        }
        payload["nextToken"] = seal(simulation.page_key, data)
    return Reply({"payload": payload})


def update_fulfillment_order(exchange: Exchange, reference: str) -> Reply:
    """Release an order that is on hold; other changes while it is."""
    data, order = _body(exchange), _find(exchange, reference)
    action = data.get("fulfillmentAction", order.action)
    if action not in ACTIONS:
        raise invalid_input("fulfillmentAction is invalid.")
    if order.status != "Received" or order.action != "Hold":
        raise invalid_input(f"The order is {order.status} and cannot be changed.")
    for name in ("displayableOrderComment", "shippingSpeedCategory"):
        if name in data:
            order.request[name] = data[name]
    if "destinationAddress" in data:
        _check_address(data["destinationAddress"])
        order.request["destinationAddress"] = data["destinationAddress"]
    _check_choices(order.request, order.marketplace_id)
    if action == "Ship":
        exchange.simulation.outbound.start(order)
    return Reply({})


def cancel_fulfillment_order(exchange: Exchange, reference: str) -> Reply:
    """Cancel an order before a warehouse works on it."""
    order = _find(exchange, reference)
    try:
        exchange.simulation.outbound.cancel(order)
    except OutboundRefused as refused:
        raise invalid_input(str(refused)) from refused
    return Reply({})


def get_package_tracking_details(exchange: Exchange) -> Reply:
    """Return where a package is, by its number."""
    query = exchange.query(invalid_input)
    if "packageNumber" not in query:
        raise invalid_input("packageNumber is missing.")
    number = query.integer("packageNumber", 0, 0, 2**31 - 1)
    simulation, seller = exchange.simulation, exchange.seller
    found = simulation.outbound.package(seller.seller_id, number)
    if found is None:
        raise not_found()
    order, shipment = found
    address = order.request["destinationAddress"]
    place = {
        "city": address.get("city") or "",
        "state": address.get("stateOrRegion") or "",
        "country": address["countryCode"],
    }
    events = _events(shipment, simulation.clock.now())
    return Reply(
        {
            "payload": {
                "packageNumber": number,
                "trackingNumber": shipment.tracking,
                "carrierCode": CARRIERS[seller.region],
                "shipDate": format_seconds(shipment.shipped_at),
                "estimatedArrivalDate": format_seconds(shipment.arrives_at),
                "shipToAddress": place,
                "currentStatus": events[-1][2],
                "currentStatusDescription": events[-1][3],
                "trackingEvents": [
                    {
                        "eventDate": format_seconds(at),
                        "eventAddress": place,
                        "eventCode": code,
                        "eventDescription": text,
                    }
                    for at, code, _status, text in events
                ],
            }
        }
    )


def _events(shipment: OutboundShipment, now) -> list[tuple]:
    """Return (time, code, status, description) of what has happened on the way."""
    way = shipment.arrives_at - shipment.shipped_at
    return [
        (shipment.shipped_at + way * part, *words)
        for part, *words in _EVENTS
        if shipment.shipped_at + way * part <= now
    ]


def get_fulfillment_preview(exchange: Exchange) -> Reply:
    """Tell what could be shipped how, and what it would cost."""
    data = _body(exchange)
    _check_address(data.get("address"), "address")
    marketplace_id = _marketplace(exchange, data, data["address"])
    _check_items(data.get("items"))
    speeds = data.get("shippingSpeedCategories") or [*_FEES]
    if not isinstance(speeds, list) or not set(speeds) <= SPEEDS.keys():
        raise invalid_input("shippingSpeedCategories is invalid.")
    good, bad = _split(exchange, marketplace_id, data["items"])
    previews = [
        _preview(exchange, marketplace_id, speed, good, bad) for speed in speeds
    ]
    return Reply({"payload": {"fulfillmentPreviews": previews}})


def _split(exchange: Exchange, marketplace_id: str, lines: list[dict]):
    """Return [(line, stock)] that can be shipped, and [(line, reason)]."""
    fba, pool = exchange.simulation.fba, pool_of(marketplace_id)
    free: dict[str, int] = {}
    good, bad = [], []
    for line in lines:
        sku = line["sellerSku"]
        stock = fba.find(exchange.seller.seller_id, sku, pool)
        if stock is None:
            bad.append((line, "SELLER_SKU_NOT_FOUND"))
            continue
        left = free.setdefault(sku, stock.fulfillable)
        if line["quantity"] > left:
            bad.append((line, "TEMP_OUT_OF_STOCK"))
            continue
        free[sku] -= line["quantity"]
        good.append((line, stock))
    return good, bad


def _preview(exchange, marketplace_id, speed, good, bad) -> dict:
    now = exchange.simulation.clock.now()
    currency = MARKETPLACES[marketplace_id].currency
    possible = not bad and (speed != "ScheduledDelivery" or currency == "JPY")
    preview = {
        "shippingSpeedCategory": speed,
        "isFulfillable": possible,
        "isCODCapable": False,
        "marketplaceId": marketplace_id,
    }
    if bad:
        preview["unfulfillablePreviewItems"] = [
            {**_line(line), "itemUnfulfillableReasons": [reason]}
            for line, reason in bad
        ]
    if not possible:
        preview["orderUnfulfillableReasons"] = [reason for _line_, reason in bad] or [
            "SHIPPING_SPEED_NOT_AVAILABLE"
        ]
        return preview
    weight = sum(Decimal(s.item.weight) * line["quantity"] for line, s in good)
    ship, days = now + timedelta(days=1), timedelta(days=SPEEDS[speed])
    units = sum(line["quantity"] for line, _stock in good)
    fee = Decimal(_FEES.get(speed, "7.00")) * units
    preview["estimatedShippingWeight"] = {"unit": "KILOGRAMS", "value": str(weight)}
    preview["estimatedFees"] = [
        {
            "name": "FBAPerUnitFulfillmentFee",
            "amount": {"currencyCode": currency, "value": str(fee)},
        }
    ]
    preview["fulfillmentPreviewShipments"] = [
        {
            "earliestShipDate": format_seconds(now),
            "latestShipDate": format_seconds(ship),
            "earliestArrivalDate": format_seconds(now + days / 2),
            "latestArrivalDate": format_seconds(ship + days),
            "fulfillmentPreviewItems": [_line(line) for line, _stock in good],
        }
    ]
    return preview


def _line(line: dict) -> dict:
    names = ("sellerSku", "quantity", "sellerFulfillmentOrderItemId")
    return {name: line[name] for name in names}


def _body(exchange: Exchange) -> dict:
    if not exchange.request.is_json:
        raise invalid_input("The request body is not JSON.")
    return exchange.json(invalid_input)


def _check_address(address, where: str = "destinationAddress") -> None:
    if not isinstance(address, dict):
        raise invalid_input(f"{where} is missing.")
    for name in ("name", "addressLine1", "postalCode", "countryCode"):
        if not isinstance(address.get(name), str) or not address[name].strip():
            raise invalid_input(f"{where}: {name} is missing.")


def _marketplace(exchange: Exchange, data: dict, address: dict) -> str:
    own = exchange.seller.marketplace_ids
    wanted = data.get("marketplaceId")
    if wanted is None:
        for id_ in own:
            if MARKETPLACES[id_].country_code == address["countryCode"]:
                return id_
        return own[0]
    if wanted not in MARKETPLACES:
        raise invalid_input(f"Invalid marketplace id: {wanted}")
    if MARKETPLACES[wanted].region != exchange.seller.region:
        raise unauthorized()
    if wanted not in own:
        raise invalid_input("The seller does not sell in the marketplace.")
    return wanted


def _check_choices(data: dict, marketplace_id: str) -> None:
    speed = data.get("shippingSpeedCategory")
    if speed not in SPEEDS:
        raise invalid_input("shippingSpeedCategory is missing or invalid.")
    if speed == "ScheduledDelivery":
        japan = MARKETPLACES[marketplace_id].country_code == "JP"
        if not japan or "deliveryWindow" not in data:
            raise invalid_input(
                "ScheduledDelivery is for Japan and needs a deliveryWindow."
            )
        if data.get("fulfillmentAction") == "Hold":
            raise invalid_input("ScheduledDelivery cannot be on hold.")
    if data.get("fulfillmentAction", "Ship") not in ACTIONS:
        raise invalid_input("fulfillmentAction is invalid.")
    if data.get("fulfillmentPolicy", "FillAll") not in POLICIES:
        raise invalid_input("fulfillmentPolicy is invalid.")


def _check_items(lines) -> None:
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
        raise invalid_input(f"items must have 1 to {MOST_LINES} lines.")
    seen, units = set(), 0
    for line in lines:
        if not isinstance(line, dict):
            raise invalid_input("items is invalid.")
        for name in ("sellerSku", "sellerFulfillmentOrderItemId"):
            text = line.get(name)
            if not isinstance(text, str) or not text or len(text) > 50:
                raise invalid_input(f"{name} is missing or longer than 50.")
        quantity = line.get("quantity")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            raise invalid_input("quantity must be a positive whole number.")
        units += quantity
        seen.add(line["sellerFulfillmentOrderItemId"])
    if len(seen) < len(lines):
        raise invalid_input("sellerFulfillmentOrderItemId is not unique.")
    if units > MOST_UNITS:
        raise invalid_input(f"An order has at most {MOST_UNITS} units.")


def _find(exchange: Exchange, reference: str) -> OutboundOrder:
    order = exchange.simulation.outbound.find(exchange.seller.seller_id, reference)
    if order is None:
        raise not_found()
    return order


def _item(order: OutboundOrder, item) -> dict:
    names = (
        "sellerSku",
        "sellerFulfillmentOrderItemId",
        "quantity",
        "giftMessage",
        "displayableComment",
        "perUnitPrice",
        "perUnitTax",
        "perUnitDeclaredValue",
    )
    shown = {name: item.request[name] for name in names if name in item.request}
    shown["cancelledQuantity"] = item.cancelled
    shown["unfulfillableQuantity"] = item.unfulfillable
    shown["orderItemDisposition"] = "Sellable"
    return shown


def _shipment(exchange, order: OutboundOrder, shipment: OutboundShipment) -> dict:
    skus = {
        item.request["sellerFulfillmentOrderItemId"]: item.request["sellerSku"]
        for item in order.items
    }
    shown = {
        "amazonShipmentId": shipment.shipment_id,
        "fulfillmentCenterId": shipment.center,
        "fulfillmentShipmentStatus": shipment.status,
        "fulfillmentShipmentItem": [
            {
                "sellerSku": skus[item_id],
                "sellerFulfillmentOrderItemId": item_id,
                "quantity": units,
                "packageNumber": shipment.package_number,
            }
            for item_id, units in shipment.units.items()
        ],
    }
    if shipment.status == "SHIPPED":
        arrives = format_seconds(shipment.arrives_at)
        shown["shippingDate"] = format_seconds(shipment.shipped_at)
        shown["estimatedArrivalDate"] = arrives
        shown["fulfillmentShipmentPackage"] = [
            {
                "packageNumber": shipment.package_number,
                "carrierCode": CARRIERS[exchange.seller.region],
                "trackingNumber": shipment.tracking,
                "estimatedArrivalDate": arrives,
            }
        ]
    return shown
