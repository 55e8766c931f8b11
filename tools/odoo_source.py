"""Where Odoo 19 comes from: a given tree, Debian's package, or a shallow clone."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools import apt
from tools.console import Failure, run, say, step
from tools.paths import LOCAL, cache

SERIES = "19.0"
CLONE_URL = "https://github.com/odoo/odoo.git"
DEBIAN_PACKAGES = ["odoo-19", "libjs-jquery", "libjs-jquery-form", "libjs-underscore"]
# Version 7 of the font, in sid, no longer has the files that Odoo links to.
FONT_PACKAGE = "fonts-font-awesome"
STRIPPED = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class OdooSource:
    """A source tree of Odoo 19.

    :param Path home: folder to put on ``PYTHONPATH``; it holds ``odoo/``.
    :param str origin: "environment", "debian" or "git".
    """

    home: Path
    origin: str

    @property
    def addons(self) -> list[Path]:
        """Addons folders beside the core one, which Odoo finds by itself."""
        beside = self.home / "addons"
        return [beside] if beside.is_dir() else []

    @property
    def version(self) -> str:
        """Text that changes when the code of Odoo may have changed."""
        marker = self.home / ".acorn-version"
        return marker.read_text().strip() if marker.is_file() else str(self.home)


def series_of(home: Path) -> str | None:
    """Read the series of a source tree, ``"19.0"`` for example.

    :param Path home: folder that holds ``odoo/``.
    :return: the series, or ``None`` when this is no source tree.
    """
    release = home / "odoo" / "release.py"
    if not release.is_file():
        return None
    found = re.search(r"version_info\s*=\s*\((\d+),\s*(\d+)", release.read_text())
    return f"{found[1]}.{found[2]}" if found else None


def from_environment(value: str) -> OdooSource:
    """Use the tree that ``$ODOO_HOME`` names.

    :param str value: the folder with ``odoo/`` in it, or that ``odoo/`` itself.
    :raise Failure: when it is no tree of the right series.
    """
    home = Path(value).expanduser().resolve()
    if (home / "release.py").is_file():
        home = home.parent
    series = series_of(home)
    if series != SERIES:
        seen = f"Odoo {series}" if series else "no Odoo source tree"
        raise Failure(
            f"ODOO_HOME={value} holds {seen}; Odoo {SERIES} is needed.",
            "Point it at the folder that contains odoo/release.py, or unset it.",
        )
    return OdooSource(home, "environment")


def _stub_stripped_file(packages: Path) -> None:
    """Write the empty script that Debian strips and that a bundle names."""
    stub = packages / "odoo" / "addons" / STRIPPED
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("/* not part of the Debian package */\n")


def _downloaded(folder: Path) -> list[Path] | None:
    """Return the packages of an earlier download, ``None`` if one is missing."""
    found = []
    for name in [*DEBIAN_PACKAGES, FONT_PACKAGE]:
        files = sorted(folder.glob(f"{name}_*.deb"), key=lambda f: f.stat().st_mtime)
        if not files:
            return None
        found.append(files[-1])
    return found


def _download(folder: Path) -> list[Path]:
    release = apt.os_release()
    codename = (
        release.get("VERSION_CODENAME", "") if release.get("ID") == "debian" else ""
    )
    mirror = apt.debian_mirror(apt.sources(), codename)
    if not mirror or not shutil.which("apt-get"):
        raise Failure("apt knows no Debian mirror.")
    wanted = dict.fromkeys(DEBIAN_PACKAGES, "sid")
    wanted[FONT_PACKAGE] = mirror.suite
    apt.download(folder, wanted, mirror)
    found = _downloaded(folder)
    if not found:
        raise Failure("apt-get download left no package behind.")
    return found


def from_debian() -> OdooSource:
    """Unpack Debian's package into the cache; nothing is installed.

    :raise Failure: when there is no mirror, or the package is not 19.0.
    """
    folder = cache() / "apt"
    folder.mkdir(parents=True, exist_ok=True)
    packages = _downloaded(folder)
    if not packages:
        with step("downloading Odoo 19 from Debian (about 150 MB)"):
            packages = _download(folder)
    version = packages[0].name.split("_")[1].replace("%3a", ":")
    root = cache() / "odoo" / f"debian-{version}"
    home = root / "usr/lib/python3/dist-packages"
    if not (home / ".acorn-version").is_file():
        fresh = root.with_name(f"{root.name}.{os.getpid()}")
        with step(f"unpacking Odoo {version}"):
            for package in packages:
                fresh.mkdir(parents=True, exist_ok=True)
                run(["dpkg", "-x", package, fresh], "odoo")
        _publish(fresh, root, home.relative_to(root), f"debian {version}")
    if series_of(home) != SERIES:
        raise Failure(f"Debian's package is not Odoo {SERIES}.")
    return OdooSource(home, "debian")


def _publish(fresh: Path, root: Path, inner: Path, version: str) -> None:
    """Move a finished tree to its place, unless another checkout was first."""
    _stub_stripped_file(fresh / inner)
    (fresh / inner / ".acorn-version").write_text(f"{version}\n")
    if root.is_dir() and not (root / inner / ".acorn-version").is_file():
        shutil.rmtree(root)
    try:
        fresh.rename(root)
    except OSError:
        shutil.rmtree(fresh)


def from_git() -> OdooSource:
    """Clone the 19.0 branch without its history into the cache.

    :raise Failure: when git or the repository is out of reach.
    """
    root = cache() / "odoo" / f"git-{SERIES}"
    if not (root / ".acorn-version").is_file():
        if not shutil.which("git"):
            apt.install(["git"])
        fresh = root.with_name(f"{root.name}.{os.getpid()}")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        with step(f"cloning Odoo {SERIES} (about 600 MB)"):
            options = ["--depth", "1", "--branch", SERIES, "--single-branch"]
            run(["git", "clone", "-q", *options, CLONE_URL, fresh], "odoo")
        commit = subprocess.run(
            ["git", "-C", fresh, "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        (fresh / ".acorn-version").write_text(f"git {commit}\n")
        try:
            fresh.rename(root)
        except OSError:
            shutil.rmtree(fresh)
    return OdooSource(root, "git")


def find() -> OdooSource:
    """Return Odoo's source tree, fetching it when needed.

    :raise Failure: when no source of Odoo 19 can be had.
    """
    given = os.environ.get("ODOO_HOME")
    if given:
        source = from_environment(given)
    else:
        source = _fetch()
    LOCAL.mkdir(exist_ok=True)
    link = LOCAL / "odoo"
    if link.is_symlink() and link.readlink() != source.home:
        link.unlink()
    if not link.is_symlink():
        link.symlink_to(source.home)
    return source


def _fetch() -> OdooSource:
    reasons = []
    for origin in (from_debian, from_git):
        try:
            return origin()
        except Failure as failure:
            reasons.append(f"{origin.__name__}: {failure}")
            say(f"  · {str(failure).splitlines()[0]}")
    raise Failure(
        "Odoo 19 could not be found.\n" + "\n".join(reasons),
        "Set ODOO_HOME to a folder with an Odoo 19.0 source tree and run this again.",
    )
