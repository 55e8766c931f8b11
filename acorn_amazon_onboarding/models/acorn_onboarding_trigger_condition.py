from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare, format_date, formatLang

RATE_DIGITS = 6


class AcornOnboardingTriggerCondition(models.Model):
    """One of the conditions that a trigger waits for; all have to be met (B5)."""

    _name = "acorn.onboarding.trigger.condition"
    _description = "Condition of an Opening Trigger"
    _order = "trigger_id, sequence, id"
    _check_company_auto = True

    trigger_id = fields.Many2one(
        "acorn.onboarding.trigger", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="trigger_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("stock", "Stock On Hand"),
            ("sales", "Units Sold"),
            ("rate", "Exchange Rate"),
            ("date", "Date"),
        ],
        "Condition",
        required=True,
        default="stock",
    )
    product_id = fields.Many2one("product.product", check_company=True)
    category_id = fields.Many2one("product.category", "Product Category")
    warehouse_id = fields.Many2one(
        "stock.warehouse", check_company=True, help="Empty: all of the company."
    )
    quantity = fields.Float("At Least", digits="Product Unit", default=1.0)
    days = fields.Integer("In the Last Days", default=30)
    currency_id = fields.Many2one("res.currency", "One Unit Of")
    quote_currency_id = fields.Many2one("res.currency", "Costs in")
    direction = fields.Selection(
        [("up", "Rises To"), ("down", "Falls To")], default="up"
    )
    rate = fields.Float(digits=(16, RATE_DIGITS))
    date = fields.Date("From")
    summary = fields.Char("What It Waits For", compute="_compute_summary")

    # === COMPUTE METHODS === #

    @api.depends(
        "kind",
        "product_id",
        "category_id",
        "warehouse_id",
        "quantity",
        "days",
        "currency_id",
        "quote_currency_id",
        "direction",
        "rate",
        "date",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for condition in self:
            describe = getattr(condition, f"_describe_{condition.kind}", None)
            condition.summary = describe() if describe else False

    def _describe_stock(self):
        return self.env._(
            "%(what)s on hand: at least %(quantity)s",
            what=self._get_goods_name(),
            quantity=self._format(self.quantity),
        )

    def _describe_sales(self):
        return self.env._(
            "%(what)s sold in %(days)s days: at least %(quantity)s",
            what=self._get_goods_name(),
            days=self.days,
            quantity=self._format(self.quantity),
        )

    def _describe_rate(self):
        words = {
            "currency": self.currency_id.name or "",
            "quote": self.quote_currency_id.name or "",
            "rate": self._format_rate(self.rate),
        }
        if self.direction == "down":
            return self.env._("1 %(currency)s falls to %(rate)s %(quote)s", **words)
        return self.env._("1 %(currency)s rises to %(rate)s %(quote)s", **words)

    def _describe_date(self):
        date = format_date(self.env, self.date) if self.date else ""
        return self.env._("From %(date)s on", date=date)

    def _get_goods_name(self):
        goods = self.product_id or self.category_id
        name = goods.sudo().display_name or self.env._("All products")
        place = self.kind == "stock" and self.warehouse_id.sudo().name
        return f"{name} ({place})" if place else name

    def _format(self, number):
        return formatLang(self.env, number, digits=0 if number % 1 == 0 else 2)

    def _format_rate(self, rate):
        return f"{rate:.{RATE_DIGITS}f}".rstrip("0").rstrip(".")

    # === CONSTRAINTS === #

    @api.constrains(
        "kind",
        "product_id",
        "category_id",
        "quantity",
        "days",
        "currency_id",
        "quote_currency_id",
        "direction",
        "rate",
        "date",
    )
    def _check_complete(self):
        for condition in self:
            if not condition._is_complete():
                raise ValidationError(
                    self.env._(
                        "The condition “%(condition)s” is not complete.",
                        condition=condition.summary,
                    )
                )

    def _is_complete(self):
        if self.kind == "date":
            return bool(self.date)
        if self.kind == "rate":
            pair = (self.currency_id, self.quote_currency_id)
            return all(pair) and pair[0] != pair[1] and self.rate > 0
        goods = bool(self.product_id) != bool(self.category_id)
        return goods and self.quantity > 0 and (self.kind == "stock" or self.days > 0)

    # === BUSINESS METHODS === #

    def _evaluate(self):
        """Compare the condition with the figures of now.

        :return: (whether it is met, a sentence with the figures)
        :rtype: tuple[bool, str]
        """
        self.ensure_one()
        # Whoever keeps triggers need not be allowed to read stock, sales and rates.
        condition = self.sudo().with_company(self.trigger_id.company_id)
        is_met, figure = getattr(condition, f"_measure_{condition.kind}")()
        return is_met, self.env._(
            "%(condition)s (now: %(figure)s)",
            condition=self.summary,
            figure=figure,
        )

    def _measure_stock(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("location_id.usage", "=", "internal"),
            *self._get_product_domain(),
        ]
        if self.warehouse_id:
            place = self.warehouse_id.view_location_id
            domain.append(("location_id", "child_of", place.id))
        return self._compare_units("stock.quant", domain, "quantity:sum")

    def _measure_sales(self):
        since = fields.Datetime.now() - timedelta(days=self.days)
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sale"),
            ("date", ">=", since),
            *self._get_product_domain(),
        ]
        return self._compare_units("sale.report", domain, "product_uom_qty:sum")

    def _get_product_domain(self):
        if self.product_id:
            return [("product_id", "=", self.product_id.id)]
        return [("product_id.categ_id", "child_of", self.category_id.id)]

    def _compare_units(self, model, domain, aggregate):
        [[units]] = self.env[model]._read_group(domain, aggregates=[aggregate])
        units = units or 0.0
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        is_met = float_compare(units, self.quantity, precision_digits=digits) >= 0
        return is_met, self._format(units)

    def _measure_rate(self):
        """The rate has to have been on the other side since the trigger watches."""
        today = fields.Date.context_today(self)
        now = self._get_rate(today)
        is_there = self._is_beyond(now)
        was_before = is_there and not all(
            self._is_beyond(self._get_rate(day)) for day in self._get_rate_days(today)
        )
        figure = self._format_rate(now)
        if is_there and not was_before:
            figure = self.env._(
                "%(rate)s, as before %(date)s: it did not cross",
                rate=figure,
                date=format_date(self.env, self.trigger_id.armed_on),
            )
        return was_before, figure

    def _is_beyond(self, rate):
        order = float_compare(rate, self.rate, precision_digits=RATE_DIGITS)
        return order <= 0 if self.direction == "down" else order >= 0

    def _get_rate(self, day):
        return self.env["res.currency"]._get_conversion_rate(
            self.currency_id, self.quote_currency_id, self.company_id, day
        )

    def _get_rate_days(self, today):
        """The days since the trigger watches on which the rate may have changed."""
        start = self.trigger_id.armed_on
        rates = self.env["res.currency.rate"].search(
            [
                ("currency_id", "in", (self.currency_id | self.quote_currency_id).ids),
                ("company_id", "in", (False, self.company_id.root_id.id)),
                ("name", ">", start),
                ("name", "<=", today),
            ]
        )
        return {start, *rates.mapped("name")}

    def _measure_date(self):
        today = fields.Date.context_today(self)
        return self.date <= today, format_date(self.env, today)
