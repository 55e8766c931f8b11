"""``./acorn bench``: run one benchmark inside Odoo on a fresh database."""

import os
import subprocess
from pathlib import Path

from tools import databases, machine, venv
from tools.console import Failure
from tools.paths import ROOT
from tools.processes import Run

FOLDER = ROOT / "benchmarks"


def names() -> list[str]:
    """Return the names of all benchmarks."""
    return sorted(
        path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")
    )


def bench(name: str, json_file: str | None, arguments: list[str]) -> int:
    """Run one benchmark.

    :param str name: file in ``benchmarks/`` without suffix.
    :param str json_file: where the benchmark writes its figures.
    :param arguments: further options of the benchmark.
    :return: the exit code.
    :raise Failure: when there is no such benchmark.
    """
    if name not in names():
        raise Failure(
            f"There is no benchmark {name}.", f"There are: {', '.join(names())}."
        )
    ready = machine.ensure()
    run = Run("bench")
    database = run.add_database(databases.fresh(ready, "bench"))
    options = ["--json", str(Path(json_file).resolve())] if json_file else []
    try:
        return subprocess.run(
            [str(venv.PYTHON), "-m", "tools.odoo_bench", name, *options, *arguments],
            env={**ready.serial(), "ACORN_DATABASE": database},
            cwd=ROOT,
            stdin=subprocess.DEVNULL if "CI" in os.environ else None,
            check=False,
        ).returncode
    finally:
        run.close()
        databases.drop(ready.server, database)
        run.forget()
