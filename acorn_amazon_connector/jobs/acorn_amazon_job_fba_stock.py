from datetime import datetime, time, timedelta, timezone

from odoo import fields, models

from ..mappers.fba_inventory import map_fba_inventory
from ..mappers.fba_ledger import LEDGER_REPORT
from ..services.errors import NotFoundError, RequestError

# Amazon adds to the ledger of a day for some days.
OVERLAP = timedelta(days=5)
# Orders may come late; what they took before the opening balance must be known.
LOOK_BACK = timedelta(days=30)
LONGEST_WINDOW = timedelta(days=30)
LEDGER_EVERY = timedelta(hours=20)


class AcornAmazonJobFbaStock(models.AbstractModel):
    """Read what Amazon holds and what changed it; nothing is booked here (A31, X14).

    ``task.page`` says how far an interrupted reading is: ``pool`` and ``token`` of
    the inventory, or ``report`` with its window. A page token dies after 30 seconds;
    then the stock of that pool is read from its beginning.
    """

    _name = "acorn.amazon.job.fba.stock"
    _inherit = "acorn.amazon.job.report"
    _description = "Amazon Job: Read FBA Stock"
    _report_type = LEDGER_REPORT

    def _run(self, task):
        store = task.store_id
        if not store.fba_stock:
            task.page = False
            return True
        client = store._get_client()
        if not (task.page or {}).get("report") and not self._read_inventory(
            task, client
        ):
            return False
        return self._read_ledger(task, client)

    # === INVENTORY === #

    def _read_inventory(self, task, client):
        """Read all pools; return whether that is done."""
        inventory = self.env["acorn.amazon.fba.inventory"]
        pools = inventory._get_marketplaces(task.store_id)
        page = task.page or {}
        todo = [pool for pool in pools if pool not in page.get("done", [])]
        for pool in todo:
            if not self._read_pool(task, client, pool, pools[pool]):
                return False
        task.store_id.fba_read_at = fields.Datetime.now()
        task.page = False
        self._wake_apply(task)
        task._checkpoint()
        return True

    def _read_pool(self, task, client, pool, marketplace):
        page = task.page or {}
        token = page.get("token") if page.get("pool") == pool else None
        started = page.get("started") if token else None
        done = page.get("done", [])
        inventory = self.env["acorn.amazon.fba.inventory"]
        while True:
            answer = self._ask_page(client, marketplace, token)
            if answer is None:
                token, started = None, None
                continue
            at = answer.answered_at or datetime.now(timezone.utc)
            at = at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
            started = started or fields.Datetime.to_string(at)
            items = [map_fba_inventory(entry) for entry in answer.summaries]
            inventory._keep_page(task.store_id, pool, items, at)
            token = answer.next_token
            if not token:
                break
            task.page = {
                **page,
                "pool": pool,
                "token": token,
                "started": started,
                "done": done,
            }
            if not task._checkpoint(processed=len(items)):
                return False
        inventory._forget_gone(
            task.store_id, pool, fields.Datetime.to_datetime(started)
        )
        task.page = {"done": [*done, pool]}
        return task._checkpoint(processed=len(items)) > 0

    def _ask_page(self, client, marketplace, token):
        """:return: a page, None when the token has died"""
        try:
            return self._call(
                lambda: client.fba_inventory.page(
                    marketplace.amazon_id, next_token=token
                )
            )
        except NotFoundError:
            raise
        except RequestError as exc:
            if token and exc.status == 400:
                return None
            raise

    # === LEDGER === #

    def _read_ledger(self, task, client):
        """Ask for the ledger, window by window, and keep it day by day."""
        while True:
            if not self._has_report(task):
                window = self._get_next_window(task)
                if not window:
                    return True
                if not self._ask_for_report(task, client, *window):
                    return False
            rows = self._read_report(task, client)
            if rows is None:
                return True
            self._keep_days(task.store_id, rows)
            task.store_id.fba_ledger_until = fields.Datetime.to_datetime(
                task.page["until"]
            )
            self._report_is_read(task)
            task.page = False
            self._wake_apply(task)
            if not task._checkpoint(processed=1):
                return False

    def _get_next_window(self, task):
        """:return: (start, end) of the next report, naive UTC; None when all is read"""
        store = task.store_id
        now = self._now(store)
        until = store.fba_ledger_until
        if until and now - until < LEDGER_EVERY:
            return None
        start = until - OVERLAP if until else now - LOOK_BACK
        start = datetime.combine(start.date(), time.min)
        if until and now - start > LONGEST_WINDOW:
            end = start + LONGEST_WINDOW
        else:
            end = now
        return start, end

    def _now(self, store):
        """Amazon's clock as it was when the inventory was read (naive UTC)."""
        row = self.env["acorn.amazon.fba.inventory"].search(
            [("store_id", "=", store.id)], order="read_at desc", limit=1
        )
        return row.read_at or fields.Datetime.now()

    def _get_failure(self):
        return self.env._("Amazon could not make the FBA ledger report.")

    def _keep_days(self, store, rows):
        """One document per day: a day that did not change is here already."""
        days = {}
        for row in rows:
            clean = {name: value for name, value in row.items() if name}
            days.setdefault(row.get("Date") or "?", []).append(clean)
        for day, entries in days.items():
            self.env["acorn.amazon.exchange"]._keep(
                store, "fba_ledger", [(day, None, {"rows": entries})]
            )

    # === ENGINE === #

    def _wake_apply(self, task):
        self.env["acorn.amazon.task"]._wake(task.store_id, "local", code="fba_apply")
