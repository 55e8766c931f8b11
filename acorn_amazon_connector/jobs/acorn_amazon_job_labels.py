import logging
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..services.errors import RequestError

_logger = logging.getLogger(__name__)

FOLLOWED_AT_ONCE = 200
# A bought label is looked at once a day, as long as one can be returned.
LOOK_AGAIN = timedelta(days=1)
RETURNABLE = timedelta(days=30)


class AcornAmazonJobLabels(models.AbstractModel):
    """Follow labels: purchases that broke off, returns, refunds (A2, A33).

    Nothing is ever bought here.
    """

    _name = "acorn.amazon.job.labels"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Follow Labels"

    def _run(self, task):
        store = task.store_id
        self.env["acorn.amazon.label"]._find_broken(store)._give_up()
        if not task._checkpoint():
            return False
        for label in self._find_unapplied(store):
            self._apply(label)
            if not task._checkpoint():
                return False
        for label in self._find_open(store):
            if store.state != "live":
                return True
            self._follow(label)
            if not task._checkpoint(processed=1):
                return False
        return True

    def _find(self, store, *conditions, **options):
        domain = [("store_id", "=", store.id), *conditions]
        return self.env["acorn.amazon.label"].search(domain, **options)

    def _find_unapplied(self, store):
        return self._find(
            store,
            ("is_applied", "=", False),
            ("state", "not in", ("buying", "unknown", "failed", "returning")),
        )

    def _find_open(self, store):
        """Labels about which Amazon may say something new, the oldest news first."""
        now = fields.Datetime.now()
        open_labels = self._find(
            store,
            ("shipment_id", "!=", False),
            ("state", "in", ("returning", "refund_pending")),
            order="checked_at NULLS FIRST, id",
            limit=FOLLOWED_AT_ONCE,
        )
        bought = self._find(
            store,
            ("shipment_id", "!=", False),
            ("state", "=", "bought"),
            ("bought_at", ">", now - RETURNABLE),
            ("checked_at", "<", now - LOOK_AGAIN),
            order="checked_at, id",
            limit=FOLLOWED_AT_ONCE,
        )
        return open_labels | bought

    def _apply(self, label):
        """Bring a delivery to its label, in a transaction of its own."""
        try:
            label._apply_alone()
        except Exception as exc:
            # One delivery that cannot be changed stops no other.
            _logger.warning("Label %s cannot be applied", label.id, exc_info=True)
            label._note_trouble(str(exc))

    def _follow(self, label):
        try:
            if label.state == "returning":
                label._ask_to_return()
            else:
                label._read_from_amazon(label.shipment_id)
        except (RequestError, UserError) as exc:
            # One label that Amazon does not know stops no other.
            label._note_trouble(str(exc))

    def _has_waiting(self, task):
        """Override: what could not be applied is tried again in its turn only."""
        broken = self.env["acorn.amazon.label"]._find_broken(task.store_id)
        unapplied = self._find_unapplied(task.store_id)
        return bool(broken or unapplied.filtered(lambda label: not label.message))

    def _get_backlog(self, task):
        count = len(self._find_open(task.store_id))
        budget = self.env["acorn.amazon.budget"]
        operation = "merchantFulfillment.getShipment"
        return count, budget._seconds_for(task.store_id, operation, count)
