from dataclasses import replace

from odoo.tests import tagged

from ..mappers.listing import Listing
from .common import AmazonCase

LANTERN = Listing(
    sku="LAN-1",
    asin="B000000001",
    title="Lantern",
    fulfillment_channel="MERCHANT",
    product_type="LANTERN",
    barcode="4006381333931",
    price=None,
    currency=None,
    quantity=None,
    status="BUYABLE",
    image_url=None,
    marketplace_ids=(),
)


@tagged("post_install", "-at_install")
class TestListing(AmazonCase):
    # A11
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.listings = cls.env["acorn.amazon.listing"]

    def _product(self, **values):
        return self.env["product.product"].create({"name": "Lantern", **values})

    def _keep(self, *items, store=None):
        listings = self.listings._upsert(store or self.store, items)
        listings._match_products()
        return listings

    def test_a_page_twice_changes_nothing(self):
        first = self._keep(LANTERN)
        again = self._keep(LANTERN, LANTERN)
        self.assertEqual(first, again)
        self.assertEqual(self.store.listing_count, 1)

    def test_both_channels_of_a_sku_have_their_own_listing(self):
        self._keep(LANTERN, replace(LANTERN, fulfillment_channel="AMAZON"))
        self.assertEqual(self.store.listing_count, 2)

    def test_another_marketplace_does_not_erase_what_is_known(self):
        listing = self._keep(LANTERN)
        self._keep(replace(LANTERN, asin=None, barcode=None, title="Laterne"))
        self.assertRecordValues(
            listing,
            [{"asin": "B000000001", "barcode": "4006381333931", "title": "Laterne"}],
        )

    def test_match_by_sku_comes_first(self):
        by_sku = self._product(default_code="LAN-1")
        self._product(barcode="4006381333931")
        listing = self._keep(LANTERN)
        self.assertRecordValues(listing, [{"product_id": by_sku.id, "match": "sku"}])

    def test_match_by_barcode_in_any_spelling(self):
        upc = self._product(barcode="0012345678905")
        listing = self._keep(replace(LANTERN, barcode="012345678905"))
        self.assertRecordValues(listing, [{"product_id": upc.id, "match": "barcode"}])

    def test_match_by_asin_of_a_listing_that_is_bound(self):
        product = self._product(default_code="LAN-1")
        self._keep(LANTERN)
        twin = self._keep(
            replace(LANTERN, sku="LAN-FBA", fulfillment_channel="AMAZON", barcode=None)
        )
        self.assertRecordValues(twin, [{"product_id": product.id, "match": "asin"}])

    def test_what_fits_two_products_is_left_to_a_person(self):
        self._product(default_code="LAN-1")
        self._product(default_code="LAN-1")
        listing = self._keep(replace(LANTERN, barcode=None, asin=None))
        self.assertRecordValues(listing, [{"product_id": False, "match": "none"}])
        self.assertEqual(self.store.unmatched_count, 1)

    def test_a_choice_by_hand_stays(self):
        chosen = self._product()
        listing = self._keep(LANTERN)
        listing.product_id = chosen
        self._product(default_code="LAN-1")
        self._keep(LANTERN)
        self.assertRecordValues(listing, [{"product_id": chosen.id, "match": "manual"}])
        self.assertEqual(self.store.unmatched_count, 0)

    def test_products_of_another_company_do_not_match(self):
        self._product(default_code="LAN-1", company_id=self.other_company.id)
        self.assertFalse(self._keep(LANTERN).product_id)

    def test_matching_reads_in_batches(self):
        items = [replace(LANTERN, sku=f"S{n}", asin=None) for n in range(40)]
        listings = self.listings._upsert(self.store, items)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            listings._match_products()
