"""Texts that the database holds encrypted and officers may read."""

from odoo.exceptions import UserError

from odoo.addons.acorn_amazon_connector.services.crypto import KeyringError


def encrypted(env, text):
    """Return a text as the database may hold it, False for an empty one.

    :rtype: str | bool
    :raise UserError: when this server has no key
    """
    if not text:
        return False
    try:
        return env["acorn.amazon.keyring"]._encrypt(text.encode()).decode()
    except KeyringError as exc:
        raise UserError(str(exc)) from exc


def decrypted(env, token):
    """Return an encrypted text in clear, False when there is none.

    :rtype: str | bool
    :raise UserError: when it was encrypted with a key that this server lacks
    """
    if not token:
        return False
    try:
        return env["acorn.amazon.keyring"]._decrypt(token.encode()).decode()
    except KeyringError as exc:
        raise UserError(str(exc)) from exc
