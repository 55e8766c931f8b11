"""The Python environment: one per set of requirements, shared through the cache."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tools import apt
from tools.console import Failure, run, step
from tools.paths import LOCAL, ROOT, cache, locked

RUNTIME = [ROOT / "tools" / "odoo-requirements.txt", ROOT / "requirements.txt"]
DEVELOPMENT = [ROOT / "requirements-dev.txt"]
# Python compiles what it imports; all of it would take a while.
PIP = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]


def key() -> str:
    """Return a digest of the requirements and of the interpreter."""
    digest = hashlib.sha256()
    for path in [*RUNTIME, *DEVELOPMENT]:
        digest.update(path.read_bytes())
    digest.update(f"{sys.version}{platform.machine()}{sys.base_prefix}".encode())
    return digest.hexdigest()[:16]


FOLDER = cache() / "venv" / key()
# Not by way of the link in .local: bytecode may be kept by the path of its source, and
# would be made for each checkout.
PYTHON = FOLDER / "bin" / "python"
# Keeps other checkouts away meanwhile.
LOCK = FOLDER.with_name(f"{FOLDER.name}.lock")


def _create(folder: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", folder], capture_output=True, check=False
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        apt.install([f"python{version}-venv"])
        run([sys.executable, "-m", "venv", folder], "venv")
    # The pip that comes with an older Python takes three times as long. Where no newer
    # one is to be had, it does.
    subprocess.run(
        [folder / "bin" / "python", *PIP, "--upgrade", "pip"],
        env=_pip_environment(),
        capture_output=True,
        check=False,
    )


def _pip_environment() -> dict[str, str]:
    return {"PIP_CACHE_DIR": str(cache() / "pip"), **os.environ}


def _pip(files: list[Path], log: str) -> None:
    run(
        [PYTHON, *PIP, *(f"-r{path}" for path in files)],
        log,
        env=_pip_environment(),
        advice="Check that pip can reach its index, then run this again.",
    )


def ensure() -> Path:
    """Return an interpreter with all that Odoo and the addons import.

    :return: its path; ``.local/venv`` is a link to the environment, for people.
    :raise Failure: when a package cannot be installed.
    """
    ready = FOLDER / ".ready"
    if not ready.is_file():
        with locked(LOCK):
            if not ready.is_file():
                _make()
                ready.touch()
    _link()
    return PYTHON


def ensure_development() -> None:
    """Add what tests and checks import; :func:`ensure` comes first.

    :raise Failure: when a package cannot be installed.
    """
    ready = FOLDER / ".ready-development"
    if ready.is_file():
        return
    with locked(LOCK):
        if not ready.is_file():
            with step("installing Python packages for development"):
                _pip(DEVELOPMENT, "pip-development")
            ready.touch()


def _make() -> None:
    # Scripts hold absolute paths, so it is made where it stays; an unfinished one
    # of an earlier run has no marker and starts over.
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with step("installing Python packages"):
        _create(FOLDER)
        _pip(RUNTIME, "pip")


def _link() -> None:
    LOCAL.mkdir(exist_ok=True)
    link = LOCAL / "venv"
    if link.is_symlink():
        if link.readlink() == FOLDER:
            return
        link.unlink()
    elif link.exists():
        raise Failure(f"{link} is in the way.", "Remove it and run this again.")
    link.symlink_to(FOLDER)


def keep_bytecode() -> None:
    """Let every Python that we start keep what it compiles.

    Compiling Odoo takes each process several seconds. Who wants no bytecode beside
    the sources has it in the cache.
    """
    unwanted = os.environ.pop("PYTHONDONTWRITEBYTECODE", "")
    if unwanted and not os.environ.get("PYTHONPYCACHEPREFIX"):
        os.environ["PYTHONPYCACHEPREFIX"] = str(cache() / "bytecode")


def environment(home: Path) -> dict[str, str]:
    """Return the environment in which Odoo's code can be imported.

    :param Path home: folder that holds ``odoo/``.
    """
    paths = [str(home), str(ROOT)]
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PG", "ODOO_"))},
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
    }
