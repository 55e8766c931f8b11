"""The simulator in a thread of its own, for tests, and as a process."""

from __future__ import annotations

import logging
from threading import Thread

from werkzeug.serving import WSGIRequestHandler, make_server

from .app import SimulatorApp
from .state.simulation import Simulation


class _QuietHandler(WSGIRequestHandler):
    """Keep the access log out of the console; /_sim/requests has it."""

    def log_request(self, code="-", size="-"):
        logging.getLogger(__name__).debug("%s %s", self.requestline, code)

    def send_response(self, code, message=None):
        """Leave the date to the application, which has a clock of its own."""
        self.log_request(code)
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())


class ThreadedSimulator:
    """A simulator on a free port of 127.0.0.1.

    Usable as a context manager. ``simulation`` is the live state.

    :param int port: 0 takes a free one
    :param options: arguments of :class:`Simulation` (world, seed, size, now, speed) and
        start values of :class:`simulator.state.settings.Settings`
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", **options):
        self.simulation = Simulation(**options)
        self._server = make_server(
            host,
            port,
            SimulatorApp(self.simulation),
            threaded=True,
            request_handler=_QuietHandler,
        )
        # Requests that hang on purpose must not keep the process alive.
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = Thread(target=self.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Base address, without slash at the end."""
        return f"http://{self._server.host}:{self._server.port}"

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def serve_forever(self) -> None:
        """Serve in this thread until :meth:`stop`."""
        self._server.serve_forever()

    def stop(self) -> None:
        """Stop serving and release the port."""
        self.simulation.stop()
        self._server.shutdown()
        self._server.server_close()
        if self._thread.is_alive():
            self._thread.join(5)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error) -> None:
        self.stop()
