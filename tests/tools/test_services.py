"""The servers that ``./acorn`` starts."""

import pytest

from tools import services
from tools.http import Client, Rejected
from tools.processes import Run


@pytest.fixture
def run():
    started = Run("test")
    yield started
    started.close()
    started.forget()


# A28
def test_a_simulator_keeps_what_is_to_be_judged(run, monkeypatch, tmp_path):
    monkeypatch.setenv("ACORN_SIMULATOR_SAMPLES", str(tmp_path))
    url = services.start_simulator(run, services.World("demo", size=0))
    with pytest.raises(Rejected):
        Client(url).get("/sellers/v1/marketplaceParticipations")
    [file] = tmp_path.glob("*.jsonl")
    assert "sellers.getMarketplaceParticipations" in file.read_text("utf-8")
