"""Marketplaces, regions and operations agree with themselves (A3, A16, A29)."""

from datetime import date

import pytest

from acorn_amazon_connector.services.marketplaces import (
    MARKETPLACES,
    REGIONS,
    endpoint_of,
)
from acorn_amazon_connector.services.operations import OPERATIONS


def test_all_stores_of_all_regions():
    by_region = {code: 0 for code in REGIONS}
    for identifier, marketplace in MARKETPLACES.items():
        assert marketplace.id == identifier
        by_region[marketplace.region] += 1
        assert marketplace.seller_central_url.startswith("https://sellercentral")
        assert marketplace.domain.startswith("amazon.")
        assert len(marketplace.country_code) == 2 and len(marketplace.currency) == 3
    assert by_region == {"na": 4, "eu": 16, "fe": 3}
    assert len({entry.country_code for entry in MARKETPLACES.values()}) == 23


@pytest.mark.parametrize(
    ("marketplace_id", "host"),
    [
        ("ATVPDKIKX0DER", "sellingpartnerapi-na.amazon.com"),
        ("A21TJRUUN4KGV", "sellingpartnerapi-eu.amazon.com"),
        ("A39IBJ37TRP1C6", "sellingpartnerapi-fe.amazon.com"),
    ],
)
def test_each_marketplace_has_its_endpoint(marketplace_id, host):
    assert endpoint_of(marketplace_id) == f"https://{host}"
    assert endpoint_of(marketplace_id, sandbox=True) == f"https://sandbox.{host}"


def test_prices_without_tax_in_north_america_only():
    without = {
        entry.country_code
        for entry in MARKETPLACES.values()
        if not entry.price_includes_tax
    }
    assert without == {"US", "CA"}


def test_britain_is_gb():
    assert MARKETPLACES["A1F83G8C2ARO7P"].country_code == "GB"


def test_the_end_of_the_reads_of_v0_is_known():
    for operation in OPERATIONS.values():
        ends = operation.key.startswith("ordersV0.get")
        assert operation.sunset == (date(2027, 3, 27) if ends else None)
