"""Orders v0 → the same order as 2026-01-01 gives (A16)."""

from decimal import Decimal

import pytest
from order_payloads import (
    breakdown,
    item_2026,
    item_v0,
    money_v0,
    order_2026,
    order_v0,
    rich_order_v0,
)

from acorn_amazon_connector.mappers.errors import BlockedError, PayloadError
from acorn_amazon_connector.mappers.order import (
    map_order,
    map_order_v0,
    peek_cancellation,
    peek_total,
)
from acorn_amazon_connector.mappers.values import Money


def test_every_field_of_a_rich_order():  # A1
    order = map_order_v0(*rich_order_v0())

    assert order.source == "v0"
    assert (order.status, order.fulfilled_by) == ("UNSHIPPED", "MERCHANT")
    assert order.service_level == "SECOND_DAY"
    assert order.sales_channel == "AMAZON"
    assert order.programs == {"AMAZON_BUSINESS", "IN_STORE_PICK_UP", "PREORDER"}
    assert order.is_replacement_of == "305-0000001-0000001"
    assert order.buyer.email == "full@marketplace.amazon.com"
    assert order.buyer.name == "Jo Field"
    assert order.buyer.company_name == "Acme Inc."
    assert order.buyer.purchase_order_number == "PO-10"
    assert order.address.district == "Travis"
    assert order.address.address_type == "PICKUP_POINT"
    assert order.address.extended == (("streetName", "Pine St"), ("streetNumber", "1"))
    assert [
        (entry.entity_type, entry.number_type, entry.number)
        for entry in order.tax_registrations
    ] == [
        ("BUYER", "VATNUMBER", "DE123456789"),
        ("BUYER", "BUSINESS", "1234567890"),
        ("MARKETPLACE", "CNPJ", "15436940000103"),
    ]
    assert order.tax_registrations[1].attributes == (("TAX_OFFICE", "Kadıköy"),)
    assert order.aliases[0].value == "WEB-78"
    assert (order.reporting_scheme, order.ioss_number) == ("IOSS", "IM5280001234")
    assert order.facilitator == "Amazon Services, Inc."
    assert order.cancellation_requested
    assert order.cancel_reason == "Found it elsewhere"

    line = order.lines[0]
    assert (line.quantity, line.quantity_shipped, line.condition) == (2, 1, "NEW")
    assert line.programs == {"SUBSCRIBE_AND_SAVE", "TRANSPARENCY"}
    assert line.customization_url == "https://example.com/c.zip"
    assert order.price_includes_tax is False
    assert [(charge.kind, charge.amount, charge.tax) for charge in line.charges] == [
        ("item", Decimal("100.00"), Decimal("8.00")),
        ("shipping", Decimal("5.00"), Decimal("0.40")),
        ("gift_wrap", Decimal("5.00"), Decimal("0.70")),
        ("cod_fee", Decimal("6.00"), None),
        ("discount", Decimal("-10.00"), Decimal("-0.80")),
        ("cod_fee", Decimal("-1.00"), None),
    ]
    total = sum(charge.amount + (charge.tax or 0) for charge in line.charges)
    assert total == order.grand_total == Decimal("113.30")


def test_taxes_that_are_net_of_the_discount_already():
    order, items, address, buyer = rich_order_v0()
    order["OrderTotal"]["Amount"] = "114.10"
    mapped = map_order_v0(order, items, address, buyer)
    discount = mapped.lines[0].charges[4]
    assert (discount.kind, discount.tax) == ("discount", 0)


def test_prices_contain_tax_where_the_site_shows_it():
    item = item_v0(
        ItemPrice=money_v0("119.00"),
        ItemTax=money_v0("19.00"),
        ShippingPrice=money_v0("5.95"),
        PromotionDiscount=money_v0("5.95"),
    )
    order = map_order_v0(order_v0("119.00"), [item])
    assert order.price_includes_tax is True
    assert order.lines[0].charges[0].tax == Decimal("19.00")


