"""The commands of ``./acorn``."""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import (
    benching,
    linting,
    machine,
    postgres,
    processes,
    serving,
    shell,
    testing,
    venv,
)
from tools.console import Failure, say
from tools.databases import drop
from tools.services import World

PASSES_ARGUMENTS_ON = {"test", "shell", "bench"}


def _setup(_arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    ready = machine.ensure(development=True)
    say(
        f"Ready in {time.monotonic() - started:.1f} s: Odoo ({ready.odoo.version}),"
        f" PostgreSQL on port {ready.server.port}. Next: ./acorn demo"
    )
    return 0


def _world(arguments: argparse.Namespace) -> World:
    return World(arguments.world, arguments.seed, arguments.size)


def _demo(arguments: argparse.Namespace) -> int:
    return serving.demo(_world(arguments), arguments.json, arguments.headless)


def _serve(arguments: argparse.Namespace) -> int:
    return serving.serve(
        _world(arguments), arguments.json, arguments.detach, not arguments.unconnected
    )


def _simulator(arguments: argparse.Namespace) -> int:
    return serving.simulator(_world(arguments), arguments.port)


def _test(arguments: argparse.Namespace) -> int:
    given = [testing.relative(word, Path.cwd()) for word in arguments.rest]
    return testing.run_layers(given)


def _bench(arguments: argparse.Namespace) -> int:
    return benching.bench(arguments.name, arguments.json, arguments.rest)


def _lint(arguments: argparse.Namespace) -> int:
    if arguments.write_translations:
        return linting.write_translations()
    return linting.lint()


def _shell(arguments: argparse.Namespace) -> int:
    return shell.shell(arguments.rest)


def _stop(_arguments: argparse.Namespace) -> int:
    server = postgres.running()
    for run in processes.recorded():
        run.close()
        for database in run.databases if server else ():
            drop(server, database)
        run.forget()
        say(f"Stopped {run.name}.")
    if postgres.stop():
        say("Stopped PostgreSQL.")
    return 0


def _options() -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Return the options that several commands share: world, result."""
    world = argparse.ArgumentParser(add_help=False)
    world.add_argument("--world", default="", help="name of the simulated world")
    world.add_argument("--seed", type=int, help="number that makes it reproducible")
    world.add_argument("--size", type=int, help="number of orders")
    result = argparse.ArgumentParser(add_help=False)
    result.add_argument("--json", metavar="FILE", help="write the result there")
    return world, result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./acorn")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    world, result = _options()

    def add(
        name: str,
        run: Callable[[argparse.Namespace], int],
        text: str,
        parents: Sequence[argparse.ArgumentParser] = (),
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=text, description=text, parents=parents
        )
        command.set_defaults(run=run)
        return command

    add("setup", _setup, "Install what is missing.")
    demo = add("demo", _demo, "Import simulated orders, compare.", [world, result])
    demo.add_argument("--headless", action="store_true", help="end after the summary")
    add("test", _test, "Run the tests; arguments go to pytest.")
    bench = add("bench", _bench, "Run one benchmark.", [result])
    bench.add_argument("name", help="file in benchmarks/, without suffix")
    lint = add("lint", _lint, "Check style, translations and secrets.")
    lint.add_argument(
        "--write-translations", action="store_true", help="bring i18n/ up to date"
    )
    serve = add("serve", _serve, "Start Odoo and the simulator.", [world, result])
    serve.add_argument("--detach", action="store_true", help="return at once")
    serve.add_argument(
        "--unconnected", action="store_true", help="leave connecting a store to you"
    )
    simulator = add("simulator", _simulator, "Start the simulator alone.", [world])
    simulator.add_argument("--port", type=int, default=0, help="0 takes a free one")
    add("shell", _shell, "Open Odoo's shell on a fresh database.")
    add("stop", _stop, "Stop everything that was started.")
    return parser


def main(arguments: list[str]) -> int:
    """Run one command.

    :param list arguments: what follows ``./acorn``.
    :return: the exit code.
    """
    parser = _parser()
    parsed, parsed.rest = parser.parse_known_args(arguments)
    if parsed.rest and parsed.command not in PASSES_ARGUMENTS_ON:
        parser.error(f"unrecognized arguments: {' '.join(parsed.rest)}")
    folders = [os.environ.get("PATH", os.defpath), str(machine.browser_folder())]
    os.environ["PATH"] = os.pathsep.join(folders)
    venv.keep_bytecode()
    try:
        return parsed.run(parsed)
    except Failure as failure:
        say(f"\nacorn: {failure}")
        if failure.advice:
            say(f"       {failure.advice}")
        return 1
    except KeyboardInterrupt:
        return 130
