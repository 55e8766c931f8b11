"""Which countries share one stock in Amazon's warehouses (A31)."""

_APART = frozenset({"GB", "TR", "AE", "SA", "EG", "IN", "ZA"})


def pool_of_country(region: str, country_code: str | None) -> str | None:
    """Return the name of the stock that a country belongs to.

    A centre may stand in a country without a marketplace, such as Czechia: it holds
    the stock of the European Union.

    :param region: na, eu or fe
    :param country_code: of a marketplace or a fulfilment centre; None is none
    """
    if not country_code:
        return None
    code = {"UK": "GB"}.get(country_code.upper(), country_code.upper())
    if region == "eu" and code not in _APART:
        return "EU"
    return code
