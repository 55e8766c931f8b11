import logging
import os
from functools import lru_cache

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, config

from ..services.crypto import (
    ENVIRONMENT_VARIABLE,
    Keyring,
    KeyringError,
    add_key,
    load_keys,
)

_logger = logging.getLogger(__name__)

KEY_OPTION = "acorn_secret_key"
KEY_FILE = "acorn_amazon.key"
ROTATION_BATCH = 500


class AcornAmazonKeyring(models.AbstractModel):
    """Encrypt what is stored about sellers and buyers.

    The keys never enter the database: they come from the environment, from
    odoo.conf, or from a file beside the filestore that only the server's user
    may read. A copy of the database alone is therefore worth nothing.
    """

    _name = "acorn.amazon.keyring"
    _description = "Amazon Keyring"

    @api.model
    def _get_key_file(self):
        return os.path.join(config["data_dir"], KEY_FILE)

    @api.model
    def _get_keyring(self):
        """Return the server's keyring, newest key first.

        :return: a keyring that encrypts with its first key and reads with all
        :rtype: Keyring
        """
        key_file = self._get_key_file()
        option = config.get(KEY_OPTION)
        sources = (os.environ.get(ENVIRONMENT_VARIABLE), option, key_file)
        return _load_keyring(option, key_file, tuple(map(_changed_at, sources)))

    @api.model
    def _uses_own_key_file(self):
        """Return whether the key is the file that this server made itself.

        :rtype: bool
        """
        return not (os.environ.get(ENVIRONMENT_VARIABLE) or config.get(KEY_OPTION))

    @api.model
    def _add_key(self):
        """Put a new key before the others in the server's own key file.

        Older keys stay: backups and other databases of this server need them.
        """
        add_key(self._get_key_file())

    @api.model
    def _encrypt(self, data):
        """Encrypt bytes with the newest key.

        :param bytes data: clear bytes
        :return: an ASCII token
        :rtype: bytes
        """
        return self._get_keyring().encrypt(data)

    @api.model
    def _decrypt(self, token):
        """Read bytes that any key of the keyring has encrypted.

        :param bytes token: what :meth:`_encrypt` returned
        :rtype: bytes
        """
        return self._get_keyring().decrypt(bytes(token))

    @api.model
    def _get_encrypted_columns(self):
        """List the columns that hold encrypted values.

        Override to add the columns of another model.

        :return: (model name, field name) pairs
        :rtype: list[tuple[str, str]]
        """
        return [
            ("acorn.amazon.application", "client_secret_encrypted"),
            ("acorn.amazon.store", "refresh_token_encrypted"),
            ("acorn.amazon.connect.wizard", "refresh_token_encrypted"),
            ("acorn.amazon.token", "value_encrypted"),
            ("acorn.amazon.exchange", "body"),
        ]

    @api.model
    def _check_may_rotate(self):
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only a system administrator may rotate the keys.")
            )

    @api.model
    def _rotate_all(self):
        """Re-encrypt every encrypted column with the newest key, and wait for it.

        For ``odoo shell``: ``env["acorn.amazon.keyring"]._rotate_all()``. Each batch
        is committed. Values under an older key stay readable meanwhile; what is
        interrupted is finished by the scheduled action.

        :return: number of values that were re-encrypted
        :rtype: int
        """
        self._check_may_rotate()
        rotation = self.env["acorn.amazon.key.rotation"].create({})
        rotation._begin()
        while rotation.state == "running":
            rotation._rotate_batch()
            self.env["ir.cron"]._commit_progress()
        return rotation.count

    @api.model
    def _rotate_batch(self, model_name, field_name, after):
        """Re-encrypt the next values of a column.

        A value that no key fits stays as it is: it was lost before.

        :param int after: the id of the last row that is done
        :return: (ids of the rows that were looked at, number of lost values)
        :rtype: tuple[list[int], int]
        """
        keyring, lost = self._get_keyring(), 0
        model = self.env[model_name]
        is_binary = model._fields[field_name].column_type[0] == "bytea"
        table, column = SQL.identifier(model._table), SQL.identifier(field_name)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE id > %s AND %s IS NOT NULL"
                " ORDER BY id LIMIT %s FOR UPDATE",
                column,
                table,
                after,
                column,
                ROTATION_BATCH,
            )
        )
        for row_id, value in rows:
            token = bytes(value) if is_binary else value.encode()
            try:
                rotated = keyring.rotate(token)
            except KeyringError:
                lost += 1
                _logger.warning("%s %s: no key fits", model_name, row_id)
                continue
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    table,
                    column,
                    rotated if is_binary else rotated.decode(),
                    row_id,
                )
            )
        model.invalidate_model([field_name], flush=False)
        return [row[0] for row in rows], lost

    @api.model
    def _count_to_rotate(self, model_name, field_name, after):
        """How many values of a column are still to be re-encrypted.

        :rtype: int
        """
        model, column = self.env[model_name], SQL.identifier(field_name)
        query = SQL(
            "SELECT count(*) FROM %s WHERE id > %s AND %s IS NOT NULL",
            SQL.identifier(model._table),
            after,
            column,
        )
        return self.env.execute_query(query)[0][0]


@lru_cache(maxsize=4)
def _load_keyring(option, key_file, _changed):
    """Load the keys once per change: a key command may be slow."""
    return Keyring(load_keys(os.environ, option, key_file))


def _changed_at(source):
    path = (source or "").strip().removeprefix("file:")
    try:
        return source, os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return source, None
