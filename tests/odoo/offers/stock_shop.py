"""A shop whose stock is shown at Amazon, with buyers."""

from collections import Counter

from tests.odoo.shop import ShopCase

PATCH = "patchListingsItem"


class StockShopCase(ShopCase):
    """Stores that send their stock; listings were read once."""

    reads_listings = True
    regions = ("na",)
    stock = 50.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Amazon says how fast it may be asked; the connector believes it.
        cls.simulator.control("settings", {"plan_multiplier": 100})
        cls.env.ref("acorn_amazon_connector.flow_stock_check").active = False
        cls.store = cls.stores[cls.regions[0]]
        cls.sync()
        # A few are enough, and the others are left alone: that is seen as well.
        rest = cls.store.listing_ids.filtered(
            lambda listing: listing.sku not in cls.managed_skus()
        )
        rest.write({"has_own_stock_rule": True, "stock_policy": "leave"})

    def setUp(self):
        super().setUp()
        self.simulator.control("settings", {"plan_multiplier": 100})
        self.store.stock_mode = "publish"
        self.publish()
        self.simulator.control("requests", method="DELETE")

    def publish(self):
        """Let the scheduled action send what changed, as often as it needs."""
        self.env.flush_all()
        # The end of a transaction, which a test never reaches.
        self.env.cr.precommit.run()
        self.env.cr.postcommit.clear()
        for _round in range(20):
            self.run_cron("remote")
            if not self.env["acorn.amazon.task"]._count_due("remote"):
                return
        raise AssertionError("there is always more to send")

    def receive(self, sku, quantity):
        """Units come in, or leave."""
        self.env["stock.quant"]._update_available_quantity(
            self.products[sku], self.warehouse.lot_stock_id, quantity
        )

    def list_at_amazon(self, *skus, quantity=50):
        """Offer other SKUs at Amazon, have them read, and none of them in stock."""
        new = self.env["product.product"].create(
            [{"name": s, "default_code": s, "is_storable": True} for s in skus]
        )
        known = dict(zip(skus, new, strict=True))
        self.patch(type(self), "products", {**self.products, **known})
        data = {"seller_id": self.store.seller_id, "quantity": quantity}
        self.simulator.control("listings", {**data, "skus": list(skus)})
        self.store.participation_ids.listings_read_at = False
        for code in ("listings", "stock_publish"):
            self.task(self.regions[0], code).action_run_now()
            self.publish()

    def offer(self, sku, marketplace=None, store=None):
        offers = self.env["acorn.amazon.offer"].search(
            [
                ("sku", "=", sku),
                ("store_id", "=", (store or self.store).id),
                ("fulfillment_channel", "=", "MERCHANT"),
            ]
        )
        if marketplace:
            offers = offers.filtered(
                lambda offer: offer.marketplace_id.amazon_id == marketplace
            )
        return offers.quantity_owner_id[:1]

    @classmethod
    def managed_skus(cls):
        """Three SKUs whose stock is sent."""
        listings = cls.store.listing_ids.filtered(
            lambda listing: (
                listing.product_id
                and listing.fulfillment_channel == "MERCHANT"
                and listing.product_id.tracking == "none"
            )
        )
        return sorted(listings.mapped("sku"))[:3]

    def write_at_amazon(self, sku, marketplace, value):
        """Change the availability of a SKU, as somebody else would."""
        patch = {
            "op": "replace",
            "path": "/attributes/fulfillment_availability",
            "value": [value],
        }
        with self._test_cursors():
            client = self.store._get_client()
            return self.env["acorn.amazon.job"]._call(
                lambda: client.listings.patch(
                    self.store.seller_id, sku, [marketplace], "PRODUCT", [patch]
                )
            )

    def at_amazon(self, sku, marketplace=None):
        """What buyers can buy now.

        :return: the quantity, or {marketplace: quantity} without ``marketplace``
        """
        rows = self.rows(sku)
        shown = {row["marketplace_id"]: row["quantity"] for row in rows}
        return shown if marketplace is None else shown[marketplace]

    def rows(self, sku):
        query = f"stock?seller_id={self.store.seller_id}&sku={sku}"
        return self.simulator.control(query)["stock"]

    def buy(self, sku, **options):
        """Let buyers order a SKU, a moment after what was sent last."""
        self.wait(3)
        data = {"seller_id": self.store.seller_id, "sku": sku, **options}
        return self.simulator.control("buy", data)

    def patches(self):
        """SKU → number of quantities sent since the log was emptied."""
        return Counter(
            entry["path"].rpartition("/")[2]
            for entry in self.simulator.requests(operation=PATCH)
        )
