from odoo import fields, models


class AcornOnboardingAnswer(models.TransientModel):
    """What a person read in Seller Central: Amazon's reason and words (B26, B28)."""

    _name = "acorn.onboarding.answer"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Amazon's Answer, Entered by Hand"

    registration_ids = fields.Many2many(
        "acorn.onboarding.registration", required=True, readonly=True
    )
    state = fields.Selection(
        [("action_required", "Action Required"), ("rejected", "Rejected")],
        required=True,
        readonly=True,
    )
    reason_id = fields.Many2one(
        "acorn.onboarding.reason", required=True, ondelete="cascade"
    )
    advice = fields.Text(related="reason_id.advice")
    message = fields.Text(
        "Amazon's Words", help="Copy the message from Seller Central."
    )

    def action_apply(self):
        """Keep the answer in the registration's history."""
        self.ensure_one()
        return self.registration_ids._set_by_hand(
            self.state,
            [{"code": self.reason_id.code, "message": self.message or ""}],
        )
