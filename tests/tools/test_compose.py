"""docker-compose.yml, as far as it can be checked without a Docker engine.

The commands of its containers run here on this machine, with folders, database and
ports put in the place of the container's.
"""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools import databases, machine, services
from tools.http import Client
from tools.odoo_api import Odoo
from tools.postgres import free_port
from tools.processes import Run, wait_for

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
# Keys of the Compose specification that a service may have, of those used here.
KNOWN = {
    "build",
    "command",
    "depends_on",
    "entrypoint",
    "environment",
    "healthcheck",
    "image",
    "network_mode",
    "ports",
    "restart",
    "volumes",
    "working_dir",
}


LIST_OPTIONS = """
import json
from odoo.tools import config
print(json.dumps(sorted(config.options_index)))
"""


def test_services():
    assert set(SERVICES) == {"db", "odoo", "simulator", "connect"}
    assert SERVICES["db"]["image"].startswith("postgres:")
    for name in ("odoo", "simulator", "connect"):
        build = SERVICES[name]["build"]
        assert build["args"]["ODOO_IMAGE"] == "odoo:19"
        assert (ROOT / build["dockerfile"]).is_file()
    for service in SERVICES.values():
        assert set(service) <= KNOWN


# What the Compose specification knows, as far as it is used here.
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+(us|ms|s|m|h))+")


def test_words_of_the_specification():
    assert set(COMPOSE) <= {"name", "services", "volumes"} | {
        key for key in COMPOSE if key.startswith("x-")
    }
    for service in SERVICES.values():
        assert set(service.get("build", {})) <= {"context", "dockerfile", "args"}
        assert service.get("restart", "no") in {"no", "always", "unless-stopped"}
        for wanted in service.get("depends_on", {}).values():
            assert set(wanted) == {"condition"}
            assert wanted["condition"] in CONDITIONS
        check = service.get("healthcheck", {})
        assert set(check) <= {
            "test",
            "interval",
            "timeout",
            "retries",
            "start_period",
        }
        for name in {"interval", "timeout", "start_period"} & set(check):
            assert DURATION.fullmatch(check[name])
        assert isinstance(check.get("retries", 1), int)
        environment = service.get("environment", {})
        assert all(isinstance(value, str) for value in environment.values())


def test_who_waits_for_whom():
    for service in SERVICES.values():
        for other, wanted in service.get("depends_on", {}).items():
            assert other in SERVICES
            if wanted["condition"] == "service_healthy":
                assert SERVICES[other]["healthcheck"]["test"][0] == "CMD"
    for name in ("simulator", "connect"):
        assert SERVICES[name]["network_mode"] == "service:odoo"
        assert "ports" not in SERVICES[name]


def test_only_this_machine_can_reach_it():
    for service in SERVICES.values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")


def test_mounted_folders_are_there():
    named = set(COMPOSE["volumes"])
    mounted = set()
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source, target, *mode = volume.split(":")
            if source in named:
                continue
            assert (ROOT / source).exists(), source
            assert mode == ["ro"], volume
            mounted.add(target)
    assert "/mnt/extra-addons/acorn_amazon_connector" in mounted


def test_every_addon_of_the_repository_is_mounted():
    addons = {path.parent.name for path in ROOT.glob("*/__manifest__.py")}
    mounted = {
        volume.split(":")[1].rpartition("/")[2]
        for volume in SERVICES["odoo"]["volumes"]
        if "/mnt/extra-addons/" in volume
    }
    assert mounted == addons


def test_the_image_gets_what_the_addon_needs():
    lines = (ROOT / "docker" / "Dockerfile").read_text()
    assert re.search(r"^FROM \$\{ODOO_IMAGE\}$", lines, re.MULTILINE)
    assert "COPY requirements.txt" in lines
    assert lines.rstrip().endswith("USER odoo"), "Odoo must not run as root"


def test_options_of_the_configuration_file_are_known_to_odoo():
    text = (ROOT / "docker" / "odoo.conf").read_text()
    given = set(re.findall(r"^(\w+) *=", text, re.MULTILINE))
    ready = machine.ensure()
    shown = subprocess.run(
        [
            str(ROOT / ".local" / "venv" / "bin" / "python"),
            "-c",
            LIST_OPTIONS,
        ],
        env=ready.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert given <= set(json.loads(shown.splitlines()[-1]))


def check_health(name: str, port: int) -> None:
    """Run a service's health check against a port of this machine."""
    words = SERVICES[name]["healthcheck"]["test"][1:]
    words = [re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", word) for word in words]
    assert words[0] == "python3"
    subprocess.run([sys.executable, *words[1:]], check=True, timeout=60)


def with_python(service: dict, places: dict[str, str]) -> list[str]:
    """Return entry point and command with this machine's places put in."""
    words = [*service.get("entrypoint", []), *service["command"]]
    assert words[0] == "python3"
    python = str(ROOT / ".local" / "venv" / "bin" / "python")
    text = shlex.join([python, *words[1:]])
    for there, here in places.items():
        text = text.replace(there, here)
    return shlex.split(text)


@pytest.fixture
def site():
    """Return a run and a database of its own; both go afterwards."""
    ready = machine.ensure()
    run = Run("test")
    database = run.add_database(databases.fresh(ready, "compose"))
    yield ready, run, database
    run.close()
    databases.drop(ready.server, database)
    run.forget()


def test_the_commands_of_the_containers(site):
    """Odoo, simulator, health checks and the connection, in the order of Compose."""
    ready, run, database = site
    odoo_port, simulator_port = free_port(), free_port()
    places = {
        "8069": str(odoo_port),
        "8070": str(simulator_port),
        "0.0.0.0": "127.0.0.1",
        "database=acorn": f"database={database}",
    }
    command = [word.replace("$$", "$") for word in SERVICES["odoo"]["command"]]
    assert command[0] == "odoo"
    words = [word.replace("acorn$", f"{database}$") for word in command[1:]]
    words[0] = f"--database={database}"
    process = run.start(
        # As in the container: the machine's own configuration runs no crons.
        ready.command(*words, f"--http-port={odoo_port}", "--max-cron-threads=2"),
        "odoo",
        env=ready.environment(),
    )
    simulator = run.start(
        with_python(SERVICES["simulator"], places),
        "simulator",
        env=services.simulator_environment(),
    )
    wait_for(f"http://127.0.0.1:{odoo_port}/web/health", process)
    wait_for(f"http://127.0.0.1:{simulator_port}/_sim", simulator)
    check_health("odoo", odoo_port)
    check_health("simulator", simulator_port)

    connect = with_python(SERVICES["connect"], places)
    for _time in ("first", "again"):
        done = subprocess.run(
            connect, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "connected already" in done.stderr

    odoo = Odoo(f"http://127.0.0.1:{odoo_port}", database, "admin", "admin")
    sellers = Client(f"http://127.0.0.1:{simulator_port}").get("/_sim/credentials")
    states = odoo.search_read("acorn.amazon.store", [], ["state"])
    assert [store["state"] for store in states] == ["live"] * len(sellers["sellers"])
