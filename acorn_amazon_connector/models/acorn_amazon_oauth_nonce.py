import hashlib
import secrets

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.fields import NO_ACCESS


class AcornAmazonOauthNonce(models.Model):
    """Consents that were started; Amazon's answer to each is taken once."""

    _name = "acorn.amazon.oauth.nonce"
    _description = "Amazon OAuth Nonce"
    _log_access = False

    digest = fields.Char(required=True, groups=NO_ACCESS)
    expires_at = fields.Datetime(required=True, index=True)
    used_at = fields.Datetime()

    _digest_uniq = models.Constraint("UNIQUE(digest)", "A nonce is used once.")

    @api.model
    def _issue(self, expires_at):
        """Remember a new nonce.

        :param datetime expires_at: naive UTC
        :return: the nonce, which is stored as a digest only
        :rtype: str
        """
        nonce = secrets.token_urlsafe(32)
        self.sudo().create({"digest": _digest(nonce), "expires_at": expires_at})
        return nonce

    @api.model
    def _consume(self, nonce):
        """Use up a nonce, whatever becomes of the current transaction.

        :return: whether the nonce was there, unused and in time
        :rtype: bool
        """
        try:
            with self.env.registry.cursor() as cr:
                cr.execute(
                    "UPDATE acorn_amazon_oauth_nonce SET used_at ="
                    " date_trunc('second', now() AT TIME ZONE 'UTC')"
                    " WHERE digest = %s AND used_at IS NULL"
                    " RETURNING expires_at > (now() AT TIME ZONE 'UTC')",
                    [_digest(nonce)],
                )
                row = cr.fetchone()
        except SerializationFailure:
            return False
        return bool(row and row[0])

    @api.model
    def _get_used_at(self, nonce):
        """When a nonce was used up, as all other transactions know by now.

        :return: naive UTC in whole seconds; None when it was not
        :rtype: datetime | None
        """
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT used_at FROM acorn_amazon_oauth_nonce WHERE digest = %s",
                [_digest(nonce)],
            )
            row = cr.fetchone()
        return row and row[0]

    @api.autovacuum
    def _gc_expired(self, limit=1000):
        expired = self.search([("expires_at", "<", "-1d")], limit=limit)
        expired.unlink()
        return len(expired), len(expired) == limit


def _digest(nonce):
    return hashlib.sha256(nonce.encode()).hexdigest()
