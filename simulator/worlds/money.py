"""Money as integers of minor units, and as Amazon writes it."""

from __future__ import annotations

from .data.markets import Market


def text(minor: int, market: Market) -> str:
    """Write an amount of minor units as a decimal string: 1999 → ``19.99``."""
    if not market.decimals:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 100)
    return f"{sign}{whole}.{rest:02d}"


def money(minor: int, market: Market) -> dict[str, str]:
    """Return Amazon's Money object of the 2026-01-01 Orders model."""
    return {"amount": text(minor, market), "currencyCode": market.currency}


def share(minor: int, numerator: int, denominator: int) -> int:
    """Return ``minor × numerator / denominator`` rounded half away from zero."""
    product = abs(minor) * numerator
    rounded = (2 * product + denominator) // (2 * denominator)
    return rounded if minor >= 0 else -rounded


def tax_on(net: int, rate: int) -> int:
    """Return the tax to add to a net amount; ``rate`` is per 100,000."""
    return share(net, rate, 100_000)


def tax_in(gross: int, rate: int) -> int:
    """Return the tax contained in a gross amount; ``rate`` is per 100,000."""
    return gross - share(gross, 100_000, 100_000 + rate)
