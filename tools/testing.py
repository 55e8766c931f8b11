"""``./acorn test``: a pytest process for each layer."""

import functools
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import databases, machine, processes, services, venv
from tools.console import Failure, say
from tools.databases import Machine
from tools.paths import ADDON, LOCAL, LOGS, ROOT
from tools.processes import Run

NO_TESTS = 5
CACHE = LOCAL / "pytest"
TEMPORARY = LOCAL / "tmp"
# Below it Chromium makes org.chromium.Chromium.XXXXXX/SingletonSocket, and the kernel
# takes 107 characters for the name of a socket: with more Chromium does not start.
LONGEST_TEMPORARY = 62
HYPOTHESIS = "_hypothesis_pytestplugin"
ERROR_LINE = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) ")
# Kits and lots that expire: the addon works with them and does not need them.
BESIDE = ["sale_mrp", "product_expiry"]
# Names the folder where every simulator of a layer keeps what is to be judged.
SAMPLES = "ACORN_SIMULATOR_SAMPLES"
JUDGE = ROOT / "tests" / "simulator" / "model_validation.py"
# Options of pytest that leave tests out.
CHOOSING = {"-k", "-m", "--lf", "--last-failed", "--deselect", "--ignore", "--co"}
# One regular expression a line: errors that the end-to-end tests provoke.
EXPECTED = ROOT / "tests" / "end_to_end" / "expected_errors.txt"


@dataclass(frozen=True)
class Layer:
    """One pytest process.

    :param str name: shown on the screen.
    :param tuple folders: where its tests are.
    :param run: starts it; takes paths and options, returns pytest's exit code.
    :param bool calls_amazon: whether its tests call what Amazon publishes models of.
    """

    name: str
    folders: tuple[str, ...]
    run: Callable[[list[str], list[str]], int]
    calls_amazon: bool = True

    def present(self) -> list[str]:
        """Return the folders that exist."""
        return [folder for folder in self.folders if (ROOT / folder).is_dir()]


def is_path(argument: str) -> bool:
    """Tell whether an argument of pytest names a file or folder."""
    return (
        not argument.startswith("-") and (ROOT / argument.partition("::")[0]).exists()
    )


def share(layer: Layer, paths: list[str]) -> list[str]:
    """Return what a layer has to run.

    :param Layer layer: the layer.
    :param paths: paths given on the command line, relative to the repository.
    :return: its own folders when no path was given, else the paths inside them.
    """
    if not paths:
        return layer.present()
    mine = []
    for path in paths:
        given = (ROOT / path.partition("::")[0]).resolve()
        for folder in layer.folders:
            home = (ROOT / folder).resolve()
            if given == home or home in given.parents:
                mine.append(path)
            elif given in home.parents and home.is_dir():
                mine.append(folder)
    return mine


def temporary_folder() -> Path:
    """Return where temporary files go: nothing stays in the system's own folder.

    :return: a folder in ``.local``; the system's when the checkout's path is too long.
    """
    if len(str(TEMPORARY)) > LONGEST_TEMPORARY:
        return Path(tempfile.gettempdir())
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    return TEMPORARY


