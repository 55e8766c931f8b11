"""Template databases and their copies, each with its filestore.

Two templates spare everybody the installation: *base* has Odoo's own modules and
is kept in the cache as a dump, *template* has our addons on top and is made again
when one of their files changed. A comment on each database says what it holds.
"""

import concurrent.futures
import hashlib
import os
import secrets
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools import postgres, venv
from tools.console import Failure, run, step
from tools.odoo_source import OdooSource
from tools.paths import LOCAL, LOGS, ROOT, addon_folders, cache, locked
from tools.postgres import Server

MODULES = ["sale_management", "sale_stock", "stock_delivery", "account"]
DATA = LOCAL / "data"
CONFIG = LOCAL / "odoo.conf"
INSTALL = ROOT / "tools" / "odoo_install.py"
# Set while layers of tests run beside each other.
CROWDED = "ACORN_CROWDED"
# What the label of a template ends with that has them.
BUNDLES = " with bundles"
IGNORED = {"__pycache__", "tests", "readme", ".ruff_cache", ".pytest_cache"}


@dataclass(frozen=True)
class Machine:
    """Everything needed to run Odoo here.

    :param OdooSource odoo: source tree.
    :param Server server: PostgreSQL.
    """

    odoo: OdooSource
    server: Server

    @property
    def template(self) -> str:
        """Name of the database with our addons."""
        return f"{self.server.prefix}template"

    @property
    def base(self) -> str:
        """Name of the database with Odoo's own modules only."""
        return f"{self.server.prefix}base"

    def environment(self) -> dict[str, str]:
        """Environment of every Odoo process."""
        return {
            **venv.environment(self.odoo.home),
            "ODOO_RC": str(CONFIG),
            **self.server.environment,
        }

    def serial(self) -> dict[str, str]:
        """Environment of an Odoo process that may keep to one core.

        Where many run beside each other the kernel finds better places for them.
        """
        may = self.server.private and CROWDED not in os.environ
        return {**self.environment(), **({"ACORN_ONE_CORE": "1"} if may else {})}

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one Odoo process."""
        return [str(venv.PYTHON), "-m", "tools.odoo_command", *arguments]


def write_config(machine: Machine) -> None:
    """Write ``.local/odoo.conf`` for this machine."""
    folders = list(machine.odoo.addons)
    if addon_folders():
        folders.append(ROOT)
    server = machine.server
    options = {
        "addons_path": ",".join(str(folder) for folder in folders),
        "data_dir": DATA,
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "db_password": server.password,
        "http_interface": "127.0.0.1",
        "list_db": False,
        "max_cron_threads": 0,
        "limit_time_real": 1200,
        "limit_time_cpu": 1200,
        "without_demo": True,
    }
    lines = [f"{name} = {value}" for name, value in options.items() if value != ""]
    DATA.mkdir(parents=True, exist_ok=True)
    _write_private(CONFIG, ["[options]", *lines])
    everything = machine.environment()
    names = ["PYTHONPATH", "PYTHONPYCACHEPREFIX", "ODOO_RC", *server.environment]
    lines = [
        f"export {name}={shlex.quote(everything[name])}"
        for name in names
        if name in everything
    ]
    if "PYTHONPYCACHEPREFIX" in everything:
        lines.append("unset PYTHONDONTWRITEBYTECODE")
    _write_private(LOCAL / "env.sh", lines)


def _write_private(path: Path, lines: list[str]) -> None:
    """Replace a file that only its owner may read."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join([*lines, ""]))
    fresh.replace(path)


