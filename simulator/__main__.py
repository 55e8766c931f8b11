"""Command line: ``python -m simulator --port 0 --world demo --seed 1``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from threading import Thread

from .clock import parse_time
from .server import ThreadedSimulator


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser("simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--world", default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, help="number of orders")
    parser.add_argument(
        "--entities", type=int, help="number of legal entities of the world expansion"
    )
    parser.add_argument("--now", type=parse_time, help="start of the clock, ISO 8601")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="simulated seconds per second"
    )
    parser.add_argument(
        "--live", action="store_true", help="orders arrive while the clock runs"
    )
    parser.add_argument(
        "--plan-multiplier",
        type=float,
        default=1.0,
        help="raises Amazon's default rates and bursts",
    )
    parser.add_argument(
        "--record-bodies", action="store_true", help="keep bodies in the request log"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; print one JSON line when ready."""
    options = build_parser().parse_args(arguments)
    server = ThreadedSimulator(
        options.port,
        options.host,
        world=options.world,
        seed=options.seed,
        size=options.size,
        now=options.now,
        speed=options.speed,
        entities=options.entities,
        live=options.live,
        plan_multiplier=options.plan_multiplier,
        record_bodies=options.record_bodies,
    )

    def leave(*_signal):
        # shutdown() waits for serve_forever(), which runs in this very thread.
        Thread(target=server.stop).start()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    print(json.dumps({"url": server.url}), flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
