"""A process that loads Odoo once and forks a worker whenever a test wants one.

Started by the tests with Odoo on the path and a socket. Each message on it is the
arguments of ``worker.py``, JSON, together with the file that gets the worker's number,
what it says, and how it ended: 0, or the negative number of a signal.
"""

import gc
import json
import os
import signal
import socket
import sys
import traceback

import worker

from odoo.modules.registry import Registry
from odoo.sql_db import close_all


def prepare(database):
    """Import the modules of a database, and keep nothing of it open."""
    worker.load(database)
    Registry.registries.clear()
    close_all()
    gc.collect()
    gc.freeze()


def be_born(arguments, line):
    """Be a worker; does not return."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(line, sys.stdout.fileno())
        code = worker.main(arguments) or 0
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - a process ends here
        traceback.print_exc()
    finally:
        os._exit(code)


def attend(arguments, line):
    """Have a worker and wait for its end; does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if not pid:
        be_born(arguments, line)
    _pid, status = os.waitpid(pid, 0)
    os.write(line, f"\n{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    # Nobody waits for those who attend.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    prepared = False
    while True:
        message, lines, _flags, _address = socket.recv_fds(control, 65536, 1)
        if not message:
            return
        arguments = json.loads(message)
        if not prepared:
            prepare(arguments[0])
            prepared = True
        if not os.fork():
            control.close()
            attend(arguments, *lines)
        os.close(*lines)


if __name__ == "__main__":
    sys.exit(main())
