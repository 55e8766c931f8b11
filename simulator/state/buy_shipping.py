"""Buy Shipping: carriers, rates, bought labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

GRAMS = {"g": Decimal(1), "oz": Decimal("28.349523125")}


@dataclass(frozen=True)
class Service:
    """One service of one carrier.

    :ivar base: rate of an empty parcel, ``per_kg`` for each kilogram
    :ivar days: (earliest, latest) days to the door
    :ivar heaviest: greatest weight in grams
    :ivar tracked: False when only NoTracking can be had
    """

    service_id: str
    name: str
    carrier: str
    base: str
    per_kg: str
    days: tuple[int, int]
    heaviest: int
    prefix: str
    tracked: bool = True

    def rate(self, grams: Decimal, currency: str) -> Decimal:
        """Return what it costs."""
        amount = Decimal(self.base) + Decimal(self.per_kg) * grams / 1000
        step = Decimal(1) if currency == "JPY" else Decimal("0.01")
        return amount.quantize(step, ROUND_HALF_UP)


SERVICES = {
    "na": (
        Service(
            "UPS_PTP_GND", "UPS Ground", "UPS", "8.90", "2.10", (2, 5), 68_000, "1Z999"
        ),
        Service(
            "UPS_PTP_2ND_DAY_AIR",
            "UPS 2nd Day Air",
            "UPS",
            "19.40",
            "6.30",
            (2, 2),
            68_000,
            "1Z999",
        ),
        Service(
            "USPS_PTP_GROUND_ADVANTAGE",
            "USPS Ground Advantage",
            "USPS",
            "5.10",
            "3.40",
            (2, 5),
            31_000,
            "94001",
        ),
        Service(
            "FEDEX_PTP_PRIORITY_OVERNIGHT",
            "FedEx Priority Overnight",
            "FedEx",
            "41.00",
            "9.90",
            (1, 1),
            68_000,
            "7489",
        ),
    ),
    "eu": (
        Service(
            "DHL_PAKET", "DHL Paket", "DHL", "4.85", "0.70", (1, 2), 31_500, "00340"
        ),
        Service(
            "DPD_CLASSIC", "DPD Classic", "DPD", "4.60", "0.55", (1, 3), 31_500, "0150"
        ),
        Service(
            "UPS_STANDARD", "UPS Standard", "UPS", "7.20", "0.90", (1, 3), 70_000, "1Z9"
        ),
        Service(
            "DPAG_WARENPOST",
            "Deutsche Post Warenpost",
            "Deutsche Post",
            "2.20",
            "0.30",
            (2, 4),
            1_000,
            "LX",
            False,
        ),
    ),
    "fe": (
        Service(
            "YAMATO_TAKKYUBIN", "宅急便", "YAMATO", "610", "60", (1, 2), 25_000, "4680"
        ),
        Service(
            "SAGAWA_EXPRESS",
            "飛脚宅配便",
            "SAGAWA",
            "590",
            "55",
            (1, 2),
            30_000,
            "5012",
        ),
    ),
}


@dataclass
class Label:
    """A label that was bought.

    :ivar details: ShipmentRequestDetails as they were sent
    :ivar service: the ShippingService as it was offered
    :ivar content: the Label of the answer
    :ivar reference: the packageReferenceId it confirmed the shipment with
    :ivar is_replaced: another label was bought for what it was for
    """

    shipment_id: str
    seller_id: str
    order_id: str
    details: dict[str, Any]
    service: dict[str, Any]
    content: dict[str, Any] = field(repr=False)
    ship_to: dict[str, Any] = field(repr=False)
    tracking: str
    reference: str
    created: datetime
    insurance: dict[str, Any]
    cancelled: datetime | None = None
    is_replaced: bool = False

    def status(self, now: datetime, seconds: float, outcome: str) -> str:
        """Return Amazon's ShipmentStatus.

        :param seconds: how long a refund takes; ``outcome`` is how it ends
        """
        if self.cancelled is None:
            return "Purchased"
        if now < self.cancelled + timedelta(seconds=seconds):
            return "RefundPending"
        return outcome


class BuyShipping:
    """The labels of all sellers."""

    def __init__(self):
        self._labels: dict[str, Label] = {}

    def __len__(self) -> int:
        return len(self._labels)

    def add(self, label: Label) -> None:
        """Keep a label."""
        self._labels[label.shipment_id] = label

    def sold(self, order_id: str | None = None) -> list[Label]:
        """Return all labels, or those of one order."""
        labels = self._labels.values()
        return [each for each in labels if order_id in (None, each.order_id)]

    def returned(self, order_id: str) -> list[Label]:
        """Return an order's cancelled labels that were not replaced."""
        return [
            label
            for label in self.sold(order_id)
            if label.cancelled and not label.is_replaced
        ]

    def find_replaced(self, details: dict[str, Any]) -> Label | None:
        """Return the cancelled label that a new one for the same items replaces."""

        def content(parcel):
            return sorted(
                (line["OrderItemId"], line["Quantity"]) for line in parcel["ItemList"]
            )

        return next(
            (
                label
                for label in self.returned(details["AmazonOrderId"])
                if content(label.details) == content(details)
            ),
            None,
        )

    def find(self, shipment_id: str, seller_id: str) -> Label | None:
        """Return a seller's label, or None."""
        label = self._labels.get(shipment_id)
        return label if label and label.seller_id == seller_id else None


def grams_of(weight: dict) -> Decimal:
    """Return a model's Weight in grams."""
    return Decimal(str(weight["Value"])) * GRAMS[weight["Unit"]]
