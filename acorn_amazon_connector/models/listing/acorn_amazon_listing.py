from odoo import api, fields, models
from odoo.exceptions import UserError


class AcornAmazonListing(models.Model):
    """What Amazon finds wrong with a listing, and its prices."""

    _inherit = "acorn.amazon.listing"

    image_url = fields.Char("Image at Amazon", readonly=True)
    is_image_wanted = fields.Boolean(readonly=True)
    image_message = fields.Char(
        "Image", readonly=True, help="Why the image could not be loaded."
    )
    issue_ids = fields.One2many("acorn.amazon.listing.issue", "listing_id")
    issue_count = fields.Integer("Issues", compute="_compute_issue_count")

    @api.depends("issue_ids")
    def _compute_issue_count(self):
        rows = self.env["acorn.amazon.listing.issue"]._read_group(
            [("listing_id", "in", self.ids)], ["listing_id"], ["__count"]
        )
        counts = dict(rows)
        for listing in self:
            listing.issue_count = counts.get(listing, 0)

    def write(self, vals):
        """Override to compute the prices anew when the product changes."""
        result = super().write(vals)
        if "product_id" in vals:
            self.sudo().offer_ids._mark_price()
        return result

    @api.model
    def _prepare_listing_vals(self, item):
        """Override to know the image, too."""
        vals = super()._prepare_listing_vals(item)
        return {**vals, "image_url": item.image_url or False}

    def _want_images(self):
        """Have the images of these listings loaded in the background."""
        wanted = self.filtered("image_url").sudo()
        wanted.write({"is_image_wanted": True, "image_message": False})
        self.env["acorn.amazon.task"].sudo()._wake(
            wanted.store_id, "remote", code="listing_images"
        )

    def action_close_offers(self):
        """Show 0 of these SKUs on all marketplaces, until somebody resumes them."""
        self.check_access("write")
        stores = self.store_id.filtered(lambda store: store.stock_mode != "publish")
        if stores:
            raise UserError(
                self.env._(
                    "Stock is not sent to Amazon for %(stores)s, so nothing can be "
                    "set to 0 from here.",
                    stores=", ".join(stores.mapped("name")),
                )
            )
        own = self.filtered(lambda r: r.fulfillment_channel == "MERCHANT")
        own.write({"has_own_stock_rule": True, "stock_policy": "zero"})
        return True
