"""Feeds API 2021-06-30."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..documents import download, upload
from ..operations import OPERATIONS
from ..pagination import pages
from ..timestamps import parse_timestamp
from ..transport import Transport
from .common import expect, next_token, objects

_CREATE_DOCUMENT = OPERATIONS["feeds.createFeedDocument"]
_CREATE = OPERATIONS["feeds.createFeed"]
_GET = OPERATIONS["feeds.getFeed"]
_LIST = OPERATIONS["feeds.getFeeds"]
_CANCEL = OPERATIONS["feeds.cancelFeed"]
_DOCUMENT = OPERATIONS["feeds.getFeedDocument"]

# DONE may hold errors, the report tells; FATAL may have been done in part.
FINAL_STATUSES = frozenset({"DONE", "CANCELLED", "FATAL"})


class FeedDocument(NamedTuple):
    """A place for a document; ``url`` is a key and dies after five minutes."""

    document_id: str
    url: str

    def __repr__(self):
        return f"FeedDocument({self.document_id!r})"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed; ``status`` is IN_QUEUE, IN_PROGRESS, DONE, CANCELLED or FATAL.

    Times are aware UTC. ``result_document_id`` is the processing report.
    """

    feed_id: str
    feed_type: str
    status: str
    result_document_id: str | None
    created_at: datetime | None
    ended_at: datetime | None

    @property
    def is_final(self) -> bool:
        """Return whether Amazon is done with the feed."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class FeedsPage:
    """A page of feeds."""

    feeds: tuple[Feed, ...]
    next_token: str | None


class FeedsApi:
    """Send feeds and read what became of them.

    Only ``create`` changes anything at Amazon. Without a reply (TransportError,
    ServerError) the feed may exist: look for it with ``search`` before another try.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    def submit(
        self,
        feed_type: str,
        marketplace_ids: Sequence[str],
        content: bytes,
        content_type: str,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Upload a document, make a feed of it and return the feed's id.

        :param marketplace_ids: 1 to 25
        :param content_type: for example ``application/json; charset=UTF-8``
        """
        document = self.create_document(content_type)
        self.upload(document, content, content_type)
        return self.create(feed_type, marketplace_ids, document.document_id, options)

    def create_document(self, content_type: str) -> FeedDocument:
        """Return a place to upload to (0.5 calls/s, burst 15)."""
        reply = self._transport.call(
            _CREATE_DOCUMENT, body={"contentType": content_type}
        )
        identifier = reply.payload.get("feedDocumentId")
        url = reply.payload.get("url")
        return FeedDocument(
            expect(identifier, str, "feedDocumentId", _CREATE_DOCUMENT, reply),
            expect(url, str, "url", _CREATE_DOCUMENT, reply),
        )

    def upload(self, document: FeedDocument, content: bytes, content_type: str) -> None:
        """Upload the content; see ``documents.upload``."""
        upload(self._transport.session, document.url, content, content_type)

    def create(  # pylint: disable=method-required-super
        self,
        feed_type: str,
        marketplace_ids: Sequence[str],
        document_id: str,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Make a feed of an uploaded document (0.0083 calls/s, burst 15)."""
        body: dict[str, Any] = {
            "feedType": feed_type,
            "marketplaceIds": list(marketplace_ids),
            "inputFeedDocumentId": document_id,
        }
        if options:
            body["feedOptions"] = dict(options)
        reply = self._transport.call(_CREATE, body=body)
        return expect(reply.payload.get("feedId"), str, "feedId", _CREATE, reply)

    def get(self, feed_id: str) -> Feed:
        """Return a feed (2 calls/s, burst 15)."""
        reply = self._transport.call(_GET, path_params={"feedId": feed_id})
        return _feed(reply.payload, _GET, reply)

    def search(
        self,
        *,
        feed_types: Sequence[str] = (),
        marketplace_ids: Sequence[str] = (),
        processing_statuses: Sequence[str] = (),
        created_since: datetime | None = None,
        created_until: datetime | None = None,
        page_size: int | None = None,
        next_token_value: str | None = None,
    ) -> FeedsPage:
        """Return one page of feeds, newest first (0.0222 calls/s, burst 10).

        With a page token Amazon wants no other parameter, so none is sent.

        :param feed_types: 1 to 10
        :param page_size: 1 to 100, Amazon's default is 10
        :raise ValueError: neither feed types nor a page token
        """
        if next_token_value:
            query = {"nextToken": next_token_value}
        elif feed_types:
            query = {
                "feedTypes": feed_types,
                "marketplaceIds": marketplace_ids,
                "processingStatuses": processing_statuses,
                "createdSince": created_since,
                "createdUntil": created_until,
                "pageSize": page_size,
            }
        else:
            raise ValueError("Give feed types or a page token.")
        reply = self._transport.call(_LIST, query=query)
        entries = objects(reply.payload.get("feeds"), "feeds", _LIST, reply)
        return FeedsPage(
            tuple(_feed(entry, _LIST, reply) for entry in entries),
            next_token(reply.payload, "nextToken"),
        )

    def pages(self, **filters) -> Iterator[FeedsPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("next_token_value", None)

        def fetch(token):
            return self.search(next_token_value=token, **filters)

        return pages(fetch, start)

    def cancel(self, feed_id: str) -> None:
        """Cancel a feed that is still in the queue (2 calls/s, burst 15).

        :raise RequestError: it is no longer there
        """
        self._transport.call(_CANCEL, path_params={"feedId": feed_id})

    def result(self, document_id: str) -> bytes:
        """Return a processing report (0.0222 calls/s, burst 10).

        :param document_id: ``Feed.result_document_id``
        :raise DocumentExpired: the address died, ask again
        """
        reply = self._transport.call(
            _DOCUMENT, path_params={"feedDocumentId": document_id}
        )
        url = expect(reply.payload.get("url"), str, "url", _DOCUMENT, reply)
        document = download(
            self._transport.session,
            url,
            compression=reply.payload.get("compressionAlgorithm"),
        )
        return document.data()


def _feed(entry, operation, reply):
    result = entry.get("resultFeedDocumentId")
    return Feed(
        feed_id=expect(entry.get("feedId"), str, "feedId", operation, reply),
        feed_type=expect(entry.get("feedType"), str, "feedType", operation, reply),
        status=expect(
            entry.get("processingStatus"), str, "processingStatus", operation, reply
        ),
        result_document_id=result if isinstance(result, str) else None,
        created_at=_moment(entry.get("createdTime")),
        ended_at=_moment(entry.get("processingEndTime")),
    )


def _moment(value):
    try:
        return parse_timestamp(value)
    except (TypeError, ValueError):
        return None
