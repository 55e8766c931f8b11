"""Inbound plans: from the list of goods to the parcels at Amazon's door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..clock import parse_time
from .fba import Stock, centers_of, pool_of

OFFER_LIFE = timedelta(hours=72)
WINDOW_LIFE = timedelta(days=1)
HEAVIEST_KG = Decimal("22.68")
POUND = Decimal("0.45359237")
PARTNERED, OWN = "AMAZON_PARTNERED_CARRIER", "USE_YOUR_OWN_CARRIER"
PROVIDED = "BOX_CONTENT_PROVIDED"


class InboundRefused(Exception):
    """Amazon does not do it; the text says why.

    :param code: Amazon's code of an operation problem
    """

    def __init__(self, sentence: str, code: str = "BadRequest"):
        super().__init__(sentence)
        self.code = code


@dataclass
class Operation:
    """Something that takes a while; ``act`` is done when it ends."""

    operation_id: str
    seller_id: str
    name: str
    due: datetime
    act: Callable[[datetime], None]
    plan: InboundPlan | None = None
    status: str = "IN_PROGRESS"
    problems: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Box:
    """One box, or several alike while ``quantity`` is more than one."""

    package_id: str
    request: dict[str, Any]
    quantity: int
    box_id: str | None = None

    def units(self) -> Counter:
        """Return units by SKU of one box."""
        counts = Counter()
        for line in self.request.get("items") or ():
            counts[line["msku"]] += line["quantity"]
        return counts


@dataclass
class PackingOption:
    """A way to group the goods; ``groups`` = group id → units by SKU."""

    option_id: str
    groups: dict[str, Counter]
    expires: datetime
    status: str = "OFFERED"


@dataclass
class Transport:
    """A way to send one shipment."""

    option_id: str
    shipment_id: str
    solution: str
    carrier: tuple[str, str]
    cost: Decimal | None
    expires: datetime


@dataclass
class DeliveryWindow:
    """Days in which a shipment may arrive."""

    option_id: str
    start: datetime
    end: datetime
    valid_until: datetime
    availability: str = "AVAILABLE"


@dataclass
class Shipment:
    """The part of a plan that goes to one fulfilment centre."""

    shipment_id: str
    placement_id: str
    name: str
    center: str
    country: str
    units: Counter
    boxes: list[Box] = field(default_factory=list)
    status: str = "UNCONFIRMED"
    confirmation_id: str | None = None
    windows: list[DeliveryWindow] = field(default_factory=list)
    window: DeliveryWindow | None = None
    transport: Transport | None = None
    ready: datetime | None = None
    contact: dict[str, Any] | None = None
    tracking: dict[str, str] = field(default_factory=dict)
    received: Counter = field(default_factory=Counter)


@dataclass
class Placement:
    """A way to spread the goods; ``fee`` is what Amazon asks for it."""

    option_id: str
    shipments: list[Shipment]
    fee: Decimal
    expires: datetime
    status: str = "OFFERED"


@dataclass
class InboundPlan:
    """One plan; its id is known before the operation that makes it has ended."""

    plan_id: str
    seller_id: str
    marketplace_id: str
    name: str
    source: dict[str, Any]
    lines: list[dict[str, Any]]
    created: datetime
    updated: datetime
    status: str = "ACTIVE"
    packing_options: list[PackingOption] = field(default_factory=list)
    boxes: dict[str, list[Box]] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    transports: list[Transport] = field(default_factory=list)

    @property
    def pool(self) -> str:
        """Return the pool of stock the goods go to."""
        return pool_of(self.marketplace_id)

    @property
    def packing(self) -> PackingOption | None:
        """Return the packing option that was confirmed."""
        return _accepted(self.packing_options)

    @property
    def placement(self) -> Placement | None:
        """Return the placement option that was confirmed."""
        return _accepted(self.placements)

    def units(self) -> Counter:
        """Return units by SKU."""
        counts = Counter()
        for line in self.lines:
            counts[line["msku"]] += line["quantity"]
        return counts

    def shipments(self) -> list[Shipment]:
        """Return the shipments of the confirmed placement, or all that are offered."""
        chosen = [self.placement] if self.placement else self.placements
        return [each for option in chosen for each in option.shipments]

    def shipment(self, shipment_id: str) -> Shipment | None:
        """Return a shipment by its id."""
        for each in self.shipments():
            if each.shipment_id == shipment_id:
                return each
        return None


def _accepted(options):
    return next((each for each in options if each.status == "ACCEPTED"), None)


class InboundDesk:
    """The inbound plans of all sellers, and what is being done about them."""

    def __init__(self, simulation):
        self._simulation = simulation
        self._plans: dict[str, InboundPlan] = {}
        self._operations: dict[str, Operation] = {}
        self._prepared: dict[tuple[str, str], tuple[str, list[str]]] = {}
        self._count = 0

    # What is there

    def operation(self, operation_id: str, seller_id: str) -> Operation | None:
        """Return an operation of a seller."""
        self.settle()
        found = self._operations.get(operation_id)
        return found if found and found.seller_id == seller_id else None

    def plan(self, plan_id: str, seller_id: str) -> InboundPlan | None:
        """Return a plan of a seller."""
        self.settle()
        found = self._plans.get(plan_id)
        return found if found and found.seller_id == seller_id else None

    def plans(self, seller_id: str | None) -> list[InboundPlan]:
        """Return the plans of a seller, in the order they were made."""
        self.settle()
        return [p for p in self._plans.values() if seller_id in (None, p.seller_id)]

    def confirmed(self, confirmation_id: str, seller_id: str):
        """Return (plan, shipment) by the id that is on the labels, or None."""
        for plan in self.plans(seller_id):
            for shipment in plan.shipments():
                if shipment.confirmation_id == confirmation_id:
                    return plan, shipment
        return None

    def preparation(self, seller_id: str, sku: str) -> tuple[str, list[str]]:
        """Return (category, types) of how a SKU is prepared."""
        unknown = self._simulation.settings.inbound_prep_unknown
        default = "UNKNOWN" if sku in unknown else "NONE"
        types = ["ITEM_NO_PREP"] if default == "NONE" else []
        return self._prepared.get((seller_id, sku), (default, types))

    def stock(self, plan: InboundPlan, sku: str) -> Stock:
        """Return the stock a SKU of a plan will be part of."""
        return self._simulation.fba.find(plan.seller_id, sku, plan.pool)

    # What a seller asks for; each returns the operation

    def create(self, seller, marketplace_id, name, source, lines):
        """Start a plan.

        :return: plan, operation
        """
        now = self._simulation.clock.now()
        plan = InboundPlan(
            self._id("wf"),
            seller.seller_id,
            marketplace_id,
            name,
            source,
            lines,
            now,
            now,
        )
        self._plans[plan.plan_id] = plan
        operation = self.start(
            "createInboundPlan", seller.seller_id, lambda at: self._check(plan), plan
        )
        return plan, operation

    def start(self, name, seller_id, act, plan=None) -> Operation:
        """Start an operation; one plan has one at a time.

        :raise InboundRefused: while another one is in progress
        """
        self.settle()
        if plan is not None:
            for other in self._operations.values():
                if other.plan is plan and other.status == "IN_PROGRESS":
                    raise InboundRefused(
                        f"Operation {other.name} of the plan is in progress."
                    )
            if name != "createInboundPlan" and plan.status != "ACTIVE":
                raise InboundRefused(f"The inbound plan is {plan.status}.")
        seconds = self._simulation.settings.inbound_operation_seconds
        operation = Operation(
            str(UUID(int=self._simulation.random.getrandbits(128), version=4)),
            seller_id,
            name,
            self._simulation.clock.now() + timedelta(seconds=seconds),
            act,
            plan,
        )
        self._operations[operation.operation_id] = operation
        self.settle()
        return operation

    def settle(self) -> None:
        """End the operations that are due, and let offers expire."""
        now = self._simulation.clock.now()
        for operation in self._operations.values():
            if operation.status == "IN_PROGRESS" and operation.due <= now:
                self._end(operation)
        for plan in self._plans.values():
            for option in (*plan.packing_options, *plan.placements):
                if option.status == "OFFERED" and option.expires <= now:
                    option.status = "EXPIRED"

    def _end(self, operation: Operation) -> None:
        operation.status, plan = "SUCCESS", operation.plan
        try:
            if operation.name in self._simulation.settings.inbound_failures:
                raise InboundRefused(
                    "The operation could not be completed.", "InternalServerError"
                )
            operation.act(operation.due)
        except InboundRefused as refused:
            operation.status = "FAILED"
            problem = {"severity": "ERROR", "details": "", "message": str(refused)}
            operation.problems = [{"code": refused.code, **problem}]
            if operation.name == "createInboundPlan":
                plan.status = "ERRORED"
        if plan is not None:
            plan.updated = operation.due

    def _check(self, plan: InboundPlan) -> None:
        unknown = [
            sku
            for sku in plan.units()
            if self.preparation(plan.seller_id, sku)[0] == "UNKNOWN"
        ]
        if unknown:
            raise InboundRefused(
                "Prep classification is missing for: " + ", ".join(sorted(unknown)),
                "FBA_INB_0182",
            )

    def prepare(self, seller_id: str, details: list[dict]) -> None:
        """Note how SKUs are prepared."""
        for each in details:
            key = seller_id, each["msku"]
            self._prepared[key] = each["prepCategory"], each["prepTypes"]

    def generate_packing(self, plan: InboundPlan, at: datetime) -> None:
        """Offer one group, and a second way with each SKU by itself."""
        units = plan.units()
        ways = [[units]]
        if len(units) > 1:
            ways.append([Counter({sku: units[sku]}) for sku in units])
        if plan.packing is None:
            plan.packing_options = [
                PackingOption(
                    self._id("po"),
                    {self._id("pg"): group for group in way},
                    at + OFFER_LIFE,
                )
                for way in ways
            ]

    def confirm_packing(self, plan: InboundPlan, option_id: str) -> None:
        """Accept a way to pack."""
        _accept(plan.packing_options, option_id, "packing option")

    def pack(self, plan: InboundPlan, groupings: list[dict]) -> None:
        """Take the boxes of packing groups, or of shipments that are confirmed."""
        option = plan.packing
        for grouping in groupings:
            wanted = self._wanted(plan, option, grouping)
            _check_boxes(grouping["boxes"], wanted)
        for grouping in groupings:
            boxes = [
                Box(self._id("pk"), box, box["quantity"]) for box in grouping["boxes"]
            ]
            if grouping.get("packingGroupId"):
                plan.boxes[grouping["packingGroupId"]] = boxes
                continue
            shipment = plan.shipment(grouping["shipmentId"])
            shipment.boxes = self._singles(boxes)
            self._number_boxes(shipment)

    def _wanted(self, plan, option, grouping) -> Counter:
        group_id, shipment_id = (
            grouping.get("packingGroupId"),
            grouping.get("shipmentId"),
        )
        if bool(group_id) == bool(shipment_id):
            raise InboundRefused("Either packingGroupId or shipmentId is needed.")
        if group_id:
            if option is None or group_id not in option.groups:
                raise InboundRefused("The packing group is not of a confirmed option.")
            if plan.placement is not None:
                raise InboundRefused("The placement is confirmed already.")
            return option.groups[group_id]
        shipment = plan.shipment(shipment_id)
        if shipment is None or plan.placement is None:
            raise InboundRefused("The shipment is not confirmed.")
        return shipment.units

    def generate_placement(self, plan: InboundPlan, at: datetime) -> None:
        """Offer one centre for a fee, and several for nothing."""
        if plan.packing is not None and set(plan.boxes) != set(plan.packing.groups):
            raise InboundRefused("Packing information of a packing group is missing.")
        if plan.placement is not None:
            raise InboundRefused("The placement is confirmed already.")
        centers = centers_of(plan.pool)
        boxes = self._singles([box for group in plan.boxes.values() for box in group])
        known = all(box.request.get("items") for box in boxes) and bool(boxes)
        together = [(plan.units(), boxes)]
        fee = Decimal("0.30") * sum(plan.units().values())
        ways = [(together, fee)]
        apart = _split_boxes(boxes) if known else _split_units(plan.units())
        if len(apart) > 1:
            ways.append((apart, Decimal(0)))
        plan.placements = []
        for parts, price in ways:
            option_id = self._id("pl")
            shipments = [
                Shipment(
                    self._id("sh"),
                    option_id,
                    f"{plan.name} ({place + 1}/{len(parts)})",
                    *centers[place % len(centers)],
                    units,
                    self._singles(part),
                )
                for place, (units, part) in enumerate(parts)
            ]
            plan.placements.append(
                Placement(option_id, shipments, price, at + OFFER_LIFE)
            )

    def confirm_placement(self, plan: InboundPlan, option_id: str) -> None:
        """Accept a way to spread the goods: its shipments get their names."""
        _accept(plan.placements, option_id, "placement option")
        for shipment in plan.placement.shipments:
            self._count += 1
            shipment.confirmation_id = f"FBA15{self._count:07d}"
            shipment.status = "WORKING"
            self._number_boxes(shipment)
            for sku, units in shipment.units.items():
                self.stock(plan, sku).inbound["working"] += units

    def generate_transport(self, plan: InboundPlan, wishes: dict, at: datetime) -> None:
        """Offer Amazon's partner and the seller's own carrier for each shipment.

        :param wishes: shipment id → configuration of the request
        """
        for shipment_id, wish in wishes.items():
            shipment = plan.shipment(shipment_id)
            shipment.ready = parse_time(wish["readyToShipWindow"]["start"])
            shipment.contact = wish.get("contactInformation")
            kept = [t for t in plan.transports if t.shipment_id != shipment_id]
            cost = Decimal("6.90") * max(1, len(shipment.boxes))
            life = at + timedelta(hours=72)
            offers = (
                (OWN, ("OTHER", "Other"), None),
                (PARTNERED, ("UPSN", "United Parcel Service"), cost),
            )
            plan.transports = kept + [
                Transport(self._id("to"), shipment_id, solution, carrier, price, life)
                for solution, carrier, price in offers
            ]

    def generate_windows(self, shipment: Shipment, at: datetime) -> None:
        """Offer weeks in which the shipment may arrive."""
        first = max(shipment.ready or at, at).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        shipment.windows = [
            DeliveryWindow(
                self._id("dw"),
                first + timedelta(days=start),
                first + timedelta(days=start + 6),
                at + WINDOW_LIFE,
                availability,
            )
            for start, availability in (
                (2, "AVAILABLE"),
                (9, "AVAILABLE"),
                (16, "BLOCKED"),
            )
        ]

    def confirm_window(self, shipment: Shipment, option_id: str, at: datetime) -> None:
        """Accept a delivery window."""
        for window in shipment.windows:
            if window.option_id == option_id:
                if window.availability == "BLOCKED" or window.valid_until <= at:
                    raise InboundRefused("The delivery window is not available.")
                shipment.window = window
                return
        raise InboundRefused("The delivery window is unknown.")

    def confirm_transport(self, plan, choices: dict[str, str], at: datetime) -> None:
        """Accept a way to send for every shipment.

        :param choices: shipment id → transportation option id
        """
        if plan.placement is None:
            raise InboundRefused("The placement is not confirmed.")
        shipments = {each.shipment_id: each for each in plan.placement.shipments}
        if set(choices) != set(shipments):
            raise InboundRefused("Every shipment needs one transportation option.")
        chosen = {}
        for shipment_id, option_id in choices.items():
            found = [
                each
                for each in plan.transports
                if (each.option_id, each.shipment_id) == (option_id, shipment_id)
            ]
            if not found or found[0].expires <= at:
                raise InboundRefused("The transportation option is unknown or expired.")
            shipment, chosen[shipment_id] = shipments[shipment_id], found[0]
            if found[0].solution == OWN and shipment.window is None:
                raise InboundRefused("A delivery window must be confirmed first.")
            if not shipment.boxes:
                raise InboundRefused("Packing information is missing.")
        for shipment_id, transport in chosen.items():
            shipment = shipments[shipment_id]
            shipment.transport, shipment.status = transport, "READY_TO_SHIP"
            if transport.solution == PARTNERED:
                for place, box in enumerate(shipment.boxes):
                    number = f"1Z{shipment.confirmation_id[3:]}{place:04d}"
                    shipment.tracking[box.box_id] = number

    def track(self, plan, shipment: Shipment, numbers: dict[str, str]) -> None:
        """Note tracking numbers by box id: the goods are on their way."""
        if shipment.status not in ("READY_TO_SHIP", "SHIPPED"):
            raise InboundRefused(f"The shipment is {shipment.status}.")
        if shipment.transport.solution == PARTNERED:
            raise InboundRefused("Amazon's partner tracks the shipment itself.")
        known = {box.box_id for box in shipment.boxes}
        if not set(numbers) <= known:
            raise InboundRefused("A box of the tracking details is unknown.")
        shipment.tracking.update(numbers)
        if set(shipment.tracking) == known:
            self.ship(plan, shipment)

    def cancel(self, plan: InboundPlan) -> None:
        """Void a plan of which nothing has left."""
        if any(
            s.status in ("SHIPPED", "RECEIVING", "CLOSED") for s in plan.shipments()
        ):
            raise InboundRefused("Goods of the plan have left.")
        confirmed = plan.placement.shipments if plan.placement else ()
        for shipment in confirmed:
            for sku, units in shipment.units.items():
                self.stock(plan, sku).inbound["working"] -= units
        for shipment in plan.shipments():
            shipment.status = "CANCELLED"
        plan.status = "VOIDED"

    # What happens at the door

    def ship(self, plan: InboundPlan, shipment: Shipment) -> None:
        """Let the goods of a shipment leave the seller."""
        if shipment.status == "SHIPPED":
            return
        if shipment.status != "READY_TO_SHIP":
            raise InboundRefused(f"The shipment is {shipment.status}.")
        shipment.status = "SHIPPED"
        for sku, units in shipment.units.items():
            inbound = self.stock(plan, sku).inbound
            inbound["working"] -= units
            inbound["shipped"] += units
        if all(each.status == "SHIPPED" for each in plan.shipments()):
            plan.status = "SHIPPED"

    def receive(self, plan, shipment: Shipment, units: dict[str, int] | None) -> None:
        """Let the centre count units in; None = everything that is missing.

        The shipment is closed when nothing is missing any more.
        """
        if shipment.status == "READY_TO_SHIP":
            self.ship(plan, shipment)
        if shipment.status not in ("SHIPPED", "RECEIVING"):
            raise InboundRefused(f"The shipment is {shipment.status}.")
        missing = shipment.units - shipment.received
        units = Counter(missing if units is None else units)
        if any(count < 1 for count in units.values()) or units - missing:
            raise InboundRefused("So many units are not on their way.")
        for sku in shipment.units if shipment.status == "SHIPPED" else ():
            inbound = self.stock(plan, sku).inbound
            inbound["shipped"] -= shipment.units[sku]
            inbound["receiving"] += shipment.units[sku]
        fba = self._simulation.fba
        for sku, count in units.items():
            stock = self.stock(plan, sku)
            stock.inbound["receiving"] -= count
            fba.receive(
                plan.seller_id, stock, count, shipment.center, shipment.confirmation_id
            )
        shipment.received.update(units)
        shipment.status = (
            "RECEIVING" if shipment.units - shipment.received else "CLOSED"
        )

    def close(self, plan: InboundPlan, shipment: Shipment) -> None:
        """Let the centre give up on units that did not come."""
        if shipment.status != "RECEIVING":
            raise InboundRefused(f"The shipment is {shipment.status}.")
        for sku, count in (shipment.units - shipment.received).items():
            self.stock(plan, sku).inbound["receiving"] -= count
        shipment.status = "CLOSED"

    # Inside

    def _singles(self, boxes: list[Box]) -> list[Box]:
        """Return every box by itself."""
        return [
            Box(self._id("pk"), box.request, 1)
            for box in boxes
            for _ in range(box.quantity)
        ]

    def _number_boxes(self, shipment: Shipment) -> None:
        for place, box in enumerate(shipment.boxes, 1):
            box.box_id = f"{shipment.confirmation_id}U{place:06d}"

    def _id(self, prefix: str) -> str:
        return prefix + str(
            UUID(int=self._simulation.random.getrandbits(128), version=4)
        )


def _accept(options: list, option_id: str, what: str) -> None:
    if any(each.status == "ACCEPTED" for each in options):
        raise InboundRefused(f"A {what} is confirmed already.")
    found = next((each for each in options if each.option_id == option_id), None)
    if found is None:
        raise InboundRefused(f"The {what} is unknown.")
    if found.status != "OFFERED":
        raise InboundRefused(f"The {what} is {found.status}.")
    for option in options:
        option.status = "EXPIRED"
    found.status = "ACCEPTED"


def _check_boxes(boxes: list[dict], wanted: Counter) -> None:
    packed = Counter()
    for box in boxes:
        weight = box["weight"]
        kilograms = Decimal(str(weight["value"])) * (
            POUND if weight["unit"] == "LB" else 1
        )
        if kilograms > HEAVIEST_KG or not kilograms:
            raise InboundRefused(f"A box must weigh up to {HEAVIEST_KG} kg.")
        if box["contentInformationSource"] != PROVIDED:
            continue
        if not box.get("items"):
            raise InboundRefused("The items of a box are missing.")
        for line in box["items"]:
            packed[line["msku"]] += line["quantity"] * box["quantity"]
    provided = all(box["contentInformationSource"] == PROVIDED for box in boxes)
    if provided and packed != wanted:
        raise InboundRefused("The boxes do not hold the units of the packing group.")


def _split_boxes(boxes: list[Box]) -> list[tuple[Counter, list[Box]]]:
    """Return the boxes on two heaps, with what is in them."""
    heaps = [boxes[::2], boxes[1::2]]
    return [
        (sum((box.units() for box in heap), Counter()), heap) for heap in heaps if heap
    ]


def _split_units(units: Counter) -> list[tuple[Counter, list[Box]]]:
    first = Counter({sku: count - count // 2 for sku, count in units.items()})
    second = +Counter({sku: count // 2 for sku, count in units.items()})
    return [(heap, []) for heap in (first, second) if heap]
