"""One core for an Odoo process and its PostgreSQL backends.

They take turns: one of them always waits for the other. On two cores each of some
ten thousand turns wakes a core that had gone to sleep, which takes a virtual machine
longer than the query itself; on one core nobody sleeps. Imported inside the Python
environment; does nothing unless ``ACORN_ONE_CORE`` is set.
"""

import contextlib
import os

import psutil

import odoo.sql_db

WANTED = "ACORN_ONE_CORE"
# Seconds in which the cores show how busy they are.
LOOK = 0.3


class Neighbour(odoo.sql_db.PsycoConnection):
    """A connection whose backend comes to the core of its client."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # Where a system does not let us, everything is only slower.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(self.get_backend_pid(), os.sched_getaffinity(0))


def share() -> None:
    """Settle on the idlest core, and bring along the backends of later connections.

    Only for a server whose processes run here and may be moved by us: our own.
    """
    cores = os.sched_getaffinity(0)
    if not os.environ.get(WANTED) or len(cores) < 2:
        return
    busy = dict(enumerate(psutil.cpu_percent(LOOK, percpu=True)))
    with contextlib.suppress(OSError):
        # A container may be shown fewer cores than it may use.
        os.sched_setaffinity(0, {min(cores, key=lambda core: busy.get(core, 0.0))})
    odoo.sql_db.PsycoConnection = Neighbour
