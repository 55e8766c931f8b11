"""Reports: what was ordered, how far it is, and its document."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RETENTION = timedelta(days=90)
DOCUMENT_RETENTION = timedelta(days=30)
GZIP_FROM = 4096


@dataclass
class Document:
    """A finished file; ``data`` as stored, ``content_type`` with its charset."""

    document_id: str
    seller_id: str
    created: datetime
    content_type: str
    data: bytes = field(repr=False)
    gzipped: bool = False

    def refusal(self, data: bytes) -> str | None:
        """Return why these bytes cannot be uploaded, None when they can."""
        return None


@dataclass
class Report:
    """One report; its state follows from the clock."""

    report_id: str
    seller_id: str
    report_type: str
    marketplace_ids: list[str]
    created: datetime
    starts: datetime
    ends: datetime
    outcome: str
    data_start: datetime | None = None
    data_end: datetime | None = None
    cancelled_at: datetime | None = None
    document_id: str | None = None

    def status(self, now: datetime) -> str:
        """Return Amazon's processingStatus."""
        if self.cancelled_at is not None:
            return "CANCELLED"
        if now < self.starts:
            return "IN_QUEUE"
        return "IN_PROGRESS" if now < self.ends else self.outcome


class ReportDesk:
    """The reports of all sellers.

    ``write`` makes the text of a report when it ends: (content, content type), or
    None when there is no data, which Amazon answers by cancelling.
    """

    def __init__(self, settings: Callable):
        self._settings = settings
        self._reports: dict[str, Report] = {}
        self._documents: dict[str, Document] = {}
        self._count = 50_000

    def order(
        self,
        seller_id,
        report_type,
        marketplace_ids,
        start,
        end,
        now,
        pause=timedelta(0),
    ) -> Report:
        """Accept a report.

        :param pause: one of the same kind that was made so recently is enough: this
            one will be cancelled
        """
        settings = self._settings()
        too_soon = any(
            earlier.report_type == report_type
            and earlier.marketplace_ids == marketplace_ids
            and earlier.status(now) not in ("CANCELLED", "FATAL")
            and now - earlier.created < pause
            for earlier in self.of(seller_id, now)
        )
        self._count += 1
        starts = now + timedelta(seconds=settings.report_queue_seconds)
        report = Report(
            f"{self._count}020400",
            seller_id,
            report_type,
            marketplace_ids,
            now,
            starts,
            starts + timedelta(seconds=settings.report_run_seconds),
            "CANCELLED" if too_soon else settings.report_outcome,
            start,
            end,
        )
        self._reports[report.report_id] = report
        return report

    def of(self, seller_id: str, now: datetime) -> list[Report]:
        """Return a seller's reports, newest first, as long as they are kept."""
        return [
            report
            for report in reversed(self._reports.values())
            if report.seller_id == seller_id and now - report.created <= RETENTION
        ]

    def find(self, report_id: str, seller_id: str, now: datetime) -> Report | None:
        """Return a report of this seller."""
        report = self._reports.get(report_id)
        if report is None or report.seller_id != seller_id:
            return None
        return report if now - report.created <= RETENTION else None

    def finish(self, report: Report, write: Callable, now: datetime) -> None:
        """Write the document of a report that has ended, once."""
        status = report.status(now)
        if status not in ("DONE", "FATAL") or report.document_id is not None:
            return
        written = write(report)
        if written is None:
            report.cancelled_at = report.ends
            return
        content, content_type = written
        mode = self._settings().report_compression
        packed = mode == "gzip" or (mode == "auto" and len(content) >= GZIP_FROM)
        document = Document(
            f"amzn1.spdoc.1.4.{report.seller_id.lower()}.{secrets.token_hex(16)}",
            report.seller_id,
            report.ends,
            content_type,
            gzip.compress(content, mtime=0) if packed else content,
            packed,
        )
        self._documents[document.document_id] = document
        report.document_id = document.document_id

    def keep(self, seller_id, data: bytes, content_type: str, now) -> Document:
        """Keep a document that belongs to no report, for example labels."""
        document = Document(
            f"amzn1.spdoc.1.4.{seller_id.lower()}.{secrets.token_hex(16)}",
            seller_id,
            now,
            content_type,
            data,
        )
        self._documents[document.document_id] = document
        return document

    def document(self, document_id: str, now: datetime) -> Document | None:
        """Return a document as long as it is kept."""
        document = self._documents.get(document_id)
        if document is None or now - document.created > DOCUMENT_RETENTION:
            return None
        return document
