"""Writing a draft as a complete Orders 2026-01-01 payload.

The model: orders_2026-01-01, definition Order. Every optional part is present, as
with all ``includedData`` values and all roles; the simulator leaves parts out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random

from .draft import Draft, Line
from .model import Payload
from .money import money
from .plan import Numbers
from .render_parts import (
    cancellation,
    deliver_by,
    package,
    payment,
    programs,
    ship_by,
    stamp,
    tax_registrations,
)
from .taxes import SUBTYPES

BREAKDOWN_TYPES = {
    "item": "ITEM",
    "shipping": "SHIPPING",
    "gift_wrap": "GIFT_WRAP",
    "cod_fee": "COD_FEE",
    "discount": "DISCOUNT",
    "shipping_discount": "DISCOUNT",
}
DISCOUNT_SUBTYPES = {"discount": "ITEM", "shipping_discount": "SHIPPING"}
TYPE_ORDER = ("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "DISCOUNT", "TAX")

# Addresses that Amazon gives to applications without a restricted role.
ANONYMOUS_PARTS = ("city", "stateOrRegion", "postalCode", "countryCode")
SERIAL_TYPES = ("LANTERN", "HEADLAMP")
EMPTIED = "emptied"


class Renderer:
    """Writes the drafts of one world."""

    def __init__(self, seed_text: str, numbers: Numbers, now: datetime) -> None:
        self._seed_text, self._numbers, self._now = seed_text, numbers, now

    def payload(self, draft: Draft, original_id: str | None = None) -> Payload:
        """Return the order as Amazon would.

        :param original_id: the order that a replacement replaces
        """
        head, flags = draft.head, draft.flags
        rng = Random(f"{self._seed_text}/how/{head.index}")
        priced = not (
            flags & {"bare", "mcf"} or (head.status == "CANCELLED" and EMPTIED in flags)
        )
        order: Payload = {"orderId": head.order_id}
        if "mcf" in flags:
            alias = f"SHOP-{1000 + head.index}"
            order["orderAliases"] = [{"aliasId": alias, "aliasType": "SELLER_ORDER_ID"}]
        order |= {
            "createdTime": stamp(head.created),
            "lastUpdatedTime": stamp(head.updated),
            "programs": programs(draft),
        }
        if original_id:
            order["associatedOrders"] = [
                {"orderId": original_id, "associationType": "REPLACEMENT_ORIGINAL_ID"}
            ]
        order["salesChannel"] = _channel(draft)
        order |= self._people(draft)
        if priced:
            order["proceeds"] = _order_proceeds(draft)
            order["payment"] = payment(draft)
        registrations = tax_registrations(draft)
        if registrations:
            order["tax"] = {"taxRegistrations": registrations}
        order["fulfillment"] = _order_fulfillment(draft)
        reasons = cancellation(draft, rng)
        order["orderItems"] = [
            self._item(draft, place, line, priced, reasons)
            for place, line in enumerate(draft.lines)
        ]
        if head.fulfilled_by == "MERCHANT" and any(x.shipped for x in draft.lines):
            order["packages"] = [package(draft, self._numbers, rng)]
        return order

    def _people(self, draft: Draft) -> Payload:
        head, flags, buyer = draft.head, draft.flags, draft.buyer
        waiting = head.status.startswith("PENDING")
        address = dict(draft.address)
        if "no_pii" in flags:
            address = {k: v for k, v in address.items() if k in ANONYMOUS_PARTS}
            return {} if waiting else {"recipient": {"deliveryAddress": address}}
        parts: Payload = {}
        if "mcf" not in flags and not waiting:
            parts["buyer"] = {"buyerName": buyer.name}
            if head.fulfilled_by == "MERCHANT":
                parts["buyer"]["buyerEmail"] = buyer.email
            if buyer.company:
                parts["buyer"]["buyerCompanyName"] = buyer.company
            if buyer.purchase_order:
                parts["buyer"]["buyerPurchaseOrderNumber"] = buyer.purchase_order
        delivered = head.status == "SHIPPED" and deliver_by(draft)[1] < self._now
        if head.fulfilled_by == "AMAZON" or delivered:
            address.pop("phone", None)
        if not waiting:
            parts["recipient"] = {"deliveryAddress": address}
            if "long_address" in flags:
                parts["recipient"]["deliveryPreference"] = {
                    "addressInstruction": "Ring twice; deliver to the rear yard."
                }
        return parts

    def _item(
        self,
        draft: Draft,
        place: int,
        line: Line,
        priced: bool,
        reasons: Payload,
    ) -> Payload:
        head, flags = draft.head, draft.flags
        emptied = head.status == "CANCELLED" and EMPTIED in flags
        quantity = 0 if emptied else line.quantity
        cancelled = head.status == "CANCELLED"
        item: Payload = {
            "orderItemId": self._numbers.item_id(head.index, place),
            "quantityOrdered": quantity,
        }
        if "subscribe" in flags:
            item["programs"] = ["SUBSCRIBE_AND_SAVE"]
        item["product"] = _product(draft, line, priced)
        if priced:
            item["proceeds"] = _item_proceeds(draft, line)
            if draft.market.country == "JP":
                item["expense"] = _points(draft, line)
        if priced and line.promotions:
            item["promotion"] = {
                "breakdowns": [{"promotionId": each} for each in line.promotions]
            }
        if reasons:
            item["cancellation"] = dict(reasons)
        item["fulfillment"] = {
            "quantityFulfilled": line.shipped,
            "quantityUnfulfilled": 0 if cancelled else quantity - line.shipped,
        } | _handling(line, flags)
        tax = _item_tax(line) if priced else {}
        if tax:
            item["tax"] = tax
        return item


def _channel(draft: Draft) -> dict[str, str]:
    if "mcf" in draft.flags:
        return {"channelName": "NON_AMAZON", "marketplaceName": "Non-Amazon"}
    return {
        "channelName": "AMAZON",
        "marketplaceId": draft.market.id,
        "marketplaceName": draft.market.name,
    }


def _order_fulfillment(draft: Draft) -> Payload:
    head = draft.head
    fulfillment: Payload = {
        "fulfillmentStatus": head.status,
        "fulfilledBy": head.fulfilled_by,
        "fulfillmentServiceLevel": draft.service_level,
    }
    if head.fulfilled_by == "MERCHANT":
        for key, window in (
            ("shipByWindow", ship_by(draft)),
            ("deliverByWindow", deliver_by(draft)),
        ):
            fulfillment[key] = {
                "earliestDateTime": stamp(window[0]),
                "latestDateTime": stamp(window[1]),
            }
    return fulfillment


def _product(draft: Draft, line: Line, priced: bool) -> Payload:
    offer = line.item.offer(draft.market.id)
    product: Payload = {
        "asin": line.item.asin,
        "title": offer.title if offer else line.item.title,
        "sellerSku": line.item.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    if line.item.sku.startswith("amzn.gr."):
        product["condition"] = {
            "conditionType": "USED",
            "conditionSubtype": "VERY_GOOD",
            "conditionNote": "Item is in original packaging, which may be worn.",
        }
    if priced:
        product["price"] = {"unitPrice": money(line.unit_price, draft.market)}
        if line.business_price:
            product["price"]["priceDesignation"] = "BUSINESS_PRICE"
    shipped_by_amazon = draft.head.fulfilled_by == "AMAZON" and line.shipped
    if shipped_by_amazon and line.item.product_type in SERIAL_TYPES:
        product["serialNumbers"] = [
            f"{line.item.sku}-{draft.head.index:06d}-{unit:02d}"
            for unit in range(line.shipped)
        ]
    return product


def _handling(line: Line, flags: set[str]) -> Payload:
    parts: Payload = {}
    if line.gift_message:
        option = {"giftMessage": line.gift_message}
        if line.gift_level:
            option["giftWrapLevel"] = line.gift_level
        parts["packing"] = {"giftOption": option}
    if "cod" in flags:
        constraints = {"cashOnDelivery": "MANDATORY"}
        parts["shipping"] = {"shippingConstraints": constraints}
    if "ioss" in flags:
        parts["shipping"] = {"internationalShipping": {"iossNumber": "IM4420001201"}}
    return parts


def _item_tax(line: Line) -> Payload:
    tax: Payload = {}
    if line.scheme:
        tax["taxCalculationBreakdowns"] = [{"reportingScheme": line.scheme}]
    if line.remitted_by:
        tax["taxCollections"] = [
            {
                "model": "MARKETPLACE_FACILITATOR",
                "responsibleParty": line.remitted_by,
            }
        ]
    return tax


def _points(draft: Draft, line: Line) -> Payload:
    points = line.charges["item"] // 100
    value = money(points, draft.market)
    granted = {"pointsNumber": points, "pointsMonetaryValue": value}
    return {"pointsCost": {"pointsGranted": granted}}


def _subtotals(draft: Draft, lines: Iterable[Line]) -> dict[str, int]:
    """Sum lines by breakdown type, with the marketplace's sign of discounts."""
    sums: dict[str, int] = {}
    for line in lines:
        for kind, amount in line.charges.items():
            type_ = BREAKDOWN_TYPES[kind]
            if type_ == "DISCOUNT":
                amount *= -draft.market.discount_sign
            sums[type_] = sums.get(type_, 0) + amount
        if line.tax is not None:
            sums["TAX"] = sums.get("TAX", 0) + line.tax
    return {type_: sums[type_] for type_ in TYPE_ORDER if type_ in sums}


