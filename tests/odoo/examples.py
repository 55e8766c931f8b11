"""What the property-based tests inside Odoo share."""

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.internal.scrutineer import SITE_PACKAGES_DIRS

from odoo import release

# Hypothesis reads the source of all modules that are not installed packages, for
# constants to try. With Odoo's it is busy for most of a minute.
SITE_PACKAGES_DIRS.add(Path(release.__file__).resolve().parents[1])

FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
