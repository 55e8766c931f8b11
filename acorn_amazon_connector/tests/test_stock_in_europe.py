"""One quantity for all of Europe, and the offers that it is sent with (A2, X2)."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..services.api.listings import ListingsPage
from .stock_common import StockCase


@tagged("post_install", "-at_install")
class TestStockInEurope(StockCase):
    countries = ("de", "fr", "es")

    def setUp(self):
        super().setUp()
        self.owner = self._offer()

    def _send(self, previous):
        """A batch with which LAMP was sent, where Amazon had shown another number."""
        batch = self.env["acorn.amazon.submission.batch"].create(
            {"store_id": self.store.id}
        )
        self.env["acorn.amazon.submission"].create(
            {
                "batch_id": batch.id,
                "offer_id": self.owner.id,
                "store_id": self.store.id,
                "sku": self.owner.sku,
                "quantity": 100,
                "previous_quantity": previous,
                "has_previous": True,
                "state": "accepted",
            }
        )
        return batch

    def _read_listings(self, participation):
        """Amazon's listings on a marketplace have LAMP and MUG."""
        place = participation.marketplace_id.amazon_id
        items = [
            {
                "sku": sku,
                "summaries": [{"marketplaceId": place, "status": ["BUYABLE"]}],
            }
            for sku in ("LAMP", "MUG")
        ]
        participation._keep_listings(ListingsPage(items, None, len(items)))

    # X15: what a person ended stays ended.
    def test_an_old_hold_does_not_come_back(self):
        self._send(previous=3).action_undo()
        self.assertEqual(self.shown(), 3)
        self.owner._set_removed()
        heir = self._offer()
        heir._mark()
        self.assertNotEqual(heir, self.owner)
        self.assertEqual(self.shown(), 3)
        heir.action_resume_stock()
        self.assertEqual(self.shown(), 100)
        self._read_listings(self.owner.participation_id)
        self.assertTrue(self.owner.active)
        self.assertFalse(self.owner.is_held)
        self._offer()._mark()
        self.assertEqual(self.shown(), 100)

    # X2: nor does an old memory of what Amazon sold.
    def test_what_was_sold_meanwhile_is_remembered(self):
        now = fields.Datetime.now()
        self.owner._learn_quantity(5, now - timedelta(days=20))
        self.owner._set_removed()
        self._offer()._learn_quantity(100, now)
        # Eight are sold in orders that are not here yet.
        self._offer()._learn_quantity(92, now + timedelta(seconds=5))
        self._offer()._mark()
        self.assertEqual(self.shown(), 92)
        self._read_listings(self.owner.participation_id)
        self._offer()._learn_quantity(92, now + timedelta(seconds=9))
        self._offer()._mark()
        self.assertEqual(self.shown(), 92)

    # X2: nor where nobody had the listing for a while.
    def test_the_first_to_leave_comes_back_after_the_last(self):
        now = fields.Datetime.now()
        self.owner._set_removed()
        last = self._offer()
        (last.listing_id.offer_ids - last)._set_removed()
        last._learn_quantity(100, now)
        last._learn_quantity(92, now + timedelta(seconds=5))
        last._set_removed()
        self._read_listings(self.owner.participation_id)
        self.assertEqual(self._offer(), self.owner)
        self.owner._mark()
        self.assertEqual(self.shown(), 92)

    # X15
    def test_follow_again_after_another_offer_sends(self):
        batch = self._send(previous=0)
        batch.action_undo()
        self.owner._note_missing()
        self.assertEqual(self.shown(), 0)
        batch.action_resume()
        self.assertEqual(self.shown(), 100)

    # X15
    def test_take_back_after_another_offer_sends(self):
        batch = self._send(previous=3)
        self.owner._note_missing()
        self.assertEqual(self.shown(), 100)
        batch.action_undo()
        self.assertEqual(self.shown(), 3)
        # Also on the form of an offer that does not send it.
        self.owner.action_resume_stock()
        self.assertEqual(self.shown(), 100)

    # X15
    def test_take_back_after_the_offer_was_removed(self):
        batch = self._send(previous=3)
        self.owner._set_removed()
        batch.action_undo()
        self.assertEqual(self.shown(), 3)
        batch.action_resume()
        self.assertEqual(self.shown(), 100)
