"""Bring this machine to the point where Odoo runs."""

import concurrent.futures
import os
import shutil
from pathlib import Path

from tools import apt, databases, odoo_source, postgres, venv
from tools.console import Failure, run, step
from tools.databases import Machine
from tools.paths import cache

BROWSERS = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")
FONTS = ["fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"]


def browser() -> str | None:
    """Return the path of a Chromium, ``None`` when there is none."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    return None


def browser_folder() -> Path:
    """Return the folder that holds a link to a Chromium of our own, if there is one."""
    return cache() / "bin"


def ensure_packages() -> None:
    """Install Chromium, where the system has a package of it, and fonts.

    :raise Failure: when a package cannot be installed.
    """
    wanted = ["chromium"] if not browser() and apt.offers("chromium") else []
    if shutil.which("dpkg-query"):
        wanted += apt.missing(FONTS)
    if wanted:
        apt.install(wanted)


def ensure_browser() -> None:
    """Get Playwright's Chromium where the system has no package of it.

    :raise Failure: when there is no Chromium in the end.
    """
    if browser():
        return
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(cache() / "browsers")}
    advice = "Install a package that puts chromium or google-chrome on the PATH."
    with step("downloading Chromium"):
        run(
            [venv.PYTHON, "-m", "playwright", "install", "--with-deps", "chromium"],
            "chromium",
            env=environment,
            advice=advice,
        )
    found = sorted((cache() / "browsers").glob("chromium-*/chrome-linux*/chrome"))
    if not found:
        raise Failure("Browser tests need Chromium.", advice)
    link = browser_folder() / "chromium"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(found[-1])


def ensure(development: bool = False) -> Machine:
    """Prepare everything that is missing, long steps side by side.

    :param bool development: also what tests need, Chromium and fonts included.
    :return: what Odoo needs to run.
    :raise Failure: when a part cannot be had.
    """
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        packages = pool.submit(ensure_packages) if development else None
        parts = [
            pool.submit(part)
            for part in (odoo_source.find, postgres.ensure, venv.ensure)
        ]
        odoo, server, _python = (part.result() for part in parts)
        extra = pool.submit(venv.ensure_development) if development else None
        ready = Machine(odoo, server)
        databases.ensure_templates(ready, bundles=development)
        if packages and extra:
            packages.result()
            extra.result()
            ensure_browser()
    return ready
