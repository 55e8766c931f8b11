"""Entry of ``./acorn``: run as ``python3 tools ARGUMENTS`` from any folder."""

import os
import sys

if not __package__:
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from tools.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