def _pytest(plugins: list[str], arguments: list[str], env: dict[str, str]) -> int:
    """Run pytest with the plugins that a layer needs: all there are take seconds.

    :param plugins: their modules. By a short name such as *odoo* pytest would take all
        of that package for a part of the plugin, and rewrite its assertions.
    """
    chosen = [word for plugin in plugins for word in ("-p", plugin)]
    settings = ["-o", f"cache_dir={CACHE}"]
    return subprocess.run(
        [str(venv.PYTHON), "-m", "pytest", *settings, *chosen, *arguments],
        env={
            **env,
            "TMPDIR": str(temporary_folder()),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(LOCAL / "hypothesis"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


@functools.cache
def _machine() -> Machine:
    return machine.ensure(development=True)


def _without_odoo(paths: list[str], options: list[str]) -> int:
    venv.ensure()
    venv.ensure_development()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return _pytest([HYPOTHESIS, "schemathesis.pytest.plugin"], [*paths, *options], env)


def _addon(paths: list[str], options: list[str]) -> int:
    return _inside_odoo(paths, options, BESIDE)


def _inside_odoo(
    paths: list[str], options: list[str], modules: list[str] | None = None
) -> int:
    """Run tests inside Odoo, on a database of their own beside a simulator.

    :param modules: what is installed beside the addons.
    """
    ready = _machine()
    run = Run("test")
    database = run.add_database(databases.fresh(ready, "test"))
    try:
        if modules:
            databases.install(ready, database, modules)
        env = ready.serial()
        if (ROOT / "simulator").is_dir():
            env["ACORN_SIMULATOR_URL"] = services.start_simulator(run, services.World())
        return _pytest(
            [
                HYPOTHESIS,
                "tools.pytest_one_core",
                "pytest_odoo",
                "tools.pytest_stray_errors",
            ],
            [
                f"--odoo-config={databases.CONFIG}",
                f"--odoo-database={database}",
                "--odoo-http",
                "--odoo-log-level=error",
                *paths,
                *options,
            ],
            env,
        )
    finally:
        run.close()
        databases.drop(ready.server, database)
        run.forget()


def stray_errors(texts: list[str], expected: list[str]) -> list[str]:
    """Return the error lines of servers' logs that no test expected.

    :param texts: contents of the logs.
    :param expected: regular expressions of the lines that tests provoke.
    """
    return [
        line
        for text in texts
        for line in text.splitlines()
        if ERROR_LINE.search(line) and not any(re.search(e, line) for e in expected)
    ]


def _end_to_end(paths: list[str], options: list[str]) -> int:
    """Run tests that start servers with ``./acorn``, then read the servers' logs."""
    ready = _machine()
    label = f"e2e{secrets.token_hex(3)}"
    try:
        code = _pytest(
            [],
            [*paths, *options],
            {**os.environ, "PYTHONPATH": str(ROOT), processes.LABEL: label},
        )
    finally:
        for run in processes.recorded(label):
            run.close()
            for database in run.databases:
                databases.drop(ready.server, database)
            run.forget()
    logs = sorted(LOGS.glob(f"{label}*-odoo.log"))
    allowed = EXPECTED.read_text().splitlines() if EXPECTED.is_file() else []
    strays = stray_errors(
        [log.read_text(errors="replace") for log in logs],
        [line for line in allowed if line and not line.startswith("#")],
    )
    for line in strays:
        say(f"== error in a server's log: {line}")
    return code or int(bool(strays))


def must_show_answers(layer: Layer, paths: list[str], options: list[str]) -> bool:
    """Tell whether simulators must have answered something that can be judged.

    A part of a layer may call nothing; a whole layer that shows nothing has simulators
    that keep nothing.
    """
    is_whole = set(paths) >= set(layer.present())
    chosen = any(option.partition("=")[0] in CHOOSING for option in options)
    return layer.calls_amazon and is_whole and not chosen


def _run_judged(layer: Layer, paths: list[str], options: list[str]) -> list[str]:
    """Run a layer, then judge by Amazon's models what its simulators answered.

    :return: its problems.
    """
    needed = ["--needed"] if must_show_answers(layer, paths, options) else []
    with tempfile.TemporaryDirectory(dir=temporary_folder()) as folder:
        os.environ[SAMPLES] = folder
        code = layer.run(paths, options)
        judged = subprocess.run(
            [str(venv.PYTHON), str(JUDGE), folder, *needed],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    say(f"== {layer.name}: {(judged.stdout or judged.stderr).rstrip()}")
    bad = [f"{layer.name}: answers of the simulator"] if judged.returncode else []
    return [*filter(None, [_verdict(layer, code)]), *bad]


def _verdict(layer: Layer, code: int) -> str:
    if code == NO_TESTS:
        return f"{layer.name}: no test was collected"
    return f"{layer.name}: pytest ended with code {code}" if code else ""


LAYERS = [
    Layer(
        "unit and simulator",
        ("tests/unit", "tests/simulator", "tests/tools"),
        _without_odoo,
    ),
    # It reaches nobody: kept documents stand for Amazon's answers.
    Layer("addon", (f"{ADDON}/tests",), _addon, calls_amazon=False),
    Layer("orders", ("tests/odoo/orders",), _inside_odoo),
    Layer("goods", ("tests/odoo/goods",), _inside_odoo),
    Layer("offers", ("tests/odoo/offers",), _inside_odoo),
    # It calls registrations, of which Amazon publishes no model.
    Layer("onboarding", ("tests/odoo/onboarding",), _inside_odoo, calls_amazon=False),
    Layer("end to end", ("tests/end_to_end",), _end_to_end),
]


def _start_beside(layer: Layer, options: list[str]) -> tuple[subprocess.Popen, Path]:
    """Run a layer beside the others, in a process of its own.

    :return: the process, and the file that gets what it prints.
    """
    # Whoever comes first would prepare the machine; only one may.
    _machine()
    LOGS.mkdir(parents=True, exist_ok=True)
    output = LOGS / f"test-{layer.name.replace(' ', '-')}-layer.txt"
    with output.open("w") as stream:
        child = subprocess.Popen(
            [sys.executable, str(ROOT / "tools"), "test", *layer.present(), *options],
            cwd=ROOT,
            env={**os.environ, databases.CROWDED: "1"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    say(f"== {layer.name}: runs beside the others; its output comes at the end")
    return child, output


def _finish_beside(layer: Layer, child: subprocess.Popen, output: Path) -> list[str]:
    """Wait for a layer that runs beside the others and show what it printed.

    :return: its problem, if it has one.
    """
    code = child.wait()
    print(output.read_text(errors="replace"), end="", flush=True)
    return [f"{layer.name}: ended with code {code}"] if code else []


def run_layers(arguments: list[str]) -> int:
    """Run the layers that hold the given paths, all of them without paths.

    :param arguments: what pytest gets.
    :return: 0 when every layer passed and had tests.
    """
    paths = [argument for argument in arguments if is_path(argument)]
    options = [argument for argument in arguments if argument not in paths]
    if "CI" in os.environ or sys.stdout.isatty():
        options = ["-ra", *options]
    work = [(layer, share(layer, paths)) for layer in LAYERS]
    beside = {}
    if not paths and all(mine for _layer, mine in work):
        # Much of their time they wait: for servers, browsers and clocks.
        beside = {layer: _start_beside(layer, options) for layer in LAYERS[1:]}
        work = work[:1]
    problems, ran = [], 0
    for layer, mine in work:
        if not mine:
            if not paths:
                say(f"== {layer.name}: skipped, no folder {' or '.join(layer.folders)}")
            continue
        say(f"== {layer.name}: {' '.join(mine)}")
        problems += _run_judged(layer, mine, options)
        ran += 1
    for layer, (child, output) in beside.items():
        problems += _finish_beside(layer, child, output)
    if not ran:
        raise Failure(f"No layer holds {' '.join(paths) or 'any test'}.")
    for problem in problems:
        say(f"== failed: {problem}")
    return 1 if problems else 0


def relative(argument: str, folder: Path) -> str:
    """Make a path typed in some folder relative to the repository.

    :param str argument: any argument of pytest.
    :param Path folder: where it was typed.
    """
    path, mark, rest = argument.partition("::")
    given = folder / path
    if argument.startswith("-") or not given.exists():
        return argument
    given = given.resolve()
    if ROOT != given and ROOT not in given.parents:
        return argument
    return f"{given.relative_to(ROOT)}{mark}{rest}"
