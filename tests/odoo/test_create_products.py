"""Products of listings that Odoo does not know."""

import base64
import io
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase


@needs_simulator
@tagged("standard", "post_install")
class TestCreateProducts(ShopCase):
    regions = ("na",)
    reads_listings = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.stores["na"]
        cls.sync()
        cls.unmatched = cls.store.listing_ids.filtered(lambda r: not r.product_id)

    def create_products(self, listings, **values):
        wizard = (
            self.env["acorn.amazon.create.products"]
            .with_context(active_model=listings._name, active_ids=listings.ids)
            .create(values)
        )
        return wizard.action_create()

    # A4: name, SKU, barcode and price as Amazon shows them.
    def test_create(self):
        self.assertTrue(self.unmatched)
        action = self.create_products(self.unmatched)
        self.assertTrue(all(self.unmatched.mapped("product_id")))
        created = self.env["product.product"].search(action["domain"])
        self.assertEqual(
            set(created.mapped("default_code")), set(self.unmatched.mapped("sku"))
        )
        listing = self.unmatched[0]
        product = listing.product_id
        self.assertEqual(product.name, listing.title)
        self.assertEqual(product.barcode, listing.barcode)
        offer = listing.offer_ids.filtered(lambda o: o.currency_id.name == "USD")
        self.assertEqual(product.list_price, offer.price)
        with self.assertRaises(UserError):
            self.create_products(self.unmatched)

    # A4: one product for the two channels of a SKU.
    def test_same_sku_twice(self):
        first = self.unmatched[0]
        twin = first.copy({"fulfillment_channel": "AMAZON", "product_id": False})
        self.create_products(first | twin)
        self.assertEqual(first.product_id, twin.product_id)

    # A4: a barcode that is taken is left out, not refused.
    def test_barcode_taken(self):
        listing = self.unmatched[0]
        owners = self.env["product.product"].create(
            [{"name": "A", "barcode": listing.barcode}, {"name": "B"}]
        )
        listing.write({"product_id": owners[1].id})
        listing.product_id = False
        self.create_products(listing)
        self.assertEqual(listing.product_id, owners[0])

    # A4: images come from Amazon's servers, or a simulated Amazon's, and no others.
    def test_images(self):
        self.create_products(self.unmatched)
        self.run_cron("remote")
        self.assertFalse(any(self.unmatched.mapped("is_image_wanted")))
        self.assertEqual(
            set(self.unmatched.mapped("image_message")), {"The simulator has no image."}
        )
        picture = io.BytesIO()
        Image.new("RGB", (4, 4), "red").save(picture, "PNG")
        served = {"/a.png": picture.getvalue(), "/b.png": b"<html>"}
        server = self._serve(served)
        listing, other = self.unmatched[:2]
        self.store.application_id.sudo().simulator_url = server
        listing.image_url, other.image_url = f"{server}/a.png", f"{server}/b.png"
        (listing | other)._want_images()
        self.run_cron("remote")
        self.assertEqual(
            base64.b64decode(listing.product_id.image_1920)[:4], b"\x89PNG"
        )
        self.assertFalse(listing.image_message)
        self.assertFalse(other.product_id.image_1920)
        self.assertIn("no image", other.image_message)

    def _serve(self, served):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path in served else 404)
                self.end_headers()
                self.wfile.write(served.get(self.path, b""))

            def log_message(self, *_args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"
