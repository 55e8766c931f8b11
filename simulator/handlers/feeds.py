"""Feeds 2021-06-30: announce a document, submit it, watch, fetch the result."""

from __future__ import annotations

from datetime import datetime

from ..clock import format_time
from ..errors import (
    ControlError,
    bad_report_request as bad_feed_request,
    not_found,
    quota_exceeded,
    unauthorized,
)
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..paging import seal, unseal
from ..state.feed_types import FEED_TYPES, RETIRED
from ..state.feeds import OUTCOMES, Feed, FeedDocument
from ..state.reports import RETENTION
from .control import read_json
from .documents import signed_url, upload_url

STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")


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
    marketplaces = _marketplaces(exchange, data)
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
    query = exchange.query(bad_feed_request)
    simulation = exchange.simulation
    now = simulation.clock.now()
    token = query.text("nextToken")
    if token is not None:
        if query.names() != {"nextToken"}:
            raise bad_feed_request("nextToken must be the only parameter.")
        search = _open_token(exchange, token)
    else:
        types = query.list("feedTypes", most=10)
        if not types:
            raise bad_feed_request("feedTypes or nextToken is required.")
        search = {
            "who": exchange.seller.seller_id,
            "feeds": types,
            "statuses": query.list("processingStatuses", STATUSES),
            "marketplaces": query.list("marketplaceIds", most=10),
            "since": format_time(query.time("createdSince") or now - RETENTION),
            "until": format_time(query.time("createdUntil") or now),
            "size": query.integer("pageSize", 10, 1, 100),
            "start": 0,
        }
    found = [
        rendered
        for feed in simulation.feeds.of(exchange.seller.seller_id, now)
        if _matches(rendered := _render(feed, now), search)
    ]
    start, end = search["start"], search["start"] + search["size"]
    body = {"feeds": found[start:end]}
    if end < len(found):
        body["nextToken"] = seal(simulation.page_key, {**search, "start": end})
    return Reply(body)


def get_feed_document(exchange: Exchange, feed_document_id: str) -> Reply:
    """Return an address of a document that dies after five minutes."""
    query = exchange.query(bad_feed_request)
    simulation = exchange.simulation
    now = simulation.clock.now()
    document = simulation.feeds.document(feed_document_id, now)
    if document is None or document.seller_id != exchange.seller.seller_id:
        raise not_found()
    unpack = query.flag("enableContentEncodingUrlHeader")
    body = {
        "feedDocumentId": document.document_id,
        "url": signed_url(exchange, document, unpack),
    }
    if document.gzipped:
        body["compressionAlgorithm"] = "GZIP"
    return Reply(body)


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


def _marketplaces(exchange: Exchange, data: dict) -> tuple[str, ...]:
    ids = data.get("marketplaceIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 25:
        raise bad_feed_request("marketplaceIds must have 1 to 25 values.")
    for id_ in ids:
        marketplace = MARKETPLACES.get(id_)
        if marketplace is None:
            raise bad_feed_request(f"Invalid marketplace id: {id_}")
        if marketplace.region != exchange.seller.region:
            raise unauthorized()
    return tuple(dict.fromkeys(ids))


def _find(exchange: Exchange, feed_id: str) -> Feed:
    simulation = exchange.simulation
    feed = simulation.feeds.find(
        feed_id, exchange.seller.seller_id, simulation.clock.now()
    )
    if feed is None:
        raise not_found()
    return feed


def _open_token(exchange: Exchange, token: str) -> dict:
    try:
        search = unseal(exchange.simulation.page_key, token)
    except ValueError as error:
        raise bad_feed_request("nextToken is invalid.") from error
    if search.get("who") != exchange.seller.seller_id or "feeds" not in search:
        raise bad_feed_request("nextToken is invalid.")
    return search


def _matches(feed: dict, search: dict) -> bool:
    marketplaces = set(search["marketplaces"])
    return (
        feed["feedType"] in search["feeds"]
        and search["since"] <= feed["createdTime"] <= search["until"]
        and (not search["statuses"] or feed["processingStatus"] in search["statuses"])
        and (not marketplaces or bool(marketplaces & set(feed["marketplaceIds"])))
    )


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
