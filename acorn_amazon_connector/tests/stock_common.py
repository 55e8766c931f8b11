"""Listings with offers, whose numbers are computed and not sent."""

from odoo import Command, fields

from .order_documents import make_order
from .orders_common import OrdersCase


class StockCase(OrdersCase):
    """The store of ``OrdersCase`` with listings of LAMP and MUG, watched only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Nothing here talks to Amazon: only numbers are computed.
        flows = cls.env["acorn.amazon.flow"].search([("lane", "=", "remote")])
        flows.filtered(lambda flow: flow.code != "stock_publish").active = False
        cls.listings = cls.env["acorn.amazon.listing"].create(
            [
                {
                    "store_id": cls.store.id,
                    "sku": product.name,
                    "product_id": product.id,
                }
                for product in cls.lamp | cls.mug
            ]
        )
        cls._create_offers(cls.listings)
        cls.store.stock_mode = "watch"
        cls._compute()

    @classmethod
    def _create_offers(cls, listings):
        offers = cls.env["acorn.amazon.offer"].create(
            [
                {"listing_id": listing.id, "participation_id": participation.id}
                for listing in listings
                for participation in listing.store_id.participation_ids
            ]
        )
        offers._choose_quantity_owner()
        offers._mark()
        return offers

    @classmethod
    def _compute(cls):
        """Let the scheduled action compute what has to be computed."""
        cls.env.flush_all()
        # The end of a transaction, which a test never reaches.
        cls.env.cr.precommit.run()
        cls.env.cr.postcommit.clear()
        cron = cls.env.ref("acorn_amazon_connector.ir_cron_run_remote_tasks")
        with cls._test_cursors():
            answer = cron.method_direct_trigger()
        assert answer is True, answer

    @classmethod
    def _offer(cls, sku="LAMP", country=None, store=None):
        listing = cls.env["acorn.amazon.listing"].search(
            [("sku", "=", sku), ("store_id", "=", (store or cls.store).id)]
        )
        offers = listing.offer_ids
        if country:
            marketplace = cls._marketplace(country)
            return offers.filtered(lambda offer: offer.marketplace_id == marketplace)
        return offers.quantity_owner_id[:1]

    def shown(self, sku="LAMP", country=None):
        """What Amazon should show now."""
        self._compute()
        offer = self._offer(sku, country)
        self.assertFalse(offer.stock_dirty)
        return offer.target_quantity

    def _stock(self, product, quantity, location=None):
        """Units come in, or leave."""
        self.env["stock.quant"]._update_available_quantity(
            product, location or self.warehouse.lot_stock_id, quantity
        )

    def _sell(self, product, quantity):
        """An order of another channel, confirmed."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Walk-in"}).id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    def _learn(self, *items, **options):
        """A document arrives, as the sweep reads it."""
        now = fields.Datetime.now().isoformat() + "Z"
        payload = make_order(*items, **{"created": now, **options})
        self._keep(payload)
        self.env["acorn.amazon.demand"]._learn(self.store, [payload])
        return payload
