"""Merchant Fulfillment v0: offers of carriers, labels, refunds."""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
from datetime import timedelta
from decimal import Decimal

from ..clock import format_seconds, parse_time
from ..errors import invalid_input, not_found
from ..exchange import Exchange, Reply
from ..labels import FILE_TYPES, draw_label
from ..marketplaces import MARKETPLACES
from ..paging import digest, seal, unseal
from ..state.buy_shipping import SERVICES, Label, Service, grams_of
from ..state.shipments import Package, ShipmentRefused

OFFER_LIFE = timedelta(hours=1)
EXPERIENCES = (
    "DeliveryConfirmationWithAdultSignature",
    "DeliveryConfirmationWithSignature",
    "DeliveryConfirmationWithoutSignature",
    "NoTracking",
)
CONTENTS, BATTERIES = "PACKAGE_CONTENTS", "BATTERY_COUNT"
CONTENT_KINDS = ("MERCHANDISE", "DOCUMENTS")
QUESTIONS = {
    CONTENTS: "What is in the package?",
    BATTERIES: "How many batteries are in the item?",
}
PICK_UPS = ("CarrierWillPickUp", "ShipperWillDropOff", "NoPreference")
# Field of an address → greatest length; those of _NEEDED must be there.
_LENGTHS = {
    "Name": 30,
    "AddressLine1": 180,
    "AddressLine2": 60,
    "AddressLine3": 60,
    "City": 30,
    "StateOrProvinceCode": 30,
    "PostalCode": 30,
    "Phone": 30,
}
_NEEDED = (
    "Name",
    "AddressLine1",
    "Email",
    "City",
    "PostalCode",
    "CountryCode",
    "Phone",
)


def get_eligible_shipment_services(exchange: Exchange) -> Reply:
    """Return what the carriers offer for a parcel, the cheapest first."""
    data = _body(exchange)
    details = _details(data)
    _order(exchange, details)
    settings = exchange.simulation.settings
    grams = grams_of(details["Weight"])
    wish = (data.get("ShippingOfferingFilter") or {}).get("DeliveryExperience")
    wish = wish or details["ShippingServiceOptions"]["DeliveryExperience"]
    good, rejected, away, asked = [], [], [], []
    for service in SERVICES[exchange.seller.region]:
        reason = _rejection(service, grams, wish) or _lateness(
            exchange, details, service
        )
        if service.carrier in settings.unavailable_carriers:
            away.append(service.carrier)
        elif service.carrier in settings.carriers_with_new_terms:
            asked.append(service.carrier)
        elif reason:
            rejected.append(
                {
                    "CarrierName": service.carrier,
                    "ShippingServiceName": service.name,
                    "ShippingServiceId": service.service_id,
                    "RejectionReasonCode": reason[0],
                    "RejectionReasonMessage": reason[1],
                }
            )
        else:
            good.append(_offer(exchange, details, service))
    good.sort(key=lambda offer: offer["Rate"]["Amount"])
    return Reply(
        {
            "payload": {
                "ShippingServiceList": good,
                "RejectedShippingServiceList": rejected,
                "TemporarilyUnavailableCarrierList": [
                    {"CarrierName": name} for name in dict.fromkeys(away)
                ],
                "TermsAndConditionsNotAcceptedCarrierList": [
                    {"CarrierName": name} for name in dict.fromkeys(asked)
                ],
            }
        }
    )


def get_additional_seller_inputs(exchange: Exchange) -> Reply:
    """Return what a service wants to know besides: see ``questions``."""
    data = _body(exchange)
    entry = exchange.simulation.orders.get(
        data.get("OrderId"), exchange.seller.seller_id
    )
    if entry is None:
        raise invalid_input("OrderId is invalid.")
    _check_address(data.get("ShipFromAddress"))
    known = {
        service.service_id: service for service in SERVICES[exchange.seller.region]
    }
    service = known.get(data.get("ShippingServiceId"))
    if service is None:
        raise invalid_input("ShippingServiceId is invalid.")
    fields, items = [], []
    if service.carrier in exchange.simulation.settings.carriers_with_questions:
        payload = exchange.simulation.orders.truth(entry).payload
        asins = {item["product"]["asin"] for item in payload["orderItems"]}
        fields = [_question(CONTENTS, "STRING", "SHIPMENT_LEVEL", CONTENT_KINDS)]
        items = [
            {
                "Asin": asin,
                "AdditionalInputs": [_question(BATTERIES, "INTEGER", "ITEM_LEVEL")],
            }
            for asin in sorted(asins)
        ]
    return Reply(
        {"payload": {"ShipmentLevelFields": fields, "ItemLevelFieldsList": items}}
    )


