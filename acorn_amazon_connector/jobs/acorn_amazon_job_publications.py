from datetime import timedelta

from odoo import fields, models

from ..services.errors import NotFoundError, RequestError

# How often Amazon is asked whether a listing has appeared, or a feed is done.
POLLED_EVERY = timedelta(minutes=2)
# Amazon's code for a SKU that the marketplace does not have.
UNKNOWN_SKU = "13013"
AT_WORK = ("checking", "sending", "sent")


class AcornAmazonJobPublications(models.AbstractModel):
    """Check, send and follow the listings that people want to publish (A4)."""

    _name = "acorn.amazon.job.publications"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Publish Listings"

    def _run(self, task):
        store = task.store_id
        client = store._get_client()
        if not self._remove_waiting(task, client):
            return False
        # A store that is only watched may be asked, but nothing is changed there.
        states = [s for s in AT_WORK if s != "sending" or store.state == "live"]
        publications = self.env["acorn.amazon.publication"].search(
            [("store_id", "=", store.id), ("state", "in", states)], order="id"
        )
        for publication in publications:
            try:
                seconds_left = self._work(task, client, publication)
            except RequestError as exc:
                # One publication that Amazon does not understand stops no other.
                self._give_up(publication, exc)
                seconds_left = task._checkpoint(processed=1)
            if not seconds_left:
                return False
        return True

    def _work(self, task, client, publication):
        """Bring one publication as far as possible.

        :return: seconds that remain; 0 means stop
        """
        if publication.state == "checking":
            return self._check(task, client, publication)
        if publication.state == "sending":
            return self._send(task, client, publication)
        return self._follow(task, client, publication)

    def _give_up(self, publication, exc):
        """Return to the state before, with Amazon's words.

        What was sent stays so: asking again later is all that can be done.

        :param exc: ``services.errors.RequestError``
        """
        before = {"checking": "draft", "sending": "checked", "sent": "sent"}
        publication.write({"state": before[publication.state], "message": exc.words})

    # === REMOVALS === #

    def _get_removals(self, store):
        if store.state != "live":
            return self.env["acorn.amazon.offer"]
        return self.env["acorn.amazon.offer"].search(
            [("store_id", "=", store.id), ("removal_state", "=", "waiting")]
        )

    def _remove_waiting(self, task, client):
        """Remove the offers that people want to have removed.

        :return: seconds that remain; 0 means stop
        """
        store = task.store_id
        self.env["acorn.amazon.submission"]._give_up_unanswered(store, "removal")
        batch = self.env["acorn.amazon.submission.batch"]
        seconds_left = task._checkpoint()
        # Asked again for each: the store may be paused while this runs.
        while seconds_left and (offer := self._get_removals(store)[:1]):
            batch = batch or batch.create({"store_id": store.id, "origin": "removal"})
            self._remove(task, client, batch, offer)
            seconds_left = task._checkpoint(processed=1)
        return seconds_left

    def _remove(self, task, client, batch, offer):
        submission = self.env["acorn.amazon.submission"].create(
            {
                "batch_id": batch.id,
                "offer_id": offer.id,
                "store_id": task.store_id.id,
                "kind": "removal",
                "sku": offer.sku,
            }
        )
        task._checkpoint()
        try:
            answer = self._call(
                lambda: client.listings.delete(
                    task.store_id.seller_id,
                    offer.sku,
                    [offer.marketplace_id.amazon_id],
                    issue_locale=offer.participation_id._get_issue_locale(),
                )
            )
        except NotFoundError as exc:
            # What is not there need not be removed.
            submission._refuse(exc)
            offer._set_removed()
            return
        except RequestError as exc:
            submission._refuse(exc)
            offer.write({"removal_state": "refused", "removal_message": exc.words})
            return
        submission._answer(answer)
        is_gone = any(issue.code == UNKNOWN_SKU for issue in answer.issues)
        if answer.is_accepted or is_gone:
            offer._set_removed()
        else:
            offer.write(
                {"removal_state": "refused", "removal_message": submission.message}
            )

    # === ENGINE === #

    def _waiting_domain(self, task):
        states = ["checking"]
        if task.store_id.state == "live":
            states.append("sending")
        return [("store_id", "=", task.store_id.id), ("state", "in", states)]

    def _has_waiting(self, task):
        publications = self.env["acorn.amazon.publication"]
        return bool(
            publications.search_count(self._waiting_domain(task), limit=1)
            or self._get_removals(task.store_id)
        )

    def _get_backlog(self, task):
        items = self.env["acorn.amazon.publication.item"]
        domain = [
            ("store_id", "=", task.store_id.id),
            ("publication_id.state", "in", AT_WORK),
            ("state", "in", ("draft", "checked", "feed", "accepted")),
        ]
        return items.search_count(domain), None

    def _get_pause(self, task):
        publications = self.env["acorn.amazon.publication"]
        domain = [("store_id", "=", task.store_id.id), ("state", "=", "sent")]
        young = ("write_date", ">", fields.Datetime.now() - timedelta(days=1))
        if publications.search_count([*domain, young], limit=1):
            return POLLED_EVERY
        return None
