"""Run inside the Python environment: one benchmark on one database.

``python -m tools.odoo_bench NAME [--json FILE] [--OPTION VALUE …]``: imports
``benchmarks.NAME``, calls its ``run(env, options)`` and shows the figures. The
database comes from ``ACORN_DATABASE``, the configuration from ``ODOO_RC``.
"""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

import odoo.init  # noqa: F401
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config

from tools import one_core


def further(words: list[str]) -> dict[str, int | str]:
    """Read ``--name value`` pairs; whole numbers become numbers."""
    if len(words) % 2 or any(not word.startswith("--") for word in words[::2]):
        raise SystemExit("Options of a benchmark are written as --name value.")
    pairs = zip(words[::2], words[1::2], strict=True)
    return {
        name[2:].replace("-", "_"): int(value) if value.isdigit() else value
        for name, value in pairs
    }


def main(arguments: list[str]) -> int:
    """Run one benchmark and return the exit code."""
    parser = argparse.ArgumentParser("bench")
    parser.add_argument("name")
    parser.add_argument("--json")
    known, rest = parser.parse_known_args(arguments)
    options = argparse.Namespace(**vars(known), **further(rest))
    one_core.share()
    config.parse_config(
        ["-d", os.environ["ACORN_DATABASE"], "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    module = importlib.import_module(f"benchmarks.{known.name}")
    with Registry(os.environ["ACORN_DATABASE"]).cursor() as cursor:
        figures = module.run(Environment(cursor, SUPERUSER_ID, {}), options)
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"{name:<{width}}  {value}")
    if known.json:
        Path(known.json).write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