def _question(name: str, kind: str, target: str, choices=()) -> dict:
    definition = {
        "IsRequired": target == "SHIPMENT_LEVEL",
        "DataType": kind,
        "Constraints": [{"ValidationString": "Required"}],
        "InputDisplayText": QUESTIONS[name],
        "InputTarget": target,
        "StoredValue": {"DataType": kind},
    }
    if choices:
        definition["RestrictedSetValues"] = list(choices)
    return {"AdditionalInputFieldName": name, "SellerInputDefinition": definition}


def _check_answers(exchange: Exchange, data: dict, service: Service) -> None:
    """Refuse a purchase that leaves a question of the carrier open."""
    if service.carrier not in exchange.simulation.settings.carriers_with_questions:
        return
    answers = {
        answer.get("AdditionalInputFieldName"): answer.get("AdditionalSellerInput", {})
        for answer in data.get("ShipmentLevelSellerInputsList") or ()
    }
    if answers.get(CONTENTS, {}).get("ValueAsString") not in CONTENT_KINDS:
        raise invalid_input(f"ShipmentLevelSellerInputsList: {CONTENTS} is missing.")


def create_shipment(exchange: Exchange) -> Reply:
    """Buy a label; the order is confirmed as shipped with it."""
    data = _body(exchange)
    details = _details(data)
    payload = _order(exchange, details)
    service = _service(exchange, data, details)
    simulation, seller = exchange.simulation, exchange.seller
    now = simulation.clock.now()
    number = len(simulation.buy_shipping) + 1
    digits = _digits(f"{details['AmazonOrderId']}/{number}")
    tracking = f"{service.prefix}{digits}"
    reference = _confirm(exchange, details, payload, service, tracking)
    offer = _offer(exchange, details, service)
    label = Label(
        str(uuid.UUID(int=simulation.random.getrandbits(128), version=4)),
        seller.seller_id,
        details["AmazonOrderId"],
        details,
        offer,
        _label(details, service, tracking, payload),
        _ship_to(payload),
        tracking,
        reference,
        now,
        _insurance(details, offer),
    )
    simulation.buy_shipping.add(label)
    return Reply({"payload": _render(exchange, label)})


def _confirm(exchange, details, payload, service: Service, tracking: str) -> str:
    """Confirm the shipment and return the package's reference."""
    replaced = exchange.simulation.buy_shipping.find_replaced(details)
    package = Package(
        replaced.reference if replaced else _next_reference(payload),
        service.carrier,
        service.carrier,
        service.name,
        tracking,
        exchange.simulation.clock.now(),
        {
            line["OrderItemId"]: (
                line["Quantity"],
                tuple(line.get("TransparencyCodeList") or ()),
            )
            for line in details["ItemList"]
        },
    )
    try:
        exchange.simulation.shipments.take(
            exchange.seller,
            details["AmazonOrderId"],
            None,
            package,
            "label",
            exchange.request_id,
        )
    except ShipmentRefused as refused:
        raise invalid_input(refused.sentence) from refused
    if replaced:
        replaced.is_replaced = True
    return package.reference


def get_shipment(exchange: Exchange, shipment_id: str) -> Reply:
    """Return a label that was bought."""
    return Reply({"payload": _render(exchange, _find(exchange, shipment_id))})


def cancel_shipment(exchange: Exchange, shipment_id: str) -> Reply:
    """Ask for the money back. The order stays shipped; another label may be bought."""
    label = _find(exchange, shipment_id)
    simulation = exchange.simulation
    seconds = simulation.settings.label_cancel_seconds
    now = simulation.clock.now()
    if label.cancelled is None:
        if now - label.created > timedelta(seconds=seconds):
            raise invalid_input("The time in which the label can be cancelled is over.")
        label.cancelled = now
        simulation.shipments.withdraw(label.order_id, label.reference)
    return Reply({"payload": _render(exchange, label)})


def labels(exchange: Exchange) -> Reply:
    """Return the labels that were sold (``order_id``), the oldest first."""
    simulation = exchange.simulation
    settings, now = simulation.settings, simulation.clock.now()
    seconds, outcome = settings.label_refund_seconds, settings.label_refund_outcome
    found = [
        {
            "shipment_id": label.shipment_id,
            "order_id": label.order_id,
            "seller_id": label.seller_id,
            "tracking_number": label.tracking,
            "carrier": label.service["CarrierName"],
            "status": label.status(now, seconds, outcome),
        }
        for label in simulation.buy_shipping.sold(exchange.request.args.get("order_id"))
    ]
    return Reply({"count": len(found), "labels": found})


