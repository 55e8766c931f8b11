"""The order store: the world's orders under an overlay of what happened since."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..clock import parse_time

Payload = dict[str, Any]
Key = tuple[int, str]


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970, the resolution of Amazon's times."""
    return int(moment.timestamp() * 1000)


@dataclass(slots=True)
class Entry:
    """What filters and indexes need of one order.

    ``position`` is the place in the world; ``truth`` is set once the order
    differs from the world, ``previous`` is then the payload before the change.
    """

    order_id: str
    seller_id: str
    marketplace_id: str | None
    created: int
    updated: int
    status: str
    fulfilled_by: str
    position: int | None = None
    truth: Any = None
    previous: Payload | None = None

    def key(self, by: str) -> Key:
        """Return the sort key in the index `by` (``created`` or ``updated``)."""
        return getattr(self, by), self.order_id


class OrderStore:
    """All orders of a world, found by id, creation time or update time.

    A page costs a binary search plus the entries it passes, whatever the size.
    Payloads of untouched orders are made by the world when they are read.
    """

    def __init__(self, world, cache_size: int = 2000):
        self._world = world
        self._entries: dict[str, Entry] = {}
        self._indexes: dict[tuple[str, str], list[Key]] = {}
        self._cache: OrderedDict[str, Any] = OrderedDict()
        self._cache_size = cache_size
        # Called with the entry of every order that appears or changes.
        self.watchers: list[Callable[[Entry], None]] = []
        for position, head in enumerate(world.heads):
            entry = Entry(
                head.order_id,
                head.seller_id,
                head.marketplace_id,
                to_ms(head.created),
                to_ms(head.updated),
                head.status,
                head.fulfilled_by,
                position,
            )
            self._entries[entry.order_id] = entry
            for by in ("created", "updated"):
                index = self._indexes.setdefault((entry.seller_id, by), [])
                index.append(entry.key(by))
        for index in self._indexes.values():
            index.sort()

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> Iterator[Entry]:
        """Iterate over all entries, in the order they came."""
        return iter(list(self._entries.values()))

    def get(self, order_id: str, seller_id: str | None = None) -> Entry | None:
        """Return an entry, or None; with `seller_id` only that seller's."""
        entry = self._entries.get(order_id)
        if entry is not None and seller_id in (None, entry.seller_id):
            return entry
        return None

    def truth(self, entry: Entry):
        """Return the full truth of an order, payload included. Do not change it."""
        if entry.truth is not None:
            return entry.truth
        truth = self._cache.get(entry.order_id)
        if truth is None:
            truth = self._world.orders[entry.position]
            self._cache[entry.order_id] = truth
            if len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(entry.order_id)
        return truth

    def add(self, truth) -> Entry:
        """Add an order that is not part of the world's start."""
        payload = truth.payload
        entry = Entry(
            truth.order_id,
            truth.seller_id,
            truth.marketplace_id,
            to_ms(parse_time(payload["createdTime"])),
            to_ms(parse_time(payload["lastUpdatedTime"])),
            truth.status,
            truth.fulfilled_by,
            truth=truth,
        )
        self._entries[entry.order_id] = entry
        for by in ("created", "updated"):
            index = self._indexes.setdefault((entry.seller_id, by), [])
            insort(index, entry.key(by))
        self._tell(entry)
        return entry

    def change(self, entry: Entry, truth) -> None:
        """Replace an order by its new truth and move it in the update index."""
        entry.previous = self.truth(entry).payload
        index = self._indexes[entry.seller_id, "updated"]
        del index[bisect_left(index, entry.key("updated"))]
        entry.updated = to_ms(parse_time(truth.payload["lastUpdatedTime"]))
        insort(index, entry.key("updated"))
        entry.status = truth.status
        entry.truth = truth
        self._cache.pop(entry.order_id, None)
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        for watcher in self.watchers:
            watcher(entry)

    def page(
        self,
        seller_id: str,
        by: str,
        after: Key,
        until: int,
        wanted: Callable[[Entry], bool],
        limit: int,
    ) -> tuple[list[Entry], Key | None]:
        """Return up to `limit` entries beyond key `after`, and where to go on.

        :param str by: ``created`` or ``updated``
        :param after: last key already delivered; ``(ms, "")`` starts at ms
        :param int until: newest time in milliseconds, inclusive
        :return: entries, and the key to pass as `after` for the next page or None
        """
        index = self._indexes.get((seller_id, by), [])
        position = bisect_right(index, after)
        found: list[Entry] = []
        while position < len(index) and index[position][0] <= until:
            entry = self._entries[index[position][1]]
            if wanted(entry):
                if len(found) == limit:
                    return found, found[-1].key(by)
                found.append(entry)
            position += 1
        return found, None
