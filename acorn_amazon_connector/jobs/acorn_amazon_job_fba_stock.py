from datetime import datetime, time, timedelta, timezone

from odoo import fields, models

from ..mappers.errors import PayloadError
from ..mappers.fba_inventory import map_fba_inventory, read_sku
from ..mappers.fba_ledger import LEDGER_REPORT, NEEDED_COLUMNS
from ..mappers.values import clean_text
from ..services.documents import Rows
from ..services.errors import NotFoundError, RequestError

# Amazon adds to the ledger of a day for some days.
OVERLAP = timedelta(days=5)
# Orders may come late; what they took before the opening balance must be known.
LOOK_BACK = timedelta(days=30)
LONGEST_WINDOW = timedelta(days=30)
LEDGER_EVERY = timedelta(hours=20)
# How often Amazon must cancel a report after days without one before it is believed.
TRIES = 3
# How many entries that cannot be understood people are told of.
NAMED = 20
# Characters of a report that cannot be read, in what people are told.
MOST_TOLD = 500


class AcornAmazonJobFbaStock(models.AbstractModel):
    """Read what Amazon holds and what changed it; nothing is booked here (A31, X14).

    ``task.page`` says how far an interrupted reading is: ``pool`` and ``token`` of
    the inventory, or ``report`` with its window. A page token dies after 30 seconds;
    then the stock of that pool is read from its beginning. ``unread`` are the entries
    of the inventory that could not be understood: pool, SKU if known, reason.
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
        self._tell_unread(task.store_id, (task.page or {}).get("unread", []))
        task.page = False
        self._wake_apply(task)
        task._checkpoint()
        return True

    def _read_pool(self, task, client, pool, marketplace):
        page = task.page or {}
        token = page.get("token") if page.get("pool") == pool else None
        started = page.get("started") if token else None
        done = page.get("done", [])
        elsewhere = [entry for entry in page.get("unread", []) if entry[0] != pool]
        unread = page.get("unread", []) if token else elsewhere
        inventory = self.env["acorn.amazon.fba.inventory"]
        while True:
            answer = self._ask_page(client, marketplace, token)
            if answer is None:
                token, started, unread = None, None, elsewhere
                continue
            at = answer.answered_at or datetime.now(timezone.utc)
            at = at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
            started = started or fields.Datetime.to_string(at)
            items, odd = self._map_page(answer.summaries)
            unread = unread + [[pool, *entry] for entry in odd]
            inventory._keep_page(task.store_id, pool, items, at)
            named = [sku for sku, _reason in odd if sku]
            inventory._note_unread(task.store_id, pool, named, at)
            token = answer.next_token
            if not token:
                break
            task.page = {
                **page,
                "pool": pool,
                "token": token,
                "started": started,
                "done": done,
                "unread": unread,
            }
            if not task._checkpoint(processed=len(items)):
                return False
        skus = {sku for place, sku, _reason in unread if place == pool}
        since = fields.Datetime.to_datetime(started)
        if None in skus:
            # What stands for nobody knows which SKU may stand for any of them.
            inventory._find_unseen(task.store_id, pool, since).unread_at = at
        else:
            inventory._forget_gone(task.store_id, pool, since, skus)
        task.page = {"done": [*done, pool], "unread": unread}
        return task._checkpoint(processed=len(items)) > 0

    def _map_page(self, summaries):
        """One entry that cannot be understood stops no other.

        :return: list of FbaInventory, list of (SKU or None, reason) of the others
        """
        items, odd = [], []
        for entry in summaries:
            try:
                item = map_fba_inventory(entry)
                if item.total and not entry.get("inventoryDetails"):
                    raise PayloadError("missing", "inventoryDetails")
                items.append(item)
            except PayloadError as exc:
                odd.append((read_sku(entry), str(exc)))
        return items, odd

    def _tell_unread(self, store, unread):
        """Keep one incident open while figures of Amazon's cannot be understood."""
        incidents = self.env["acorn.amazon.incident"]
        if not unread:
            incidents._resolve(store, "fba_unreadable")
            return
        incidents._raise(
            store,
            "fba_unreadable",
            details="\n".join(
                f"{pool}: {sku or '?'}: {reason}"
                for pool, sku, reason in unread[:NAMED]
            ),
            data={"count": len(unread)},
        )

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
            if isinstance(rows, Rows):
                self._set_aside(task, rows.document)
                return True
            self._take_over(task, rows)
            self._report_is_read(task)
            task.page = False
            self._wake_apply(task)
            if not task._checkpoint(processed=1):
                return False

    def _take_over(self, task, rows):
        """Keep the rows of a report, and note how far the ledger is read.

        Without rows nothing is known: Amazon answers the same when nothing happened
        and when it has made that report just before, perhaps for another program. So
        the next report begins where this one does, as long as one can.
        """
        store = task.store_id
        since, until = self._get_window(task)
        if not rows and until - since < LONGEST_WINDOW:
            store.fba_ledger_empty_at = until
            return
        self._keep_days(store, rows)
        store.fba_ledger_until = until
        self.env["acorn.amazon.incident"]._resolve(store, "fba_ledger_unreadable")

    def _get_window(self, task):
        """:return: (start, end) of the report that was asked for, naive UTC"""
        return tuple(
            fields.Datetime.to_datetime(task.page[name]) for name in ("since", "until")
        )

    def _get_last_answer(self, store):
        """:return: up to when Amazon was asked for the ledger, None if it never was"""
        answers = (store.fba_ledger_until, store.fba_ledger_empty_at)
        return max(filter(None, answers), default=None)

    def _get_next_window(self, task):
        """:return: (start, end) of the next report, naive UTC; None when all is read"""
        store = task.store_id
        now = self._now(store)
        until, answer = store.fba_ledger_until, self._get_last_answer(store)
        if answer and now - answer < LEDGER_EVERY:
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
            [("store_id", "=", store.id), ("read_at", "!=", False)],
            order="read_at desc",
            limit=1,
        )
        return row.read_at or fields.Datetime.now()

    def _get_failure(self):
        return self.env._("Amazon could not make the FBA ledger report.")

    def _may_be_empty(self, task):
        """Override: Amazon also cancels what is asked for too soon.

        From one day to the next that can wait. After days without an answer a report
        without rows is believed when it comes back so for almost two hours.
        """
        _since, until = self._get_window(task)
        answer = self._get_last_answer(task.store_id)
        is_daily = answer and until - answer < 2 * LEDGER_EVERY
        return bool(is_daily) or task.failure_count >= TRIES

    def _map_rows(self, rows):
        """:return: list of rows; the table itself if it is no ledger"""
        columns = getattr(rows, "columns", NEEDED_COLUMNS)
        return list(rows) if set(NEEDED_COLUMNS).issubset(columns) else rows

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

    def _set_aside(self, task, document):
        """Keep a report of which no row can be read, and tell of it.

        The ledger stays read up to where it was: the next run asks for it again.
        """
        text = document.text()
        self.env["acorn.amazon.exchange"]._keep(
            task.store_id, "fba_ledger", [(LEDGER_REPORT, None, {"rows": [{"": text}]})]
        )
        task.page = False
        self.env["acorn.amazon.incident"]._raise(
            task.store_id,
            "fba_ledger_unreadable",
            details=clean_text(text[:MOST_TOLD]),
        )
        self._wake_apply(task)
        task._checkpoint()

    # === ENGINE === #

    def _wake_apply(self, task):
        self.env["acorn.amazon.task"]._wake(task.store_id, "local", code="fba_apply")
