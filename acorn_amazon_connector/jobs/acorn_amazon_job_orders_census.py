from datetime import timedelta, timezone

from odoo import models

from ..mappers.order_census import CENSUS_REPORT, map_census
from ..services.api.orders_v0 import BUYER_DATA
from ..services.api.reports import FINAL_STATUSES
from ..services.errors import AccessDeniedError, NotFoundError, RequestError
from .acorn_amazon_job_orders_sweep import read_version

LONGEST_WINDOW = timedelta(days=30)
MARKETPLACES_AT_ONCE = 25
ASK_AGAIN = timedelta(minutes=1)
# Before the first reading of orders is done there is nothing to compare.
WAIT_FOR_ORDERS = timedelta(minutes=10)
FAILURES_BEFORE_INCIDENT = 3
COMPARED_AT_ONCE = 1000
STOPPED = ("received", "blocked", "error", "shadow")
# Documents that change nothing until Amazon changes the order.
NOT_YET = ("pending", "fba_not_shipped")


class AcornAmazonJobOrdersCensus(models.AbstractModel):
    """Compare Odoo with Amazon's own list of orders, and fetch what is missing (A15).

    The list is a report, made in another way than the search that orders are read
    with: what the search never showed is in it all the same. ``task.page`` says how
    far a census is: ``report`` while Amazon makes it, ``fetch`` while single orders
    are fetched. Nothing of the report is kept but numbers and order ids.
    """

    _name = "acorn.amazon.job.orders.census"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Order Census"

    def _run(self, task):
        client = task.store_id._get_client()
        if "fetch" not in (task.page or {}) and not self._read_list(task, client):
            return True
        return self._fetch_missing(task, client)

    # === AMAZON'S LIST === #

    def _read_list(self, task, client):
        """Ask for the report, or look how far it is; return whether it was compared."""
        page = task.page or {}
        if not page.get("report"):
            window = self._get_window(task.store_id)
            if not window:
                return False
            page = self._ask_for_report(task, client, *window)
        try:
            report = self._call(lambda: client.reports.get(page["report"]))
        except NotFoundError:
            self._give_up(task, page)
            raise
        status = report["processingStatus"]
        if status not in FINAL_STATUSES:
            return False
        rows = {}
        if status == "DONE":
            document = self._call(
                lambda: client.reports.download(report["reportDocumentId"])
            )
            rows = map_census(document.rows())
        elif status == "FATAL" or self._has_changed_orders(task.store_id, page):
            # CANCELLED is Amazon's word for an empty list, which this one cannot be.
            self._give_up(task, page)
            raise RequestError(
                self.env._("Amazon could not make the list of orders."),
                operation="reports.getReport",
                code=status,
            )
        self._compare(task, page, rows)
        return True

    def _get_window(self, store):
        """The period that the reading of orders has completed.

        :return: (start, end), aware UTC; None before the first reading is done
        """
        end = store._get_task("orders_sweep").cursor
        if not end:
            return None
        start = max(end - LONGEST_WINDOW, store.import_from or end - LONGEST_WINDOW)
        if start >= end:
            return None
        return start.replace(tzinfo=timezone.utc), end.replace(tzinfo=timezone.utc)

    def _ask_for_report(self, task, client, start, end):
        marketplaces = task.store_id.participation_ids.filtered(
            "is_participating"
        ).marketplace_id
        marketplaces = marketplaces or task.store_id.home_marketplace_id
        ids = marketplaces.mapped("amazon_id")[:MARKETPLACES_AT_ONCE]
        report = self._call(
            lambda: client.reports.create_report(
                CENSUS_REPORT, ids, start=start, end=end
            )
        )
        task.page = {
            "report": report,
            "since": start.strftime("%Y-%m-%d %H:%M:%S"),
            "until": end.strftime("%Y-%m-%d %H:%M:%S"),
            "failures": (task.page or {}).get("failures", 0),
        }
        task._checkpoint()
        return task.page

    def _has_changed_orders(self, store, page):
        return bool(
            self.env["sale.order"].search_count(
                [
                    ("acorn_amazon_store_id", "=", store.id),
                    ("acorn_amazon_updated_at", ">=", page["since"]),
                    ("acorn_amazon_updated_at", "<", page["until"]),
                ],
                limit=1,
            )
        )

    def _give_up(self, task, page):
        """Forget a report; tell of the third one that failed.

        The task itself does well in between, while Amazon makes the next report.
        """
        failures = page.get("failures", 0) + 1
        task.page = {"failures": failures}
        if failures >= FAILURES_BEFORE_INCIDENT:
            self.env["acorn.amazon.incident"]._raise(
                task.store_id,
                "task_failing",
                self.env._("Amazon cannot make the list of orders"),
                record=task.store_id,
            )
        task._checkpoint()

    # === COMPARISON === #

    def _compare(self, task, page, rows):
        """Put each order of the list into one of the figures."""
        store = task.store_id
        figures = dict.fromkeys(("imported", "stopped", "unneeded"), 0)
        named = {"fetch": [], "missing": []}
        ids = list(rows)
        for start in range(0, len(ids), COMPARED_AT_ONCE):
            some = ids[start : start + COMPARED_AT_ONCE]
            orders = self._find_orders(store, some)
            documents = self._find_documents(store, some)
            for order_id in some:
                verdict = self._judge(
                    rows[order_id], orders.get(order_id), documents.get(order_id)
                )
                if verdict in named:
                    named[verdict].append(order_id)
                else:
                    figures[verdict] += 1
        task.page = {
            "since": page["since"],
            "until": page["until"],
            "amazon": len(rows),
            **figures,
            **named,
            "fetched": [],
        }
        self.env["acorn.amazon.incident"]._resolve(store, "task_failing", record=store)
        task._checkpoint(processed=len(rows))

    def _find_orders(self, store, order_ids):
        """:return: dict order id → (state in Odoo, Amazon's status as known here)"""
        rows = self.env["sale.order"].search_read(
            [
                ("acorn_amazon_store_id", "in", (store | store._find_twins()).ids),
                ("acorn_amazon_order_id", "in", order_ids),
            ],
            ["acorn_amazon_order_id", "state", "acorn_amazon_status"],
            load=None,
        )
        return {
            row["acorn_amazon_order_id"]: (row["state"], row["acorn_amazon_status"])
            for row in rows
        }

    def _find_documents(self, store, order_ids):
        """:return: dict order id → (state, reason) of its newest document"""
        rows = self.env["acorn.amazon.exchange"].search_read(
            [
                ("store_id", "=", store.id),
                ("direction", "=", "in"),
                ("kind", "in", ("order", "order_v0")),
                ("external_id", "in", order_ids),
            ],
            ["external_id", "state", "reason_code"],
            order="version_at NULLS FIRST, id",
            load=None,
        )
        return {row["external_id"]: (row["state"], row["reason_code"]) for row in rows}

    def _judge(self, row, order, document):
        """:return: the figure that an order of Amazon's list belongs to"""
        state, reason = document or (None, None)
        if state in STOPPED:
            return "stopped"
        if order:
            return "fetch" if self._is_outdated(row, *order) else "imported"
        if not row.is_due:
            return "unneeded"
        if state == "ignored" and reason not in NOT_YET:
            return "unneeded"
        return "fetch"

    def _is_outdated(self, row, state, status):
        """Whether Odoo missed what matters most: that it left, or never will."""
        if row.is_cancelled:
            return state != "cancel" and status != "CANCELLED"
        return row.is_shipped and status in ("UNSHIPPED", "PARTIALLY_SHIPPED")

    # === WHAT IS MISSING === #

    def _fetch_missing(self, task, client):
        """Fetch single orders, each safe before the next; then write the census."""
        while task.page["fetch"]:
            page = dict(task.page)
            order_id, *page["fetch"] = page["fetch"]
            outcome = self._fetch(task.store_id, client, order_id)
            if outcome in ("fetched", "missing"):
                page[outcome] = [*page[outcome], order_id]
            else:
                page[outcome] += 1
            task.page = page
            if not task._checkpoint(processed=1):
                return False
        self._write_census(task)
        task.page = False
        return True

    def _fetch(self, store, client, order_id):
        """Keep the order as Amazon has it now.

        :return: the figure that it belongs to
        """
        try:
            kind, version, payload = self._call(
                lambda: self._read_order(client, order_id)
            )
        except (NotFoundError, AccessDeniedError):
            return "missing"
        kept = self.env["acorn.amazon.exchange"]._keep(
            store, kind, [(order_id, version, payload)]
        )
        if not kept:
            return self._apply_again(store, order_id)
        self.env["acorn.amazon.demand"]._learn(store, [payload])
        self.env["acorn.amazon.task"]._wake(store, "local", code="orders_apply")
        return "fetched"

    def _apply_again(self, store, order_id):
        """Amazon says of an order what is here already: its list is behind, or Odoo.

        :return: the figure that it belongs to
        """
        if self._find_orders(store, [order_id]):
            return "imported"
        documents = self.env["acorn.amazon.exchange"].search(
            [("store_id", "=", store.id), ("external_id", "=", order_id)]
        )
        documents.filtered(lambda document: document.state == "done")._reset()
        return "fetched"

    def _read_order(self, client, order_id):
        """:return: kind, version and payload of a document (A16)"""
        try:
            order = client.orders.get(order_id)
        except AccessDeniedError:
            order = client.orders_v0.get(order_id, BUYER_DATA)
            items = client.orders_v0.items(order_id, ("buyerInfo",))
            version = read_version(order.get("LastUpdateDate"))
            return "order_v0", version, {"order": order, "items": items}
        return "order", read_version(order.get("lastUpdatedTime")), order

    def _write_census(self, task):
        page, store = task.page, task.store_id
        census = self.env["acorn.amazon.census"].create(
            {
                "store_id": store.id,
                "since": page["since"],
                "until": page["until"],
                "amazon_count": page["amazon"],
                "imported_count": page["imported"],
                "stopped_count": page["stopped"],
                "unneeded_count": page["unneeded"],
                "fetched_count": len(page["fetched"]),
                "missing_count": len(page["missing"]),
                "fetched": "\n".join(page["fetched"]),
                "missing": "\n".join(page["missing"]),
            }
        )
        incidents = self.env["acorn.amazon.incident"]
        if census.missing_count:
            incidents._raise(
                store,
                "orders_missing",
                details=census.missing,
                data={"count": census.missing_count},
            )
        else:
            incidents._resolve(store, "orders_missing")

    # === ENGINE === #

    def _get_pause(self, task):
        if (task.page or {}).get("report"):
            return ASK_AGAIN
        if not task.store_id._get_task("orders_sweep").cursor:
            return WAIT_FOR_ORDERS
        return None
