from odoo import fields, models

from .acorn_amazon_job_publish import READ_AT_ONCE, readable_together

NAMED = 20


class AcornAmazonJobStockCheck(models.AbstractModel):
    """Read back every published quantity; what differs is sent again (X11).

    Amazon's number goes down with each sale, so only units that no sale explains count
    as a difference.
    """

    _name = "acorn.amazon.job.stock.check"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Compare Stock with Amazon"

    def _run(self, task):
        store = task.store_id
        if store.stock_mode != "publish" or store.state != "live":
            return True
        page = task.page or {"after": 0, "differing": [], "checked": 0}
        client = store._get_client()
        while True:
            offers = self._get_next(store, page["after"])
            if not offers:
                break
            differing = self._check(task, client, offers)
            page = {
                "after": offers[-1].id,
                "checked": page["checked"] + len(offers),
                "differing": page["differing"] + differing.ids,
            }
            task.page = page
            if not task._checkpoint(processed=len(offers)):
                return False
        self._report(store, page)
        # Time alone changes numbers too: pending orders that were held long enough.
        store._mark_all_stock()
        task.page = False
        return True

    def _get_next(self, store, after):
        """:return: published offers that one call can read, in order of id"""
        offers = self.env["acorn.amazon.offer"].search(
            [
                ("store_id", "=", store.id),
                ("is_quantity_owner", "=", True),
                ("stock_state", "=", "published"),
                ("stock_unsent", "=", False),
                ("stock_dirty", "=", False),
                ("id", ">", after),
            ],
            order="id",
            limit=READ_AT_ONCE,
        )
        first = offers[:1].participation_id
        for position, offer in enumerate(offers):
            if offer.participation_id != first:
                offers = offers[:position]
                break
        return readable_together(offers)

    def _check(self, task, client, offers):
        """:return: the offers that show what nobody sent and no sale explains"""
        publisher = self.env["acorn.amazon.job.stock.publish"]
        expected = {offer: offer.amazon_quantity for offer in offers}
        read = publisher._read_shown(task, client, offers)
        shown = offers.filtered(lambda offer: offer in read)
        lost = self.env["acorn.amazon.stock.calculator"]._count_unexplained(shown)
        higher = shown.filtered(lambda offer: offer.amazon_quantity > expected[offer])
        # An older number that Amazon still shows is sent over, and no difference.
        older = higher.filtered(lambda offer: offer._is_older_shown())
        differing = (higher - older) | shown.filtered(lost.get)
        offers.write({"checked_at": fields.Datetime.now()})
        differing.write({"sold_log": False})
        again = differing | older
        again.write({"stock_dirty": True, "stock_unsent": True})
        again._wake_sender()
        return differing | (offers - shown)

    def _report(self, store, page):
        incidents = self.env["acorn.amazon.incident"]
        offers = self.env["acorn.amazon.offer"].browse(page["differing"]).exists()
        if not offers:
            incidents._resolve(store, "stock_drift")
            return
        incidents._raise(
            store,
            "stock_drift",
            details="\n".join(
                f"{offer.display_name}: {offer.amazon_quantity} / "
                f"{offer.published_quantity}"
                for offer in offers[:NAMED]
            ),
            data={"count": len(offers)},
        )
