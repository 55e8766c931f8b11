"""Labels bought from Amazon: what is asked for, what is offered, what is bought.

``getEligibleShipmentServices`` and ``createShipment`` of Merchant Fulfillment v0.
"""

import base64
import binascii
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ..services.timestamps import format_timestamp
from .errors import PayloadError
from .order_data import Window
from .package import PackageItem
from .values import Node

WITHOUT_SIGNATURE = "DeliveryConfirmationWithoutSignature"
_GZIP_MAGIC = b"\x1f\x8b"
_LARGEST_LABEL = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a package is picked up; Amazon wants phone and mail."""

    name: str
    address_line1: str
    city: str
    postal_code: str
    country_code: str
    phone: str
    email: str
    address_line2: str | None = None
    address_line3: str | None = None
    state: str | None = None


class Dimensions(NamedTuple):
    """The size of a package; ``unit`` is centimeters or inches."""

    length: Decimal
    width: Decimal
    height: Decimal
    unit: str = "centimeters"


@dataclass(frozen=True, slots=True)
class Rate:
    """A service that can be bought.

    ``amount`` is what Amazon charges, adjustments included. ``offer_id`` stands for
    this price and dies soon.
    """

    service_id: str
    offer_id: str | None
    name: str
    carrier: str
    amount: Decimal
    currency: str | None
    ship_date: datetime | None
    delivery: Window
    label_formats: tuple[str, ...]
    needs_inputs: bool
    benefits: tuple[str, ...]
    experiences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SellerInput:
    """Something a service wants to know besides.

    ``kind`` is Amazon's data type in lower case: string, boolean, integer and so on.
    ``asin`` is empty for what is asked of the whole package. ``choices`` are the only
    values allowed, empty for any.
    """

    name: str
    text: str
    kind: str
    is_required: bool
    choices: tuple[str, ...]
    pattern: str | None
    asin: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedService:
    """A service that cannot be bought, and why."""

    service_id: str
    name: str | None
    carrier: str | None
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Amazon's answer: carriers may be out of order, or want their terms accepted."""

    rates: tuple[Rate, ...]
    rejected: tuple[RejectedService, ...]
    unavailable_carriers: tuple[str, ...]
    carriers_with_new_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A label as it is printed; ``file_type`` is its media type.

    ``is_verified`` tells whether it is the one Amazon's checksum was made of.
    """

    content: bytes = field(repr=False)
    file_type: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class BoughtShipment:
    """A label that was bought.

    ``status`` is Purchased, RefundPending, RefundRejected or RefundApplied.
    """

    shipment_id: str
    order_id: str
    status: str
    tracking_number: str | None
    carrier: str | None
    service_name: str | None
    amount: Decimal | None
    currency: str | None
    created_at: datetime | None
    label: Label | None


def request_details(
    order_id: str,
    items: Sequence[PackageItem],
    sender: Sender,
    dimensions: Dimensions,
    weight_grams: Decimal,
    *,
    delivery_experience: str = WITHOUT_SIGNATURE,
    carrier_picks_up: bool = False,
    ship_date: datetime | None = None,
    arrive_by: datetime | None = None,
    label_format: str | None = None,
    label_text: str | None = None,
    declared_value: tuple[Decimal, str] | None = None,
) -> dict[str, Any]:
    """Return ``ShipmentRequestDetails`` of a package.

    :param label_format: PDF, PNG, ZPL203 or ZPL300
    :param label_text: at most 14 characters
    :param declared_value: amount and currency
    :raise ValueError: nothing in it, no size, no weight, or a time without zone
    """
    if not items or weight_grams <= 0 or min(dimensions[:3]) <= 0:
        raise ValueError("A package has contents, a size and a weight.")
    options: dict[str, Any] = {
        "DeliveryExperience": delivery_experience,
        "CarrierWillPickUp": carrier_picks_up,
    }
    if declared_value:
        amount, currency = declared_value
        options["DeclaredValue"] = {"Amount": float(amount), "CurrencyCode": currency}
    if label_format:
        options["LabelFormat"] = label_format
    details = {
        "AmazonOrderId": order_id,
        "ItemList": [_item(PackageItem(*item)) for item in items],
        "ShipFromAddress": _address(sender),
        "PackageDimensions": {
            "Length": float(dimensions.length),
            "Width": float(dimensions.width),
            "Height": float(dimensions.height),
            "Unit": dimensions.unit,
        },
        "Weight": {"Value": float(weight_grams), "Unit": "g"},
        "ShippingServiceOptions": options,
    }
    if ship_date:
        details["ShipDate"] = format_timestamp(ship_date)
    if arrive_by:
        details["MustArriveByDate"] = format_timestamp(arrive_by)
    if label_text:
        details["LabelCustomization"] = {"CustomTextForLabel": label_text}
    return details


def _item(item):
    entry: dict[str, Any] = {
        "OrderItemId": item.order_item_id,
        "Quantity": item.quantity,
    }
    if item.transparency_codes:
        entry["TransparencyCodeList"] = list(item.transparency_codes)
    return entry


def _address(sender):
    values = {
        "Name": sender.name,
        "AddressLine1": sender.address_line1,
        "AddressLine2": sender.address_line2,
        "AddressLine3": sender.address_line3,
        "City": sender.city,
        "StateOrProvinceCode": sender.state,
        "PostalCode": sender.postal_code,
        "CountryCode": sender.country_code,
        "Phone": sender.phone,
        "Email": sender.email,
    }
    return {key: value for key, value in values.items() if value}


def read_rates(payload: dict[str, Any]) -> Rates:
    """Return what ``eligible_services`` answered, the cheapest first.

    :raise PayloadError: not the shape we know
    """
    node = Node(payload)
    rates = [_rate(entry) for entry in node.children("ShippingServiceList")]
    rejected = node.children("RejectedShippingServiceList")
    return Rates(
        rates=tuple(sorted(rates, key=lambda rate: (rate.amount, rate.name))),
        rejected=tuple(
            RejectedService(
                service_id=entry.identifier("ShippingServiceId"),
                name=entry.text("ShippingServiceName"),
                carrier=entry.text("CarrierName"),
                code=entry.text("RejectionReasonCode"),
                message=entry.text("RejectionReasonMessage"),
            )
            for entry in rejected
        ),
        unavailable_carriers=_carriers(node, "TemporarilyUnavailableCarrierList"),
        carriers_with_new_terms=_carriers(
            node, "TermsAndConditionsNotAcceptedCarrierList"
        ),
    )


def _carriers(node, key):
    return tuple(entry.identifier("CarrierName") for entry in node.children(key))


def _rate(node):
    money = _money(node)
    if money is None:
        raise PayloadError("missing", node.at("Rate"))
    options = node.child("ShippingServiceOptions")
    formats = node.words("AvailableLabelFormats")
    return Rate(
        service_id=node.identifier("ShippingServiceId"),
        offer_id=node.text("ShippingServiceOfferId"),
        name=node.text("ShippingServiceName") or "",
        carrier=node.text("CarrierName") or "",
        amount=money.amount,
        currency=money.currency,
        ship_date=node.moment("ShipDate"),
        delivery=Window(
            node.moment("EarliestEstimatedDeliveryDate"),
            node.moment("LatestEstimatedDeliveryDate"),
        ),
        label_formats=formats or _one(options.text("LabelFormat")),
        needs_inputs=node.flag("RequiresAdditionalSellerInputs"),
        benefits=node.child("Benefits").words("IncludedBenefits"),
        experiences=_experiences(node),
    )


def _experiences(node):
    """Return the delivery confirmations that can be had with a service."""
    choices = node.child("AvailableShippingServiceOptions").children(
        "AvailableDeliveryExperienceOptions"
    )
    names = (choice.text("DeliveryExperienceOption") for choice in choices)
    return tuple(name for name in names if name)


def read_inputs(payload: dict[str, Any]) -> tuple[SellerInput, ...]:
    """Return what ``additional_inputs`` answered.

    :raise PayloadError: not the shape we know
    """
    node = Node(payload)
    found = [_input(entry) for entry in node.children("ShipmentLevelFields")]
    for item in node.children("ItemLevelFieldsList"):
        asin = item.identifier("Asin")
        found += [_input(entry, asin) for entry in item.children("AdditionalInputs")]
    return tuple(found)


def _input(node, asin=None):
    definition = node.child("SellerInputDefinition")
    patterns = [
        constraint.text("ValidationRegEx")
        for constraint in definition.children("Constraints")
    ]
    return SellerInput(
        name=node.identifier("AdditionalInputFieldName"),
        text=definition.text("InputDisplayText") or "",
        kind=(definition.text("DataType") or "string").lower(),
        is_required=definition.flag("IsRequired"),
        choices=definition.words("RestrictedSetValues"),
        pattern=next(filter(None, patterns), None),
        asin=asin,
    )


def input_answer(asked: SellerInput, text: str) -> dict[str, Any]:
    """Return an answer as ``ShipmentLevelSellerInputsList`` takes it.

    :param text: as a person typed it
    :raise ValueError: not of the kind or the values that Amazon takes
    """
    text = text.strip()
    if asked.choices and text not in asked.choices:
        raise ValueError(", ".join(asked.choices))
    if asked.pattern and not _fits(asked.pattern, text):
        raise ValueError(asked.pattern)
    answer: dict[str, Any] = {"DataType": asked.kind.upper()}
    if asked.kind == "integer":
        answer["ValueAsInteger"] = int(text)
    elif asked.kind == "boolean":
        answer["ValueAsBoolean"] = text.lower() in ("yes", "true", "1")
    elif asked.kind == "string":
        answer["ValueAsString"] = text
    else:
        raise ValueError(asked.kind)
    return {"AdditionalInputFieldName": asked.name, "AdditionalSellerInput": answer}


def _fits(pattern, text):
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        # A pattern of another dialect: Amazon decides.
        return True


def _one(value):
    return (value,) if value else ()


def _money(service):
    return service.money("RateWithAdjustments") or service.money("Rate")


def read_shipment(payload: dict[str, Any]) -> BoughtShipment:
    """Return a ``Shipment`` as ``create_shipment``, ``get``, ``cancel`` answer it.

    :raise PayloadError: not the shape we know, or a damaged label
    """
    node = Node(payload)
    service = node.child("ShippingService")
    money = _money(service)
    return BoughtShipment(
        shipment_id=node.identifier("ShipmentId"),
        order_id=node.identifier("AmazonOrderId"),
        status=node.identifier("Status"),
        tracking_number=node.text("TrackingId"),
        carrier=service.text("CarrierName"),
        service_name=service.text("ShippingServiceName"),
        amount=money.amount if money else None,
        currency=money.currency if money else None,
        created_at=node.moment("CreatedDate"),
        label=_label(node.child("Label").child("FileContents")),
    )


def _label(node):
    """Return the label: base64 of gzip, with an MD5."""
    text = node.text("Contents")
    if text is None:
        return None
    path = node.at("Contents")
    try:
        packed = content = base64.b64decode(text, validate=True)
        if packed.startswith(_GZIP_MAGIC):
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
                content = stream.read(_LARGEST_LABEL + 1)
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error) as exc:
        raise PayloadError("damaged", path) from exc
    if len(content) > _LARGEST_LABEL:
        raise PayloadError("too large", path)
    # Amazon does not say which of the two it is made of.
    checksums = {_md5(packed), _md5(content)}
    return Label(
        content,
        node.text("FileType") or "application/octet-stream",
        node.text("Checksum") in checksums,
    )


def _md5(data):
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
