from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import formatLang


class AcornAmazonExchange(models.Model):
    """Says in plain words why a document became what it became (X9)."""

    _inherit = "acorn.amazon.exchange"

    reason = fields.Text(
        compute="_compute_reason",
        inverse="_inverse_reason",
        help="What stopped the document, or why there was nothing to do.",
    )
    decisions_text = fields.Html(
        string="Explanation", compute="_compute_decisions_text", sanitize=False
    )

    @api.depends("reason_code", "reason_data", "message")
    @api.depends_context("lang")
    def _compute_reason(self):
        sentences = self._get_reason_sentences()
        for exchange in self:
            code = exchange.reason_code
            own = sentences.get(f"{code}/{exchange.kind}")
            sentence = own or sentences.get(code)
            exchange.reason = (
                sentence % exchange._get_figures() if sentence else exchange.message
            )

    def _inverse_reason(self):
        for exchange in self:
            exchange.message = exchange.reason

    def _get_figures(self):
        """What the sentence of the reason mentions; ``?`` for what is not known.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        figures = defaultdict(lambda: "?", message=self.message or "")
        for name, value in (self.reason_data or {}).items():
            if isinstance(value, list):
                value = ", ".join(map(str, value))
            if value:
                figures[name] = value
        return figures

    @api.depends("decisions", "state")
    @api.depends_context("lang")
    def _compute_decisions_text(self):
        for exchange in self:
            # A document that was stopped at once has a total, but no decisions.
            is_decided = "action" in (exchange.decisions or ())
            exchange.decisions_text = is_decided and self.env["ir.qweb"]._render(
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
    def _get_reason_sentences(self):
        """What is wrong and what to do, or why nothing is, by the code of the reason.

        In the language of whoever reads it; the names in it are keys of the document's
        ``reason_data``. Override it to explain codes of your own.

        :return: code, or code/kind of document → sentence
        :rtype: dict[str, str]
        """
        return {
            **self._get_ignore_sentences(),
            "PayloadError": self.env._(
                "Amazon's document does not have the expected form (%(message)s). It "
                "is kept; read the order again, or report it with the document."
            ),
            "PayloadError/fba_ledger": self.env._(
                "Amazon's ledger does not have the expected form (%(message)s). It is "
                "kept; report it with the document."
            ),
            "totals_do_not_balance": self.env._(
                "Amazon's own amounts do not add up: %(sum_tax_excluded)s with tax on "
                "top, %(sum_tax_included)s with tax inside, but the total is "
                "%(grand_total)s. Read the order again later; if it stays so, enter it "
                "by hand."
            ),
            "totals_do_not_balance/order_v0": self.env._(
                "Amazon's own amounts do not add up: %(sum_tax_excluded)s with tax on "
                "top, %(sum_tax_included)s with tax inside, but the total is "
                "%(grand_total)s. The older interface does not name tips, nor gift "
                "wrap without a tax role: give the application the role, or enter the "
                "order by hand."
            ),
            "mixed_currencies": self.env._(
                "Amazon's order has amounts in several currencies: %(currencies)s. "
                "Enter it by hand."
            ),
            "unknown_status": self.env._(
                "Amazon sent a status that is not known: %(status)s."
            ),
            "imported_by_other_store": self.env._(
                "The store %(store)s of the same seller has imported this order as "
                "%(order)s. Amazon now says %(status)s: bring that order to it by hand."
            ),
            "delivered_more": self.env._(
                "Amazon's order asks for less than %(order)s has delivered: %(items)s. "
                "If the goods come back, or never left, receive them with a return of "
                "the delivery, then retry."
            ),
            "booked_by_hand": self.env._(
                "%(order)s has this number already. If it is this order, either press "
                "Keep My Order, and Amazon's is not imported; or cancel %(order)s and "
                "retry, and Amazon's is imported and followed. If it is another order, "
                "take the number out of its reference and retry."
            ),
            "cancelled_by_hand": self.env._(
                "Amazon or the buyer cancels this order, which was booked by hand as "
                "%(order)s: do not ship it. Cancel %(order)s and retry, or press Keep "
                "My Order if you have dealt with it."
            ),
            "marketplace_not_connected": self.env._(
                "The store has no settings for the marketplace %(marketplace_id)s. "
                "Add it to the store, then retry."
            ),
            "no_amounts": self.env._(
                "Amazon sent no amounts for this order. Check that the application "
                "may read order prices, then read the order again."
            ),
            "currency_mismatch": self.env._(
                "The order is in %(amazon)s but the pricelist of the marketplace is in "
                "%(odoo)s. Choose a pricelist in %(amazon)s."
            ),
            "order_currency_differs": self.env._(
                "Amazon's total is %(amazon_total)s %(currency)s, but the total of "
                "%(order)s is %(odoo_total)s %(odoo_currency)s. Set the order to "
                "quotation, choose a pricelist in %(currency)s for it, then retry."
            ),
            "unknown_sku": self.env._(
                "SKUs without a product: %(skus)s. Map each of them to a product, then "
                "retry."
            ),
            "tax_unknown": self.env._(
                "Amazon charged %(tax)s tax on %(sku)s (about %(percent)s %%), which "
                "you owe, but Odoo has no sales tax of that rate. Create it, or let "
                "the marketplace create missing taxes, then retry."
            ),
            "total_differs": self.env._(
                "Amazon's total is %(amazon_total)s %(currency)s, Odoo's would be "
                "%(odoo_total)s. Amazon says %(amazon_tax)s tax, Odoo computed "
                "%(odoo_tax)s: check the marketplace's default tax and whether prices "
                "include tax."
            ),
        }

    @api.model
    def _get_ignore_sentences(self):
        return {
            "non_amazon_channel": self.env._(
                "Sold outside Amazon's store; only its stock is shipped by Amazon."
            ),
            "pending": self.env._(
                "Amazon has not authorised the payment yet. The order is read again as "
                "soon as the payment is authorised."
            ),
            "cancelled_before_import": self.env._(
                "Cancelled before it could become an order here."
            ),
            "fba_not_shipped": self.env._(
                "Amazon has not shipped it yet. The order is read again as soon as it "
                "is shipped."
            ),
            "before_import_date": self.env._(
                "Shipped, and placed before the date from which orders are imported."
            ),
            "kept_by_hand": self.env._(
                "Booked by hand as %(order)s, which stays: nothing of Amazon's order "
                "is imported. Confirm its shipment in Seller Central."
            ),
            "marketplace_off": self.env._(
                "Orders of this marketplace are switched off for the store."
            ),
        }

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
            "zero_unexplained": self.env._(
                "Amazon states 0.00 as tax, as it also does where it calculates none: "
                "the tax set up in Odoo is used."
            ),
            "told_before": self.env._(
                "Amazon does not state the tax any more: the tax that follows from an "
                "earlier document stays."
            ),
            "invoiced": self.env._("The line is invoiced: its taxes stay."),
            "chosen_by_hand": self.env._(
                "The taxes were chosen by hand: they stay until Amazon says something "
                "new."
            ),
            "order_charge": self.env._(
                "An amount for the order as a whole: no tax is used."
            ),
            "free": self.env._("The item is free: there is nothing to tax."),
            "rounding": self.env._(
                "Evens out the cent by which Odoo rounds taxes differently."
            ),
        }
