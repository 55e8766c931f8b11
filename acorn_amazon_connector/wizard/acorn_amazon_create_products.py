from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class AcornAmazonCreateProducts(models.TransientModel):
    """Products for listings that have none in Odoo yet.

    Listings of the same SKU or ASIN get the same product, those of one variation
    family get variants of one product.
    """

    _name = "acorn.amazon.create.products"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Create Products of Amazon Listings"

    listing_ids = fields.Many2many(
        "acorn.amazon.listing", default=lambda self: self._default_listing_ids()
    )
    listing_count = fields.Integer(compute="_compute_listing_count")
    categ_id = fields.Many2one("product.category", "Product Category")
    is_storable = fields.Boolean("Count the Stock", default=True)
    with_price = fields.Boolean(
        "Take Over the Price",
        default=True,
        help="Amazon's price becomes the sales price, where it is in the company's "
        "currency.",
    )
    with_variants = fields.Boolean(
        "Variations Become Variants",
        default=True,
        help="Listings that Amazon shows together, such as the sizes of a shirt, "
        "become variants of one product. Otherwise each becomes a product of its own.",
    )
    with_image = fields.Boolean(
        "Take Over the Image",
        default=True,
        help="Loaded from Amazon's servers in the background.",
    )

    @api.model
    def _default_listing_ids(self):
        if self.env.context.get("active_model") != "acorn.amazon.listing":
            return []
        chosen = self.env["acorn.amazon.listing"].browse(
            self.env.context.get("active_ids", [])
        )
        todo = chosen.filtered(lambda r: not r.product_id and not r.is_variation_parent)
        return [Command.set(todo.ids)]

    @api.depends("listing_ids")
    def _compute_listing_count(self):
        for wizard in self:
            wizard.listing_count = len(wizard.listing_ids)

    def action_create(self):
        """Create the products and bind the listings to them."""
        self.ensure_one()
        self.env["acorn.amazon.listing"].check_access("write")
        todo = self.listing_ids.filtered(lambda listing: not listing.product_id)
        if not todo:
            raise UserError(self.env._("All of these listings have a product already."))
        todo._match_products()
        created = self.env["product.product"]
        if self.with_variants:
            for family in self._get_families(todo):
                created |= self._create_variants(family)
        for listing in todo:
            # An earlier one may have been of the same SKU or ASIN.
            if listing.product_id or listing._match_products():
                continue
            product = self.env["product.product"].create(
                self._prepare_product_vals(listing)
            )
            listing.write({"product_id": product.id, "match": "manual"})
            created |= product
        if self.with_image:
            todo._want_images()
        domain = [("id", "in", created.ids)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Created Products"),
            "res_model": "product.product",
            "view_mode": "list,form",
            "domain": domain,
        }

    def _get_families(self, listings):
        """Those without a product that are variations, by their parent.

        A family sells the same thing in the same ways: one that Amazon describes in
        two ways is taken as two.

        :return: list of ``acorn.amazon.listing``
        """
        members = listings.filtered(
            lambda listing: not listing.product_id and listing.variation_values
        )
        return members.grouped(
            lambda listing: (
                listing.store_id,
                listing.parent_sku,
                tuple(name for name, _value in listing.variation_values),
            )
        ).values()

    def _get_price(self, listing):
        """Amazon's price in the company's currency, 0 where it is not known."""
        currency = listing.company_id.currency_id
        offers = listing.offer_ids.filtered(
            lambda offer: offer.currency_id == currency and offer.price
        )
        return offers[:1].price

    def _prepare_product_vals(self, listing):
        """Return the values of a product.

        :param listing: ``acorn.amazon.listing``
        :rtype: dict
        """
        vals = {
            "name": listing.title or listing.sku,
            "default_code": listing.sku,
            "is_storable": self.is_storable,
            "company_id": False,
        }
        if self.categ_id:
            vals["categ_id"] = self.categ_id.id
        products = self.env["product.product"].sudo()
        if listing.barcode and not products.search_count(
            [("barcode", "=", listing.barcode)], limit=1
        ):
            vals["barcode"] = listing.barcode
        # Odoo's default is a price of 1.
        vals["list_price"] = self._get_price(listing) if self.with_price else 0.0
        return vals
