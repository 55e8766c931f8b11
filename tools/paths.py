"""Folders of the checkout and of the cache."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
RUN = LOCAL / "run"
LOGS = LOCAL / "log"
ADDON = "acorn_amazon_connector"


def cache() -> Path:
    """Return the folder shared by all checkouts of this user.

    :return: ``$ACORN_CACHE``, by default ``~/.cache/acorn``.
    """
    return Path(os.environ.get("ACORN_CACHE") or "~/.cache/acorn").expanduser()


def checkout_key() -> str:
    """Return eight hexadecimal digits that stand for this checkout's path."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]


def addon_folders() -> list[Path]:
    """Return the addon folders of the repository, sorted by name."""
    return sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time make what others share.

    :param Path path: the lock's file; made if it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
