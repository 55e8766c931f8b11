"""Stock in Amazon's fulfilment centres, and the ledger of everything that moved it."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from ..clock import format_time, parse_time
from ..errors import ControlError
from ..marketplaces import MARKETPLACES
from .orders import to_ms

SELLABLE = "SELLABLE"
DAMAGED = "WAREHOUSE_DAMAGED"
# disposition → name of its quantity in unfulfillableQuantity
UNSELLABLE = {
    "CUSTOMER_DAMAGED": "customerDamagedQuantity",
    DAMAGED: "warehouseDamagedQuantity",
    "DISTRIBUTOR_DAMAGED": "distributorDamagedQuantity",
    "CARRIER_DAMAGED": "carrierDamagedQuantity",
    "DEFECTIVE": "defectiveQuantity",
    "EXPIRED": "expiredQuantity",
}
HOLDS = ("processing", "research")
INBOUND = ("working", "shipped", "receiving")
RESERVING = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED")
_UNION = frozenset(("BE", "DE", "ES", "FR", "IE", "IT", "NL", "PL", "SE"))
_CENTERS = {
    "US": (("CMH1", "US"), ("ONT8", "US"), ("DFW7", "US")),
    "CA": (("YYZ4", "CA"), ("YVR2", "CA")),
    "MX": (("MEX2", "MX"), ("MEX3", "MX")),
    "EU": (("LEJ1", "DE"), ("ORY1", "FR"), ("WRO5", "PL"), ("MXP5", "IT")),
    "GB": (("LTN2", "GB"), ("MAN1", "GB")),
    "JP": (("HND3", "JP"), ("KIX4", "JP")),
}


def pool_of(marketplace_id: str) -> str:
    """Return the pool a marketplace sells from; most of the EU shares one."""
    country = MARKETPLACES[marketplace_id].country_code
    return "EU" if country in _UNION else country


def centers_of(pool: str) -> tuple[tuple[str, str], ...]:
    """Return (fulfilment centre, country) of a pool, the receiving one first."""
    return _CENTERS.get(pool) or ((f"X{pool}1", pool), (f"X{pool}2", pool))


@dataclass(frozen=True)
class LedgerEvent:
    """One row of the inventory ledger.

    :ivar reason: Amazon's letter of an adjustment: M misplaced, F found, Q and P
        out of and into a disposition, D disposed of
    """

    at: datetime
    sku: str
    pool: str
    event_type: str
    quantity: int
    center: str
    country: str
    disposition: str
    reason: str = ""
    reference: str = ""

    def record(self) -> dict:
        """Return the row, ready for JSON."""
        return {**asdict(self), "at": format_time(self.at)}


@dataclass
class Stock:
    """The units of one SKU in one pool.

    :ivar hand: (centre, disposition) → units, those reserved for orders included
    :ivar reserved: units of customers' orders that have not left
    :ivar transit: units between two centres
    :ivar held: units set aside, sellable later
    :ivar inbound: units on their way, which no ledger knows yet
    :ivar updated: last change, but not one of ``inbound``
    :ivar is_listed: Amazon's inventory names it
    """

    item: object
    pool: str
    updated: datetime
    hand: Counter = field(default_factory=Counter)
    reserved: int = 0
    transit: int = 0
    held: Counter = field(default_factory=Counter)
    inbound: Counter = field(default_factory=Counter)
    is_listed: bool = True

    @property
    def sellable(self) -> int:
        """Units in good condition in the centres."""
        return sum(n for (_fc, state), n in self.hand.items() if state == SELLABLE)

    @property
    def fulfillable(self) -> int:
        """Units that could be sold now."""
        return max(0, self.sellable - self.reserved - sum(self.held.values()))

    @property
    def unsellable(self) -> Counter:
        """Units by disposition that cannot be sold."""
        counts = Counter()
        for (_center, disposition), units in self.hand.items():
            if disposition != SELLABLE:
                counts[disposition] += units
        return counts

    @property
    def total(self) -> int:
        """Units in the centres, between them and on their way there."""
        return sum(self.hand.values()) + self.transit + sum(self.inbound.values())


class FbaStock:
    """The FBA stock of all sellers.

    A seller's stock is made when it is first looked at: it opens with what its
    orders took since, so that balances, orders and ledger agree. From then on every
    change of an order fulfilled by Amazon moves it.
    """

    def __init__(self, simulation):
        self._simulation = simulation
        self._stocks: dict[str, dict[tuple[str, str], Stock]] = {}
        self._events: dict[str, list[LedgerEvent]] = defaultdict(list)
        self._seen: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}
        self._arrivals: list[tuple[datetime, str, Stock, str, int, str]] = []
        self._count = 0
        # Orders of other channels name no marketplace; they come from these pools.
        self.pools: dict[str, str] = {}
        simulation.orders.watchers.append(self.follow)

    def stocks(self, seller_id: str) -> list[Stock]:
        """Return a seller's stock, by SKU and pool."""
        self._settle()
        return [stock for _key, stock in sorted(self._of(seller_id).items())]

    def find(self, seller_id: str, sku: str, pool: str) -> Stock | None:
        """Return the stock of a SKU, None when Amazon does not fulfil it there."""
        self._settle()
        return self._of(seller_id).get((sku, pool))

    def events(self, seller_id: str) -> list[LedgerEvent]:
        """Return the ledger of a seller, oldest first."""
        self.stocks(seller_id)
        return sorted(self._events[seller_id], key=lambda event: event.at)

    def follow(self, entry) -> None:
        """Move stock for an order that appeared or changed."""
        if entry.fulfilled_by != "AMAZON" or entry.seller_id not in self._stocks:
            return
        payload = self._simulation.orders.truth(entry).payload
        changed = self._apply(entry, payload, parse_time(payload["lastUpdatedTime"]))
        for stock in changed:
            # Whoever asks for changes must see it, however old the order is.
            stock.updated = self._simulation.clock.now()

    # What a test or an inbound shipment lets happen

    def receive(self, seller_id, stock, quantity, center=None, reference="") -> None:
        """Book units that arrived from the seller."""
        center = center or centers_of(stock.pool)[0][0]
        reference = reference or self._reference("FBA15")
        self._move(seller_id, stock, "Receipts", quantity, center, reference=reference)

    def return_(self, seller_id, stock, quantity, center, disposition, reference=""):
        """Book units that a customer sent back."""
        center = center or centers_of(stock.pool)[0][0]
        self._move(
            seller_id,
            stock,
            "CustomerReturns",
            quantity,
            center,
            disposition or SELLABLE,
            reference=reference,
        )

    def lose(self, seller_id, stock, quantity, center=None, disposition=None) -> None:
        """Misplace units."""
        self._take(
            seller_id, stock, "Adjustments", quantity, center, disposition, reason="M"
        )

    def find_units(self, seller_id, stock, quantity, center, disposition=None) -> None:
        """Find units again."""
        center = center or centers_of(stock.pool)[0][0]
        self._move(
            seller_id,
            stock,
            "Adjustments",
            quantity,
            center,
            disposition or SELLABLE,
            "F",
        )

    def damage(self, seller_id, stock, quantity, center, disposition=None) -> None:
        """Turn good units into unsellable ones."""
        taken = self._take(
            seller_id, stock, "Adjustments", quantity, center, SELLABLE, reason="Q"
        )
        for where, units in taken:
            self._move(
                seller_id,
                stock,
                "Adjustments",
                units,
                where,
                disposition or DAMAGED,
                "P",
            )

    def dispose(self, seller_id, stock, quantity, center, disposition=None) -> None:
        """Throw units away."""
        self._take(
            seller_id,
            stock,
            "Adjustments",
            quantity,
            center,
            disposition or DAMAGED,
            reason="D",
        )

    def remove(self, seller_id, stock, quantity, center, disposition=None) -> None:
        """Send units back to the seller."""
        self._take(
            seller_id,
            stock,
            "VendorReturns",
            quantity,
            center,
            disposition or DAMAGED,
            reference=self._reference("RMV"),
        )

    def transfer(self, seller_id, stock, quantity, center, to=None, seconds=0) -> None:
        """Send good units to another centre, where they arrive after `seconds`."""
        names = [name for name, _country in centers_of(stock.pool)]
        if to not in (None, *names):
            raise ControlError(f"centres of {stock.pool}: {names}")
        reference = self._reference("WHT")
        taken = self._take(
            seller_id, stock, "WhseTransfers", quantity, center, reference=reference
        )
        left = [name for name in names if name not in dict(taken)] or names[-1:]
        due = self._simulation.clock.now() + timedelta(seconds=seconds)
        stock.transit += quantity
        self._arrivals.append(
            (due, seller_id, stock, to or left[0], quantity, reference)
        )
        self._settle()

    def hold(self, stock, quantity, kind="processing") -> None:
        """Set good units aside; a negative quantity gives them back."""
        if kind not in HOLDS:
            raise ControlError(f"kind must be one of {HOLDS}")
        if quantity > stock.fulfillable or stock.held[kind] + quantity < 0:
            raise ControlError("so many units are not there", 409)
        stock.held[kind] += quantity
        stock.updated = self._simulation.clock.now()

    # Inside

    def _of(self, seller_id: str) -> dict[tuple[str, str], Stock]:
        if seller_id not in self._stocks:
            self._open(seller_id)
        return self._stocks[seller_id]

    def _open(self, seller_id: str) -> None:
        """Make the history of a seller's stock up to now."""
        simulation = self._simulation
        stocks = self._stocks[seller_id] = {}
        seller = simulation.sellers[seller_id]
        entries = [
            entry
            for entry in simulation.orders.entries()
            if entry.seller_id == seller_id and entry.fulfilled_by == "AMAZON"
        ]
        first = min((entry.created for entry in entries), default=None)
        world_now = simulation.world.now
        start = world_now - timedelta(days=14)
        if first is not None and first < to_ms(start):
            start = start - timedelta(milliseconds=to_ms(start) - first)
        start = start.replace(hour=6, minute=0, second=0) - timedelta(days=4)
        pools = dict.fromkeys(pool_of(id_) for id_ in seller.marketplace_ids)
        for item in simulation.world.catalog:
            if item.seller_id == seller_id and item.fulfillment_channel == "AMAZON":
                for pool in pools:
                    stocks[item.sku, pool] = Stock(item, pool, start)
        orders = [(entry, simulation.orders.truth(entry).payload) for entry in entries]
        needed = Counter()
        for _entry, payload in orders:
            for key, units in self._units(seller_id, payload).items():
                needed[key] += sum(units)
        home = next(iter(pools))
        for key, stock in stocks.items():
            share = stock.item.quantity
            share = share if stock.pool == home else share // 2 + 3
            self._begin(seller_id, stock, share + needed[key], start)
        orders.sort(key=lambda each: each[0].updated)
        for entry, payload in orders:
            self._apply(entry, payload, parse_time(payload["lastUpdatedTime"]))

    def _begin(self, seller_id: str, stock: Stock, units: int, at: datetime) -> None:
        """Book the first receipts, and a little of what happens in every warehouse."""
        number = _number(f"{stock.item.sku}/{stock.pool}")
        (first, _), (second, _) = centers_of(stock.pool)[:2]
        kind = number % 6
        extra = {0: 1, 1: 3, 5: 2}.get(kind, 0)
        reference = f"FBA15{number % 36**4:07X}"
        for center, share in (
            (first, units + extra - units // 3),
            (second, units // 3),
        ):
            if share:
                self._move(
                    seller_id,
                    stock,
                    "Receipts",
                    share,
                    center,
                    reference=reference,
                    at=at,
                )
        later = at + timedelta(days=1, minutes=number % 600)
        book = [
            (("Adjustments", -2, first, SELLABLE, "M"), 0),
            (("Adjustments", 1, first, SELLABLE, "F"), 0),
            (("Adjustments", -3, first, SELLABLE, "Q"), 1),
            (("Adjustments", 3, first, DAMAGED, "P"), 1),
            (("Adjustments", -1, first, DAMAGED, "D"), 1),
            (("CustomerReturns", 1, first, "CUSTOMER_DAMAGED"), 2),
            (("WhseTransfers", -2, first, SELLABLE), 3),
            (("WhseTransfers", 2, second, SELLABLE), 3),
        ]
        for step, (values, of_kind) in enumerate(book):
            if of_kind == kind:
                moment = later + timedelta(hours=step)
                self._move(seller_id, stock, *values, at=moment)
        if kind == 5:
            stock.held["processing"] = 2

    def _units(self, seller_id: str, payload: dict):
        """Return {(sku, pool): (shipped, reserved)} of an order."""
        channel = payload["salesChannel"]
        home = self._simulation.sellers[seller_id].marketplace_ids[0]
        pool = self.pools.get(payload["orderId"])
        pool = pool or pool_of(channel.get("marketplaceId") or home)
        waits = payload["fulfillment"]["fulfillmentStatus"] in RESERVING
        units: dict[tuple[str, str], tuple[int, int]] = {}
        for item in payload["orderItems"]:
            key = item["product"].get("sellerSku", ""), pool
            part = item.get("fulfillment", {})
            shipped, reserved = units.get(key, (0, 0))
            units[key] = (
                shipped + part.get("quantityFulfilled", 0),
                reserved + (part.get("quantityUnfulfilled", 0) if waits else 0),
            )
        return units

    def _apply(self, entry, payload: dict, at: datetime) -> list[Stock]:
        """Move stock to what an order says now; return what changed."""
        before = self._seen.get(entry.order_id, {})
        units = self._units(entry.seller_id, payload)
        stocks, changed = self._stocks[entry.seller_id], []
        for key in units.keys() | before.keys():
            stock = stocks.get(key)
            if stock is None:
                continue
            was_shipped, was_reserved = before.get(key, (0, 0))
            shipped, reserved = units.get(key, (0, 0))
            if (shipped, reserved) == (was_shipped, was_reserved):
                continue
            short = reserved - was_reserved + shipped - was_shipped - stock.fulfillable
            if short > 0:
                # A world's buyers do not look at the stock; Amazon got more in time.
                self._move(
                    entry.seller_id,
                    stock,
                    "Receipts",
                    short + 20,
                    centers_of(stock.pool)[0][0],
                    reference=self._reference("FBA15"),
                    at=at,
                )
            stock.reserved += reserved - was_reserved
            stock.updated = max(stock.updated, at)
            self._ship(entry, stock, shipped - was_shipped, at)
            changed.append(stock)
        self._seen[entry.order_id] = units
        return changed

    def _ship(self, entry, stock: Stock, units: int, at: datetime) -> None:
        where = (entry.seller_id, stock, "Shipments")
        if units > 0:
            self._take(*where, units, reference=entry.order_id, at=at, free=False)
        elif units < 0:
            center = centers_of(stock.pool)[0][0]
            self._move(*where, -units, center, reference=entry.order_id, at=at)

    def _take(
        self,
        seller_id,
        stock,
        event_type,
        quantity,
        center=None,
        disposition=None,
        *,
        reason="",
        reference="",
        at=None,
        free=True,
    ) -> list[tuple[str, int]]:
        """Take units out, from `center` or where most are.

        :param free: units promised to customers are not to be taken
        :return: how many were taken where
        :raise ControlError: 409 when so many are not there
        """
        disposition = disposition or SELLABLE
        if free and disposition == SELLABLE and quantity > stock.fulfillable:
            raise ControlError(f"only {stock.fulfillable} units are free", 409)
        taken = _shares(stock, quantity, center, disposition)
        for name, part in taken:
            self._move(
                seller_id,
                stock,
                event_type,
                -part,
                name,
                disposition,
                reason,
                reference,
                at,
            )
        return taken

    def _move(
        self,
        seller_id,
        stock,
        event_type,
        quantity,
        center,
        disposition=SELLABLE,
        reason="",
        reference="",
        at=None,
    ) -> None:
        """Write one row of the ledger and change the balance with it."""
        countries = dict(centers_of(stock.pool))
        if center not in countries:
            raise ControlError(f"centres of {stock.pool}: {sorted(countries)}")
        if disposition != SELLABLE and disposition not in UNSELLABLE:
            raise ControlError(f"dispositions: {[SELLABLE, *UNSELLABLE]}")
        at = at or self._simulation.clock.now()
        stock.hand[center, disposition] += quantity
        stock.updated = max(stock.updated, at)
        self._events[seller_id].append(
            LedgerEvent(
                at,
                stock.item.sku,
                stock.pool,
                event_type,
                quantity,
                center,
                countries[center],
                disposition,
                reason,
                reference,
            )
        )

    def _settle(self) -> None:
        """Let transfers arrive that are due."""
        now = self._simulation.clock.now()
        due = [arrival for arrival in self._arrivals if arrival[0] <= now]
        self._arrivals = [arrival for arrival in self._arrivals if arrival[0] > now]
        for at, seller_id, stock, center, quantity, reference in due:
            stock.transit -= quantity
            self._move(
                seller_id,
                stock,
                "WhseTransfers",
                quantity,
                center,
                reference=reference,
                at=at,
            )

    def _reference(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count:07d}"


def _shares(stock: Stock, quantity, center, disposition) -> list[tuple[str, int]]:
    """Return (centre, units) that make up `quantity`, the fullest centre first."""
    places = [
        (units, name)
        for (name, state), units in stock.hand.items()
        if state == disposition and units > 0 and center in (None, name)
    ]
    if sum(units for units, _name in places) < quantity:
        raise ControlError("so many units are not there", 409)
    shares = []
    for units, name in sorted(places, reverse=True):
        part = min(units, quantity)
        if part:
            shares.append((name, part))
            quantity -= part
    return shares


def reconciled(events: list[LedgerEvent]) -> Iterator[tuple[LedgerEvent, int, int]]:
    """Yield each event with its reconciled and unreconciled units.

    Only misplaced and found units are ever reconciled, the oldest loss first.
    """
    found = Counter()
    for event in events:
        if event.reason == "F":
            found[event.sku, event.pool] += event.quantity
    lost_left = dict(found)
    losses = Counter()
    for event in events:
        if event.reason == "M":
            losses[event.sku, event.pool] -= event.quantity
    found_left = Counter(losses)
    for event in events:
        pots = {"M": lost_left, "F": found_left}.get(event.reason)
        if pots is None:
            yield event, 0, 0
            continue
        units = abs(event.quantity)
        matched = min(units, pots.get((event.sku, event.pool), 0))
        pots[event.sku, event.pool] = pots.get((event.sku, event.pool), 0) - matched
        yield event, matched, units - matched


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
