from odoo import api, fields, models

from .guard import check_written


class AcornAmazonListing(models.Model):
    """Binds a seller's SKU on a fulfilment channel to a product."""

    _name = "acorn.amazon.listing"
    _description = "Amazon Listing"
    _order = "store_id, sku, fulfillment_channel"
    _rec_name = "sku"
    _check_company_auto = True

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    sku = fields.Char("SKU", required=True)
    fulfillment_channel = fields.Selection(
        [("MERCHANT", "Seller"), ("AMAZON", "Amazon (FBA)")],
        "Fulfilled By",
        required=True,
        default="MERCHANT",
    )
    asin = fields.Char("ASIN", index="btree_not_null")
    title = fields.Char()
    barcode = fields.Char()
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    match = fields.Selection(
        [
            ("sku", "SKU"),
            ("barcode", "Barcode"),
            ("asin", "ASIN"),
            ("manual", "By Hand"),
            ("none", "None"),
        ],
        "Matched By",
        required=True,
        default="none",
        readonly=True,
    )
    is_variation_parent = fields.Boolean(
        readonly=True,
        help="It holds its variations together and is never sold, so that it needs no "
        "product.",
    )
    parent_sku = fields.Char(
        "Variation Of", readonly=True, index="btree_not_null", help="SKU of the parent."
    )
    # [[attribute, value], …], for example [["color", "Red"], ["size", "M"]]
    variation_values = fields.Json(readonly=True)
    last_seen = fields.Datetime(readonly=True)

    _sku_uniq = models.Constraint(
        "UNIQUE(store_id, sku, fulfillment_channel)",
        "The store has a listing of this SKU already.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: people choose the product; the SKU is Amazon's."""
        check_written(self, vals, ("store_id", "sku", "fulfillment_channel"))
        if "product_id" in vals and "match" not in vals:
            vals = {**vals, "match": "manual" if vals["product_id"] else "none"}
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _upsert(self, store, items):
        """Keep a page of listings; one row per SKU and fulfilment channel.

        What a person has mapped stays as it is.

        :param store: ``acorn.amazon.store``
        :param items: ``mappers.listing.Listing`` objects
        :return: the listings of the page
        :rtype: acorn.amazon.listing
        """
        now = fields.Datetime.now()
        wanted = {(i.sku, i.fulfillment_channel): i for i in items}
        domain = [("store_id", "=", store.id), ("sku", "in", [k[0] for k in wanted])]
        known = {(r.sku, r.fulfillment_channel): r for r in self.search(domain)}
        missing = [key for key in wanted if key not in known]
        created = self.create(
            [
                {
                    "store_id": store.id,
                    **self._prepare_listing_vals(wanted[key]),
                    "last_seen": now,
                }
                for key in missing
            ]
        )
        for key in wanted.keys() & known.keys():
            listing = known[key]
            vals = self._prepare_listing_vals(wanted[key])
            # A marketplace that does not know a value must not erase the one
            # another marketplace of the same store gave.
            changed = {n: v for n, v in vals.items() if v and listing[n] != v}
            listing.write({**changed, "last_seen": now})
        return created.union(*(known[key] for key in wanted.keys() & known.keys()))

    @api.model
    def _prepare_listing_vals(self, item):
        """Return the values of a listing.

        :param item: ``mappers.listing.Listing``
        :rtype: dict
        """
        variation = item.variation
        return {
            "sku": item.sku,
            "fulfillment_channel": item.fulfillment_channel,
            "asin": item.asin or False,
            "title": item.title or False,
            "barcode": item.barcode or False,
            "is_variation_parent": item.is_variation_parent,
            "parent_sku": variation.parent_sku if variation else False,
            "variation_values": [list(pair) for pair in variation.values]
            if variation
            else False,
        }

    def _match_products(self):
        """Bind listings that have no product: by SKU, then barcode, then ASIN.

        A value that fits more than one product binds nothing: a wrong product is
        worse than a question.

        :return: the listings that found their product
        :rtype: acorn.amazon.listing
        """
        matched = self.browse()
        for company, listings in (
            self.filtered(lambda r: not r.product_id and not r.is_variation_parent)
            .grouped("company_id")
            .items()
        ):
            for match in ("sku", "barcode", "asin"):
                todo = listings - matched
                products = getattr(todo, f"_find_products_by_{match}")(company)
                for listing in todo:
                    product = products.get(listing[match])
                    if product:
                        listing.write({"product_id": product.id, "match": match})
                        matched += listing
        return matched

    def _find_products_by_sku(self, company):
        return self._unique_products("default_code", self.mapped("sku"), company)

    def _find_products_by_barcode(self, company):
        spellings = {
            listing.barcode: _barcode_spellings(listing.barcode)
            for listing in self
            if listing.barcode
        }
        values = [value for values in spellings.values() for value in values]
        products = self._unique_products("barcode", values, company)
        found = {}
        for barcode, values in spellings.items():
            candidates = {products[v] for v in values if v in products}
            if len(candidates) == 1:
                found[barcode] = candidates.pop()
        return found

    def _find_products_by_asin(self, company):
        """An ASIN that another listing has bound: the FBA twin, another store."""
        asins = [asin for asin in self.mapped("asin") if asin]
        rows = self._read_group(
            [
                ("asin", "in", asins),
                ("product_id", "!=", False),
                ("company_id", "=", company.id),
            ],
            ["asin"],
            ["product_id:recordset"],
        )
        return {asin: products for asin, products in rows if len(products) == 1}

    @api.model
    def _unique_products(self, field_name, values, company):
        rows = self.env["product.product"]._read_group(
            [
                (field_name, "in", [value for value in values if value]),
                ("company_id", "in", (False, company.id)),
            ],
            [field_name],
            ["id:recordset"],
        )
        return {value: products for value, products in rows if len(products) == 1}


def _barcode_spellings(barcode):
    """UPC-A, EAN-13 and GTIN-14 write the same number with leading zeros."""
    bare = barcode.lstrip("0")
    return {barcode, bare, *(bare.zfill(length) for length in (8, 12, 13, 14))}
