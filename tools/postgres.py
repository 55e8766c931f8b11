"""PostgreSQL: the server of ``$DATABASE_URL``, or a private cluster of our own."""

import functools
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools import apt
from tools.console import Failure, run, say, step, tail
from tools.paths import LOCAL, checkout_key

OLDEST = 13
USER = "odoo"
RECORD = LOCAL / "pg.json"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


@dataclass(frozen=True)
class Server:
    """How to reach PostgreSQL.

    :param str host: name or address.
    :param int port: TCP port.
    :param str user: role; it may create databases.
    :param str password: empty when none is asked for.
    :param str prefix: first part of the name of each database we make.
    :param str admin: database to connect to for administration.
    :param bool private: our own cluster; its processes run here, as a user we control.
    """

    host: str
    port: int
    user: str
    password: str
    prefix: str
    admin: str = "postgres"
    private: bool = False

    def __repr__(self) -> str:
        return f"Server({self.user}@{self.host}:{self.port})"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that PostgreSQL's own programs read."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGCONNECT_TIMEOUT": "10",
        }


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def parse_url(url: str) -> Server:
    """Read ``$DATABASE_URL``.

    :param str url: ``postgresql://user:password@host:port/database``.
    :raise Failure: when it is no such address.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.hostname:
        raise Failure(
            "DATABASE_URL is not a PostgreSQL address.",
            "Write it as postgresql://user:password@host:port/database.",
        )
    return Server(
        parts.hostname,
        parts.port or 5432,
        unquote(parts.username or os.environ.get("USER", "postgres")),
        unquote(parts.password or ""),
        f"acorn_{checkout_key()}_",
        parts.path.strip("/") or "postgres",
    )


def _folders() -> list[Path]:
    found = []
    for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb"):
        if initdb.parent.parent.name.isdigit():
            found.append(initdb.parent)
    found.sort(key=lambda folder: -int(folder.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return found


def _major(folder: Path) -> int:
    shown = subprocess.run(
        [folder / "psql", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)", shown)
    return int(found[1]) if found else 0


@functools.cache
def binaries() -> Path:
    """Return the folder with ``initdb``, ``psql``, ``createdb`` and friends.

    :raise Failure: when PostgreSQL is missing and cannot be installed.
    """
    for attempt in range(2):
        for folder in _folders():
            if _major(folder) >= OLDEST:
                return folder
        if not attempt:
            apt.install(["postgresql"])
    raise Failure(
        f"No PostgreSQL {OLDEST} or newer was found.",
        "Install it (Debian, Ubuntu: apt-get install postgresql) or set DATABASE_URL.",
    )


# PostgreSQL refuses to be root; another user may be kept out of root's own folders.
SERVANT = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
WALKS = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def _reaches(folder: Path, prefix: list[str]) -> bool:
    # Not test -x: that asks what the user may do without further rights.
    probe = subprocess.run(
        [*prefix, "stat", f"{folder}/."], check=False, capture_output=True
    )
    return probe.returncode == 0


def _choose_folder() -> tuple[Path, list[str]]:
    """Pick a data folder, and the words that let the server's user use it.

    :return: the folder, and what to put before PostgreSQL's own commands.
    """
    if os.geteuid():
        return LOCAL / "pg", []
    for prefix in (SERVANT, [*SERVANT, *WALKS]):
        if _reaches(LOCAL, prefix):
            return LOCAL / "pg", prefix
    folder = Path("/var/tmp") / f"acorn-{checkout_key()}-pg"
    if not _reaches(folder.parent, SERVANT):
        raise Failure(
            "No folder was found that the user postgres can reach.",
            "Move the checkout to a folder that other users may enter.",
        )
    say(f"  · the user postgres cannot enter {LOCAL}: the data is in {folder}")
    return folder, SERVANT


def _create(bin_folder: Path) -> dict:
    data, prefix = _choose_folder()
    password = secrets.token_hex(16)
    if data.exists():
        shutil.rmtree(data)
    data.mkdir(mode=0o700)
    secret = data.parent / f".{data.name}-{secrets.token_hex(4)}"
    secret.touch(mode=0o600)
    secret.write_text(password)
    try:
        if prefix:
            shutil.chown(data, "postgres", "postgres")
            shutil.chown(secret, "postgres", "postgres")
        options = ["-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
        run(
            [
                *prefix,
                bin_folder / "initdb",
                "-D",
                data,
                "--locale=C.UTF-8",
                f"--pwfile={secret}",
                *options,
            ],
            "postgres",
            cwd=data.parent,
        )
    finally:
        secret.unlink()
    record = {
        "data": str(data),
        "password": password,
        "bin": str(bin_folder),
        "prefix": prefix,
    }
    _write_record(record)
    return record


def _write_record(record: dict) -> None:
    RECORD.touch(mode=0o600)
    RECORD.write_text(json.dumps(record, indent=1))


def _read_record() -> dict | None:
    if not RECORD.is_file():
        return None
    record = json.loads(RECORD.read_text())
    is_whole = "prefix" in record and Path(record["data"]).is_dir()
    return record if is_whole else None


def _answers(server: Server, bin_folder: Path) -> bool:
    ready = subprocess.run(
        [bin_folder / "psql", "-qAtc", "SELECT 1", server.admin],
        env={**os.environ, **server.environment},
        capture_output=True,
        check=False,
    )
    return ready.returncode == 0


def _from_record(record: dict) -> Server:
    port = record.get("port", 0)
    return Server("127.0.0.1", port, USER, record["password"], "acorn_", private=True)


def ensure() -> Server:
    """Return a running server, creating and starting the private one if needed.

    :raise Failure: when it cannot be created, started or reached.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        server = parse_url(url)
        if not _answers(server, binaries()):
            raise Failure(
                f"PostgreSQL at {server.host}:{server.port} does not answer.",
                "Check DATABASE_URL, or unset it to get a private server.",
            )
        return server
    LOCAL.mkdir(exist_ok=True)
    record = _read_record()
    if record and record.get("port"):
        server = _from_record(record)
        if _answers(server, Path(record["bin"])):
            return server
    if not record:
        bin_folder = binaries()
        with step("creating a private PostgreSQL cluster"):
            record = _create(bin_folder)
    return _start(record)


