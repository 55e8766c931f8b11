"""Orders API v0, for accounts that 2026-01-01 refuses, until 2027-03-27 (A16).

``getOrder``/``getOrders``, ``getOrderItems`` and, with a restricted data
token, ``getOrderAddress`` and ``getOrderBuyerInfo``. ``ItemPrice`` contains
tax where prices on the site do (Europe, Japan, …), not in the US and Canada.
"""

import re
from dataclasses import replace
from typing import Any

from ..services.marketplaces import MARKETPLACES
from .order_common import (
    UNSETTLED,
    Purse,
    address_or_none,
    check_lines,
    country_code,
    first,
    known_fulfiller,
    order_facilitator,
    pairs,
    window,
    with_charges,
)
from .order_data import (
    FACILITATOR_MODEL,
    STATUS_UNKNOWN,
    ZERO,
    Address,
    Alias,
    Buyer,
    Line,
    Order,
    TaxRegistration,
)
from .reconcile import Draft, Entry, reconcile, sign_readings
from .values import Node

SOURCE = "v0"

# Where v0 has another word than 2026-01-01, or one more.
_STATUSES = {"CANCELED": "CANCELLED", "INVOICE_UNCONFIRMED": "SHIPPED"}
_FULFILLED_BY = {"AFN": "AMAZON", "MFN": "MERCHANT"}
_FLAGS = {
    "IsBusinessOrder": "AMAZON_BUSINESS",
    "IsPrime": "PRIME",
    "IsPremiumOrder": "PREMIUM",
    "IsISPU": "IN_STORE_PICK_UP",
    "IsIBA": "INVOICE_BY_AMAZON",
}
# kind, field of the amount, field of its tax, whether it reduces the price
_CHARGES = (
    ("item", "ItemPrice", "ItemTax", False),
    ("shipping", "ShippingPrice", "ShippingTax", False),
    ("gift_wrap", "GiftWrapPrice", "GiftWrapTax", False),
    ("cod_fee", "CODFee", None, False),
    ("discount", "PromotionDiscount", "PromotionDiscountTax", True),
    ("shipping_discount", "ShippingDiscount", "ShippingDiscountTax", True),
    ("cod_fee", "CODFeeDiscount", None, True),
)
_STREET_FIELDS = ("StreetName", "StreetNumber", "Complement", "Neighborhood")
_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+")


def map_order_v0(
    order: dict[str, Any],
    items: list[dict[str, Any]],
    address: dict[str, Any] | None = None,
    buyer: dict[str, Any] | None = None,
) -> Order:
    """Return the same order object as for 2026-01-01.

    :param order: payload of ``getOrder``, or one element of ``Orders``
    :param items: all pages of ``OrderItems``
    :param address: payload of ``getOrderAddress``
    :param buyer: payload of ``getOrderBuyerInfo``
    :raise PayloadError: not the shape we know
    :raise BlockedError: ``totals_do_not_balance``, ``mixed_currencies``
    """
    node = Node(order)
    located = Node({} if address is None else address, "address")
    nodes = Node({"OrderItems": items}).children("OrderItems")
    status = _status(node.text("OrderStatus"))
    lines = tuple(_line(item) for item in nodes)
    check_lines(lines, status, "OrderItems")
    replaced = node.text("ReplacedOrderId")
    return Order(
        order_id=node.identifier("AmazonOrderId"),
        marketplace_id=node.text("MarketplaceId"),
        sales_channel=_sales_channel(node.text("SalesChannel")),
        created_at=node.required_moment("PurchaseDate"),
        updated_at=node.required_moment("LastUpdateDate"),
        status=status,
        fulfilled_by=_fulfilled_by(node),
        service_level=upper_snake(node.text("ShipmentServiceLevelCategory")),
        ship_by=_window(node, "EarliestShipDate", "LatestShipDate"),
        deliver_by=_window(node, "EarliestDeliveryDate", "LatestDeliveryDate"),
        programs=_programs(node),
        is_replacement_of=replaced,
        association_type="REPLACEMENT_ORIGINAL_ID" if replaced else None,
        buyer=_buyer(node, located, buyer),
        address=_address(node, located),
        tax_registrations=_registrations(node, buyer),
        facilitator=order_facilitator(lines),
        reporting_scheme=first(line.reporting_scheme for line in lines),
        ioss_number=first(item.text("IossNumber") for item in nodes),
        cancellation_requested=any(line.cancellation_requested for line in lines),
        cancel_reason=first(line.cancel_reason for line in lines),
        cancelled_by=None,
        aliases=_aliases(node),
        packages=(),
        source=SOURCE,
        **_money(node, nodes, lines, status),
    )


