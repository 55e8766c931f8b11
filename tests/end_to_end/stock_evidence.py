"""What happened to a SKU, by Amazon's own records and the warehouse's, in one order."""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

READ, PATCH = "listings.searchListingsItems", "listings.patchListingsItem"
# Real seconds. A calculation sees the stock of a moment before Amazon is asked, and
# an order counts as known from a moment before its transaction is committed.
SLACK = 3.0
# Real seconds from a look at Amazon's number to the number that follows from it.
LOOK = 10.0


def seconds(text):
    """Return one of Amazon's times as seconds (epoch)."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@dataclass
class Evidence:
    """One SKU; all times are Amazon's, in seconds.

    :param int start: units that were there at first
    :param int buffer: units held back
    :param list history: of ``/_sim/stock``, since the start was shown
    :param list moves: (kind, units, from, to) of the warehouse, in Amazon's time
    :param list requests: Amazon's log, oldest first
    :param dict known: order id to the moment from which Odoo knew it
    :param float second: what a real second is at Amazon
    """

    sku: str
    start: int
    buffer: int
    history: list
    moves: list
    requests: list
    known: dict
    second: float
    races: list = field(default_factory=list)
    breaches: list = field(default_factory=list)

    def __post_init__(self):
        self.entries = []
        shown = max(0, self.start - self.buffer)
        for entry in self.history:
            change = shown - entry["quantity"]
            shown = entry["quantity"]
            sold = change if entry["cause"] in ("sale", "restock") else 0
            self.entries.append((seconds(entry["at"]), sold, entry))
        self.reads = [
            seconds(entry["at"])
            for entry in self.requests
            if entry["operation"] == READ
            and entry["status"] == 200
            and self.sku in ",".join(entry["query"].get("identifiers", ())).split(",")
        ]
        self.tries = [
            seconds(entry["at"])
            for entry in self.requests
            if entry["operation"] == PATCH
            and entry["status"] != 200
            and entry["path"].endswith(f"/{self.sku}")
        ]
        self.counts = Counter(entry["cause"] for _at, _sold, entry in self.entries)
        self._judge_publications()

    # === WHAT THERE WAS === #

    @property
    def removals(self):
        return [move for move in self.moves if move[0] == "remove"]

    def existing(self, at):
        """Units that were there and had not been removed."""
        received = sum(
            units for kind, units, begun, _ in self.moves
            if kind == "receive" and begun <= at
        )  # fmt: skip
        removed = sum(units for _, units, _, ended in self.removals if ended <= at)
        return self.start + received - removed

    def most_existing(self, since, until):
        """The most units that were there at a moment of a period."""
        moments = [since, until, *(m[2] for m in self.moves if since < m[2] < until)]
        return max(self.existing(at) for at in moments)

    def owed(self, at=float("inf")):
        """Units that Amazon had accepted until a moment and not cancelled."""
        return sum(sold for moment, sold, _entry in self.entries if moment <= at)

    @property
    def left(self):
        """Units that Amazon should show in the end."""
        return max(0, self.there - self.buffer)

    @property
    def there(self):
        """Units that are there in the end and that nobody has bought."""
        return self.existing(float("inf")) - self.owed()

    # === WHAT WAS SENT === #

    def _judge_publications(self):
        """Note the sales that each number overwrote, and each number too high."""
        for place, (at, _sold, entry) in enumerate(self.entries):
            if entry["cause"] != "publish":
                continue
            read = self._read_before(at)
            if read is None:
                # Nothing is left: that is sent unread.
                if entry["quantity"]:
                    self.breaches.append((entry, "was sent without a look at Amazon"))
                continue
            missed = sum(
                max(units, 0) for moment, units, _e in self.entries[:place]
                if moment > read
            )  # fmt: skip
            there = self.most_existing(read - SLACK * self.second, at)
            before = sum(self.races)
            allowed = there - self.buffer - self.owed(read) + before
            if entry["quantity"] > max(allowed, 0):
                self.breaches.append(
                    (entry, f"{there} there, {self.owed(read)} owed, {before} raced")
                )
            if missed:
                self.races.append(missed)

    def _read_before(self, at):
        place = bisect_left(self.reads, at)
        if not place or at - self.reads[place - 1] > LOOK * self.second:
            return None
        return self.reads[place - 1]

    # === WHAT COULD NOT BE HELPED === #

    @property
    def bound(self):
        """Units that may be oversold, by the two races that nobody can win.

        Units bought between our reading of Amazon's number and the landing of ours,
        and units that the warehouse gave away while Amazon had sold them already, or
        still offered them, and Odoo could not know. Units held back make up for them.
        """
        return max(0, sum(self.races) + self.taken_away - self.buffer)

    @property
    def taken_away(self):
        """Units that were removed while orders for them were not known."""
        return sum(
            min(units, self._hidden(begun, ended))
            for _, units, begun, ended in self.removals
        )

    def _hidden(self, begun, ended):
        """Units sold before Amazon knew of a removal, and unknown when it was made."""
        until = self._told(ended)
        margin = SLACK * self.second
        return sum(
            units
            for at, units, entry in self.entries
            if entry["cause"] == "sale"
            and at <= until
            and self.known.get(entry["order_id"], float("inf")) > begun - margin
        )

    def _told(self, moment):
        """When Amazon's number took account of what was so at a moment."""
        for place in range(bisect_right(self.reads, moment), len(self.reads)):
            read = self.reads[place]
            following = [*self.reads, float("inf")][place + 1]
            landed = [
                at for at, _sold, entry in self.entries
                if entry["cause"] == "publish" and read <= at <= following
            ]  # fmt: skip
            if landed:
                return landed[0]
            if not any(read <= at <= following for at in self.tries):
                return read
        return float("inf")

    @property
    def oversold(self):
        """The most units that Amazon had sold and nobody had, at any moment."""
        moments = [at for at, _sold, _entry in self.entries]
        moments += [ended for _, _, _, ended in self.moves]
        return max(0, *(self.owed(at) - self.existing(at) for at in moments))
