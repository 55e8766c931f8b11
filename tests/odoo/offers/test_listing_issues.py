"""What Amazon finds wrong with listings, until it is solved."""

from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

IMAGE = {
    "code": "18027",
    "message": "The main image does not meet the image requirements.",
    "severity": "ERROR",
    "attributeNames": ["main_product_image_locator"],
    "categories": ["INVALID_IMAGE"],
    "enforcements": {
        "actions": [{"action": "LISTING_SUPPRESSED"}],
        "exemption": {"status": "NOT_EXEMPT"},
    },
}
TEXT = {
    "code": "99300",
    "message": "A longer description helps buyers.",
    "severity": "WARNING",
    "attributeNames": ["product_description"],
    "categories": ["INVALID_ATTRIBUTE"],
}


@needs_simulator
@tagged("standard", "post_install")
class TestListingIssues(ShopCase):
    regions = ("na",)
    reads_listings = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Amazon says how fast it may be asked; the connector believes it.
        cls.simulator.control("settings", {"plan_multiplier": 100})
        cls.store = cls.stores["na"]
        cls.sync()
        cls.sku = cls.store.listing_ids[0].sku

    def setUp(self):
        super().setUp()
        self.simulator.control("settings", {"plan_multiplier": 100})

    def find(self, *issues):
        """Amazon finds these issues, and the listings are read again."""
        data = {"seller_id": self.store.seller_id, "sku": self.sku}
        self.simulator.control("listings", {**data, "issues": list(issues)})
        # Two readings within a second would be one.
        self.store.participation_ids.listings_read_at = False
        task = self.task("na", "listings")
        for _round in range(20):
            task.action_run_now()
            self.run_cron("remote")
            if not task.page:
                break
        return self.env["acorn.amazon.listing.issue"].search([("sku", "=", self.sku)])

    # A4: Amazon's text, where it holds, and what Amazon does about it.
    def test_found_and_solved(self):
        found = self.find(IMAGE, TEXT)
        offers = found.offer_id
        self.assertEqual(len(found), 2 * len(offers))
        suppressing = found.filtered("is_suppressing")
        self.assertEqual(set(suppressing.mapped("message")), {IMAGE["message"]})
        self.assertEqual(
            set(suppressing.mapped("attribute_names")), {"main_product_image_locator"}
        )
        self.assertEqual(found.listing_id.issue_count, len(found))
        self.assertTrue(self.incident("listing_suppressed"))
        self.assertIn("inventory", found[0].seller_central_url)
        left = self.find(TEXT)
        self.assertEqual(set(left.mapped("code")), {"99300"})
        self.assertFalse(self.incident("listing_suppressed"))
        solved = suppressing.with_context(active_test=False)
        self.assertTrue(all(solved.mapped("solved_on")))

    # A4: the same issue again is the same record.
    def test_found_again(self):
        first = self.find(IMAGE)
        self.assertEqual(self.find(IMAGE), first)
        self.assertFalse(self.find())
        self.assertEqual(self.find(IMAGE), first)
        self.assertFalse(any(first.mapped("solved_on")))
