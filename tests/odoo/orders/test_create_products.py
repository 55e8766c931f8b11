"""Products of listings that Odoo does not know."""

import base64
import io
import itertools
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.barcode import get_barcode_check_digit

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

# What every listing of its product type must have.
ABOUT = {
    "brand": "Fernhollow",
    "bullet_point": "Light",
    "color": "Red",
    "condition_type": "new_new",
    "country_of_origin": "CN",
    "main_product_image_locator": [{"media_location": "https://example.com/cup.jpg"}],
    "material": "Enamel",
    "product_description": "A cup.",
    "size": "M",
    "fulfillment_availability": [
        {"fulfillment_channel_code": "DEFAULT", "quantity": 5},
    ],
}


@needs_simulator
@tagged("standard", "post_install")
class TestCreateProducts(ShopCase):
    regions = ("na",)
    reads_listings = True
    numbers = itertools.count()

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

    # A4: what Amazon shows together is one product; gaps stay gaps.
    def test_variations(self):
        listings = self.list_family(
            [("Red", "S", 9), ("Red", "M", 11.5), ("Blue", "M", 11.5)]
        )
        (parent,) = self.store.listing_ids.filtered("is_variation_parent")
        self.assertEqual(parent.sku, "CUP")
        self.assertNotIn(parent, self.without_product())
        action = self.create_products(listings | parent, with_image=False)
        created = self.env["product.product"].search(action["domain"])
        self.assertEqual(created, listings.product_id)
        template = created.product_tmpl_id
        self.assertEqual(template.name, "Enamel Cup")
        self.assertEqual(len(template.product_variant_ids), 3)
        self.assertFalse(parent.product_id)
        self.assertEqual(
            {
                product.default_code: (
                    product.product_template_attribute_value_ids.mapped("name"),
                    product.lst_price,
                )
                for product in created
            },
            {
                "CUP-Red-S": (["S", "Red"], 9),
                "CUP-Red-M": (["M", "Red"], 11.5),
                "CUP-Blue-M": (["M", "Blue"], 11.5),
            },
        )
        # A colour that comes later joins them.
        late = self.list_family([("Green", "S", 9)])
        self.create_products(late, with_image=False)
        self.assertEqual(late.product_id.product_tmpl_id, template)
        self.assertEqual(len(template.product_variant_ids), 4)
        self.assertEqual(late.product_id.lst_price, 9)

    # A4: prices that Odoo cannot express are not guessed.
    def test_variations_with_prices_of_their_own(self):
        listings = self.list_family(
            [("Red", "S", 9), ("Red", "M", 11), ("Blue", "S", 12), ("Blue", "M", 13)]
        )
        self.create_products(listings, with_image=False)
        template = listings.product_id.product_tmpl_id
        self.assertEqual(set(listings.product_id.mapped("lst_price")), {0})
        self.assertIn("several attributes", template.message_ids[0].body)

    # A4: attributes of Odoo's own that make all variants make no others here.
    def test_variations_of_known_attributes(self):
        attributes = self.env["product.attribute"].create(
            [{"name": "color"}, {"name": "Size"}]
        )
        self.env["product.attribute.value"].create(
            {"attribute_id": attributes[0].id, "name": "RED"}
        )
        listings = self.list_family([("Red", "S", 9), ("Blue", "M", 9)])
        self.create_products(listings, with_image=False)
        template = listings.product_id.product_tmpl_id
        self.assertEqual(template.attribute_line_ids.attribute_id, attributes)
        self.assertEqual(template.product_variant_ids, listings.product_id)
        names = template.attribute_line_ids.value_ids.mapped("name")
        self.assertEqual(sorted(names), ["Blue", "M", "RED", "S"])

    # A4
    def test_variations_apart(self):
        listings = self.list_family([("Red", "S", 9), ("Red", "M", 9)])
        twin = listings[0].copy(
            {"sku": "CUP-USED", "product_id": False, "asin": False, "barcode": False}
        )
        self.create_products(listings | twin, with_image=False)
        self.assertEqual(len(listings.product_id.product_tmpl_id), 1)
        # The same values twice: nobody can tell which is which.
        self.assertEqual(twin.product_id.default_code, "CUP-USED")
        self.assertNotIn(twin.product_id, listings.product_id)
        others = self.list_family([("Blue", "S", 9), ("Blue", "M", 9)])
        self.create_products(others, with_image=False, with_variants=False)
        self.assertEqual(len(others.product_id.product_tmpl_id), 2)

    def without_product(self):
        action = self.env["acorn.amazon.listing"].search(
            [("product_id", "=", False), ("is_variation_parent", "=", False)]
        )
        self.assertEqual(self.store.unmatched_count, len(action))
        return action

    def list_family(self, children):
        """Have Amazon show a family, and read it.

        :param children: (color, size, price)
        :return: the listings of the children, in this order
        """
        client = self.store._get_client()
        theme = {"variation_theme": [{"name": "SIZE/COLOR"}]}
        self._put(
            client, "CUP", item_name="Enamel Cup", parentage_level="parent", **theme
        )
        skus = []
        for color, size, price in children:
            skus.append(f"CUP-{color}-{size}")
            self._put(
                client,
                skus[-1],
                item_name=f"Enamel Cup, {color}, {size}",
                color=color,
                size=size,
                parentage_level="child",
                child_parent_sku_relationship=[
                    {"child_relationship_type": "variation", "parent_sku": "CUP"}
                ],
                externally_assigned_product_identifier=[
                    {"type": "ean", "value": self._next_barcode()}
                ],
                purchasable_offer=[
                    {
                        "currency": "USD",
                        "our_price": [{"schedule": [{"value_with_tax": price}]}],
                    }
                ],
                **theme,
            )
        self.task("na", "listings").action_run_now()
        self.run_cron("remote")
        known = self.store.listing_ids.grouped("sku")
        return self.env["acorn.amazon.listing"].union(*(known[sku] for sku in skus))

    def _next_barcode(self):
        number = f"400638135{next(self.numbers):03}"
        return f"{number}{get_barcode_check_digit(f'{number}0')}"

    def _put(self, client, sku, **attributes):
        market = self.store.home_marketplace_id.amazon_id
        attributes = {**ABOUT, **attributes}
        content = {
            name: [
                {"marketplace_id": market, **entry}
                for entry in (value if isinstance(value, list) else [{"value": value}])
            ]
            for name, value in attributes.items()
        }
        with self._test_cursors():
            submission = self.env["acorn.amazon.job"]._call(
                lambda: client.listings.put(
                    self.store.seller_id, sku, [market], "APRON", "LISTING", content
                )
            )
        self.assertTrue(submission.is_accepted, submission.issues)

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
