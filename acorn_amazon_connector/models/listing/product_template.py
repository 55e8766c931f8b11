from odoo import fields, models

PRICE_GROUNDS = {"list_price", "standard_price", "taxes_id", "categ_id"}


class ProductTemplate(models.Model):
    """What Amazon's buyers read about a product, and notes of changed prices."""

    _inherit = "product.template"

    acorn_amazon_brand = fields.Char("Brand at Amazon")
    acorn_amazon_bullet_points = fields.Text(
        "Bullet Points at Amazon",
        translate=True,
        help="One line per point; Amazon shows the first five.",
    )
    acorn_amazon_keywords = fields.Char(
        "Search Terms at Amazon",
        translate=True,
        help="Words that buyers look for and that the texts do not contain.",
    )
    acorn_amazon_image_urls = fields.Text(
        "Image Addresses for Amazon",
        help="One public address per line, the main image first. Empty: the product's "
        "own image, if this Odoo can be reached from the Internet.",
    )

    def write(self, vals):
        """Override of `product` to note whose price at Amazon may change."""
        result = super().write(vals)
        if not PRICE_GROUNDS.isdisjoint(vals):
            self._acorn_amazon_note_price()
        return result

    def _acorn_amazon_note_price(self):
        if self:
            self.env["acorn.amazon.price.event"]._note(
                (0, template_id) for template_id in self.ids
            )

    def action_acorn_amazon_publish(self):
        """Start a publication of all variants of these products."""
        return self.env["acorn.amazon.publication"]._start(self.product_variant_ids)
