"""The WSGI application: one port for SP-API, Login with Amazon and control."""

from __future__ import annotations

import json
import os
import socket
import time
import traceback

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import http_date
from werkzeug.wrappers import Request

from . import access, effects, samples
from .clock import format_time
from .errors import ApiError, ControlError, LwaError, internal_failure, unauthorized
from .exchange import Exchange, Reply
from .handlers import control, documents, lwa as lwa_handler
from .marketplaces import REGIONS
from .routes import API, PLAIN
from .state.log import mask_fields, mask_headers
from .state.simulation import Simulation

# Amazon sends the limit with these answers only.
_RATE_HEADER_STATUSES = frozenset({200, 201, 202, 204, 400, 404})
_RATE_HEADER = "x-amzn-RateLimit-Limit"
# Not SP-API: no access token, no usage plan.
_PLAIN_PATHS = ("/auth/", "/apps/", "/_documents/")


class SimulatorApp:
    """Route a request, let faults strike, answer, and write the log.

    ``/na``, ``/eu`` and ``/fe`` before any path are the endpoints of one region;
    without prefix the application is the endpoint of all regions.
    """

    def __init__(self, simulation: Simulation | None = None):
        self.simulation = simulation or Simulation()
        folder = os.environ.get(samples.FOLDER)
        self._samples = samples.Samples(folder) if folder else None

    def __call__(self, environ, start_response):
        started = time.perf_counter()
        exchange = self._open(Request(environ))
        dropped = False
        try:
            reply = self._serve(exchange)
        except effects.Dropped as drop:
            dropped, reply = True, drop.reply
        if reply is not None:
            reply.headers["x-amzn-RequestId"] = exchange.request_id
            reply.headers["Date"] = http_date(self.simulation.clock.now())
        self._log(exchange, reply, started)
        if dropped:
            return _drop(environ, start_response, reply)
        return reply.response()(environ, start_response)

    def _open(self, request: Request) -> Exchange:
        path, region = request.path, None
        first, _, rest = path.lstrip("/").partition("/")
        if first in REGIONS:
            path, region = f"/{rest}", first
        simulation = self.simulation
        return Exchange(
            simulation,
            request,
            simulation.new_request_id(),
            path,
            region,
            simulation.clock.now(),
        )

    def _serve(self, exchange: Exchange) -> Reply:
        try:
            if exchange.path.startswith("/_sim"):
                return self._serve_control(exchange)
            if exchange.path.startswith(_PLAIN_PATHS):
                return self._with_faults(exchange, self._serve_plain)
            return self._serve_operation(exchange)
        except ControlError as error:
            return Reply({"error": str(error)}, error.status)
        except LwaError as error:
            return lwa_handler.error_reply(error)
        except ApiError as error:
            return _plain_error(exchange, error)
        except HTTPException as error:
            return Reply({"error": error.description}, error.code)
        except effects.Dropped:
            raise
        except Exception:  # noqa: BLE001 -- a bug here must look like Amazon's 500
            traceback.print_exc()
            return _plain_error(exchange, internal_failure())

    def _serve_control(self, exchange: Exchange) -> Reply:
        try:
            return self._serve_plain(exchange)
        except (KeyError, TypeError, ValueError) as error:
            raise ControlError(f"{type(error).__name__}: {error}") from error

    def _serve_plain(self, exchange: Exchange) -> Reply:
        adapter = PLAIN.bind("simulator")
        handler, args = adapter.match(exchange.path, exchange.request.method)
        if handler is control.orders:
            # It may take long and takes the lock piece by piece.
            return handler(exchange, **args)
        with self.simulation.lock:
            return handler(exchange, **args)

    def _serve_operation(self, exchange: Exchange) -> Reply:
        limit = None
        try:
            arguments = self._prepare(exchange)
            limit = self.simulation.plan(exchange.operation)[0]
            reply = self._with_faults(exchange, self._call, arguments)
        except ApiError as error:
            body, operation = error.body(), exchange.operation
            if operation is not None and operation.bare_errors:
                body = body["errors"]
            reply = Reply(body, error.status)
        if limit is not None and (
            reply.status in _RATE_HEADER_STATUSES or exchange.operation.tells_rate
        ):
            reply.headers[_RATE_HEADER] = f"{limit:g}"
        for fault in exchange.faults:
            if fault.kind in effects.HEADER_KINDS:
                reply = effects.after(exchange, fault, reply)
        return reply

    def _prepare(self, exchange: Exchange) -> dict:
        with self.simulation.lock:
            try:
                operation, arguments = API.bind("simulator").match(
                    exchange.path, exchange.request.method
                )
            except (NotFound, MethodNotAllowed) as error:
                access.identify(exchange)
                # Amazon answers an address it does not know like a missing role.
                raise unauthorized() from error
            exchange.operation = operation
            access.identify(exchange)
            access.authorise(exchange)
            return arguments

    def _with_faults(self, exchange: Exchange, serve, *arguments) -> Reply:
        with self.simulation.lock:
            exchange.faults = self.simulation.faults.take(exchange)
        try:
            for fault in exchange.faults:
                effects.before(exchange, fault)
        except effects.Intercepted as other:
            return other.reply
        reply = serve(exchange, *arguments)
        original = reply.body
        for fault in exchange.faults:
            if fault.kind not in effects.HEADER_KINDS:
                reply = effects.after(exchange, fault, reply)
        self.simulation.remember_page(exchange, original)
        return reply

    def _call(self, exchange: Exchange, arguments: dict) -> Reply:
        simulation = self.simulation
        with simulation.lock:
            simulation.catch_up()
            self._throttle(exchange)
            return exchange.operation.handler(exchange, **arguments)

    def _throttle(self, exchange: Exchange) -> None:
        simulation = self.simulation
        if not simulation.settings.throttling:
            return
        key = (
            exchange.seller.seller_id if exchange.seller else None,
            exchange.application.client_id,
            exchange.operation.key,
        )
        plan = simulation.plan(exchange.operation)
        simulation.buckets.take(key, plan, simulation.clock.now())

    def _log(self, exchange: Exchange, reply: Reply | None, started: float) -> None:
        request = exchange.request
        if exchange.path.startswith("/_sim"):
            return
        query = request.args.to_dict(flat=False)
        with self.simulation.lock:
            entry = self.simulation.log.add(
                request_id=exchange.request_id,
                at=format_time(exchange.at),
                method=request.method,
                path=exchange.path,
                query=mask_fields(query),
                headers=mask_headers(request.headers),
                status=reply.status if reply else None,
                ms=round((time.perf_counter() - started) * 1000, 3),
                operation=exchange.operation.key if exchange.operation else None,
                seller_id=exchange.seller.seller_id if exchange.seller else None,
                client_id=getattr(exchange.application, "client_id", None),
                region=exchange.region,
                restricted=bool(exchange.token and exchange.token.restricted),
                faults=[fault.kind for fault in exchange.faults],
                response_headers=mask_headers(reply.headers) if reply else {},
                request_body=_request_body(request),
                response_body=reply.data() if reply else b"",
            )
            if self._samples and exchange.operation and reply:
                sent = _request_body(request)
                self._samples.add(entry.record(), sent, reply.body)


