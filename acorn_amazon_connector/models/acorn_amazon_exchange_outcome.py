from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.tools import get_lang
from odoo.tools.misc import babel_locale_parse

from .sale_order import STATUSES

# What became, or would become, of a document. The code of the reason decides.
OUTCOMES = [
    ("create", "New Order"),
    ("update", "Changed Order"),
    ("cancel", "Cancelled Order"),
    ("unknown_sku", "Product Unknown"),
    ("tax_unknown", "Tax Unknown"),
    ("total_differs", "Total Differs"),
    ("totals_do_not_balance", "Amazon's Amounts Do Not Add Up"),
    ("mixed_currencies", "Several Currencies"),
    ("currency_mismatch", "Currency Differs"),
    ("order_currency_differs", "Currency of the Order Differs"),
    ("marketplace_not_connected", "Marketplace Not Set Up"),
    ("imported_by_other_store", "Imported by Another Store"),
    ("delivered_more", "More Delivered Than Ordered"),
    ("booked_by_hand", "Booked by Hand"),
    ("cancelled_by_hand", "Booked by Hand, Cancelled at Amazon"),
    ("kept_by_hand", "Kept by Hand"),
    ("no_amounts", "Amounts Missing"),
    ("unknown_status", "Status Unknown"),
    ("pending", "Payment Pending"),
    ("fba_not_shipped", "Not Yet Shipped by Amazon"),
    ("cancelled_before_import", "Cancelled Before Import"),
    ("before_import_date", "Before the Import Date"),
    ("non_amazon_channel", "Sold Outside Amazon"),
    ("marketplace_off", "Marketplace Switched Off"),
    ("PayloadError", "Unreadable"),
    ("shipment_sent", "Shipment Confirmed"),
    ("shipment_refused", "Shipment Refused"),
    ("shipment_unanswered", "Sent, No Answer Yet"),
    ("unexpected", "Unexpected Error"),
]
KNOWN_OUTCOMES = {code for code, _label in OUTCOMES}
KNOWN_STATUSES = {code for code, _label in STATUSES}


class AcornAmazonExchange(models.Model):
    """What people filter, group and add up, taken out of the decisions (X7).

    Nothing here identifies a buyer: money, counts, codes and the seller's own SKU.
    """

    _inherit = "acorn.amazon.exchange"

    outcome = fields.Selection(
        OUTCOMES,
        string="Result",
        compute="_compute_outcome",
        store=True,
        help="What became of the document; for a watched store, what would become.",
    )
    blocked_sku = fields.Char(
        string="SKU Without Product",
        compute="_compute_blocked_sku",
        store=True,
        index="btree_not_null",
    )
    amazon_status = fields.Selection(STATUSES, compute="_compute_figures", store=True)
    fulfilled_by = fields.Selection(
        [("MERCHANT", "Seller (FBM)"), ("AMAZON", "Amazon (FBA)")],
        compute="_compute_figures",
        store=True,
    )
    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace", compute="_compute_figures", store=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_figures", store=True
    )
    amazon_total = fields.Monetary(compute="_compute_figures", store=True)
    remitted_tax = fields.Monetary(
        string="Tax Remitted by Amazon", compute="_compute_figures", store=True
    )
    odoo_total = fields.Monetary(
        string="Order Total",
        compute="_compute_figures",
        store=True,
        help="What the order in Odoo comes to: Amazon's total without the tax that "
        "Amazon pays to the authorities itself.",
    )
    line_count = fields.Integer(
        string="Lines", compute="_compute_figures", store=True, aggregator="sum"
    )
    unit_count = fields.Integer(
        string="Units", compute="_compute_figures", store=True, aggregator="sum"
    )
    age = fields.Char(compute="_compute_age")

    # === COMPUTE METHODS === #

    @api.depends("reason_code")
    def _compute_outcome(self):
        for exchange in self:
            code = exchange.reason_code
            exchange.outcome = (
                code if not code or code in KNOWN_OUTCOMES else "unexpected"
            )

    @api.depends("reason_code", "reason_data")
    def _compute_blocked_sku(self):
        for exchange in self:
            unknown = exchange.reason_code == "unknown_sku"
            data = exchange.reason_data if unknown else None
            exchange.blocked_sku = (data or {}).get("sku") or False

    @api.depends("decisions")
    def _compute_figures(self):
        decisions = {exchange: exchange.decisions or {} for exchange in self}
        currencies = self._find_by_code(
            "res.currency", "name", decisions.values(), "currency"
        )
        marketplaces = self._find_by_code(
            "acorn.amazon.marketplace",
            "amazon_id",
            decisions.values(),
            "marketplace_id",
        )
        for exchange, decision in decisions.items():
            goods = [
                line for line in decision.get("lines", ()) if line["kind"] == "item"
            ]
            status = decision.get("status")
            exchange.update(
                {
                    "amazon_status": status if status in KNOWN_STATUSES else False,
                    "fulfilled_by": decision.get("fulfilled_by") or False,
                    "marketplace_id": marketplaces.get(decision.get("marketplace_id")),
                    "currency_id": currencies.get(decision.get("currency")),
                    "amazon_total": _amount(decision.get("grand_total")),
                    "remitted_tax": _amount(decision.get("remitted_by_amazon")),
                    "odoo_total": _amount(decision.get("expected_total")),
                    "line_count": len(goods),
                    "unit_count": sum(line["quantity"] for line in goods),
                }
            )

    def _find_by_code(self, model, field_name, decisions, key):
        """Records by a code that decisions mention, archived ones included.

        :rtype: dict[str, BaseModel]
        """
        codes = {decision[key] for decision in decisions if decision.get(key)}
        if not codes:
            return {}
        found = (
            self.env[model]
            .sudo()
            .with_context(active_test=False)
            .search_fetch([(field_name, "in", list(codes))], [field_name])
        )
        return {record[field_name]: record.id for record in found}

    @api.depends("received_at")
    def _compute_age(self):
        now = fields.Datetime.now()
        locale = babel_locale_parse(get_lang(self.env).code)
        for exchange in self:
            exchange.age = (
                format_timedelta(now - exchange.received_at, locale=locale)
                if exchange.received_at
                else False
            )


def _amount(text):
    """A figure of the decisions; those of orders without amounts say ``None``."""
    return float(text) if text and text != "None" else 0.0
