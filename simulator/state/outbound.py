"""Multi-channel fulfilment: Amazon ships what was sold elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..clock import format_seconds, format_time
from .fba import SELLABLE, Stock, centers_of, pool_of

CANCELLABLE = ("New", "Received", "Planning")
ENDED = ("Complete", "CompletePartialled", "Cancelled", "Unfulfillable", "Invalid")
# Days to the door, the longest first.
SPEEDS = {"Standard": 5, "Expedited": 3, "Priority": 2, "ScheduledDelivery": 4}
_LEVELS = {"Standard": "STANDARD", "Expedited": "EXPEDITED", "Priority": "PRIORITY"}
CARRIERS = {"na": "AMZN_US", "eu": "AMZN_EU", "fe": "AMZN_JP"}


@dataclass
class OutboundItem:
    """One line; ``allocated`` units are reserved, ``shipped`` have left."""

    request: dict[str, Any]
    stock: Stock
    order_item_id: str
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0
    unfulfillable: int = 0

    @property
    def quantity(self) -> int:
        """Units that were ordered."""
        return self.request["quantity"]

    @property
    def waiting(self) -> int:
        """Units for which no stock was there yet."""
        ended = self.shipped + self.cancelled + self.unfulfillable
        return self.quantity - self.allocated - ended


@dataclass
class OutboundShipment:
    """Units that leave one fulfilment centre together, in one package."""

    shipment_id: str
    package_number: int
    center: str
    tracking: str
    units: dict[str, int]
    shipped_at: datetime | None = None
    arrives_at: datetime | None = None
    status: str = "PENDING"


@dataclass
class OutboundOrder:
    """One fulfilment order; its state follows from the clock.

    :ivar request: as it was sent to createFulfillmentOrder
    :ivar order_id: Amazon's id, under which the Orders APIs know it
    """

    seller_id: str
    order_id: str
    marketplace_id: str
    request: dict[str, Any]
    received: datetime
    items: list[OutboundItem]
    action: str
    policy: str
    status: str = "Received"
    status_at: datetime | None = None
    started: datetime | None = None
    shipments: list[OutboundShipment] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """Return the seller's own id."""
        return self.request["sellerFulfillmentOrderId"]


class OutboundRefused(Exception):
    """Amazon does not do it; the text says why."""


