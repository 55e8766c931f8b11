"""A clock that tests move, a server that answers what tests say, models."""

import json
import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]


class FakeClock:
    """An aware clock that only moves when told."""

    def __init__(self):
        self.now = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@dataclass
class SeenRequest:
    method: str
    target: str
    headers: dict
    body: bytes

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    @property
    def form(self):
        pairs = parse_qs(self.body.decode())
        return {name: values[0] for name, values in pairs.items()}

    @property
    def json(self):
        return json.loads(self.body)


class ScriptedServer:
    """A real HTTP server on 127.0.0.1 that gives the queued answers in turn."""

    def __init__(self):
        self.requests = []
        self._answers = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args):
                pass

            def _serve(self):
                size = int(self.headers.get("content-length") or 0)
                owner.requests.append(
                    SeenRequest(
                        self.command,
                        self.path,
                        {key.lower(): value for key, value in self.headers.items()},
                        self.rfile.read(size),
                    )
                )
                owner._answers.pop(0)(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exc):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def last(self):
        return self.requests[-1]

    def answer(self, status=200, body=b"", headers=None):
        """Queue an answer; anything but bytes is sent as JSON."""
        content_type = "text/html"
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            content_type = "application/json"
        sent = {"content-type": content_type, "content-length": str(len(body))}
        sent.update({key.lower(): value for key, value in (headers or {}).items()})

        def write(handler):
            handler.send_response(status)
            for key, value in sent.items():
                handler.send_header(key, value)
            handler.end_headers()
            handler.wfile.write(body)

        self._answers.append(write)

    def hang(self, seconds):
        """Queue an answer that comes too late."""

        def wait(handler):
            handler.close_connection = True
            threading.Event().wait(seconds)

        self._answers.append(wait)

    def cut(self, after=b""):
        """Queue a connection that breaks after these bytes."""

        def drop(handler):
            handler.close_connection = True
            handler.wfile.write(after)
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)

        self._answers.append(drop)


def models_folder():
    """Return Amazon's model files, or skip the test without them."""
    named = os.environ.get("SPAPI_MODELS")
    folder = Path(named) if named else ROOT.parent / "shared" / "spapi-models"
    if not (folder / "models").is_dir():
        pytest.skip("Amazon's models are not here (set SPAPI_MODELS to their folder)")
    return folder / "models"


@cache
def load_model(name):
    """Return the parsed Swagger file ``name`` of Amazon's models."""
    return json.loads((models_folder() / name).read_text(encoding="utf-8"))


def model_operations(model):
    """Yield (path, method, operation) of a Swagger file."""
    for path, methods in model["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield path, method.upper(), operation


def resolve(model, node):
    """Follow a Swagger reference."""
    while "$ref" in node:
        _hash, section, name = node["$ref"].split("/")
        node = model[section][name]
    return node


def match_path(template, path):
    """Return the path parameters when a path fits a template, else None."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    values = {}
    for want, have in zip(wanted, given, strict=True):
        if want.startswith("{"):
            values[want[1:-1]] = unquote(have)
        elif want != have:
            return None
    return values
