from datetime import timedelta

from odoo import api, fields, models

KEPT = timedelta(days=90)


class AcornOnboardingTriggerLog(models.Model):
    """What a trigger found on a day, with the figures of each condition (B5, B17)."""

    _name = "acorn.onboarding.trigger.log"
    _description = "Log of an Opening Trigger"
    _order = "id desc"
    _rec_name = "trigger_id"

    trigger_id = fields.Many2one(
        "acorn.onboarding.trigger", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="trigger_id.company_id", store=True)
    checked_on = fields.Datetime(default=fields.Datetime.now, required=True)
    outcome = fields.Selection(
        [
            ("not_met", "Not Met"),
            ("would_fire", "Would Have Fired"),
            ("fired", "Fired"),
            ("failed", "Failed"),
        ],
        required=True,
    )
    is_test = fields.Boolean("Test")
    user_id = fields.Many2one(
        "res.users", "Checked By", default=lambda self: self.env.user
    )
    details = fields.Text("Figures")

    @api.autovacuum
    def _gc_not_met(self):
        """Forget the days on which nothing happened after a while."""
        limit = fields.Datetime.now() - KEPT
        self.search(
            [("outcome", "in", ("not_met", "would_fire")), ("checked_on", "<", limit)]
        ).unlink()
