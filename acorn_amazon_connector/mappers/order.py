"""The door to orders: the data classes and a mapper per API version."""

from .order_2026 import map_order
from .order_data import (
    Address,
    Alias,
    Buyer,
    Charge,
    Line,
    Order,
    Package,
    TaxRegistration,
    Window,
)
from .order_v0 import map_order_v0

__all__ = [
    "Address",
    "Alias",
    "Buyer",
    "Charge",
    "Line",
    "Order",
    "Package",
    "TaxRegistration",
    "Window",
    "map_order",
    "map_order_v0",
]
