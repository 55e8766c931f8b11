"""Run inside the Python environment: are the translations complete?

``python -m tools.translations EXPORTED.pot FOLDER [--write]`` compares what Odoo
exports with the template and the translations of a module, or brings them up to date.
"""

import argparse
import re
import sys
from pathlib import Path

import polib

# Placeholders of Python's % and str.format, and tags: a translation keeps them all.
PLACEHOLDER = re.compile(r"%\(\w+\)[sdifr]|%[sdifr]|\{\w*\}|</?\w+[^>]*>")
# Words inside a tag that people read, and that are translated with the text.
WORDS = re.compile(r'\b(title|alt|placeholder|aria-label)="[^"]*"')
LANGUAGES = ["zh_CN"]


def terms(path: Path) -> dict[str, polib.POEntry]:
    """Return the entries of a file by their source text."""
    return {entry.msgid: entry for entry in polib.pofile(str(path))}


def placeholders(text: str) -> list[str]:
    """Return the placeholders and tags of a text, sorted."""
    return sorted(PLACEHOLDER.findall(WORDS.sub(r"\1", text)))


def faults(exported: Path, folder: Path, module: str) -> list[str]:
    """Return what is wrong with the committed files, one line each.

    :param Path exported: template that Odoo made just now.
    :param Path folder: the module's ``i18n`` folder.
    :param str module: name of the module.
    """
    wanted = terms(exported)
    committed = folder / f"{module}.pot"
    if not committed.is_file():
        return [f"{committed.name} is missing"]
    template = terms(committed)
    found = [f"{committed.name}: lacks {text!r}" for text in wanted.keys() - template]
    found += [
        f"{committed.name}: obsolete {text!r}" for text in template.keys() - wanted
    ]
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        if not path.is_file():
            found.append(f"{path.name} is missing")
            continue
        found += [f"{path.name}: {fault}" for fault in _of_language(path, wanted)]
    return found


def _of_language(path: Path, wanted: dict) -> list[str]:
    have = terms(path)
    found = []
    for text in wanted:
        entry = have.get(text)
        if not entry or not entry.msgstr or entry.obsolete:
            found.append(f"not translated {text!r}")
        elif entry.fuzzy:
            found.append(f"fuzzy {text!r}")
        elif placeholders(text) != placeholders(entry.msgstr):
            found.append(f"other placeholders {text!r} → {entry.msgstr!r}")
    return found


def write(exported: Path, folder: Path, module: str) -> None:
    """Bring the template and the translations up to date, keeping what is there."""
    folder.mkdir(exist_ok=True)
    template = polib.pofile(str(exported))
    template.metadata.pop("POT-Creation-Date", None)
    template.metadata.pop("PO-Revision-Date", None)
    template.save(str(folder / f"{module}.pot"))
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        old = terms(path) if path.is_file() else {}
        made = polib.pofile(str(exported))
        made.metadata = {**template.metadata, "Language": language}
        for entry in made:
            if entry.msgid in old:
                entry.msgstr = old[entry.msgid].msgstr
        made.save(str(path))
        done = sum(bool(entry.msgstr) for entry in made)
        print(f"{path.name}: {done} of {len(made)} terms translated")


def main(arguments: list[str]) -> int:
    """Check or write; returns the exit code."""
    parser = argparse.ArgumentParser("translations")
    parser.add_argument("exported", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    module = options.folder.parent.name
    if options.write:
        write(options.exported, options.folder, module)
        return 0
    found = sorted(faults(options.exported, options.folder, module))
    print("\n".join(found) or f"{module}: translations are complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
