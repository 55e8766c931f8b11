"""Orders 2026-01-01 → the version-neutral order."""

from dataclasses import FrozenInstanceError
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from order_payloads import (
    breakdown,
    item_2026,
    money,
    order_2026,
    rich_order_2026,
)

from acorn_amazon_connector.mappers.errors import BlockedError, PayloadError
from acorn_amazon_connector.mappers.order import Charge, Window, map_order


def charges(order):
    """Return (kind, amount, tax) of all lines as text, for short assertions."""
    return [
        (charge.kind, str(charge.amount), charge.tax and str(charge.tax))
        for line in order.lines
        for charge in line.charges
    ]


def total_of(order):
    """Return what the charges add up to in the order's tax mode."""
    entries = [charge for line in order.lines for charge in line.charges]
    entries += order.charges
    total = sum(charge.amount for charge in entries)
    if order.price_includes_tax is False:
        total += sum(charge.tax or 0 for charge in entries)
    return total


def test_every_field_of_a_rich_order():  # A1
    order = map_order(rich_order_2026())

    assert order.order_id == "305-1112223-3334445"
    assert order.marketplace_id == "A1PA6795UKMFR9"
    assert order.sales_channel == "AMAZON"
    assert order.created_at == datetime(
        2026, 11, 20, 9, 15, 30, 250000, tzinfo=timezone.utc
    )
    assert order.updated_at == datetime(2026, 11, 20, 10, tzinfo=timezone.utc)
    assert (order.status, order.fulfilled_by) == ("PARTIALLY_SHIPPED", "MERCHANT")
    assert order.service_level == "STANDARD"
    assert order.ship_by == Window(
        datetime(2026, 11, 21, tzinfo=timezone.utc),
        datetime(2026, 11, 22, 23, 59, 59, tzinfo=timezone.utc),
    )
    assert order.deliver_by == Window(
        None, datetime(2026, 11, 26, 21, 59, 59, tzinfo=timezone.utc)
    )
    assert order.programs == {"PRIME", "AMAZON_BUSINESS"}
    assert order.is_replacement_of == "305-0000001-0000001"
    assert order.association_type == "REPLACEMENT_ORIGINAL_ID"
    assert order.buyer.email == "x1y2z3@marketplace.amazon.de"
    assert order.buyer.purchase_order_number == "PO-9"
    assert order.address.name == "Łucja Żak"
    assert order.address.line3 is None
    assert order.address.country_code == "PL"
    assert order.address.extended == (("streetName", "Długa"), ("streetNumber", "5"))
    registration = order.tax_registrations[0]
    assert (registration.number_type, registration.number) == ("VAT", "PL6762484560")
    assert registration.attributes == (("TAX_OFFICE", "Kraków"),)
    assert registration.address.city == "Kraków"
    assert order.facilitator == "Amazon EU S.à r.l."
    assert (order.reporting_scheme, order.ioss_number) == ("IOSS", "IM5280001234")
    assert order.cancellation_requested
    assert order.cancel_reason == "Ordered by mistake"
    assert order.cancelled_by is None
    assert [(alias.kind, alias.value) for alias in order.aliases] == [
        ("SELLER_ORDER_ID", "WEB-77")
    ]
    assert order.source == "2026-01-01"

    line = order.lines[0]
    assert (line.sku, line.asin, line.quantity, line.quantity_shipped) == (
        "LAMP-OAK",
        "B0ACORN001",
        3,
        1,
    )
    assert line.gift_message.endswith("🎂")
    assert line.serial_numbers == ("SN-1", "SN-2")
    assert line.promotion_ids == ("AUTUMN",)
    assert line.facilitator and line.programs == {"TRANSPARENCY"}
    assert not order.lines[1].facilitator

    package = order.packages[0]
    assert (package.carrier, package.status) == ("InPost", "IN_TRANSIT")
    assert package.items == (("70000000000011", 1),)


