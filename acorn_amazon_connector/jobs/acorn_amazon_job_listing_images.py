import base64

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.image import image_process

from ..services.errors import RequestError
from ..services.images import download_image

LARGEST_SIDE = 1920


class AcornAmazonJobListingImages(models.AbstractModel):
    """Load the images of products that were made of listings."""

    _name = "acorn.amazon.job.listing.images"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Load Images"

    def _run(self, task):
        application = task.store_id.application_id.sudo()
        is_simulated = application.environment == "simulator"
        simulator = application._get_simulator_url() if is_simulated else None
        session = task.store_id._get_client().transport.session
        waiting = self.env["acorn.amazon.listing"].search(self._get_domain(task))
        for listing in waiting:
            url = listing.image_url or ""
            # A simulated Amazon names pictures of the real one; nobody calls there.
            if simulator and not url.startswith(simulator):
                self._conclude(listing, self.env._("The simulator has no image."))
            else:
                self._load(session, listing, [simulator] if simulator else [])
            if not task._checkpoint(processed=1):
                return False
        return True

    def _load(self, session, listing, also):
        template = listing.product_id.product_tmpl_id
        if not listing.product_id or template.image_1920:
            self._conclude(listing)
            return
        try:
            content = download_image(session, listing.image_url or "", also)
            # Also proves that it is one.
            content = image_process(content, size=(LARGEST_SIDE, LARGEST_SIDE))
        except (RequestError, UserError) as exc:
            self._conclude(listing, str(exc))
            return
        listing.product_id.image_1920 = base64.b64encode(content)
        self._conclude(listing)

    def _conclude(self, listing, message=False):
        listing.write({"is_image_wanted": False, "image_message": message})

    def _get_domain(self, task):
        return [("store_id", "=", task.store_id.id), ("is_image_wanted", "=", True)]

    def _count_waiting(self, task, limit=None):
        listings = self.env["acorn.amazon.listing"]
        return listings.search_count(self._get_domain(task), limit=limit)

    def _has_waiting(self, task):
        return bool(self._count_waiting(task, limit=1))

    def _get_backlog(self, task):
        return self._count_waiting(task), None
