"""``./acorn lint``: style, Odoo's rules, translations, secrets, log of the install."""

import re
import subprocess
import time
from collections.abc import Callable

from tools import databases, machine, scanning, venv
from tools.console import Failure, run, say
from tools.databases import Machine
from tools.paths import LOCAL, ROOT, addon_folders
from tools.processes import Run

BIN = venv.PYTHON.parent
TROUBLE = re.compile(r" (WARNING|ERROR|CRITICAL) (?P<database>\S+) (?P<rest>.*)")


def _tool(ready: Machine, *command: str) -> str:
    """Run a checker; returns what it complains about, empty when content."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env={
            **ready.environment(),
            "RUFF_CACHE_DIR": str(LOCAL / "ruff"),
            "PYLINTHOME": str(LOCAL / "pylint"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.returncode:
        return ""
    return (done.stdout + done.stderr).strip() or f"code {done.returncode}"


def _ruff(ready: Machine) -> str:
    return _tool(ready, "ruff", "check", ".")


def _format(ready: Machine) -> str:
    return _tool(ready, "ruff", "format", "--check", ".")


def _pylint(ready: Machine) -> str:
    folders = [folder.name for folder in addon_folders()]
    return _tool(ready, "pylint", "--rcfile=.pylintrc", "-j2", *folders)


def _oca_module(ready: Machine) -> str:
    folders = [folder.name for folder in addon_folders()]
    return _tool(ready, "oca-checks-odoo-module", *folders)


def _oca_po(ready: Machine) -> str:
    found = [*ROOT.glob("*/i18n/*.po"), *ROOT.glob("*/i18n/*.pot")]
    paths = [str(path.relative_to(ROOT)) for path in sorted(found)]
    return _tool(ready, "oca-checks-po", *paths) if paths else "no translation at all"


def _scan(_ready: Machine) -> str:
    return "\n".join(scanning.scan())


def _install_log(ready: Machine) -> str:
    """Return what Odoo complained about while it installed our addons."""
    text = databases.installation_log(ready).read_text(errors="replace")
    return "\n".join(hit["rest"] for hit in TROUBLE.finditer(text))


def _each_translation(ready: Machine, *options: str) -> str:
    """Export every module's terms and compare, or write, its ``i18n`` folder."""
    work = Run("lint")
    database = work.add_database(databases.fresh(ready, "lint"))
    shown = []
    try:
        for folder in addon_folders():
            exported = LOCAL / f"{folder.name}.pot"
            exported.unlink(missing_ok=True)
            run(
                ready.command(
                    *("i18n", "export", "-d", database, "-l", "pot"),
                    *("-o", str(exported), "--", folder.name),
                ),
                "i18n",
                env=ready.environment(),
                cwd=ROOT,
            )
            done = subprocess.run(
                [
                    *(str(venv.PYTHON), "-m", "tools.translations"),
                    *(str(exported), str(folder / "i18n"), *options),
                ],
                cwd=ROOT,
                env=ready.environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode or options:
                shown.append(done.stdout + done.stderr)
    finally:
        databases.drop(ready.server, database)
        work.forget()
    return "\n".join(shown).strip()


CHECKS: dict[str, Callable[[Machine], str]] = {
    "ruff check": _ruff,
    "ruff format": _format,
    "pylint-odoo": _pylint,
    "OCA module checks": _oca_module,
    "OCA translation checks": _oca_po,
    "translations complete": _each_translation,
    "no secret, no foreign address": _scan,
    "no complaint at installation": _install_log,
}


def lint() -> int:
    """Run every check.

    :return: 0 when all of them are content.
    """
    ready = machine.ensure(development=True)
    failed = []
    for name, check in CHECKS.items():
        started = time.monotonic()
        try:
            complaint = check(ready)
        except Failure as failure:
            complaint = str(failure)
        seconds = time.monotonic() - started
        say(f"  {'✗' if complaint else '✓'} {name} ({seconds:.1f} s)")
        if complaint:
            say("\n".join(f"      {line}" for line in complaint.splitlines()[:200]))
            failed.append(name)
    say(f"\n{len(CHECKS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def write_translations() -> int:
    """Bring every module's template and translations up to date.

    :return: always 0.
    """
    say(_each_translation(machine.ensure(development=True), "--write"))
    return 0
