"""Worlds: money balances to the minor unit, the way each marketplace states it."""

from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from simulator.worlds import PROFILES, build_world
from simulator.worlds.truth import CHARGES, describe

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=timezone.utc)
ADDED = {"ATVPDKIKX0DER": "USD", "A2EUQ1WTGCTBG2": "CAD", "A1F83G8C2ARO7P": "GBP"}
CONTAINED = {"A1PA6795UKMFR9": Decimal("0.19"), "A13V1IB3VIYZZH": Decimal("0.20")}
JAPAN = "A1VC38T7YXB528"


@pytest.fixture(scope="module", params=sorted(PROFILES))
def world(request):
    return build_world(request.param, 7, 500, NOW)


@pytest.fixture(scope="module")
def orders(world):
    return list(world.orders)


def _amount(money):
    return Decimal(money["amount"])


def _sums(breakdowns):
    sums = Counter()
    for entry in breakdowns:
        sums[entry["type"]] += _amount(entry["subtotal"])
        details = entry.get("detailedBreakdowns")
        if details:
            total = sum(_amount(detail["value"]) for detail in details)
            assert total == _amount(entry["subtotal"])
    return sums


def _total(sums, marketplace_id):
    """Add breakdowns up as the marketplace means them."""
    rest = sums.copy()
    tax, discount = rest.pop("TAX", 0), rest.pop("DISCOUNT", 0)
    if marketplace_id == JAPAN:
        assert discount >= 0
        discount = -discount
    assert discount <= 0
    return sum(rest.values()) + discount + (tax if marketplace_id in ADDED else 0)


def test_breakdowns_sum_to_the_grand_total(orders):
    for order in orders:
        proceeds = order.payload.get("proceeds")
        if proceeds is None:
            assert order.grand_total is None
            continue
        market = order.marketplace_id
        sums = _sums(proceeds["breakdowns"])
        total = _amount(proceeds["grandTotal"])
        assert _total(sums, market) == total
        lines = Counter()
        for item in order.payload["orderItems"]:
            of_line = _sums(item["proceeds"]["breakdowns"])
            assert _total(of_line, market) == _amount(item["proceeds"]["proceedsTotal"])
            for type_, amount in of_line.items():
                lines[type_] += amount
        assert lines == {t: a for t, a in sums.items() if t != "DELIVERY_TIP"}


def test_truth_matches_the_payload(world, orders):
    for order in orders:
        known = world.known_skus(order.seller_id)
        read = describe(order.payload, order.seller_id, known, scenario=order.scenario)
        assert read.record() == order.record()


def test_truth_lines_sum_to_the_grand_total(orders):
    for order in orders:
        if order.grand_total is None:
            continue
        total = Decimal(order.delivery_tip or 0)
        remitted = Decimal(0)
        for line in order.lines:
            total += sum(Decimal(line[kind] or 0) for kind in CHARGES)
            if order.marketplace_id in ADDED:
                total += Decimal(line["tax"] or 0)
            if line["remitted"]:
                remitted += Decimal(line["tax"] or 0)
            assert Decimal(line["discount"] or 0) <= 0
        assert total == Decimal(order.grand_total)
        assert remitted == Decimal(order.amazon_remitted_tax)


def test_amounts_have_the_decimals_of_their_currency(orders):
    def check(node):
        if isinstance(node, dict) and set(node) == {"amount", "currencyCode"}:
            exponent = Decimal(node["amount"]).as_tuple().exponent
            assert exponent == (0 if node["currencyCode"] == "JPY" else -2)
        for child in node.values() if isinstance(node, dict) else node:
            if isinstance(child, dict | list):
                check(child)

    for order in orders:
        check(order.payload)


def test_every_marketplace_states_tax_its_way():
    stated = {}
    for name in PROFILES:
        for order in build_world(name, 7, 500, NOW).orders:
            if order.grand_total and "replacement" not in order.scenario:
                has_tax = any(line["tax"] is not None for line in order.lines)
                stated.setdefault(order.marketplace_id, set()).add(has_tax)
    for market, answers in stated.items():
        if market == "ATVPDKIKX0DER":
            # Nothing is stated for some orders to states without sales tax.
            assert answers == {True, False}
        elif market in ADDED or market in CONTAINED:
            assert answers == {True}
        else:
            assert answers == {False}


