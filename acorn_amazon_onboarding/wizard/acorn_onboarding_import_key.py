from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..models import activities
from ..services.signing import SMALLEST_KEY, import_private_key


class AcornOnboardingImportKey(models.TransientModel):
    """A key pair that was made elsewhere becomes the one that signs (B10, B19)."""

    _name = "acorn.onboarding.import.key"
    _inherit = ["acorn.amazon.wizard.mixin", "acorn.amazon.secret.mixin"]
    _description = "Import a Developer Key"

    developer_id = fields.Many2one(
        "acorn.onboarding.developer", required=True, readonly=True, ondelete="cascade"
    )
    private_key = fields.Text(
        compute="_compute_secret",
        exportable=False,
        readonly=False,
        help="Stored encrypted; it can be replaced but never shown again.",
    )
    private_key_encrypted = fields.Text(groups=NO_ACCESS)

    def _get_secret_fields(self):
        return {"private_key": "private_key_encrypted"}

    def action_import(self):
        """Keep the key pair; older keys stay until they are archived.

        :raise UserError: for what is no private RSA key that can be read
        """
        self.ensure_one()
        developer = self.developer_id
        developer.check_access("write")
        try:
            pair = import_private_key(self._get_secret("private_key"))
        except ValueError as exc:
            raise UserError(
                self.env._(
                    "This key cannot be used. Paste a private RSA key of at least"
                    " %(bits)s bits and without a password, from BEGIN PRIVATE KEY to"
                    " END PRIVATE KEY.",
                    bits=SMALLEST_KEY,
                )
            ) from exc
        known = developer.sudo().with_context(active_test=False).key_ids
        if pair.kid in known.mapped("kid"):
            raise UserError(self.env._("This key is known already."))
        developer._add_key(pair)
        activities.end(developer, "key_expires")
        self.sudo().unlink()
        return {"type": "ir.actions.act_window_close"}