def _body(exchange: Exchange) -> dict:
    if not exchange.request.is_json:
        raise invalid_input("The request body is not JSON.")
    return exchange.json(invalid_input)


def _details(data: dict) -> dict:
    """Return ShipmentRequestDetails that say everything a carrier needs."""
    details = data.get("ShipmentRequestDetails")
    if not isinstance(details, dict):
        raise invalid_input("ShipmentRequestDetails is missing.")
    if not isinstance(details.get("AmazonOrderId"), str):
        raise invalid_input("AmazonOrderId is missing.")
    lines = details.get("ItemList")
    if not isinstance(lines, list) or not lines:
        raise invalid_input("ItemList is missing.")
    for line in lines:
        if not isinstance(line, dict) or not isinstance(line.get("OrderItemId"), str):
            raise invalid_input("OrderItemId is missing.")
        units = line.get("Quantity")
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise invalid_input("Quantity must be a positive whole number.")
    _check_address(details.get("ShipFromAddress"))
    weight = details.get("Weight")
    if not isinstance(weight, dict) or weight.get("Unit") not in ("g", "oz"):
        raise invalid_input("Weight is missing or its unit is not g or oz.")
    if not _positive(weight.get("Value")):
        raise invalid_input("Weight must be greater than 0.")
    _check_dimensions(details.get("PackageDimensions"))
    options = details.get("ShippingServiceOptions")
    if (
        not isinstance(options, dict)
        or options.get("DeliveryExperience") not in EXPERIENCES
        or not isinstance(options.get("CarrierWillPickUp"), bool)
        or options.get("CarrierWillPickUpOption", PICK_UPS[0]) not in PICK_UPS
        or options.get("LabelFormat", "PDF") not in FILE_TYPES
    ):
        raise invalid_input("ShippingServiceOptions is missing or invalid.")
    text = (details.get("LabelCustomization") or {}).get("CustomTextForLabel", "")
    if len(text) > 14:
        raise invalid_input("CustomTextForLabel is longer than 14 characters.")
    return details


