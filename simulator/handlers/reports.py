"""Reports 2021-06-30: order, wait, fetch the document's address."""

from __future__ import annotations

from datetime import timedelta

from ..clock import format_time, parse_time
from ..errors import bad_report_request, not_found
from ..exchange import Exchange, Reply
from ..state.reports import Report
from .common import body_marketplaces, describe_document, list_newest
from .inventory_reports import PAUSES, WRITERS, write_inventory_report
from .order_report import ORDER_REPORTS, write_order_report


def create_report(exchange: Exchange) -> Reply:
    """Accept a report; one that is asked for too soon will be cancelled."""
    data = exchange.json(bad_report_request)
    report_type = data.get("reportType")
    if report_type not in ORDER_REPORTS and report_type not in WRITERS:
        raise bad_report_request(f"Invalid report type: {report_type}")
    now = exchange.simulation.clock.now()
    start, end = (_moment(data, name) for name in ("dataStartTime", "dataEndTime"))
    end = end or now
    start = start or end - timedelta(days=1)
    if start > end or start > now:
        raise bad_report_request("dataStartTime must be before dataEndTime.")
    report = exchange.simulation.reports.order(
        exchange.seller.seller_id,
        report_type,
        body_marketplaces(exchange, data),
        start,
        end,
        now,
        _pause(exchange, report_type),
    )
    return Reply({"reportId": report.report_id}, 202)


def _pause(exchange: Exchange, report_type: str) -> timedelta:
    if exchange.simulation.settings.report_pauses:
        return PAUSES.get(report_type, timedelta(0))
    return timedelta(0)


def get_report(exchange: Exchange, report_id: str) -> Reply:
    """Return the state of a report."""
    return Reply(_render(exchange, _find(exchange, report_id)))


def cancel_report(exchange: Exchange, report_id: str) -> Reply:
    """Cancel a report that has not started."""
    report = _find(exchange, report_id)
    now = exchange.simulation.clock.now()
    if report.status(now) != "IN_QUEUE":
        raise bad_report_request("The report can no longer be cancelled.")
    report.cancelled_at = now
    return Reply(None)


def get_reports(exchange: Exchange) -> Reply:
    """List reports, newest first; nextToken comes alone."""
    desk, now = exchange.simulation.reports, exchange.simulation.clock.now()
    who = exchange.seller.seller_id
    return list_newest(
        exchange,
        "report",
        lambda: [_render(exchange, report) for report in desk.of(who, now)],
    )


def get_report_document(exchange: Exchange, report_document_id: str) -> Reply:
    """Return an address of the document that dies after five minutes."""
    simulation = exchange.simulation
    document = simulation.reports.document(report_document_id, simulation.clock.now())
    return describe_document(exchange, "report", document)


def _moment(data: dict, name: str):
    try:
        return parse_time(data[name]) if name in data else None
    except (AttributeError, TypeError, ValueError) as error:
        raise bad_report_request(f"{name} is not an ISO 8601 date.") from error


def _find(exchange: Exchange, report_id: str) -> Report:
    simulation = exchange.simulation
    report = simulation.reports.find(
        report_id, exchange.seller.seller_id, simulation.clock.now()
    )
    if report is None:
        raise not_found()
    return report


def _write(simulation, report: Report) -> tuple[bytes, str] | None:
    text = simulation.settings.report_texts.get(report.report_type)
    if text and report.outcome == "DONE":
        # As Amazon: an explanation where the rows should be.
        return text.encode(), "text/plain;charset=UTF-8"
    if report.report_type in WRITERS:
        return write_inventory_report(simulation, report)
    return write_order_report(simulation, report)


def _render(exchange: Exchange, report: Report) -> dict:
    simulation = exchange.simulation
    now = simulation.clock.now()
    simulation.reports.finish(report, lambda due: _write(simulation, due), now)
    status = report.status(now)
    body = {
        "reportId": report.report_id,
        "reportType": report.report_type,
        "marketplaceIds": report.marketplace_ids,
        "createdTime": format_time(report.created),
        "processingStatus": status,
        "dataStartTime": format_time(report.data_start),
        "dataEndTime": format_time(report.data_end),
    }
    if status not in ("IN_QUEUE", "CANCELLED"):
        body["processingStartTime"] = format_time(report.starts)
    if status not in ("IN_QUEUE", "IN_PROGRESS"):
        body["processingEndTime"] = format_time(report.cancelled_at or report.ends)
    if report.document_id is not None:
        body["reportDocumentId"] = report.document_id
    return body