@pytest.mark.parametrize(
    ("marketplace_id", "currency", "expected"),
    [
        ("A1PA6795UKMFR9", "EUR", True),
        ("A1VC38T7YXB528", "JPY", True),
        ("ATVPDKIKX0DER", "USD", False),
        ("A0UNKNOWN", "EUR", None),
    ],
)
def test_without_tax_figures_the_marketplace_decides(
    marketplace_id, currency, expected
):
    item = item_v0(
        ItemPrice=money_v0("119", currency), ItemTax=money_v0("0.00", currency)
    )
    payload = order_v0("119", currency=currency, marketplace_id=marketplace_id)
    assert map_order_v0(payload, [item]).price_includes_tax is expected


def test_an_empty_amount_is_no_amount():
    item = item_v0(ItemPrice=money_v0("10.00"), ItemTax=money_v0(""), ShippingPrice={})
    order = map_order_v0(order_v0("10.00"), [item])
    assert len(order.lines[0].charges) == 1
    assert order.lines[0].charges[0].tax is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Pending", "PENDING"),
        ("PendingAvailability", "PENDING_AVAILABILITY"),
        ("Unshipped", "UNSHIPPED"),
        ("PartiallyShipped", "PARTIALLY_SHIPPED"),
        ("Shipped", "SHIPPED"),
        ("Canceled", "CANCELLED"),
        ("Unfulfillable", "UNFULFILLABLE"),
        ("InvoiceUnconfirmed", "SHIPPED"),
        ("SomethingNew", "SOMETHING_NEW"),
    ],
)
def test_status_words_become_those_of_2026(word, expected):
    item = item_v0(ItemPrice=money_v0("10.00"))
    payload = order_v0("10.00", OrderStatus=word)
    assert map_order_v0(payload, [item]).status == expected


def test_pending_without_money_or_address():
    order = map_order_v0(
        order_v0(OrderStatus="Pending", FulfillmentChannel="AFN"), [item_v0()]
    )
    assert (order.currency, order.grand_total) == (None, None)
    assert order.price_includes_tax is None
    assert order.address is None
    assert order.fulfilled_by == "AMAZON"
    assert order.lines[0].charges == ()


def test_orders_of_other_channels():
    item = item_v0(ItemPrice=money_v0("10.00"))
    payload = order_v0("10.00", SalesChannel="Non-Amazon US")
    assert map_order_v0(payload, [item]).sales_channel == "NON_AMAZON"


def test_the_buyer_asked_for_nothing():
    item = item_v0(
        ItemPrice=money_v0("10.00"),
        BuyerRequestedCancel={"IsBuyerRequestedCancel": "false"},
    )
    assert not map_order_v0(order_v0("10.00"), [item]).cancellation_requested


def test_totals_that_do_not_balance_are_blocked():
    item = item_v0(ItemPrice=money_v0("10.00"))
    with pytest.raises(BlockedError) as caught:
        map_order_v0(order_v0("11.00"), [item])
    assert caught.value.reason_code == "totals_do_not_balance"


@pytest.mark.parametrize(
    ("order", "items"),
    [
        (None, []),
        ({}, []),
        (order_v0("1.00"), None),
        (order_v0("1.00"), {}),
        (order_v0("1.00"), [None]),
        (order_v0("1.00"), [item_v0(quantity=-1)]),
        (order_v0("1.00"), [item_v0(), item_v0()]),
        (order_v0("1.00"), [item_v0(BuyerRequestedCancel="true")]),
        (order_v0("1.00", IsPrime="maybe"), [item_v0()]),
        (order_v0("1.00", PurchaseDate="20/11/2026"), [item_v0()]),
    ],
)
def test_malformed_documents(order, items):
    with pytest.raises(PayloadError):
        map_order_v0(order, items)


