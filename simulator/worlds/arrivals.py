"""What happens after a world's now: orders placed, paid, shipped, cancelled, edited.

The stream is a function of time. Nothing is stored: the events between two moments
are computed from the numbers of the orders that can have events then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .model import OrderHead
from .plan import Planner, milliseconds
from .scenarios import AMAZON, Scenario

# No order placed live has an event later than this after its creation.
LIFETIME = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of one order, by index."""

    at: datetime
    index: int
    action: str


class Arrivals:
    """The events of one world."""

    def __init__(
        self,
        seed_text: str,
        planner: Planner,
        heads: Sequence[OrderHead],
        deck: Sequence[Scenario],
        per_hour: int,
    ) -> None:
        self._seed_text, self._planner, self._heads = seed_text, planner, heads
        self._cards = [card for card in deck if card.can_arrive]
        self._gap = timedelta(hours=1) / per_hour
        self._start = planner.now
        self._waiting: list[Step] | None = None

    def head(self, index: int) -> OrderHead:
        """Return the head of the live order ``index``, as it is placed."""
        number = index - len(self._heads)
        rng = Random(f"{self._seed_text}/live/{number}")
        at = milliseconds(self._start + self._gap * (number + 0.9 * rng.random()))
        scenario = self._cards[rng.randrange(len(self._cards))]
        status = "PENDING" if rng.random() < 0.45 else "UNSHIPPED"
        return self._planner.arriving(index, at, status, scenario, rng)

    def between(self, since: datetime, until: datetime) -> list[Step]:
        """Return the steps after ``since`` up to ``until``, oldest first."""
        if until <= since:
            return []
        first = max(0, int((since - LIFETIME - self._start) / self._gap))
        last = max(-1, int((until - self._start) / self._gap))
        steps = [
            step
            for number in range(first, last + 1)
            for step in self._life(len(self._heads) + number)
            if since < step.at <= until
        ]
        steps += [step for step in self._backlog() if since < step.at <= until]
        return sorted(steps, key=lambda step: (step.at, step.index))

    def _life(self, index: int) -> Iterator[Step]:
        head = self.head(index)
        rng = Random(f"{self._seed_text}/life/{index}")
        yield Step(head.created, index, "new")
        at = head.created
        if head.status == "PENDING":
            at = _later(at, rng, 2, 12)
            ended = rng.random() < 0.12
            yield Step(at, index, "cancel" if ended else "release")
            if ended:
                return
        if head.fulfilled_by == AMAZON:
            yield Step(_later(at, rng, 10, 90), index, "ship")
            return
        yield from self._merchant_life(index, at, rng)

    def _merchant_life(self, index: int, at: datetime, rng: Random) -> Iterator[Step]:
        fate = rng.random()
        if fate < 0.06:
            at = _later(at, rng, 3, 25)
            yield Step(at, index, "request_cancel")
            if rng.random() < 0.5:
                yield Step(_later(at, rng, 10, 60), index, "cancel")
        elif fate < 0.10:
            yield Step(_later(at, rng, 5, 60), index, "cancel")
        elif fate < 0.18:
            yield Step(_later(at, rng, 3, 40), index, "edit")
        elif fate < 0.45:
            yield Step(_later(at, rng, 30, 150), index, "ship")

    def _backlog(self) -> list[Step]:
        """Return what becomes of the orders that are waiting at the start."""
        if self._waiting is None:
            self._waiting = [
                step
                for head in self._heads
                if head.status == "PENDING"
                or (head.status == "UNSHIPPED" and head.fulfilled_by == AMAZON)
                for step in self._resolve(head)
            ]
        return self._waiting

    def _resolve(self, head: OrderHead) -> Iterator[Step]:
        if head.marketplace_id is None:
            return
        rng = Random(f"{self._seed_text}/life/{head.index}")
        at = self._start
        if head.status == "PENDING":
            at = _later(at, rng, 1, 90)
            ended = rng.random() < 0.2
            yield Step(at, head.index, "cancel" if ended else "release")
            if ended:
                return
        if head.fulfilled_by == AMAZON:
            yield Step(_later(at, rng, 20, 600), head.index, "ship")


def _later(at: datetime, rng: Random, least: int, most: int) -> datetime:
    """Add a random number of minutes."""
    minutes = least + (most - least) * rng.random()
    return milliseconds(at + timedelta(minutes=minutes))
