"""Reports API 2021-06-30."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..documents import Document, download
from ..operations import OPERATIONS
from ..pagination import pages
from ..timestamps import format_timestamp
from ..transport import Transport
from .common import expect, next_token, objects

_CREATE = OPERATIONS["reports.createReport"]
_GET = OPERATIONS["reports.getReport"]
_LIST = OPERATIONS["reports.getReports"]
_DOCUMENT = OPERATIONS["reports.getReportDocument"]

# DONE has a document. CANCELLED is usually "no data" or "asked too soon", not
# a failure; FATAL may have a document that says why.
FINAL_STATUSES = frozenset({"DONE", "CANCELLED", "FATAL"})


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """A page of reports."""

    reports: list[dict]
    next_token: str | None


class ReportsApi:
    """Ask for reports and fetch them."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def create_report(
        self,
        report_type: str,
        marketplace_ids: Sequence[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Ask for a report and return its id (0.0167 calls/s, burst 15).

        :param marketplace_ids: 1 to 25
        """
        body = {"reportType": report_type, "marketplaceIds": list(marketplace_ids)}
        if start:
            body["dataStartTime"] = format_timestamp(start)
        if end:
            body["dataEndTime"] = format_timestamp(end)
        if options:
            body["reportOptions"] = dict(options)
        reply = self._transport.call(_CREATE, body=body)
        return expect(reply.payload.get("reportId"), str, "reportId", _CREATE, reply)

    def get(self, report_id: str) -> dict:
        """Return a report's ``processingStatus`` and more (2 calls/s, burst 15)."""
        reply = self._transport.call(_GET, path_params={"reportId": report_id})
        status = reply.payload.get("processingStatus")
        expect(status, str, "processingStatus", _GET, reply)
        return reply.payload

    def search(
        self,
        *,
        report_types: Sequence[str] = (),
        processing_statuses: Sequence[str] = (),
        marketplace_ids: Sequence[str] = (),
        created_since: datetime | None = None,
        created_until: datetime | None = None,
        page_size: int | None = None,
        next_token_value: str | None = None,
    ) -> ReportsPage:
        """Return one page of reports (0.0222 calls/s, burst 10).

        With a page token Amazon wants no other parameter, so none is sent.

        :param report_types: 1 to 10
        :raise ValueError: neither report types nor a page token
        """
        if next_token_value:
            query = {"nextToken": next_token_value}
        elif report_types:
            query = {
                "reportTypes": report_types,
                "processingStatuses": processing_statuses,
                "marketplaceIds": marketplace_ids,
                "createdSince": created_since,
                "createdUntil": created_until,
                "pageSize": page_size,
            }
        else:
            raise ValueError("Give report types or a page token.")
        reply = self._transport.call(_LIST, query=query)
        return ReportsPage(
            objects(reply.payload.get("reports"), "reports", _LIST, reply),
            next_token(reply.payload, "nextToken"),
        )

    def pages(self, **filters) -> Iterator[ReportsPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("next_token_value", None)

        def fetch(token):
            return self.search(next_token_value=token, **filters)

        return pages(fetch, start)

    def document(self, document_id: str, *, restricted: bool = False) -> dict:
        """Return ``url`` (dead after 5 minutes) and ``compressionAlgorithm``.

        0.0167 calls/s, burst 15.

        :param restricted: the report type holds buyer data; a restricted data
            token is asked for this document
        """
        path = _DOCUMENT.path.replace("{reportDocumentId}", document_id)
        resources = [{"method": "GET", "path": path}] if restricted else None
        reply = self._transport.call(
            _DOCUMENT,
            path_params={"reportDocumentId": document_id},
            restricted_resources=resources,
        )
        expect(reply.payload.get("url"), str, "url", _DOCUMENT, reply)
        return reply.payload

    def download(
        self,
        document_id: str,
        *,
        restricted: bool = False,
        fallbacks: Sequence[str] = ("cp1252", "cp932"),
    ) -> Document:
        """Return the document itself; see ``documents.download``."""
        facts = self.document(document_id, restricted=restricted)
        return download(
            self._transport.session,
            facts["url"],
            compression=facts.get("compressionAlgorithm"),
            fallbacks=fallbacks,
        )
