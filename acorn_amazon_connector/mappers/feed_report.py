"""What Amazon says about the messages of a feed, the same for JSON and XML."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedIssue:
    """A remark; without ``message_id`` it is about the whole feed.

    ``severity`` is ERROR, WARNING or INFO. ``order_id`` is given by order feeds.
    """

    message_id: int | None
    sku: str | None
    code: str | None
    severity: str
    message: str
    attribute_names: tuple[str, ...] = ()
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The processing report: how many messages were taken and refused, and why."""

    accepted: int
    invalid: int
    issues: tuple[FeedIssue, ...]
    feed_id: str | None = None

    def errors(self) -> dict[int | None, list[FeedIssue]]:
        """Return the errors by message; ``None`` holds those of the whole feed."""
        found: dict[int | None, list[FeedIssue]] = {}
        for issue in self.issues:
            if issue.severity == "ERROR":
                found.setdefault(issue.message_id, []).append(issue)
        return found
