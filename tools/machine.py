"""Bring this machine to the point where Odoo runs."""

import concurrent.futures
import shutil

from tools import apt, databases, odoo_source, postgres, venv
from tools.console import Failure
from tools.databases import Machine

BROWSERS = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")
FONTS = ["fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"]


def browser() -> str | None:
    """Return the path of a Chromium, ``None`` when there is none."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    return None


def ensure_browser() -> None:
    """Install Chromium and the fonts that screenshots need.

    :raise Failure: when there is no Chromium in the end.
    """
    wanted = [] if browser() else ["chromium"]
    if shutil.which("dpkg-query"):
        wanted += apt.missing(FONTS)
    if wanted:
        apt.install(wanted)
    if not browser():
        raise Failure(
            "Browser tests need Chromium.",
            "Install a package that puts chromium or google-chrome on the PATH.",
        )


def ensure(development: bool = False) -> Machine:
    """Prepare everything that is missing, long steps side by side.

    :param bool development: also what tests need, Chromium and fonts included.
    :return: what Odoo needs to run.
    :raise Failure: when a part cannot be had.
    """
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        extra = [pool.submit(ensure_browser)] if development else []
        parts = [
            pool.submit(part)
            for part in (odoo_source.find, postgres.ensure, venv.ensure)
        ]
        odoo, server, _python = (part.result() for part in parts)
        if development:
            extra.append(pool.submit(venv.ensure_development))
        ready = Machine(odoo, server)
        databases.ensure_templates(ready)
        for part in extra:
            part.result()
    return ready
