from odoo import api, fields, models


class AcornAmazonOffer(models.Model):
    """Why an offer shows the number it shows (X9)."""

    _inherit = "acorn.amazon.offer"

    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.depends("calculation", "stock_state", "stock_message", "target_quantity")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for offer in self:
            calculation = offer.quantity_owner_id.calculation
            offer.explanation = calculation and self.env["ir.qweb"]._render(
                "acorn_amazon_connector.offer_explanation",
                {
                    "summary": self._explain_code(calculation),
                    "rows": self._explain_rows(calculation),
                    "quantity": calculation["quantity"],
                },
            )

    def _explain_code(self, calculation):
        """One sentence: what decided about the number."""
        sentences = {
            "free": self.env._("Everything that is free and not held back is shown."),
            "cap": self.env._("More is free, but no more than the limit is shown."),
            "nothing_free": self.env._("Nothing is left that could be sold."),
            "paused": self.env._("The stock rule shows 0."),
            "ended": self.env._("The time until which it is offered has passed."),
            "emergency": self.env._("Everything of this store is at 0."),
            "left_alone": self.env._(
                "Odoo leaves Amazon's number as it is: by the stock rule, or because "
                "Odoo does not count this product's stock."
            ),
        }
        return sentences[calculation["code"]]

    def _explain_rows(self, calculation):
        """The steps of the calculation.

        :return: [(what, figure as text, why)]; steps that change nothing are left out
        """
        supply, rule = calculation["supply"], calculation["rule"]
        promised = max(supply["reserved"], supply["promised"])
        expired = supply.get("expired")
        rows = [(self.env._("On hand"), supply["on_hand"], "")]
        if expired:
            rows.append((self.env._("Expired"), -expired, ""))
        if promised:
            text = self.env._("Promised to others")
            why = self.env._(
                "%(reserved)s reserved, %(promised)s in open deliveries",
                reserved=_figure(supply["reserved"]),
                promised=_figure(supply["promised"]),
            )
            rows.append((text, -promised, why))
        if expired or promised:
            rows.append((self.env._("Free"), supply["free"], ""))
        if rule["ratio"] != 1:
            share = f"{rule['ratio']:.0%}"
            rows.append((self.env._("Share of it"), share, rule["source"]))
        if rule["buffer"]:
            text = self.env._("Held back")
            rows.append((text, -rule["buffer"], rule["source"]))
        if supply["waiting"]:
            text = self.env._("Sold at Amazon, no delivery yet")
            why = self.env._("Pending orders, and orders that wait in Odoo")
            rows.append((text, -supply["waiting"], why))
        if supply["unseen"]:
            text = self.env._("Sold at Amazon, order not here yet")
            why = self.env._("Amazon's own number went down by so much more")
            rows.append((text, -supply["unseen"], why))
        if rule["cap"] is not None:
            text = self.env._("At most")
            rows.append((text, rule["cap"], rule["source"]))
        return [(label, _figure(value), why) for label, value, why in rows]


def _figure(value):
    """12.0 → 12; minus signs as people write them."""
    if isinstance(value, str):
        return value
    return f"{value:g}".replace("-", "−")
