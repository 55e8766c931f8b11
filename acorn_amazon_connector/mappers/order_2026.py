"""Orders API 2026-01-01: ``searchOrders``, ``getOrder`` (A1, A16).

Every data set of ``includedData`` may be missing; unknown keys and words are
accepted.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

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
    Package,
    TaxRegistration,
)
from .reconcile import Draft, Entry, reconcile, sign_readings, spread
from .values import Node

SOURCE = "2026-01-01"

_KINDS = {
    "ITEM": "item",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "gift_wrap",
    "COD_FEE": "cod_fee",
    "DELIVERY_TIP": "tip",
}
_DISCOUNT_KINDS = {"SHIPPING": "shipping_discount", "COD_FEE": "cod_fee"}
_REDUCED_KINDS = {"discount": "item", "shipping_discount": "shipping"}
_REPLACEMENTS = ("REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID")
# Taxes that belong to no kind of charge: that of discounts, and what Amazon's
# details leave unexplained.
_REDUCTIONS = "reductions"
_REST = "rest"
_STREET_FIELDS = ("streetName", "streetNumber", "complement", "neighborhood")


def map_order(payload: dict[str, Any]) -> Order:
    """Return the order of a ``getOrder`` or ``searchOrders`` answer.

    :param payload: one element of ``orders``, or ``order``
    :raise PayloadError: not the shape we know
    :raise BlockedError: ``totals_do_not_balance``, ``mixed_currencies``
    """
    node = Node(payload)
    fulfillment = node.child("fulfillment")
    status = fulfillment.word("fulfillmentStatus") or STATUS_UNKNOWN
    channel = node.child("salesChannel")
    items = node.children("orderItems")
    lines = tuple(_line(item) for item in items)
    check_lines(lines, status, "orderItems")
    original = _original_order(node)
    return Order(
        order_id=node.identifier("orderId"),
        marketplace_id=channel.text("marketplaceId"),
        sales_channel=channel.word("channelName") or "AMAZON",
        created_at=node.required_moment("createdTime"),
        updated_at=node.required_moment("lastUpdatedTime"),
        status=status,
        fulfilled_by=known_fulfiller(
            fulfillment.word("fulfilledBy"), fulfillment.at("fulfilledBy")
        ),
        service_level=fulfillment.word("fulfillmentServiceLevel"),
        ship_by=_window(fulfillment, "shipByWindow"),
        deliver_by=_window(fulfillment, "deliverByWindow"),
        programs=frozenset(word.upper() for word in node.words("programs")),
        is_replacement_of=original.text("orderId"),
        association_type=original.word("associationType"),
        buyer=_buyer(node.child("buyer")),
        address=_address(node.child("recipient").child("deliveryAddress")),
        tax_registrations=_registrations(node.child("tax")),
        facilitator=order_facilitator(lines),
        reporting_scheme=first(line.reporting_scheme for line in lines),
        ioss_number=first(_ioss_number(item) for item in items),
        cancellation_requested=any(line.cancellation_requested for line in lines),
        cancel_reason=first(line.cancel_reason for line in lines),
        cancelled_by=first(line.cancelled_by for line in lines),
        aliases=_aliases(node),
        packages=tuple(_package(package) for package in node.children("packages")),
        source=SOURCE,
        **_money(node, items, lines, status),
    )


def _money(node, items, lines, status):
    """Return the fields of the order that hold or describe money."""
    purse = Purse()
    proceeds = node.child("proceeds")
    grand_total = purse.amount(proceeds, "grandTotal")
    entries = [_item_entries(item, purse) for item in items]
    whole = _order_entries(proceeds, entries, purse)
    if not any(entry.tax is not None for line in entries for entry in line):
        entries = _share_order_tax(proceeds, entries, purse)
    balance = reconcile(
        sign_readings(Draft(tuple(entries), whole)),
        grand_total,
        facilitators=[line.facilitator for line in lines],
        marketplace_id=node.child("salesChannel").text("marketplaceId"),
        currency=purse.currency,
        must_balance=status not in UNSETTLED,
        undecided=None,
    )
    return {
        "currency": purse.currency,
        "grand_total": grand_total,
        "price_includes_tax": balance.price_includes_tax,
        "charges": balance.order,
        "lines": with_charges(lines, balance),
    }


def _item_entries(item, purse):
    """Return the entries of one order item."""
    proceeds = item.child("proceeds")
    breakdowns = proceeds.children("breakdowns")
    if not breakdowns:
        return _bare_price(item, proceeds, purse)
    amounts = defaultdict(Decimal)
    discounts = defaultdict(Decimal)
    taxes = None
    for breakdown in breakdowns:
        kind = breakdown.word("type")
        subtotal = purse.amount(breakdown, "subtotal") or ZERO
        details = _details(breakdown, purse)
        if kind == "TAX":
            taxes = defaultdict(Decimal) if taxes is None else taxes
            _add_tax(taxes, subtotal, details)
        elif kind == "DISCOUNT":
            _add_discount(discounts, subtotal, details)
        else:
            amounts[_KINDS.get(kind, "other")] += subtotal
    entries = [Entry(kind, amount) for kind, amount in amounts.items()]
    entries += [Entry(kind, amount, None, True) for kind, amount in discounts.items()]
    return _with_taxes(entries, taxes, purse.currency)


def _bare_price(item, proceeds, purse):
    """Return the price of an item that comes without a breakdown."""
    total = purse.amount(proceeds, "proceedsTotal")
    if total is None:
        unit = purse.amount(item.child("product").child("price"), "unitPrice")
        if unit is None:
            return ()
        total = unit * item.required_count("quantityOrdered")
    return (Entry("item", total),)


def _details(breakdown, purse):
    return [
        (detail.word("subtype"), purse.amount(detail, "value") or ZERO)
        for detail in breakdown.children("detailedBreakdowns")
    ]


def _add_tax(taxes, subtotal, details):
    """Sort a TAX breakdown by what was taxed; what is not explained is rest."""
    explained = ZERO
    for subtype, value in details:
        if subtype == "DISCOUNT":
            value = -abs(value)
            taxes[_REDUCTIONS] += value
        else:
            taxes[_KINDS.get(subtype, "other")] += value
        explained += value
    taxes[_REST] += subtotal - explained


def _add_discount(discounts, subtotal, details):
    """Sort a DISCOUNT breakdown by what was reduced, in the subtotal's sign."""
    sign = 1 if subtotal > 0 else -1
    explained = ZERO
    for subtype, value in details:
        discounts[_DISCOUNT_KINDS.get(subtype, "discount")] += sign * abs(value)
        explained += sign * abs(value)
    if subtotal != explained:
        discounts["discount"] += subtotal - explained


