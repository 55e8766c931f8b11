from odoo import fields, models
from odoo.fields import NO_ACCESS


class AcornOnboardingKey(models.Model):
    """A developer's RSA key; the private half never leaves the server (B10, B19)."""

    _name = "acorn.onboarding.key"
    _inherit = "acorn.amazon.secret.mixin"
    _description = "Developer Key"
    _order = "id desc"
    _rec_name = "kid"

    developer_id = fields.Many2one(
        "acorn.onboarding.developer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="developer_id.company_id", store=True, index=True
    )
    kid = fields.Char("Key ID", required=True, readonly=True)
    public_key = fields.Text(required=True, readonly=True)
    private_key = fields.Text(compute="_compute_secret", groups=NO_ACCESS)
    private_key_encrypted = fields.Text(groups=NO_ACCESS, copy=False)
    active = fields.Boolean(
        default=True, help="Requests are signed with the newest active key."
    )

    _kid_uniq = models.Constraint(
        "UNIQUE(developer_id, kid)", "This key is known already."
    )

    def _get_secret_fields(self):
        return {"private_key": "private_key_encrypted"}

    def _get_newest(self):
        """Return the key that signs now, empty when all are archived."""
        return self.filtered("active").sorted("id", reverse=True)[:1]
