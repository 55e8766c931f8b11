"""Parts of an order payload that are not money: times, parcels, tax numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from .data import names, places
from .draft import Draft
from .model import Payload
from .money import money
from .plan import Numbers

# Days from the order to the latest shipment, and from there to the door.
TRANSIT = {
    "SAME_DAY": (0, 0),
    "NEXT_DAY": (1, 1),
    "SECOND_DAY": (1, 2),
    "EXPEDITED": (1, 3),
    "STANDARD": (2, 5),
    "FREE_ECONOMY": (2, 8),
}

Window = tuple[datetime, datetime]


def stamp(moment: datetime) -> str:
    """Write a moment as Amazon does: UTC, with milliseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _end_of_day(moment: datetime, draft: Draft) -> datetime:
    offset = timedelta(hours=draft.market.utc_offset)
    local = moment + offset
    return local.replace(hour=23, minute=59, second=59, microsecond=0) - offset


def ship_by(draft: Draft) -> Window:
    """Return the promised time of shipment (FBM orders only have one)."""
    created = draft.head.created
    days, _door = TRANSIT[draft.service_level]
    return created, _end_of_day(created + timedelta(days=days), draft)


def deliver_by(draft: Draft) -> Window:
    """Return the promised time of delivery."""
    latest_ship = ship_by(draft)[1]
    _days, door = TRANSIT[draft.service_level]
    earliest = latest_ship + timedelta(days=door // 2)
    return earliest, _end_of_day(latest_ship + timedelta(days=door), draft)


def programs(draft: Draft) -> list[str]:
    """Return the order's programs; multi-channel orders have none."""
    if "mcf" in draft.flags:
        return []
    found = []
    if draft.buyer.company:
        found.append("AMAZON_BUSINESS")
    if "prime" in draft.flags:
        found.append("PRIME")
    if "preorder" in draft.flags:
        found.append("PREORDER")
    return found


def payment(draft: Draft) -> Payload:
    """Return how the buyer pays."""
    if "cod" in draft.flags:
        method = "CashOnDelivery"
    elif "convenience_store" in draft.flags:
        method = "ConvenienceStore"
    elif draft.buyer.company and draft.buyer.purchase_order:
        method = "Invoice"
    else:
        method = "CreditCard"
    amount = money(draft.total(), draft.market)
    return {"paymentExecutions": [{"paymentMethod": method, "paymentAmount": amount}]}


def tax_registrations(draft: Draft) -> list[Payload]:
    """Return the VAT numbers of the buyer and of the merchant on a B2B order."""
    buyer, seller = draft.buyer, draft.seller
    if not buyer.vat or draft.flags & {"no_pii", "mcf"}:
        return []
    registrations: list[Payload] = [
        {
            "entityType": "BUYER",
            "legalName": buyer.company,
            "taxRegistrationType": "VAT",
            "taxRegistrationNumber": buyer.vat,
        }
    ]
    if "vat" in draft.flags:
        registrations[0]["taxRegistrationAddress"] = {
            key: value for key, value in buyer.address.items() if key != "phone"
        }
    if draft.market.country in seller.vat_numbers:
        registrations.append(
            {
                "entityType": "MERCHANT",
                "legalName": seller.company_name,
                "taxRegistrationType": "VAT",
                "taxRegistrationNumber": seller.vat_numbers[draft.market.country],
            }
        )
    return registrations


def cancellation(draft: Draft, rng: Random) -> Payload:
    """Return the cancellation part of every item, empty for a living order."""
    reason = rng.choice(names.CANCEL_REASONS)
    request = {"requester": "BUYER", "cancelReason": reason}
    if draft.head.status == "CANCELLED":
        by = rng.choice(("BUYER", "BUYER", "MERCHANT", "AMAZON"))
        execution = {"cancelledBy": by, "cancelReason": reason}
        if by == "MERCHANT":
            return {
                "cancellationRequest": request,
                "cancellationExecution": execution,
            }
        return {"cancellationExecution": execution}
    if "cancel_request" in draft.flags:
        return {"cancellationRequest": request}
    return {}


def package(draft: Draft, numbers: Numbers, rng: Random) -> Payload:
    """Return the parcel that holds everything shipped so far."""
    carrier, service, prefix = rng.choice(places.CARRIERS[draft.seller.region])
    shipped = draft.head.updated
    return {
        "packageReferenceId": "1",
        "createdTime": stamp(shipped),
        "packageStatus": {"status": "SHIPPED"},
        "carrier": carrier,
        "shipTime": stamp(shipped),
        "shippingService": service,
        "trackingNumber": f"{prefix}{rng.randrange(10**10):010d}",
        "shipFromAddress": dict(draft.seller.ship_from),
        "packageItems": [
            {
                "orderItemId": numbers.item_id(draft.head.index, place),
                "quantity": line.shipped,
            }
            for place, line in enumerate(draft.lines)
            if line.shipped
        ],
    }
