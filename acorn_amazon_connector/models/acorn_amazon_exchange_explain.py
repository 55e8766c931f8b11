from odoo import api, fields, models
from odoo.tools import formatLang


class AcornAmazonExchange(models.Model):
    """Says in plain words why a document became what it became (X9)."""

    _inherit = "acorn.amazon.exchange"

    decisions_text = fields.Html(
        string="Explanation", compute="_compute_decisions_text", sanitize=False
    )

    @api.depends("decisions", "state")
    @api.depends_context("lang")
    def _compute_decisions_text(self):
        for exchange in self:
            exchange.decisions_text = exchange.decisions and self.env[
                "ir.qweb"
            ]._render(
                "acorn_amazon_connector.exchange_decisions",
                exchange._prepare_explanation(),
            )

    def _prepare_explanation(self):
        """Values of the template that shows the decisions. Override point.

        :rtype: dict
        """
        self.ensure_one()
        decisions = self.decisions
        currency = self.currency_id or self.company_id.currency_id
        remitted = float(decisions.get("remitted_by_amazon") or 0)

        def money(amount):
            return formatLang(self.env, float(amount or 0), currency_obj=currency)

        return {
            "summary": self._get_summary(decisions),
            "facts": self._get_facts(decisions),
            "amazon_total": money(self.amazon_total),
            "remitted": remitted and money(remitted),
            "odoo_total": money(self.odoo_total),
            "has_total": decisions.get("action") != "cancel",
            "lines": [
                self._prepare_line_explanation(line, money)
                for line in decisions.get("lines", ())
            ],
            "any_remitted": bool(remitted),
        }

    def _prepare_line_explanation(self, line, money):
        kinds = self.env["sale.order.line"]._fields["acorn_amazon_charge"]
        remitted = float(line.get("remitted") or 0)
        return {
            "product": line["product"],
            "sku": line.get("sku"),
            "kind": dict(kinds._description_selection(self.env)).get(line["kind"]),
            "is_item": line["kind"] == "item",
            "quantity": line["quantity"],
            "amount": money(line["amount"]),
            "taxes": ", ".join(line.get("taxes") or ()),
            "remitted": remitted and money(remitted),
            "why": self._get_rule_sentences().get(line["rule"], line["rule"]),
        }

    def _get_summary(self, decisions):
        """One sentence: what was done, or would be done for a watched store."""
        action = decisions.get("action")
        if self.state == "done":
            sentences = {
                "create": self.env._("A new sales order was created."),
                "update": self.env._("The sales order was brought up to date."),
                "cancel": self.env._("The sales order was cancelled."),
            }
        elif self.state == "shadow":
            sentences = {
                "create": self.env._(
                    "A new sales order will be created when the store goes live."
                ),
                "update": self.env._(
                    "The sales order will be brought up to date when the store goes "
                    "live."
                ),
                "cancel": self.env._(
                    "The sales order will be cancelled when the store goes live."
                ),
            }
        else:
            return self.env._(
                "This is what was decided last time. The document is applied again "
                "from the start."
            )
        return sentences.get(action)

    def _get_facts(self, decisions):
        """What held for the whole order: pairs of label and text."""
        label = self._label_of
        included = decisions.get("price_includes_tax")
        facts = [
            (self.env._("Status at Amazon"), label("amazon_status")),
            (self.env._("Fulfilled by"), label("fulfilled_by")),
            (self.env._("Marketplace settings"), decisions.get("marketplace")),
            (self.env._("Fiscal position"), decisions.get("fiscal_position")),
            (self.env._("Read through Orders API"), decisions.get("source")),
        ]
        if decisions.get("lines"):
            facts.append(
                (
                    self.env._("Amazon's prices"),
                    {
                        True: self.env._("contain the tax"),
                        False: self.env._("are without tax"),
                    }.get(included, self.env._("as set for the marketplace")),
                )
            )
        return [(name, text) for name, text in facts if text]

    def _label_of(self, field_name):
        labels = dict(self._fields[field_name]._description_selection(self.env))
        return labels.get(self[field_name])

    @api.model
    def _get_rule_sentences(self):
        """Why a line carries its taxes, by the name of the rule that decided.

        :rtype: dict[str, str]
        """
        return {
            "odoo_tax": self.env._(
                "Amazon does not state the tax of this line: the tax set up in Odoo is "
                "used."
            ),
            "odoo_tax_confirmed": self.env._(
                "The tax set up in Odoo is the one that Amazon charged."
            ),
            "odoo_tax_differs": self.env._(
                "Amazon charged another rate than Odoo's tax. The total is right, "
                "because prices contain the tax; check the split."
            ),
            "tax_by_rate": self.env._(
                "Amazon charged another rate than the product's tax: your sales tax of "
                "that rate is used."
            ),
            "tax_created": self.env._(
                "Amazon charged a rate that Odoo did not have: a sales tax of that "
                "rate was created."
            ),
            "tax_would_be_created": self.env._(
                "Amazon charged a rate that Odoo does not have: a sales tax of that "
                "rate will be created."
            ),
            "amazon_remits": self.env._(
                "Amazon collects the tax and pays it to the authorities itself: it is "
                "not part of your order."
            ),
            "no_tax_charged": self.env._(
                "Amazon charged no tax, although Odoo's tax would: no tax is used."
            ),
            "zero_rated": self.env._("Amazon charged no tax, and Odoo's tax is zero."),
            "order_charge": self.env._(
                "An amount for the order as a whole: no tax is used."
            ),
            "free": self.env._("The item is free: there is nothing to tax."),
            "rounding": self.env._(
                "Evens out the cent by which Odoo rounds taxes differently."
            ),
        }
