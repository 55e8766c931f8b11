from datetime import timedelta, timezone

from odoo import fields, models

from ..services.api.reports import FINAL_STATUSES
from ..services.errors import NotFoundError, RequestError

ASK_AGAIN = timedelta(minutes=1)
FAILURES_BEFORE_INCIDENT = 3
MARKETPLACES_AT_ONCE = 25


class AcornAmazonJobReport(models.AbstractModel):
    """A job that reads a report, which Amazon takes some minutes to make.

    Meanwhile ``task.page`` has the id of the ``report``, its period ``since`` and
    ``until`` (naive UTC), and how many reports failed one after the other.
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
            "failures": (task.page or {}).get("failures", 0),
        }
        return task._checkpoint()

    def _read_report(self, task, client):
        """Look whether the report is there.

        :return: its rows as column → text; None while Amazon makes it
        :raise services.errors.SpApiError: it cannot be made, or as Amazon answered
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
        if status == "DONE":
            return self._call(
                lambda: client.reports.download(report["reportDocumentId"])
            ).rows()
        if status == "CANCELLED" and self._may_be_empty(task):
            return iter(())
        self._give_up(task)
        raise RequestError(
            self._get_failure(), operation="reports.getReport", code=status
        )

    def _give_up(self, task):
        """Forget a report; tell of the third one that failed.

        The task itself does well in between, while Amazon makes the next report.
        """
        failures = task.page.get("failures", 0) + 1
        task.page = {"failures": failures}
        if failures >= FAILURES_BEFORE_INCIDENT:
            self.env["acorn.amazon.incident"]._raise(
                task.store_id,
                "task_failing",
                self._get_failure(),
                record=task.store_id,
            )
        task._checkpoint()

    def _report_is_read(self, task):
        """Note that the rows are taken over, before the transaction ends."""
        self.env["acorn.amazon.incident"]._resolve(
            task.store_id, "task_failing", record=task.store_id
        )

    def _get_pause(self, task):
        return ASK_AGAIN if self._has_report(task) else None