def addons_digest(folders: list[Path]) -> str:
    """Digest every file of the addons that matters to a database.

    :param folders: addon folders.
    :return: hexadecimal digits; tests and styles do not change them.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder).parts
            if IGNORED.intersection(inner) or inner[:2] in {
                ("static", "src"),
                ("static", "tests"),
            }:
                continue
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{folder.name}/{'/'.join(inner)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def exists(server: Server, name: str) -> bool:
    """Tell whether a database is there."""
    return bool(
        postgres.sql(server, f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
    )


def _label(server: Server, name: str) -> str:
    """Return what a database was said to hold, empty when it is missing."""
    return postgres.sql(
        server,
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        f" WHERE datname = '{name}'",
    )


def _say_label(server: Server, name: str, label: str) -> None:
    postgres.sql(server, f"COMMENT ON DATABASE \"{name}\" IS '{label}'")


def drop(server: Server, name: str) -> None:
    """Drop a database and its filestore, whoever is connected."""
    postgres.sql(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> None:
    """Copy a filestore; its files never change, so links serve where possible."""
    shutil.rmtree(target, ignore_errors=True)
    if not source.is_dir():
        return
    try:
        shutil.copytree(source, target, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)


def clone(server: Server, source: str, target: str) -> None:
    """Copy a database and its filestore.

    :raise Failure: when somebody is connected to the source, or it is missing.
    """
    drop(server, target)
    done = postgres.program(
        server, "createdb", *postgres.copying(server), "-T", source, target
    )
    if done.returncode:
        raise Failure(f"{source} cannot be copied:\n{done.stderr.strip()}")
    _copy_files(DATA / "filestore" / source, DATA / "filestore" / target)


def _rename(server: Server, source: str, target: str) -> None:
    drop(server, target)
    postgres.sql(server, f'ALTER DATABASE "{source}" RENAME TO "{target}"')
    files = DATA / "filestore" / source
    if files.is_dir():
        files.rename(DATA / "filestore" / target)


def installation_log(machine: Machine) -> Path:
    """Return the output of the installation of our addons."""
    return LOGS / f"install-{machine.template}.log"


def _install(
    machine: Machine, database: str, modules: list[str], log: str, *options: str
) -> None:
    (LOGS / f"{log}.log").unlink(missing_ok=True)
    wanted = [",".join(modules)] if modules else []
    run(
        [*(venv.PYTHON, "-m", "tools.odoo_install"), database, *wanted, *options],
        log,
        env=machine.serial(),
        cwd=ROOT,
    )


def install(machine: Machine, database: str, modules: list[str]) -> None:
    """Install further modules of Odoo into a database.

    :raise Failure: when a module does not install.
    """
    with step(f"installing {', '.join(modules)}"):
        _install(machine, database, modules, f"install-{database}")


def build_bundles(machine: Machine, database: str) -> None:
    """Build what a browser loads first, so that the first visitor need not wait.

    :raise Failure: when Odoo does not start.
    """
    _install(machine, database, [], f"bundles-{database}", "--bundles")


def has_bundles(machine: Machine) -> bool:
    """Tell whether the template, and so its copies, have the web client's bundles."""
    return _label(machine.server, machine.template).endswith(BUNDLES)


def _base_label(machine: Machine) -> str:
    digest = hashlib.sha256(INSTALL.read_bytes())
    version = postgres.sql(machine.server, "SHOW server_version_num")
    for part in [machine.odoo.version, *MODULES, version]:
        digest.update(f"{part}\0".encode())
    return digest.hexdigest()[:16]


def _restore(machine: Machine, folder: Path) -> bool:
    """Load the base database from the cache.

    :return: whether there was a usable dump.
    """
    dump = folder / "dump"
    if not dump.is_file():
        return False
    server = machine.server
    drop(server, machine.base)
    postgres.program(server, "createdb", "-T", "template0", machine.base)
    done = postgres.program(
        server,
        "pg_restore",
        "--no-owner",
        "--jobs=2",
        "--exit-on-error",
        f"--dbname={machine.base}",
        str(dump),
    )
    if done.returncode:
        drop(server, machine.base)
        return False
    _copy_files(folder / "filestore", DATA / "filestore" / machine.base)
    return True


