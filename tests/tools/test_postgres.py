"""PostgreSQL: a given server, or a private cluster that only this machine reaches."""

import json
import os
import socket

import pytest

from tools import postgres
from tools.console import Failure

START = """
import json
from pathlib import Path
from tools import postgres
first = postgres.ensure()
again = postgres.ensure()
shown = {name: postgres.sql(first, f"SHOW {name}") for name in
         ("listen_addresses", "fsync", "unix_socket_directories", "port")}
record = json.loads(postgres.RECORD.read_text())
print(json.dumps({
    "same": first == again, "shown": shown, "data": record["data"],
    "owner": Path(record["data"]).stat().st_uid,
    "mode": oct(postgres.RECORD.stat().st_mode)[-3:],
    "secret": record["password"] in repr(first),
}))
"""
STOP = """
from tools import postgres
print(postgres.stop(), postgres.running(), postgres.stop())
"""


def test_database_url():
    server = postgres.parse_url("postgresql://me:p%40ss@db.example:5433/main")
    assert (server.host, server.port, server.user) == ("db.example", 5433, "me")
    assert (server.password, server.admin) == ("p@ss", "main")
    assert "p@ss" not in repr(server)
    assert server.prefix.startswith("acorn_")


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "postgresql:///x"])
def test_a_wrong_database_url_says_how_to_write_it(url):
    with pytest.raises(Failure) as failure:
        postgres.parse_url(url)
    assert "postgresql://user:password@host:port/database" in failure.value.advice


def test_an_unreachable_database_url(checkout):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        done = checkout.python(
            "from tools import postgres; postgres.ensure()",
            DATABASE_URL=f"postgresql://a:secret@127.0.0.1:{port}/x",
        )
    assert "does not answer" in done.stderr
    assert "secret" not in done.stderr


def test_a_private_cluster(checkout):
    """Also where the server's user cannot walk to the checkout, as here for root."""
    try:
        done = checkout.python(START)
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert seen["same"]
        assert seen["shown"]["listen_addresses"] == "127.0.0.1"
        assert seen["shown"]["fsync"] == "off"
        assert seen["shown"]["unix_socket_directories"] == ""
        assert seen["owner"] != 0, "PostgreSQL must not run as root"
        assert (seen["owner"] == os.geteuid()) is (os.geteuid() != 0)
        assert seen["mode"] == "600"
        assert not seen["secret"]
    finally:
        stopped = checkout.python(STOP)
    assert stopped.stdout.split() == ["True", "None", "False"], stopped.stderr
    again = checkout.python(
        START + "import shutil; postgres.stop(); shutil.rmtree(record['data'])"
    )
    assert json.loads(again.stdout)["shown"]["port"] == seen["shown"]["port"]
