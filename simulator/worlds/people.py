"""Buyers and where their orders go.

A buyer is a function of a number: whoever draws the same number again gets the same
person, the same address and the same anonymised e-mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from .data import names, places
from .data.markets import Market
from .data.regions import CA_PROVINCES, US_STATES, TaxRegion
from .model import OrderHead
from .vat import RULES, vat_number

REGIONS = {"US": US_STATES, "CA": CA_PROVINCES}
REGIONS_BY_CODE = {
    country: {region.code: region for region in regions}
    for country, regions in REGIONS.items()
}
WEIGHTS = {
    country: [region.weight for region in regions]
    for country, regions in REGIONS.items()
}
GIVEN, FAMILY = (
    {country: people[part].split() for country, people in names.PEOPLE.items()}
    for part in (0, 1)
)

# Where a buyer of another country orders from, by marketplace.
NEIGHBOURS = {"DE": ("AT", "BE", "FR"), "FR": ("BE", "DE", "IT")}

# Destination VAT per 100,000 for sales across the border.
VAT_RATES = {
    "AT": 20000,
    "BE": 21000,
    "DE": 19000,
    "ES": 21000,
    "FR": 20000,
    "IT": 22000,
}

# Every ninth number is a company.
COMPANY_STEP = 9

Address = dict[str, str]


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer with the address orders usually go to."""

    name: str
    email: str
    country: str
    address: Address
    company: str | None = None
    vat: str | None = None
    purchase_order: str | None = None

    def tax_region(self) -> TaxRegion | None:
        """Return the state or province of the address, where tax depends on it."""
        regions = REGIONS_BY_CODE.get(self.address.get("countryCode", ""))
        return regions[self.address["stateOrRegion"]] if regions else None


def person_name(country: str, rng: Random) -> str:
    """Draw a name as people of ``country`` write it."""
    given = rng.choice(GIVEN[country]).replace("_", " ")
    family = rng.choice(FAMILY[country]).replace("_", " ")
    if country == "JP":
        return f"{family}{given}"
    if country in ("ES", "MX"):
        return f"{given} {family} {rng.choice(FAMILY[country]).replace('_', ' ')}"
    return f"{given} {family}"


def postal_address(country: str, rng: Random) -> Address:
    """Draw an address without the recipient's name; empty parts are left out."""
    if country in REGIONS:
        region = rng.choices(REGIONS[country], WEIGHTS[country])[0]
        city, state, county = region.city, region.code, ""
        postal_code = region.postal_code
    else:
        city, state, county, postal_code = rng.choice(places.CITIES[country])
    street = rng.choice(places.STREETS[country]).format(n=rng.randint(1, 180))
    unit = rng.choice(places.UNITS[country]) if rng.random() < 0.3 else ""
    if country == "DE" and unit and rng.random() < 0.5:
        # German buyers often write the street in the second line.
        street, unit = unit, street
    phone = places.PHONES[country].format(
        n=rng.randint(0, 99), m=rng.randint(0, 9999), x=rng.randint(0, 99)
    )
    parts = {
        "addressLine1": street,
        "addressLine2": unit,
        "city": city,
        "districtOrCounty": county,
        "stateOrRegion": state,
        "postalCode": postal_code,
        "countryCode": country,
        "phone": phone,
        "addressType": "RESIDENTIAL",
    }
    return {key: value for key, value in parts.items() if value}


class People:
    """The buyers of one world."""

    def __init__(self, seed_text: str, size: int, shares: Mapping[str, int]) -> None:
        """Size the pool of buyers of each marketplace so that some order again.

        :param size: number of orders of the world
        :param shares: share of the orders by country of marketplace
        """
        self._seed_text = seed_text
        total = sum(shares.values())
        self._pools = {
            country: max(6, size * share * 7 // total // 10)
            for country, share in shares.items()
        }

    def buyer(self, head: OrderHead, flags: set[str], market: Market) -> Buyer:
        """Return the buyer of an order.

        :param flags: words of the order's scenario and extras
        """
        rng = Random(f"{self._seed_text}/who/{head.index}")
        place = rng.randrange(self._pools[market.country])
        number = place * COMPANY_STEP
        if "business" not in flags:
            number += 1 + place % (COMPANY_STEP - 1)
        country = market.country
        if flags & {"reverse", "cross_border"}:
            country = rng.choice(NEIGHBOURS[market.country])
        peculiar = [
            people
            for flag, people in (
                ("emoji", names.EMOJI_NAMES),
                ("rtl", names.RTL_NAMES),
                ("hostile", names.HOSTILE_NAMES),
            )
            if flag in flags
        ]
        if not peculiar:
            return self._regular(number, country, market)
        # A number of their own keeps such a name from changing for other orders.
        buyer = self._regular(-1 - head.index, country, market)
        name = peculiar[0][head.index % len(peculiar[0])]
        return replace(buyer, name=name, company=None, vat=None, purchase_order=None)

    def _regular(self, number: int, country: str, market: Market) -> Buyer:
        rng = Random(f"{self._seed_text}/{market.country}/{country}/{number}")
        alias = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=15))
        buyer = Buyer(
            name=person_name(country, rng),
            email=f"{alias}@marketplace.{market.domain}",
            country=country,
            address=postal_address(country, rng),
        )
        if number % COMPANY_STEP:
            return buyer
        company = rng.choice(names.COMPANIES[country])
        return replace(
            buyer,
            company=company,
            vat=vat_number(country, rng.randrange(10**9)) if country in RULES else None,
            purchase_order=f"PO-{rng.randrange(10**5):05d}" if number % 2 else None,
            address=buyer.address
            | {"companyName": company, "addressType": "COMMERCIAL"},
        )


def delivery_address(buyer: Buyer, flags: set[str], rng: Random) -> Address:
    """Return where this one order goes, the recipient's name included."""
    address = {"name": buyer.name} | buyer.address
    if "pickup" in flags:
        point, detail = places.PICKUP_POINTS[buyer.country]
        address.pop("companyName", None)
        address |= {"addressLine1": point, "addressLine2": detail}
        address["addressType"] = "PICKUP_POINT"
    elif "long_address" in flags:
        lines = places.LONG_LINES.get(buyer.country, places.LONG_LINES["US"])
        address |= {f"addressLine{n}": text for n, text in enumerate(lines, 1)}
        address["name"] = f"{buyer.name} ({places.LONG_SUFFIX})"
    elif "other_recipient" in flags and not buyer.company:
        region = buyer.address.get("stateOrRegion")
        address = {"name": person_name(buyer.country, rng)} | address_in(
            buyer.country, region, rng
        )
    return address


def address_in(country: str, region: str | None, rng: Random) -> Address:
    """Draw an address, in the same state where tax depends on the state."""
    address = postal_address(country, rng)
    regions = REGIONS_BY_CODE.get(country)
    if regions and region:
        home = regions[region]
        address |= {
            "stateOrRegion": home.code,
            "city": home.city,
            "postalCode": home.postal_code,
        }
    return address
