"""Encryption at rest with rotating keys (A17, A27, B22)."""

import fcntl
import os
import shlex
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

ENVIRONMENT_VARIABLE = "ACORN_SECRET_KEYS"
_COMMAND_SECONDS = 30


class KeyringError(Exception):
    """No usable key, or none that fits. The text never contains a key."""


class Keyring:
    """Encrypts with the newest key, decrypts with any of them.

    :param keys: Fernet keys, newest first
    :raise KeyringError: no key, or one that is not a Fernet key
    """

    def __init__(self, keys: Sequence[str]):
        if not keys:
            raise KeyringError("There is no encryption key.")
        ciphers = []
        for position, key in enumerate(keys, start=1):
            try:
                ciphers.append(Fernet(key))
            except (TypeError, ValueError):
                # The original error could show the key.
                raise KeyringError(
                    f"Encryption key {position} is not 32 bytes in URL-safe base64."
                ) from None
        self._cipher = MultiFernet(ciphers)
        self._count = len(ciphers)

    def __repr__(self):
        return f"<Keyring of {self._count}>"

    def encrypt(self, data: bytes) -> bytes:
        """Return the data encrypted with the newest key."""
        return self._cipher.encrypt(data)

    def decrypt(self, data: bytes) -> bytes:
        """Return the clear data.

        :raise KeyringError: no key fits, or the data was changed
        """
        try:
            return self._cipher.decrypt(data)
        except (InvalidToken, TypeError):
            raise KeyringError("No encryption key fits this data.") from None

    def rotate(self, data: bytes) -> bytes:
        """Return the data encrypted again with the newest key.

        :raise KeyringError: no key fits, or the data was changed
        """
        try:
            return self._cipher.rotate(data)
        except (InvalidToken, TypeError):
            raise KeyringError("No encryption key fits this data.") from None


def generate_key() -> str:
    """Return a new random key."""
    return Fernet.generate_key().decode()


def load_keys(
    environ: Mapping[str, str], config_value: str | None, key_file: str
) -> list[str]:
    """Return the keys, newest first, from the first place that names any.

    ``ACORN_SECRET_KEYS``, else the configuration value, each as
    ``key1,key2``, ``file:/path`` or ``command:program arguments``; else
    ``key_file``, which is created for its owner alone when it is absent.

    :raise KeyringError: the place is named but gives no key
    """
    for source in (environ.get(ENVIRONMENT_VARIABLE), config_value):
        if source and source.strip():
            return _keys_from(source.strip())
    return _keys_from_own_file(key_file)


def _keys_from(source):
    if source.startswith("file:"):
        return _split(_read(source[len("file:") :]), "the key file")
    if source.startswith("command:"):
        return _split(_run(source[len("command:") :]), "the key command")
    return _split(source, ENVIRONMENT_VARIABLE)


def _split(text, place):
    keys = [key.strip() for key in text.replace("\n", ",").split(",")]
    keys = [key for key in keys if key]
    if not keys:
        raise KeyringError(f"No encryption key came from {place}.")
    return keys


def _read(path):
    try:
        with open(path, encoding="ascii") as stream:
            return stream.read()
    except (OSError, UnicodeError) as exc:
        raise KeyringError(f"The key file {path} cannot be read.") from exc


def _run(command):
    try:
        result = subprocess.run(
            shlex.split(command),
            capture_output=True,
            check=True,
            text=True,
            timeout=_COMMAND_SECONDS,
        )
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        # The original error carries what the command printed.
        raise KeyringError("The key command failed.") from None
    return result.stdout


def _keys_from_own_file(path):
    if not os.path.exists(path):
        try:
            _create_key_file(path)
        except OSError as exc:
            raise KeyringError(f"The key file {path} cannot be created.") from exc
    if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        raise KeyringError(f"Others can read the key file {path}: chmod 600 it.")
    return _split(_read(path), "the key file")


def add_key(key_file: str) -> None:
    """Put a new key before the others in a file that this server made.

    One process at a time: a key that another one has just added, and may have used,
    is never lost.

    :raise KeyringError: the file is named but gives no key
    """
    with _locked(key_file):
        keys = [generate_key(), *_keys_from_own_file(key_file)]
        temporary = _write_keys(key_file, keys)
        os.replace(temporary, key_file)
        _sync_folder(key_file)


@contextmanager
def _locked(path):
    """Hold a lock beside a file, which is itself replaced and so cannot be locked."""
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _create_key_file(path):
    """Write a new key so that two processes at once end up with one key."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, mode=0o700, exist_ok=True)
    temporary = _write_keys(path, [generate_key()])
    try:
        os.link(temporary, path)
        _sync_folder(path)
    except FileExistsError:
        return
    finally:
        os.unlink(temporary)


def _write_keys(path, keys):
    """Write keys beside a file, safe on the disk; return where."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.writelines(f"{key}\n" for key in keys)
        stream.flush()
        os.fsync(stream.fileno())
    return temporary


def _sync_folder(path):
    handle = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