def upper_snake(word: str | None) -> str | None:
    """Return v0's ``PartiallyShipped`` as ``PARTIALLY_SHIPPED``."""
    return _WORD_BORDER.sub("_", word).upper() if word else None


def _status(word):
    status = upper_snake(word) or STATUS_UNKNOWN
    return _STATUSES.get(status, status)


def _fulfilled_by(node):
    channel = node.word("FulfillmentChannel")
    word = _FULFILLED_BY.get(channel, channel)
    return known_fulfiller(word, node.at("FulfillmentChannel"))


def _sales_channel(name):
    is_foreign = name is not None and name.lower().startswith("non-amazon")
    return "NON_AMAZON" if is_foreign else "AMAZON"


def _programs(node):
    programs = {name for flag, name in _FLAGS.items() if node.flag(flag)}
    if node.text("OrderType") == "Preorder":
        programs.add("PREORDER")
    return frozenset(programs)


def _window(node, earliest, latest):
    return window(node.moment(earliest), node.moment(latest))


def _money(node, items, lines, status):
    """Return the fields of the order that hold or describe money."""
    purse = Purse()
    total = purse.amount(node, "OrderTotal")
    entries = tuple(_entries(item, purse) for item in items)
    marketplace = MARKETPLACES.get(node.text("MarketplaceId"))
    balance = reconcile(
        _readings(Draft(entries)),
        total,
        facilitators=[line.facilitator for line in lines],
        marketplace_id=marketplace.id if marketplace else None,
        currency=purse.currency,
        must_balance=status not in UNSETTLED,
        undecided=marketplace.price_includes_tax if marketplace else None,
    )
    has_money = purse.currency is not None
    return {
        "currency": purse.currency,
        "grand_total": total,
        "price_includes_tax": balance.price_includes_tax if has_money else None,
        "charges": balance.order,
        "lines": with_charges(lines, balance),
    }


def _entries(item, purse):
    """Return the entries of one order item.

    Amazon leaves out what does not apply; an amount without its tax field
    keeps ``None``.
    """
    entries = []
    for kind, amount_key, tax_key, reduces in _CHARGES:
        node = item.child("BuyerInfo") if kind == "gift_wrap" else item
        amount = purse.amount(node, amount_key)
        tax = purse.amount(node, tax_key) if tax_key else None
        if amount is not None:
            entries.append(Entry(kind, amount, tax, reduces))
    return tuple(entries)


def _readings(draft):
    """Return the draft's readings: taxes may already be net of discounts."""
    readings = sign_readings(draft)
    plain = [
        tuple(
            replace(entry, tax=ZERO) if entry.reduces and entry.tax else entry
            for entry in line
        )
        for line in readings[0].lines
    ]
    return [*readings, Draft(tuple(plain))]


