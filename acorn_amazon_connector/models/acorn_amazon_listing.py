from odoo import api, fields, models


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
    last_seen = fields.Datetime(readonly=True)

    _sku_uniq = models.Constraint(
        "UNIQUE(store_id, sku, fulfillment_channel)",
        "The store has a listing of this SKU already.",
    )
