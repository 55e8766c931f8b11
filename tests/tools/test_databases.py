"""When a template database must be made again, and what its copies have."""

import ast

from tools import databases, machine, postgres


def addon(root):
    """Write a small addon."""
    folder = root / "some_addon"
    for name in ("models", "tests", "static/src", "static/description", "__pycache__"):
        (folder / name).mkdir(parents=True)
    (folder / "__manifest__.py").write_text("{}")
    (folder / "models" / "a.py").write_text("a = 1\n")
    return folder


def test_what_changes_the_digest(tmp_path):
    folder = addon(tmp_path)
    before = databases.addons_digest([folder])
    for name in (
        "tests/test_a.py",
        "static/src/a.js",
        "__pycache__/a.cpython-311.pyc",
        "models/b.pyc",
    ):
        (folder / name).write_text("x")
        assert databases.addons_digest([folder]) == before, name
    seen = {before}
    for name in ("models/a.py", "static/description/icon.png", "views.xml", "x.po"):
        (folder / name).write_text("changed")
        seen.add(databases.addons_digest([folder]))
    assert len(seen) == 5
    (folder / "views.xml").rename(folder / "other.xml")
    assert databases.addons_digest([folder]) not in seen


def bundles():
    """Return the names of the bundles; their module can be imported in Odoo only."""
    for node in ast.parse(databases.INSTALL.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "BUNDLES":
            return ast.literal_eval(node.value)
    raise AssertionError("there are no bundles")


def test_a_copy_has_what_its_source_had():
    server = postgres.ensure()
    source, target = (f"{server.prefix}copied_{end}" for end in ("from", "to"))
    try:
        databases.clone(server, "template1", source)
        postgres.sql(server, "CREATE TABLE kept AS SELECT 7 AS number", source)
        for _time in range(2):
            databases.clone(server, source, target)
            assert postgres.sql(server, "SELECT number FROM kept", target) == "7"
            postgres.sql(server, "DELETE FROM kept", target)
        assert postgres.sql(server, "SELECT number FROM kept", source) == "7"
    finally:
        databases.drop(server, source)
        databases.drop(server, target)


def test_a_copy_has_what_a_browser_loads_first():
    """Bundles are built once, in the template; copies get records and files."""
    ready = machine.ensure()
    databases.ensure_templates(ready, bundles=True)
    assert databases.has_bundles(ready)
    name = databases.fresh(ready, "bundles")
    try:
        assert databases.has_bundles(ready)
        shown = postgres.sql(
            ready.server,
            "SELECT name, store_fname FROM ir_attachment"
            " WHERE url LIKE '/web/assets/%' AND store_fname IS NOT NULL",
            name,
        )
        files = dict(line.split("\t") for line in shown.splitlines())
        assert {f"{bundle}.min.js" for bundle in bundles()} <= set(files)
        for file in files.values():
            assert (databases.DATA / "filestore" / name / file).is_file()
    finally:
        databases.drop(ready.server, name)
