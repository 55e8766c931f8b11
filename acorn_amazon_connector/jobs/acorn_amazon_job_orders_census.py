from datetime import timedelta

from odoo import models

from ..mappers.order_census import CENSUS_REPORT, map_census
from ..services.errors import AccessDeniedError, NotFoundError
from .acorn_amazon_job_orders_sweep import read_version

# Amazon lists 30 days at most.
LONGEST_WINDOW = timedelta(days=29)
WAIT_FOR_ORDERS = timedelta(minutes=10)
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
    _inherit = "acorn.amazon.job.report"
    _description = "Amazon Job: Order Census"
    _report_type = CENSUS_REPORT

    def _run(self, task):
        client = task.store_id._get_client()
        if "fetch" not in (task.page or {}):
            listed = self._read_list(task, client)
            if listed is None:
                return True
            self._compare(task, listed)
        return self._fetch_missing(task, client)

    # === AMAZON'S LIST === #

    def _read_list(self, task, client):
        """:return: dict order id → row of the report; None before there is one"""
        if not self._has_report(task):
            window = self._get_window(task.store_id)
            if not window:
                return None
            self._ask_for_report(task, client, *window)
        return self._read_report(task, client)

    def _get_window(self, store):
        """The period that the reading of orders has completed, its last 29 days.

        What it has still to read, because it is new or because the import date was
        moved back, is not missing.

        :return: (start, end), naive UTC; None while nothing is read
        """
        sweep = store._get_task("orders_sweep")
        start, end = sweep.read_from, sweep.cursor
        if not start or not end or start >= end:
            return None
        return max(start, end - LONGEST_WINDOW), end

    def _get_failure(self):
        return self.env._("Amazon could not make the list of orders.")

    def _map_rows(self, rows):
        return map_census(rows)

    def _may_be_empty(self, task):
        """Override: not the list of orders that Odoo has."""
        return not self.env["sale.order"].search_count(
            [
                ("acorn_amazon_store_id", "=", task.store_id.id),
                ("acorn_amazon_updated_at", ">=", task.page["since"]),
                ("acorn_amazon_updated_at", "<", task.page["until"]),
            ],
            limit=1,
        )

    # === COMPARISON === #

    def _compare(self, task, rows):
        """Put each order of the list into one of the figures."""
        page, store = task.page, task.store_id
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
        self._report_is_read(task)
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
            outcome = self._fetch(task, client, order_id)
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

    def _fetch(self, task, client, order_id):
        """Keep the order as Amazon has it now.

        :return: the figure that it belongs to
        """
        store = task.store_id
        try:
            kind, version, payload = self._call(
                lambda: self._read_order(task, client, order_id)
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

    def _read_order(self, task, client, order_id):
        """:return: kind, version and payload of a document (A16)"""
        try:
            order = client.orders.get(order_id)
        except AccessDeniedError:
            api, permissions = client.orders_v0, self.env["acorn.amazon.preflight.line"]
            order, items = permissions._read_older(
                task,
                lambda elements: (
                    api.get(order_id, elements),
                    api.items(order_id, elements),
                ),
            )
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
        """Override: before orders were read there is nothing to compare."""
        if not self._get_window(task.store_id):
            return WAIT_FOR_ORDERS
        return super()._get_pause(task)