def test_contained_tax_is_the_tax_inside_the_gross_price():
    checked = 0
    for order in build_world("eu-vat", 7, 500, NOW).orders:
        rate = CONTAINED.get(order.marketplace_id)
        if rate is None or order.scenario in ("cross_border", "reverse_charge"):
            continue
        for line in order.lines:
            if line["tax"] is None:
                continue
            stated = [kind for kind in CHARGES if line[kind] is not None]
            gross = sum(Decimal(line[kind]) for kind in stated)
            inside = gross - gross / (1 + rate)
            assert abs(inside - Decimal(line["tax"])) <= Decimal("0.005") * len(stated)
            checked += 1
    assert checked > 100


def test_reverse_charge_says_zero_tax():
    orders = [
        order
        for order in build_world("eu-vat", 7, 500, NOW).orders
        if order.scenario == "reverse_charge" and order.grand_total
    ]
    assert orders
    for order in orders:
        assert {Decimal(line["tax"]) for line in order.lines} == {0}
        buyer = order.payload["tax"]["taxRegistrations"][0]
        home = {"A1PA6795UKMFR9": "DE", "A13V1IB3VIYZZH": "FR"}[order.marketplace_id]
        assert buyer["taxRegistrationNumber"][:2] != home


def test_most_us_tax_is_remitted_by_amazon_and_some_is_not():
    taxed = Counter()
    for order in build_world("us-facilitator", 7, 800, NOW).orders:
        if order.marketplace_id != "ATVPDKIKX0DER":
            continue
        for line in order.lines:
            if Decimal(line["tax"] or 0):
                taxed[line["remitted"]] += 1
    assert taxed[False] >= 10
    assert taxed[True] > 5 * taxed[False]


def test_deemed_reseller_orders_carry_scheme_and_number():
    schemes = Counter()
    for order in build_world("eu-vat", 7, 500, NOW).orders:
        if not order.lines[0]["scheme"] or not order.grand_total:
            continue
        scheme = order.lines[0]["scheme"]
        schemes[scheme] += 1
        assert Decimal(order.amazon_remitted_tax) > 0
        for item in order.payload["orderItems"]:
            party = item["tax"]["taxCollections"][0]
            assert party["model"] == "MARKETPLACE_FACILITATOR"
            assert party["responsibleParty"]
            shipping = item["fulfillment"].get("shipping", {})
            number = shipping.get("internationalShipping", {}).get("iossNumber")
            assert bool(number) == (scheme == "IOSS")
    assert set(schemes) == {"IOSS", "UOSS"}


def test_prices_that_do_not_divide(world, orders):
    odd = 0
    for order in orders:
        if order.scenario != "indivisible_price" or not order.grand_total:
            continue
        item = order.payload["orderItems"][0]
        unit = _amount(item["product"]["price"]["unitPrice"])
        subtotal = _sums(item["proceeds"]["breakdowns"])["ITEM"]
        quantity = item["quantityOrdered"]
        assert quantity >= 3
        smallest = Decimal(1).scaleb(subtotal.as_tuple().exponent)
        assert abs(unit * quantity - subtotal) <= quantity * smallest
        odd += unit * quantity != subtotal
    if "indivisible_price" in PROFILES[world.name].deck:
        assert odd


def test_half_tax_discount_balances_under_both_signs():
    found = 0
    for order in build_world("chaos", 7, 500, NOW).orders:
        if order.scenario != "half_tax_discount" or not order.grand_total:
            continue
        sums = _sums(order.payload["proceeds"]["breakdowns"])
        if not sums["TAX"]:
            continue
        found += 1
        total = Decimal(order.grand_total)
        assert sums["ITEM"] + sums["DISCOUNT"] + sums["TAX"] == total
        assert sums["ITEM"] - sums["DISCOUNT"] == total
    assert found


def test_replacements_cost_nothing_and_name_their_original(world, orders):
    for order in orders:
        if order.scenario != "replacement":
            continue
        assert Decimal(order.grand_total) == 0
        (link,) = order.payload["associatedOrders"]
        assert link["associationType"] == "REPLACEMENT_ORIGINAL_ID"
        original = world.order(link["orderId"])
        if original is None:
            # It was placed before the world's first order.
            continue
        assert original.status == "SHIPPED"
        assert set(order.units) <= set(original.units)
        assert (
            order.payload["recipient"]["deliveryAddress"]["name"]
            == original.payload["recipient"]["deliveryAddress"]["name"]
        )