def _order_proceeds(draft: Draft) -> Payload:
    market = draft.market
    breakdowns: list[Payload] = [
        {"type": type_, "subtotal": money(amount, market)}
        for type_, amount in _subtotals(draft, draft.lines).items()
    ]
    if draft.tip:
        breakdowns.append(
            {
                "type": "DELIVERY_TIP",
                "status": "FINALIZED",
                "subtotal": money(draft.tip, market),
            }
        )
    return {"grandTotal": money(draft.total(), market), "breakdowns": breakdowns}


def _item_proceeds(draft: Draft, line: Line) -> Payload:
    market = draft.market
    breakdowns: list[Payload] = []
    for type_, amount in _subtotals(draft, [line]).items():
        entry: Payload = {"type": type_, "subtotal": money(amount, market)}
        details: dict[str, int] = {}
        if type_ == "DISCOUNT":
            details = {
                subtype: line.charges[kind] * -market.discount_sign
                for kind, subtype in DISCOUNT_SUBTYPES.items()
                if kind in line.charges
            }
        elif type_ == "TAX":
            for kind, tax in (line.taxes or {}).items():
                subtype = SUBTYPES[kind]
                details[subtype] = details.get(subtype, 0) + tax
        if details:
            entry["detailedBreakdowns"] = [
                {"subtype": subtype, "value": money(value, market)}
                for subtype, value in details.items()
            ]
        breakdowns.append(entry)
    return {
        "proceedsTotal": money(draft.line_total(line), market),
        "breakdowns": breakdowns,
    }
