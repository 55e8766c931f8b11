"""Progress on the screen, child processes, and failures that say what to do."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.paths import LOGS

_lock = threading.Lock()


class Failure(Exception):
    """A step could not be done.

    :param str message: what went wrong.
    :param str advice: what the person at the keyboard can do about it.
    """

    def __init__(self, message: str, advice: str = ""):
        super().__init__(message)
        self.advice = advice


def say(text: str = "") -> None:
    """Print one line of progress to standard error."""
    with _lock:
        print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str, every: float = 20.0) -> Iterator[None]:
    """Announce a long step, remind while it lasts, and tell how long it took.

    :param str title: what is being done.
    :param float every: seconds between two reminders.
    """
    started = time.monotonic()
    done = threading.Event()

    def remind() -> None:
        while not done.wait(every):
            say(f"  … {title} ({time.monotonic() - started:.0f} s so far)")

    say(f"  → {title}")
    threading.Thread(target=remind, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    say(f"  ✓ {title} ({time.monotonic() - started:.1f} s)")


def tail(path: Path, lines: int = 25) -> str:
    """Return the last lines of a text file, an empty text when it is missing."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def run(
    command: Sequence[str | os.PathLike],
    log: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    advice: str = "",
) -> None:
    """Run a command with its output in a log file.

    :param command: program and arguments.
    :param str log: name of the log under ``.local/log``, without suffix.
    :param env: complete environment; the current one when left out.
    :param Path cwd: folder to run in.
    :param str stdin: text for standard input; closed when left out.
    :param str advice: shown when the command fails.
    :raise Failure: when the command cannot start or ends with an error.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with path.open("ab") as out:
        start = out.tell()
        try:
            code = subprocess.run(
                [str(part) for part in command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                check=False,
                **({"input": stdin.encode()} if stdin else _CLOSED),
            ).returncode
        except OSError as error:
            raise Failure(f"{command[0]} cannot be started: {error}", advice) from error
    if code:
        with path.open("rb") as result:
            result.seek(start)
            shown = result.read().decode(errors="replace").splitlines()[-25:]
        program = Path(str(command[0])).name
        raise Failure(
            "\n".join([f"{program} ended with code {code}.", *shown]),
            advice or f"The whole output is in {path}.",
        )


_CLOSED = {"stdin": subprocess.DEVNULL}
