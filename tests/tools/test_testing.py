"""``./acorn test``: which layer runs what, and what turns it red."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import testing

ROOT = Path(__file__).resolve().parents[2]
UNIT, ADDON, ORDERS, *_OTHERS = testing.LAYERS
CATALOGUE = "tests/unit/test_catalogue_against_simulator.py"
ONE_TEST = f"{CATALOGUE}::test_restrictions_name_their_reason"
RESTRICTIONS = "listings-restrictions-api-model/listingsRestrictions_2021-08-01.json"


@pytest.fixture
def amazons_models():
    """The folder with Amazon's models."""
    home = os.environ.get("SPAPI_MODELS") or ROOT.parent / "shared" / "spapi-models"
    folder = Path(home, "models")
    if not folder.is_dir():
        pytest.skip("Amazon's models are not there (SPAPI_MODELS names their folder)")
    return folder


@pytest.mark.parametrize(
    ("paths", "unit", "addon", "orders"),
    [
        (["tests/unit"], ["tests/unit"], [], []),
        (["tests/tools/test_apt.py::x"], ["tests/tools/test_apt.py::x"], [], []),
        (["acorn_amazon_connector"], [], ["acorn_amazon_connector/tests"], []),
        (
            ["tests"],
            ["tests/unit", "tests/simulator", "tests/tools"],
            [],
            ["tests/odoo/orders"],
        ),
        (["tests/odoo"], [], [], ["tests/odoo/orders"]),
        (["tests/odoo/orders"], [], [], ["tests/odoo/orders"]),
    ],
)
def test_paths_choose_the_layers(paths, unit, addon, orders):
    assert testing.share(UNIT, paths) == unit
    assert testing.share(ADDON, paths) == addon
    assert testing.share(ORDERS, paths) == orders


def test_without_paths_each_layer_has_its_folders():
    assert testing.share(UNIT, []) == list(UNIT.folders)


def test_every_test_is_in_one_layer():
    for path in [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("*/tests/test_*.py")]:
        name = str(path.relative_to(ROOT))
        assert len([x for x in testing.LAYERS if testing.share(x, [name])]) == 1, name


def test_options_are_no_paths():
    assert not testing.is_path("-k")
    assert not testing.is_path("nothing_of_that_name")
    assert testing.is_path("tests/tools/test_apt.py::test_x")


def test_paths_are_understood_where_they_were_typed():
    assert testing.relative("test_apt.py::x", ROOT / "tests" / "tools") == (
        "tests/tools/test_apt.py::x"
    )
    assert testing.relative("-x", ROOT) == "-x"
    assert testing.relative("passwd", Path("/etc")) == "passwd"


def _acorn_test(*words, **environment):
    return subprocess.run(
        [str(ROOT / "acorn"), "test", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_no_test_is_a_failure():
    done = _acorn_test("tests/tools", "-k", "no_test_has_this_name")
    assert done.returncode == 1
    assert "no test was collected" in done.stderr


def test_a_failing_test_is_a_failure(tmp_path):
    assert _pytest(tmp_path, "def test_x():\n    assert 0\n") == 1


# A28
def test_an_answer_that_amazons_models_forbid_is_a_failure(tmp_path, amazons_models):
    """The models ask for more than the simulator gives, which no test looks at."""
    shutil.copytree(amazons_models, tmp_path / "models")
    model = tmp_path / "models" / RESTRICTIONS
    content = json.loads(model.read_text("utf-8"))
    content["definitions"]["Restriction"]["required"].append("remedy")
    model.write_text(json.dumps(content))
    done = _acorn_test(ONE_TEST, SPAPI_MODELS=str(tmp_path))
    assert "1 passed" in done.stdout
    assert done.returncode == 1
    assert "'remedy' is a required property" in done.stderr
    assert "== failed: unit and simulator: answers of the simulator" in done.stderr


# A28
@pytest.mark.parametrize(
    ("paths", "options", "wanted"),
    [
        (list(UNIT.folders), [], True),
        ([*UNIT.folders, "tests/unit/test_x.py"], ["-ra", "--color=no"], True),
        (["tests/unit"], [], False),
        (list(UNIT.folders), ["-k", "x"], False),
        (list(UNIT.folders), ["--deselect=x"], False),
    ],
)
def test_a_whole_layer_must_show_answers(paths, options, wanted):
    assert testing.must_show_answers(UNIT, paths, options) == wanted


def test_layers_without_answers_to_judge():
    quiet = [
        layer.name
        for layer in testing.LAYERS
        if not testing.must_show_answers(layer, layer.present(), [])
    ]
    assert quiet == ["addon", "onboarding"]


@pytest.mark.parametrize(("calls_amazon", "code"), [(True, 1), (False, 0)])
def test_a_layer_whose_simulators_keep_nothing(
    monkeypatch, capsys, amazons_models, calls_amazon, code
):
    quiet = testing.Layer(
        "quiet", ("tests/tools",), lambda _paths, _options: 0, calls_amazon
    )
    monkeypatch.setattr(testing, "LAYERS", [quiet])
    # Set again so that what the run of the layer sets is undone.
    monkeypatch.setenv(testing.SAMPLES, os.environ.get(testing.SAMPLES, ""))
    assert testing.run_layers([]) == code
    assert "no answer was kept" in capsys.readouterr().err


def test_nothing_stays_in_the_systems_temporary_folder(tmp_path):  # X6
    """The test that runs has a folder of its own, and its simulator keeps samples."""
    if len(str(testing.TEMPORARY)) > testing.LONGEST_TEMPORARY:
        pytest.skip("the checkout's path leaves no room for a socket's name")
    done = _acorn_test("tests/tools/test_services.py", TMPDIR=str(tmp_path))
    assert "1 passed" in done.stdout
    assert not list(tmp_path.iterdir())


STRAY = """
import logging
import unittest

class TestLog(unittest.TestCase):
    def test_log(self):
        {how}logging.getLogger("odoo.x").error("something broke")
"""


@pytest.mark.parametrize(
    ("how", "code"),
    [("", 1), ('with self.assertLogs("odoo.x", "ERROR"): ', 0)],
)
def test_an_error_in_the_log_is_a_failure(tmp_path, how, code):
    assert _pytest(tmp_path, STRAY.format(how=how)) == code


def _pytest(folder, source):
    (folder / "test_it.py").write_text(source)
    words = ["-p", "no:cacheprovider", "-q"]
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *words),
            *("-p", "tools.pytest_stray_errors", "--rootdir", str(folder), str(folder)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        check=False,
    ).returncode


def test_errors_in_the_logs_of_servers():
    log = (
        "2026-01-01 00:00:00,000 12 INFO db odoo: fine\n"
        "2026-01-01 00:00:00,001 12 ERROR db odoo.sql_db: bad query\n"
        "Traceback: ERROR in the text\n"
        "2026-01-01 00:00:00,002 12 CRITICAL db odoo.service: died\n"
    )
    found = testing.stray_errors([log], ["bad query"])
    assert len(found) == 1
    assert "died" in found[0]
