from odoo import api, fields, models


class AcornAmazonOffer(models.Model):
    """Why an offer costs what it costs (X9)."""

    _inherit = "acorn.amazon.offer"

    price_explanation = fields.Text(compute="_compute_price_explanation")

    @api.depends("price_calculation", "price_state")
    @api.depends_context("lang")
    def _compute_price_explanation(self):
        for offer in self:
            offer.price_explanation = "\n".join(offer._explain_price())

    def _explain_price(self):
        """:return: sentences, none when nothing was computed"""
        calculation = self.price_calculation or {}
        if "held" in calculation:
            return [
                self.env._("These prices stood there before a batch was taken back.")
            ]
        if "pricelist" not in calculation:
            return []
        place = self.participation_id
        show = self.currency_id.format
        sentences = [
            self.env._(
                "%(pricelist)s says %(price)s (%(rule)s).",
                pricelist=calculation["pricelist"],
                price=show(calculation["pricelist_price"]),
                rule=calculation["rule"] or self.env._("the product's own price"),
            ),
            self.env._(
                "Buyers on this marketplace see %(price)s, with tax.",
                price=show(float(calculation["price"])),
            )
            if place.price_includes_tax
            else self.env._(
                "Buyers on this marketplace see %(price)s, without tax.",
                price=show(float(calculation["price"])),
            ),
        ]
        if "sale_price" in calculation:
            sentences.append(
                self.env._(
                    "A dated rule of the pricelist makes it %(price)s for a time.",
                    price=show(float(calculation["sale_price"])),
                )
            )
        return sentences
