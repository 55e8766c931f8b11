"""Feeds 2021-06-30: announce a document, submit it, watch, fetch the result."""

from __future__ import annotations

from datetime import datetime

from ..clock import format_time
from ..errors import (
    ControlError,
    bad_report_request as bad_feed_request,
    not_found,
    quota_exceeded,
)
from ..exchange import Exchange, Reply
from ..state.feed_types import FEED_TYPES, RETIRED
from ..state.feeds import OUTCOMES, Feed, FeedDocument
from .common import body_marketplaces, describe_document, list_newest
from .control import read_json
from .documents import upload_url


def create_feed_document(exchange: Exchange) -> Reply:
    """Return an address to upload a document to, for five minutes."""
    content_type = exchange.json(bad_feed_request).get("contentType")
    if not isinstance(content_type, str) or not content_type:
        raise bad_feed_request("contentType is missing.")
    simulation = exchange.simulation
    document = simulation.feeds.announce(
        exchange.seller.seller_id, content_type, simulation.clock.now()
    )
    body = {
        "feedDocumentId": document.document_id,
        "url": upload_url(exchange, document),
    }
    return Reply(body, 201)


def create_feed(exchange: Exchange) -> Reply:
    """Submit an uploaded document."""
    data = exchange.json(bad_feed_request)
    simulation, seller = exchange.simulation, exchange.seller
    now = simulation.clock.now()
    feed_type = data.get("feedType")
    if feed_type not in FEED_TYPES and feed_type not in RETIRED:
        raise bad_feed_request(f"Invalid feed type: {feed_type}")
    options = data.get("feedOptions", {})
    if not isinstance(options, dict) or not all(
        isinstance(value, str) for value in options.values()
    ):
        raise bad_feed_request("feedOptions must be an object of strings.")
    marketplaces = body_marketplaces(exchange, data)
    document = simulation.feeds.document(str(data.get("inputFeedDocumentId")), now)
    if not isinstance(document, FeedDocument) or (
        document.seller_id != seller.seller_id
    ):
        raise bad_feed_request("inputFeedDocumentId is invalid.")
    if simulation.settings.throttling and simulation.feeds.too_many(
        seller.seller_id, feed_type, now
    ):
        raise quota_exceeded()
    feed = simulation.feeds.submit(
        document, feed_type, marketplaces, options, now, exchange.request_id
    )
    return Reply({"feedId": feed.feed_id}, 202)


def get_feed(exchange: Exchange, feed_id: str) -> Reply:
    """Return the state of a feed."""
    now = exchange.simulation.clock.now()
    return Reply(_render(_find(exchange, feed_id), now))


def cancel_feed(exchange: Exchange, feed_id: str) -> Reply:
    """Cancel a feed that has not started."""
    feed = _find(exchange, feed_id)
    now = exchange.simulation.clock.now()
    if feed.status(now) != "IN_QUEUE":
        raise bad_feed_request("The feed can no longer be cancelled.")
    feed.cancelled_at = now
    return Reply(None)


def get_feeds(exchange: Exchange) -> Reply:
    """List feeds, newest first; nextToken comes alone."""
    desk, now = exchange.simulation.feeds, exchange.simulation.clock.now()
    who = exchange.seller.seller_id
    return list_newest(
        exchange,
        "feed",
        lambda: [_render(feed, now) for feed in desk.of(who, now)],
    )


def get_feed_document(exchange: Exchange, feed_document_id: str) -> Reply:
    """Return an address of a document that dies after five minutes."""
    simulation = exchange.simulation
    document = simulation.feeds.document(feed_document_id, simulation.clock.now())
    return describe_document(exchange, "feed", document)


def control(exchange: Exchange, feed_id: str | None = None) -> Reply:
    """``/_sim/feeds``: list all feeds, or end one: POST ``{outcome}``.

    ``outcome`` is DONE, FATAL or CANCELLED at once, or STUCK.
    """
    simulation = exchange.simulation
    simulation.catch_up()
    now = simulation.clock.now()
    if feed_id is None:
        seller_id = exchange.request.args.get("seller_id")
        feeds = [_truth(feed, now) for feed in simulation.feeds.of(seller_id, now)]
        return Reply({"count": len(feeds), "feeds": feeds})
    feed = simulation.feeds.find(feed_id, None, now)
    if feed is None:
        raise ControlError(f"no feed {feed_id}", 404)
    if exchange.request.method == "POST":
        outcome = read_json(exchange, {"outcome"}).get("outcome")
        if outcome not in OUTCOMES:
            raise ControlError(f"outcome must be one of {', '.join(OUTCOMES)}")
        if feed.finished:
            raise ControlError("the feed has ended", 409)
        simulation.feeds.end(feed, outcome, now)
    return Reply(_truth(feed, now))


def _truth(feed: Feed, now: datetime) -> dict:
    return {
        **_render(feed, now),
        "sellerId": feed.seller_id,
        "messages": feed.messages,
        "feedOptions": feed.options,
    }


def _find(exchange: Exchange, feed_id: str) -> Feed:
    simulation = exchange.simulation
    feed = simulation.feeds.find(
        feed_id, exchange.seller.seller_id, simulation.clock.now()
    )
    if feed is None:
        raise not_found()
    return feed


def _render(feed: Feed, now: datetime) -> dict:
    status = feed.status(now)
    body = {
        "feedId": feed.feed_id,
        "feedType": feed.feed_type,
        "marketplaceIds": list(feed.marketplace_ids),
        "createdTime": format_time(feed.created),
        "processingStatus": status,
    }
    if status not in ("IN_QUEUE", "CANCELLED"):
        body["processingStartTime"] = format_time(feed.starts)
    if status in ("DONE", "FATAL"):
        body["processingEndTime"] = format_time(feed.ends)
    elif status == "CANCELLED":
        body["processingEndTime"] = format_time(feed.cancelled_at or feed.starts)
    if feed.result_id is not None:
        body["resultFeedDocumentId"] = feed.result_id
    return body