def test_an_order_cannot_be_changed():
    order = map_order(rich_order_2026())
    with pytest.raises(FrozenInstanceError):
        order.status = "SHIPPED"
    with pytest.raises((AttributeError, TypeError)):
        order.surprise = 1


def test_tax_inside_the_prices_is_found_from_the_total():
    order = map_order(rich_order_2026())  # 30+6+3+2-5+9.99 = 45.99, TAX beside it

    assert order.price_includes_tax is True
    assert order.currency == "EUR"
    assert order.grand_total == Decimal("45.99") == total_of(order)
    assert charges(order) == [
        ("item", "30.00", "6.00"),
        ("shipping", "6.00", "1.20"),
        ("gift_wrap", "3.00", "0.60"),
        ("cod_fee", "2.00", "0.40"),
        ("discount", "-3.00", "-0.60"),
        ("shipping_discount", "-2.00", "-0.40"),
        ("item", "9.99", None),
    ]
    assert order.amazon_remitted_tax == Decimal("7.20")


# A3: Amazon states what reductions saved in tax as one sum; shipping is not taxed here.
def test_tax_of_reductions_follows_what_is_taxed():
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "27.49", "USD"),
            breakdown("SHIPPING", "1.67", "USD"),
            breakdown("DISCOUNT", "-5.79", "USD", ITEM="-4.12", SHIPPING="-1.67"),
            breakdown("TAX", "2.14", "USD", ITEM="2.52", DISCOUNT="-0.38"),
        ],
    )

    order = map_order(order_2026([item], "25.51", currency="USD"))

    taxes = {charge.kind: str(charge.tax) for charge in order.lines[0].charges}
    assert taxes == {
        "item": "2.52",
        "shipping": "0.00",
        "discount": "-0.38",
        "shipping_discount": "0.00",
    }


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("included", [True, False])
def test_both_signs_of_a_discount_and_both_tax_modes(sign, included):
    item = item_2026(
        quantity=2,
        breakdowns=[
            breakdown("ITEM", "100.00", "USD"),
            breakdown("SHIPPING", "8.00", "USD"),
            breakdown(
                "DISCOUNT",
                f"{sign}15.00",
                "USD",
                ITEM=f"{sign}10.00",
                SHIPPING=f"{sign}5.00",
            ),
            breakdown("TAX", "9.30", "USD", ITEM="10.00", DISCOUNT=f"{sign}0.70"),
        ],
    )
    total = "93.00" if included else "102.30"

    order = map_order(
        order_2026([item], total, currency="USD", marketplace_id="A2Q3Y263D00KWC")
    )

    assert order.price_includes_tax is included
    assert total_of(order) == Decimal(total)
    assert [charge.amount for charge in order.lines[0].charges] == [
        Decimal("100.00"),
        Decimal("8.00"),
        Decimal("-10.00"),
        Decimal("-5.00"),
    ]
    taxes = [charge.tax for charge in order.lines[0].charges]
    assert sum(taxes) == Decimal("9.30")
    assert taxes[0] == Decimal("10.00") and taxes[2] < 0


def test_gross_prices_without_any_tax_cannot_tell_the_mode():
    item = item_2026(breakdowns=[breakdown("ITEM", "24.90")])
    order = map_order(order_2026([item], "24.90", marketplace_id="APJ6JRA9NG5V4"))
    assert order.price_includes_tax is None
    assert charges(order) == [("item", "24.90", None)]


def test_zero_tax_is_not_the_same_as_no_tax():
    item = item_2026(breakdowns=[breakdown("ITEM", "24.90"), breakdown("TAX", "0.00")])
    order = map_order(order_2026([item], "24.90"))
    assert order.price_includes_tax is None
    assert order.lines[0].charges[0].tax == Decimal(0)


def test_tax_without_details_is_shared_in_proportion():
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "20.00"),
            breakdown("SHIPPING", "10.00"),
            breakdown("TAX", "0.10"),
        ]
    )
    order = map_order(order_2026([item], "30.10"))
    assert charges(order) == [("item", "20.00", "0.07"), ("shipping", "10.00", "0.03")]


