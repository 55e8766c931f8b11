"""A package and what Amazon wants to know of it (``confirmShipment`` v0)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..services.timestamps import format_timestamp

OTHER_CARRIER = "Other"
# Worth a look, but carriers have more formats than they publish.
WARNINGS = frozenset({"tracking_format"})

_POSTAL_UNION = r"[A-Z]{2}[0-9]{9}[A-Z]{2}"
_UPS = r"1Z[0-9A-Z]{16}|T[0-9]{10}|[0-9]{9}|[0-9]{12}|[0-9]{18}|[0-9]{22}|[0-9]{26}"
_USPS = rf"[0-9]{{20}}|[0-9]{{22}}|420[0-9]{{23,31}}|{_POSTAL_UNION}"
_FEDEX = r"[0-9]{12}|[0-9]{15}|[0-9]{20}|[0-9]{22}|[0-9]{34}"
_DHL = (
    rf"[0-9]{{10,12}}|[0-9]{{14}}|[0-9]{{16}}|[0-9]{{18}}|[0-9]{{20}}|{_POSTAL_UNION}"
    r"|(?:JJD|JVGL|JD|GM|LX|RX|3S)[0-9A-Z]{6,36}"
)
# By the letters of the carrier's name, without case.
_FORMATS = {
    "UPS": _UPS,
    "USPS": _USPS,
    "FEDEX": _FEDEX,
    "DHL": _DHL,
    "DHLEXPRESS": _DHL,
    "DEUTSCHEPOST": rf"{_DHL}|[0-9A-Z]{{13,20}}",
    "DPD": r"[0-9]{14}[0-9A-Z]?",
    "ROYALMAIL": rf"{_POSTAL_UNION}|[0-9A-Z]{{11,21}}",
    "COLISSIMO": rf"[0-9A-Z]{{2}}[0-9]{{11}}|{_POSTAL_UNION}",
    "YAMATOTRANSPORT": r"[0-9]{12}",
    "SAGAWA": r"[0-9]{10}|[0-9]{12}",
    "SAGAWAEXPRESS": r"[0-9]{10}|[0-9]{12}",
    "JAPANPOST": rf"[0-9]{{11,13}}|{_POSTAL_UNION}",
}
_TRACKING = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")


class PackageItem(NamedTuple):
    """Units of one order item in a package."""

    order_item_id: str
    quantity: int
    transparency_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A package that left.

    ``reference`` is our number of the package, unique within the order: the same
    number again edits the package at Amazon. ``carrier_code`` is a word Amazon
    knows, or ``Other`` with a ``carrier_name``. ``ship_date`` is aware. ``items``
    are ``PackageItem`` or tuples like it; what is not in it stays unshipped.
    """

    reference: int
    carrier_code: str
    carrier_name: str | None
    shipping_method: str | None
    tracking_number: str
    ship_date: datetime
    items: tuple[PackageItem, ...]


def package_items(package: Package) -> list[PackageItem]:
    """Return the contents of a package."""
    return [PackageItem(*item) for item in package.items]


def clean_tracking_number(text: str | None) -> str:
    """Return a tracking number without the blanks that labels print into it."""
    return "".join((text or "").split())


def confirmation_body(
    marketplace_id: str, package: Package, *, cod_collection_method: str | None = None
) -> dict[str, Any]:
    """Return the body of ``confirmShipment`` for a package.

    :param cod_collection_method: ``DirectPayment``, Japan only
    :raise ValueError: the date of shipment has no zone
    """
    detail = {
        "packageReferenceId": str(package.reference),
        "carrierCode": package.carrier_code,
        "carrierName": package.carrier_name,
        "shippingMethod": package.shipping_method,
        "trackingNumber": clean_tracking_number(package.tracking_number),
        "shipDate": format_timestamp(package.ship_date),
        "orderItems": [_order_item(item) for item in package_items(package)],
    }
    body = {
        "marketplaceId": marketplace_id,
        "packageDetail": {key: value for key, value in detail.items() if value},
    }
    if cod_collection_method:
        body["codCollectionMethod"] = cod_collection_method
    return body


def check_package(
    package: Package,
    *,
    now: datetime | None = None,
    ordered_at: datetime | None = None,
) -> list[str]:
    """Return why Amazon would refuse a package, as stable words.

    Those in ``WARNINGS`` are doubts, all others are refusals. An empty list means
    that nothing is known to speak against it.

    :param now: aware; tells whether the date of shipment is in the future
    :param ordered_at: aware; nothing is shipped before it is ordered
    """
    return [
        *_check_reference(package.reference),
        *_check_carrier(package),
        *_check_tracking(package),
        *_check_date(package.ship_date, now, ordered_at),
        *_check_items(package_items(package)),
    ]


def _order_item(item):
    entry = {"orderItemId": item.order_item_id, "quantity": item.quantity}
    if item.transparency_codes:
        entry["transparencyCodes"] = list(item.transparency_codes)
    return entry


def _check_reference(reference):
    is_number = isinstance(reference, int) and not isinstance(reference, bool)
    if not is_number or reference <= 0:
        yield "reference_not_positive"


def _check_carrier(package):
    code = (package.carrier_code or "").strip()
    if not code:
        yield "carrier_missing"
    elif code.lower() == "other" and not (package.carrier_name or "").strip():
        yield "carrier_name_missing"


def _check_tracking(package):
    if re.search(r"[,;|]", package.tracking_number or ""):
        yield "tracking_several"
        return
    number = clean_tracking_number(package.tracking_number)
    if not number:
        yield "tracking_missing"
    elif not _TRACKING.fullmatch(number):
        yield "tracking_characters"
    elif not _fits(number, (package.carrier_code, package.carrier_name)):
        yield "tracking_format"


def _fits(number: str, names: Iterable[str | None]) -> bool:
    known = [
        _FORMATS.get(re.sub(r"[^A-Z]", "", (name or "").upper())) for name in names
    ]
    formats = [pattern for pattern in known if pattern]
    return not formats or any(
        re.fullmatch(pattern, number.upper()) for pattern in formats
    )


def _check_date(ship_date, now, ordered_at):
    if ship_date is None or ship_date.tzinfo is None:
        yield "ship_date_without_zone"
        return
    if now and ship_date > now:
        yield "ship_date_in_future"
    if ordered_at and ship_date < ordered_at:
        yield "ship_date_before_order"


def _check_items(items):
    if not items:
        yield "items_missing"
    if any(not item.order_item_id for item in items):
        yield "item_unknown"
    identifiers = [item.order_item_id for item in items]
    if len(set(identifiers)) < len(identifiers):
        yield "item_repeated"
    for item in items:
        is_number = isinstance(item.quantity, int) and not isinstance(
            item.quantity, bool
        )
        if not is_number or item.quantity <= 0:
            yield "quantity_not_positive"
            break
