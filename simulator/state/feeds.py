"""Feeds: documents that sellers upload, their processing by the clock, the results."""

from __future__ import annotations

import gzip
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .feed_types import FEED_TYPES, RETIRED
from .reports import DOCUMENT_RETENTION, GZIP_FROM, RETENTION, Document

OUTCOMES = ("DONE", "FATAL", "CANCELLED", "STUCK")
WINDOW = timedelta(minutes=5)
PLAIN_TEXT = "text/plain; charset=UTF-8"
RETIRED_TEXT = b"This feed type is no longer supported. Use JSON_LISTINGS_FEED.\n"
NO_DOCUMENT_TEXT = b"The feed document was not uploaded.\n"


@dataclass
class FeedDocument(Document):
    """A document a seller announced; ``data`` is None until it is uploaded."""

    data: bytes | None = field(default=None, repr=False)


@dataclass
class Feed:
    """One feed; its state follows from the clock.

    :ivar request_id: of the createFeed that submitted it
    :ivar messages: number of messages
    :ivar outcome: what becomes of it, one of ``OUTCOMES``
    """

    feed_id: str
    seller_id: str
    feed_type: str
    marketplace_ids: tuple[str, ...]
    document: FeedDocument
    created: datetime
    starts: datetime
    ends: datetime
    outcome: str
    messages: int
    request_id: str
    options: dict[str, str] = field(default_factory=dict)
    cancelled_at: datetime | None = None
    result_id: str | None = None
    finished: bool = False

    def status(self, now: datetime) -> str:
        """Return Amazon's processingStatus."""
        if self.cancelled_at is not None and self.cancelled_at <= now:
            return "CANCELLED"
        if now < self.starts:
            return "IN_QUEUE"
        if self.outcome == "CANCELLED":
            return "CANCELLED"
        if now < self.ends or self.outcome == "STUCK":
            return "IN_PROGRESS"
        return self.outcome


class FeedDesk:
    """The feeds of all sellers."""

    def __init__(self, simulation):
        self._simulation = simulation
        self._documents: dict[str, Document] = {}
        self._feeds: dict[str, Feed] = {}
        self._open: list[Feed] = []
        self._count = 70_000

    def announce(self, seller_id: str, content_type: str, now: datetime) -> Document:
        """Make room for a document that will be uploaded."""
        document = FeedDocument(_document_id(seller_id), seller_id, now, content_type)
        self._documents[document.document_id] = document
        return document

    def document(self, document_id: str, now: datetime) -> Document | None:
        """Return a document as long as it is kept."""
        document = self._documents.get(document_id)
        if document is None or now - document.created > DOCUMENT_RETENTION:
            return None
        return document

    def too_many(self, seller_id: str, feed_type: str, now: datetime) -> bool:
        """Tell whether the seller has submitted as many as five minutes allow."""
        kind = FEED_TYPES.get(feed_type)
        if kind is None or kind.most_per_window is None:
            return False
        recent = [
            feed
            for feed in self._feeds.values()
            if feed.seller_id == seller_id
            and feed.feed_type == feed_type
            and now - feed.created < WINDOW
        ]
        return len(recent) >= kind.most_per_window

    def submit(
        self,
        document: FeedDocument,
        feed_type: str,
        marketplace_ids: tuple[str, ...],
        options: dict[str, str],
        now: datetime,
        request_id: str,
    ) -> Feed:
        """Queue a feed. Feeds of one type are processed one after the other."""
        settings = self._simulation.settings
        kind = FEED_TYPES.get(feed_type)
        messages = kind.count(document.data) if kind and document.data else 0
        starts = now + timedelta(seconds=settings.feed_queue_seconds)
        for other in self._open:
            same = (other.seller_id, other.feed_type) == (
                document.seller_id,
                feed_type,
            )
            if same and other.outcome == "DONE" and other.cancelled_at is None:
                starts = max(starts, other.ends)
        lasts = settings.feed_seconds_per_message * max(1, messages)
        self._count += 1
        feed = Feed(
            f"{self._count}020612",
            document.seller_id,
            feed_type,
            marketplace_ids,
            document,
            now,
            starts,
            starts + timedelta(seconds=lasts),
            settings.feed_outcome,
            messages,
            request_id,
            options,
        )
        self._feeds[feed.feed_id] = feed
        self._open.append(feed)
        return feed

    def of(self, seller_id: str | None, now: datetime) -> list[Feed]:
        """Return a seller's feeds, newest first, as long as they are kept."""
        return [
            feed
            for feed in reversed(self._feeds.values())
            if seller_id in (None, feed.seller_id) and now - feed.created <= RETENTION
        ]

    def find(self, feed_id: str, seller_id: str | None, now: datetime) -> Feed | None:
        """Return a feed of this seller."""
        feed = self._feeds.get(feed_id)
        if feed is None or seller_id not in (None, feed.seller_id):
            return None
        return feed if now - feed.created <= RETENTION else None

    def next_due(self) -> datetime | None:
        """Return when the next feed ends."""
        ends = (feed.ends for feed in self._open if feed.outcome != "STUCK")
        return min(ends, default=None)

    def work(self, now: datetime) -> None:
        """Process what has ended by now, in the order in which it ended."""
        if not self._open:
            return
        due = [feed for feed in self._open if feed.ends <= now]
        for feed in sorted(due, key=lambda each: (each.ends, each.feed_id)):
            if feed.outcome != "STUCK":
                self._finish(feed, now)
        self._open = [feed for feed in self._open if not feed.finished]

    def end(self, feed: Feed, outcome: str, now: datetime) -> None:
        """Let a feed that has not ended come to an end now.

        :param outcome: one of ``OUTCOMES``; STUCK means it never ends
        """
        feed.outcome = outcome
        if outcome != "STUCK":
            feed.starts, feed.ends = min(feed.starts, now), now
            self.work(now)

    def _finish(self, feed: Feed, now: datetime) -> None:
        feed.finished = True
        if feed.status(now) == "CANCELLED":
            feed.cancelled_at = feed.cancelled_at or feed.starts
            return
        simulation, kind = self._simulation, FEED_TYPES.get(feed.feed_type)
        if kind is None or feed.feed_type in RETIRED:
            content, content_type, fatal = RETIRED_TEXT, PLAIN_TEXT, True
        elif feed.document.data is None:
            content, content_type, fatal = NO_DOCUMENT_TEXT, PLAIN_TEXT, True
        else:
            settings = simulation.settings
            share = settings.feed_done_share
            if feed.outcome == "FATAL":
                share = settings.feed_fatal_share
            limit = None if share == 1 else int(feed.messages * share)
            content, content_type, fatal = kind.process(
                simulation, feed, feed.document.data, limit
            )
            if feed.outcome == "FATAL":
                # What was applied stays applied, and nobody says what it was.
                content = None
        if fatal:
            feed.outcome = "FATAL"
        if content is not None:
            feed.result_id = self._keep(feed, content, content_type)

    def _keep(self, feed: Feed, content: bytes, content_type: str) -> str:
        mode = self._simulation.settings.report_compression
        packed = mode == "gzip" or (mode == "auto" and len(content) >= GZIP_FROM)
        document = Document(
            _document_id(feed.seller_id),
            feed.seller_id,
            feed.ends,
            content_type,
            gzip.compress(content, mtime=0) if packed else content,
            packed,
        )
        self._documents[document.document_id] = document
        return document.document_id


def _document_id(seller_id: str) -> str:
    return f"amzn1.tortuga.4.{seller_id.lower()}.{secrets.token_hex(16)}"
