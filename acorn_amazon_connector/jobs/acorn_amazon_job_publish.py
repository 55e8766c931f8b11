from datetime import datetime, timezone

from odoo import models

from ..mappers.errors import PayloadError
from ..services.api.listings import count_together
from ..services.errors import RequestError, ThrottledError

COMPUTED_AT_ONCE = 2000
# As many SKUs as searchListingsItems takes.
READ_AT_ONCE = 20
# Amazon takes it for patches that are about the offer only.
ANY_PRODUCT_TYPE = "PRODUCT"


def readable_together(records):
    """The first records whose listings one call can read.

    :param records: of one marketplace, with a ``sku``
    """
    return records[: count_together(records.mapped("sku"))]


class AcornAmazonJobPublish(models.AbstractModel):
    """Send one kind of value of a store's offers where Amazon shows another.

    A value is computed at the moment it is sent, and what Amazon shows is read just
    before. What goes out is written down and committed before the call, so that
    nothing is locked during it. Values are absolute: what was never answered is sent
    again.

    ``_kind`` begins the names of the offer's fields (``…_dirty``, ``…_unsent``,
    ``…_state``, ``…_message``), of the store's ``…_mode``, of the model of the noted
    changes and of the incident.
    """

    _name = "acorn.amazon.job.publish"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Send Values of Offers"

    _kind = None
    # What has to be read before a value can be sent.
    _read_data = ("attributes",)

    def _run(self, task):
        store = task.store_id
        if store[f"{self._kind}_mode"] == "off":
            return True
        self._give_up_unanswered(store)
        self._mark_due(task)
        if not self._compute_changed(task):
            return False
        if self._is_sending(store):
            self._send_together(task)
        batch = self.env["acorn.amazon.submission.batch"]
        while self._compute_changed(task):
            offers = self._is_sending(store) and self._choose_next(store)
            offers = offers and readable_together(offers)
            if not offers:
                self._report(store)
                return True
            client = store._get_client()
            differing = self._compare(task, client, offers)
            seconds_left = task._checkpoint(processed=len(offers) - len(differing))
            if differing and not batch:
                batch = self._open_batch(store)
            for offer, (result, item) in differing.items():
                if not seconds_left:
                    return False
                self._send_one(task, client, batch, offer, result, item)
                seconds_left = task._checkpoint(processed=1)
        return False

    def _is_sending(self, store):
        return store[f"{self._kind}_mode"] == "publish" and store.state == "live"

    def _give_up_unanswered(self, store):
        """What was sent and never answered is sent again: the value is absolute.

        :return: what was given up
        :rtype: acorn.amazon.submission
        """
        submissions = self.env["acorn.amazon.submission"]
        return submissions._give_up_unanswered(store, self._kind)

    def _mark_due(self, task):
        """Have values computed anew that time alone changes, if there are any."""

    def _send_together(self, task):
        """Send what had better not go one by one, before the rest does."""

    def _open_batch(self, store):
        return self.env["acorn.amazon.submission.batch"].create(
            {"store_id": store.id, "origin": self._get_origin(store)}
        )

    def _get_origin(self, store):
        """:return: ``origin`` of a batch that is opened now"""
        return self._kind

    # === COMPUTE === #

    def _get_domain(self, store):
        """The offers whose value is sent."""
        return [("store_id", "=", store.id)]

    def _compute_changed(self, task):
        """Compute the values of all offers whose grounds changed.

        :return: seconds that remain; 0 means stop
        """
        self.env[f"acorn.amazon.{self._kind}.event"]._resolve()
        domain = [*self._get_domain(task.store_id), (f"{self._kind}_dirty", "=", True)]
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
        computed = {f"{self._kind}_dirty": False}
        managed = self._get_managed(offers)
        (offers - managed).write({**computed, **self._prepare_state("none")})
        self.env["acorn.amazon.offer"]._write_each(
            {
                offer: {**computed, **self._prepare_target(store, offer, result)}
                for offer, result in self._get_results(managed).items()
            }
        )

    def _get_managed(self, offers):
        """The offers whose value Odoo decides."""
        return offers.filtered(
            lambda offer: offer.listing_id.product_id and offer.participation_id.active
        )

    def _get_results(self, offers):
        """What the offers should show.

        :return: {offer: result}; the kind decides what a result is
        """
        raise NotImplementedError

    def _get_obstacle(self, result):
        """Why a result is not for sending.

        :return: (state, message), or None when it can be sent
        """
        raise NotImplementedError

    def _is_shown(self, offer, result):
        """Whether Amazon showed the result when it was read last."""
        raise NotImplementedError

    def _is_up_to_date(self, offer, result):
        """Whether the result need not even be compared with what Amazon shows."""
        return self._is_shown(offer, result)

    def _prepare_result(self, result):
        """The values that keep a result with its offer."""
        raise NotImplementedError

    def _prepare_state(self, state, message=False):
        return {
            f"{self._kind}_unsent": state == "waiting",
            f"{self._kind}_state": state,
            f"{self._kind}_message": message,
        }

    def _prepare_target(self, store, offer, result):
        obstacle = self._get_obstacle(result)
        if obstacle:
            state = self._prepare_state(*obstacle)
        elif not self._is_sending(store):
            state = self._prepare_state("watched")
        elif not offer[f"{self._kind}_unsent"] and self._is_up_to_date(offer, result):
            state = self._prepare_state("published")
        else:
            state = self._prepare_state("waiting")
        return {**self._prepare_result(result), **state}

    # === COMPARE === #

    def _choose_next(self, store):
        """:return: the offers of one marketplace to send next, 20 at most"""
        offers = self.env["acorn.amazon.offer"].search(
            [
                *self._get_domain(store),
                (f"{self._kind}_unsent", "=", True),
                (f"{self._kind}_state", "=", "waiting"),
            ],
            order="participation_id, id",
            limit=READ_AT_ONCE,
        )
        first = offers[:1].participation_id
        return offers.filtered(lambda offer: offer.participation_id == first)

    def _compare(self, task, client, offers):
        """Read what Amazon shows, compute once more, and note what need not be sent.

        :return: {offer: (result, listing)} to send
        """
        items = self._read_to_send(task, client, offers)
        results = self._get_results(offers.filtered(lambda offer: offer in items))
        differing = {}
        for offer, result in results.items():
            if self._get_obstacle(result):
                offer.write(self._prepare_target(task.store_id, offer, result))
            elif self._is_shown(offer, result):
                offer.write(self._prepare_done(result))
            else:
                differing[offer] = result, items[offer]
        return differing

    def _read_to_send(self, task, client, offers):
        """:return: {offer: listing} of those whose value can be sent"""
        return self._read_shown(task, client, offers)

    def _read_shown(self, task, client, offers):
        """Read what Amazon shows of offers of one marketplace.

        :param offers: as many as :func:`readable_together` gives
        :return: {offer: listing} of those whose value can be sent
        """
        page = self._call(
            lambda: client.listings.find(
                task.store_id.seller_id,
                [offers.marketplace_id.amazon_id],
                offers.mapped("sku"),
                included_data=self._read_data,
            )
        )
        found = {item.get("sku"): item for item in page.items}
        at = page.answered_at or datetime.now(timezone.utc)
        items = {}
        for offer in offers:
            item = found.get(offer.sku)
            problem = self._learn_or_complain(offer, item, at)
            if problem:
                self._record_refusal(offer, problem)
            else:
                items[offer] = item
        return items

    def _learn_or_complain(self, offer, item, at):
        if item is None:
            return self.env._(
                "Amazon does not know this SKU on this marketplace any more. Read the "
                "listings again, or create the listing."
            )
        try:
            return self._learn(offer, item, at)
        except PayloadError as exc:
            return self.env._("Amazon's answer cannot be read: %(error)s", error=exc)

    def _learn(self, offer, item, at):
        """Note what Amazon shows of one offer.

        :param dict item: the listing, as Amazon answered
        :param datetime at: Amazon's time of the answer, aware
        :return: why nothing can be sent, or None
        :raise PayloadError: not the shape we know
        """
        raise NotImplementedError

    # === SEND === #

    def _send_one(self, task, client, batch, offer, result, item):
        place = offer.participation_id
        patches = self._get_patches(offer, result, item)
        submission = self.env["acorn.amazon.submission"].create(
            {**self._prepare_submission(batch, offer), **self._prepare_value(result)}
        )
        task._checkpoint()
        try:
            answer = self._call(
                lambda: client.listings.patch(
                    task.store_id.seller_id,
                    offer.sku,
                    [place.marketplace_id.amazon_id],
                    offer.product_type or ANY_PRODUCT_TYPE,
                    patches,
                    issue_locale=place._get_issue_locale(),
                )
            )
        except ThrottledError as exc:
            # This one Amazon has certainly not taken.
            submission.write({"state": "failed", "message": exc.words})
            task._checkpoint()
            raise
        except RequestError as exc:
            submission._refuse(exc)
            self._record_refusal(offer, exc.words)
            return
        submission._answer(answer)
        if answer.is_accepted:
            at = answer.answered_at or datetime.now(timezone.utc)
            shown = self._prepare_shown(offer, result, at)
            offer.write({**self._prepare_done(result), **shown})
        else:
            self._record_refusal(offer, submission.message)

    def _get_patches(self, offer, result, item):
        """:return: what brings the listing to the result"""
        raise NotImplementedError

    def _prepare_submission(self, batch, offer):
        """What is written down before a call. Extend it with what Amazon shows now."""
        return {
            "batch_id": batch.id,
            "offer_id": offer.id,
            "store_id": batch.store_id.id,
            "company_id": batch.company_id.id,
            "kind": self._kind,
            "sku": offer.sku,
        }

    def _prepare_value(self, result):
        """What is written down of a result before it is sent."""
        raise NotImplementedError

    # === RECORD === #

    def _prepare_done(self, result):
        """Amazon shows the result."""
        return {**self._prepare_result(result), **self._prepare_state("published")}

    def _prepare_shown(self, offer, result, at):
        """What Amazon shows since it accepted a result.

        :param datetime at: Amazon's time of the answer, aware
        """
        raise NotImplementedError

    def _record_refusal(self, offer, message):
        offer.write(self._prepare_state("refused", message))

    def _report(self, store):
        """Keep one incident open while values wait for a person."""
        incidents = self.env["acorn.amazon.incident"]
        code = f"{self._kind}_refused"
        offers = self.env["acorn.amazon.offer"]
        domain = [
            ("store_id", "=", store.id),
            (f"{self._kind}_state", "in", ("blocked", "refused")),
        ]
        stuck = offers.search(domain, limit=100)
        if not stuck:
            incidents._resolve(store, code)
            return
        incidents._raise(
            store,
            code,
            details="\n".join(
                f"{offer.display_name}: {offer[f'{self._kind}_message']}"
                for offer in stuck
            ),
            data={"count": offers.search_count(domain)},
        )

    # === ENGINE === #

    def _count_waiting(self, task, limit=None):
        return self.env["acorn.amazon.offer"].search_count(
            [
                *self._get_domain(task.store_id),
                "|",
                (f"{self._kind}_dirty", "=", True),
                "&",
                (f"{self._kind}_unsent", "=", True),
                (f"{self._kind}_state", "=", "waiting"),
            ],
            limit=limit,
        )

    def _has_waiting(self, task):
        if task.store_id[f"{self._kind}_mode"] == "off":
            return False
        return bool(self._count_waiting(task, limit=1))

    def _get_backlog(self, task):
        count = self._count_waiting(task)
        operation = "listings.patchListingsItem"
        budget = self.env["acorn.amazon.budget"]
        return count, budget._seconds_for(task.store_id, operation, count)
