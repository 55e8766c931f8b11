"""Simulators over real HTTP; every answer of every test meets Amazon's models."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
for folder in (ROOT, HERE):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tests import bare_addons

bare_addons.register()

from amazon_client import AmazonClient
from model_validation import check_log, find_models
from registration_tools import Registrar
from simulated_time import NOW

from simulator import ThreadedSimulator


@pytest.fixture(scope="session")
def server():
    """One simulator for all tests; each starts with a reset."""
    with ThreadedSimulator(
        world="demo", seed=7, now=NOW, speed=0, record_bodies=True
    ) as server:
        yield server


@pytest.fixture
def simulator(server):
    """A fresh simulator whose clock stands still at NOW."""
    server.simulation.reset("demo", 7, None, NOW, 0)
    yield server
    models = find_models()
    if models is not None:
        records = [entry.record(bodies=True) for entry in server.simulation.log]
        assert check_log(models, records) == []


@pytest.fixture
def amazon(simulator):
    """A client of the simulator, signed in as the European seller."""
    with AmazonClient(simulator.url) as client:
        client.sign_in("eu")
        yield client


@pytest.fixture
def shop(amazon):
    """The European seller, without throttling."""
    amazon.configure(throttling=False)
    return amazon


@pytest.fixture
def registrar(server):
    """A developer that registers the first entity of the world ``expansion``."""
    server.simulation.reset("expansion", 7, 0, NOW, 0)
    with Registrar(server.url) as client:
        client.admit()
        yield client


@pytest.fixture
def no_models(monkeypatch, tmp_path_factory):
    """A machine without Amazon's models."""
    monkeypatch.setenv("SPAPI_MODELS", str(tmp_path_factory.mktemp("empty")))
    find_models.cache_clear()
    yield
    find_models.cache_clear()
