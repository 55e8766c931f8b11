"""The listings of a seller, made from the table of products."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from .data.markets import BY_COUNTRY, MARKETS, Market
from .data.other_brands import OTHER_PRODUCTS, OtherProduct
from .data.products import BRAND, PRODUCTS, STRAY_LISTINGS, Product
from .model import CatalogItem, Offer, Seller
from .money import text
from .sellers import BASE36

HOME = {"na": "US", "eu": "DE", "fe": "JP"}
CHANNELS = {"M": ("MERCHANT",), "A": ("AMAZON",), "MA": ("MERCHANT", "AMAZON")}


def ean13(number: int) -> str:
    """Return a 13-digit barcode with its check digit."""
    digits = f"299{number % 10**9:09d}"
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))
    return digits + str(-total % 10)


def asin(identity: str) -> str:
    """Return a well-formed ASIN for a SKU, the same in every marketplace."""
    number = int(hashlib.sha256(identity.encode()).hexdigest(), 16)
    letters = []
    for _ in range(8):
        number, rest = divmod(number, 36)
        letters.append(BASE36[rest])
    return "B0" + "".join(letters)


def fnsku(sku: str) -> str:
    """Return the label Amazon's fulfilment centres put on a SKU."""
    number = int(hashlib.sha256(sku.encode()).hexdigest()[:8], 16)
    return f"X00{number:08d}"[:10]


def shown_price(cents: int, market: Market) -> int:
    """Return the marketplace's own price ending, in minor units."""
    amount = cents * market.price_level // 100
    if market.currency == "JPY":
        # price_level counts yen for 100 dollars, so amount is in hundredths.
        return amount // 100 // 100 * 100 + 80
    if market.currency == "MXN":
        return amount // 1000 * 1000 + 900
    return amount // 100 * 100 + (99 if cents % 100 >= 90 else cents % 100)


def build_catalog(seller: Seller) -> tuple[CatalogItem, ...]:
    """Return every SKU of a seller: those it knows, and the stray ones."""
    items = [
        _item(seller, product, variant, channel)
        for product in PRODUCTS
        for variant in product.variants
        for channel in CHANNELS[product.channels]
    ]
    products = {product.code: product for product in PRODUCTS}
    items += [
        _item(seller, products[code], products[code].variants[0], channel, sku)
        for sku, code, channel in STRAY_LISTINGS
    ]
    return tuple(items)


def build_bulk(
    seller: Seller, numbers: Iterable[int], marketplace_ids: Collection[str]
) -> list[CatalogItem]:
    """Return synthetic SKUs that the merchant fulfils, for large catalogues.

    :param numbers: of the SKUs, BULK-00001 being number 1
    """
    markets = [MARKETS[id_] for id_ in marketplace_ids]
    return [_bulk_item(seller, number, markets) for number in numbers]


def _bulk_item(seller: Seller, number: int, markets: list[Market]) -> CatalogItem:
    sku, title = f"BULK-{number:05d}", f"{BRAND} Spare Part No. {number}"
    offers = tuple(
        Offer(
            marketplace_id=market.id,
            title=title,
            price=text(shown_price(499 + number % 90 * 100, market), market),
            currency=market.currency,
            domain=market.domain,
        )
        for market in markets
    )
    return CatalogItem(
        seller_id=seller.seller_id,
        sku=sku,
        asin=asin(f"{seller.region}/{sku}"),
        barcode=ean13(500_000_000 + number),
        title=title,
        price=offers[0].price,
        currency=offers[0].currency,
        weight="0.250",
        tracking="none",
        fulfillment_channel="MERCHANT",
        known=True,
        product_type="KITCHEN_TOOLS",
        brand=BRAND,
        quantity=number % 90 + 10,
        offers=offers,
    )


def build_other_brands(region: str) -> dict[OtherProduct, CatalogItem]:
    """Return what Amazon's catalogue has in a region beside the sellers' products."""
    markets = [market for market in MARKETS.values() if market.region == region]
    return {
        product: _other_item(product, region, markets) for product in OTHER_PRODUCTS
    }


def _other_item(
    product: OtherProduct, region: str, markets: list[Market]
) -> CatalogItem:
    number = int(hashlib.sha256(product.code.encode()).hexdigest()[:8], 16)
    offers = tuple(
        Offer(
            marketplace_id=market.id,
            title=product.title,
            price=text(shown_price(product.cents, market), market),
            currency=market.currency,
            domain=market.domain,
        )
        for market in markets
    )
    return CatalogItem(
        seller_id=f"~{region}",
        sku=product.code,
        asin=asin(product.code),
        barcode=ean13(number),
        title=product.title,
        price=offers[0].price,
        currency=offers[0].currency,
        weight=f"{product.grams / 1000:.3f}",
        tracking="none",
        fulfillment_channel="MERCHANT",
        known=False,
        product_type=product.product_type,
        brand=product.brand,
        quantity=0,
        offers=offers,
    )


def _item(
    seller: Seller,
    product: Product,
    variant: str,
    channel: str,
    stray_sku: str | None = None,
) -> CatalogItem:
    own_sku = "-".join(filter(None, ("FH", product.code, variant)))
    home = BY_COUNTRY[HOME[seller.region]]
    identity = stray_sku or own_sku
    number = int(hashlib.sha256(identity.encode()).hexdigest()[:8], 16)
    return CatalogItem(
        seller_id=seller.seller_id,
        sku=identity,
        asin=asin(identity),
        barcode=ean13(number),
        title=product.title(home.language, variant),
        price=text(shown_price(product.cents, home), home),
        currency=home.currency,
        weight=f"{product.grams / 1000:.3f}",
        tracking="lot" if product.lot else "none",
        fulfillment_channel=channel,
        known=stray_sku is None,
        product_type=product.product_type,
        brand=BRAND,
        quantity=number % 240 + 5,
        offers=tuple(
            Offer(
                marketplace_id=market.id,
                title=product.title(market.language, variant),
                price=text(shown_price(product.cents, market), market),
                currency=market.currency,
                domain=market.domain,
            )
            for market in (MARKETS[id_] for id_ in seller.marketplace_ids)
        ),
    )
