from datetime import timedelta, timezone

from odoo import fields, models

from ..services.api.orders_v0 import BUYER_DATA
from ..services.errors import AccessDeniedError, RequestError
from ..services.timestamps import parse_timestamp

# Amazon may index a change late; what is read twice is kept once.
OVERLAP = timedelta(minutes=5)
PAGE_TOKEN_LIFE = timedelta(hours=23)
# How long the older interface is read before the newer one is tried again.
V0_PERIOD = timedelta(days=1)


def to_naive(moment, precise=False):
    """Aware datetime → Odoo's naive UTC.

    :param bool precise: keep fractions of a second, to order versions of a document
    """
    naive = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return naive if precise else naive.replace(microsecond=0)


def read_version(text):
    """When Amazon changed a document, naive UTC; None when its text is no time.

    A document without a readable time is kept all the same: the mapper says what is
    wrong with it.
    """
    try:
        moment = parse_timestamp(text)
    except (TypeError, ValueError):
        return None
    return moment and to_naive(moment, precise=True)


class AcornAmazonJobOrdersSweep(models.AbstractModel):
    """Read every order that changed since the last sweep and keep it (A1, A24).

    One call covers all marketplaces of the region. Each page is kept in the same
    transaction that moves the cursor, so a crash repeats at most one page, which
    changes nothing. Where Orders 2026-01-01 is refused, Orders v0 is read (A16).
    """

    _name = "acorn.amazon.job.orders.sweep"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Sweep Orders"

    def _run(self, task):
        page = task.page or {}
        if page.get("v0_until", "") > fields.Datetime.to_string(fields.Datetime.now()):
            try:
                return self._sweep(task, self._read_page_v0)
            except AccessDeniedError:
                # The older interface ends one day; the newer one may be open again.
                self.env.cr.rollback()
            task.page = False
            return self._sweep_newer(task)
        if page.get("v0_until"):
            # A page of the older interface means nothing to the newer one.
            task.page = False
        try:
            return self._sweep_newer(task)
        except AccessDeniedError as exc:
            self.env.cr.rollback()
            self._fall_back_to_v0(task, exc)
            return False

    def _sweep_newer(self, task):
        finished = self._sweep(task, self._read_page)
        self.env["acorn.amazon.incident"]._resolve(
            task.store_id, "api_fallback", record=task
        )
        return finished

    def _sweep(self, task, read_page):
        while True:
            page = self._open_page(task)
            try:
                documents, next_token, bound = read_page(task, page)
            except RequestError:
                self._doubt_token(task, page)
                raise
            new = self._keep(task, documents)
            if next_token:
                task.page = {**page, "token": next_token}
            else:
                self._close_page(task, page, bound)
            seconds_left = task._checkpoint(processed=new)
            if new or page.get("v0_until"):
                self._wake_apply(task)
            if not next_token:
                return True
            if not seconds_left:
                return False

    def _doubt_token(self, task, page):
        """Begin again without a page token that Amazon refused twice.

        Amazon promises that a token lives for a day; what was kept stays kept.
        """
        if page.get("token") and task.failure_count:
            self.env.cr.rollback()
            task.page = {key: page[key] for key in ("v0_until",) if key in page}
            task._checkpoint()

    def _wake_apply(self, task):
        """Let what was read be applied, in a transaction of its own.

        The page is safe already: a conflict must not cost one of the few calls, and
        no lock may be held while the next page is fetched.
        """
        task._wake(task.store_id, "local")
        self.env["ir.cron"]._commit_progress()

    def _open_page(self, task):
        """The page to read next: an interrupted one that is still valid, or the first.

        Amazon's page tokens live 24 hours and demand the same parameters again.
        """
        page = task.page or {}
        now = fields.Datetime.now()
        opened = page.get("opened") and fields.Datetime.to_datetime(page["opened"])
        if page.get("token") and opened and now - opened < PAGE_TOKEN_LIFE:
            return page
        v0_until = page.get("v0_until")
        since = task.cursor or task.store_id.import_from or now - timedelta(days=1)
        return {
            **({"v0_until": v0_until} if v0_until else {}),
            "since": fields.Datetime.to_string(since - OVERLAP),
            "opened": fields.Datetime.to_string(now),
        }

    def _close_page(self, task, page, bound):
        """All pages are kept: what Amazon answered for is the new cursor."""
        opened = fields.Datetime.to_datetime(page["opened"])
        reached = to_naive(bound) if bound else opened
        task.cursor = max(reached, task.cursor or reached)
        v0_until = page.get("v0_until")
        task.page = {"v0_until": v0_until} if v0_until else False

    def _read_page(self, task, page):
        since = fields.Datetime.to_datetime(page["since"]).replace(tzinfo=timezone.utc)
        result = task.store_id._get_client().orders.search(
            last_updated_after=since,
            pagination_token=page.get("token"),
        )
        documents = [
            (
                order.get("orderId"),
                read_version(order.get("lastUpdatedTime")),
                order,
            )
            for order in result.orders
        ]
        return documents, result.next_token, result.bound

    def _read_page_v0(self, task, page):
        """Read a page of Orders v0 with the items of the orders that are new to us."""
        store = task.store_id
        client = store._get_client()
        since = fields.Datetime.to_datetime(page["since"]).replace(tzinfo=timezone.utc)
        result = client.orders_v0.search(
            marketplace_ids=store.participation_ids.filtered("is_participating").mapped(
                "marketplace_id.amazon_id"
            ),
            last_updated_after=since,
            next_token_value=page.get("token"),
            data_elements=BUYER_DATA,
        )
        for order in result.orders:
            order_id = order.get("AmazonOrderId")
            version = read_version(order.get("LastUpdateDate"))
            if self._is_kept(store, order_id, version):
                continue
            items = client.orders_v0.items(order_id, ("buyerInfo",))
            document = {"order": order, "items": items}
            self.env["acorn.amazon.exchange"]._keep(
                store, "order_v0", [(order_id, version, document)]
            )
            self._learn_demand(store, [document])
            # Items are slow (one call per order): what is here must not be lost
            # when the budget runs out in the middle of a page.
            task._checkpoint(processed=1)
        return [], result.next_token, result.bound

    def _is_kept(self, store, order_id, version):
        return bool(
            self.env["acorn.amazon.exchange"].search_count(
                [
                    ("store_id", "=", store.id),
                    ("kind", "=", "order_v0"),
                    ("external_id", "=", order_id),
                    ("version_at", "=", version),
                ],
                limit=1,
            )
        )

    def _keep(self, task, documents):
        exchanges = self.env["acorn.amazon.exchange"]
        new = exchanges._keep(task.store_id, "order", documents)
        if new:
            self._learn_demand(
                task.store_id, [payload for _i, _v, payload in documents]
            )
        return new

    def _learn_demand(self, store, payloads):
        """Hold the units back that Amazon just sold, before anything else (A2)."""
        self.env["acorn.amazon.demand"]._learn(store, payloads)

    def _fall_back_to_v0(self, task, exc):
        until = fields.Datetime.now() + V0_PERIOD
        task.page = {"v0_until": fields.Datetime.to_string(until)}
        self.env["acorn.amazon.incident"]._raise(
            task.store_id,
            "api_fallback",
            details=task._describe(exc),
            record=task,
        )

    def _get_backlog(self, task):
        """Unknown until read; while pages are open the rate limit gives the pace."""
        if not (task.page or {}).get("token"):
            return 0, None
        operation = "orders.searchOrders"
        budget = self.env["acorn.amazon.budget"]
        return 100, budget._seconds_for(task.store_id, operation, 1)
