"""Products of other brands, which the sellers may want to offer too."""

from __future__ import annotations

from dataclasses import dataclass

USED = (
    "used_like_new",
    "used_very_good",
    "used_good",
    "used_acceptable",
)


@dataclass(frozen=True, slots=True)
class OtherProduct:
    """A product in Amazon's catalogue that no seller here offers yet.

    ``restriction`` is Amazon's reasonCode, empty for products open to everybody;
    ``conditions`` limits it to offers in these conditions.
    """

    code: str
    brand: str
    product_type: str
    title: str
    grams: int
    cents: int
    restriction: str = ""
    conditions: tuple[str, ...] = ()


OTHER_PRODUCTS = (
    OtherProduct(
        "NRV-MUG", "Norrvik", "DRINKING_CUP", "Norrvik Birch Mug 300 ml", 190, 1490
    ),
    OtherProduct(
        "NRV-BTL", "Norrvik", "BOTTLE", "Norrvik Steel Bottle 500 ml", 310, 2290
    ),
    OtherProduct(
        "TRV-CAB", "Travanto", "LUGGAGE", "Travanto Cabin Case 40 L", 2900, 11900
    ),
    OtherProduct("TRV-DUF", "Travanto", "LUGGAGE", "Travanto Duffel 60 L", 1250, 7900),
    OtherProduct(
        "HLX-LMP",
        "Helioxa",
        "HEADLAMP",
        "Helioxa Pro Headlamp 900 lm",
        140,
        5990,
        "APPROVAL_REQUIRED",
    ),
    OtherProduct(
        "HLX-LNT",
        "Helioxa",
        "LANTERN",
        "Helioxa Gas Lantern",
        880,
        6990,
        "NOT_ELIGIBLE",
    ),
    OtherProduct(
        "OST-KNF",
        "Ostermann",
        "KITCHEN_KNIFE",
        "Ostermann Santoku 18 cm",
        240,
        8990,
        "APPROVAL_REQUIRED",
        USED,
    ),
    OtherProduct(
        "OST-BRD", "Ostermann", "CUTTING_BOARD", "Ostermann Oak Board", 1300, 4490
    ),
)
