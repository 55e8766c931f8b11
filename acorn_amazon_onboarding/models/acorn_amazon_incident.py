from odoo import api, fields, models


class AcornAmazonIncident(models.Model):
    _inherit = "acorn.amazon.incident"

    code = fields.Selection(
        selection_add=[("review_overdue", "Review Takes Too Long")],
        ondelete={"review_overdue": "set default"},
    )

    @api.model
    def _get_summaries(self):
        return super()._get_summaries() | {
            "review_overdue": self.env._(
                "%(registration)s has been in review for %(days)s days"
            ),
        }

    def _compute_advice(self):
        """Explain what opening marketplaces needs (B18)."""
        result = super()._compute_advice()
        for incident in self:
            if incident.code == "review_overdue":
                incident.advice = self.env._(
                    "Open Seller Central and look whether Amazon asks for something. "
                    "Otherwise ask Seller Support with the registration's ID. This "
                    "closes itself when Amazon has decided."
                )
            elif incident.code == "access_denied" and incident._is_about_registering():
                incident.advice = self.env._(
                    "Read Amazon's words below. NotWhitelisted: Amazon has not "
                    "admitted the developer yet; ask your contact there, or go on by "
                    "hand. UnknownKey or InvalidSignature: open Registration "
                    "Interface, and give Amazon the public half of the newest key. "
                    "What waits is sent by itself afterwards."
                )
        return result

    def _is_about_registering(self):
        self.ensure_one()
        if self.res_model != "acorn.amazon.task":
            return False
        task = self.env["acorn.amazon.task"].sudo().browse(self.res_id).exists()
        return task.flow_id.code == "registrations"
