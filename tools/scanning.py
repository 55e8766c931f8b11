"""Texts that must not be in the repository: secrets, package hosts, own paths."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.paths import ROOT

# Each pattern has a bracket somewhere, so that it does not match itself.
SECRETS = {
    "refresh token": r"Atz[r]\|[\w|+/=-]{16,}",
    "access token": r"Atz[a]\|[\w|+/=-]{16,}",
    "client secret": r"amzn1\.oa2-c[s]\.v1\.[0-9a-f]{32,}",
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KE[Y]-----",
}
PLACES = {
    "package host": r"py[p]i\.(org|python\.org)|pythonhoste[d]\.org"
    r"|deb\.debia[n]\.org|(archive|security|ports)\.ubunt[u]\.com"
    r"|registry\.npmj[s]\.(org|com)|registry\.yarnpk[g]\.com",
    "path of somebody's machine": r"(?<![\w./~-])/(wor[k]|roo[t]|hom[e]/\w+)/\w",
}


def files() -> list[Path]:
    """Return every file of the repository, tracked or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        hidden = {".git", ".local", "__pycache__"}
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not hidden.intersection(path.parts)
        ]
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def find(text: str) -> Iterator[tuple[int, str]]:
    """Return line number and reason of each hit in a text."""
    for reason, pattern in {**SECRETS, **PLACES}.items():
        for hit in re.finditer(pattern, text):
            yield text.count("\n", 0, hit.start()) + 1, reason


def scan() -> list[str]:
    """Return one line per hit in the repository; the hit itself is not shown."""
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for line, reason in find(text):
            found.append(f"{path.relative_to(ROOT)}:{line}: {reason}")
    return found
