"""Applications and seller accounts of a world, with credentials from the seed."""

from __future__ import annotations

import hashlib
import uuid

from .data.markets import BY_COUNTRY
from .model import Application, Seller
from .vat import vat_number

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
    )
