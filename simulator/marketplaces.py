"""Amazon's marketplaces, as ``getMarketplaceParticipations`` describes them."""

from __future__ import annotations

from typing import NamedTuple

REGIONS = ("na", "eu", "fe")


class Marketplace(NamedTuple):
    """One Amazon store front.

    :param str id: Amazon's marketplace id
    :param str country_code: ISO 3166; the Sellers API writes ``UK`` as ``GB``
    :param str currency: ISO 4217
    :param str language: locale Amazon names as default
    :param str region: ``na``, ``eu`` or ``fe``
    :param str domain: for example ``amazon.de``
    :param str report_charset: character set of flat files made here
    :param bool price_includes_tax: whether v0 prices are gross
    """

    id: str
    country_code: str
    name: str
    currency: str
    language: str
    region: str
    domain: str
    report_charset: str
    price_includes_tax: bool

    @property
    def display_name(self) -> str:
        """Return the name orders carry, for example ``Amazon.de``."""
        return self.domain[:1].upper() + self.domain[1:]


_ROWS = """
A2EUQ1WTGCTBG2 CA CAD en_CA na amazon.ca      ISO-8859-1   net   Canada
ATVPDKIKX0DER  US USD en_US na amazon.com     ISO-8859-1   net   United States
A1AM78C64UM0Y8 MX MXN es_MX na amazon.com.mx  ISO-8859-1   gross Mexico
A2Q3Y263D00KWC BR BRL pt_BR na amazon.com.br  ISO-8859-1   gross Brazil
A28R8C7NBKEWEA IE EUR en_IE eu amazon.ie      ISO-8859-1   gross Ireland
A1RKKUPIHCS9HS ES EUR es_ES eu amazon.es      ISO-8859-1   gross Spain
A1F83G8C2ARO7P GB GBP en_GB eu amazon.co.uk   ISO-8859-1   gross United Kingdom
A13V1IB3VIYZZH FR EUR fr_FR eu amazon.fr      ISO-8859-1   gross France
AMEN7PMS3EDWL  BE EUR fr_BE eu amazon.com.be  ISO-8859-1   gross Belgium
A1805IZSGTT6HS NL EUR nl_NL eu amazon.nl      ISO-8859-1   gross Netherlands
A1PA6795UKMFR9 DE EUR de_DE eu amazon.de      ISO-8859-1   gross Germany
APJ6JRA9NG5V4  IT EUR it_IT eu amazon.it      ISO-8859-1   gross Italy
A2NODRKZP88ZB9 SE SEK sv_SE eu amazon.se      ISO-8859-1   gross Sweden
AE08WJ6YKNBMC  ZA ZAR en_ZA eu amazon.co.za   ISO-8859-1   gross South Africa
A1C3SOZRARQ6R3 PL PLN pl_PL eu amazon.pl      UTF-8        gross Poland
ARBP9OOSHTCHU  EG EGP ar_AE eu amazon.eg      UTF-8        gross Egypt
A33AVAJ2PDY3EV TR TRY tr_TR eu amazon.com.tr  UTF-8        gross Turkey
A17E79C6D8DWNP SA SAR ar_AE eu amazon.sa      UTF-8        gross Saudi Arabia
A2VIGQ35RCS4UG AE AED en_AE eu amazon.ae      UTF-8        gross United Arab Emirates
A21TJRUUN4KGV  IN INR en_IN eu amazon.in      UTF-8        gross India
A19VAU5U5O7RUS SG SGD en_SG fe amazon.sg      UTF-8        gross Singapore
A39IBJ37TRP1C6 AU AUD en_AU fe amazon.com.au  ISO-8859-1   gross Australia
A1VC38T7YXB528 JP JPY ja_JP fe amazon.co.jp   Windows-31J  gross Japan
"""


def _read(row: str) -> Marketplace:
    id_, country, currency, language, region, domain, charset, mode, name = row.split(
        maxsplit=8
    )
    return Marketplace(
        id_, country, name, currency, language, region, domain, charset, mode == "gross"
    )


MARKETPLACES: dict[str, Marketplace] = {
    row.split()[0]: _read(row) for row in _ROWS.strip().splitlines()
}

# A seller's list also names "stores" that are no store front; a client has to
# live with ids it has never heard of.
NON_STORE_MARKETPLACES = {
    "na": ("AHRY1CZE9ZY4H", "SI US Prod Marketplace", "US", "USD", "en_US"),
    "eu": ("A38D8NSA03LJTC", "Non-Amazon DE", "DE", "EUR", "de_DE"),
}
