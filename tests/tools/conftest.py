"""A checkout of its own for tests that run the command."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    """A copy of the command without the rest of the repository.

    :param Path root: where it lies.
    """

    root: Path

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str):
        """Run ``./acorn`` and return the finished process."""
        return subprocess.run(
            [str(self.root / "acorn"), *arguments],
            cwd=cwd or self.root,
            env={**self.environment(), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, code: str, **variables: str):
        """Run code that imports ``tools`` of this checkout."""
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.root,
            env={**self.environment(), "PYTHONPATH": str(self.root), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """Environment without anything that points to another machine's parts."""
        return {
            name: value
            for name, value in os.environ.items()
            if name not in {"ODOO_HOME", "DATABASE_URL", "ACORN_RUN"}
            and not name.startswith("PG")
        }


@pytest.fixture
def checkout(tmp_path):
    """Return a fresh copy of the command."""
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copy2(ROOT / "acorn", root)
    shutil.copytree(
        ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy2(ROOT / name, root)
    return Checkout(root)
