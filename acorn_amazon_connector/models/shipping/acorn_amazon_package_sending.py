import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...mappers import shipment
from ...services.errors import BudgetExhausted

_logger = logging.getLogger(__name__)

CONFIRM = "ordersV0.confirmShipment"


class AcornAmazonPackage(models.Model):
    """Sending parcels: claim, commit, call, record, commit (A1, A19)."""

    _inherit = "acorn.amazon.package"

    @api.model
    def _claim_next(self, store):
        """Lock the parcel of a store to send next, the least tried first.

        One that is still being sent belongs to a worker that died: it is sent again.
        One in a feed waits for the feed's result.

        :param store: ``acorn.amazon.store``
        :return: one parcel or none
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM acorn_amazon_package package
                 WHERE store_id = %s AND state IN ('to_send', 'sending')
                   AND NOT EXISTS (
                       SELECT FROM acorn_amazon_package_feed feed
                        WHERE feed.id = package.feed_id AND feed.ended_at IS NULL)
                 ORDER BY attempts, id LIMIT 1 FOR UPDATE SKIP LOCKED
                """,
                store.id,
            )
        )
        return self.browse([row[0] for row in rows])

    def _begin_sending(self):
        """Note that Amazon is about to be told, and keep what it is told (A8).

        :return: the body to send, None when the parcel is not to be sent after all
        """
        self.ensure_one()
        self._drop_returned()
        reason = self._get_reason_not_needed(is_wanted=True)
        if reason:
            self._conclude("not_needed", reason_code=reason)
            return None
        self._limit_to_open_units()
        reason = self._get_reason_to_wait()
        if reason:
            self._conclude("waiting", reason_code=reason)
            return None
        body = shipment.confirmation_body(
            self.order_id.acorn_amazon_marketplace_id.amazon_id,
            self._prepare_package(),
        )
        document = self.env["acorn.amazon.exchange"]._keep_sent(
            self.store_id, "shipment_confirmation", self.display_name, body, self
        )
        document._note_outcome("shipment_unanswered")
        self.write(
            {
                "state": "sending",
                "attempts": self.attempts + 1,
                "last_sent_at": fields.Datetime.now(),
                "sent_document_id": document.id,
                "feed_id": False,
            }
        )
        return body

    def _limit_to_open_units(self):
        """Never confirm more than Amazon waits for; a parcel that it knows stays."""
        if self.confirmed_at or self.attempts:
            return
        for item, units in self._get_open_units().items():
            item.quantity = min(item.quantity, units)
        self.item_ids.filtered(lambda item: not item.quantity).unlink()

    def _record_confirmed(self, request_id):
        """Amazon has taken the parcel as it was sent last.

        :param request_id: of the call, None when it went with a feed
        """
        self.sent_document_id._note_outcome("shipment_sent")
        values = {
            "confirmed_at": fields.Datetime.now(),
            "request_id": request_id,
            "amazon_message": False,
        }
        if self.state != "sending":
            # Somebody corrected it meanwhile: the correction is sent next.
            self.write(values)
            return
        self._conclude("confirmed", **values)

    def _record_refused(self, code, message, request_id):
        """Amazon does not take the parcel, and would not if it were sent again.

        :param code: Amazon's short word or number, None when it gave none
        :param str message: Amazon's words
        :param request_id: of the call, None when it went with a feed
        """
        self.sent_document_id._note_outcome("shipment_refused", message)
        self.write({"request_id": request_id, "amazon_message": message})
        self._forget_attempt()
        if self.state != "sending":
            return
        self._conclude("refused", reason_code=code)
        self._follow_return()
        if self.state != "refused":
            return
        refused = self.search(
            [("store_id", "=", self.store_id.id), ("state", "=", "refused")]
        )
        self.env["acorn.amazon.incident"]._raise(
            self.store_id,
            "shipment_refused",
            details="\n".join(
                f"{package.display_name}: {package.amazon_message}"
                for package in refused[:20]
            ),
            data={"count": len(refused)},
        )

    def _record_postponed(self, exc):
        """Amazon gave no answer, or is too busy: the parcel waits for its next turn.

        :param exc: ``services.errors.SpApiError``
        """
        values = {"amazon_message": exc.message, "request_id": exc.request_id}
        if isinstance(exc, BudgetExhausted):
            # Nothing was sent.
            values = {}
        if exc.had_no_effect(CONFIRM):
            self._forget_attempt()
        if self.state == "sending":
            values["state"] = "to_send"
        self.write(values)

    def _forget_attempt(self):
        """What was sent last Amazon has certainly not taken."""
        for package in self:
            package.attempts = max(0, package.attempts - 1)

    def _conclude(self, state, **values):
        self.write({"state": state, "reason_code": False, **values})

    @api.model
    def _release_untracked(self, store):
        """Let go what has waited long enough for a tracking number.

        :param store: ``acorn.amazon.store``
        """
        if not store.untracked_hours:
            return
        now = fields.Datetime.now()
        self.search(
            [
                ("store_id", "=", store.id),
                ("state", "=", "waiting"),
                ("reason_code", "=", "tracking_missing"),
                ("ship_date", "<=", now - timedelta(hours=store.untracked_hours)),
            ]
        )._evaluate()