def _keep(machine: Machine, folder: Path) -> None:
    """Put a dump of the base database into the cache, if the tools allow it."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    done = postgres.program(
        machine.server,
        "pg_dump",
        "-Fc",
        "-Z1",
        "--no-owner",
        f"--file={fresh / 'dump'}",
        machine.base,
    )
    if done.returncode:
        shutil.rmtree(fresh)
        return
    _copy_files(DATA / "filestore" / machine.base, fresh / "filestore")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _ensure_base(machine: Machine) -> Path | None:
    """Make the base database.

    :return: where to keep it in the cache, when it is not there yet.
    """
    server = machine.server
    label = _base_label(machine)
    if _label(server, machine.base) == label:
        return None
    folder = cache() / "templates" / label
    if (folder / "dump").is_file():
        with step("restoring Odoo's modules from the cache"):
            restored = _restore(machine, folder)
        if restored:
            _say_label(server, machine.base, label)
            return None
    drop(server, machine.base)
    postgres.program(server, "createdb", "-T", "template0", machine.base)
    with step("installing Odoo's modules (about a minute, once)"):
        _install(machine, machine.base, MODULES, "install-base", "--base")
    _say_label(server, machine.base, label)
    return folder


def _carry_bundles(server: Server, source: str, target: str) -> None:
    """Take bundles over to a new template; Odoo drops those that no longer fit."""
    if not exists(server, source):
        return
    columns = (
        "name, type, url, mimetype, store_fname, file_size, checksum, public,"
        " res_model, res_id, create_uid, write_uid, create_date, write_date"
    )
    where = "url LIKE '/web/assets/%'"
    with tempfile.NamedTemporaryFile() as rows:
        query = f"SELECT {columns} FROM ir_attachment WHERE {where}"
        postgres.sql(server, f"\\copy ({query}) TO '{rows.name}'", source)
        postgres.sql(
            server, f"\\copy ir_attachment ({columns}) FROM '{rows.name}'", target
        )
    names = postgres.sql(
        server,
        f"SELECT store_fname FROM ir_attachment WHERE {where}"
        " AND store_fname IS NOT NULL",
        target,
    )
    for name in names.split():
        file = DATA / "filestore" / target / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(DATA / "filestore" / source / name, file)


def _ensure_template(machine: Machine, bundles: bool, keep: Path | None) -> None:
    server = machine.server
    folders = addon_folders()
    label = f"{_base_label(machine)} {addons_digest(folders)}"
    have = _label(server, machine.template)
    logged = installation_log(machine).is_file() or not folders
    if not logged or have.removesuffix(BUNDLES) != label:
        making = f"{machine.template}_new"
        clone(server, machine.base, making)
        # A database cannot be copied while it is dumped: so the dump comes after.
        with concurrent.futures.ThreadPoolExecutor(1) as aside:
            kept = aside.submit(_keep, machine, keep) if keep else None
            _install_addons(machine, making, folders, bundles)
        if kept:
            kept.result()
        _rename(server, making, machine.template)
        have = label + BUNDLES if bundles else label
        _say_label(server, machine.template, have)
    if bundles and have == label:
        with step("building the web client's bundles"):
            build_bundles(machine, machine.template)
        _say_label(server, machine.template, label + BUNDLES)


def _install_addons(
    machine: Machine, making: str, folders: list[Path], bundles: bool
) -> None:
    if not folders:
        return
    names = [folder.name for folder in folders]
    options = ["--bundles"] if bundles else []
    with step(f"installing {', '.join(names)}"):
        _carry_bundles(machine.server, machine.template, making)
        _install(machine, making, names, installation_log(machine).stem, *options)


def ensure_templates(machine: Machine, bundles: bool = False) -> None:
    """Make both templates, or leave them when they are up to date.

    :param bool bundles: also build the web client's bundles, for many browsers.
    :raise Failure: when a module does not install.
    """
    write_config(machine)
    with locked(LOCAL / "templates.lock"):
        _ensure_template(machine, bundles, _ensure_base(machine))


def fresh(machine: Machine, purpose: str) -> str:
    """Copy the template to a new database.

    :param Machine machine: where Odoo runs.
    :param str purpose: short word that becomes part of the name.
    :return: name of the database.
    """
    name = f"{machine.server.prefix}{purpose}_{secrets.token_hex(3)}"
    with locked(LOCAL / "templates.lock"):
        _ensure_template(machine, False, _ensure_base(machine))
        clone(machine.server, machine.template, name)
    return name
