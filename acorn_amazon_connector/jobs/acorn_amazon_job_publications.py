from datetime import timedelta

from odoo import fields, models

from ..services.errors import AuthorizationError, NotFoundError, RequestError

# How often Amazon is asked whether a listing has appeared, or a feed is done.
POLLED_EVERY = timedelta(minutes=2)
AT_WORK = ("checking", "sending", "sent")


class AcornAmazonJobPublications(models.AbstractModel):
    """Check, send and follow the listings that people want to publish (A4)."""

    _name = "acorn.amazon.job.publications"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Publish Listings"

    def _run(self, task):
        store = task.store_id
        client = store._get_client()
        for offer in self._get_removals(store):
            self._remove(task, client, offer)
            if not task._checkpoint(processed=1):
                return False
        # A store that is only watched may be asked, but nothing is changed there.
        states = [s for s in AT_WORK if s != "sending" or store.state == "live"]
        publications = self.env["acorn.amazon.publication"].search(
            [("store_id", "=", store.id), ("state", "in", states)], order="id"
        )
        for publication in publications:
            worker = self.env[WORKERS[publication.state]]
            try:
                seconds_left = worker._work(task, client, publication)
            except AuthorizationError:
                raise
            except RequestError as exc:
                # One publication that Amazon does not understand stops no other.
                worker._give_up(publication, exc)
                seconds_left = task._checkpoint(processed=1)
            if not seconds_left:
                return False
        return True

    def _work(self, task, client, publication):
        """Bring one publication as far as possible.

        :return: seconds that remain; 0 means stop
        """
        raise NotImplementedError

    def _give_up(self, publication, exc):
        """Return to the state before, with Amazon's words.

        :param exc: ``services.errors.RequestError``
        """
        before = "draft" if publication.state == "checking" else "checked"
        publication.write({"state": before, "message": str(exc)})

    # === REMOVALS === #

    def _get_removals(self, store):
        if store.state != "live":
            return self.env["acorn.amazon.offer"]
        return self.env["acorn.amazon.offer"].search(
            [("store_id", "=", store.id), ("removal_state", "=", "waiting")]
        )

    def _remove(self, task, client, offer):
        submission = self.env["acorn.amazon.submission"].create(
            {
                "batch_id": self.env["acorn.amazon.submission.batch"]
                .create({"store_id": task.store_id.id, "origin": "removal"})
                .id,
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
        except AuthorizationError:
            raise
        except RequestError as exc:
            submission._refuse(exc)
            offer.write({"removal_state": "refused", "removal_message": str(exc)})
            return
        submission._answer(answer)
        if answer.is_accepted:
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


WORKERS = {
    "checking": "acorn.amazon.job.publications.check",
    "sending": "acorn.amazon.job.publications.send",
    "sent": "acorn.amazon.job.publications.follow",
}
