import base64
import logging
from collections.abc import Callable
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers import buy_shipping
from ...services.errors import (
    AuthorizationError,
    BudgetExhausted,
    PayloadError,
    RequestError,
    SpApiError,
    ThrottledError,
)
from .acorn_amazon_label import ACTIVE, STATUSES

_logger = logging.getLogger(__name__)

CREATE = "merchantFulfillment.createShipment"
# After these Amazon has not sold anything.
HARMLESS = (AuthorizationError, RequestError, ThrottledError)
# No call takes this long.
PATIENCE = timedelta(minutes=10)
ATTEMPTS = 5


def words_of(exc):
    """Amazon's own words; the details say more than the message where it has them.

    :param exc: ``services.errors.SpApiError`` or PayloadError
    :return: a sentence
    """
    text = (getattr(exc, "details", None) or exc.message).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


class AcornAmazonLabel(models.Model):
    """Buying: note the intent, commit, call, note the answer, commit (A2, A19).

    Every step commits in a transaction of its own, so that whatever happens to the
    caller's does not undo what Amazon knows. The call itself is made while nothing is
    locked.
    """

    _inherit = "acorn.amazon.label"

    def _commit_alone(self, work: Callable):
        """Run work in a transaction of its own, again after a conflict.

        What was there before is flushed first; the caller's own transaction does not
        see what is new.

        :param work: takes an environment
        :return: what it returns: values, no records
        """
        self.env.flush_all()
        kept = ("lang", "tz", "allowed_company_ids")
        context = {k: v for k, v in self.env.context.items() if k in kept}
        for attempt in range(ATTEMPTS):
            try:
                with self.env.registry.cursor() as cr:
                    # The caller may hold what is needed here: fail instead of waiting
                    # for each other.
                    cr.execute("SET LOCAL lock_timeout = '3s'")
                    result = work(self.env(cr=cr, su=True, context=context))
                break
            except psycopg2.OperationalError:
                if attempt == ATTEMPTS - 1:
                    raise
        self.env.invalidate_all()
        return result

    # === BUYING === #

    @api.model
    def _buy(self, wizard, values, details, choice):
        """Buy a label for a parcel, once.

        :param wizard: ``acorn.amazon.buy.label`` that shows what becomes of it
        :param dict values: for ``create``
        :param dict details: ``ShipmentRequestDetails``
        :param dict choice: arguments of ``MerchantFulfillmentApi.create_shipment``
        :return: id of the label, whatever became of it
        :raise UserError: it cannot be bought, nothing was sent
        """
        store = self.env["acorn.amazon.store"].sudo().browse(values["store_id"])
        client = store._get_client()
        try:
            label_id = self._commit_alone(
                lambda env: (
                    env[self._name]
                    ._begin(wizard.with_env(env), values, details, choice)
                    .id
                )
            )
        except psycopg2.errors.UniqueViolation as exc:
            raise UserError(
                self.env._(
                    "This parcel has a label already, or one whose purchase is unclear."
                )
            ) from exc
        label = self.browse(label_id)
        job = self.env["acorn.amazon.job"]
        try:
            payload = job._call(
                lambda: client.merchant_fulfillment.create_shipment(details, **choice)
            )
        except SpApiError as exc:
            label._record_error(exc)
        else:
            label._record(payload, client.merchant_fulfillment.request_id)
        return label_id

    @api.model
    def _begin(self, wizard, values, details, choice):
        """Note that a label is about to be bought; must be committed before the call.

        :raise UserError: Amazon must not be asked
        """
        picking = self.env["stock.picking"].browse(values["picking_id"])
        picking._acorn_amazon_check_label()
        if any(
            label.parcel_id.id == (values.get("parcel_id") or False)
            for label in picking.acorn_amazon_label_ids
            if label.state in ACTIVE
        ):
            raise UserError(
                self.env._(
                    "This parcel has a label already, or one whose purchase is unclear."
                )
            )
        packages = picking.acorn_amazon_package_ids
        packages._lock_for_label(
            self.env["stock.package"].browse(values.get("parcel_id") or ())
        )
        label = self.create(values)
        wizard.write({"label_id": label.id, "step": "done"})
        packages._follow_label()
        self.env["acorn.amazon.exchange"]._keep_sent(
            label.store_id,
            "label_purchase",
            f"{label.amazon_order_id}/{label.id}",
            {"ShipmentRequestDetails": details, **choice},
            label,
        )
        return label

    def _record_error(self, exc):
        """Note that the call brought no label, or nobody knows.

        :param exc: ``services.errors.SpApiError``
        """
        is_harmless = exc.operation != CREATE or isinstance(exc, HARMLESS)
        if is_harmless:
            self._note("failed", message=words_of(exc), request_id=exc.request_id)
            return
        self._note("unknown", message=words_of(exc), request_id=exc.request_id)

    def _note(self, state, **values):
        def work(env):
            label = env[self._name].browse(self.id)
            label.write({"state": state, **values})
            label._follow_state()

        self._commit_alone(work)

    def _follow_state(self):
        """Release the shipments of a label that is none; report what is unclear."""
        self.ensure_one()
        if self.state == "failed":
            self.picking_id.acorn_amazon_package_ids._follow_label()
            self._settle_incident()
        elif self.state == "unknown":
            self.env["acorn.amazon.incident"]._raise(
                self.store_id,
                "label_unknown",
                data={"delivery": self.picking_id.name},
                details=self.message,
                record=self,
            )

    def _record(self, payload, request_id):
        """Note what Amazon says of the label, then bring the delivery to it.

        :param dict payload: a ``Shipment`` of Merchant Fulfillment v0
        :param str request_id: of the answer
        """
        values = self._read_payload(payload) | {"request_id": request_id}
        self._commit_alone(lambda env: env[self._name].browse(self.id)._take_in(values))
        self._apply_alone()

    def _apply_alone(self):
        def work(env):
            env[self._name].browse(self.id)._apply()

        try:
            self._commit_alone(work)
        except psycopg2.OperationalError:
            # The label is safe; the flow brings the delivery to it later.
            _logger.warning("Label %s: its delivery is in use", self.id)

    def _read_payload(self, payload):
        """Values of a label as Amazon answers; a broken file does not lose the rest."""
        try:
            shipment = buy_shipping.read_shipment(payload)
            message = False
        except PayloadError as exc:
            payload = {
                key: value
                for key, value in payload.items()
                if key in ("ShipmentId", "AmazonOrderId", "Status", "TrackingId")
            }
            message = self.env._(
                "Amazon's answer cannot be read (%(reason)s).", reason=exc
            )
            try:
                shipment = buy_shipping.read_shipment(payload)
            except PayloadError:
                return {"state": "unknown", "message": message}
        if shipment.label and not shipment.label.is_verified:
            message = self.env._(
                "The label differs from Amazon's checksum: look at it before you use "
                "it."
            )
        values = {
            "state": STATUSES.get(shipment.status, "bought"),
            "shipment_id": shipment.shipment_id,
            "tracking_number": shipment.tracking_number,
            "message": message,
            "label": shipment.label,
        }
        if shipment.carrier:
            values |= {"carrier": shipment.carrier, "service": shipment.service_name}
        if shipment.amount is not None:
            values |= {
                "amount": float(shipment.amount),
                "currency_id": self._find_currency(shipment.currency).id,
            }
        return values

    @api.model
    def _find_currency(self, code):
        currencies = self.env["res.currency"].with_context(active_test=False)
        return currencies.search([("name", "=", code)], limit=1)

    def _take_in(self, values):
        """Write what Amazon answered.

        :param dict values: as :meth:`_read_payload` gives them
        """
        now = fields.Datetime.now()
        # The caller's values are taken in once more after a conflict.
        values = dict(values)
        label = values.pop("label", None)
        before = self.state
        values["checked_at"] = now
        if values["state"] == "bought":
            # What it returned is not asked for again by an older answer.
            values["state"] = "returning" if before == "returning" else "bought"
            values["bought_at"] = self.bought_at or now
        elif values["state"] in STATUSES.values():
            values["returned_at"] = self.returned_at or now
        has_changed = values["state"] != before
        if label and not self.attachment_id:
            values["attachment_id"] = self._create_attachment(label, values).id
            has_changed = True
        if has_changed and values["state"] != "returning":
            values["is_applied"] = False
        self.write(values)
        if self.state != "unknown":
            self._settle_incident()
        self._follow_state()

    def _create_attachment(self, label, values):
        prefix = self.env["delivery.carrier"]._acorn_amazon_label_prefix()
        number = values["tracking_number"] or values["shipment_id"]
        extension = {"application/pdf": "pdf", "image/png": "png"}
        return self.env["ir.attachment"].create(
            {
                "name": f"{prefix}-{number}.{extension.get(label.file_type, 'zpl')}",
                "datas": base64.b64encode(label.content),
                "mimetype": label.file_type,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    # === READING AGAIN === #

    def _check_now(self):
        """Ask Amazon for this label, as a person wants it.

        :raise UserError: Amazon's words
        """
        self.ensure_one()
        if self.state == "buying":
            if self.requested_at + PATIENCE > fields.Datetime.now():
                raise UserError(self._explain())
            self._note("unknown", message=False)
            return
        if self.state == "returning":
            self._return_now()
            return
        if not self.shipment_id:
            raise UserError(self._explain())
        try:
            self._read_from_amazon(self.shipment_id)
        except SpApiError as exc:
            raise UserError(self._complain(exc)) from exc

    def _read_from_amazon(self, shipment_id):
        """:raise services.errors.SpApiError: as Amazon answered"""
        client = self.sudo().store_id._get_client()
        job = self.env["acorn.amazon.job"]
        payload = job._call(lambda: client.merchant_fulfillment.get(shipment_id))
        if payload.get("AmazonOrderId") != self.amazon_order_id:
            raise UserError(
                self.env._(
                    "This shipment is of the Amazon order %(other)s, not of %(order)s.",
                    other=payload.get("AmazonOrderId") or "?",
                    order=self.amazon_order_id,
                )
            )
        self._record(payload, client.merchant_fulfillment.request_id)

    def _complain(self, exc):
        if isinstance(exc, BudgetExhausted):
            return self.env._("Amazon allows one such request per second. Try again.")
        if isinstance(exc, RequestError):
            return self.env._("Amazon says: %(words)s", words=words_of(exc))
        return self.env._(
            "Amazon gave no answer: %(words)s Try again later.", words=words_of(exc)
        )

    # === GIVING BACK === #

    def _return_now(self):
        """Give a label back for a refund; repeating it does no harm.

        :raise UserError: Amazon's words
        """
        self.ensure_one()
        if self.state in ("refund_pending", "refunded"):
            return
        if self.state not in ("bought", "returning", "refund_rejected"):
            raise UserError(self._explain() or self.display_name)
        if not self.shipment_id:
            raise UserError(
                self.env._("Odoo has no ShipmentId: return it in Seller Central.")
            )
        self.picking_id._acorn_amazon_check_store(self.store_id)
        self._note("returning")
        try:
            self._ask_to_return()
        except RequestError as exc:
            raise UserError(self._complain(exc)) from exc
        except SpApiError as exc:
            raise UserError(
                self.env._(
                    "Amazon gave no answer: %(words)s Odoo asks again by itself.",
                    words=words_of(exc),
                )
            ) from exc

    def _ask_to_return(self):
        """:raise services.errors.SpApiError: as Amazon answered"""
        client = self.sudo().store_id._get_client()
        job = self.env["acorn.amazon.job"]
        try:
            payload = job._call(
                lambda: client.merchant_fulfillment.cancel(self.shipment_id)
            )
        except RequestError as exc:
            self._note("bought", message=words_of(exc), request_id=exc.request_id)
            raise
        request_id = client.merchant_fulfillment.request_id
        values = self._read_payload(payload) | {"request_id": request_id}
        if values["state"] == "bought":
            # Amazon has taken the request, whatever the answer calls it.
            values["state"] = "refund_pending"
        self._commit_alone(lambda env: env[self._name].browse(self.id)._take_in(values))
        self._apply_alone()

    def _take_over(self, number):
        """A person knows that a label was bought, and its tracking number only.

        :param str number: tracking number
        """
        values = {
            "state": "bought",
            "tracking_number": number,
            "message": False,
        }
        self._commit_alone(lambda env: env[self._name].browse(self.id)._take_in(values))
        self._apply_alone()

    @api.model
    def _find_broken(self, store):
        """Purchases of a store whose worker died before it could note the answer."""
        return self.search(
            [
                ("store_id", "=", store.id),
                ("state", "=", "buying"),
                ("requested_at", "<", fields.Datetime.now() - PATIENCE),
            ]
        )

    def _give_up(self):
        """The answer to these purchases will never come: a person has to look."""
        for label in self:
            label.state = "unknown"
            label._follow_state()

    def _note_trouble(self, message):
        """Amazon does not answer as it should; it is asked again in its turn."""
        values = {"message": message, "checked_at": fields.Datetime.now()}
        self._commit_alone(lambda env: env[self._name].browse(self.id).write(values))
