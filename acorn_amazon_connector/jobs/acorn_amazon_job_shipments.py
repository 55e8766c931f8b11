from datetime import timedelta

from odoo import models

from ..services.errors import RequestError, SpApiError

# Long enough for the other tasks to be taken first.
TURN = timedelta(seconds=3)


class AcornAmazonJobShipments(models.AbstractModel):
    """Tell Amazon what has left, parcel by parcel (A1, A33).

    claim → note that it is being sent → commit → call → note the answer → commit. A
    crash in between repeats the call with the same number of the parcel, which edits
    what the first call made. One parcel that Amazon refuses never stops another.
    """

    _name = "acorn.amazon.job.shipments"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Confirm Shipments"

    def _run(self, task):
        packages = self.env["acorn.amazon.package"]
        packages._release_untracked(task.store_id)
        client = None
        # Asked again for each parcel: the store may be paused while this runs.
        while self._may_send(task.store_id):
            package = packages._claim_next(task.store_id)
            if not package:
                return True
            body = package._begin_sending()
            seconds_left = task._checkpoint()
            if body:
                client = client or task.store_id._get_client()
                self._send(client, package, body, task)
                seconds_left = task._checkpoint(processed=1)
            if not seconds_left:
                return False
        return True

    def _may_send(self, store):
        """Only a live store writes to Amazon, and only when it is told to."""
        return store.state == "live" and store.confirm_shipments

    def _send(self, client, package, body, task):
        order_id = package.amazon_order_id
        try:
            request_id = self._call(
                lambda: client.orders_v0.confirm_shipment(order_id, body)
            )
        except RequestError as exc:
            package._record_refused(exc.code, exc.message, exc.request_id)
        except SpApiError as exc:
            package._record_postponed(exc)
            task._checkpoint()
            raise
        else:
            package._record_confirmed(request_id)

    def _get_turn(self, task):
        """Override to let others have their turn while many parcels are sent."""
        return TURN if task._count_due(task.lane) else super()._get_turn(task)

    def _has_waiting(self, task):
        return self._may_send(task.store_id) and bool(self._count(task, limit=1))

    def _get_backlog(self, task):
        count = self._count(task)
        operation = "ordersV0.confirmShipment"
        budget = self.env["acorn.amazon.budget"]
        return count, budget._seconds_for(task.store_id, operation, count)

    def _count(self, task, limit=None):
        return self.env["acorn.amazon.package"].search_count(
            [
                ("store_id", "=", task.store_id.id),
                ("state", "in", ("to_send", "sending")),
                "|",
                ("feed_id", "=", False),
                ("feed_id.ended_at", "!=", False),
            ],
            limit=limit,
        )
