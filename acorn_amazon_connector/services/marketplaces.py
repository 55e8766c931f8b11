"""Amazon's regions and marketplaces (A3, A29).

Ids, hosts and regions are Amazon's; currency, language and tax mode are the
proposals a new participation starts from. What the API answers wins.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Region:
    """One of the three areas an authorisation is valid for."""

    code: str
    name: str
    endpoint: str
    sandbox_endpoint: str


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon store.

    ``language`` is an Odoo language code. ``price_includes_tax`` says whether
    prices on the site contain tax, ``standard_tax_rate`` is the country's
    standard rate in percent, ``None`` where there is no single one.
    """

    id: str
    country_code: str
    name: str
    currency: str
    language: str
    region: str
    domain: str
    seller_central_url: str
    price_includes_tax: bool
    standard_tax_rate: Decimal | None


def _region(code, name):
    host = f"sellingpartnerapi-{code}.amazon.com"
    return Region(code, name, f"https://{host}", f"https://sandbox.{host}")


REGIONS: dict[str, Region] = {
    "na": _region("na", "North America"),
    "eu": _region("eu", "Europe, Middle East, Africa and India"),
    "fe": _region("fe", "Far East"),
}

_CENTRAL_EUROPE = "https://sellercentral-europe.amazon.com"


def _marketplace(row):
    identifier, country, name, currency, language, region, domain, central, rate = row
    # Only the United States and Canada show prices without tax.
    includes_tax = country not in ("US", "CA")
    return Marketplace(
        identifier,
        country,
        name,
        currency,
        language,
        region,
        domain,
        central or f"https://sellercentral.{domain}",
        includes_tax,
        Decimal(rate) if rate else None,
    )


_ROWS = (
    ("A2EUQ1WTGCTBG2", "CA", "Canada", "CAD", "en_CA", "na", "amazon.ca", "", ""),
    (
        "ATVPDKIKX0DER",
        "US",
        "United States",
        "USD",
        "en_US",
        "na",
        "amazon.com",
        "",
        "",
    ),
    ("A1AM78C64UM0Y8", "MX", "Mexico", "MXN", "es_MX", "na", "amazon.com.mx", "", "16"),
    ("A2Q3Y263D00KWC", "BR", "Brazil", "BRL", "pt_BR", "na", "amazon.com.br", "", ""),
    ("A28R8C7NBKEWEA", "IE", "Ireland", "EUR", "en_GB", "eu", "amazon.ie", "", "23"),
    (
        "A1RKKUPIHCS9HS",
        "ES",
        "Spain",
        "EUR",
        "es_ES",
        "eu",
        "amazon.es",
        _CENTRAL_EUROPE,
        "21",
    ),
    (
        "A1F83G8C2ARO7P",
        "GB",
        "United Kingdom",
        "GBP",
        "en_GB",
        "eu",
        "amazon.co.uk",
        _CENTRAL_EUROPE,
        "20",
    ),
    (
        "A13V1IB3VIYZZH",
        "FR",
        "France",
        "EUR",
        "fr_FR",
        "eu",
        "amazon.fr",
        _CENTRAL_EUROPE,
        "20",
    ),
    ("AMEN7PMS3EDWL", "BE", "Belgium", "EUR", "fr_BE", "eu", "amazon.com.be", "", "21"),
    (
        "A1805IZSGTT6HS",
        "NL",
        "Netherlands",
        "EUR",
        "nl_NL",
        "eu",
        "amazon.nl",
        "",
        "21",
    ),
    (
        "A1PA6795UKMFR9",
        "DE",
        "Germany",
        "EUR",
        "de_DE",
        "eu",
        "amazon.de",
        _CENTRAL_EUROPE,
        "19",
    ),
    (
        "APJ6JRA9NG5V4",
        "IT",
        "Italy",
        "EUR",
        "it_IT",
        "eu",
        "amazon.it",
        _CENTRAL_EUROPE,
        "22",
    ),
    ("A2NODRKZP88ZB9", "SE", "Sweden", "SEK", "sv_SE", "eu", "amazon.se", "", "25"),
    (
        "AE08WJ6YKNBMC",
        "ZA",
        "South Africa",
        "ZAR",
        "en_GB",
        "eu",
        "amazon.co.za",
        "",
        "15",
    ),
    ("A1C3SOZRARQ6R3", "PL", "Poland", "PLN", "pl_PL", "eu", "amazon.pl", "", "23"),
    ("ARBP9OOSHTCHU", "EG", "Egypt", "EGP", "ar_001", "eu", "amazon.eg", "", "14"),
    (
        "A33AVAJ2PDY3EV",
        "TR",
        "Türkiye",
        "TRY",
        "tr_TR",
        "eu",
        "amazon.com.tr",
        "",
        "20",
    ),
    (
        "A17E79C6D8DWNP",
        "SA",
        "Saudi Arabia",
        "SAR",
        "ar_001",
        "eu",
        "amazon.sa",
        "",
        "15",
    ),
    (
        "A2VIGQ35RCS4UG",
        "AE",
        "United Arab Emirates",
        "AED",
        "en_GB",
        "eu",
        "amazon.ae",
        "",
        "5",
    ),
    ("A21TJRUUN4KGV", "IN", "India", "INR", "en_IN", "eu", "amazon.in", "", "18"),
    ("A19VAU5U5O7RUS", "SG", "Singapore", "SGD", "en_GB", "fe", "amazon.sg", "", "9"),
    (
        "A39IBJ37TRP1C6",
        "AU",
        "Australia",
        "AUD",
        "en_AU",
        "fe",
        "amazon.com.au",
        "",
        "10",
    ),
    ("A1VC38T7YXB528", "JP", "Japan", "JPY", "ja_JP", "fe", "amazon.co.jp", "", "10"),
)

MARKETPLACES: dict[str, Marketplace] = {row[0]: _marketplace(row) for row in _ROWS}


def endpoint_of(marketplace_id: str, *, sandbox: bool = False) -> str:
    """Return the base URL that serves a marketplace.

    :raise KeyError: the id is not one of Amazon's stores
    """
    region = REGIONS[MARKETPLACES[marketplace_id].region]
    return region.sandbox_endpoint if sandbox else region.endpoint
