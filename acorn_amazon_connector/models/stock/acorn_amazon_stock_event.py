from odoo import api, fields, models


class AcornAmazonStockEvent(models.Model):
    """A product whose free stock changed and that Amazon has not been told of yet."""

    _name = "acorn.amazon.stock.event"
    _inherit = "acorn.amazon.offer.event"
    _description = "Amazon Stock Event"
    _log_access = False

    _kind = "stock"
    _noted = ("product_id",)

    product_id = fields.Integer(required=True)

    @api.model
    def _note_products(self, products):
        """Remember that the free stock of products changes in this transaction."""
        self._note((product_id,) for product_id in products._ids)

    @api.model
    def _mark_offers(self, changes):
        products = self.env["product.product"].browse(id_ for (id_,) in changes)
        # A sold kit takes its parts, and with them other kits.
        products = products._acorn_amazon_add_parts()._acorn_amazon_add_kits()
        return self.env["acorn.amazon.offer"]._mark_products(products)
