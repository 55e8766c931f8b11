"""The kinds of feeds that are processed. One entry per feed type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import listings_feed, order_feeds


@dataclass(frozen=True, slots=True)
class FeedType:
    """How a kind of feed is processed.

    :ivar count: data → number of messages, 0 when it cannot be read
    :ivar process: (simulation, feed, data, limit) → (report, content type, fatal);
        ``limit`` is how many messages are applied before the feed breaks down, None =
        all; a report of None means that there is no result document
    :ivar most_per_window: how many a seller may submit in five minutes
    """

    name: str
    count: Callable[[bytes], int]
    process: Callable[..., tuple[bytes | None, str, bool]]
    most_per_window: int | None = None


FEED_TYPES: dict[str, FeedType] = {}

# Accepted by createFeed, never processed any more.
RETIRED = frozenset(
    (
        "POST_FLAT_FILE_INVLOADER_DATA",
        "POST_FLAT_FILE_LISTINGS_DATA",
        "POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA",
        "POST_INVENTORY_AVAILABILITY_DATA",
        "POST_PRODUCT_DATA",
        "POST_PRODUCT_IMAGE_DATA",
        "POST_PRODUCT_PRICING_DATA",
        "POST_PRODUCT_RELATIONSHIP_DATA",
    )
)


def register(name: str, count: Callable, process: Callable, **options: Any) -> None:
    """Add a kind of feed."""
    FEED_TYPES[name] = FeedType(name, count, process, **options)


register(
    "JSON_LISTINGS_FEED",
    listings_feed.count_messages,
    listings_feed.process,
    most_per_window=5,
)
register(
    "POST_ORDER_FULFILLMENT_DATA",
    order_feeds.count_messages,
    order_feeds.process_fulfillment,
)
register(
    "POST_ORDER_ACKNOWLEDGEMENT_DATA",
    order_feeds.count_messages,
    order_feeds.process_acknowledgement,
)