def test_yen_taxes_are_shared_without_decimals():
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "1000", "JPY"),
            breakdown("SHIPPING", "350", "JPY"),
            breakdown("TAX", "122", "JPY"),
        ]
    )
    order = map_order(
        order_2026([item], "1350", currency="JPY", marketplace_id="A1VC38T7YXB528")
    )
    assert order.price_includes_tax is True
    assert [charge.tax for charge in order.lines[0].charges] == [90, 32]


def test_tax_of_the_order_alone_is_shared_over_its_lines():
    items = [
        item_2026("1", breakdowns=[breakdown("ITEM", "30.00")]),
        item_2026("2", breakdowns=[breakdown("ITEM", "10.00")]),
    ]
    order = map_order(
        order_2026(items, "42.00", order_breakdowns=[breakdown("TAX", "2.00")])
    )
    assert order.price_includes_tax is False
    assert charges(order) == [("item", "30.00", "1.50"), ("item", "10.00", "0.50")]


def test_a_tip_belongs_to_the_order():
    tip = {**breakdown("DELIVERY_TIP", "5.00"), "status": "FINALIZED"}
    item = item_2026(breakdowns=[breakdown("ITEM", "20.00")])
    order = map_order(order_2026([item], "25.00", order_breakdowns=[tip]))
    assert order.charges == (Charge("tip", Decimal("5.00"), None),)


def test_a_tip_not_charged_yet_is_left_out_when_the_total_leaves_it_out():
    tip = {**breakdown("DELIVERY_TIP", "5.00"), "status": "PENDING"}
    item = item_2026(breakdowns=[breakdown("ITEM", "20.00")])
    order = map_order(order_2026([item], "20.00", order_breakdowns=[tip]))
    assert order.charges == ()
    order = map_order(order_2026([item], "25.00", order_breakdowns=[tip]))
    assert len(order.charges) == 1


def test_shipping_known_to_the_order_alone():
    item = item_2026(breakdowns=[breakdown("ITEM", "20.00")])
    whole = [breakdown("ITEM", "20.00"), breakdown("SHIPPING", "4.00")]
    order = map_order(order_2026([item], "24.00", order_breakdowns=whole))
    assert order.charges == (Charge("shipping", Decimal("4.00"), None),)


def test_a_discount_with_a_correction_of_the_other_sign():
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "20.00"),
            breakdown("DISCOUNT", "-5.00", ITEM="-5.00"),
            breakdown("DISCOUNT", "2.00", SHIPPING="2.00"),
        ]
    )
    order = map_order(order_2026([item], "17.00"))
    assert charges(order)[1:] == [
        ("discount", "-5.00", None),
        ("shipping_discount", "2.00", None),
    ]


def test_unexplained_part_of_a_discount_is_an_item_discount():
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "20.00"),
            breakdown("DISCOUNT", "5.00", SHIPPING="2.00"),
        ]
    )
    order = map_order(order_2026([item], "15.00"))
    assert charges(order)[1:] == [
        ("shipping_discount", "-2.00", None),
        ("discount", "-3.00", None),
    ]


def test_totals_that_do_not_balance_are_blocked_with_both_figures():
    item = item_2026(
        breakdowns=[breakdown("ITEM", "20.00"), breakdown("TAX", "3.00", ITEM="3.00")]
    )
    with pytest.raises(BlockedError) as caught:
        map_order(order_2026([item], "21.00"))
    assert caught.value.reason_code == "totals_do_not_balance"
    assert caught.value.data == {
        "currency": "EUR",
        "grand_total": "21.00",
        "sum_tax_excluded": "23.00",
        "sum_tax_included": "20.00",
    }
    assert "21.00" in str(caught.value)


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY", "CANCELLED"])
def test_money_that_is_not_final_blocks_nothing(status):
    item = item_2026(breakdowns=[breakdown("ITEM", "20.00")])
    order = map_order(order_2026([item], "1.00", status=status))
    assert order.status == status
    assert order.price_includes_tax is None


