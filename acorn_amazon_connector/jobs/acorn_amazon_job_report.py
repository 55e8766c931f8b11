from datetime import timedelta, timezone

from odoo import fields, models

from ..services.api.reports import FINAL_STATUSES
from ..services.errors import (
    NotFoundError,
    PayloadError,
    RequestError,
    UnexpectedReplyError,
)

ASK_AGAIN = timedelta(minutes=1)
# Minutes from the first, second… failed report in a row to the next one; the last one
# repeats. Amazon cancels what is asked for too soon: a daily report of FBA is made
# once in four hours.
PAUSES = (15, 30, 60, 120, 240)
MARKETPLACES_AT_ONCE = 25


class AcornAmazonJobReport(models.AbstractModel):
    """A job that reads a report, which Amazon takes some minutes to make.

    Meanwhile ``task.page`` has the id of the ``report`` and its period ``since`` and
    ``until`` (naive UTC). Only a report that was read ends the failures before it.
    """

    _name = "acorn.amazon.job.report"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Read a Report"
    _report_type = None

    def _get_failure(self):
        """What could not be made, one sentence for people."""
        raise NotImplementedError

    def _may_be_empty(self, task):
        """Whether a report may be without rows; Amazon cancels such a report.

        :rtype: bool
        """
        return True

    def _map_rows(self, rows):
        """Take out of a report what the job needs.

        :param rows: of column → text
        :return: a collection, empty if there was nothing in the report
        :raise PayloadError: it has another form
        """
        return list(rows)

    def _has_report(self, task):
        return bool((task.page or {}).get("report"))

    def _ask_for_report(self, task, client, start, end):
        """Ask for the report of a period, naive UTC.

        :return: seconds that remain for this run
        :raise services.errors.SpApiError: as Amazon answered
        """
        store = task.store_id
        marketplaces = store.participation_ids.filtered(
            "is_participating"
        ).marketplace_id
        marketplaces = marketplaces or store.home_marketplace_id
        ids = marketplaces.mapped("amazon_id")[:MARKETPLACES_AT_ONCE]
        task._checkpoint()
        report = self._call(
            lambda: client.reports.create_report(
                self._report_type,
                ids,
                start=start.replace(tzinfo=timezone.utc),
                end=end.replace(tzinfo=timezone.utc),
            )
        )
        task.page = {
            "report": report,
            "since": fields.Datetime.to_string(start),
            "until": fields.Datetime.to_string(end),
        }
        return task._checkpoint()

    def _read_report(self, task, client):
        """Look whether the report is there.

        :return: what :meth:`_map_rows` makes of it; None while Amazon makes it
        :raise services.errors.SpApiError: it cannot be made or read, or as Amazon
            answered
        """
        try:
            report = self._call(lambda: client.reports.get(task.page["report"]))
        except NotFoundError:
            # Too old to be kept: another one is asked for.
            self._give_up(task)
            raise
        status = report["processingStatus"]
        if status not in FINAL_STATUSES:
            return None
        text, found = self._get_failure(), self._map_rows(())
        if status == "DONE":
            text = self.env._("Amazon's report is empty, which cannot be right.")
            found = self._read_document(task, client, report["reportDocumentId"])
        if found or (status != "FATAL" and self._may_be_empty(task)):
            return found
        wait = self._give_up(task)
        raise RequestError(
            text, operation="reports.getReport", code=status, retry_after=wait
        )

    def _read_document(self, task, client, document_id):
        """:return: what :meth:`_map_rows` makes of it"""
        document = self._call(lambda: client.reports.download(document_id))
        try:
            return self._map_rows(document.rows())
        except PayloadError as exc:
            wait = self._give_up(task)
            text = self.env._(
                "Amazon's report cannot be read: %(problem)s", problem=exc
            )
            raise UnexpectedReplyError(
                text, operation="reports.getReportDocument", retry_after=wait
            ) from exc

    def _give_up(self, task):
        """Forget a report. The task fails, until another one is read.

        :return: seconds until that may be asked for, more after each failure
        """
        task.page = False
        task._checkpoint()
        return 60 * PAUSES[min(task.failure_count, len(PAUSES) - 1)]

    def _report_is_read(self, task):
        """Note that the rows are taken over, before the transaction ends."""
        task._note_success()

    # === ENGINE === #

    def _has_succeeded(self, task, finished):
        """Override: to ask for a report, or to wait for it, proves nothing yet."""
        return finished and not self._has_report(task)

    def _get_pause(self, task):
        return ASK_AGAIN if self._has_report(task) else None
