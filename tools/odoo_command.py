"""Run inside the Python environment: Odoo's own command line.

``python -m tools.odoo_command ARGUMENTS``
"""

from odoo.cli.command import main

from tools import one_core

if __name__ == "__main__":
    one_core.share()
    main()
