"""JSON_LISTINGS_FEED version 2.0: the document and its processing report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import PayloadError
from .feed_report import FeedIssue, FeedReport
from .values import Node

__all__ = [
    "CONTENT_TYPE",
    "FEED_TYPE",
    "MAX_MESSAGES",
    "FeedIssue",
    "FeedMessage",
    "FeedReport",
    "build_listings_feed",
    "read_processing_report",
]

FEED_TYPE = "JSON_LISTINGS_FEED"
CONTENT_TYPE = "application/json; charset=UTF-8"
# Of one feed; a seller may send five of them in five minutes.
MAX_MESSAGES = 25_000
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """One change of one listing.

    UPDATE replaces all attributes, PARTIAL_UPDATE those given, PATCH applies
    ``patches``, DELETE removes the listing. ``requirements`` is for UPDATE only.
    """

    message_id: int
    sku: str
    operation: str
    product_type: str | None = None
    patches: Sequence[Mapping[str, Any]] = ()
    attributes: Mapping[str, Any] | None = None
    requirements: str | None = None


# What a message must and may have beside id, SKU and operation.
_SHAPES = {
    "UPDATE": ({"productType", "attributes"}, {"requirements"}),
    "PARTIAL_UPDATE": ({"productType", "attributes"}, set()),
    "PATCH": ({"productType", "patches"}, set()),
    "DELETE": (set(), set()),
}


def build_listings_feed(
    seller_id: str, messages: Sequence[FeedMessage], locale: str | None = None
) -> bytes:
    """Return the document of a feed, to be sent as ``CONTENT_TYPE``.

    :param messages: 1 to ``MAX_MESSAGES``, with ids of their own
    :param locale: language of the issues, for example ``de_DE``
    :raise ValueError: Amazon would refuse the whole document
    """
    if not 0 < len(messages) <= MAX_MESSAGES:
        raise ValueError(f"A feed has 1 to {MAX_MESSAGES} messages.")
    if len({message.message_id for message in messages}) < len(messages):
        raise ValueError("Two messages have the same number.")
    header = {"sellerId": seller_id, "version": "2.0"}
    if locale:
        header["issueLocale"] = locale
    document = {"header": header, "messages": [_message(one) for one in messages]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _message(message):
    if not 0 < message.message_id <= _LARGEST_ID or not message.sku:
        raise ValueError("A message needs a positive number and a SKU.")
    given = {
        "productType": message.product_type,
        "requirements": message.requirements,
        "attributes": message.attributes and dict(message.attributes),
        "patches": [dict(patch) for patch in message.patches],
    }
    given = {key: value for key, value in given.items() if value}
    needed, allowed = _SHAPES.get(message.operation, (None, None))
    if needed is None:
        raise ValueError(f"{message.operation!r} is no operation of a feed.")
    if not needed <= set(given) <= needed | allowed:
        raise ValueError(
            f"{message.operation} of {message.sku!r} has {sorted(given)}, "
            f"but needs {sorted(needed)}."
        )
    return {
        "messageId": message.message_id,
        "sku": message.sku,
        "operationType": message.operation,
        **given,
    }


def read_processing_report(data: bytes) -> FeedReport:
    """Return what became of the messages of a feed.

    :param data: ``client.feeds.result(feed.result_document_id)``
    :raise PayloadError: not such a report
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise PayloadError("not JSON", "$") from exc
    node = Node(document)
    summary = node.child("summary")
    return FeedReport(
        accepted=summary.required_count("messagesAccepted"),
        invalid=summary.required_count("messagesInvalid"),
        issues=tuple(_issue(entry) for entry in node.children("issues")),
        feed_id=node.child("header").text("feedId"),
    )


def _issue(entry):
    name = entry.text("attributeName")
    return FeedIssue(
        message_id=entry.count("messageId") or None,
        sku=entry.text("sku"),
        code=entry.text("code"),
        severity=entry.word("severity") or "ERROR",
        message=entry.text("message") or "",
        attribute_names=(name,) if name else entry.words("attributeNames"),
    )
