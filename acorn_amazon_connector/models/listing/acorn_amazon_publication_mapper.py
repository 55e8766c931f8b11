import re
from dataclasses import replace

from odoo import models

from ...mappers.listing_schema import build_entries, complete
from ...mappers.price import price_patches

BARCODE_KINDS = {8: "ean", 12: "upc", 13: "ean", 14: "gtin"}
MOST_POINTS = 5
MOST_IMAGES = 9
_BARCODE = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_TAGS = re.compile(r"<[^>]+>")


class AcornAmazonPublicationMapper(models.AbstractModel):
    """What Odoo knows of a product, in Amazon's attributes (A4)."""

    _name = "acorn.amazon.publication.mapper"
    _description = "Amazon Publication Mapper"

    def _map_item(self, item):
        """Return the attributes of a listing, as far as its schema has them.

        What a person typed counts more than what Odoo knows.

        :param item: ``acorn.amazon.publication.item``
        :return: (attributes, sentences about values that cannot be used)
        """
        kind = item._get_product_type()
        schema = kind.schema or {}
        market = item.marketplace_id
        language = market.lang_code
        known = schema.get("properties") or {}
        problems = []
        mapped = self._map_texts(item, language) | self._map_identity(item)
        if item.is_parent or item.parent_id:
            mapped |= self._map_variation(item, schema)
        if not item.is_parent and item.requirements != "LISTING_PRODUCT_ONLY":
            mapped |= self._map_offer(item, schema, problems)
        attributes = {
            name: [
                complete(schema, name, entry, market.amazon_id, language)
                for entry in entries
            ]
            for name, entries in mapped.items()
            if entries and name in known
        }
        for name, rows in self._get_typed(item).items():
            values = [
                (row.path, row.position, row._normalise(row.value)) for row in rows
            ]
            if item.is_parent and name in (
                "purchasable_offer",
                "fulfillment_availability",
            ):
                continue
            if name not in known:
                continue
            try:
                attributes[name] = build_entries(
                    schema, name, values, market.amazon_id, language
                )
            except ValueError as exc:
                problems.append(
                    self.env._(
                        "%(path)s: this is no value that Amazon knows.", path=exc
                    )
                )
        return attributes, problems

    def _get_typed(self, item):
        """:return: {attribute: rows}, those of the listing before those of all"""
        rows = item.publication_id.value_ids.filtered("value")
        own = rows.filtered(lambda row: row.item_id == item)
        common = rows.filtered(lambda row: not row.item_id)
        return {
            **common.grouped("attribute"),
            **own.grouped("attribute"),
        }

    # === TEXTS AND IMAGES === #

    def _map_texts(self, item, language):
        installed = dict(self.env["res.lang"].get_installed())
        lang = language if language in installed else item.participation_id.lang
        record = item.product_id or item.template_id
        record = record.with_context(lang=lang or self.env.lang)
        template = record if item.is_parent else record.product_tmpl_id
        variation = (item._get_variation() or {}) if item.product_id else {}
        name = record.name
        if item.parent_id and variation:
            name = f"{name} ({', '.join(variation.values())})"
        points = (template.acorn_amazon_bullet_points or "").splitlines()
        images = self._get_images(item)
        brand = template.acorn_amazon_brand or item.publication_id.brand
        texts = {
            "item_name": [name],
            "brand": [brand],
            "product_description": [self._get_description(template)],
            "bullet_point": [point.strip() for point in points][:MOST_POINTS],
            "generic_keyword": [template.acorn_amazon_keywords],
            **{key: [value] for key, value in variation.items()},
        }
        mapped = {
            key: [{"value": text} for text in values if text]
            for key, values in texts.items()
        }
        for number, url in enumerate(images):
            key = f"other_product_image_locator_{number}"
            key = key if number else "main_product_image_locator"
            mapped[key] = [{"media_location": url}]
        if template.weight and not item.is_parent:
            unit = template._get_weight_uom_name_from_ir_config_parameter()
            mapped["item_package_weight"] = [
                {
                    "value": template.weight,
                    "unit": "pounds" if unit == "lb" else "kilograms",
                }
            ]
        return mapped

    def _get_description(self, template):
        for name in ("description_ecommerce", "description_sale", "description"):
            text = template[name] if name in template._fields else ""
            text = " ".join(_TAGS.sub(" ", text or "").split())
            if text:
                return text
        return None

    def _get_images(self, item):
        """Addresses that Amazon can load the images from, the main one first."""
        record = item.product_id or item.template_id
        template = record if item.is_parent else record.product_tmpl_id
        typed = (template.acorn_amazon_image_urls or "").split()
        if typed:
            return typed[:MOST_IMAGES]
        field = "image_variant_1920" if record._name == "product.product" else None
        attachment = self._find_image(record, field) if field else None
        attachment = attachment or self._find_image(template, "image_1920")
        base = record.get_base_url()
        if not attachment or not base.startswith("https://"):
            return []
        token = attachment.generate_access_token()[0]
        return [f"{base}/web/image/{attachment.id}/main.jpg?access_token={token}"]

    def _find_image(self, record, field):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("res_field", "=", field),
                ],
                limit=1,
            )
        )

    # === IDENTITY, VARIATIONS, OFFER === #

    def _map_identity(self, item):
        if item.is_parent:
            return {}
        if item.asin and item.offers_existing:
            return {"merchant_suggested_asin": [{"value": item.asin}]}
        barcode = item.product_id.barcode or ""
        if not _BARCODE.fullmatch(barcode):
            return {}
        kind = BARCODE_KINDS[len(barcode)]
        return {
            "externally_assigned_product_identifier": [{"type": kind, "value": barcode}]
        }

    def _map_variation(self, item, schema):
        children = item.publication_id.item_ids.filtered(
            lambda child: child.parent_id == (item.parent_id or item)
        )
        theme = children._find_theme()
        level = "parent" if item.is_parent else "child"
        mapped = {
            "parentage_level": [{"value": level}],
            "variation_theme": [{"name": theme}] if theme else [],
        }
        if item.parent_id:
            relation = {"child_relationship_type": "variation"}
            relation["parent_sku"] = item.parent_id.sku
            mapped["child_parent_sku_relationship"] = [relation]
            return mapped
        # A parent is never sold; what its children differ in is said by them.
        for name, value in (children[:1]._get_variation() or {}).items():
            mapped[name] = [{"value": value}]
        return mapped

    def _map_offer(self, item, schema, problems):
        mapped = {"condition_type": [{"value": item.publication_id.condition}]}
        result = self._compute_price(item)
        if result.problem:
            problems.append(result.problem)
        else:
            place = item.participation_id
            patches = price_patches(
                {}, item.marketplace_id.amazon_id, place.currency_id.name, result.prices
            )
            mapped["purchasable_offer"] = patches[0]["value"]
        mapped["fulfillment_availability"] = [self._get_availability(item, schema)]
        return mapped

    def _compute_price(self, item):
        """:rtype: PriceResult"""
        calculator = self.env["acorn.amazon.price.calculator"]
        place = item.participation_id
        result = calculator._compute_products(place, item.product_id)[item.product_id]
        if result.problem:
            return result
        offers = self.env["acorn.amazon.offer"]
        problem = calculator._find_problem(place, result.prices, offers)
        return replace(result, problem=problem)

    def _get_availability(self, item, schema):
        """The channel and the quantity to start with.

        Where Odoo sends the stock it starts at 0 and follows within minutes, computed
        by the rules that hold for every other listing.
        """
        if item.publication_id.fulfillment_channel == "AMAZON":
            return {"fulfillment_channel_code": self._get_amazon_channel(schema)}
        quantity = 0
        if item.store_id.stock_mode != "publish":
            warehouse = item.participation_id.warehouse_id
            product = item.product_id.with_context(warehouse_id=warehouse.id)
            quantity = max(0, int(product.free_qty))
        return {"fulfillment_channel_code": "DEFAULT", "quantity": quantity}

    def _get_amazon_channel(self, schema):
        part = (schema.get("properties") or {}).get("fulfillment_availability") or {}
        part = (part.get("items") or {}).get("properties") or {}
        codes = (part.get("fulfillment_channel_code") or {}).get("enum") or ()
        return next((code for code in codes if code.startswith("AMAZON")), "AMAZON_NA")