def _with_taxes(entries, taxes, currency):
    """Return the entries with their tax.

    :param taxes: kind → tax; ``None`` when Amazon gave no tax at all
    """
    if taxes is None:
        return tuple(entries)
    raising = [entry for entry in entries if not entry.reduces]
    reducing = [entry for entry in entries if entry.reduces]
    raising = raising or [Entry("other", ZERO)]
    kinds = {entry.kind for entry in raising}
    rest = ZERO
    for kind, tax in taxes.items():
        known = bool(reducing) if kind == _REDUCTIONS else kind in kinds
        rest += ZERO if known else tax
    shares = spread(rest, [entry.amount for entry in raising], currency)
    taxed = [
        replace(entry, tax=taxes.get(entry.kind, ZERO) + share)
        for entry, share in zip(raising, shares, strict=True)
    ]
    if reducing:
        weights = _saving_weights(reducing, taxed)
        shares = spread(taxes.get(_REDUCTIONS, ZERO), weights, currency)
        taxed += [
            replace(entry, tax=share)
            for entry, share in zip(reducing, shares, strict=True)
        ]
    return tuple(taxed)


def _saving_weights(reducing, taxed):
    """Return what each reduction weighs when the tax that it saves is shared.

    Amazon states one sum: of a reduction of free-of-tax shipping none of it is.
    """
    rates = {entry.kind: entry.tax / entry.amount for entry in taxed if entry.amount}
    amounts = [entry.amount for entry in reducing]
    weights = [
        entry.amount * rates.get(_REDUCED_KINDS.get(entry.kind, entry.kind), ZERO)
        for entry in reducing
    ]
    return weights if any(weights) else amounts


def _order_entries(proceeds, lines, purse):
    """Return what the order has beside its items: a tip, or a kind no item has."""
    on_lines = {(entry.kind, entry.reduces) for line in lines for entry in line}
    entries = []
    for breakdown in proceeds.children("breakdowns"):
        kind = breakdown.word("type")
        amount = purse.amount(breakdown, "subtotal") or ZERO
        pending = breakdown.word("status") == "PENDING"
        if kind == "DISCOUNT":
            if not any(reduces for _kind, reduces in on_lines):
                entries.append(Entry("discount", amount, None, True))
        elif kind not in ("ITEM", "TAX"):
            name = _KINDS.get(kind, "other")
            if (name, False) not in on_lines:
                entries.append(Entry(name, amount, pending=pending))
    return tuple(entries)


def _share_order_tax(proceeds, lines, purse):
    """Share the order's TAX over the items when they carry none themselves."""
    totals = [
        purse.amount(breakdown, "subtotal") or ZERO
        for breakdown in proceeds.children("breakdowns")
        if breakdown.word("type") == "TAX"
    ]
    flat = [entry for line in lines for entry in line if not entry.reduces]
    if not totals or not flat:
        return lines
    weights = [entry.amount for entry in flat]
    shares = iter(spread(sum(totals, ZERO), weights, purse.currency))
    return [
        tuple(
            entry if entry.reduces else replace(entry, tax=next(shares))
            for entry in line
        )
        for line in lines
    ]