def test_a_tip_that_only_the_total_knows_is_not_guessed():
    # v0 has no field for it: nobody may take it for a price or leave it out.
    item = item_v0(ItemPrice=money_v0("10.00"), ItemTax=money_v0("0.80"))
    with pytest.raises(BlockedError) as caught:
        map_order_v0(order_v0("13.80"), [item])
    assert caught.value.reason_code == "totals_do_not_balance"
    assert caught.value.data["grand_total"] == "13.80"
    assert caught.value.data["sum_tax_excluded"] == "10.80"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"order": order_v0("13.80"), "items": "?"}, Money(Decimal("13.80"), "EUR")),
        (order_2026([], "25.00"), Money(Decimal("25.00"), "EUR")),
        ({"proceeds": {"grandTotal": {"amount": "25.00"}}}, None),
        ({"proceeds": {"grandTotal": {"amount": "much", "currencyCode": "USD"}}}, None),
        ({"proceeds": []}, None),
        ({}, None),
        ("no order", None),
    ],
)
def test_the_total_of_a_document_that_cannot_be_understood(payload, expected):
    assert peek_total(payload) == expected


REQUEST_V0 = {"BuyerRequestedCancel": {"IsBuyerRequestedCancel": "true"}}
REQUEST = {"cancellation": {"cancellationRequest": {"requester": "BUYER"}}}


# A14
@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"order": {"OrderStatus": "Canceled"}, "items": "?"}, "CANCELLED"),
        ({"order": "?", "items": [{}, REQUEST_V0]}, "REQUESTED"),
        ({"order": {"OrderStatus": "Unshipped"}, "items": [{}]}, None),
        (
            {"fulfillment": {"fulfillmentStatus": "CANCELLED"}, "orderItems": 1},
            "CANCELLED",
        ),
        ({"fulfillment": 1, "orderItems": [{}, REQUEST]}, "REQUESTED"),
        (order_2026([], "25.00"), None),
        ({}, None),
        ("no order", None),
    ],
)
def test_a_cancellation_in_a_document_that_cannot_be_understood(payload, expected):
    assert peek_cancellation(payload) == expected


def test_both_versions_of_the_same_order_agree():
    new = map_order(
        order_2026(
            [
                item_2026(
                    "70000000000021",
                    2,
                    [
                        breakdown("ITEM", "50.00", "USD"),
                        breakdown("SHIPPING", "4.00", "USD"),
                        breakdown("DISCOUNT", "-5.00", "USD", ITEM="-5.00"),
                        breakdown("TAX", "4.32", "USD", ITEM="4.00", SHIPPING="0.32"),
                    ],
                )
            ],
            "53.32",
            currency="USD",
            marketplace_id="ATVPDKIKX0DER",
            createdTime="2026-11-20T09:15:30.000Z",
        )
    )
    old = map_order_v0(
        order_v0("53.32", currency="USD", marketplace_id="ATVPDKIKX0DER"),
        [
            item_v0(
                quantity=2,
                ItemPrice=money_v0("50.00", "USD"),
                ItemTax=money_v0("4.00", "USD"),
                ShippingPrice=money_v0("4.00", "USD"),
                ShippingTax=money_v0("0.32", "USD"),
                PromotionDiscount=money_v0("5.00", "USD"),
                PromotionDiscountTax=money_v0("0.00", "USD"),
            )
        ],
    )
    for name in (
        "order_id",
        "marketplace_id",
        "created_at",
        "updated_at",
        "status",
        "fulfilled_by",
        "currency",
        "grand_total",
        "price_includes_tax",
        "lines",
    ):
        assert getattr(new, name) == getattr(old, name), name


@pytest.mark.parametrize(
    ("marketplace_id", "tax", "expected"),
    [
        ("A1PA6795UKMFR9", "0.00", False),
        ("A1PA6795UKMFR9", "1.60", True),
        ("A1PA6795UKMFR9", None, False),
        ("ATVPDKIKX0DER", "0.00", True),
        ("ATVPDKIKX0DER", None, False),
    ],
)
def test_a_zero_where_prices_contain_tax_states_none(marketplace_id, tax, expected):
    item = item_v0(ItemPrice=money_v0("10.00"))
    if tax:
        item["ItemTax"] = money_v0(tax)
    document = order_v0("10.00", marketplace_id=marketplace_id)

    assert map_order_v0(document, [item]).states_tax is expected
