"""System packages, and single packages unpacked without being installed."""

import functools
import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.console import Failure, run, step

DEBIAN_SUITES = {"oldstable", "stable", "testing", "unstable", "sid"}
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Source:
    """One archive that this machine's apt already uses.

    :param str uri: address of the mirror.
    :param str suite: name of the suite, ``bookworm`` for example.
    :param tuple components: components switched on.
    :param str signed_by: path of the keyring, empty when apt's default serves.
    """

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""

    def line(self, suite: str) -> str:
        """Return a one-line entry for another suite of the same mirror."""
        options = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {options}{self.uri} {suite} main\n"


def parse_list(text: str) -> Iterator[Source]:
    """Read the one-line format of ``sources.list``."""
    for line in text.splitlines():
        found = re.match(
            r"\s*deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)"
            r"(?P<components>[^#]*)",
            line,
        )
        if not found:
            continue
        options = dict(
            option.split("=", 1)
            for option in (found["options"] or "").split()
            if "=" in option
        )
        yield Source(
            found["uri"],
            found["suite"],
            tuple(found["components"].split()),
            options.get("signed-by", ""),
        )


def parse_sources(text: str) -> Iterator[Source]:
    """Read the deb822 format of ``*.sources``; disabled entries are left out."""
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')}\n{line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in {"no", "false", "0"}:
            continue
        signed_by = fields.get("signed-by", "").strip()
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(
                    uri,
                    suite,
                    tuple(fields.get("components", "").split()),
                    signed_by if signed_by.startswith("/") else "",
                )


def sources(folder: Path = Path("/etc/apt")) -> list[Source]:
    """Return every archive of apt's own configuration.

    :param Path folder: apt's configuration folder.
    """
    found: list[Source] = []
    parts = folder / "sources.list.d"
    for path in [folder / "sources.list", *sorted(parts.glob("*.list"))]:
        if path.is_file():
            found += parse_list(path.read_text(errors="replace"))
    for path in sorted(parts.glob("*.sources")):
        found += parse_sources(path.read_text(errors="replace"))
    return found


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """Return the fields of ``/etc/os-release``, empty when there is none."""
    if not path.is_file():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {key: "".join(shlex.split(value)) for key, _, value in pairs if key}


def debian_mirror(found: list[Source], codename: str) -> Source | None:
    """Pick the mirror of Debian's main archive among apt's sources.

    :param list found: what :func:`sources` returned.
    :param str codename: this machine's release, ``bookworm`` for example.
    :return: the first source of that release, or ``None`` on another system.
    """
    wanted = DEBIAN_SUITES | {codename}
    for source in found:
        if source.suite in wanted and "main" in source.components:
            return source
    return None


def missing(packages: list[str]) -> list[str]:
    """Return the packages of a list that are not installed."""
    absent = []
    for package in packages:
        result = subprocess.run(
            ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.stdout.strip() != "installed":
            absent.append(package)
    return absent


@functools.cache
def _refresh() -> None:
    run([*_as_root(), "apt-get", "update", "-q"], "apt")


def _as_root() -> list[str]:
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        raise Failure(
            "System packages are missing and there is no sudo.",
            "Run ./acorn setup once as root, or install the packages named above.",
        )
    return ["sudo", "--preserve-env=DEBIAN_FRONTEND"]


def offers(package: str) -> bool:
    """Tell whether apt can install a package; a mere pointer to a snap is none."""
    if not shutil.which("apt-cache"):
        return False
    with _one_at_a_time:
        _refresh()
    shown = subprocess.run(
        ["apt-cache", "policy", package],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    ).stdout
    candidate = re.search(r"Candidate: (\S+)", shown)
    return bool(candidate) and not re.search(r"\(none\)|snap", candidate[1])


def install(packages: list[str]) -> None:
    """Install system packages with apt-get, through sudo when not root.

    :param list packages: names; those already there are skipped.
    :raise Failure: when apt-get is missing or refuses.
    """
    wanted = ", ".join(packages)
    if not shutil.which("apt-get"):
        raise Failure(
            f"These system packages are needed: {wanted}.",
            "This system has no apt-get: install them with its own package manager.",
        )
    with _one_at_a_time:
        absent = missing(packages)
        if not absent:
            return
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with step(f"apt-get install {' '.join(absent)}"):
            _refresh()
            run(
                [
                    *_as_root(),
                    "apt-get",
                    "install",
                    "-q",
                    "-y",
                    "--no-install-recommends",
                    *absent,
                ],
                "apt",
                env=env,
                advice=f"Install {' '.join(absent)} by hand, then run this again.",
            )


def download(folder: Path, wanted: dict[str, str], mirror: Source) -> None:
    """Download packages from other suites of this machine's own mirror.

    Nothing of the system changes: package lists and files stay in ``folder``.

    :param Path folder: where the packages go.
    :param dict wanted: package name to suite.
    :param Source mirror: what :func:`debian_mirror` found.
    :raise Failure: when the mirror cannot be reached or lacks a package.
    """
    lists = folder / "lists"
    cache = folder / "cache"
    for path in (lists / "partial", cache / "archives" / "partial"):
        path.mkdir(parents=True, exist_ok=True)
    entries = folder / "sources.list"
    suites = sorted(set(wanted.values()))
    entries.write_text("".join(mirror.line(suite) for suite in suites))
    options = [
        f"-oDir::Etc::SourceList={entries}",
        "-oDir::Etc::SourceParts=-",
        f"-oDir::State::Lists={lists}",
        f"-oDir::Cache={cache}",
        "-oAcquire::Languages=none",
        "-oAPT::Sandbox::User=",
    ]
    run(["apt-get", *options, "-q", "update"], "apt-download")
    names = [f"{package}/{suite}" for package, suite in wanted.items()]
    run(["apt-get", *options, "-q", "download", *names], "apt-download", cwd=folder)
