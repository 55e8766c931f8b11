from odoo import api, models
from odoo.exceptions import UserError

from ..services.crypto import KeyringError


class AcornAmazonSecretMixin(models.AbstractModel):
    """Fields that can be written and never read back.

    A secret has two fields: the one people write (not stored, always empty when
    read) and the encrypted one, which no user can access. The clear value is taken
    out of the values before the ORM sees them, so it reaches neither the cache,
    nor tracking, nor the answer of the web client's save.
    """

    _name = "acorn.amazon.secret.mixin"
    _description = "Amazon Write-only Secrets"

    def _get_secret_fields(self):
        """Map each write-only field to its encrypted field.

        :rtype: dict[str, str]
        """
        return {}

    def _compute_secret(self):
        for name in self._get_secret_fields():
            if name in self._fields:
                self[name] = False

    def _split_secret_vals(self, vals):
        """Take the clear secrets out of the values.

        :param dict vals: values of create or write
        :return: the other values, and the encrypted secrets to store
        :rtype: tuple[dict, dict]
        :raise AccessError: when the user may not write a secret
        """
        vals, encrypted = dict(vals), {}
        for name, encrypted_name in self._get_secret_fields().items():
            if name not in vals:
                continue
            self._check_field_access(self._fields[name], "write")
            secret = (vals.pop(name) or "").strip()
            encrypted[encrypted_name] = (
                self._encrypt_secret(secret) if secret else False
            )
        return vals, encrypted

    def _encrypt_secret(self, secret):
        try:
            return self.env["acorn.amazon.keyring"]._encrypt(secret.encode()).decode()
        except KeyringError as exc:
            raise UserError(str(exc)) from exc

    @api.model_create_multi
    def create(self, vals_list):
        split = [self._split_secret_vals(vals) for vals in vals_list]
        records = super().create([vals for vals, _encrypted in split])
        for record, (_vals, encrypted) in zip(records, split, strict=True):
            if encrypted:
                record._store_secrets(encrypted)
        return records

    def write(self, vals):
        vals, encrypted = self._split_secret_vals(vals)
        if encrypted:
            self.check_access("write")
            self._store_secrets(encrypted)
        return super().write(vals)

    def _store_secrets(self, encrypted):
        """Write encrypted values; extend to react to a new secret."""
        self.sudo().write(encrypted)

    def _get_secret(self, name):
        """Return a secret in clear, for the one who is about to send it.

        :param str name: the write-only field
        :return: the secret, or an empty string when none is set
        :rtype: str
        :raise UserError: when no key of this server fits
        """
        self.ensure_one()
        token = self.sudo()[self._get_secret_fields()[name]]
        if not token:
            return ""
        try:
            return self.env["acorn.amazon.keyring"]._decrypt(token.encode()).decode()
        except KeyringError as exc:
            raise UserError(
                self.env._(
                    "The secrets of %(name)s were encrypted with a key that this server"
                    " does not have. Restore the key, or enter the secrets again.",
                    name=self.display_name,
                )
            ) from exc
