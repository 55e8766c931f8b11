from functools import partial

from odoo import fields, models


class AcornAmazonJobListings(models.AbstractModel):
    """Read all listings of a store, page by page, and match them to products.

    New SKUs are known before their first order arrives (A11). Each page is kept
    before the next one is asked for, so no lock is held while Amazon answers.
    """

    _name = "acorn.amazon.job.listings"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Read Listings"

    def _run(self, task):
        started = self._get_start(task)
        client = task.store_id._get_client()
        for participation in task.store_id.participation_ids:
            if not participation.is_participating:
                continue
            if (participation.listings_read_at or started) <= started:
                participation.listings_read_at = False
            while not participation.listings_read_at:
                self._call(partial(participation._read_listings_page, client))
                if not task._checkpoint(processed=1):
                    return False
        task.page = False
        return True

    def _get_start(self, task):
        """When this reading began; an interrupted one goes on where it stopped."""
        page = task.page or {}
        if not page.get("started"):
            task.page = {"started": fields.Datetime.to_string(fields.Datetime.now())}
            task._checkpoint()
        return fields.Datetime.to_datetime(task.page["started"])
