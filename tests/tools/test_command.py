"""The command itself, started as a person starts it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMANDS = ["setup", "demo", "test", "bench", "lint", "serve", "simulator", "stop"]


def test_help_names_every_command(checkout):
    done = checkout.run("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"    {name} " in done.stdout or f"    {name}\n" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["dance"], ["demo", "--loud"]])
def test_a_wrong_command_explains_itself(checkout, arguments):
    done = checkout.run(*arguments)
    assert done.returncode == 2
    assert "usage: ./acorn" in done.stderr


def test_it_runs_from_any_folder_and_through_a_link(checkout, tmp_path):
    link = tmp_path / "somewhere"
    link.symlink_to(checkout.root / "acorn")
    done = subprocess.run(
        [str(link), "--help"], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_without_python_it_says_what_to_install(checkout, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "readlink", "dirname", "id", "env"):
        (programs / name).symlink_to(shutil.which(name))
    done = checkout.run("setup", PATH=str(programs))
    assert done.returncode == 1
    assert "Python 3.10 to 3.13 is needed" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_an_unknown_benchmark(checkout):
    done = checkout.run("bench", "nothing")
    assert done.returncode == 1
    assert "There is no benchmark nothing" in done.stderr


def test_stop_without_anything_running(checkout):
    done = checkout.run("stop")
    assert done.returncode == 0, done.stderr


def test_stop_ends_what_was_started_and_nothing_else(checkout):
    """A number that the system gave to another process since is left alone."""
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    done = checkout.python(
        "from tools.processes import Run\n"
        f"run = Run('serve'); print(run.start({sleeper!r}, 'odoo').pid)"
    )
    pid = int(done.stdout)
    (record,) = (checkout.root / ".local" / "run").glob("serve-*.json")
    bystander = subprocess.Popen(sleeper, start_new_session=True)
    try:
        content = json.loads(record.read_text())
        content["processes"].append(
            {"pid": bystander.pid, "birth": "1", "log": "/dev/null"}
        )
        record.write_text(json.dumps(content))
        stopped = checkout.run("stop")
        assert stopped.returncode == 0, stopped.stderr
        assert not record.exists()
        assert bystander.poll() is None
        with pytest.raises(ProcessLookupError):
            for _attempt in range(50):
                os.kill(pid, 0)
                time.sleep(0.1)
    finally:
        os.killpg(bystander.pid, signal.SIGKILL)
        bystander.wait()


def test_the_ci_script_is_plain_bash():
    root = Path(__file__).resolve().parents[2]
    script = root / ".ci" / "run"
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "./acorn lint" in text
    assert "./acorn test" in text


def test_nothing_is_compiled_twice(checkout, tmp_path):
    code = (
        "import subprocess, sys; from tools import venv; venv.keep_bytecode();"
        "subprocess.run([sys.executable, '-c', 'import tools.cli'], check=True)"
    )
    variables = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": ""}
    done = checkout.python(code, ACORN_CACHE=str(tmp_path / "cache"), **variables)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "cache").rglob("cli.*.pyc"))
    assert not list(checkout.root.rglob("__pycache__"))