def _line(item):
    """Return an order item without its money."""
    gift = item.child("BuyerInfo")
    collection = item.child("TaxCollection")
    facilitator = upper_snake(collection.text("Model")) == FACILITATOR_MODEL
    cancel = item.child("BuyerRequestedCancel")
    return Line(
        order_item_id=item.identifier("OrderItemId"),
        sku=item.text("SellerSKU"),
        asin=item.text("ASIN"),
        title=item.text("Title"),
        quantity=item.required_count("QuantityOrdered"),
        quantity_shipped=item.count("QuantityShipped") or 0,
        promotion_ids=tuple(dict.fromkeys(item.words("PromotionIds"))),
        gift_message=gift.text("GiftMessageText"),
        gift_wrap_level=gift.text("GiftWrapLevel"),
        condition=upper_snake(item.text("ConditionId")),
        serial_numbers=item.words("SerialNumbers"),
        programs=_item_programs(item),
        facilitator=facilitator,
        responsible_party=collection.text("ResponsibleParty") if facilitator else None,
        reporting_scheme=item.word("DeemedResellerCategory"),
        cancellation_requested=cancel.flag("IsBuyerRequestedCancel"),
        cancel_reason=cancel.text("BuyerCancelReason"),
        customization_url=gift.child("BuyerCustomizedInfo").text("CustomizedURL"),
    )


def _item_programs(item):
    programs = set(item.child("AmazonPrograms").words("Programs"))
    if item.flag("IsTransparency"):
        programs.add("TRANSPARENCY")
    return frozenset(word.upper() for word in programs)


def _buyer(node, located, buyer):
    """Return the buyer: ``getOrderBuyerInfo`` knows more than ``getOrder``."""
    inline = node.child("BuyerInfo")
    full = Node({} if buyer is None else buyer, "buyer")

    def known(key):
        return full.text(key) or inline.text(key)

    return Buyer(
        name=known("BuyerName"),
        email=known("BuyerEmail"),
        company_name=located.text("BuyerCompanyName"),
        purchase_order_number=known("PurchaseOrderNumber"),
    )


def _address(node, located):
    """Return the address, ``None`` when Amazon withheld it."""
    found = located.child("ShippingAddress") or node.child("ShippingAddress")
    if not found:
        return None
    extended = found.child("ExtendedFields")
    pickup = node.flag("IsAccessPointOrder")
    kind = upper_snake(found.text("AddressType"))
    address = Address(
        name=found.text("Name"),
        company_name=found.text("CompanyName"),
        line1=found.text("AddressLine1"),
        line2=found.text("AddressLine2"),
        line3=found.text("AddressLine3"),
        city=found.text("City"),
        district=found.text("District") or found.text("County"),
        state=found.text("StateOrRegion"),
        municipality=found.text("Municipality"),
        postal_code=found.text("PostalCode"),
        country_code=country_code(found.word("CountryCode")),
        phone=found.text("Phone"),
        address_type="PICKUP_POINT" if pickup else kind,
        extended=pairs(
            (name[0].lower() + name[1:], extended.text(name)) for name in _STREET_FIELDS
        ),
    )
    return address_or_none(address)


def _registrations(node, buyer):
    """Return the tax numbers from the three places v0 keeps them."""
    full = Node({} if buyer is None else buyer, "buyer").child("BuyerTaxInfo")
    info = full or node.child("BuyerInfo").child("BuyerTaxInfo")
    legal_name = info.text("CompanyLegalName")
    found = _classifications(info, "BUYER", legal_name)
    if legal_name and not found:
        found = [TaxRegistration("BUYER", legal_name, None, None)]
    turkish = node.child("BuyerTaxInformation")
    if turkish:
        found.append(
            TaxRegistration(
                "BUYER",
                turkish.text("BuyerLegalCompanyName"),
                "BUSINESS",
                turkish.text("BuyerTaxRegistrationId"),
                attributes=pairs([("TAX_OFFICE", turkish.text("BuyerTaxOffice"))]),
            )
        )
    found += _classifications(node.child("MarketplaceTaxInfo"), "MARKETPLACE", None)
    return tuple(found)


def _classifications(node, entity_type, legal_name):
    return [
        TaxRegistration(
            entity_type, legal_name, entry.word("Name"), entry.text("Value")
        )
        for entry in node.children("TaxClassifications")
    ]


def _aliases(node):
    value = node.text("SellerOrderId")
    return (Alias("SELLER_ORDER_ID", value),) if value else ()
