from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...services.marketplaces import MARKETPLACES

PRICE_FIELDS = (
    "active",
    "pricelist_id",
    "b2b_pricelist_id",
    "price_sends_sales",
    "price_floor",
    "price_ceiling",
    "price_change_limit",
    "tax_id",
    "fiscal_position_id",
    "price_includes_tax",
)


class AcornAmazonParticipation(models.Model):
    """Where the prices of a marketplace come from, and how far they may go."""

    _inherit = "acorn.amazon.participation"

    b2b_pricelist_id = fields.Many2one(
        "product.pricelist",
        "Business Pricelist",
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Prices for Amazon Business customers. Empty: business prices stay as "
        "they are at Amazon.",
    )
    price_sends_sales = fields.Boolean(
        "Send Sale Prices",
        default=True,
        help="Dated rules of the pricelist become Amazon's scheduled sale prices, and "
        "a sale without such a rule is ended. Off: sales stay as they are at Amazon.",
    )
    price_floor = fields.Monetary(
        "Lowest Price", help="No price below it is ever sent. 0: no limit."
    )
    price_ceiling = fields.Monetary(
        "Highest Price", help="No price above it is ever sent. 0: no limit."
    )
    price_change_limit = fields.Float(
        "Largest Change",
        digits=(16, 4),
        help="A price that differs from Amazon's by more than this share waits for a "
        "person. 0: no limit.",
    )

    @api.constrains("price_floor", "price_ceiling", "price_change_limit")
    def _check_price_limits(self):
        for participation in self:
            _check_limits(participation)
            if participation.price_change_limit < 0:
                raise ValidationError(
                    self.env._("The largest change cannot be negative.")
                )

    def write(self, vals):
        """Override to compute the prices anew when their grounds change."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(PRICE_FIELDS):
            offers = self.env["acorn.amazon.offer"].sudo()
            offers.search([("participation_id", "in", self.ids)])._mark_price()
        return result

    def _keep_listings(self, page):
        """Override to note the prices of a page of listings, too."""
        result = super()._keep_listings(page)
        self._learn_page(page)
        return result

    def _read_listings_page(self, client):
        """Override to tell of issues once all listings are read."""
        result = super()._read_listings_page(client)
        if self.listings_read_at:
            self.env["acorn.amazon.listing.issue"]._report(self.store_id)
        return result

    def _learn_page(self, page):
        """Note what a page says of the prices and issues of its listings.

        :param page: ``services.api.listings.ListingsPage``
        """
        at = page.answered_at or fields.Datetime.now().replace(tzinfo=timezone.utc)
        self.env["acorn.amazon.offer"]._learn_page(self, page.items, at)
        self.env["acorn.amazon.listing.issue"]._learn_page(self, page.items)

    def _get_issue_locale(self):
        """The language of Amazon's remarks: the reader's, if Amazon speaks it.

        :return: for example ``de_DE``; None for the marketplace's own
        """
        spoken = {market.language for market in MARKETPLACES.values()} | {"zh_CN"}
        return self.env.lang if self.env.lang in spoken else None


def _check_limits(record):
    """Refuse limits that no price can meet.

    :param record: with ``price_floor`` and ``price_ceiling``
    :raise ValidationError: negative, or the wrong way round
    """
    low, high = record.price_floor, record.price_ceiling
    if low < 0 or high < 0:
        raise ValidationError(record.env._("Price limits cannot be negative."))
    if low and high and low > high:
        raise ValidationError(
            record.env._("The lowest price must not be above the highest price.")
        )