def _positive(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _check_address(address) -> None:
    if not isinstance(address, dict):
        raise invalid_input("ShipFromAddress is missing.")
    for name in _NEEDED:
        if not isinstance(address.get(name), str) or not address[name].strip():
            raise invalid_input(f"ShipFromAddress: {name} is missing.")
    for name, most in _LENGTHS.items():
        if len(address.get(name) or "") > most:
            raise invalid_input(
                f"ShipFromAddress: {name} is longer than {most} characters."
            )


def _check_dimensions(dimensions) -> None:
    if not isinstance(dimensions, dict):
        raise invalid_input("PackageDimensions is missing.")
    if dimensions.get("PredefinedPackageDimensions"):
        return
    sides = [dimensions.get(name) for name in ("Length", "Width", "Height")]
    unit = dimensions.get("Unit")
    if not all(map(_positive, sides)) or unit not in ("inches", "centimeters"):
        raise invalid_input("PackageDimensions needs length, width, height, unit.")


def _order(exchange: Exchange, details: dict) -> dict:
    """Return the payload of an order whose units wait for a label."""
    simulation = exchange.simulation
    order_id = details["AmazonOrderId"]
    entry = simulation.orders.get(order_id, exchange.seller.seller_id)
    if entry is None:
        raise invalid_input(f"AmazonOrderId {order_id} is invalid.")
    returned = simulation.buy_shipping.returned(order_id)
    is_open = entry.status in ("UNSHIPPED", "PARTIALLY_SHIPPED")
    if entry.fulfilled_by != "MERCHANT" or not (is_open or returned):
        raise invalid_input(f"Order {order_id} does not wait for a shipment.")
    payload = simulation.orders.truth(entry).payload
    waiting = {
        item["orderItemId"]: item["fulfillment"]["quantityUnfulfilled"]
        for item in payload["orderItems"]
    }
    for label in returned:
        for line in label.details["ItemList"]:
            waiting[line["OrderItemId"]] += line["Quantity"]
    for line in details["ItemList"]:
        item_id = line["OrderItemId"]
        if item_id not in waiting:
            raise invalid_input(f"OrderItemId {item_id} is not in the order.")
        waiting[item_id] -= line["Quantity"]
        if waiting[item_id] < 0:
            raise invalid_input(f"Quantity of {item_id} is more than is open.")
    return payload


def _rejection(service: Service, grams: Decimal, wish: str) -> tuple | None:
    if grams > service.heaviest:
        return "WEIGHT_EXCEEDED", f"Heavier than {service.heaviest} g."
    if not service.tracked and wish not in ("NoTracking", "NoPreference"):
        return "DELIVERY_EXPERIENCE", "The service has no delivery confirmation."
    return None


def _lateness(exchange: Exchange, details: dict, service: Service) -> tuple | None:
    """Return why a service is too slow for MustArriveByDate."""
    if "MustArriveByDate" not in details:
        return None
    now = exchange.simulation.clock.now()
    ship = max(parse_time(details["ShipDate"]), now) if "ShipDate" in details else now
    if ship + timedelta(days=service.days[1]) <= parse_time(
        details["MustArriveByDate"]
    ):
        return None
    return "TOO_LATE", "It does not arrive in time."


def _offer(exchange: Exchange, details: dict, service: Service) -> dict:
    """Return a ShippingService with an offer id that holds for an hour."""
    simulation = exchange.simulation
    now = simulation.clock.now()
    entry = simulation.orders.get(details["AmazonOrderId"])
    currency = MARKETPLACES[entry.marketplace_id].currency
    rate = service.rate(grams_of(details["Weight"]), currency)
    money = {"CurrencyCode": currency, "Amount": float(rate)}
    nothing = {"CurrencyCode": currency, "Amount": 0.0}
    ship = max(parse_time(details["ShipDate"]), now) if "ShipDate" in details else now
    first, last = (ship + timedelta(days=days) for days in service.days)
    options = details["ShippingServiceOptions"]
    offer = {"f": _fingerprint(details), "s": service.service_id}
    offer["t"] = format_seconds(now)
    return {
        "ShippingServiceName": service.name,
        "CarrierName": service.carrier,
        "ShippingServiceId": service.service_id,
        "ShippingServiceOfferId": seal(simulation.page_key, offer),
        "ShipDate": format_seconds(ship),
        "EarliestEstimatedDeliveryDate": format_seconds(first),
        "LatestEstimatedDeliveryDate": format_seconds(last),
        "Rate": money,
        "RateWithAdjustments": money,
        "ShippingServiceOptions": {
            "DeliveryExperience": options["DeliveryExperience"],
            "DeclaredValue": options.get("DeclaredValue", nothing),
            "CarrierWillPickUp": options["CarrierWillPickUp"],
        },
        **_available(service, nothing),
        "RequiresAdditionalSellerInputs": service.carrier
        in simulation.settings.carriers_with_questions,
        "Benefits": {"IncludedBenefits": ["CLAIMS_PROTECTED"], "ExcludedBenefits": []},
    }


def _available(service: Service, nothing: dict) -> dict:
    """Return what can be chosen besides, all of it without a charge."""
    experiences = EXPERIENCES[1:] if service.tracked else EXPERIENCES[3:]
    formats = [name for name in FILE_TYPES if name != "ShippingServiceDefault"]
    return {
        "AvailableShippingServiceOptions": {
            "AvailableCarrierWillPickUpOptions": [
                {"CarrierWillPickUpOption": option, "Charge": nothing}
                for option in PICK_UPS[:2]
            ],
            "AvailableDeliveryExperienceOptions": [
                {"DeliveryExperienceOption": option, "Charge": nothing}
                for option in experiences
            ],
        },
        "AvailableLabelFormats": formats,
        "AvailableFormatOptionsForLabel": [
            {"IncludePackingSlipWithLabel": False, "LabelFormat": name}
            for name in formats
        ],
    }


def _fingerprint(details: dict) -> str:
    keys = ("AmazonOrderId", "ItemList", "Weight", "PackageDimensions")
    return digest([details.get(key) for key in keys])


def _service(exchange: Exchange, data: dict, details: dict) -> Service:
    """Return the service that is bought; an offer id must be of this parcel."""
    wanted = data.get("ShippingServiceId")
    services = {each.service_id: each for each in SERVICES[exchange.seller.region]}
    service = services.get(wanted)
    if service is None:
        raise invalid_input("ShippingServiceId is invalid.")
    options = details["ShippingServiceOptions"]
    reason = _rejection(
        service, grams_of(details["Weight"]), options["DeliveryExperience"]
    )
    settings = exchange.simulation.settings
    closed = settings.unavailable_carriers + settings.carriers_with_new_terms
    if reason or service.carrier in closed:
        raise invalid_input(f"{service.name} is not available for this parcel.")
    _check_answers(exchange, data, service)
    offer_id = data.get("ShippingServiceOfferId")
    if offer_id is not None:
        _check_offer(exchange, offer_id, details, service)
    return service


def _check_offer(exchange, offer_id, details, service) -> None:
    simulation = exchange.simulation
    try:
        offer = unseal(simulation.page_key, offer_id)
    except (AttributeError, ValueError) as error:
        raise invalid_input("ShippingServiceOfferId is invalid.") from error
    if simulation.clock.now() - parse_time(offer["t"]) > OFFER_LIFE:
        raise invalid_input("The shipping service offer has expired.")
    if (offer["f"], offer["s"]) != (_fingerprint(details), service.service_id):
        raise invalid_input("The shipping service offer is for another parcel.")


def _digits(text: str) -> str:
    return f"{int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**13:013d}"


def _next_reference(payload: dict) -> str:
    taken = {each["packageReferenceId"] for each in payload.get("packages", ())}
    number = 1
    while str(number) in taken:
        number += 1
    return str(number)


def _label(details: dict, service: Service, tracking: str, payload: dict) -> dict:
    options = details["ShippingServiceOptions"]
    wanted = options.get("LabelFormat", "PDF")
    sender, receiver = details["ShipFromAddress"], _ship_to(payload)
    custom = details.get("LabelCustomization") or {}
    text = custom.get("CustomTextForLabel")
    if custom.get("StandardIdForLabel"):
        text = payload["orderId"]
    lines = [
        service.name,
        "",
        *(sender[key] for key in ("Name", "AddressLine1")),
        f"{sender['PostalCode']} {sender['City']}",
        "",
        *(receiver[key] for key in ("Name", "AddressLine1")),
        f"{receiver['PostalCode']} {receiver['City']} {receiver['CountryCode']}",
        "",
        *([text] if text else []),
        tracking,
    ]
    data = draw_label(wanted, lines, tracking)
    content = {
        "Dimensions": {"Length": 6.0, "Width": 4.0, "Unit": "inches"},
        "FileContents": {
            "Contents": base64.b64encode(gzip.compress(data, mtime=0)).decode(),
            "FileType": FILE_TYPES[wanted],
            "Checksum": base64.b64encode(hashlib.md5(data).digest()).decode(),
        },
        "LabelFormat": "PDF" if wanted == "ShippingServiceDefault" else wanted,
    }
    names = ("CustomTextForLabel", "StandardIdForLabel")
    return content | {name: custom[name] for name in names if custom.get(name)}


def _ship_to(payload: dict) -> dict:
    address = payload.get("recipient", {}).get("deliveryAddress", {})
    words = {
        "Name": "name",
        "AddressLine1": "addressLine1",
        "AddressLine2": "addressLine2",
        "City": "city",
        "StateOrProvinceCode": "stateOrRegion",
        "PostalCode": "postalCode",
        "CountryCode": "countryCode",
        "Phone": "phone",
    }
    shown = {old: address.get(new) or "" for old, new in words.items()}
    shown = {key: value[: _LENGTHS.get(key, 99)] for key, value in shown.items()}
    return {**shown, "Email": ""}


def _insurance(details: dict, offer: dict) -> dict:
    value = details["ShippingServiceOptions"].get("DeclaredValue")
    return value or {"CurrencyCode": offer["Rate"]["CurrencyCode"], "Amount": 0.0}


def _find(exchange: Exchange, shipment_id: str) -> Label:
    label = exchange.simulation.buy_shipping.find(
        shipment_id, exchange.seller.seller_id
    )
    if label is None:
        raise not_found()
    return label


def _render(exchange: Exchange, label: Label) -> dict:
    simulation = exchange.simulation
    now, settings = simulation.clock.now(), simulation.settings
    seconds, outcome = settings.label_refund_seconds, settings.label_refund_outcome
    details, service = label.details, dict(label.service)
    for key in list(service):
        if key.startswith("Available"):
            del service[key]
    shown = {
        "ShipmentId": label.shipment_id,
        "AmazonOrderId": label.order_id,
        "ItemList": details["ItemList"],
        "ShipFromAddress": details["ShipFromAddress"],
        "ShipToAddress": label.ship_to,
        "PackageDimensions": details["PackageDimensions"],
        "Weight": details["Weight"],
        "Insurance": label.insurance,
        "ShippingService": service,
        "Label": label.content,
        "Status": label.status(now, seconds, outcome),
        "TrackingId": label.tracking,
        "CreatedDate": format_seconds(label.created),
        "LastUpdatedDate": format_seconds(label.cancelled or label.created),
    }
    if "SellerOrderId" in details:
        shown["SellerOrderId"] = details["SellerOrderId"]
    return shown