def test_pending_without_money():
    item = item_2026(quantity=2)
    del item["proceeds"]
    order = map_order(order_2026([item], None, status="PENDING"))
    assert (order.currency, order.grand_total) == (None, None)
    assert order.price_includes_tax is None
    assert order.lines[0].charges == ()
    assert order.lines[0].quantity == 2


def test_pending_with_a_unit_price_only():
    item = item_2026(quantity=3)
    item["product"]["price"] = {"unitPrice": money("9.99")}
    del item["proceeds"]
    order = map_order(order_2026([item], None, status="PENDING"))
    assert charges(order) == [("item", "29.97", None)]
    assert order.currency == "EUR"
    assert order.grand_total is None


def test_a_replacement_worth_nothing():
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "0.00"),
            breakdown("SHIPPING", "0.00"),
            breakdown("TAX", "0.00", ITEM="0.00"),
        ]
    )
    order = map_order(
        order_2026(
            [item],
            "0.00",
            associatedOrders=[
                {"orderId": "1-2-3", "associationType": "REPLACEMENT_ORIGINAL_ID"}
            ],
        )
    )
    assert order.is_replacement_of == "1-2-3"
    assert order.lines[0].charges == (Charge("item", Decimal(0), Decimal(0)),)
    assert order.grand_total == 0


