from odoo import api, fields, models


class AcornAmazonParticipation(models.Model):
    """A store on one marketplace, and what its orders become in Odoo."""

    _name = "acorn.amazon.participation"
    _description = "Amazon Participation"
    _order = "store_id, is_participating desc, marketplace_id"
    _check_company_auto = True

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace", required=True, ondelete="restrict"
    )
    store_name = fields.Char(
        "Name at Amazon", readonly=True, help="The store name that buyers see."
    )
    currency_id = fields.Many2one(related="marketplace_id.currency_id")
    is_participating = fields.Boolean(
        readonly=True, help="Amazon says that the seller may sell here."
    )
    has_suspended_listings = fields.Boolean(
        readonly=True, help="Amazon says that the seller's listings are inactive here."
    )
    active = fields.Boolean(
        default=True, help="Switch off to leave this marketplace out of the imports."
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        help="Ships the orders that the seller fulfils.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", check_company=True)
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Gives the orders their currency; prices always come from Amazon.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Sales Journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        check_company=True,
        help="Empty: Odoo chooses by the delivery address.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        "Sales Tax",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        help="Tax of the order lines. Empty: the product's own taxes.",
    )
    price_includes_tax = fields.Boolean(
        compute="_compute_price_includes_tax",
        store=True,
        readonly=False,
        help="Amazon's prices on this marketplace contain the tax.",
    )
    lang = fields.Selection(
        "_selection_lang", "Language", help="Language of the customers' documents."
    )
    no_pii_partner_id = fields.Many2one(
        "res.partner",
        "Generic Buyer",
        check_company=True,
        help="When set, orders are booked on this contact and no buyer is kept.",
    )

    _marketplace_uniq = models.Constraint(
        "UNIQUE(store_id, marketplace_id)",
        "The store has this marketplace already.",
    )

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends("marketplace_id")
    def _compute_price_includes_tax(self):
        for participation in self:
            participation.price_includes_tax = (
                participation.marketplace_id.price_includes_tax
            )

    @api.depends("store_id.name", "marketplace_id.name")
    def _compute_display_name(self):
        for participation in self:
            participation.display_name = (
                f"{participation.store_id.name} / {participation.marketplace_id.name}"
            )
