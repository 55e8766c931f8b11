"""The Python environment is made wherever there is a Python."""

from tools import venv


def test_without_a_newer_pip(tmp_path, monkeypatch):
    """The pip that comes with Python serves where no other is to be had."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    venv._create(tmp_path / "venv")
    assert (tmp_path / "venv" / "bin" / "pip").is_file()
