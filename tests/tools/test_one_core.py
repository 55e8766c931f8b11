"""Odoo's process and its backends on one core, and when they are left alone."""

import json
import os
import subprocess
from dataclasses import replace

import pytest

from tools import databases, machine, venv
from tools.paths import ROOT

# Says where the process and the backend of its connection may run.
LOOK = """
import json, os
from odoo.sql_db import db_connect
from odoo.tools import config
from tools import one_core
config.parse_config(["--no-http"], setup_logging=False)
one_core.share()
with db_connect("postgres").cursor() as cr:
    backend = cr.connection.get_backend_pid()
    print(json.dumps([sorted(os.sched_getaffinity(pid)) for pid in (0, backend)]))
"""


def places(environment):
    done = subprocess.run(
        [venv.PYTHON, "-c", LOOK],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_both_settle_on_one_core(monkeypatch):
    ready = machine.ensure()
    if not ready.server.private or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs a PostgreSQL of our own and two cores")
    monkeypatch.delenv(databases.CROWDED, raising=False)
    process, backend = places(ready.serial())
    assert len(process) == 1
    assert backend == process


def test_nobody_settles_without_need(monkeypatch):
    ready = machine.ensure()
    everywhere = sorted(os.sched_getaffinity(0))
    assert places(ready.environment())[0] == everywhere
    monkeypatch.setenv(databases.CROWDED, "1")
    assert ready.serial() == ready.environment()


def test_a_foreign_server_is_left_alone(monkeypatch):
    monkeypatch.delenv(databases.CROWDED, raising=False)
    ready = machine.ensure()
    foreign = replace(ready, server=replace(ready.server, private=False))
    assert "ACORN_ONE_CORE" not in foreign.serial()