@pytest.mark.parametrize(
    "tax", [{"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}, None]
)
def test_tax_outside_the_total_is_not_taken_for_included_tax(tax):  # A1
    """In the US what the total leaves out is not inside the price, flagged or not."""
    item = item_2026(
        breakdowns=[
            breakdown("ITEM", "100.00", "USD"),
            breakdown("TAX", "8.25", "USD", ITEM="8.25"),
        ],
        tax=tax,
    )
    order = map_order(
        order_2026([item], "100.00", currency="USD", marketplace_id="ATVPDKIKX0DER")
    )
    assert order.price_includes_tax is False
    assert order.lines[0].tax_outside_total == Decimal("8.25")
    assert charges(order) == [("item", "100.00", Decimal(0))]
    assert order.amazon_remitted_tax == 0
    assert order.facilitator == (tax and "MARKETPLACE_FACILITATOR")
    assert total_of(order) == order.grand_total


def test_facilitator_tax_inside_the_total():
    tax = {
        "taxCollections": [
            {
                "model": "MARKETPLACE_FACILITATOR",
                "responsibleParty": "Amazon Services, Inc.",
            }
        ]
    }
    mine = item_2026(
        "1",
        breakdowns=[breakdown("ITEM", "10.00", "USD"), breakdown("TAX", "1.00", "USD")],
    )
    theirs = item_2026(
        "2",
        breakdowns=[breakdown("ITEM", "20.00", "USD"), breakdown("TAX", "2.00", "USD")],
        tax=tax,
    )
    order = map_order(
        order_2026(
            [mine, theirs], "33.00", currency="USD", marketplace_id="ATVPDKIKX0DER"
        )
    )
    assert order.price_includes_tax is False
    assert order.amazon_remitted_tax == Decimal("2.00")
    assert [line.facilitator for line in order.lines] == [False, True]


def test_two_currencies_are_blocked():
    item = item_2026(
        breakdowns=[breakdown("ITEM", "20.00"), breakdown("SHIPPING", "1.00", "GBP")]
    )
    with pytest.raises(BlockedError) as caught:
        map_order(order_2026([item], "21.00"))
    assert caught.value.reason_code == "mixed_currencies"
    assert caught.value.data == {"currencies": ["EUR", "GBP"]}


def test_unknown_words_and_keys_are_kept_or_ignored():  # A16
    payload = rich_order_2026()
    payload["fulfillment"]["fulfillmentStatus"] = "INVOICE_UNCONFIRMED"
    payload["programs"].append("DRONE")
    payload["novelty"] = {"a": [1]}
    payload["orderItems"][0]["proceeds"]["breakdowns"].append(
        breakdown("RECYCLING_FEE", "1.00")
    )
    payload["proceeds"]["grandTotal"] = money("46.99")
    order = map_order(payload)
    assert order.status == "INVOICE_UNCONFIRMED"
    assert "DRONE" in order.programs
    assert ("other", "1.00", Decimal(0)) in charges(order)


def test_who_ships_is_not_guessed():  # A13
    payload = rich_order_2026()
    payload["fulfillment"]["fulfilledBy"] = "CARRIER_PIGEON"
    with pytest.raises(PayloadError, match="fulfilledBy"):
        map_order(payload)


def test_without_the_fulfilment_data_the_status_is_unknown():
    payload = rich_order_2026()
    del payload["fulfillment"]
    order = map_order(payload)
    assert (order.status, order.fulfilled_by) == ("UNKNOWN", None)


def test_uk_is_written_gb():
    payload = rich_order_2026()
    payload["recipient"]["deliveryAddress"]["countryCode"] = "uk"
    assert map_order(payload).address.country_code == "GB"


@pytest.mark.parametrize("address", [None, {}, {"city": "", "extendedFields": {}}])
def test_a_withheld_address_is_no_address(address):
    payload = rich_order_2026()
    payload["recipient"]["deliveryAddress"] = address
    assert map_order(payload).address is None


def test_text_a_database_cannot_hold_is_repaired():
    payload = rich_order_2026()
    payload["buyer"]["buyerName"] = " A\x00nn \ud83d "
    assert map_order(payload).buyer.name == "Ann \ufffd"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("orderId",), None),
        (("orderId",), ""),
        (("orderId",), 7),
        (("createdTime",), "yesterday"),
        (("createdTime",), "2026-11-20"),
        (("createdTime",), "2026-11-20T10:00:00"),
        (("createdTime",), "0001-01-01T00:00:00+10:00"),
        (("lastUpdatedTime",), None),
        (("salesChannel",), "AMAZON"),
        (("orderItems",), {}),
        (("orderItems",), []),
        (("orderItems", 0), "x"),
        (("orderItems", 0, "orderItemId"), "70000000000012"),
        (("orderItems", 0, "quantityOrdered"), -1),
        (("orderItems", 0, "quantityOrdered"), "3"),
        (("orderItems", 0, "quantityOrdered"), 2.5),
        (("orderItems", 0, "quantityOrdered"), True),
        (("orderItems", 0, "quantityOrdered"), 10**30),
        (("orderItems", 0, "quantityOrdered"), None),
        (("proceeds", "grandTotal", "amount"), "NaN"),
        (("proceeds", "grandTotal", "amount"), "Infinity"),
        (("proceeds", "grandTotal", "amount"), float("nan")),
        (("proceeds", "grandTotal", "amount"), "1e999"),
        (("proceeds", "grandTotal", "amount"), "1e99"),
        (("proceeds", "grandTotal", "amount"), "9" * 40),
        (("proceeds", "grandTotal", "amount"), "45,99"),
        (("proceeds", "grandTotal", "amount"), "٤٥"),
        (("proceeds", "grandTotal", "amount"), True),
        (("proceeds", "grandTotal", "amount"), 10**400),
        (("proceeds", "grandTotal", "currencyCode"), "euro"),
    ],
)
def test_malformed_values_are_payload_errors_with_a_path(path, value):
    payload = rich_order_2026()
    holder = payload
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    with pytest.raises(PayloadError) as caught:
        map_order(payload)
    assert caught.value.path
    assert str(path[0]) in caught.value.path


@pytest.mark.parametrize("payload", [None, [], "order", 5, True])
def test_what_is_no_object_is_a_payload_error(payload):
    with pytest.raises(PayloadError):
        map_order(payload)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("45.99", "45.99"), (45.99, "45.99"), ("4599e-2", "45.99"), ("45.990", "45.990")],
)
def test_amounts_are_exact_however_they_are_written(text, expected):
    payload = rich_order_2026()
    payload["proceeds"]["grandTotal"]["amount"] = text
    assert str(map_order(payload).grand_total) == expected
