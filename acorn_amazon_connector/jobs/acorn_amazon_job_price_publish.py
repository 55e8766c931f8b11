from datetime import timedelta, timezone

from odoo import fields, models

from ..mappers.price import Prices, price_patches, read_prices

# Currencies, costs and formulas change without a note.
COMPUTED_EVERY = timedelta(hours=24)


class AcornAmazonJobPricePublish(models.AbstractModel):
    """Send the prices that differ from what Amazon shows (A4).

    What stood there before is kept, so that a batch can be taken back (X15).
    """

    _name = "acorn.amazon.job.price.publish"
    _inherit = "acorn.amazon.job.publish"
    _description = "Amazon Job: Send Prices"

    _kind = "price"

    # === COMPUTE === #

    def _mark_due(self, task):
        """Mark what a date changes: rules that begin or end, and all once a day."""
        now = fields.Datetime.now()
        page = task.page or {}
        computed = fields.Datetime.to_datetime(page.get("computed"))
        seen = fields.Datetime.to_datetime(page.get("seen"))
        if not computed or now - computed >= COMPUTED_EVERY:
            task.store_id._mark_all_prices()
            computed = now
        else:
            self._mark_dated(seen or computed, now)
        task.page = {
            "computed": fields.Datetime.to_string(computed),
            "seen": fields.Datetime.to_string(now),
        }
        task._checkpoint()

    def _mark_dated(self, since, now):
        items = self.env["product.pricelist.item"].search(
            [
                "|",
                "&",
                ("date_start", ">", since),
                ("date_start", "<=", now),
                "&",
                ("date_end", ">=", since),
                ("date_end", "<", now),
            ]
        )
        offers = self.env["acorn.amazon.offer"]
        events = self.env["acorn.amazon.price.event"]
        for pricelist in items.pricelist_id:
            offers._mark_prices(events._find_dependent(pricelist.id), None)

    def _get_managed(self, offers):
        """Override: a SKU has one price, in whatever channel."""
        bound = super()._get_managed(offers)
        at_amazon = bound.filtered(lambda o: o.fulfillment_channel == "AMAZON")
        twins = self.env["acorn.amazon.offer"].search(
            [
                ("store_id", "in", at_amazon.store_id.ids),
                ("sku", "in", at_amazon.mapped("sku")),
                ("fulfillment_channel", "=", "MERCHANT"),
                ("listing_id.product_id", "!=", False),
            ]
        )
        taken = {(twin.participation_id, twin.sku) for twin in twins}
        return bound - at_amazon.filtered(
            lambda offer: (offer.participation_id, offer.sku) in taken
        )

    def _get_results(self, offers):
        """What the offers should cost: the pricelist's prices, or those held."""
        calculator = self.env["acorn.amazon.price.calculator"]
        held = offers.filtered("held_prices")
        results = calculator._compute_prices(offers - held)
        for offer in held:
            results[offer] = calculator._get_held(offer)
        return results

    def _get_obstacle(self, result):
        return ("blocked", result.problem) if result.problem else None

    def _is_shown(self, offer, result):
        return bool(offer.amazon_price_at) and offer._shows_prices(result.prices)

    def _prepare_result(self, result):
        prices = result.prices or Prices(None)
        return {
            **self.env["acorn.amazon.offer"]._prepare_prices_vals("target", prices),
            "price_calculation": result.calculation,
        }

    # === COMPARE AND SEND === #

    def _learn(self, offer, item, at):
        prices = read_prices(item, offer.marketplace_id.amazon_id, at)
        offer._learn_prices(prices, _naive(at))

    def _get_patches(self, offer, result, item):
        place = offer.participation_id
        return price_patches(
            item,
            place.marketplace_id.amazon_id,
            place.currency_id.name,
            result.prices,
            with_sale=place.price_sends_sales,
        )

    def _prepare_submission(self, batch, offer):
        shown = offer._get_prices("amazon")
        return {
            **super()._prepare_submission(batch, offer),
            "previous_price": float(shown.price or 0),
            "previous_prices": shown.to_json(),
            "has_previous": shown.price is not None,
        }

    def _prepare_value(self, result):
        return {
            "price": float(result.prices.price),
            "prices": result.prices.to_json(),
            "calculation": result.calculation,
        }

    def _prepare_shown(self, offer, result, at):
        # What was not sent is as it was.
        shown, sent = offer._get_prices("amazon"), result.prices
        with_sale = offer.participation_id.price_sends_sales
        expected = Prices(
            price=sent.price,
            sale=sent.sale if with_sale else shown.sale,
            business=sent.business or shown.business,
        )
        return {
            **offer._prepare_prices_vals("amazon", expected),
            "amazon_price_at": _naive(at),
            "price_sent_at": fields.Datetime.now(),
            "price_change_allowed": False,
        }


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
