import time

from odoo import models

BATCH = 50
KINDS = ("order", "order_v0")


class AcornAmazonJobOrdersApply(models.AbstractModel):
    """Turn kept order documents into sale orders, batch by batch (A1)."""

    _name = "acorn.amazon.job.orders.apply"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Apply Orders"

    def _run(self, task):
        exchanges = self.env["acorn.amazon.exchange"]
        importer = self.env["acorn.amazon.order.importer"]
        while True:
            batch = exchanges._claim_waiting(task.store_id, KINDS, BATCH)
            if not batch:
                self._report_blocked(task.store_id)
                return True
            started = time.monotonic()
            importer._import(task.store_id, batch)
            elapsed = max(time.monotonic() - started, 0.001)
            task.documents_per_second = len(batch) / elapsed
            if not task._checkpoint(processed=len(batch)):
                return False

    def _report_blocked(self, store):
        """Keep one incident open while documents wait for a person."""
        incidents = self.env["acorn.amazon.incident"]
        waiting = self.env["acorn.amazon.exchange"]._read_group(
            [("store_id", "=", store.id), ("state", "in", ("blocked", "error"))],
            ["reason_code"],
            ["__count"],
        )
        if not waiting:
            incidents._resolve(store, "blocked_documents")
            return
        total = sum(count for _code, count in waiting)
        incident = incidents.search(
            incidents._domain(store, ["blocked_documents"], None)
            + [("state", "=", "open")],
            limit=1,
        )
        if incident.data != {"count": total}:
            incidents._raise(
                store,
                "blocked_documents",
                details="\n".join(f"{code}: {count}" for code, count in waiting),
                data={"count": total},
            )

    def _has_waiting(self, task):
        return bool(self._count_waiting(task, limit=1))

    def _count_waiting(self, task, limit=None):
        domain = [
            ("store_id", "=", task.store_id.id),
            ("state", "=", "received"),
            ("kind", "in", KINDS),
        ]
        return self.env["acorn.amazon.exchange"].search_count(domain, limit=limit)

    def _get_backlog(self, task):
        count = self._count_waiting(task)
        speed = task.documents_per_second or 10.0
        return count, count / speed
