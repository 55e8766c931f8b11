"""What a connector must end with for an order, as Amazon knows the order.

There are two ways to it on purpose: ``from_draft`` knows how the order was made,
``describe`` reads a payload as it is now (after a test shipped, cancelled or posted
it). For an untouched order both say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from .data.markets import MARKETS
from .draft import Draft, Line
from .model import OrderTruth, Payload
from .money import text
from .plan import Numbers

CHARGES = (
    "item",
    "shipping",
    "gift_wrap",
    "cod_fee",
    "discount",
    "shipping_discount",
)

# 2026-01-01 breakdown types that are charges, with the word used here.
BREAKDOWN_CHARGES = {
    "ITEM": "item",
    "SHIPPING": "shipping",
    "GIFT_WRAP": "gift_wrap",
    "COD_FEE": "cod_fee",
}
DISCOUNT_CHARGES = {"ITEM": "discount", "SHIPPING": "shipping_discount"}
WAITING = ("PENDING", "PENDING_AVAILABILITY")
MERCHANT_STATES = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")


def expectation(
    status: str,
    fulfilled_by: str,
    channel: str,
    unknown: Collection[str],
    was_importable: bool = False,
) -> tuple[str, str]:
    """Return what a connector must end with, and why.

    :param channel: salesChannel.channelName
    :param unknown: SKUs of the order that no catalogue knows
    :param was_importable: the order was in an importable state before it ended
    """
    if channel != "AMAZON":
        return "none", "sold outside Amazon, only shipped by Amazon"
    if status == "CANCELLED":
        if was_importable and not unknown:
            return "cancelled", "cancelled after it could be imported"
        return "none", "cancelled before it could be imported"
    if status in WAITING:
        return "none", "payment is not authorised yet"
    importable = ("SHIPPED",) if fulfilled_by == "AMAZON" else MERCHANT_STATES
    if status not in importable:
        return "none", f"{fulfilled_by} order in state {status}"
    if unknown:
        return "blocked", "unknown SKU: " + ", ".join(sorted(unknown))
    return "order", f"{fulfilled_by} order in state {status}"


def from_draft(draft: Draft, numbers: Numbers, known: Collection[str]) -> OrderTruth:
    """Return the truth of an order from what it was made of.

    :param known: SKUs of the seller's product master
    """
    head, market, flags = draft.head, draft.market, draft.flags
    emptied = head.status == "CANCELLED" and "emptied" in flags
    priced = not ("bare" in flags or "mcf" in flags or emptied)
    units: dict[str, int] = {}
    for line in draft.lines:
        sku, quantity = line.item.sku, 0 if emptied else line.quantity
        units[sku] = units.get(sku, 0) + quantity
    remitted = sum(line.tax or 0 for line in draft.lines if line.remitted_by)
    expected, why = expectation(
        head.status,
        head.fulfilled_by,
        "NON_AMAZON" if "mcf" in flags else "AMAZON",
        {sku for sku in units if sku not in known},
    )
    taxed = any(line.tax for line in draft.lines)
    return OrderTruth(
        order_id=head.order_id,
        seller_id=head.seller_id,
        marketplace_id=head.marketplace_id,
        status=head.status,
        fulfilled_by=head.fulfilled_by,
        grand_total=text(draft.total(), market) if priced else None,
        currency=market.currency if priced else None,
        amazon_remitted_tax=_remitted_text(draft, remitted if priced else 0),
        expected=expected,
        why=why,
        units=units,
        lines=tuple(
            _draft_line(draft, numbers, place, line, priced, emptied)
            for place, line in enumerate(draft.lines)
        ),
        price_includes_tax=not draft.tax_is_extra if priced and taxed else None,
        delivery_tip=text(draft.tip, market) if priced and draft.tip else None,
        scenario=head.scenario,
    )


def _remitted_text(draft: Draft, remitted: int) -> str:
    # A multi-channel order names no marketplace, hence no currency.
    return "0.00" if "mcf" in draft.flags else text(remitted, draft.market)


def _draft_line(
    draft: Draft,
    numbers: Numbers,
    place: int,
    line: Line,
    priced: bool,
    emptied: bool,
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "order_item_id": numbers.item_id(draft.head.index, place),
        "sku": line.item.sku,
        "quantity": 0 if emptied else line.quantity,
        "quantity_shipped": line.shipped,
    }
    charges = line.charges if priced else {}
    for kind in CHARGES:
        record[kind] = text(charges[kind], draft.market) if kind in charges else None
    tax = line.tax if priced else None
    record["tax"] = None if tax is None else text(tax, draft.market)
    record["remitted"] = priced and line.remitted_by is not None
    record["scheme"] = line.scheme if priced else None
    return record


def describe(
    payload: Payload,
    seller_id: str,
    known: Collection[str],
    *,
    was_importable: bool = False,
    scenario: str = "",
) -> OrderTruth:
    """Return the truth of an order from its current 2026-01-01 payload.

    :param payload: complete order, as with every ``includedData`` value
    :param known: SKUs of the seller's product master
    :param was_importable: it could be imported before it reached its state
    :return: ``blocked`` also when its breakdowns cannot sum to its grand total
    """
    fulfillment = payload.get("fulfillment", {})
    status = fulfillment.get("fulfillmentStatus", "")
    fulfilled_by = fulfillment.get("fulfilledBy", "")
    channel = payload["salesChannel"]
    total = payload.get("proceeds", {}).get("grandTotal")
    reading = _reading(payload)
    includes_tax, sign, tip = reading or (None, -1, None)
    lines = tuple(_payload_line(item, sign) for item in payload["orderItems"])
    units: dict[str, int] = {}
    for line in lines:
        units[line["sku"]] = units.get(line["sku"], 0) + line["quantity"]
    taxes = [Decimal(line["tax"] or 0) for line in lines if line["remitted"]]
    market = MARKETS.get(channel.get("marketplaceId", ""))
    zero = Decimal("0.00") if market is None or market.decimals else Decimal(0)
    expected, why = expectation(
        status,
        fulfilled_by,
        channel["channelName"],
        {sku for sku in units if sku not in known},
        was_importable,
    )
    if reading is None and expected == "order":
        expected, why = "blocked", "the breakdowns do not sum to the grand total"
    return OrderTruth(
        order_id=payload["orderId"],
        seller_id=seller_id,
        marketplace_id=channel.get("marketplaceId"),
        status=status,
        fulfilled_by=fulfilled_by,
        grand_total=total and total["amount"],
        currency=total and total["currencyCode"],
        amazon_remitted_tax=str(sum(taxes, zero)),
        expected=expected,
        why=why,
        units=units,
        lines=lines,
        price_includes_tax=includes_tax,
        delivery_tip=tip,
        scenario=scenario,
    )


def _reading(payload: Payload) -> tuple[bool | None, int, str | None] | None:
    """Tell whether prices include tax, the sign of discounts, and the tip.

    :return: None when no reading gives the grand total
    """
    proceeds = payload.get("proceeds", {})
    if "grandTotal" not in proceeds:
        return None, -1, None
    sums = {
        entry["type"]: Decimal(entry["subtotal"]["amount"])
        for entry in proceeds.get("breakdowns", [])
    }
    tip = next(
        (
            entry["subtotal"]["amount"]
            for entry in proceeds.get("breakdowns", [])
            if entry["type"] == "DELIVERY_TIP"
        ),
        None,
    )
    tax, discount = sums.pop("TAX", Decimal(0)), sums.pop("DISCOUNT", Decimal(0))
    rest = sum(sums.values(), Decimal(0))
    grand_total = Decimal(proceeds["grandTotal"]["amount"])
    for sign, extra in product((-1, 1), (True, False)):
        off = discount if sign < 0 else -discount
        if rest + off + (tax if extra else 0) == grand_total:
            return (None if not tax else not extra), sign, tip
    return None


def _payload_line(item: Mapping[str, Any], sign: int) -> dict[str, Any]:
    fulfillment = item.get("fulfillment", {})
    record: dict[str, Any] = {
        "order_item_id": item["orderItemId"],
        "sku": item["product"].get("sellerSku", ""),
        "quantity": item["quantityOrdered"],
        "quantity_shipped": fulfillment.get("quantityFulfilled", 0),
        **dict.fromkeys((*CHARGES, "tax")),
    }
    record.update(_payload_charges(item, sign))
    tax = item.get("tax", {})
    record["remitted"] = any(
        entry.get("model") == "MARKETPLACE_FACILITATOR"
        for entry in tax.get("taxCollections", [])
    )
    record["scheme"] = next(
        (e["reportingScheme"] for e in tax.get("taxCalculationBreakdowns", [])), None
    )
    return record


def _payload_charges(item: Mapping[str, Any], sign: int) -> Iterator[tuple[str, str]]:
    for entry in item.get("proceeds", {}).get("breakdowns", []):
        amount = entry["subtotal"]["amount"]
        if entry["type"] in BREAKDOWN_CHARGES:
            yield BREAKDOWN_CHARGES[entry["type"]], amount
        elif entry["type"] == "TAX":
            yield "tax", amount
        elif entry["type"] == "DISCOUNT":
            whole = [{"subtype": "ITEM", "value": entry["subtotal"]}]
            for detail in entry.get("detailedBreakdowns") or whole:
                value = Decimal(detail["value"]["amount"])
                normal = value if sign < 0 else -value
                yield DISCOUNT_CHARGES.get(detail["subtype"], "discount"), str(normal)
