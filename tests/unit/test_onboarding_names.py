"""Names, addresses and categories are compared as a reviewer does (B9, B20)."""

import pytest

from odoo.addons.acorn_amazon_onboarding.mappers.names import (
    compare_addresses,
    compare_names,
    is_same_category,
    normalise_address,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Qinghe Homeware Co., Ltd.", "QINGHE HOMEWARE COMPANY LIMITED"),
        ("清禾家居用品有限公司", "清禾家居用品有限责任公司"),
        ("株式会社ドングリ商事", "㈱ドングリ商事"),
        ("ドングリ商事株式会社", "ドングリ商事 (株)"),
        ("Müller GmbH", "Muller Gesellschaft mit beschränkter Haftung"),
    ],
)
def test_same_name(one, other):  # B20
    assert compare_names(one, other) == ""


def test_other_name_shows_the_difference():  # B20
    assert compare_names("Qinghe Ltd", "Qinghe Inc") == "Qinghe [-Ltd-]{+Inc+}"
    assert compare_names("株式会社バラ", "株式会社パラ") == "株式会社[-バ-]{+パ+}ラ"


@pytest.mark.parametrize(
    ("one", "other", "optional"),
    [
        (
            "No. 8 Keji Road, Nanshan District, Shenzhen 518057",
            "8 Keji Rd., Nanshan Dist, 518057 Shenzhen",
            "",
        ),
        ("Hauptstraße 5, 10115 Berlin", "Hauptstr. 5, Berlin", "10115"),
        ("深圳市 南山区 科技路8号", "深圳市南山区科技路8号", ""),
        # Two scripts cannot be compared: silence instead of a guess.
        ("深圳市南山区科技路8号", "8 Keji Road, Shenzhen", ""),
    ],
)
def test_same_address(one, other, optional):  # B20
    assert compare_addresses(one, other, optional) == ""
    assert compare_addresses(other, one, optional) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No. 8 Keji Road, Nanshan", "Nanshan, 8 Keji Rd."),
        ("Hauptstraße 5, 10115 Berlin", "Hauptstr. 5, 10115 Berlin"),
    ],
)
def test_addresses_with_one_key(one, other):  # B20
    assert normalise_address(one) == normalise_address(other)


def test_other_address_shows_the_difference():  # B20
    said = compare_addresses("8 Keji Road, Shenzhen", "18 Keji Rd, Shenzhen")
    assert said == "[-8-] {+18+}"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Supplements", "Dietary supplement", True),
        ("Food", "Food & Beverages", True),
        ("Médical Devices", "medical device", True),
        ("食品", "食品饮料", True),
        ("Toys & games", "Video Games", False),
        ("Food", "Home & Kitchen", False),
        ("Baby products", "Beauty products", False),
        ("Products", "Drugs", False),
    ],
)
def test_category(one, other, expected):  # B9
    assert is_same_category(one, other) is expected
    assert is_same_category(other, one) is expected
