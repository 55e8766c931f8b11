"""The commands of ``./acorn``."""

import argparse
import subprocess
import time
from pathlib import Path

from tools import databases, machine, postgres, processes, testing
from tools.console import Failure, say
from tools.paths import ROOT


def _setup(_arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    ready = machine.ensure(development=True)
    say(
        f"Ready in {time.monotonic() - started:.1f} s: {ready.odoo.version},"
        f" PostgreSQL on port {ready.server.port}."
    )
    return 0


def _test(arguments: argparse.Namespace) -> int:
    given = [testing.relative(word, Path.cwd()) for word in arguments.rest]
    return testing.run_layers(given)


def _shell(arguments: argparse.Namespace) -> int:
    ready = machine.ensure()
    run = processes.Run("shell")
    database = run.add_database(databases.fresh(ready, "shell"))
    try:
        return subprocess.run(
            ready.command("shell", "-d", database, "--no-http", *arguments.rest),
            env=ready.environment(),
            cwd=ROOT,
            check=False,
        ).returncode
    finally:
        databases.drop(ready.server, database)
        run.forget()


def _stop(_arguments: argparse.Namespace) -> int:
    server = postgres.running()
    for run in processes.recorded():
        run.close()
        for database in run.databases if server else ():
            databases.drop(server, database)
        run.forget()
        say(f"Stopped {run.name}.")
    if postgres.stop():
        say("Stopped PostgreSQL.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./acorn")
    commands = parser.add_subparsers(dest="command", required=True)
    setup = commands.add_parser("setup", help="install what is missing")
    setup.set_defaults(run=_setup)
    test = commands.add_parser("test", help="run all tests, or those of some paths")
    test.set_defaults(run=_test)
    shell = commands.add_parser("shell", help="Odoo's shell on a fresh database")
    shell.set_defaults(run=_shell)
    stop = commands.add_parser("stop", help="stop everything that was started")
    stop.set_defaults(run=_stop)
    return parser


def main(arguments: list[str]) -> int:
    """Run one command.

    :param list arguments: what follows ``./acorn``.
    :return: the exit code.
    """
    parser = _parser()
    parsed, parsed.rest = parser.parse_known_args(arguments)
    if parsed.rest and parsed.command not in {"test", "shell"}:
        parser.error(f"unrecognized arguments: {' '.join(parsed.rest)}")
    try:
        return parsed.run(parsed)
    except Failure as failure:
        say(f"\nacorn: {failure}")
        if failure.advice:
            say(f"       {failure.advice}")
        return 1
    except KeyboardInterrupt:
        return 130
