"""``./acorn shell``: Odoo's shell on a database of its own."""

import subprocess

from tools import databases, machine
from tools.paths import ROOT
from tools.processes import Run


def shell(arguments: list[str]) -> int:
    """Open Odoo's shell on a fresh database, which goes afterwards.

    :param arguments: further options for ``odoo shell``.
    :return: the exit code.
    """
    ready = machine.ensure()
    run = Run("shell")
    database = run.add_database(databases.fresh(ready, "shell"))
    try:
        return subprocess.run(
            ready.command("shell", "-d", database, "--no-http", *arguments),
            env=ready.environment(),
            cwd=ROOT,
            check=False,
        ).returncode
    finally:
        databases.drop(ready.server, database)
        run.forget()
