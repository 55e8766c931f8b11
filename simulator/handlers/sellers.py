"""Sellers v1."""

from __future__ import annotations

from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES, NON_STORE_MARKETPLACES, Marketplace

# Marketplaces that an account of the region has, whether or not it sells there.
_UNIFIED = {
    "na": ("US", "CA", "MX", "BR"),
    "eu": ("DE", "FR", "IT", "ES", "GB", "NL", "SE", "PL", "BE", "IE"),
    "fe": ("JP",),
}


def get_marketplace_participations(exchange: Exchange) -> Reply:
    """List every marketplace of the account, participating or not."""
    seller = exchange.seller
    entries = [
        _entry(seller, marketplace, marketplace.id in seller.marketplace_ids)
        for marketplace in MARKETPLACES.values()
        if marketplace.id in seller.marketplace_ids
        or marketplace.country_code in _UNIFIED[seller.region]
        and marketplace.region == seller.region
    ]
    extra = NON_STORE_MARKETPLACES.get(seller.region)
    if extra is not None:
        id_, name, country, currency, language = extra
        shadow = Marketplace(
            id_, country, name, currency, language, seller.region, "", "UTF-8", True
        )
        entries.append(_entry(seller, shadow, True))
    return Reply({"payload": entries})


def _entry(seller, marketplace: Marketplace, participating: bool) -> dict:
    return {
        "marketplace": {
            "id": marketplace.id,
            "name": marketplace.display_name or marketplace.name,
            "countryCode": marketplace.country_code,
            "defaultCurrencyCode": marketplace.currency,
            "defaultLanguageCode": marketplace.language,
            "domainName": f"www.{marketplace.domain}" if marketplace.domain else "",
        },
        "participation": {
            "isParticipating": participating,
            "hasSuspendedListings": False,
        },
        "storeName": seller.store_name,
    }
