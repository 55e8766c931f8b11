"""When a template database must be made again."""

from tools import databases


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
