"""Products of Odoo become listings at Amazon."""

import base64
import io
import json

import openpyxl

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from tests.odoo.common import needs_simulator
from tests.odoo.shop import ShopCase

US, DE = "ATVPDKIKX0DER", "A1PA6795UKMFR9"
PUT = "putListingsItem"
IMAGE = "https://images.example.org/main.jpg"


class PublicationCase(ShopCase):
    """A store that publishes products on one marketplace."""

    regions = ("na",)
    market = US

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.stores[cls.regions[0]]
        cls.place = cls.store.participation_ids.filtered(
            lambda place: place.marketplace_id.amazon_id == cls.market
        )
        # Products of the world would only slow the flows down.
        cls.env.ref("acorn_amazon_connector.flow_orders_sweep").active = False
        cls.mug = cls.env["product.product"].create(
            {
                "name": "Oak Drinking Cup",
                "default_code": "NEW-CUP",
                "barcode": "4006381333931",
                "is_storable": True,
                "list_price": 20.0,
                "taxes_id": False,
                "description_sale": "A cup made of oak.",
                "acorn_amazon_brand": "Fernhollow",
                "acorn_amazon_bullet_points": "Oiled oak\nHolds 300 ml",
                "acorn_amazon_image_urls": IMAGE,
            }
        )
        cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": cls.place.pricelist_id.id,
                "applied_on": "3_global",
                "compute_price": "fixed",
                "fixed_price": 22.5,
            }
        )

    def setUp(self):
        super().setUp()
        self.simulator.control("settings", {"plan_multiplier": 100})

    def run_flows(self):
        """Let the scheduled action do all there is to do now."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.cr.postcommit.clear()
        for _round in range(20):
            self.run_cron("remote")
            if not self.env["acorn.amazon.task"]._count_due("remote"):
                return
        raise AssertionError("there is always more to do")

    def follow(self):
        self.wait(60)
        self.task(self.regions[0], "publications").action_run_now()
        self.run_flows()

    def publication(self, products, kind="DRINKING_CUP", **values):
        publication = self.env["acorn.amazon.publication"].create(
            {
                "store_id": self.store.id,
                "participation_ids": [Command.set(self.place.ids)],
                "product_ids": [Command.set(products.ids)],
                **values,
            }
        )
        if kind:
            types = self.env["acorn.amazon.product.type"]
            names = [{"name": kind, "displayName": kind.title()}]
            types._keep_names(self.place.marketplace_id, names)
            publication.product_type_id = types.search(
                [("name", "=", kind), ("requirements", "=", "LISTING")], limit=1
            )
        return publication

    def check(self, publication):
        publication.action_check()
        self.run_flows()
        self.assertEqual(publication.state, "checked", publication.message)

    def send(self, publication):
        publication.action_send()
        self.run_flows()
        self.follow()

    def answer(self, publication, **values):
        """Fill in what Amazon asks."""
        for name, value in values.items():
            rows = publication.value_ids.filtered(
                lambda row, name=name: row.path == name.replace("__", ".")
            )
            self.assertTrue(rows, f"{name} is not asked for")
            rows.value = value

    def complete(self, publication):
        self.check(publication)
        self.answer(publication, color__value="Brown", country_of_origin__value="DE")
        self.check(publication)

    def at_amazon(self, sku):
        with self._test_cursors():
            client = self.store._get_client()
            return self.env["acorn.amazon.job"]._call(
                lambda: client.listings.get(
                    self.store.seller_id,
                    sku,
                    [self.market],
                    ("summaries", "attributes", "relationships"),
                )
            )

    def puts(self, mode=None):
        return [
            entry["path"].rpartition("/")[2]
            for entry in self.simulator.requests(operation=PUT)
            if ("VALIDATION_PREVIEW" in json.dumps(entry)) == bool(mode)
        ]


@needs_simulator
@tagged("standard", "post_install")
class TestPublications(PublicationCase):
    # A4: from a product to a listing that buyers see.
    def test_publish_a_product(self):
        publication = self.publication(self.mug)
        self.check(publication)
        item = publication.item_ids
        self.assertEqual(item.state, "incomplete")
        self.assertIn("Color is missing.", item.message)
        self.assertFalse(self.puts())
        required = publication.value_ids.filtered("is_required").mapped("path")
        self.assertEqual(required, ["color.value", "country_of_origin.value"])
        self.answer(publication, color__value="Brown", country_of_origin__value="DE")
        self.assertEqual(publication.state, "draft")
        self.check(publication)
        self.assertEqual(item.state, "checked", item.message)
        self.assertFalse(self.puts())
        self.send(publication)
        self.assertEqual(item.state, "live", item.message)
        self.assertEqual(publication.state, "done")
        shown = self.at_amazon("NEW-CUP")["attributes"]
        self.assertEqual(shown["item_name"][0]["value"], "Oak Drinking Cup")
        self.assertEqual(
            [entry["value"] for entry in shown["bullet_point"]],
            ["Oiled oak", "Holds 300 ml"],
        )
        identifier = shown["externally_assigned_product_identifier"][0]
        self.assertEqual(
            (identifier["type"], identifier["value"]), ("ean", "4006381333931")
        )
        price = shown["purchasable_offer"][0]["our_price"][0]["schedule"][0]
        self.assertEqual(price["value_with_tax"], 22.5)
        self.assertEqual(
            shown["main_product_image_locator"][0]["media_location"], IMAGE
        )
        self.assertEqual(item.listing_id.product_id, self.mug)
        self.assertTrue(item.listing_id.asin)
        self.assertEqual(item.listing_id.offer_ids.participation_id, self.place)

    # A4: a comma is part of a SKU; what becomes of it is seen all the same.
    def test_a_sku_with_a_comma(self):
        self.mug.default_code = "NEW,CUP"
        publication = self.publication(self.mug)
        self.complete(publication)
        self.send(publication)
        item = publication.item_ids
        self.assertEqual((item.state, publication.state), ("live", "done"))
        self.assertTrue(item.asin)
        self.assertFalse(self.simulator.requests(operation="searchListingsItems"))

    # A4: texts are replaced, price and stock stay as they are.
    def test_publish_again(self):
        publication = self.publication(self.mug)
        self.complete(publication)
        self.send(publication)
        before = self.at_amazon("NEW-CUP")["attributes"]
        self.mug.name = "Oak Cup"
        self.check(publication)
        self.assertEqual(publication.item_ids.requirements, "LISTING_PRODUCT_ONLY")
        self.send(publication)
        self.assertEqual(publication.item_ids.state, "live")
        after = self.at_amazon("NEW-CUP")["attributes"]
        self.assertEqual(after["item_name"][0]["value"], "Oak Cup")
        for name in ("purchasable_offer", "fulfillment_availability"):
            self.assertEqual(after[name], before[name])

    # A4: a wrong value is named before anything is sent.
    def test_wrong_values(self):
        publication = self.publication(self.mug)
        self.check(publication)
        self.answer(
            publication, color__value="x" * 60, country_of_origin__value="Germany"
        )
        self.check(publication)
        message = publication.item_ids.message
        self.assertIn("Color is longer than 50 characters.", message)
        self.assertIn("Country of Origin: Germany is not in the form wanted.", message)
        with self.assertRaises(UserError):
            publication.action_send()

    # A4
    def test_missing_reference_and_barcode(self):
        self.mug.default_code = False
        publication = self.publication(self.mug)
        self.check(publication)
        self.assertIn("internal reference", publication.item_ids.message)
        self.mug.write({"default_code": "NEW-CUP", "barcode": False})
        self.check(publication)
        self.assertIn("External Product ID", publication.item_ids.message)

    # A4: an image that Amazon cannot load is not invented.
    def test_missing_image(self):
        self.mug.acorn_amazon_image_urls = False
        publication = self.publication(self.mug)
        self.check(publication)
        self.assertIn("Main Image is missing.", publication.item_ids.message)

    # A4
    def test_type_is_suggested(self):
        publication = self.publication(self.mug, kind=None)
        publication.action_check()
        self.run_flows()
        self.assertEqual(publication.product_type_id.name, "DRINKING_CUP")
        self.mug.name = "Thing"
        other = self.publication(self.mug, kind=None)
        other.action_check()
        self.run_flows()
        self.assertEqual(other.state, "draft")
        self.assertIn("Choose a product type", other.message)

    # A4: variants become one page, the parent first.
    def test_variations(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Colour",
                "value_ids": [
                    Command.create({"name": name}) for name in ("Red", "Blue")
                ],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Enamel Cup",
                "is_storable": True,
                "taxes_id": False,
                "description_sale": "A cup.",
                "acorn_amazon_brand": "Fernhollow",
                "acorn_amazon_bullet_points": "Light",
                "acorn_amazon_image_urls": IMAGE,
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        for number, variant in enumerate(template.product_variant_ids):
            variant.default_code = f"ENC-{number}"
            variant.barcode = f"40063813331{number}3"
        publication = self.publication(template.product_variant_ids)
        self.check(publication)
        self.answer(publication, country_of_origin__value="CN")
        self.check(publication)
        states = publication.item_ids.mapped("state")
        messages = publication.item_ids.mapped("message")
        self.assertEqual(states, ["checked"] * 3, messages)
        self.send(publication)
        self.assertEqual(
            publication.item_ids.mapped("state"),
            ["live"] * 3,
            publication.item_ids.mapped("message"),
        )
        self.assertEqual(self.puts()[0], "ENC")
        relations = self.at_amazon("ENC")["relationships"][0]["relationships"][0]
        self.assertEqual(sorted(relations["childSkus"]), ["ENC-0", "ENC-1"])
        colors = {
            self.at_amazon(sku)["attributes"]["color"][0]["value"]
            for sku in ("ENC-0", "ENC-1")
        }
        self.assertEqual(colors, {"Red", "Blue"})

    # A4: what Amazon knows is offered, not described anew.
    def test_existing_product(self):
        asin = self._existing("Norrvik Birch Mug 300 ml")
        publication = self.publication(self.mug)
        self.check(publication)
        item = publication.item_ids
        self.assertEqual((item.state, item.asin), ("checked", asin), item.message)
        self.assertEqual(item.requirements, "LISTING_OFFER_ONLY")
        self.send(publication)
        self.assertEqual(item.state, "live", item.message)
        summary = self.at_amazon("NEW-CUP")["summaries"][0]
        self.assertEqual(summary["asin"], asin)

    # A4: restrictions are asked for first.
    def test_restricted_product(self):
        self._existing("Helioxa Pro Headlamp 900 lm")
        publication = self.publication(self.mug, kind="HEADLAMP")
        self.check(publication)
        item = publication.item_ids
        self.assertEqual(item.state, "restricted")
        self.assertIn("APPROVAL_REQUIRED", item.message)
        self.assertFalse(self.simulator.requests(operation=PUT))

    # A4, A13: what Amazon refuses is shown with its words and can be mended.
    def test_refused_by_amazon(self):
        publication = self.publication(self.mug)
        self.complete(publication)
        path = f"/listings/2021-08-01/items/{self.store.seller_id}/NEW-CUP"
        self.simulator.fault("bad_request", operation=PUT, path=path)
        self.send(publication)
        item = publication.item_ids
        self.assertEqual(item.state, "refused")
        self.assertIn("Invalid Input", item.message)
        self.assertEqual(publication.state, "done")
        self.simulator.heal()
        self.check(publication)
        self.send(publication)
        self.assertEqual(item.state, "live", item.message)

    # A4: many go as a feed, with a result for each.
    def test_feed(self):
        self.store.publication_feed_threshold = 3
        mugs = self.mug
        for number in range(3):
            # A product that was just created copies without variants.
            template = self.env["product.template"].browse(self.mug.product_tmpl_id.id)
            template = template.copy({"name": f"Oak Drinking Cup {number}"})
            template.product_variant_id.write(
                {
                    "default_code": f"NEW-CUP-{number}",
                    "barcode": f"400638133394{number}",
                }
            )
            mugs |= template.product_variant_id
        publication = self.publication(mugs, with_variations=False)
        self.complete(publication)
        publication.action_send()
        self.run_flows()
        self.assertEqual(publication.feed_ids.item_ids, publication.item_ids)
        self.assertFalse(self.puts())
        for _round in range(6):
            self.wait(600)
            self.follow()
        self.assertEqual(
            set(publication.item_ids.mapped("state")),
            {"live"},
            publication.item_ids.mapped("message"),
        )
        self.assertEqual(publication.state, "done")

    # A4
    def test_lost_feed(self):
        self.store.publication_feed_threshold = 1
        publication = self.publication(self.mug)
        self.complete(publication)
        publication.action_send()
        self.run_flows()
        with self._test_cursors():
            client = self.store._get_client()
            self.env["acorn.amazon.job"]._call(
                lambda: client.feeds.cancel(publication.feed_ids.feed_id)
            )
        self.follow()
        self.assertEqual(publication.item_ids.state, "refused")
        self.assertIn("Cancelled", publication.item_ids.message)

    # A13: nothing is lost when Amazon is down.
    def test_amazon_is_down(self):
        publication = self.publication(self.mug)
        self.simulator.fault("unavailable")
        publication.action_check()
        self.run_flows()
        self.assertEqual(publication.state, "checking")
        self.simulator.heal()
        self.task("na", "publications").action_run_now()
        self.run_flows()
        self.assertEqual(publication.state, "checked")

    # A4: offers are deleted together, and come back.
    def test_delete_and_publish_again(self):
        # A product that was just created copies without variants.
        template = self.env["product.template"].browse(self.mug.product_tmpl_id.id)
        bowl = template.copy().product_variant_id
        bowl.write({"default_code": "NEW-BOWL", "barcode": "4006381333948"})
        publication = self.publication(self.mug | bowl)
        self.complete(publication)
        self.send(publication)
        offers = publication.item_ids.listing_id.offer_ids
        self.assertEqual(len(offers), 2)
        offers.action_remove()
        self.run_flows()
        self.assertFalse(any(offers.mapped("active")))
        batch = self.env["acorn.amazon.submission.batch"].search([], limit=1)
        self.assertEqual(batch.origin, "removal")
        self.assertEqual(batch.submission_ids.offer_id, offers)
        again = self.publication(self.mug, prefer_existing=False)
        self.complete(again)
        self.send(again)
        self.assertEqual(again.item_ids.state, "live", again.item_ids.message)
        self.assertEqual(offers.mapped("active").count(True), 1)

    # A13: whether it was deleted is not known, so it is deleted again.
    def test_no_answer_to_a_removal(self):
        publication = self.publication(self.mug)
        self.complete(publication)
        self.send(publication)
        offer = publication.item_ids.listing_id.offer_ids
        self.simulator.fault("cut_body", operation="deleteListingsItem", times=1)
        offer.action_remove()
        self.run_flows()
        self.assertEqual(offer.removal_state, "waiting")
        self.task("na", "publications").action_run_now()
        self.run_flows()
        self.assertFalse(offer.active)
        submissions = self.env["acorn.amazon.submission"].search(
            [("kind", "=", "removal")]
        )
        self.assertNotIn("sending", submissions.mapped("state"))

    # A4: the stock of a new listing comes from the warehouse.
    def test_stock_follows(self):
        self.env["stock.quant"]._update_available_quantity(
            self.mug, self.warehouse.lot_stock_id, 7
        )
        publication = self.publication(self.mug)
        self.complete(publication)
        quantity = publication.item_ids.attributes["fulfillment_availability"][0]
        self.assertEqual(quantity["quantity"], 7)
        self.store.stock_mode = "publish"
        self.check(publication)
        quantity = publication.item_ids.attributes["fulfillment_availability"][0]
        self.assertEqual(quantity["quantity"], 0)
        self.send(publication)
        self.run_flows()
        offer = publication.item_ids.listing_id.offer_ids
        self.assertEqual(offer.stock_state, "published", offer.stock_message)
        query = f"stock?seller_id={self.store.seller_id}&sku=NEW-CUP"
        stock = self.simulator.control(query)["stock"]
        self.assertEqual({row["quantity"] for row in stock}, {7})

    # A4: values from a spreadsheet, errors by row.
    def test_spreadsheet(self):
        publication = self.publication(self.mug)
        self.check(publication)
        wizard = self._import(
            publication,
            [
                ["SKU", "Color", "country_of_origin.value", "Colour"],
                ["NEW-CUP", "Brown", "DE", ""],
                ["OTHER", "Brown", "DE", ""],
            ],
        )
        wizard.action_import()
        self.assertEqual(
            [(error.row, error.column) for error in wizard.error_ids],
            [(1, "Colour"), (3, "SKU")],
        )
        self.assertFalse(publication.value_ids.filtered("item_id"))
        wizard = self._import(
            publication,
            [["SKU", "Color", "country_of_origin.value"], ["NEW-CUP", "Brown", "DE"]],
        )
        wizard.action_import()
        self.check(publication)
        self.assertEqual(publication.item_ids.state, "checked")
        color = publication.item_ids.attributes["color"][0]["value"]
        self.assertEqual(color, "Brown")

    # A4
    def test_spreadsheet_template(self):
        publication = self.publication(self.mug)
        self.check(publication)
        wizard = self._import(publication, [["SKU"]])
        content = base64.b64decode(wizard.template_file)
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
        self.assertEqual(
            rows[0], ("SKU", "Marketplace", "color.value", "country_of_origin.value")
        )
        self.assertEqual(rows[1][:2], ("NEW-CUP", "US"))

    # A4: not a spreadsheet at all.
    def test_broken_spreadsheet(self):
        publication = self.publication(self.mug)
        self.check(publication)
        wizard = self._import(publication, [["SKU"]])
        for content in (b"PK\x03\x04 nothing", b"", b"name;value\n1;2"):
            wizard.data = base64.b64encode(content)
            with self.assertRaises(UserError):
                wizard.action_import()

    def _import(self, publication, rows):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        return self.env["acorn.amazon.publication.import"].create(
            {
                "publication_id": publication.id,
                "data": base64.b64encode(stream.getvalue()),
            }
        )

    def _existing(self, title):
        """Give the product the barcode of one that Amazon knows.

        :return: its ASIN
        """
        with self._test_cursors():
            client = self.store._get_client()
            page = self.env["acorn.amazon.job"]._call(
                lambda: client.catalog.search(
                    self.market,
                    keywords=title.split(),
                    included_data=("identifiers", "summaries"),
                )
            )
        item = page.items[0]
        identifier = item["identifiers"][0]["identifiers"][0]["identifier"]
        self.mug.barcode = identifier
        return item["asin"]


@needs_simulator
@tagged("standard", "post_install")
class TestPublicationsInEurope(PublicationCase):
    regions = ("eu",)
    market = DE

    # A4: texts in the language of the marketplace.
    def test_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.mug.with_context(lang="de_DE").name = "Becher aus Eiche"
        publication = self.publication(self.mug)
        self.complete(publication)
        self.send(publication)
        self.assertEqual(publication.item_ids.state, "live")
        name = self.at_amazon("NEW-CUP")["attributes"]["item_name"][0]
        self.assertEqual(name["value"], "Becher aus Eiche")
        self.assertEqual(name["language_tag"], "de_DE")
