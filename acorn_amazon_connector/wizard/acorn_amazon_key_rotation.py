from odoo import api, fields, models


class AcornAmazonKeyRotation(models.TransientModel):
    """Ask before all stored secrets and documents are encrypted again (A17)."""

    _name = "acorn.amazon.key.rotation"
    _description = "Replace the Encryption Key"

    uses_own_key_file = fields.Boolean(
        default=lambda self: self._default_uses_own_key_file(), readonly=True
    )
    count = fields.Integer("Values Encrypted Again", readonly=True)

    @api.model
    def _default_uses_own_key_file(self):
        return self.env["acorn.amazon.keyring"]._uses_own_key_file()

    def action_rotate(self):
        """Encrypt everything with the newest key."""
        self.ensure_one()
        self.check_access("write")
        keyring = self.env["acorn.amazon.keyring"]
        if keyring._uses_own_key_file():
            keyring._add_key()
        self.count = keyring._rotate_all()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s values are now encrypted with the newest key.",
                    count=self.count,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