def _plain_error(exchange: Exchange, error: ApiError) -> Reply:
    """Say an SP-API error in the words of whatever lives at the path."""
    if exchange.path.startswith("/auth/"):
        words = {500: "server_error", 503: "temporarily_unavailable"}
        word = words.get(error.status, "invalid_request")
        return lwa_handler.error_reply(LwaError(error.status, word, error.message))
    if exchange.path.startswith("/_documents/"):
        words = {500: "InternalError", 503: "SlowDown"}
        word = words.get(error.status, "AccessDenied")
        return documents.error_reply(word, error.message, error.status)
    return Reply(error.body(), error.status)


def _request_body(request: Request) -> bytes:
    if request.mimetype == lwa_handler.FORM:
        return json.dumps(mask_fields(request.form.to_dict())).encode()
    return request.get_data()


def _drop(environ, start_response, reply: Reply | None):
    """Break the connection, after half of the body when there is a reply."""
    connection = environ.get("werkzeug.socket")
    if connection is None:
        raise RuntimeError("dropping a connection needs werkzeug's own server")

    def body():
        if reply is not None:
            data = reply.data()
            yield data[: len(data) // 2]
        connection.shutdown(socket.SHUT_RDWR)
        yield b""

    headers = [("Content-Length", "0"), ("Connection", "close")]
    if reply is None:
        connection.shutdown(socket.SHUT_RDWR)
        start_response("500 Dropped", headers)
        return [b""]
    start_response("200 OK", reply.response().headers.to_wsgi_list())
    return body()
