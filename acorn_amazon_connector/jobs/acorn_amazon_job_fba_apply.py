from odoo import models

from ..mappers.errors import PayloadError
from ..mappers.fba_ledger import map_ledger_row

EVENTS_AT_ONCE = 200


class AcornAmazonJobFbaApply(models.AbstractModel):
    """Book Amazon's stock: opening balance, events, orders, comparison (A31, X14)."""

    _name = "acorn.amazon.job.fba.apply"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Book FBA Stock"

    def _run(self, task):
        store = task.store_id
        if not store.fba_stock or store.state != "live" or not store.fba_read_at:
            return True
        self.env["acorn.amazon.fba.event"]._open_balances(store)
        if not task._checkpoint():
            return False
        if not store.fba_opened_at:
            # Amazon holds nothing that Odoo knows: the ledger waits until it does.
            return True
        steps = (self._keep_events, self._book_events)
        if not all(step(task) for step in steps):
            return False
        self.env["acorn.amazon.fba.event"]._settle(store)
        self.env["acorn.amazon.fba.balance"]._compare(store)
        return True

    def _keep_events(self, task):
        """Take the events out of kept ledger days; return whether all were done."""
        exchanges = self.env["acorn.amazon.exchange"]
        while True:
            exchange = exchanges._claim_waiting(task.store_id, ("fba_ledger",), 1)
            if not exchange:
                return True
            self._keep_day(exchange)
            if not task._checkpoint(processed=1):
                return False

    def _keep_day(self, exchange):
        """One unreadable row is told of, and stops no other."""
        events, problems = [], []
        for number, row in enumerate(exchange._get_payload()["rows"], start=1):
            try:
                events.append(map_ledger_row(row))
            except PayloadError as exc:
                problems.append(f"{number}: {exc}")
        self.env["acorn.amazon.fba.event"]._keep(exchange, events)
        exchange.write(
            {
                "state": "error" if problems else "done",
                "reason_code": "PayloadError" if problems else False,
                "message": "\n".join(problems[:20]) or False,
                "applied_at": exchange.env.cr.now(),
                "attempts": exchange.attempts + 1,
            }
        )

    def _book_events(self, task):
        """Book what waits, oldest first; return whether all was done."""
        events = self.env["acorn.amazon.fba.event"]
        domain = [("store_id", "=", task.store_id.id)]
        unknown = events.search([*domain, ("state", "=", "unknown")])
        unknown._decide()._book()
        while True:
            waiting = events.search(
                [*domain, ("state", "=", "waiting")],
                order="at, id",
                limit=EVENTS_AT_ONCE,
            )
            if not waiting:
                return True
            waiting._decide()._book()
            if not task._checkpoint(processed=len(waiting)):
                return False

    def _has_waiting(self, task):
        return bool(
            task.store_id.fba_stock
            and task.store_id.fba_opened_at
            and task.store_id.state == "live"
            and self.env["acorn.amazon.exchange"].search_count(
                self._waiting_domain(task), limit=1
            )
        )

    def _waiting_domain(self, task):
        return [
            ("store_id", "=", task.store_id.id),
            ("state", "=", "received"),
            ("kind", "=", "fba_ledger"),
        ]

    def _get_backlog(self, task):
        count = self.env["acorn.amazon.exchange"].search_count(
            self._waiting_domain(task)
        )
        return count, count / 2.0
