"""Fixtures of the plain-Python rings: a clock and an HTTP server we script."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests import bare_addons

bare_addons.register()

from unit_support import FakeClock, ScriptedServer

from acorn_amazon_connector.services.wire import build_session

# How long one example takes says more about the machine than about us.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def session():
    with build_session() as session:
        yield session


@pytest.fixture
def timeout():
    """Seconds to connect and to wait; short only where no answer comes."""
    return 30, 30


@pytest.fixture
def server():
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="module")
def running():
    from simulated_amazon import NOW, SIZE

    from simulator import ThreadedSimulator

    with ThreadedSimulator(world="demo", seed=5, size=SIZE, now=NOW, speed=0) as server:
        yield server


@pytest.fixture
def amazon(running):
    from simulated_amazon import NOW, SIZE, Amazon

    running.simulation.reset("demo", 5, SIZE, NOW, 0)
    amazon = Amazon(running.url)
    yield amazon
    amazon.session.close()


@pytest.fixture
def client(amazon):
    """A client of the European seller; tests of single requests have their own."""
    return amazon.client()
