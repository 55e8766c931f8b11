"""pytest plugin: an ERROR in the log that no test expected fails the session.

A test that expects one catches it with ``assertLogs`` or ``mute_logger``; both keep
the record from reaching the root logger, where this plugin listens.
"""

import logging
import os

import pytest


class Stray(logging.Handler):
    """Collects error records together with the test that was running."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line about a record."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "outside of tests")
        first = (record.getMessage().splitlines() or [""])[0]
        self.found.append(f"{test}: {record.name}: {first}")


_stray = Stray()


def pytest_sessionstart() -> None:
    """Listen from the start of the session."""
    logging.getLogger().addHandler(_stray)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a green session with stray errors red."""
    logging.getLogger().removeHandler(_stray)
    if _stray.found and not exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter) -> None:
    """Show the stray errors above the closing line."""
    if _stray.found:
        terminalreporter.section("errors in the log that no test expected")
        for line in _stray.found:
            terminalreporter.line(line)