def _line(item):
    """Return an order item without its money."""
    product = item.child("product")
    fulfillment = item.child("fulfillment")
    gift = fulfillment.child("packing").child("giftOption")
    tax = item.child("tax")
    collections = tax.children("taxCollections")
    collected = [
        entry for entry in collections if entry.word("model") == FACILITATOR_MODEL
    ]
    schemes = tax.children("taxCalculationBreakdowns")
    cancellation = item.child("cancellation")
    request = cancellation.child("cancellationRequest")
    execution = cancellation.child("cancellationExecution")
    return Line(
        order_item_id=item.identifier("orderItemId"),
        sku=product.text("sellerSku"),
        asin=product.text("asin"),
        title=product.text("title"),
        quantity=item.required_count("quantityOrdered"),
        quantity_shipped=fulfillment.count("quantityFulfilled") or 0,
        promotion_ids=_promotion_ids(item),
        gift_message=gift.text("giftMessage"),
        gift_wrap_level=gift.text("giftWrapLevel"),
        condition=product.child("condition").word("conditionType"),
        serial_numbers=product.words("serialNumbers"),
        programs=frozenset(word.upper() for word in item.words("programs")),
        facilitator=bool(collected),
        responsible_party=first(entry.text("responsibleParty") for entry in collected),
        reporting_scheme=first(entry.word("reportingScheme") for entry in schemes),
        cancellation_requested=bool(request),
        cancel_reason=request.text("cancelReason") or execution.text("cancelReason"),
        cancelled_by=execution.word("cancelledBy"),
        customization_url=product.child("customization").text("customizedUrl"),
    )


def _promotion_ids(item):
    breakdowns = item.child("promotion").children("breakdowns")
    found = (breakdown.text("promotionId") for breakdown in breakdowns)
    return tuple(dict.fromkeys(value for value in found if value))


def _ioss_number(item):
    shipping = item.child("fulfillment").child("shipping")
    return shipping.child("internationalShipping").text("iossNumber")


def _original_order(node):
    """Return the order that this one replaces, an empty node when none."""
    for other in node.children("associatedOrders"):
        if other.word("associationType") in _REPLACEMENTS:
            return other
    return Node({})


def _window(node, key):
    period = node.child(key)
    return window(period.moment("earliestDateTime"), period.moment("latestDateTime"))


def _buyer(node):
    return Buyer(
        name=node.text("buyerName"),
        email=node.text("buyerEmail"),
        company_name=node.text("buyerCompanyName"),
        purchase_order_number=node.text("buyerPurchaseOrderNumber"),
    )


def _address(node):
    """Return an address, ``None`` when Amazon withheld it."""
    if not node:
        return None
    extended = node.child("extendedFields")
    address = Address(
        name=node.text("name"),
        company_name=node.text("companyName"),
        line1=node.text("addressLine1"),
        line2=node.text("addressLine2"),
        line3=node.text("addressLine3"),
        city=node.text("city"),
        district=node.text("districtOrCounty"),
        state=node.text("stateOrRegion"),
        municipality=node.text("municipality"),
        postal_code=node.text("postalCode"),
        country_code=country_code(node.word("countryCode")),
        phone=node.text("phone"),
        address_type=node.word("addressType"),
        extended=pairs((name, extended.text(name)) for name in _STREET_FIELDS),
    )
    return address_or_none(address)


def _registrations(tax):
    return tuple(
        TaxRegistration(
            entity_type=entry.word("entityType"),
            legal_name=entry.text("legalName"),
            number_type=entry.word("taxRegistrationType"),
            number=entry.text("taxRegistrationNumber"),
            address=_address(entry.child("taxRegistrationAddress")),
            attributes=pairs(
                (attribute.word("key") or "", attribute.text("value"))
                for attribute in entry.children("taxRegistrationAttributes")
            ),
        )
        for entry in tax.children("taxRegistrations")
    )


def _aliases(node):
    return tuple(
        Alias(alias.word("aliasType") or "", alias.identifier("aliasId"))
        for alias in node.children("orderAliases")
    )


def _package(node):
    status = node.child("packageStatus")
    return Package(
        reference=node.identifier("packageReferenceId"),
        status=status.word("status"),
        detailed_status=status.word("detailedStatus"),
        carrier=node.text("carrier"),
        service=node.text("shippingService"),
        tracking_number=node.text("trackingNumber"),
        created_at=node.moment("createdTime"),
        shipped_at=node.moment("shipTime"),
        items=tuple(
            (item.identifier("orderItemId"), item.required_count("quantity"))
            for item in node.children("packageItems")
        ),
    )
