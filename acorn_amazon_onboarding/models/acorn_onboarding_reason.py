from odoo import api, fields, models


class AcornOnboardingReason(models.Model):
    """What a code in Amazon's answer means and what to do about it (B28)."""

    _name = "acorn.onboarding.reason"
    _description = "Registration Answer"
    _order = "code"

    code = fields.Char(required=True)
    name = fields.Char("Meaning", required=True, translate=True)
    advice = fields.Text(required=True, translate=True)
    is_final = fields.Boolean(
        help="Correcting the registration does not help: Amazon will not review it"
        " again."
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "This code is known already.")

    @api.model
    def _explain(self, code):
        """Return the entry of a code, that of ``OTHER`` for an unknown one."""
        reasons = self.search([("code", "in", (code, "OTHER"))])
        return reasons.filtered(lambda reason: reason.code == code) or reasons[:1]
