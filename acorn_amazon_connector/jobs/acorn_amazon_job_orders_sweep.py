from datetime import timedelta, timezone

from odoo import fields, models

from ..services.errors import AccessDeniedError, RequestError
from ..services.order_readings import (
    CHANGES,
    NEWEST,
    OPEN,
    OVERLAP,
    PAST,
    Readings,
)
from ..services.timestamps import parse_timestamp

# How long the older interface is read before the newer one is tried again.
V0_PERIOD = timedelta(days=1)
# Amazon finds orders for two years. Few orders wait that long to be shipped, but a
# shorter time would save no call either: only those that wait are in the answer.
HORIZON = timedelta(days=730)
OPEN_TERMS = {
    "fulfillment_statuses": ("UNSHIPPED", "PARTIALLY_SHIPPED"),
    "fulfilled_by": ("MERCHANT",),
}
OPEN_TERMS_V0 = {
    "order_statuses": ("Unshipped", "PartiallyShipped"),
    "fulfillment_channels": ("MFN",),
}


def to_naive(moment, precise=False):
    """Aware datetime → Odoo's naive UTC.

    :param bool precise: keep fractions of a second, to order versions of a document
    """
    naive = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return naive if precise else naive.replace(microsecond=0)


def to_aware(moment):
    """Odoo's naive UTC → aware datetime; None stays None."""
    return moment and moment.replace(tzinfo=timezone.utc)


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
    transaction that moves on, so a crash repeats at most one page, which changes
    nothing. Once at the start, and when the import date moves back, what still has
    to be shipped is asked for as well, because Amazon need not touch it again.
    While a long search has pages left, the newest changes are read in between.
    Where Orders 2026-01-01 is refused, Orders v0 is read (A16).
    """

    _name = "acorn.amazon.job.orders.sweep"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Sweep Orders"

    def _run(self, task):
        self._look_back(task)
        until = (task.page or {}).get("v0_until", "")
        if until > fields.Datetime.to_string(fields.Datetime.now()):
            try:
                return self._sweep(task, self._read_page_v0)
            except AccessDeniedError:
                # The older interface ends one day; the newer one may be open again.
                self.env.cr.rollback()
            self._change_interface(task)
            return self._sweep_newer(task)
        if until:
            self._change_interface(task)
        try:
            return self._sweep_newer(task)
        except AccessDeniedError as exc:
            self.env.cr.rollback()
            self._fall_back_to_v0(task, exc)
            return False

    def _has_waiting(self, task):
        """Whether more is to be read than when the task began."""
        return task.rereads_open or self._needs_earlier(task)

    def _sweep_newer(self, task):
        finished = self._sweep(task, self._read_page)
        incidents = self.env["acorn.amazon.incident"]
        incidents._resolve(task.store_id, "api_fallback", record=task)
        incidents._resolve(task.store_id, "buyer_data_refused")
        return finished

    def _sweep(self, task, read_page):
        is_fresh = False
        while True:
            readings = Readings(task.page)
            now = fields.Datetime.now()
            name = readings.choose(now)
            search = dict(readings.begin(name, now, self._get_cursor(task)))
            is_fresh |= name in (CHANGES, NEWEST) and "token" not in search
            try:
                documents, next_token, bound = read_page(task, name, search)
            except RequestError:
                self._doubt_token(task, name, search)
                raise
            new = self._keep(task, documents)
            self._turn_page(task, readings, name, next_token, bound)
            seconds_left = task._checkpoint(processed=new)
            if new or readings.page.get("v0_until"):
                self._wake_apply(task)
            # After a search that took long, what changed meanwhile comes at once.
            if is_fresh and not readings.is_open():
                return True
            if not seconds_left:
                return False

    def _turn_page(self, task, readings, name, next_token, bound):
        """Note how far the reading is, in the transaction that keeps the page."""
        bound = bound and to_naive(bound)
        reached = readings.turn(name, next_token, bound, fields.Datetime.now())
        if reached:
            task.cursor = max(reached, task.cursor or reached)
        if "from" in readings.page and not {OPEN, PAST} & set(readings.page):
            task.read_from = readings.page.pop("from")
        task.page = readings.page or False

    def _doubt_token(self, task, name, search):
        """Begin a search again without a page token that Amazon refused twice.

        Amazon promises that a token lives for a day; what was kept stays kept.
        """
        if search.get("token") and task.failure_count:
            self.env.cr.rollback()
            readings = Readings(task.page)
            readings.restart(name)
            task.page = readings.page or False
            task._checkpoint()

    def _wake_apply(self, task):
        """Let what was read be applied, in a transaction of its own.

        The page is safe already: a conflict must not cost one of the few calls, and
        no lock may be held while the next page is fetched.
        """
        task._wake(task.store_id, "local")
        self.env["ir.cron"]._commit_progress()

    # === WHERE THE READING BEGINS === #

    def _get_start(self, task):
        """The moment since which changes are read: the import date, if there is one."""
        start = task.store_id.import_from or task.create_date - timedelta(days=1)
        return min(start.replace(microsecond=0), fields.Datetime.now())

    def _get_cursor(self, task):
        """Where the changes go on, at first where ``read_from`` will say they began."""
        return (
            task.cursor
            or task.read_from
            or fields.Datetime.to_datetime(task.page["from"])
        )

    def _needs_earlier(self, task):
        return not task.read_from or self._get_start(task) < task.read_from

    def _look_back(self, task):
        """Note what was never read because it lies before everything that was (A1).

        Until all of it is read, ``read_from`` stays as it is: what gets lost on the
        way is noted again. What Amazon may tell more about by now is noted as well.
        """
        readings = Readings(task.page)
        now = fields.Datetime.now()
        if task.rereads_open:
            readings.ask(OPEN, now - HORIZON)
            task.write({"page": readings.page, "rereads_open": False})
            task._checkpoint()
        if "from" in readings.page or not self._needs_earlier(task):
            return
        start = self._get_start(task)
        if start > now - HORIZON:
            readings.ask(OPEN, now - HORIZON)
        if task.read_from:
            # Amazon searches no period that ended less than two minutes ago.
            before = task.read_from + OVERLAP
            is_past = before < now - OVERLAP
            readings.ask(PAST, start - OVERLAP, before if is_past else None)
        if readings.is_open():
            readings.page["from"] = fields.Datetime.to_string(start)
            task.page = readings.page
        else:
            task.read_from = start
        # No lock may be held while Amazon is asked.
        task._checkpoint()

    # === PAGES === #

    def _get_terms(self, name, search):
        since, before = (
            to_aware(fields.Datetime.to_datetime(search.get(key)))
            for key in ("since", "before")
        )
        if name == OPEN:
            return {"created_after": since}
        return {"last_updated_after": since, "last_updated_before": before}

    def _read_page(self, task, name, search):
        result = task.store_id._get_client().orders.search(
            **self._get_terms(name, search),
            **(OPEN_TERMS if name == OPEN else {}),
            pagination_token=search.get("token"),
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

    def _read_page_v0(self, task, name, search):
        """Read a page of Orders v0 with the items of the orders that are new to us."""
        store = task.store_id
        api = store._get_client().orders_v0
        permissions = self.env["acorn.amazon.preflight.line"]
        terms = {
            "marketplace_ids": store.participation_ids.filtered(
                "is_participating"
            ).mapped("marketplace_id.amazon_id"),
            **self._get_terms(name, search),
            **(OPEN_TERMS_V0 if name == OPEN else {}),
            "next_token_value": search.get("token"),
        }
        result = permissions._read_older(
            task, lambda elements: api.search(**terms, data_elements=elements)
        )
        for order in result.orders:
            order_id = order.get("AmazonOrderId")
            version = read_version(order.get("LastUpdateDate"))
            if self._is_kept(store, order_id, version, order):
                continue
            items = permissions._read_older(
                task,
                lambda elements, order_id=order_id: api.items(order_id, elements),
            )
            document = {"order": order, "items": items}
            self.env["acorn.amazon.exchange"]._keep(
                store, "order_v0", [(order_id, version, document)]
            )
            self._learn_demand(store, [document])
            # Items are slow (one call per order): what is here must not be lost
            # when the budget runs out in the middle of a page.
            task._checkpoint(processed=1)
        return [], result.next_token, result.bound

    def _is_kept(self, store, order_id, version, order):
        """Whether an order is here already, with all that Amazon shows of its buyer."""
        document = self.env["acorn.amazon.exchange"].search(
            [
                ("store_id", "=", store.id),
                ("kind", "=", "order_v0"),
                ("external_id", "=", order_id),
                ("version_at", "=", version),
            ],
            limit=1,
        )
        return bool(document) and document._get_payload()["order"] == order

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
        self._change_interface(task, fields.Datetime.now() + V0_PERIOD)
        self.env["acorn.amazon.incident"]._raise(
            task.store_id,
            "api_fallback",
            details=task._describe(exc),
            record=task,
        )

    def _change_interface(self, task, v0_until=None):
        """A page of one interface means nothing to the other one."""
        readings = Readings(task.page)
        readings.restart_all()
        readings.page.pop("v0_until", None)
        if v0_until:
            readings.page["v0_until"] = fields.Datetime.to_string(v0_until)
        else:
            # The newer interface may show buyers that the older one withheld.
            task.rereads_open = True
        task.page = readings.page or False

    def _get_backlog(self, task):
        """Unknown until read; while pages are open the rate limit gives the pace."""
        if not Readings(task.page).is_open():
            return 0, None
        operation = "orders.searchOrders"
        budget = self.env["acorn.amazon.budget"]
        return 100, budget._seconds_for(task.store_id, operation, 1)
