"""How many units Amazon may show: plain arithmetic, nothing of Odoo (A2, X2)."""

import math
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

FOLLOW, ZERO, LEAVE = "follow", "zero", "leave"
# Amazon says when it answered in whole seconds.
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a seller wants stock to be shown.

    :ivar policy: ``follow`` the warehouse, show ``zero``, or ``leave`` Amazon alone
    :ivar ratio: share of the free stock, 0 to 1
    :ivar buffer: units never shown
    :ivar cap: most units shown, None = no limit
    :ivar until: after this moment (naive UTC) nothing is shown; None = no end
    :ivar source: whose rule it is, for the explanation
    """

    policy: str = FOLLOW
    ratio: float = 1.0
    buffer: int = 0
    cap: int | None = None
    until: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Supply:
    """What a warehouse could ship.

    :ivar on_hand: units in the locations
    :ivar reserved: of these, units reserved for somebody
    :ivar promised: units of all open deliveries, reserved or not
    :ivar waiting: units that Amazon sold and that are not deliveries yet
    :ivar unseen: units that Amazon's own number says are sold, in orders that have
        not arrived
    :ivar expired: of those on hand, units that must not be shipped any more and that
        nobody has reserved
    """

    on_hand: float = 0.0
    reserved: float = 0.0
    promised: float = 0.0
    waiting: float = 0.0
    unseen: float = 0.0
    expired: float = 0.0

    @property
    def free(self) -> float:
        """Units that belong to nobody: reserved or promised, whichever is more."""
        return self.on_hand - self.expired - max(self.reserved, self.promised)

    @property
    def left(self) -> float:
        """Free units that Amazon has not sold already."""
        return self.free - self.waiting - self.unseen

    def per_kit(self, quantity: float) -> "Supply":
        """Return how many kits this is that need so many units each."""
        if quantity == 1:
            return self
        return Supply(*(units / quantity for units in astuple(self)))


@dataclass(frozen=True, slots=True)
class Sellable:
    """A number, and how it came about.

    :ivar quantity: units to show; None = leave Amazon's number as it is
    :ivar code: what decided: ``free``, ``cap``, ``nothing_free``, ``paused``,
        ``ended``, ``emergency`` or ``left_alone``
    """

    quantity: int | None
    code: str
    supply: Supply
    rule: Rule

    def explain(self) -> dict:
        """Return everything as JSON-ready values."""
        supply, rule = self.supply, self.rule
        return {
            "quantity": self.quantity,
            "code": self.code,
            "supply": {
                "on_hand": supply.on_hand,
                "expired": supply.expired,
                "reserved": supply.reserved,
                "promised": supply.promised,
                "waiting": supply.waiting,
                "unseen": supply.unseen,
                "free": supply.free,
            },
            "rule": {
                "policy": rule.policy,
                "ratio": rule.ratio,
                "buffer": rule.buffer,
                "cap": rule.cap,
                "until": rule.until and rule.until.isoformat(" ", "seconds"),
                "source": rule.source,
            },
        }


def sellable(
    supply: Supply,
    rule: Rule,
    now: datetime,
    is_emergency: bool = False,
) -> Sellable:
    """Return the units to show: never more than there are for strangers.

    floor(ratio × free) − buffer − sold but not yet a delivery − sold but unknown.

    :param datetime now: naive UTC
    :param is_emergency: the seller pressed the red button
    """

    def answer(quantity, code):
        return Sellable(quantity, code, supply, rule)

    if is_emergency:
        return answer(0, "emergency")
    if rule.policy == LEAVE:
        return answer(None, "left_alone")
    if rule.policy == ZERO:
        return answer(0, "paused")
    if rule.until and now >= rule.until:
        return answer(0, "ended")
    # 0.1 + 0.2 units of a kit's part must not cost a whole unit.
    share = math.floor(rule.ratio * supply.free + 1e-6)
    sold = math.ceil(supply.waiting + supply.unseen - 1e-6)
    left = share - rule.buffer - sold
    if left <= 0:
        return answer(0, "nothing_free")
    if rule.cap is not None and left > rule.cap:
        return answer(max(rule.cap, 0), "cap")
    return answer(left, "free")


def unseen_units(
    changes: list, known: list, horizon: datetime | None, returned: list = ()
) -> int:
    """Return the units that Amazon sold in orders that nobody here has heard of.

    Amazon lowers its number with each order it accepts, and raises it when an order is
    cancelled whose payment was pending. What the number lost between two readings, plus
    what came back meanwhile, minus the orders known from that time, is sold and
    unknown. An order explains no loss of another time. Orders from before the horizon
    are all known, so older readings need no counting.

    What came back in the second of the first reading may be in it or not: it counts.

    A number that gained more than came back may be an older one, which Amazon still
    shows in place of the last one sent: then what that one lost counts.

    :param list changes: (from, to, units, hidden): what the number lost between two
        moments; what it gained is negative; what it lost if it is an older number,
        which may be left out or None
    :param list known: (placed at, units) of every known order of these units
    :param horizon: all orders placed before this moment are known; None = none is
    :param list returned: (cancelled at, units) of every known order that was cancelled
    """
    unseen = 0
    for start, end, lost, *rest in changes:
        if horizon is not None and end <= horizon:
            continue
        back = _between(start - SECOND, end, returned)
        hidden = rest[0] if rest else None
        if lost + back < 0 and hidden is not None:
            lost = max(0, hidden)
        unseen += max(0, lost + back - _between(start, end, known))
    return unseen


def _between(start, end, entries):
    return sum(units for moment, units in entries if start <= moment < end)


def unexplained_units(changes: list, known: list) -> int:
    """Return the units that Amazon's number lost and that no order explains.

    Once all orders of a time are known: what is left was no sale.

    :param list changes: as of ``unseen_units``
    :param list known: (placed at, units) of every order of these units
    """
    losses = [entry for entry in changes if entry[2] > 0]
    if not losses:
        return 0
    start = min(entry[0] for entry in losses)
    heard_of = sum(units for placed, units in known if placed >= start)
    return max(0, sum(entry[2] for entry in losses) - heard_of)
