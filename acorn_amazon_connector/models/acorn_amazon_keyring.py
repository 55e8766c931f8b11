import os
import tempfile
from functools import lru_cache

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, config

from ..services.crypto import (
    ENVIRONMENT_VARIABLE,
    Keyring,
    generate_key,
    load_keys,
)

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
        path = self._get_key_file()
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            for key in (generate_key(), *load_keys({}, None, path)):
                stream.write(key + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)

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
    def _rotate_all(self):
        """Re-encrypt every encrypted column with the newest key.

        From ``odoo shell``: ``env["acorn.amazon.keyring"]._rotate_all()``, then
        ``env.cr.commit()``. Values under an older key stay readable meanwhile,
        so an interrupted rotation is simply run again.

        :return: number of values that were re-encrypted
        :rtype: int
        """
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only a system administrator may rotate the keys.")
            )
        keyring = self._get_keyring()
        self.env.flush_all()
        count = sum(
            self._rotate_column(keyring, model_name, field_name)
            for model_name, field_name in self._get_encrypted_columns()
        )
        self.env.invalidate_all(flush=False)
        return count

    def _rotate_column(self, keyring, model_name, field_name):
        model = self.env[model_name]
        is_binary = model._fields[field_name].column_type[0] == "bytea"
        table, column = SQL.identifier(model._table), SQL.identifier(field_name)
        count, last_id = 0, 0
        while True:
            rows = self.env.execute_query(
                SQL(
                    "SELECT id, %s FROM %s WHERE id > %s AND %s IS NOT NULL"
                    " ORDER BY id LIMIT %s FOR UPDATE",
                    column,
                    table,
                    last_id,
                    column,
                    ROTATION_BATCH,
                )
            )
            if not rows:
                return count
            for row_id, value in rows:
                token = bytes(value) if is_binary else value.encode()
                rotated = keyring.rotate(token)
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        table,
                        column,
                        rotated if is_binary else rotated.decode(),
                        row_id,
                    )
                )
            count += len(rows)
            last_id = rows[-1][0]


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