class OutboundDesk:
    """The fulfilment orders of all sellers."""

    def __init__(self, simulation):
        self._simulation = simulation
        self._orders: dict[tuple[str, str], OutboundOrder] = {}
        self._packages: dict[tuple[str, int], tuple] = {}

    def find(self, seller_id: str, reference: str) -> OutboundOrder | None:
        """Return an order by the seller's own id."""
        self.settle()
        return self._orders.get((seller_id, reference))

    def of(self, seller_id: str, since: datetime) -> list[OutboundOrder]:
        """Return the orders that changed at or after `since`, oldest first."""
        self.settle()
        found = [
            order
            for order in self._orders.values()
            if order.seller_id == seller_id and order.status_at >= since
        ]
        return sorted(found, key=lambda order: (order.status_at, order.reference))

    def package(self, seller_id: str, number: int):
        """Return (order, shipment) of a package that has left, or None."""
        self.settle()
        found = self._packages.get((seller_id, number))
        return found if found and found[1].status == "SHIPPED" else None

    def place(self, seller, marketplace_id: str, request: dict) -> OutboundOrder:
        """Accept a fulfilment order and reserve what is there.

        :raise OutboundRefused: for an id that was used, or a SKU that is not there
        """
        simulation = self._simulation
        key = seller.seller_id, request["sellerFulfillmentOrderId"]
        if key in self._orders:
            raise OutboundRefused(
                f"sellerFulfillmentOrderId {key[1]} was used for another order."
            )
        now = simulation.clock.now()
        pool = pool_of(marketplace_id)
        order = OutboundOrder(
            seller.seller_id,
            self._new_id(),
            marketplace_id,
            request,
            now,
            [
                OutboundItem(
                    line, self._stock(seller.seller_id, line["sellerSku"], pool), ""
                )
                for line in request["items"]
            ],
            request.get("fulfillmentAction", "Ship"),
            request.get("fulfillmentPolicy", "FillOrKill"),
            status_at=now,
        )
        for place, item in enumerate(order.items):
            item.order_item_id = f"{_number(f'{order.order_id}/{place}'):014d}"
        self._orders[key] = order
        simulation.fba.pools[order.order_id] = pool
        if order.action == "Ship":
            self.start(order)
        else:
            self._show(order, now)
        return order

    def start(self, order: OutboundOrder) -> None:
        """Let an order run that was on hold, or is new."""
        order.action = "Ship"
        order.started = self._simulation.clock.now()
        self._allocate(order)
        self._show(order, order.started)

    def cancel(self, order: OutboundOrder) -> None:
        """Cancel an order that no warehouse works on yet.

        :raise OutboundRefused: when it is too late
        """
        self.settle()
        if order.status == "Cancelled":
            return
        if order.status not in CANCELLABLE:
            raise OutboundRefused(
                f"The order is {order.status} and can no longer be cancelled."
            )
        for item in order.items:
            item.allocated, item.cancelled = 0, item.quantity
        self._turn(order, "Cancelled", self._simulation.clock.now())

    def settle(self) -> None:
        """Let everything happen that is due."""
        now = self._simulation.clock.now()
        for order in self._orders.values():
            if order.status not in ENDED and order.started is not None:
                while self._step(order, now):
                    pass

    def _step(self, order: OutboundOrder, now: datetime) -> bool:
        """Take one step if it is due; return whether there may be more."""
        settings = self._simulation.settings
        waits = {
            "Received": settings.mcf_planning_seconds,
            "Planning": settings.mcf_processing_seconds,
            "Processing": settings.mcf_shipping_seconds,
        }
        due = max(order.status_at, order.started)
        due += timedelta(seconds=waits[order.status])
        if due > now:
            return False
        if order.status == "Received":
            if settings.mcf_outcome in ("Invalid", "Unfulfillable"):
                self._fail(order, settings.mcf_outcome, due)
            else:
                self._turn(order, "Planning", due)
        elif order.status == "Planning":
            self._process(order, due)
        else:
            return self._ship(order, due)
        return order.status not in ENDED

    def _process(self, order: OutboundOrder, due: datetime) -> None:
        allocated = sum(item.allocated for item in order.items)
        if not allocated and order.policy != "FillAll":
            self._fail(order, "Unfulfillable", due)
            return
        if order.policy == "FillAllAvailable":
            for item in order.items:
                item.unfulfillable = item.waiting
        self._pack(order)
        self._turn(order, "Processing", due)

    def _ship(self, order: OutboundOrder, due: datetime) -> bool:
        for shipment in order.shipments:
            if shipment.status == "PENDING":
                days = SPEEDS[order.request["shippingSpeedCategory"]]
                shipment.status, shipment.shipped_at = "SHIPPED", due
                shipment.arrives_at = due + timedelta(days=days)
        for item in order.items:
            item.shipped, item.allocated = item.shipped + item.allocated, 0
        if not any(item.waiting for item in order.items):
            partly = any(item.unfulfillable for item in order.items)
            self._turn(order, "CompletePartialled" if partly else "Complete", due)
            return False
        # FillAll: the rest waits until the seller's stock is there again.
        self._show(order, due)
        self._allocate(order)
        if any(item.allocated for item in order.items):
            self._pack(order)
            self._turn(order, "Processing", self._simulation.clock.now())
        return False

    def _fail(self, order: OutboundOrder, status: str, due: datetime) -> None:
        for item in order.items:
            item.allocated, item.unfulfillable = 0, item.quantity
        self._turn(order, status, due)

    def _turn(self, order: OutboundOrder, status: str, at: datetime) -> None:
        order.status, order.status_at = status, at
        self._show(order, at)

    def _allocate(self, order: OutboundOrder) -> None:
        """Reserve units; all or none when the policy says so."""
        free: dict[int, int] = {}
        plan = []
        for item in order.items:
            left = free.setdefault(id(item.stock), item.stock.fulfillable)
            part = min(item.waiting, left)
            free[id(item.stock)] -= part
            plan.append((item, part))
        short = any(part < item.waiting for item, part in plan)
        if short and order.policy == "FillOrKill":
            return
        for item, part in plan:
            item.allocated += part

    def _pack(self, order: OutboundOrder) -> None:
        units = {
            item.request["sellerFulfillmentOrderItemId"]: item.allocated
            for item in order.items
            if item.allocated
        }
        if not units:
            return
        number = 100_000_000 + _number(f"{order.order_id}/{len(order.shipments)}") % (
            10**8
        )
        stock = next(item.stock for item in order.items if item.allocated)
        hand = {
            name: count
            for (name, state), count in stock.hand.items()
            if state == SELLABLE
        }
        center = max(hand, key=hand.get, default=centers_of(stock.pool)[0][0])
        shipment = OutboundShipment(
            f"D{number % 36**5:08d}",
            number,
            center,
            f"TBA{number:012d}",
            units,
        )
        order.shipments.append(shipment)
        self._packages[order.seller_id, number] = (order, shipment)

    def _stock(self, seller_id: str, sku: str, pool: str) -> Stock:
        stock = self._simulation.fba.find(seller_id, sku, pool)
        if stock is None:
            raise OutboundRefused(f"Seller SKU {sku} is not fulfilled by Amazon.")
        return stock

    def _new_id(self) -> str:
        simulation = self._simulation
        while True:
            number = simulation.random.randrange(10**14)
            order_id = f"S01-{number // 10**7:07d}-{number % 10**7:07d}"
            if simulation.orders.get(order_id) is None:
                return order_id

    def _show(self, order: OutboundOrder, at: datetime) -> None:
        """Write the order into the Orders APIs, which moves the stock too."""
        payload = _payload(order, at)
        self._simulation.seed_payload(order.seller_id, payload)