def running() -> Server | None:
    """Return the server if it answers now, without starting anything."""
    url = os.environ.get("DATABASE_URL")
    if url:
        server = parse_url(url)
        return server if _answers(server, binaries()) else None
    record = _read_record()
    if not record or not record.get("port"):
        return None
    server = _from_record(record)
    return server if _answers(server, Path(record["bin"])) else None


def _start(record: dict) -> Server:
    data = Path(record["data"])
    log = data / "server.log"
    for _attempt in range(3):
        last = record.get("port")
        record["port"] = last if last and _is_free(last) else free_port()
        settings = {**SETTINGS, "port": str(record["port"])}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        started = subprocess.run(
            [
                *record["prefix"],
                Path(record["bin"]) / "pg_ctl",
                "-D",
                data,
                "-w",
                "-l",
                log,
                "-o",
                options,
                "start",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            check=False,
        )
        if not started.returncode:
            _write_record(record)
            return _from_record(record)
    raise Failure(
        f"PostgreSQL does not start.\n{tail(log)}",
        f"Remove {RECORD} to begin with a new cluster, or set DATABASE_URL.",
    )


def stop() -> bool:
    """Stop the private server.

    :return: whether one was running.
    """
    record = _read_record()
    if not record:
        return False
    control = [*record["prefix"], Path(record["bin"]) / "pg_ctl"]
    stopped = subprocess.run(
        [*control, "-D", record["data"], "-m", "fast", "stop"],
        capture_output=True,
        check=False,
        cwd="/",
    )
    return stopped.returncode == 0


def program(server: Server, name: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run one of PostgreSQL's own programs against a server.

    :param Server server: where to.
    :param str name: ``psql``, ``createdb``, ``dropdb``, ``pg_dump``, ``pg_restore``.
    :return: the finished process, its output as text.
    """
    return subprocess.run(
        [binaries() / name, *arguments],
        env={**os.environ, **server.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def sql(server: Server, statement: str, database: str = "") -> str:
    """Run one statement and return its rows, columns divided by tabs.

    :raise Failure: when PostgreSQL refuses it.
    """
    done = program(
        server,
        "psql",
        "-XqAt",
        "-F\t",
        "-vON_ERROR_STOP=1",
        "-c",
        statement,
        database or server.admin,
    )
    if done.returncode:
        raise Failure(f"PostgreSQL refused a statement:\n{done.stderr.strip()}")
    return done.stdout.strip()


def copying(server: Server) -> list[str]:
    """Return the options that let ``createdb`` copy a database fast.

    By default PostgreSQL 15 writes each page of a copy to its log. Where nothing is
    synced anyway, as in our own cluster, copying files takes a third of that time.
    """
    fast = sql(
        server,
        "SELECT current_setting('server_version_num')::int >= 150000"
        " AND NOT current_setting('fsync')::bool",
    )
    return ["--strategy=file_copy"] if fast == "t" else []
