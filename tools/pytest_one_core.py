"""pytest plugin: tests inside Odoo keep to one core with their PostgreSQL backends."""

import pytest

from tools import one_core


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Settle before the first connection is made."""
    one_core.share()
