"""Run inside the Python environment: install modules into a database, ready for use.

``python -m tools.odoo_install DATABASE [MODULES] [--base] [--bundles]``
"""

import argparse
import sys

import odoo.init  # noqa: F401
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config

from tools import one_core

LANGUAGES = ["en_US", "zh_CN"]
BUNDLES = (
    "web.assets_web",
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "web.assets_tests",
)


def silence(env: Environment) -> None:
    """Keep a database from calling anyone outside this machine."""
    env["ir.config_parameter"].set_param("iap.endpoint", "http://127.0.0.1:9")
    ping = env.ref("mail.ir_cron_module_update_notification", raise_if_not_found=False)
    if ping:
        ping.active = False


def build_bundles(env: Environment) -> None:
    """Build the web client's bundles, so that the first visitor need not wait."""
    for name in BUNDLES:
        env["ir.qweb"]._get_asset_bundle(name, css=False, js=True).js()
        env["ir.qweb"]._get_asset_bundle(name, css=True, js=False).css()


def main(arguments: list[str]) -> int:
    """Install and prepare; returns the exit code."""
    parser = argparse.ArgumentParser("odoo_install")
    parser.add_argument("database")
    parser.add_argument(
        "modules", nargs="?", default=[], type=lambda text: text.split(",")
    )
    parser.add_argument("--base", action="store_true", help="languages and silence")
    parser.add_argument("--bundles", action="store_true")
    options = parser.parse_args(arguments)
    one_core.share()
    words = ["-d", options.database, "--no-http", "--log-level=warn"]
    if options.base:
        words.append(f"--load-language={','.join(LANGUAGES)}")
    config.parse_config(words, setup_logging=True)
    registry = Registry.new(
        options.database,
        update_module=bool(options.modules),
        install_modules=options.modules,
    )
    with registry.cursor() as cursor:
        env = Environment(cursor, SUPERUSER_ID, {})
        if options.base:
            silence(env)
        if options.bundles:
            build_bundles(env)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
