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

# Id, country, currency, language, region, standard tax rate, domain, name. A star
# marks the stores that share Seller Central Europe.
_TABLE = """
A2EUQ1WTGCTBG2  CA  CAD  en_CA   na  -   amazon.ca      Canada
ATVPDKIKX0DER   US  USD  en_US   na  -   amazon.com     United States
A1AM78C64UM0Y8  MX  MXN  es_MX   na  16  amazon.com.mx  Mexico
A2Q3Y263D00KWC  BR  BRL  pt_BR   na  -   amazon.com.br  Brazil
A28R8C7NBKEWEA  IE  EUR  en_GB   eu  23  amazon.ie      Ireland
A1RKKUPIHCS9HS  ES  EUR  es_ES   eu  21  amazon.es*     Spain
A1F83G8C2ARO7P  GB  GBP  en_GB   eu  20  amazon.co.uk*  United Kingdom
A13V1IB3VIYZZH  FR  EUR  fr_FR   eu  20  amazon.fr*     France
AMEN7PMS3EDWL   BE  EUR  fr_BE   eu  21  amazon.com.be  Belgium
A1805IZSGTT6HS  NL  EUR  nl_NL   eu  21  amazon.nl      Netherlands
A1PA6795UKMFR9  DE  EUR  de_DE   eu  19  amazon.de*     Germany
APJ6JRA9NG5V4   IT  EUR  it_IT   eu  22  amazon.it*     Italy
A2NODRKZP88ZB9  SE  SEK  sv_SE   eu  25  amazon.se      Sweden
AE08WJ6YKNBMC   ZA  ZAR  en_GB   eu  15  amazon.co.za   South Africa
A1C3SOZRARQ6R3  PL  PLN  pl_PL   eu  23  amazon.pl      Poland
ARBP9OOSHTCHU   EG  EGP  ar_001  eu  14  amazon.eg      Egypt
A33AVAJ2PDY3EV  TR  TRY  tr_TR   eu  20  amazon.com.tr  Türkiye
A17E79C6D8DWNP  SA  SAR  ar_001  eu  15  amazon.sa      Saudi Arabia
A2VIGQ35RCS4UG  AE  AED  en_GB   eu  5   amazon.ae      United Arab Emirates
A21TJRUUN4KGV   IN  INR  en_IN   eu  18  amazon.in      India
A19VAU5U5O7RUS  SG  SGD  en_GB   fe  9   amazon.sg      Singapore
A39IBJ37TRP1C6  AU  AUD  en_AU   fe  10  amazon.com.au  Australia
A1VC38T7YXB528  JP  JPY  ja_JP   fe  10  amazon.co.jp   Japan
"""


def _marketplace(row):
    identifier, country, currency, language, region, rate, site, name = row.split(
        maxsplit=7
    )
    domain = site.rstrip("*")
    central = f"sellercentral.{domain}"
    if site != domain:
        central = "sellercentral-europe.amazon.com"
    return Marketplace(
        id=identifier,
        country_code=country,
        name=name,
        currency=currency,
        language=language,
        region=region,
        domain=domain,
        seller_central_url=f"https://{central}",
        # Only the United States and Canada show prices without tax.
        price_includes_tax=country not in ("US", "CA"),
        standard_tax_rate=None if rate == "-" else Decimal(rate),
    )


MARKETPLACES: dict[str, Marketplace] = {
    marketplace.id: marketplace
    for marketplace in map(_marketplace, _TABLE.strip().splitlines())
}


def endpoint_of(marketplace_id: str, *, sandbox: bool = False) -> str:
    """Return the base URL that serves a marketplace.

    :raise KeyError: the id is not one of Amazon's stores
    """
    region = REGIONS[MARKETPLACES[marketplace_id].region]
    return region.sandbox_endpoint if sandbox else region.endpoint
