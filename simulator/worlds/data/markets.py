"""The marketplaces that worlds sell in, and how each states money and tax."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Market:
    """One marketplace.

    ``price_level`` is what 100 US dollars cost there, in major units. ``tax`` names
    how Amazon states tax: ``extra`` (net prices, TAX added to the grand total),
    ``contained`` (gross prices, TAX stated but inside them) or ``silent`` (gross
    prices, no TAX breakdown). ``discount_sign`` is the sign of DISCOUNT amounts.
    """

    id: str
    country: str
    name: str
    domain: str
    region: str
    currency: str
    language: str
    price_level: int
    tax: str
    tax_rate: int
    order_prefixes: tuple[str, ...]
    utc_offset: int
    discount_sign: int = -1

    @property
    def decimals(self) -> int:
        """Number of decimals of the currency."""
        return 0 if self.currency == "JPY" else 2


# tax_rate: per 100,000 (19 % = 19000). In the United States and Canada it depends
# on the state and comes from the table of states.
# fmt: off
MARKETS = {
    market.id: market
    for market in (
        Market(
            "ATVPDKIKX0DER", "US", "Amazon.com", "amazon.com", "na", "USD", "en",
            100, "extra", 0, ("111", "112", "113", "114"), -6,
        ),
        Market(
            "A2EUQ1WTGCTBG2", "CA", "Amazon.ca", "amazon.ca", "na", "CAD", "en",
            136, "extra", 0, ("701", "702"), -5,
        ),
        Market(
            "A1AM78C64UM0Y8", "MX", "Amazon.com.mx", "amazon.com.mx", "na", "MXN",
            "es", 1990, "silent", 16000, ("701", "702"), -6,
        ),
        Market(
            "A1PA6795UKMFR9", "DE", "Amazon.de", "amazon.de", "eu", "EUR", "de",
            110, "contained", 19000, ("302", "303", "304", "305", "306"), 1,
        ),
        Market(
            "A13V1IB3VIYZZH", "FR", "Amazon.fr", "amazon.fr", "eu", "EUR", "fr",
            112, "contained", 20000, ("402", "403", "404", "405", "406"), 1,
        ),
        Market(
            "APJ6JRA9NG5V4", "IT", "Amazon.it", "amazon.it", "eu", "EUR", "it",
            113, "silent", 22000, ("171", "407"), 1,
        ),
        Market(
            "A1RKKUPIHCS9HS", "ES", "Amazon.es", "amazon.es", "eu", "EUR", "es",
            111, "silent", 21000, ("171", "408"), 1,
        ),
        Market(
            "A1F83G8C2ARO7P", "GB", "Amazon.co.uk", "amazon.co.uk", "eu", "GBP",
            "en", 94, "extra", 20000, ("202", "203", "204", "205", "206"), 0,
        ),
        Market(
            "A1VC38T7YXB528", "JP", "Amazon.co.jp", "amazon.co.jp", "fe", "JPY",
            "ja", 14900, "silent", 10000, ("249", "250", "503"), 9, 1,
        ),
    )
}
# fmt: on

BY_COUNTRY = {market.country: market for market in MARKETS.values()}
