from contextlib import contextmanager
from datetime import timezone

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from ..services.crypto import KeyringError
from ..services.lwa import AccessToken


class AcornAmazonToken(models.Model):
    """Access tokens that all workers share, encrypted.

    A token carries no link to its store: it is written by a transaction of its
    own, at a moment when the store itself may not be committed yet.
    """

    _name = "acorn.amazon.token"
    _description = "Amazon Access Token"
    _log_access = False

    key = fields.Char(required=True, groups=NO_ACCESS)
    value_encrypted = fields.Char(required=True, groups=NO_ACCESS)
    expires_at = fields.Datetime(required=True, index=True)

    _key_uniq = models.Constraint("UNIQUE(key)", "A token has one row.")

    @api.autovacuum
    def _gc_expired(self, limit=1000):
        expired = self.search([("expires_at", "<", "-1d")], limit=limit)
        expired.unlink()
        return len(expired), len(expired) == limit


class DatabaseTokenStore:
    """Token store of the service layer, kept in PostgreSQL.

    Every method uses a cursor of its own. A row read through the caller's cursor
    would come from the snapshot its transaction took earlier, and a token written
    there would stay invisible to the other workers until that transaction ends.
    """

    def __init__(self, env):
        self._registry = env.registry
        self._keyring = env["acorn.amazon.keyring"].sudo()._get_keyring()

    def get(self, key):
        """Return the cached token.

        :param str key: whose token
        :rtype: AccessToken | None
        """
        with self._registry.cursor() as cr:
            cr.execute(
                "SELECT value_encrypted, expires_at FROM acorn_amazon_token"
                " WHERE key = %s",
                [key],
            )
            row = cr.fetchone()
        if not row:
            return None
        try:
            value = self._keyring.decrypt(row[0].encode()).decode()
        except KeyringError:
            # The key is lost; Amazon gives a new token for secrets entered again.
            return None
        return AccessToken(value, row[1].replace(tzinfo=timezone.utc))

    def set(self, key, token):
        """Keep a token for all workers.

        :param str key: whose token
        :param AccessToken token: the new token
        """
        value = self._keyring.encrypt(token.value.encode()).decode()
        expires_at = token.expires_at.astimezone(timezone.utc).replace(tzinfo=None)
        with self._registry.cursor() as cr:
            cr.execute(
                "INSERT INTO acorn_amazon_token (key, value_encrypted, expires_at)"
                " VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE SET"
                " value_encrypted = excluded.value_encrypted,"
                " expires_at = excluded.expires_at",
                [key, value, expires_at],
            )

    @contextmanager
    def lock(self, key):
        """Let one worker at a time ask Amazon for this token.

        :param str key: whose token
        """
        with self._registry.cursor() as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"acorn.amazon.token {key}"],
            )
            yield
