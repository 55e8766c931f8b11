"""JSON_LISTINGS_FEED, version 2: messages in, processing report out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .listing_rules import Issue
from .listing_views import DATASETS, render
from .submissions import OPERATIONS, Source, Submission

CONTENT_TYPE = "application/json; charset=UTF-8"
MOST_MESSAGES = 25_000
REQUIREMENTS = ("LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY")
# operation → keys it needs, keys it must not have
_KEYS = {
    "UPDATE": (("productType", "attributes"), ("patches",)),
    "PARTIAL_UPDATE": (("productType", "attributes"), ("patches", "requirements")),
    "PATCH": (("productType", "patches"), ("attributes", "requirements")),
    "DELETE": ((), ("productType", "attributes", "patches", "requirements")),
}


def count_messages(data: bytes) -> int:
    """Return the number of messages, 0 when there are none to be read."""
    try:
        messages = json.loads(data)["messages"]
    except (KeyError, TypeError, ValueError):
        return 0
    return len(messages) if isinstance(messages, list) else 0


def process(
    simulation, feed, data: bytes, limit: int | None
) -> tuple[bytes, str, bool]:
    """Apply the messages one after the other; see :mod:`.feed_types`."""
    header: dict[str, Any] = {
        "sellerId": feed.seller_id,
        "version": "2.0",
        "feedId": feed.feed_id,
    }
    problem, document = _read(feed, data)
    if problem is not None:
        issues = [{"severity": "ERROR", "code": "90001", "message": problem}]
        return _report(header, issues, 0, 0), CONTENT_TYPE, True
    report = document["header"].get("report")
    if report is not None:
        header["report"] = report
    issues, accepted, processed, touched = [], 0, 0, {}
    seen: set[int] = set()
    for message in document["messages"][:limit]:
        processed += 1
        found = _check(message, seen)
        if found is None:
            submission = _submit(simulation, feed, message)
            found = submission.issues
            if submission.status == "ACCEPTED":
                accepted += 1
                touched[submission.sku] = None
        issues += _stated(message, found)
    items = list(_items(simulation, feed, touched, report)) if report else None
    body = _report(header, issues, processed, accepted, items)
    return body, CONTENT_TYPE, False


def _read(feed, data: bytes) -> tuple[str | None, dict[str, Any]]:
    """Return the document, or what is wrong with the whole of it."""
    try:
        document = json.loads(data)
        header, messages = document["header"], document["messages"]
    except (KeyError, TypeError, ValueError):
        return "The feed is not a JSON document with a header and messages.", {}
    if not isinstance(header, dict) or header.get("version") != "2.0":
        return "The version of the feed must be 2.0.", {}
    if header.get("sellerId") != feed.seller_id:
        return "The sellerId of the header is not the seller of the feed.", {}
    if not isinstance(messages, list) or not 1 <= len(messages) <= MOST_MESSAGES:
        return f"A feed must have 1 to {MOST_MESSAGES} messages.", {}
    return None, document


def _check(message: Any, seen: set[int]) -> list[Issue] | None:
    """Return what is wrong with the form of a message, None when it is well-formed."""
    if not isinstance(message, dict):
        return [_malformed("A message must be an object.")]
    number, sku = message.get("messageId"), message.get("sku")
    if not isinstance(number, int) or number < 1 or number in seen:
        return [_malformed("messageId must be a positive integer, unique in the feed.")]
    seen.add(number)
    if not isinstance(sku, str) or not sku:
        return [_malformed("sku is missing.")]
    needed, forbidden = _KEYS.get(message.get("operationType"), (None, ()))
    if needed is None:
        return [_malformed("operationType is not valid.")]
    for name in needed:
        if not message.get(name):
            return [_malformed(f"{name} is required for this operationType.")]
    for name in forbidden:
        if name in message:
            return [_malformed(f"{name} does not apply to this operationType.")]
    if message.get("requirements", "LISTING") not in REQUIREMENTS:
        return [_malformed("requirements is not valid.")]
    if not isinstance(message.get("attributes", {}), dict):
        return [_malformed("attributes must be an object.")]
    if not _are_patches(message.get("patches", [])):
        return [_malformed("patches are not valid.")]
    return None


def _are_patches(patches: Any) -> bool:
    return isinstance(patches, list) and all(
        isinstance(patch, dict)
        and patch.get("op") in OPERATIONS
        and isinstance(patch.get("path"), str)
        for patch in patches
    )


def _malformed(text: str) -> Issue:
    return {"code": "90002", "severity": "ERROR", "message": text}


def _submit(simulation, feed, message: dict[str, Any]) -> Submission:
    source = Source(
        feed.seller_id,
        simulation.sellers[feed.seller_id].region,
        feed.marketplace_ids,
        feed.ends,
        feed.request_id,
        "feed",
        details={"feed_id": feed.feed_id},
    )
    sku, operation = message["sku"], message["operationType"]
    door = simulation.submissions
    if operation == "DELETE":
        return door.delete(source, sku)
    kind = message["productType"]
    if operation == "UPDATE":
        requirements = message.get("requirements", "LISTING")
        return door.put(source, sku, kind, requirements, message["attributes"])
    patches = message.get("patches")
    if operation == "PARTIAL_UPDATE":
        patches = [
            {"op": "replace", "path": f"/attributes/{name}", "value": entries}
            for name, entries in message["attributes"].items()
        ]
    return door.patch(source, sku, kind, patches)


def _stated(message: Any, issues: list[Issue]) -> Iterator[dict[str, Any]]:
    """Write issues as the processing report does: one attribute each."""
    where = {}
    if isinstance(message, dict):
        number, sku = message.get("messageId"), message.get("sku")
        if isinstance(number, int) and number >= 1:
            where["messageId"] = number
        if isinstance(sku, str) and sku:
            where["sku"] = sku
    for issue in issues:
        stated = {
            **where,
            "code": issue["code"],
            "severity": issue["severity"],
            "message": issue["message"],
        }
        for name in issue.get("attributeNames", ())[:1]:
            stated["attributeName"] = name
        yield stated


def _items(simulation, feed, skus, report: dict) -> Iterator[dict[str, Any]]:
    included = [name for name in report.get("includedData", ()) if name in DATASETS]
    now = simulation.clock.now()
    for sku in skus:
        listing = simulation.listings.get(feed.seller_id, sku)
        version = listing.shown(now)
        if version is not None:
            ids = list(feed.marketplace_ids)
            yield render(simulation, listing, version, ids, included)


def _report(
    header: dict[str, Any],
    issues: list[dict[str, Any]],
    processed: int,
    accepted: int,
    items: list[dict[str, Any]] | None = None,
) -> bytes:
    summary: dict[str, Any] = {
        "errors": sum(each["severity"] == "ERROR" for each in issues),
        "warnings": sum(each["severity"] == "WARNING" for each in issues),
        "messagesProcessed": processed,
        "messagesAccepted": accepted,
        "messagesInvalid": processed - accepted,
    }
    body: dict[str, Any] = {"header": header, "issues": issues, "summary": summary}
    if items is not None:
        found = [each for item in items for each in item.get("issues", ())]
        summary["itemSummary"] = {
            "items": len(items),
            "errors": sum(each["severity"] == "ERROR" for each in found),
            "warnings": sum(each["severity"] == "WARNING" for each in found),
        }
        body["items"] = items
    return json.dumps(body, ensure_ascii=False).encode()
