"""What left the warehouse: the door to packages and to Amazon's order feeds."""

from .package import (
    OTHER_CARRIER,
    WARNINGS,
    Package,
    PackageItem,
    check_package,
    clean_tracking_number,
    confirmation_body,
)

__all__ = [
    "OTHER_CARRIER",
    "WARNINGS",
    "Package",
    "PackageItem",
    "check_package",
    "clean_tracking_number",
    "confirmation_body",
]
