"""The addons without Odoo: their plain Python can be imported, nothing else."""

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
ADDONS = ("acorn_amazon_connector", "acorn_amazon_onboarding")


def register() -> None:
    """Register the addons as empty packages: their own ``__init__`` imports Odoo.

    Where Odoo runs, its own packages stay as they are.
    """
    _stub(ADDONS[0], ROOT / ADDONS[0])
    if "odoo" not in sys.modules:
        _stub("odoo")
        _stub("odoo.addons")
        for addon in ADDONS:
            _stub(f"odoo.addons.{addon}", ROOT / addon)


def _stub(name, *path):
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = list(map(str, path))
        sys.modules[name] = package
