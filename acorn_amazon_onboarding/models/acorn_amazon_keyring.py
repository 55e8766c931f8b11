from odoo import api, models


class AcornAmazonKeyring(models.AbstractModel):
    _inherit = "acorn.amazon.keyring"

    @api.model
    def _get_encrypted_columns(self):
        return [
            *super()._get_encrypted_columns(),
            ("acorn.onboarding.document", "body"),
            ("acorn.onboarding.submission", "body"),
            ("acorn.onboarding.representative", "identity_number_encrypted"),
            ("acorn.onboarding.key", "private_key_encrypted"),
            ("acorn.onboarding.import.key", "private_key_encrypted"),
        ]
