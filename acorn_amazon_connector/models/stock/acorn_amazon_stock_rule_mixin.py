from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mappers.sellable import Rule

RULE_FIELDS = (
    "stock_policy",
    "stock_location_ids",
    "stock_ratio",
    "stock_buffer",
    "stock_cap",
    "stock_until",
)


class AcornAmazonStockRuleMixin(models.AbstractModel):
    """How much of the free stock Amazon may show (A2)."""

    _name = "acorn.amazon.stock.rule.mixin"
    _description = "Amazon Stock Rule"

    stock_policy = fields.Selection(
        [
            ("follow", "Follow the Warehouse"),
            ("zero", "Paused: Show 0"),
            ("leave", "Leave as It Is at Amazon"),
        ],
        string="Stock at Amazon",
        required=True,
        default="follow",
    )
    stock_location_ids = fields.Many2many(
        "stock.location",
        string="Stock Locations",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="Whose free stock is offered. Empty: the whole warehouse of the "
        "marketplace.",
    )
    stock_ratio = fields.Float(
        string="Share of Free Stock",
        default=1.0,
        digits=(16, 4),
        help="1 offers everything that is free, 0.5 half of it. Give two listings of "
        "one product shares that add up to 1 and they can never sell the same unit.",
    )
    stock_buffer = fields.Integer(
        string="Units Held Back",
        help="Never offered, for other channels or as a safety margin.",
    )
    stock_cap = fields.Integer(
        string="Most Units Shown",
        help="0: no limit.",
    )
    stock_until = fields.Datetime(
        string="Offered Until", help="After this moment Amazon shows 0."
    )

    @api.constrains("stock_ratio", "stock_buffer", "stock_cap")
    def _check_stock_rule(self):
        for record in self:
            if not 0 <= record.stock_ratio <= 1:
                raise ValidationError(
                    self.env._(
                        "The share of the free stock must be between 0 (nothing) and "
                        "1 (everything)."
                    )
                )
            if record.stock_buffer < 0 or record.stock_cap < 0:
                raise ValidationError(
                    self.env._("Units held back and shown cannot be negative.")
                )

    def _get_stock_rule(self):
        """Return the rule of this record.

        :rtype: mappers.sellable.Rule
        """
        self.ensure_one()
        return Rule(
            policy=self.stock_policy,
            ratio=self.stock_ratio,
            buffer=self.stock_buffer,
            cap=self.stock_cap or None,
            until=self.stock_until or None,
            source=self.display_name,
        )