def _payload(order: OutboundOrder, at: datetime) -> dict:
    request = order.request
    address = {
        **{key: value for key, value in request["destinationAddress"].items() if value},
        "addressType": "RESIDENTIAL",
    }
    return {
        "orderId": order.order_id,
        "orderAliases": [
            {"aliasId": request["displayableOrderId"], "aliasType": "SELLER_ORDER_ID"}
        ],
        "createdTime": format_time(order.received),
        "lastUpdatedTime": format_time(at),
        "programs": [],
        "salesChannel": {"channelName": "NON_AMAZON", "marketplaceName": "Non-Amazon"},
        "recipient": {"deliveryAddress": address},
        "fulfillment": {
            "fulfillmentStatus": _status(order),
            "fulfilledBy": "AMAZON",
            "fulfillmentServiceLevel": _LEVELS.get(
                request["shippingSpeedCategory"], "SCHEDULED"
            ),
        },
        "orderItems": [_item(order, item) for item in order.items],
    }


def _status(order: OutboundOrder) -> str:
    if order.status == "Cancelled":
        return "CANCELLED"
    if order.status in ("Unfulfillable", "Invalid"):
        return "UNFULFILLABLE"
    if order.status in ENDED:
        return "SHIPPED"
    started = any(item.shipped for item in order.items)
    return "PARTIALLY_SHIPPED" if started else "UNSHIPPED"


def _item(order: OutboundOrder, item: OutboundItem) -> dict:
    goods = item.stock.item
    offer = goods.offer(order.marketplace_id)
    return {
        "orderItemId": item.order_item_id,
        "quantityOrdered": item.quantity,
        "product": {
            "asin": goods.asin,
            "title": offer.title if offer else goods.title,
            "sellerSku": goods.sku,
            "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
        },
        "fulfillment": {
            "quantityFulfilled": item.shipped,
            "quantityUnfulfilled": item.allocated,
        },
    }


def describe_order(order: OutboundOrder) -> dict:
    """Return the FulfillmentOrder of the model."""
    request = order.request
    shown = {
        "sellerFulfillmentOrderId": order.reference,
        "marketplaceId": order.marketplace_id,
        "displayableOrderId": request["displayableOrderId"],
        "displayableOrderDate": request["displayableOrderDate"],
        "displayableOrderComment": request["displayableOrderComment"],
        "shippingSpeedCategory": request["shippingSpeedCategory"],
        "destinationAddress": request["destinationAddress"],
        "fulfillmentAction": order.action,
        "fulfillmentPolicy": order.policy,
        "receivedDate": format_seconds(order.received),
        "fulfillmentOrderStatus": order.status,
        "statusUpdatedDate": format_seconds(order.status_at),
    }
    for name in ("deliveryWindow", "codSettings", "notificationEmails"):
        if name in request:
            shown[name] = request[name]
    return shown


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:11], 16)
