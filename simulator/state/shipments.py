"""Shipments: what a seller says it has sent, checked as Amazon checks it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ..clock import format_time, parse_time
from ..worlds import ChangeRefused

SHIP_PLUS = "FBM_SHIP_PLUS"
TRANSPARENCY = "TRANSPARENCY"
OPEN = ("UNSHIPPED", "PARTIALLY_SHIPPED")
SHIPPED = "SHIPPED"


class ShipmentRefused(Exception):
    """Amazon does not take the shipment.

    :param str reason: a word of the simulator's own, for tests and the log
    :param str sentence: what Amazon says
    """

    def __init__(self, reason: str, sentence: str):
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


@dataclass
class Package:
    """One parcel as the seller described it.

    :ivar reference: packageReferenceId; the same one again edits the parcel
    :ivar items: order item id → (units, transparency codes)
    """

    reference: str
    carrier_code: str
    carrier_name: str
    shipping_method: str
    tracking_number: str
    ship_date: datetime
    items: dict[str, tuple[int, tuple[str, ...]]]

    @property
    def carrier(self) -> str:
        """Return the carrier as orders show it."""
        if self.carrier_code.casefold() == "other" or not self.carrier_code:
            return self.carrier_name
        return self.carrier_code

    def payload(self, created: str, ship_from) -> dict[str, Any]:
        """Return the package of a 2026-01-01 order."""
        package = {
            "packageReferenceId": self.reference,
            "createdTime": created,
            "packageStatus": {"status": "SHIPPED"},
            "carrier": self.carrier,
            "shipTime": format_time(self.ship_date),
            "shippingService": self.shipping_method,
            "trackingNumber": self.tracking_number,
            "shipFromAddress": dict(ship_from),
            "packageItems": [
                {
                    "orderItemId": item_id,
                    "quantity": quantity,
                    **({"transparencyCodes": list(codes)} if codes else {}),
                }
                for item_id, (quantity, codes) in self.items.items()
            ],
        }
        return {key: value for key, value in package.items() if value}


@dataclass
class Shipment:
    """What became known of one parcel, newest state; part of the truth.

    :ivar source: ``confirmShipment``, ``feed`` or ``label``
    :ivar status: SHIPPED, or CANCELLED when its label was given back
    :ivar edits: how often the same parcel was sent again
    """

    order_id: str
    seller_id: str
    marketplace_id: str | None
    package_reference_id: str
    source: str
    request_id: str
    created_at: str
    updated_at: str = ""
    edits: int = 0
    status: str = SHIPPED
    carrier_code: str = ""
    carrier_name: str = ""
    shipping_method: str = ""
    tracking_number: str = ""
    ship_date: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Refusal:
    """One attempt that Amazon did not take."""

    at: str
    order_id: str
    seller_id: str
    source: str
    request_id: str
    reason: str
    sentence: str


class ShipmentDesk:
    """Takes shipments of orders that the seller fulfils."""

    def __init__(self, simulation):
        self._simulation = simulation
        self._shipments: dict[tuple[str, str], Shipment] = {}
        self._refusals: list[Refusal] = []

    def records(self, seller_id=None, order_id=None) -> list[dict]:
        """Return the shipments Amazon has taken, oldest first."""
        return _chosen(self._shipments.values(), seller_id, order_id)

    def refusals(self, seller_id=None, order_id=None) -> list[dict]:
        """Return the attempts Amazon refused, oldest first."""
        return _chosen(self._refusals, seller_id, order_id)

    def take(self, seller, order_id, marketplace_id, package, source, request_id):
        """Ship what `package` says, or edit the parcel of the same reference.

        :param marketplace_id: as the caller states it; None = not stated
        :param Package package: without items everything that is open is shipped
        :raise ShipmentRefused: nothing has changed then
        """
        try:
            return self._take(
                seller, order_id, marketplace_id, package, source, request_id
            )
        except ShipmentRefused as refused:
            self.note(refused, seller, order_id, source, request_id)
            raise

    def note(self, refused, seller, order_id, source, request_id) -> None:
        """Remember an attempt that was refused."""
        now = format_time(self._simulation.clock.now())
        self._refusals.append(
            Refusal(
                now,
                order_id,
                seller.seller_id,
                source,
                request_id,
                refused.reason,
                refused.sentence,
            )
        )

    def withdraw(self, order_id: str, reference: str) -> None:
        """Note that a parcel will not be sent."""
        shipment = self._shipments.get((order_id, reference))
        if shipment is not None:
            shipment.status = "CANCELLED"
            shipment.updated_at = format_time(self._simulation.clock.now())

    def _take(self, seller, order_id, marketplace_id, package, source, request_id):
        simulation = self._simulation
        entry = simulation.orders.get(order_id, seller.seller_id)
        if entry is None:
            raise ShipmentRefused("unknown_order", "AmazonOrderId is invalid.")
        payload = simulation.orders.truth(entry).payload
        former = _find(payload, package.reference)
        if not package.items:
            package.items = _packed(former) or _open_items(payload)
        now = simulation.clock.now()
        _check_order(entry, payload, marketplace_id, former, source)
        _check_date(payload, package.ship_date, now)
        _check_items(payload, package, former)
        created = (former or {}).get("createdTime", format_time(now))
        try:
            simulation.change(
                entry,
                "confirm",
                {"package": package.payload(created, seller.ship_from)},
            )
        except ChangeRefused as error:
            raise ShipmentRefused("state", str(error)) from error
        return self._remember(entry, payload, package, source, request_id)

    def _remember(self, entry, payload, package, source, request_id) -> Shipment:
        now = format_time(self._simulation.clock.now())
        key = entry.order_id, package.reference
        shipment = self._shipments.get(key)
        if shipment is None:
            shipment = self._shipments[key] = Shipment(
                entry.order_id,
                entry.seller_id,
                entry.marketplace_id,
                package.reference,
                source,
                request_id,
                now,
            )
        else:
            shipment.edits += 1
        skus = {
            item["orderItemId"]: item["product"].get("sellerSku", "")
            for item in payload["orderItems"]
        }
        shipment.source, shipment.request_id = source, request_id
        shipment.updated_at, shipment.status = now, SHIPPED
        shipment.carrier_code = package.carrier_code
        shipment.carrier_name = package.carrier_name
        shipment.shipping_method = package.shipping_method
        shipment.tracking_number = package.tracking_number
        shipment.ship_date = format_time(package.ship_date)
        shipment.items = [
            {
                "order_item_id": item_id,
                "sku": skus[item_id],
                "quantity": quantity,
                "transparency_codes": list(codes),
            }
            for item_id, (quantity, codes) in package.items.items()
        ]
        return shipment


def _chosen(records, seller_id, order_id) -> list[dict]:
    return [
        asdict(record)
        for record in records
        if seller_id in (None, record.seller_id) and order_id in (None, record.order_id)
    ]


def _find(payload: dict, reference: str) -> dict | None:
    for package in payload.get("packages", ()):
        if package["packageReferenceId"] == reference:
            return package
    return None


def _packed(package: dict | None) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {
        line["orderItemId"]: (
            line["quantity"],
            tuple(line.get("transparencyCodes", ())),
        )
        for line in (package or {}).get("packageItems", ())
    }


def _open_items(payload: dict) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {
        item["orderItemId"]: (item["fulfillment"]["quantityUnfulfilled"], ())
        for item in payload["orderItems"]
        if item["fulfillment"]["quantityUnfulfilled"]
    }


def _check_order(entry, payload, marketplace_id, former, source) -> None:
    if entry.fulfilled_by == "AMAZON":
        raise ShipmentRefused(
            "fulfilled_by_amazon",
            f"Order {entry.order_id} is fulfilled by Amazon; its shipment cannot be "
            "confirmed by the seller.",
        )
    if SHIP_PLUS in payload.get("programs", ()) and source != "label":
        raise ShipmentRefused(
            "ship_plus",
            f"Order {entry.order_id} is an FBM Ship+ order; its shipment cannot be "
            "confirmed manually.",
        )
    if marketplace_id not in (None, entry.marketplace_id):
        raise ShipmentRefused(
            "wrong_marketplace",
            f"MarketplaceId {marketplace_id} is not that of order {entry.order_id}.",
        )
    status = entry.status
    if status == "CANCELLED":
        raise ShipmentRefused(
            "cancelled", f"Order {entry.order_id} is cancelled and cannot be shipped."
        )
    if status == SHIPPED and former is None:
        raise ShipmentRefused(
            "already_shipped",
            "Failed to create package due to not finding a matching package or order "
            "already fulfilled. ErrorMessage(errorCode=GeneralError, errorDescription="
            f"Unable to find package to update for order ({entry.order_id}), "
            "errorMetric=PackageToUpdateNotFound, packageIndex=null)",
        )
    if status not in (*OPEN, SHIPPED):
        raise ShipmentRefused(
            "not_ready", f"Order {entry.order_id} is not ready to be shipped."
        )


def _check_date(payload: dict, ship_date: datetime, now: datetime) -> None:
    # A date that was cut to seconds is not before an order of the same second.
    ordered = parse_time(payload["createdTime"]).replace(microsecond=0)
    if ship_date < ordered:
        raise ShipmentRefused(
            "date_before_order", "ShipDate must not be before the order date."
        )
    if ship_date > now:
        raise ShipmentRefused("date_in_future", "ShipDate must not be in the future.")


def _check_items(payload: dict, package: Package, former: dict | None) -> None:
    before = _packed(former)
    items = {item["orderItemId"]: item for item in payload["orderItems"]}
    for item_id, (quantity, codes) in package.items.items():
        item = items.get(item_id)
        if item is None:
            raise ShipmentRefused(
                "unknown_item",
                "OrderItemId is invalid, please obtain the value through the "
                "getOrderItems API or Manage Orders page",
            )
        most = item["fulfillment"]["quantityUnfulfilled"]
        most += before.get(item_id, (0, ()))[0]
        if quantity > most:
            raise ShipmentRefused(
                "quantity",
                f"Quantity {quantity} of OrderItemId {item_id} is more than the "
                f"{most} that can be shipped.",
            )
        wanted = quantity if TRANSPARENCY in item.get("programs", ()) else len(codes)
        if len(codes) != wanted or len(codes) > quantity:
            raise ShipmentRefused(
                "transparency",
                f"OrderItemId {item_id} needs {quantity} transparency codes.",
            )
