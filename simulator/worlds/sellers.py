"""Applications and seller accounts of a world, with credentials from the seed."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace

from .data.entities import EXPANDING
from .data.markets import BY_COUNTRY
from .model import Application, Seller
from .vat import vat_number

_CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# Address of the Sellers API → that of the register.
_ADDRESS_NAMES = {
    "addressLine1": "line1",
    "addressLine2": "line2",
    "city": "city",
    "stateOrRegion": "state",
    "postalCode": "postalCode",
    "countryCode": "countryCode",
}

BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

RESTRICTED_ROLES = (
    "Direct-to-Consumer Shipping (Restricted)",
    "Tax Invoicing (Restricted)",
    "Tax Remittance (Restricted)",
)
PLAIN_ROLES = (
    "Amazon Fulfillment",
    "Finance and Accounting",
    "Inventory and Order Tracking",
    "Pricing",
    "Product Listing",
    "Selling Partner Insights",
)

# region: (store name, company, countries with a VAT number, ship-from address)
ACCOUNTS = {
    "na": (
        "Fernhollow",
        "Fernhollow Outdoor & Kitchen, Inc.",
        (),
        {
            "name": "Fernhollow Fulfilment",
            "addressLine1": "2210 Harvest Mill Road",
            "city": "Columbus",
            "stateOrRegion": "OH",
            "postalCode": "43207",
            "countryCode": "US",
        },
    ),
    "eu": (
        "Fernhollow Europe",
        "Fernhollow Europe GmbH",
        ("DE", "FR", "IT", "ES", "GB"),
        {
            "name": "Fernhollow Lager",
            "addressLine1": "Industriestraße 48",
            "city": "Kassel",
            "postalCode": "34123",
            "countryCode": "DE",
        },
    ),
    "fe": (
        "Fernhollow Japan",
        "フェーンホロウ株式会社",
        (),
        {
            "name": "フェーンホロウ物流センター",
            "addressLine1": "習志野市茜浜3-7-2",
            "stateOrRegion": "千葉県",
            "postalCode": "275-0024",
            "countryCode": "JP",
        },
    ),
}


def _hex(*parts: object) -> str:
    text = "/".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def _base36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 36)
        digits.append(BASE36[rest])
    return "".join(digits)


def build_application(seed: int) -> Application:
    """Return the application that every world of a seed has.

    Its name, and those of the sellers, do not depend on the world, so that a client
    stays connected when another world is loaded.
    """
    base = _hex(seed, "application")
    return Application(
        application_id=f"amzn1.sp.solution.{uuid.UUID(base[:32], version=4)}",
        client_id=f"amzn1.application-oa2-client.{base[:32]}",
        client_secret=f"amzn1.oa2-cs.v1.{_hex(base, 'secret')}",
        name="Fernhollow back office",
        roles=PLAIN_ROLES + RESTRICTED_ROLES,
    )


def build_seller(
    seed: int, region: str, countries: tuple[str, ...], application: Application
) -> Seller:
    """Return the seller account of a region, selling in ``countries``."""
    base = _hex(seed, "seller", region)
    store, company, vat_countries, ship_from = ACCOUNTS[region]
    return Seller(
        seller_id="A" + _base36(int(base, 16), 13),
        region=region,
        store_name=store,
        company_name=company,
        marketplace_ids=tuple(BY_COUNTRY[code].id for code in countries),
        application_id=application.application_id,
        refresh_token=f"Atzr|{_hex(base, 'grant')}{_hex(base, 'grant2')}",
        ship_from=ship_from,
        vat_numbers={
            country: vat_number(country, int(base[:12], 16))
            for country in vat_countries
            if country in countries
        },
        legal_entity={
            "name": company,
            "name_local": "",
            "registration_number": _register_number(base),
            "country_code": ship_from["countryCode"],
            "address": {
                _ADDRESS_NAMES[key]: value
                for key, value in ship_from.items()
                if key in _ADDRESS_NAMES
            },
        },
    )


def build_entity(seed: int, place: int, application: Application) -> Seller:
    """Return the home account of the legal entity at a place of the world's list.

    The register's names repeat after a few, with a number behind them.
    """
    base = _hex(seed, "entity", place)
    round_, index = divmod(place, len(EXPANDING))
    entity = EXPANDING[index]
    suffix = f" {round_ + 1}" if round_ else ""
    name, local = entity.name, entity.name_local
    if round_:
        first, _, rest = name.partition(" ")
        name = f"{first} No. {round_ + 1} {rest}"
        local = f"{local[:2]}第{round_ + 1}{local[2:]}"
    return Seller(
        seller_id="A" + _base36(int(base, 16), 13),
        region=entity.region,
        store_name=entity.store_name + suffix,
        company_name=name,
        marketplace_ids=tuple(BY_COUNTRY[code].id for code in entity.countries),
        application_id=application.application_id,
        refresh_token=f"Atzr|{_hex(base, 'grant')}{_hex(base, 'grant2')}",
        ship_from=_ship_from(entity),
        legal_entity={
            "name": name,
            "name_local": local,
            "registration_number": _register_number(base),
            "country_code": entity.address["countryCode"],
            "address": dict(entity.address),
        },
    )


def open_account(seed: int, home: Seller, region: str) -> Seller:
    """Return the account of a seller's legal entity in another region, still empty."""
    base = _hex(seed, "account", home.seller_id, region)
    return replace(
        home,
        seller_id="A" + _base36(int(base, 16), 13),
        region=region,
        marketplace_ids=(),
        refresh_token=f"Atzr|{_hex(base, 'grant')}{_hex(base, 'grant2')}",
        vat_numbers={},
    )


def _register_number(base: str) -> str:
    """Return a unified social credit code (GB 32100) with its check character."""
    body = "914403" + f"{int(base[16:20], 16) % 100:02d}"
    number = int(base[20:40], 16)
    for _ in range(9):
        number, rest = divmod(number, len(_CREDIT_CODE))
        body += _CREDIT_CODE[rest]
    total = sum(
        _CREDIT_CODE.index(sign) * pow(3, place, 31) for place, sign in enumerate(body)
    )
    return body + _CREDIT_CODE[-total % 31]


def _ship_from(entity) -> dict[str, str]:
    names = {ours: theirs for theirs, ours in _ADDRESS_NAMES.items()}
    sent = {names[key]: value for key, value in entity.address.items()}
    return {"name": entity.store_name, **sent}
