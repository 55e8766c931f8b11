"""What the end-to-end tests share: servers, and browsers in front of them."""

import pytest
from browser import Desk, chromium
from browser_steps import WORLD
from workers import connected, read, small, stocked, workshop  # noqa: F401

from tools import demo_connect, serving
from tools.http import Client
from tools.paths import LOGS


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "journey: tests of a module that follow on each other"
    )


# The first needs an Odoo without stores, the second connects a store of its own; all
# others take what they find.
FIRST = ("test_browser_journey.py", "test_browser_language.py")


def pytest_collection_modifyitems(items):
    def turn(item):
        return FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST)

    items.sort(key=turn)


_failed: dict[str, str] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.failed = True
        if item.get_closest_marker("journey"):
            _failed.setdefault(str(item.path), item.name)
    return report


def pytest_runtest_setup(item):
    first = _failed.get(str(item.path))
    if first and item.get_closest_marker("journey"):
        pytest.skip(f"{first} failed")


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site():
    """Odoo beside a simulator, shared by all tests in the browser."""
    started = serving.start("browser", WORLD)
    yield started
    started.close()


@pytest.fixture(scope="session")
def simulator(site):
    """The control interface of the simulated Amazon."""
    return Client(site.simulator_url)


@pytest.fixture(scope="session")
def odoo(site):
    """A session of the administrator with Odoo's API, to prepare and to check."""
    return site.odoo()


@pytest.fixture(scope="session")
def products(odoo, simulator):
    """The seller's own product master, counted into stock, as before Amazon."""
    catalog = simulator.get("/_sim/catalog")["items"]
    created = demo_connect.create_products(odoo, catalog)
    demo_connect.put_on_stock(odoo, catalog, created)
    return created


@pytest.fixture(scope="module")
def desks():
    """Everybody who sits in front of a browser in this module."""
    present: list[Desk] = []
    yield present
    for desk in present:
        desk.close()


@pytest.fixture(autouse=True)
def watch_screens(request):
    """Fail on any script error; keep the screens of a test that fails."""
    yield
    if "desks" not in request.fixturenames:
        return
    desks = request.getfixturevalue("desks")
    problems = [problem for desk in desks for problem in desk.problems]
    for desk in desks:
        desk.problems.clear()
    if problems or getattr(request.node, "failed", False):
        for number, desk in enumerate(desks):
            desk.keep(LOGS / f"{request.node.name}-{number}.png")
    assert not problems, "errors in the browser's console"
