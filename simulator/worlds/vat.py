"""VAT numbers with valid check digits, from plain arithmetic on a number."""

from __future__ import annotations


def _luhn_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _german(number: int) -> str:
    # ISO 7064 MOD 11,10 over eight digits, the first of them not zero.
    digits = str(10_000_000 + number % 90_000_000)
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return digits + str((11 - product) % 10)


def _french(number: int) -> str:
    siren = str(30_000_000 + number % 60_000_000)
    siren += _luhn_digit(siren)
    return f"{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _italian(number: int) -> str:
    # Seven digits of the company, three of the tax office (001 to 100).
    digits = f"{1 + number % 9_000_000:07d}{1 + number // 7 % 100:03d}"
    return digits + _luhn_digit(digits)


def _spanish(number: int) -> str:
    # A limited company: letter B, province, five digits, control digit.
    digits = f"{1 + number % 52:02d}{10_000 + number // 52 % 90_000}"
    return "B" + digits + _luhn_digit(digits)


def _british(number: int) -> str:
    digits = str(1_000_000 + number % 8_000_000)
    weights = range(8, 1, -1)
    total = sum(w * int(d) for w, d in zip(weights, digits, strict=True))
    return f"{digits}{97 - total % 97:02d}"


def _austrian(number: int) -> str:
    digits = str(1_000_000 + number % 9_000_000)
    total = 4
    for place, digit in enumerate(digits):
        value = int(digit) * (1 if place % 2 == 0 else 2)
        total += value // 10 + value % 10
    return f"U{digits}{-total % 10}"


def _belgian(number: int) -> str:
    digits = f"0{4_000_000 + number % 3_000_000}"
    return f"{digits}{97 - int(digits) % 97:02d}"


RULES = {
    "AT": _austrian,
    "BE": _belgian,
    "DE": _german,
    "ES": _spanish,
    "FR": _french,
    "GB": _british,
    "IT": _italian,
}


def vat_number(country: str, number: int) -> str:
    """Return a well-formed VAT number, country prefix included.

    :param country: ISO code, one of ``RULES`` (GB for Britain)
    :param number: any non-negative integer; equal numbers give equal results
    :raise KeyError: for a country without a rule
    """
    return country + RULES[country](number)
