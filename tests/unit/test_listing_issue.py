"""What Amazon finds wrong with a listing."""

import pytest

from acorn_amazon_connector.mappers.errors import PayloadError
from acorn_amazon_connector.mappers.listing_issue import read_issues

ISSUE = {
    "code": "18027",
    "message": "The image is too small.",
    "severity": "ERROR",
    "attributeNames": ["main_product_image_locator"],
    "categories": ["INVALID_IMAGE"],
    "enforcements": {
        "actions": [{"action": "SEARCH_SUPPRESSED"}],
        "exemption": {"status": "NOT_EXEMPT"},
    },
}


def test_read():  # A4
    (issue,) = read_issues({"sku": "A", "issues": [ISSUE]})
    assert (issue.code, issue.severity) == ("18027", "ERROR")
    assert issue.attribute_names == ("main_product_image_locator",)
    assert issue.is_suppressing


def test_a_warning_takes_nothing_down():  # A4
    bare = {"code": "1", "message": "m", "severity": "WARNING", "categories": []}
    (issue,) = read_issues({"issues": [bare]})
    assert not issue.is_suppressing


def test_nothing_found_is_not_the_same_as_not_asked():  # A4
    assert read_issues({"issues": []}) == ()
    assert read_issues({"sku": "A"}) is None


@pytest.mark.parametrize("issues", ["x", [1], [{"enforcements": []}]])
def test_another_shape(issues):  # A22
    with pytest.raises(PayloadError):
        read_issues({"issues": issues})
