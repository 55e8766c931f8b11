from odoo import api, fields, models
from odoo.exceptions import UserError

from ..mappers.errors import BlockedError, PayloadError


class AcornAmazonMapSku(models.TransientModel):
    """Which product an unknown SKU of a store stands for.

    The answer becomes a listing, so that it holds for all later orders, and every
    document that this SKU stopped is applied again.
    """

    _name = "acorn.amazon.map.sku"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Assign a Product to an Amazon SKU"
    _check_company_auto = True

    exchange_id = fields.Many2one(
        "acorn.amazon.exchange", "Document", required=True, ondelete="cascade"
    )
    store_id = fields.Many2one(related="exchange_id.store_id")
    company_id = fields.Many2one(related="exchange_id.company_id")
    sku = fields.Char("SKU", related="exchange_id.blocked_sku")
    title = fields.Char("Title at Amazon", compute="_compute_item")
    asin = fields.Char("ASIN", compute="_compute_item")
    fulfillment_channel = fields.Selection(
        [("MERCHANT", "Seller"), ("AMAZON", "Amazon (FBA)")],
        "Fulfilled By",
        compute="_compute_item",
    )
    document_count = fields.Integer("Waiting Documents", compute="_compute_item")
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        compute="_compute_product_id",
        store=True,
        readonly=False,
    )

    # === COMPUTE METHODS === #

    @api.depends("exchange_id")
    def _compute_item(self):
        self.exchange_id.check_access("read")
        for wizard in self:
            line = wizard._find_line()
            data = wizard.exchange_id.reason_data or {}
            wizard.title = line.title if line else False
            wizard.asin = line.asin if line else False
            wizard.fulfillment_channel = data.get("fulfilled_by") or "MERCHANT"
            wizard.document_count = len(wizard._find_documents())

    @api.depends("asin")
    def _compute_product_id(self):
        """Propose the product of another listing of the same ASIN."""
        for wizard in self:
            rows = self.env["acorn.amazon.listing"]._read_group(
                [
                    ("asin", "!=", False),
                    ("asin", "=", wizard.asin),
                    ("product_id", "!=", False),
                    ("company_id", "=", wizard.company_id.id),
                ],
                ["product_id"],
            )
            wizard.product_id = rows[0][0] if len(rows) == 1 else False

    def _find_line(self):
        """The line of Amazon's order that carries the SKU, or None.

        :rtype: mappers.order_data.Line | None
        """
        if not self.exchange_id:
            return None
        try:
            order = self.env["acorn.amazon.order.importer"]._map(
                self.exchange_id.sudo()
            )
        except (PayloadError, BlockedError):
            return None
        return next((line for line in order.lines if line.sku == self.sku), None)

    def _find_documents(self):
        """All documents of the store that this SKU stopped."""
        return self.exchange_id._find_stopped_alike().filtered_domain(
            [("blocked_sku", "=", self.sku)]
        )

    # === ACTION METHODS === #

    def action_map(self):
        """Bind the SKU to the product and apply what waited for it."""
        self.ensure_one()
        if not self.product_id:
            raise UserError(self.env._("Choose the product, or create it."))
        self.exchange_id.check_access("read")
        self._find_or_create_listing().product_id = self.product_id
        return self._find_documents()._retry_and_notify()

    # === BUSINESS METHODS === #

    def _find_or_create_listing(self):
        """The listing of the SKU; users may bind listings but not create them.

        :rtype: acorn.amazon.listing
        """
        listings = self.env["acorn.amazon.listing"].sudo()
        key = {
            "store_id": self.store_id.id,
            "sku": self.sku,
            "fulfillment_channel": self.fulfillment_channel,
        }
        domain = [(name, "=", value) for name, value in key.items()]
        return listings.search(domain) or listings.create(
            {**key, "title": self.title, "asin": self.asin}
        )
