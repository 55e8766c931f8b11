from odoo import api, fields, models

ACTIONS = {
    "listing_suppressed": "acorn_amazon_connector.acorn_amazon_listing_issue_action",
    "price_refused": "acorn_amazon_connector.acorn_amazon_offer_price_action",
}


class AcornAmazonIncident(models.Model):
    """What may go wrong with prices and listings."""

    _inherit = "acorn.amazon.incident"

    code = fields.Selection(
        selection_add=[
            ("price_refused", "Prices Not Sent"),
            ("listing_suppressed", "Offers Suppressed"),
            ("other",),
        ],
        ondelete={"price_refused": "cascade", "listing_suppressed": "cascade"},
    )

    @api.model
    def _get_summaries(self):
        """Override to say what happened to prices and listings."""
        return {
            **super()._get_summaries(),
            "price_refused": self.env._("Prices that are not sent: %(count)s"),
            "listing_suppressed": self.env._(
                "Amazon does not show some offers of this store"
            ),
        }

    def _compute_advice(self):
        """Override to say what to do about prices and listings."""
        result = super()._compute_advice()
        advice = {
            "price_refused": self.env._(
                "Open Amazon > Products > Prices at Amazon, filter Needs a Decision "
                "and Refused, and do what the message of each price says."
            ),
            "listing_suppressed": self.env._(
                "Open Amazon > Products > Issues at Amazon and solve what Amazon "
                "names, in Seller Central or by publishing the product again."
            ),
        }
        for incident in self:
            incident.advice = advice.get(incident.code, incident.advice)
        return result

    @api.depends("code", "res_model", "res_id")
    def _compute_can_open(self):
        """Override: these incidents open a list."""
        result = super()._compute_can_open()
        for incident in self:
            incident.can_open = incident.can_open or incident.code in ACTIONS
        return result

    def action_open_record(self):
        """Override to open the list that the incident is about."""
        self.ensure_one()
        if self.code not in ACTIONS:
            return super().action_open_record()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(ACTIONS[self.code]),
            "domain": [("store_id", "=", self.store_id.id)],
        }
