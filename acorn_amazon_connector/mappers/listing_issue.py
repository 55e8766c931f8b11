"""What Amazon finds wrong with a listing: ``issues`` of Listings Items 2021-08-01."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .values import Node

# Enforcements by which buyers no longer find or can buy the offer.
SUPPRESSING = frozenset(
    {"LISTING_SUPPRESSED", "SEARCH_SUPPRESSED", "CATALOG_ITEM_REMOVED"}
)


@dataclass(frozen=True, slots=True)
class ListingIssue:
    """An issue as Amazon words it; ``severity`` is ERROR, WARNING or INFO.

    ``enforcements`` are what Amazon does because of it.
    """

    code: str
    message: str
    severity: str
    attribute_names: tuple[str, ...]
    categories: tuple[str, ...]
    enforcements: tuple[str, ...]

    @property
    def is_suppressing(self) -> bool:
        """Return whether buyers no longer find or can buy the offer."""
        return not SUPPRESSING.isdisjoint(self.enforcements)


def describe_issues(issues: Iterable) -> str:
    """Return what Amazon says, one remark per line.

    :param issues: with ``severity``, ``code`` and ``message``: of a listing, of the
        answer to a submission or of a feed
    """
    return "\n".join(
        f"{issue.severity} {issue.code or ''}".rstrip() + f": {issue.message}".rstrip()
        for issue in issues
    )


def read_issues(item: dict[str, Any]) -> tuple[ListingIssue, ...] | None:
    """Return the issues of a listing, None when they were not asked for.

    :param item: a reply of ``getListingsItem`` or one of ``items``
    :raise PayloadError: not the shape we know
    """
    if item.get("issues") is None:
        return None
    return tuple(_issue(entry) for entry in Node(item).children("issues"))


def _issue(entry):
    actions = entry.child("enforcements").children("actions")
    return ListingIssue(
        code=entry.text("code") or "",
        message=entry.text("message") or "",
        severity=entry.word("severity") or "ERROR",
        attribute_names=entry.words("attributeNames"),
        categories=entry.words("categories"),
        enforcements=tuple(word for a in actions if (word := a.word("action"))),
    )
