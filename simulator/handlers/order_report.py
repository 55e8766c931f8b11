"""The All Orders flat files: one tab-separated row per order item."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ..amounts import ZERO, read_amounts
from ..clock import format_seconds, parse_time
from ..marketplaces import MARKETPLACES
from ..state.orders import to_ms

_BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
_BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
# Report type → index of the order store its period is about.
ORDER_REPORTS = {_BY_DATE: "created", _BY_UPDATE: "updated"}

COLUMNS = (
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
    "cpf",
    "is-business-order",
    "purchase-order-number",
    "price-designation",
)
_STATUSES = {
    "PENDING_AVAILABILITY": "Pending",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Shipping",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
    "UNFULFILLABLE": "Unfulfillable",
}
_CHANNELS = {"AMAZON": "Amazon", "MERCHANT": "Merchant"}
_ADDRESS = {
    "ship-city": "city",
    "ship-state": "stateOrRegion",
    "ship-postal-code": "postalCode",
    "ship-country": "countryCode",
}


def write_order_report(simulation, report) -> tuple[bytes, str] | None:
    """Return (content, content type) of a report, None when there is no data."""
    charset = MARKETPLACES[report.marketplace_ids[0]].report_charset
    longest = timedelta(days=simulation.settings.report_days)
    if report.data_end - report.data_start > longest:
        # Amazon calls it DONE all the same (selling-partner-api-models 2591).
        text = (
            "Date range exceeded."
            f" Report can be requested only upto {longest.days} days"
        )
        return text.encode(), "text/plain;charset=UTF-8"
    if report.outcome == "FATAL":
        text = "The report failed."
        return text.encode(), "text/plain;charset=UTF-8"
    columns = [
        name for name in COLUMNS if name != "cpf" or report.report_type == _BY_DATE
    ]
    rows = [
        "\t".join(row.get(name, "") for name in columns)
        for truth in _orders(simulation, report)
        for row in _rows(truth)
    ]
    if not rows:
        return None
    content = "\r\n".join(["\t".join(columns), *rows, ""])
    # Java's name of the Japanese charset is what Amazon puts on the wire.
    python_name = "cp932" if charset == "Windows-31J" else charset
    return content.encode(python_name, "replace"), f"text/plain;charset={charset}"


def _orders(simulation, report):
    seller = simulation.sellers[report.seller_id]
    home = seller.marketplace_ids[0]

    def wanted(entry) -> bool:
        return (entry.marketplace_id or home) in report.marketplace_ids

    entries, _following = simulation.orders.page(
        report.seller_id,
        ORDER_REPORTS[report.report_type],
        (to_ms(report.data_start), ""),
        to_ms(report.data_end),
        wanted,
        len(simulation.orders),
    )
    return map(simulation.orders.truth, entries)


def _rows(truth):
    payload = truth.payload
    fulfillment, channel = payload["fulfillment"], payload["salesChannel"]
    status = fulfillment["fulfillmentStatus"]
    buyer = payload.get("buyer", {})
    address = payload.get("recipient", {}).get("deliveryAddress", {})
    head = {
        "amazon-order-id": payload["orderId"],
        "merchant-order-id": _alias(payload),
        "purchase-date": _moment(payload["createdTime"]),
        "last-updated-date": _moment(payload["lastUpdatedTime"]),
        "order-status": _STATUSES[status],
        "fulfillment-channel": _CHANNELS[fulfillment["fulfilledBy"]],
        "sales-channel": channel.get("marketplaceName", "Non-Amazon"),
        "ship-service-level": fulfillment.get("fulfillmentServiceLevel", "").title(),
        "is-business-order": _yes("AMAZON_BUSINESS" in payload.get("programs", ())),
        "purchase-order-number": buyer.get("buyerPurchaseOrderNumber", ""),
        **{column: address.get(key, "") for column, key in _ADDRESS.items()},
    }
    for item in payload["orderItems"]:
        yield {
            key: _clean(value)
            for key, value in {**head, **_item(truth, item, status)}.items()
        }


def _item(truth, item: dict, status: str) -> dict:
    product, part = item["product"], item.get("fulfillment", {})
    open_units = part.get("quantityUnfulfilled", 0)
    state = "Unshipped" if open_units else "Shipped"
    if status not in ("PARTIALLY_SHIPPED", "SHIPPED"):
        state = _STATUSES[status]
    promotions = item.get("promotion", {}).get("breakdowns", ())
    designation = product.get("price", {}).get("priceDesignation")
    return {
        "product-name": product.get("title", ""),
        "sku": product.get("sellerSku", ""),
        "asin": product.get("asin", ""),
        "item-status": state,
        "quantity": str(item["quantityOrdered"]),
        "promotion-ids": ",".join(each["promotionId"] for each in promotions),
        "price-designation": "Business Price" if designation else "",
        **_money(truth, item, status),
    }


def _money(truth, item: dict, status: str) -> dict:
    amounts = None if status.startswith("PENDING") else read_amounts(truth, item)
    if amounts is None:
        return {}
    values: dict[str, Decimal | None] = {
        "item-price": amounts.prices.get("ITEM"),
        "item-tax": amounts.taxes.get("ITEM", ZERO),
        "shipping-price": amounts.prices.get("SHIPPING"),
        "shipping-tax": amounts.taxes.get("SHIPPING"),
        "gift-wrap-price": amounts.prices.get("GIFT_WRAP"),
        "gift-wrap-tax": amounts.taxes.get("GIFT_WRAP"),
        "item-promotion-discount": amounts.discounts.get("ITEM"),
        "ship-promotion-discount": amounts.discounts.get("SHIPPING"),
    }
    shown = {
        name: amounts.text(value) for name, value in values.items() if value is not None
    }
    return {"currency": amounts.currency, **shown}


def _alias(payload: dict) -> str:
    for alias in payload.get("orderAliases", ()):
        if alias["aliasType"] == "SELLER_ORDER_ID":
            return alias["aliasId"]
    return payload["orderId"]


def _moment(text: str) -> str:
    return format_seconds(parse_time(text)).replace("Z", "+00:00")


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _clean(value: str) -> str:
    # Nothing is quoted, so a separator in a text would break the row.
    return value.replace("\t", " ").replace("\r", " ").replace("\n", " ")
