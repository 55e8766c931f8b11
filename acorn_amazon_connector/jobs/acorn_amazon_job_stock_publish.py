from datetime import timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..mappers.errors import PayloadError
from ..mappers.stock import quantity_patches, read_quantities
from ..services.errors import (
    AuthorizationError,
    RequestError,
    ServerError,
    ThrottledError,
    TransportError,
)

COMPUTED_AT_ONCE = 500
# As many SKUs as searchListingsItems takes.
READ_AT_ONCE = 20
# As many SKUs as Amazon lets us write in a second: what is read is written at once.
SENT_AT_ONCE = 5
READ_DATA = ("fulfillmentAvailability", "attributes")
# Amazon takes it for patches that are about the offer only.
ANY_PRODUCT_TYPE = "PRODUCT"
# A listing that was not read for longer may be Amazon's to fulfil by now.
SEEN_LATELY = timedelta(days=2)


class AcornAmazonJobStockPublish(models.AbstractModel):
    """Send the quantities that changed, those that went down first (A2).

    The number is computed at the moment it is sent. Amazon's own number is read just
    before: what it lost since it was last known was sold in orders that may not have
    arrived, and must not be offered a second time (X2).
    """

    _name = "acorn.amazon.job.stock.publish"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Send Stock"

    def _run(self, task):
        store = task.store_id
        if store.stock_mode == "off":
            return True
        self._give_up_unanswered(store)
        self.env["acorn.amazon.offer"]._mark_unseen(store)
        self._mark_ended(task)
        batch = self.env["acorn.amazon.submission.batch"]
        while True:
            self.env["acorn.amazon.stock.event"]._resolve()
            if not self._compute_dirty(task):
                return False
            if not self._is_sending(store):
                return True
            offers = self._choose_next(store)
            if not offers:
                self._report_refused(store)
                return True
            batch = batch or self._open_batch(store)
            if not self._send(task, batch, offers):
                return False

    def _is_sending(self, store):
        return store.stock_mode == "publish" and store.state == "live"

    def _open_batch(self, store):
        origin = "emergency" if store.stock_emergency else "stock"
        return self.env["acorn.amazon.submission.batch"].create(
            {"store_id": store.id, "origin": origin}
        )

    def _give_up_unanswered(self, store):
        """What was sent and never answered is sent again: the value is absolute."""
        unanswered = self.env["acorn.amazon.submission"].search(
            [
                ("store_id", "=", store.id),
                ("kind", "=", "stock"),
                ("state", "=", "sending"),
            ]
        )
        for submission in unanswered:
            submission.offer_id._assume_shown(submission.quantity)
        unanswered.write(
            {
                "state": "failed",
                "message": self.env._("No answer came. The value was sent again."),
            }
        )

    def _mark_ended(self, task):
        """Have numbers computed anew whose time ended since the last run."""
        now = fields.Datetime.now()
        ended = [
            ("stock_until", "<=", now),
            ("stock_until", ">", (task.last_success or now) - timedelta(days=1)),
            ("store_id", "=", task.store_id.id),
        ]
        offers = self.env["acorn.amazon.offer"].search(
            [
                ("store_id", "=", task.store_id.id),
                ("stock_state", "!=", "none"),
                ("target_quantity", ">", 0),
                "|",
                ("listing_id", "any", ended),
                ("participation_id", "any", ended),
            ]
        )
        offers.quantity_owner_id.write({"stock_dirty": True})

    # === COMPUTE === #

    def _compute_dirty(self, task):
        """Compute the numbers of all offers whose grounds changed.

        :return: seconds that remain; 0 means stop
        """
        domain = [
            ("store_id", "=", task.store_id.id),
            ("stock_dirty", "=", True),
            ("is_quantity_owner", "=", True),
        ]
        while True:
            offers = self.env["acorn.amazon.offer"].search(
                domain, limit=COMPUTED_AT_ONCE, order="id"
            )
            if not offers:
                return task._checkpoint() or 0
            self._compute(task.store_id, offers)
            if not task._checkpoint(processed=len(offers)):
                return 0

    def _compute(self, store, offers):
        bound = offers.filtered(
            lambda offer: (
                offer.product_id
                and offer.fulfillment_channel == "MERCHANT"
                and offer.participation_id.active
            )
        )
        (offers - bound).write(
            {"stock_dirty": False, "stock_unsent": False, "stock_state": "none"}
        )
        calculator = self.env["acorn.amazon.stock.calculator"]
        for offer, result in calculator._compute_sellable(bound).items():
            offer.write(self._prepare_target(store, offer, result))

    def _prepare_target(self, store, offer, result):
        vals = {"stock_dirty": False, "calculation": result.explain()}
        if result.quantity is None:
            return {**vals, "stock_unsent": False, "stock_state": "none"}
        vals["target_quantity"] = result.quantity
        if not self._is_sending(store):
            return {**vals, "stock_unsent": False, "stock_state": "watched"}
        is_shown = (
            offer.stock_state == "published"
            and not offer.stock_unsent
            and offer.amazon_quantity == result.quantity
        )
        if offer.stock_state == "feed" or is_shown:
            return vals
        return {**vals, "stock_unsent": True, "stock_state": "waiting"}

    # === SEND === #

    def _choose_next(self, store):
        """The most urgent offers to send: nothing left, then less, then more.

        :return: a few offers of one marketplace and one urgency
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, participation_id,
                       CASE WHEN target_quantity = 0 THEN 0
                            WHEN target_quantity < amazon_quantity THEN 1
                            ELSE 2 END AS urgency
                  FROM acorn_amazon_offer
                 WHERE store_id = %s AND stock_unsent AND stock_state = 'waiting'
                   AND is_quantity_owner
                 ORDER BY urgency, participation_id, id LIMIT %s
                """,
                store.id,
                SENT_AT_ONCE,
            )
        )
        return self.env["acorn.amazon.offer"].browse(
            [row[0] for row in rows if row[1:] == rows[0][1:]]
        )

    def _send(self, task, batch, offers):
        """Send the numbers of some offers, and record each answer.

        :return: seconds that remain; 0 means stop
        """
        client = task.store_id._get_client()
        try:
            refused = self._read_shown(task, client, offers)
        except (ThrottledError, TransportError, ServerError):
            # 0 is right whatever Amazon shows now, and must not wait.
            blind = self._get_sure_to_be_own(offers)
            if not blind or any(blind.mapped("target_quantity")):
                raise
            refused = offers - blind
            for offer in blind:
                offer._assume_sold()
        calculator = self.env["acorn.amazon.stock.calculator"]
        results = calculator._compute_sellable(offers - refused)
        seconds_left = task._checkpoint()
        for offer, result in results.items():
            if result.quantity is None:
                offer.write({"stock_unsent": False, "stock_state": "none"})
            elif result.quantity == offer.amazon_quantity and offer.amazon_quantity_at:
                self._record_shown(offer, result)
            else:
                self._send_one(task, client, batch, offer, result)
            seconds_left = task._checkpoint(processed=1)
            if not seconds_left:
                break
        return seconds_left

    def _get_sure_to_be_own(self, offers):
        """The offers that the seller still fulfilled when listings were read last."""
        since = fields.Datetime.now() - SEEN_LATELY
        return offers.filtered(
            lambda offer: (
                offer.listing_id.last_seen and offer.listing_id.last_seen > since
            )
        )

    def _read_shown(self, task, client, offers):
        """Read what Amazon shows of offers.

        :return: the offers whose quantity must not be sent
        """
        refused = self.env["acorn.amazon.offer"]
        page = self._call(
            lambda: client.listings.search(
                task.store_id.seller_id,
                [offers.marketplace_id.amazon_id],
                identifiers=offers.mapped("sku"),
                identifiers_type="SKU",
                page_size=len(offers),
                included_data=READ_DATA,
            )
        )
        items = {item.get("sku"): item for item in page.items}
        at = amazon_time(page.answered_at)
        for offer in offers:
            problem = self._learn(offer, items.get(offer.sku), at)
            if problem:
                refused |= offer
                self._record_refusal(offer, problem)
        return refused

    def _learn(self, offer, item, at):
        """Note what Amazon shows of one offer.

        :return: why nothing can be sent, or None
        """
        if item is None:
            return self.env._(
                "Amazon does not know this SKU on this marketplace any more. Read the "
                "listings again, or create the listing."
            )
        try:
            shown = read_quantities(item)
        except PayloadError as exc:
            return self.env._("Amazon's answer cannot be read: %(error)s", error=exc)
        is_at_amazon = any(code.startswith("AMAZON") for code in shown.channels)
        if is_at_amazon and "DEFAULT" not in shown.channels:
            return self.env._(
                "Amazon fulfils this SKU now. A quantity of your own would take it out "
                "of FBA, so none is sent. Read the listings again."
            )
        offer._learn_quantity(shown.quantity or 0, at)
        return None

    def _prepare_submission(self, store, batch, offer):
        return {
            "batch_id": batch.id,
            "offer_id": offer.id,
            "store_id": store.id,
            "sku": offer.sku,
            "quantity": offer.target_quantity,
            "previous_quantity": offer.amazon_quantity,
            "has_previous": bool(offer.amazon_quantity_at),
            "calculation": offer.calculation,
        }

    def _send_one(self, task, client, batch, offer, result):
        submission = self.env["acorn.amazon.submission"].create(
            {
                **self._prepare_submission(task.store_id, batch, offer),
                "quantity": result.quantity,
                "calculation": result.explain(),
            }
        )
        task._checkpoint()
        try:
            answer = self._call(
                lambda: client.listings.patch(
                    task.store_id.seller_id,
                    offer.sku,
                    [offer.marketplace_id.amazon_id],
                    offer.product_type or ANY_PRODUCT_TYPE,
                    quantity_patches(result.quantity),
                )
            )
        except AuthorizationError:
            raise
        except ThrottledError as exc:
            # This one Amazon has certainly not taken.
            submission.write({"state": "failed", "message": str(exc)})
            task._checkpoint()
            raise
        except RequestError as exc:
            submission.write(
                {
                    "state": "refused",
                    "message": str(exc),
                    "request_id": exc.request_id,
                    "answered_at": fields.Datetime.now(),
                }
            )
            self._record_refusal(offer, str(exc))
            return
        submission._answer(answer)
        if answer.is_accepted:
            self._record_sent(offer, result, amazon_time(answer.answered_at))
        else:
            self._record_refusal(offer, submission.message)

    # === RECORD === #

    def _record_sent(self, offer, result, at):
        offer.write(
            {
                "target_quantity": result.quantity,
                "calculation": result.explain(),
                "amazon_quantity": result.quantity,
                "amazon_quantity_at": at,
                "published_quantity": result.quantity,
                "published_at": fields.Datetime.now(),
                "stock_unsent": False,
                "stock_state": "published",
                "stock_message": False,
            }
        )

    def _record_shown(self, offer, result):
        """Amazon shows the right number already."""
        offer.write(
            {
                "target_quantity": result.quantity,
                "calculation": result.explain(),
                "stock_unsent": False,
                "stock_state": "published",
                "stock_message": False,
            }
        )

    def _record_refusal(self, offer, message):
        offer.write(
            {
                "stock_unsent": False,
                "stock_state": "refused",
                "stock_message": message,
            }
        )

    def _report_refused(self, store):
        """Keep one incident open while Amazon refuses quantities."""
        incidents = self.env["acorn.amazon.incident"]
        refused = self.env["acorn.amazon.offer"].search(
            [("store_id", "=", store.id), ("stock_state", "=", "refused")], limit=100
        )
        if not refused:
            incidents._resolve(store, "stock_refused")
            return
        incidents._raise(
            store,
            "stock_refused",
            self.env._("Amazon refuses quantities of this store"),
            details="\n".join(
                f"{offer.display_name}: {offer.stock_message}" for offer in refused
            ),
        )

    # === ENGINE === #

    def _waiting_domain(self, task):
        return [
            ("store_id", "=", task.store_id.id),
            ("is_quantity_owner", "=", True),
            "|",
            ("stock_dirty", "=", True),
            "&",
            ("stock_unsent", "=", True),
            ("stock_state", "=", "waiting"),
        ]

    def _has_waiting(self, task):
        if task.store_id.stock_mode == "off":
            return False
        offers = self.env["acorn.amazon.offer"]
        return bool(offers.search_count(self._waiting_domain(task), limit=1))

    def _get_backlog(self, task):
        count = self.env["acorn.amazon.offer"].search_count(self._waiting_domain(task))
        budget = self.env["acorn.amazon.budget"]
        operation = "listings.patchListingsItem"
        return count, budget._seconds_for(task.store_id, operation, count)


def amazon_time(moment):
    """Amazon's time of an answer, naive UTC, rounded up to the next second.

    Rounding up counts an order of the same second as unknown rather than as known.

    :param moment: aware datetime, or None when Amazon did not say
    """
    if moment is None:
        return fields.Datetime.now()
    naive = moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
    return naive + timedelta(seconds=1)
