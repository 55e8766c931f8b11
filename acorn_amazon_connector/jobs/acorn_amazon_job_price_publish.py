from datetime import timedelta, timezone

from odoo import fields, models

from ..mappers.errors import PayloadError
from ..mappers.price import Prices, price_patches, read_prices
from ..services.errors import AuthorizationError, RequestError

COMPUTED_AT_ONCE = 500
# As many SKUs as searchListingsItems takes.
READ_AT_ONCE = 20
# Amazon takes it for patches that are about the offer only.
ANY_PRODUCT_TYPE = "PRODUCT"
# Currencies, costs and formulas change without a note.
COMPUTED_EVERY = timedelta(hours=24)


class AcornAmazonJobPricePublish(models.AbstractModel):
    """Send the prices that differ from what Amazon shows.

    Each is computed and compared with Amazon's once more just before it is sent, and
    what stood there before is kept, so that a batch can be taken back (X15).
    """

    _name = "acorn.amazon.job.price.publish"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Send Prices"

    def _run(self, task):
        store = task.store_id
        if store.price_mode == "off":
            return True
        self._give_up_unanswered(store)
        self.env["acorn.amazon.price.event"]._resolve()
        self._mark_due(task)
        batch = self.env["acorn.amazon.submission.batch"]
        while True:
            if not self._compute_dirty(task):
                return False
            offers = self._choose_next(store)
            if not offers:
                self._report(store)
                return True
            batch = batch or batch.create({"store_id": store.id, "origin": "price"})
            if not self._send(task, batch, offers):
                return False

    def _is_sending(self, store):
        return store.price_mode == "publish" and store.state == "live"

    def _give_up_unanswered(self, store):
        """What was sent and never answered is sent again: the price is absolute."""
        self.env["acorn.amazon.submission"].search(
            [
                ("store_id", "=", store.id),
                ("kind", "=", "price"),
                ("state", "=", "sending"),
            ]
        ).write(
            {
                "state": "failed",
                "message": self.env._("No answer came. The price was sent again."),
            }
        )

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

    def _compute_dirty(self, task):
        """Compute the prices of all offers whose grounds changed.

        :return: seconds that remain; 0 means stop
        """
        domain = [("store_id", "=", task.store_id.id), ("price_dirty", "=", True)]
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
        managed = self._get_managed(offers)
        (offers - managed).write(
            {
                "price_dirty": False,
                "price_unsent": False,
                "price_state": "none",
                "price_message": False,
            }
        )
        for offer, result in self._get_results(managed).items():
            offer.write(self._prepare_target(store, offer, result))

    def _get_managed(self, offers):
        """The offers whose price Odoo decides; a SKU has one, in whatever channel."""
        bound = offers.filtered(
            lambda offer: offer.product_id and offer.participation_id.active
        )
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

    def _prepare_target(self, store, offer, result):
        vals = {"price_dirty": False, "price_calculation": result.calculation}
        vals |= offer._prepare_prices_vals("target", result.prices or Prices(None))
        if result.problem:
            return {
                **vals,
                "price_unsent": False,
                "price_state": "blocked",
                "price_message": result.problem,
            }
        vals["price_message"] = False
        if not self._is_sending(store):
            return {**vals, "price_unsent": False, "price_state": "watched"}
        is_known = offer.amazon_price_at and not offer.price_unsent
        if is_known and offer._shows_prices(result.prices):
            return {**vals, "price_state": "published"}
        return {**vals, "price_unsent": True, "price_state": "waiting"}

    # === SEND === #

    def _choose_next(self, store):
        """:return: up to 20 offers to send, of one marketplace"""
        if not self._is_sending(store):
            return self.env["acorn.amazon.offer"]
        offers = self.env["acorn.amazon.offer"].search(
            [
                ("store_id", "=", store.id),
                ("price_unsent", "=", True),
                ("price_state", "=", "waiting"),
            ],
            order="participation_id, id",
            limit=READ_AT_ONCE,
        )
        first = offers[:1].participation_id
        return offers.filtered(lambda offer: offer.participation_id == first)

    def _send(self, task, batch, offers):
        """Send the prices of some offers, and record each answer.

        :return: seconds that remain; 0 means stop
        """
        client = task.store_id._get_client()
        items = self._read_shown(task, client, offers)
        results = self._get_results(offers.filtered(lambda offer: offer in items))
        seconds_left = task._checkpoint()
        for offer, result in results.items():
            if result.problem:
                offer.write(self._prepare_target(task.store_id, offer, result))
            elif offer._shows_prices(result.prices):
                self._record_shown(offer, result)
            else:
                self._send_one(task, client, batch, offer, result, items[offer])
            seconds_left = task._checkpoint(processed=1)
            if not seconds_left:
                break
        return seconds_left

    def _read_shown(self, task, client, offers):
        """Read what Amazon shows of offers.

        :return: {offer: listing} of those whose price can be sent
        """
        marketplace = offers.marketplace_id.amazon_id
        page = self._call(
            lambda: client.listings.search(
                task.store_id.seller_id,
                [marketplace],
                identifiers=list(dict.fromkeys(offers.mapped("sku"))),
                identifiers_type="SKU",
                page_size=READ_AT_ONCE,
                included_data=("attributes",),
            )
        )
        found = {item.get("sku"): item for item in page.items}
        at = page.answered_at or _utc_now()
        items = {}
        for offer in offers:
            item = found.get(offer.sku)
            if item is None:
                self._record_refusal(
                    offer,
                    self.env._(
                        "Amazon does not know this SKU on this marketplace any more. "
                        "Read the listings again, or create the listing."
                    ),
                )
                continue
            try:
                prices = read_prices(item, marketplace, at)
            except PayloadError as exc:
                message = self.env._(
                    "Amazon's answer cannot be read: %(error)s", error=exc
                )
                self._record_refusal(offer, message)
                continue
            offer._learn_prices(prices, _naive(at))
            items[offer] = item
        return items

    def _send_one(self, task, client, batch, offer, result, item):
        place = offer.participation_id
        marketplace = place.marketplace_id.amazon_id
        patches = price_patches(
            item,
            marketplace,
            place.currency_id.name,
            result.prices,
            with_sale=place.price_sends_sales,
        )
        shown = offer._get_prices("amazon")
        submission = self.env["acorn.amazon.submission"].create(
            {
                "batch_id": batch.id,
                "offer_id": offer.id,
                "store_id": task.store_id.id,
                "kind": "price",
                "sku": offer.sku,
                "price": float(result.prices.price),
                "previous_price": float(shown.price or 0),
                "prices": result.prices.to_json(),
                "previous_prices": shown.to_json(),
                "has_previous": shown.price is not None,
                "calculation": result.calculation,
            }
        )
        task._checkpoint()
        try:
            answer = self._call(
                lambda: client.listings.patch(
                    task.store_id.seller_id,
                    offer.sku,
                    [marketplace],
                    offer.product_type or ANY_PRODUCT_TYPE,
                    patches,
                    issue_locale=place._get_issue_locale(),
                )
            )
        except AuthorizationError:
            raise
        except RequestError as exc:
            submission._refuse(exc)
            self._record_refusal(offer, str(exc))
            return
        submission._answer(answer)
        if answer.is_accepted:
            self._record_sent(offer, result, answer.answered_at or _utc_now())
        else:
            self._record_refusal(offer, submission.message)

    # === RECORD === #

    def _record_sent(self, offer, result, at):
        offer._learn_prices(self._get_expected(offer, result), _naive(at))
        offer.write(
            {
                **self._prepare_done(offer, result),
                "amazon_price_at": _naive(at),
                "price_sent_at": fields.Datetime.now(),
                "price_change_allowed": False,
            }
        )

    def _record_shown(self, offer, result):
        """Amazon shows the right prices already."""
        offer.write(self._prepare_done(offer, result))

    def _prepare_done(self, offer, result):
        return {
            **offer._prepare_prices_vals("target", result.prices),
            "price_calculation": result.calculation,
            "price_unsent": False,
            "price_state": "published",
            "price_message": False,
        }

    def _get_expected(self, offer, result):
        """What Amazon shows after it accepted: what was not sent is as it was."""
        shown, sent = offer._get_prices("amazon"), result.prices
        with_sale = offer.participation_id.price_sends_sales
        return Prices(
            price=sent.price,
            sale=sent.sale if with_sale else shown.sale,
            business=sent.business or shown.business,
        )

    def _record_refusal(self, offer, message):
        offer.write(
            {
                "price_unsent": False,
                "price_state": "refused",
                "price_message": message,
            }
        )

    def _report(self, store):
        """Keep one incident open while prices wait for a person."""
        incidents = self.env["acorn.amazon.incident"]
        stuck = self.env["acorn.amazon.offer"].search(
            [
                ("store_id", "=", store.id),
                ("price_state", "in", ("blocked", "refused")),
            ],
            limit=100,
        )
        if not stuck:
            incidents._resolve(store, "price_refused")
            return
        incidents._raise(
            store,
            "price_refused",
            self.env._("Some prices of this store are not sent"),
            details="\n".join(
                f"{offer.display_name}: {offer.price_message}" for offer in stuck
            ),
        )

    # === ENGINE === #

    def _waiting_domain(self, task):
        return [
            ("store_id", "=", task.store_id.id),
            "|",
            ("price_dirty", "=", True),
            ("price_unsent", "=", True),
        ]

    def _has_waiting(self, task):
        if task.store_id.price_mode == "off":
            return False
        offers = self.env["acorn.amazon.offer"]
        return bool(offers.search_count(self._waiting_domain(task), limit=1))

    def _get_backlog(self, task):
        count = self.env["acorn.amazon.offer"].search_count(self._waiting_domain(task))
        budget = self.env["acorn.amazon.budget"]
        operation = "listings.patchListingsItem"
        return count, budget._seconds_for(task.store_id, operation, count)


def _utc_now():
    return fields.Datetime.now().replace(tzinfo=timezone.utc)


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
