from datetime import timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..mappers.stock import quantity_patches, read_quantities
from ..services.errors import ServerError, ThrottledError, TransportError

# As many SKUs as Amazon lets us write in a second: what is read is written at once.
SENT_AT_ONCE = 5
# A listing that was not read for longer may be Amazon's to fulfil by now.
SEEN_LATELY = timedelta(days=2)


class AcornAmazonJobStockPublish(models.AbstractModel):
    """Send the quantities that changed, those that went down first (A2).

    What Amazon's number lost since it was last known was sold in orders that may not
    have arrived, and must not be offered a second time (X2).
    """

    _name = "acorn.amazon.job.stock.publish"
    _inherit = "acorn.amazon.job.publish"
    _description = "Amazon Job: Send Stock"

    _kind = "stock"
    _read_data = ("fulfillmentAvailability", "attributes")

    def _get_origin(self, store):
        return "emergency" if store.stock_emergency else super()._get_origin(store)

    def _give_up_unanswered(self, store):
        unanswered = super()._give_up_unanswered(store)
        for submission in unanswered:
            offer = submission.offer_id
            owner = offer.quantity_owner_id or offer
            owner._assume_shown(submission.quantity)
        return unanswered

    # === COMPUTE === #

    def _get_domain(self, store):
        return [*super()._get_domain(store), ("is_quantity_owner", "=", True)]

    def _mark_due(self, task):
        """Mark numbers whose time ended, and those kept lower for unknown sales."""
        self.env["acorn.amazon.offer"]._mark_unseen(task.store_id)
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

    def _get_managed(self, offers):
        """Override: how much there is at Amazon, Amazon counts itself."""
        managed = super()._get_managed(offers)
        return managed.filtered(lambda o: o.fulfillment_channel == "MERCHANT")

    def _get_results(self, offers):
        return self.env["acorn.amazon.stock.calculator"]._compute_sellable(offers)

    def _get_obstacle(self, result):
        return ("none", False) if result.quantity is None else None

    def _is_shown(self, offer, result):
        """Override: nor may Amazon still be working on another number."""
        is_known = self._is_known(offer, result)
        return is_known and not offer._is_unsettled(result.quantity)

    def _is_up_to_date(self, offer, result):
        """Override: Amazon's number is only trusted where it is the last one sent."""
        return offer.stock_state == "published" and self._is_known(offer, result)

    def _is_known(self, offer, result):
        is_known = bool(offer.amazon_quantity_at)
        return is_known and offer.amazon_quantity == result.quantity

    def _prepare_result(self, result):
        vals = {"calculation": result.explain()}
        if result.quantity is not None:
            vals["target_quantity"] = result.quantity
        return vals

    # === COMPARE AND SEND === #

    def _choose_next(self, store):
        """Override: the most urgent ones: nothing left, then less, then more.

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

    def _read_to_send(self, task, client, offers):
        """Override to send what is sold out even where Amazon cannot be read."""
        try:
            return super()._read_to_send(task, client, offers)
        except (ThrottledError, TransportError, ServerError):
            # 0 is right whatever Amazon shows now, and must not wait.
            blind = self._get_sure_to_be_own(offers)
            if not blind or any(blind.mapped("target_quantity")):
                raise
            for offer in blind:
                offer._assume_sold()
            return dict.fromkeys(blind)

    def _get_sure_to_be_own(self, offers):
        """The offers that the seller still fulfilled when listings were read last."""
        since = fields.Datetime.now() - SEEN_LATELY
        return offers.filtered(
            lambda offer: (
                offer.listing_id.last_seen and offer.listing_id.last_seen > since
            )
        )

    def _learn_or_complain(self, offer, item, at):
        """Override: Europe's number goes on with a marketplace that has the SKU."""
        problem = super()._learn_or_complain(offer, item, at)
        if item is None:
            offer._note_missing()
        if item is not None or offer.is_quantity_owner:
            return problem
        return self.env._(
            "Amazon does not know this SKU on this marketplace any more. The quantity "
            "for all of Europe is sent with %(offer)s now.",
            offer=offer.quantity_owner_id.display_name,
        )

    def _learn(self, offer, item, at):
        shown = read_quantities(item)
        is_at_amazon = any(code.startswith("AMAZON") for code in shown.channels)
        if is_at_amazon and "DEFAULT" not in shown.channels:
            return self.env._(
                "Amazon fulfils this SKU now. A quantity of your own would take it out "
                "of FBA, so none is sent. Read the listings again."
            )
        offer._learn_quantity(shown.quantity or 0, amazon_time(at))
        if offer.missing_since or offer.unlisted_since:
            offer.write({"missing_since": False, "unlisted_since": False})
        return None

    def _record_refusal(self, offer, message):
        """Override: where another offer sends the number, nobody need do a thing."""
        if offer.is_quantity_owner:
            return super()._record_refusal(offer, message)
        return offer.write(self._prepare_state("none", message))

    def _get_patches(self, offer, result, item):
        return quantity_patches(result.quantity)

    def _prepare_submission(self, batch, offer):
        return {
            **super()._prepare_submission(batch, offer),
            "previous_quantity": offer.amazon_quantity,
            "has_previous": bool(offer.amazon_quantity_at),
        }

    def _prepare_value(self, result):
        return {"quantity": result.quantity, "calculation": result.explain()}

    def _prepare_shown(self, offer, result, at):
        return self._prepare_quantity(offer, result.quantity, amazon_time(at))

    def _prepare_quantity(self, offer, quantity, at):
        return {
            "sold_log": offer._get_sold_log(at) or False,
            "sent_log": offer._extend_sent_log(quantity, at),
            "amazon_quantity": quantity,
            "amazon_quantity_at": at,
            "published_quantity": quantity,
            "published_at": fields.Datetime.now(),
        }


def amazon_time(moment):
    """Amazon's time of an answer, naive UTC, rounded up to the next second.

    Rounding up counts an order of the same second as unknown rather than as known.

    :param moment: aware datetime, or None when Amazon did not say
    """
    if moment is None:
        return fields.Datetime.now()
    naive = moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
    return naive + timedelta(seconds=1)
