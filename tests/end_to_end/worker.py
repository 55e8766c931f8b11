"""A worker process of its own: runs the addon's flows on a real database.

Forked by ``nursery.py``. It ends when nothing is due any more, or kills itself with
SIGKILL at the point that the test names.
"""

import argparse
import json
import logging
import os
import signal
import threading
import time

import psycopg2
from psycopg2.extensions import TransactionRollbackError

import odoo
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config

TASK = "acorn.amazon.task"


def parse_arguments(arguments):
    parser = argparse.ArgumentParser("worker")
    parser.add_argument("database")
    parser.add_argument("lanes", nargs="*")
    parser.add_argument("--die", help="model.method:before|after:number of the call")
    parser.add_argument("--direct", action="store_true", help="without the scheduler")
    parser.add_argument("--woken", action="store_true", help="also when nothing is due")
    parser.add_argument("--lease", type=float, help="seconds that a lease lasts")
    parser.add_argument("--budget", type=int, help="take so many tokens, in threads")
    parser.add_argument("--patience", type=float, default=0.5, help="seconds idle")
    return parser.parse_args(arguments)


def load(database):
    """Return the registry of a database."""
    config.parse_config(["-d", database, "--no-http", "--log-level=error"])
    odoo.netsvc.init_logger()
    return Registry(database)


class Errors(logging.Handler):
    """Keeps what a person would find in the log."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.found = []

    def emit(self, record):
        self.found.append(f"{record.name}: {record.getMessage()}")


def arm(registry, spec):
    """Let the process die around the given call of a method."""
    target, when, number = spec.split(":")
    model, _, method = target.rpartition(".")
    original = getattr(registry[model], method)
    calls = 0

    def deadly(self, *args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == int(number) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(self, *args, **kwargs)
        if calls == int(number) and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(registry[model], method, deadly)


def environment(cr):
    return odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})


def run_lane(registry, lane, direct, woken):
    """Run what is due in a lane once.

    :param bool woken: as if somebody had noted a change of stock
    :return: whether something was due
    """
    with registry.cursor() as cr:
        env = environment(cr)
        due = bool(env[TASK]._count_due(lane))
        if not due and not woken:
            return False
        if direct:
            env[TASK]._cron_run_tasks(lane)
        else:
            cron = env.ref(f"acorn_amazon_connector.ir_cron_run_{lane}_tasks")
            try:
                cron.method_direct_trigger()
            except (UserError, TransactionRollbackError):
                # The scheduler of another process runs it, or has just run it: Odoo's
                # own scheduler leaves it alone then, too.
                cr.rollback()
                return False
        return due


def run(registry, arguments, ended):
    """Run lanes until nothing is due in any of them for a moment, or until the end."""
    until = time.monotonic() + arguments.patience
    while time.monotonic() < until and not ended.is_set():
        ran = [
            run_lane(registry, lane, arguments.direct, arguments.woken)
            for lane in arguments.lanes
        ]
        if any(ran):
            until = time.monotonic() + arguments.patience
        time.sleep(0.1)


def take_tokens(registry, count):
    """Take tokens of one bucket from many threads at once.

    :return: dict: how many were granted, refused or failed, and how long it took
    """
    from odoo.addons.acorn_amazon_connector.services.errors import BudgetExhausted
    from odoo.addons.acorn_amazon_connector.services.operations import OPERATIONS

    operation = OPERATIONS["listings.searchListingsItems"]
    result = {"granted": 0, "refused": 0, "failed": []}
    lock = threading.Lock()
    with registry.cursor() as cr:
        store = environment(cr)["acorn.amazon.store"].search([], limit=1)
        store_id, environment_name = store.id, store.environment

    def work(number):
        with registry.cursor() as cr:
            env = environment(cr)
            store = env["acorn.amazon.store"].browse(store_id)
            gate = env["acorn.amazon.budget"]._gate(store)
        for _call in range(number):
            kind = "granted"
            try:
                gate.take(operation)
            except BudgetExhausted:
                kind = "refused"
            except psycopg2.Error as exc:
                with lock:
                    result["failed"].append(type(exc).__name__)
                continue
            with lock:
                result[kind] += 1
            gate.observe(operation, operation.rate, False)

    threads = [threading.Thread(target=work, args=(count // 8,)) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result["seconds"] = time.monotonic() - started
    result |= {"rate": operation.rate, "burst": operation.burst}
    return result | {"environment": environment_name}


def main(words):
    """Work.

    :param list words: what ``parse_arguments`` knows
    """
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_details: ended.set())
    print(os.getpid(), flush=True)
    arguments = parse_arguments(words)
    errors = Errors()
    logging.getLogger().addHandler(errors)
    registry = load(arguments.database)
    if arguments.lease is not None:
        from datetime import timedelta

        from odoo.addons.acorn_amazon_connector.models import acorn_amazon_task

        acorn_amazon_task.LEASE = timedelta(seconds=arguments.lease)
    if arguments.die:
        arm(registry, arguments.die)
    result = {}
    if arguments.budget:
        result = take_tokens(registry, arguments.budget)
    run(registry, arguments, ended)
    print(json.dumps({**result, "errors": errors.found}))
