"""Whatever a document looks like, mapping it ends in one of three ways."""

import copy
import json
from datetime import timezone
from decimal import Decimal

from hypothesis import HealthCheck, given, settings, strategies as st
from order_payloads import (
    breakdown,
    item_2026,
    order_2026,
    rich_order_2026,
    rich_order_v0,
)

from acorn_amazon_connector.mappers.errors import BlockedError, PayloadError
from acorn_amazon_connector.mappers.listing import map_listing, map_listing_row
from acorn_amazon_connector.mappers.order import Order, map_order, map_order_v0

NASTY = st.sampled_from(
    [
        None,
        True,
        False,
        "",
        " ",
        "NaN",
        "-Infinity",
        "1e400",
        "-0",
        "1,5",
        "١٢",
        "\x00",
        "\ud800",
        "9" * 400,
        "2026-13-45T99:99:99Z",
        "9999-12-31T23:59:59-23:59",
        "0000-00-00T00:00:00Z",
        -1,
        0,
        10**400,
        -(10**20),
        1.5,
        float("nan"),
        float("inf"),
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"amount": {"amount": "1"}},
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)
VALUES = NASTY | JSON
FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck)
)


def places(value, path=()):
    """Yield the path of every value inside a JSON document."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from places(inner, (*path, position))


def mutate(document, path, change):
    """Return a copy in which the value at a path is changed or removed."""
    kind, value = change
    if not path:
        return value
    document = copy.deepcopy(document)
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if kind == "remove":
        del holder[path[-1]]
    elif kind == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    else:
        holder[path[-1]] = value
    return document


CHANGES = st.tuples(st.sampled_from(["replace", "remove", "double"]), VALUES)
RICH = rich_order_2026()
RICH_V0 = list(rich_order_v0())


def check(order):
    """Assert what every mapped order promises."""
    assert isinstance(order, Order)
    assert order.created_at.tzinfo is timezone.utc
    json.dumps([order.order_id, order.buyer.name, order.status]).encode("utf-8")
    for line in order.lines:
        assert line.quantity >= 0
        for charge in line.charges:
            assert isinstance(charge.amount, Decimal) and charge.amount.is_finite()
            assert charge.tax is None or charge.tax.is_finite()


@FUZZ
@given(
    mutations=st.lists(
        st.tuples(st.sampled_from(list(places(RICH))), CHANGES), min_size=1, max_size=3
    )
)
def test_any_mutation_of_an_order(mutations):
    document = RICH
    for path, change in mutations:
        try:
            document = mutate(document, path, change)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier mutation removed the place
    try:
        check(map_order(document))
    except (PayloadError, BlockedError) as exc:
        assert str(exc)


@FUZZ
@given(
    mutations=st.lists(
        st.tuples(st.sampled_from(list(places(RICH_V0))[1:]), CHANGES),
        min_size=1,
        max_size=3,
    )
)
def test_any_mutation_of_a_v0_order(mutations):
    document = RICH_V0
    for path, change in mutations:
        if len(path) == 1 and change[0] != "replace":
            continue  # the four documents themselves are arguments
        try:
            document = mutate(document, path, change)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        check(map_order_v0(*document))
    except (PayloadError, BlockedError) as exc:
        assert str(exc)


@FUZZ
@given(document=VALUES)
def test_any_json_at_all(document):
    for mapper in (map_order, map_listing):
        try:
            mapper(document)
        except (PayloadError, BlockedError):
            pass
    try:
        map_order_v0(document, document, document, document)
    except (PayloadError, BlockedError):
        pass


@FUZZ
@given(
    row=st.dictionaries(
        st.sampled_from(["seller-sku", "price", "quantity", "product-id-type"]),
        st.text(max_size=8),
    )
)
def test_any_row_of_the_listings_report(row):
    try:
        map_listing_row(row)
    except PayloadError:
        pass


CENTS = st.integers(min_value=0, max_value=99999).map(lambda n: Decimal(n) / 100)


@FUZZ
@given(
    lines=st.lists(st.tuples(CENTS, CENTS, CENTS, CENTS), min_size=1, max_size=35),
    included=st.booleans(),
    positive=st.booleans(),
    detailed=st.booleans(),
    marketplace_id=st.sampled_from(
        ["ATVPDKIKX0DER", "A1PA6795UKMFR9", "A1VC38T7YXB528", "A0UNKNOWN"]
    ),
)
def test_an_order_that_adds_up_keeps_its_total(
    lines, included, positive, detailed, marketplace_id
):
    """Sum of the charges = Amazon's total, for every convention of signs and tax."""
    items, total, taxes = [], Decimal(0), Decimal(0)
    for position, (item, shipping, discount, tax) in enumerate(lines):
        shown = discount if positive else -discount
        details = {"ITEM": str(tax)} if detailed else {}
        items.append(
            item_2026(
                str(position),
                2,
                [
                    breakdown("ITEM", str(item)),
                    breakdown("SHIPPING", str(shipping)),
                    breakdown("DISCOUNT", str(shown), ITEM=str(shown)),
                    breakdown("TAX", str(tax), **details),
                ],
            )
        )
        total += item + shipping - discount
        taxes += tax
    total += 0 if included else taxes

    order = map_order(order_2026(items, str(total), marketplace_id=marketplace_id))

    found = [charge for line in order.lines for charge in line.charges]
    stated = sum((charge.tax or 0) for charge in found)
    outside = sum(line.tax_outside_total for line in order.lines)
    assert stated + outside == taxes
    amounts = sum(charge.amount for charge in found)
    beside = Decimal(0) if order.price_includes_tax in (True, None) else stated
    assert amounts + beside == total
    if taxes:
        in_america = marketplace_id == "ATVPDKIKX0DER"
        assert order.price_includes_tax is (included and not in_america)
        assert outside == (taxes if included and in_america else 0)
    else:
        assert order.price_includes_tax is None
