"""Where Odoo comes from: the order, and what is said when there is none."""

import sys

import pytest

from tools import odoo_source
from tools.console import Failure

RELEASE = "version_info = ({}, 0, 0, FINAL, 0, '')\n"


def tree(folder, series=19):
    """Write the least that counts as a source tree."""
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(RELEASE.format(series))
    (folder / "addons").mkdir()
    return folder


def program(folder, name, text):
    """Write a program that stands for one of the system's."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("inner", ["", "odoo"])
def test_a_given_tree(tmp_path, inner):
    home = tree(tmp_path)
    source = odoo_source.from_environment(str(home / inner))
    assert (source.home, source.origin) == (home, "environment")
    assert source.addons == [home / "addons"]


@pytest.mark.parametrize("series", [18, None])
def test_a_given_tree_of_another_series_is_refused(tmp_path, series):
    if series:
        tree(tmp_path, series)
    with pytest.raises(Failure) as failure:
        odoo_source.from_environment(str(tmp_path))
    assert "19.0 is needed" in str(failure.value)
    assert "ODOO_HOME" in str(failure.value)


def test_the_given_tree_comes_first(checkout, tmp_path):
    home = tree(tmp_path / "given")
    done = checkout.python(
        "from tools import odoo_source; print(odoo_source.find().origin)",
        ODOO_HOME=str(home),
        PATH="/nonexistent",
    )
    assert done.stdout.strip() == "environment", done.stderr
    assert (checkout.root / ".local" / "odoo").resolve() == home


def test_a_clone_is_the_last_resort(checkout, tmp_path):
    """With git on the path and apt-get not."""
    programs = tmp_path / "programs"
    program(
        programs,
        "git",
        'if [ "$1" = clone ]; then for to; do :; done\n'
        f'{sys.executable} -c "import os, sys; os.makedirs(sys.argv[1])" "$to/odoo"\n'
        f'echo "{RELEASE.format(19).strip()}" > "$to/odoo/release.py"\n'
        "else echo 1234; fi",
    )
    done = checkout.python(
        "from tools import odoo_source\n"
        "source = odoo_source.find(); print(source.origin, source.version)",
        ACORN_CACHE=str(tmp_path / "cache"),
        PATH=str(programs),
    )
    assert done.stdout.strip() == "git git 1234", done.stderr


def test_without_any_source_it_says_what_to_do(checkout, tmp_path):
    done = checkout.python(
        "from tools import odoo_source\n"
        "from tools.console import Failure\n"
        "try:\n"
        "    odoo_source.find()\n"
        "except Failure as failure:\n"
        "    print(failure, failure.advice)\n",
        ACORN_CACHE=str(tmp_path / "cache"),
        PATH="/nonexistent",
    )
    assert "from_debian" in done.stdout
    assert "from_git" in done.stdout
    assert "Set ODOO_HOME" in done.stdout


def test_the_stripped_file_is_there(tmp_path):
    odoo_source._stub_stripped_file(tmp_path)
    stub = tmp_path / "odoo" / "addons" / odoo_source.STRIPPED
    assert stub.read_text().startswith("/*")
