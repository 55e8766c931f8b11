from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..mappers.outbound import read_fulfillment_order
from ..services.errors import (
    AccessDeniedError,
    NotFoundError,
    PayloadError,
    RequestError,
    ThrottledError,
)

FOLLOWED_AT_ONCE = 200
# How long Amazon may take to list an order that it has taken.
GRACE = timedelta(hours=1)


class AcornAmazonJobFbaOutbound(models.AbstractModel):
    """Let Amazon ship orders of other channels, and follow them (A37).

    note that it is being sent → commit → create → note the answer → commit. What was
    sent without an answer is looked for first: Amazon takes a number only once.
    """

    _name = "acorn.amazon.job.fba.outbound"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Multi-Channel Orders"

    def _run(self, task):
        store = task.store_id
        failures = []
        has_time = self._work(task, self._send, self._find_waiting(store), failures)
        if has_time:
            found = self._find_sent(store)
            has_time = self._work(task, self._follow, found, failures)
        self.env["acorn.amazon.outbound"]._report(store)
        if failures:
            task._checkpoint()
            raise failures[-1]
        return has_time

    def _work(self, task, step, orders, failures):
        """Take a step with each order; one that Amazon does not tell of stops no other.

        :param step: :meth:`_send` or :meth:`_follow`
        :param list failures: the errors so far; those of these orders are added
        :return: whether there is time for more
        """
        client = orders and task.store_id._get_client()
        for order in orders:
            if task.store_id.state != "live":
                return True
            try:
                has_time = step(task, client, order)
            except (RequestError, AccessDeniedError, PayloadError) as exc:
                failures.append(self._note_failure(client, order, exc))
                has_time = task._checkpoint() > 0
            if not has_time:
                return False
        return True

    def _note_failure(self, client, order, exc):
        """Remember on an order why it cannot be asked about; it is in its turn.

        :return: the error that says which order it is about
        :raise AccessDeniedError: Amazon lets the store ask about no order at all
        """
        if isinstance(exc, AccessDeniedError) and not self._is_let_in(client):
            raise exc
        order.write(
            {
                "checked_at": fields.Datetime.now(),
                "failure": self.env._(
                    "Amazon was asked about this order and answered: %(reason)s. It "
                    "is asked again. Look the order up in Seller Central by its "
                    "number.",
                    reason=_words(exc).rstrip("."),
                ),
            }
        )
        if isinstance(exc, PayloadError):
            return exc
        return RequestError(
            f"{order.name}: {exc.message}",
            operation=exc.operation,
            status=exc.status,
            code=exc.code,
            request_id=exc.request_id,
            details=exc.details,
        )

    def _is_let_in(self, client):
        """Whether Amazon lists orders to a store of which it refuses to show one."""
        try:
            self._call(client.fulfillment_outbound.page)
        except AccessDeniedError:
            return False
        except RequestError:
            # Refused for another reason.
            return True
        return True

    def _find_waiting(self, store):
        """What is to be sent; nothing new once the store's switch is off."""
        states = ["sending", "waiting"] if store.mcf else ["sending"]
        return (
            self.env["acorn.amazon.outbound"]
            .search(
                [("store_id", "=", store.id), ("state", "in", states)],
                order="checked_at NULLS FIRST, id",
            )
            .filtered(lambda order: order._is_ready())
        )

    def _find_sent(self, store):
        return self.env["acorn.amazon.outbound"].search(
            [("store_id", "=", store.id), ("state", "=", "sent")],
            order="checked_at NULLS FIRST, id",
            limit=FOLLOWED_AT_ONCE,
        )

    # === SENDING === #

    def _send(self, task, client, order):
        """Send one order; return whether there is time for more."""
        if order.state == "sending" and self._settle(client, order):
            return task._checkpoint(processed=1) > 0
        earlier = order.attempted_at
        body = self._begin(order)
        if not task._checkpoint():
            return False
        if not body:
            return True
        try:
            self._create(client, order, body, earlier)
        except ThrottledError:
            # This one Amazon has certainly not taken.
            order.attempted_at = earlier
            task._checkpoint()
            raise
        return task._checkpoint(processed=1) > 0

    def _settle(self, client, order):
        """Find out what became of a call without an answer.

        Nothing else may decide on the order before: Amazon may be shipping it.

        :return: whether it need not be sent again
        """
        if self._read(client, order):
            order._record_sent()
        elif not order.wants_cancel:
            return False
        elif _is_young(order.attempted_at):
            self._cancel_unseen(client, order)
        else:
            order._record_cancelled()
        return True

    def _cancel_unseen(self, client, order):
        """Ask Amazon to cancel what it does not list, or not yet.

        Whatever it answers, a later look tells: it may be shipping the order.
        """
        try:
            self._call(lambda: client.fulfillment_outbound.cancel(order.name))
        except RequestError:
            return

    def _begin(self, order):
        """Note that Amazon is about to be asked, and with what words (A8).

        :return: the body, None when the order cannot be sent
        """
        try:
            body = order._prepare_body()
        except UserError as exc:
            order._refuse(str(exc))
            return None
        order.write(
            {
                "state": "sending",
                "attempts": order.attempts + 1,
                "attempted_at": fields.Datetime.now(),
            }
        )
        self.env["acorn.amazon.exchange"]._keep_sent(
            order.store_id, "fba_outbound", order.name, body, order
        )
        return body

    def _create(self, client, order, body, earlier):
        """Ask Amazon to ship an order.

        :param earlier: when it was asked before without an answer, False if never
        """
        try:
            request_id = self._call(lambda: client.fulfillment_outbound.create(body))
        except RequestError as exc:
            if earlier and self._read(client, order):
                # It refuses the number because it has taken it before.
                order._record_sent()
            elif _is_young(earlier):
                # It may have done so, and not list it yet.
                order.attempted_at = earlier
            else:
                order._refuse(_words(exc), request_id=exc.request_id)
        else:
            order._record_sent(request_id)

    def _read(self, client, order):
        """:return: the order as Amazon has it, None when it has not"""
        try:
            found = self._call(lambda: client.fulfillment_outbound.get(order.name))
        except NotFoundError:
            found = None
        if order.failure:
            order.failure = False
        return found

    # === FOLLOWING === #

    def _follow(self, task, client, order):
        """Bring one order to what Amazon says; return whether there is time."""
        if order.wants_cancel:
            self._cancel(client, order)
        payload = self._read(client, order)
        if payload is not None:
            order._follow(read_fulfillment_order(payload))
        elif _is_young(order.sent_at):
            order.checked_at = fields.Datetime.now()
        elif order.wants_cancel:
            order._record_cancelled()
        else:
            order._refuse(self.env._("Amazon does not know this order any more."))
        return task._checkpoint(processed=1) > 0

    def _cancel(self, client, order):
        try:
            self._call(lambda: client.fulfillment_outbound.cancel(order.name))
        except NotFoundError:
            # Not listed yet, or not any more: following it tells.
            return
        except RequestError as exc:
            order.write({"wants_cancel": False, "message": _words(exc)})
            order.picking_id.message_post(
                body=self.env._(
                    "Amazon did not cancel it: %(reason)s", reason=_words(exc)
                )
            )

    # === ENGINE === #

    def _has_waiting(self, task):
        return bool(
            self._find_waiting(task.store_id).filtered_domain(
                [("state", "=", "waiting")]
            )
        )

    def _get_backlog(self, task):
        count = len(self._find_waiting(task.store_id))
        budget = self.env["acorn.amazon.budget"]
        operation = "fulfillmentOutbound.createFulfillmentOrder"
        return count, budget._seconds_for(task.store_id, operation, count)


def _is_young(moment):
    """Whether Amazon may yet list what it took then, if it took it.

    :param moment: of the call, False if there was none
    """
    return bool(moment) and moment + GRACE > fields.Datetime.now()


def _words(exc):
    """Amazon's own words; the details say more than the message where it has them."""
    return getattr(exc, "details", None) or exc.message
