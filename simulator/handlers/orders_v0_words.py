"""Orders 2026-01-01 payloads in the words of Orders v0."""

from __future__ import annotations

from decimal import Decimal

from ..amounts import LineAmounts, read_amounts
from ..clock import format_seconds, parse_time

STATUSES = {
    "PendingAvailability": "PENDING_AVAILABILITY",
    "Pending": "PENDING",
    "Unshipped": "UNSHIPPED",
    "PartiallyShipped": "PARTIALLY_SHIPPED",
    "Shipped": "SHIPPED",
    "Canceled": "CANCELLED",
    "Unfulfillable": "UNFULFILLABLE",
}
CHANNELS = {"MFN": "MERCHANT", "AFN": "AMAZON"}
_STATUS_WORDS = {new: old for old, new in STATUSES.items()}
_CHANNEL_WORDS = {new: old for old, new in CHANNELS.items()}
_PAYMENT_WORDS = {"CashOnDelivery": "COD", "ConvenienceStore": "CVS"}
_SERVICE_LEVELS = {
    "EXPEDITED": "Expedited",
    "FREE_ECONOMY": "FreeEconomy",
    "NEXT_DAY": "NextDay",
    "PRIORITY": "Priority",
    "SAME_DAY": "SameDay",
    "SCHEDULED": "Scheduled",
    "SECOND_DAY": "SecondDay",
    "STANDARD": "Standard",
}
_FLAGS = {
    "IsBusinessOrder": "AMAZON_BUSINESS",
    "IsPrime": "PRIME",
    "IsPremiumOrder": "PREMIUM",
    "IsISPU": "IN_STORE_PICK_UP",
    "IsIBA": "INVOICE_BY_AMAZON",
}
_SHIP_PLUS = "FBM_SHIP_PLUS"
_ADDRESS = {
    "name": "Name",
    "companyName": "CompanyName",
    "addressLine1": "AddressLine1",
    "addressLine2": "AddressLine2",
    "addressLine3": "AddressLine3",
    "city": "City",
    "districtOrCounty": "County",
    "stateOrRegion": "StateOrRegion",
    "municipality": "Municipality",
    "postalCode": "PostalCode",
    "countryCode": "CountryCode",
    "phone": "Phone",
}
_WINDOWS = {
    "shipByWindow": ("EarliestShipDate", "LatestShipDate"),
    "deliverByWindow": ("EarliestDeliveryDate", "LatestDeliveryDate"),
}
# The only party the v0 model allows.
_FACILITATOR = "Amazon Services, Inc."


def is_pending(payload: dict) -> bool:
    """Whether payment is not authorised: v0 then shows no prices and no people."""
    return payload["fulfillment"]["fulfillmentStatus"].startswith("PENDING")


def order_entry(truth, seller=None) -> dict:
    """Return a v0 Order without address and buyer."""
    payload, programs = truth.payload, truth.payload.get("programs", ())
    fulfillment, channel = payload["fulfillment"], payload["salesChannel"]
    marketplace_id = channel.get("marketplaceId")
    if marketplace_id is None and seller is not None:
        marketplace_id = seller.marketplace_ids[0]
    shipped, open_ = _units(payload)
    order = {
        "AmazonOrderId": payload["orderId"],
        "SellerOrderId": _alias(payload),
        "PurchaseDate": _seconds(payload["createdTime"]),
        "LastUpdateDate": _seconds(payload["lastUpdatedTime"]),
        "OrderStatus": _STATUS_WORDS[fulfillment["fulfillmentStatus"]],
        "FulfillmentChannel": _CHANNEL_WORDS[fulfillment["fulfilledBy"]],
        "SalesChannel": channel.get("marketplaceName") or "Non-Amazon",
        "ShipmentServiceLevelCategory": _SERVICE_LEVELS.get(
            fulfillment.get("fulfillmentServiceLevel"), "Standard"
        ),
        "OrderType": "Preorder" if "PREORDER" in programs else "StandardOrder",
        "NumberOfItemsShipped": shipped,
        "NumberOfItemsUnshipped": open_,
        "IsReplacementOrder": bool(payload.get("associatedOrders")),
        "IsAccessPointOrder": _address_type(payload) == "PICKUP_POINT",
        "IsSoldByAB": False,
        "HasRegulatedItems": False,
        **{flag: program in programs for flag, program in _FLAGS.items()},
    }
    if marketplace_id is not None:
        order["MarketplaceId"] = marketplace_id
    for associated in payload.get("associatedOrders", ()):
        order["ReplacedOrderId"] = associated["orderId"]
    order.update(_dates(fulfillment))
    order.update(_total(payload))
    return order


def _units(payload: dict) -> tuple[int, int]:
    parts = [item.get("fulfillment", {}) for item in payload["orderItems"]]
    return (
        sum(part.get("quantityFulfilled", 0) for part in parts),
        sum(part.get("quantityUnfulfilled", 0) for part in parts),
    )


def _alias(payload: dict) -> str:
    for alias in payload.get("orderAliases", ()):
        if alias["aliasType"] == "SELLER_ORDER_ID":
            return alias["aliasId"]
    return payload["orderId"]


def _seconds(text: str) -> str:
    return format_seconds(parse_time(text))


def _address_type(payload: dict) -> str | None:
    return payload.get("recipient", {}).get("deliveryAddress", {}).get("addressType")


def _dates(fulfillment: dict) -> dict:
    dates = {}
    for window, names in _WINDOWS.items():
        bounds = fulfillment.get(window, {})
        earliest, latest = names
        if "earliestDateTime" in bounds:
            dates[earliest] = _seconds(bounds["earliestDateTime"])
        if "latestDateTime" in bounds:
            dates[latest] = _seconds(bounds["latestDateTime"])
    return dates


def _total(payload: dict) -> dict:
    proceeds = payload.get("proceeds", {})
    if is_pending(payload) or "grandTotal" not in proceeds:
        return {}
    total = Decimal(proceeds["grandTotal"]["amount"])
    for entry in proceeds.get("breakdowns", ()):
        # v0 knows no tips.
        if entry["type"] == "DELIVERY_TIP":
            total -= Decimal(entry["subtotal"]["amount"])
    currency = proceeds["grandTotal"]["currencyCode"]
    executions = payload.get("payment", {}).get("paymentExecutions") or [{}]
    method = executions[0].get("paymentMethod", "CreditCard")
    return {
        "OrderTotal": {"CurrencyCode": currency, "Amount": str(total)},
        "PaymentMethod": _PAYMENT_WORDS.get(method, "Other"),
        "PaymentMethodDetails": [method],
    }


def address_info(payload: dict) -> dict:
    """Return BuyerCompanyName and ShippingAddress of a v0 OrderAddress."""
    if is_pending(payload):
        return {}
    info = {}
    company = payload.get("buyer", {}).get("buyerCompanyName")
    if company:
        info["BuyerCompanyName"] = company
    address = payload.get("recipient", {}).get("deliveryAddress")
    if address:
        shown = {old: address[new] for new, old in _ADDRESS.items() if address.get(new)}
        home = _address_type(payload) in (None, "RESIDENTIAL")
        shown["AddressType"] = "Residential" if home else "Commercial"
        info["ShippingAddress"] = shown
    wish = payload.get("recipient", {}).get("deliveryPreference", {})
    if wish.get("addressInstruction"):
        info["DeliveryPreferences"] = {
            "AddressInstructions": wish["addressInstruction"]
        }
    return info


def buyer_info(payload: dict) -> dict:
    """Return the buyer's part of a v0 OrderBuyerInfo."""
    if is_pending(payload):
        return {}
    buyer = payload.get("buyer", {})
    words = {
        "BuyerEmail": buyer.get("buyerEmail"),
        "BuyerName": buyer.get("buyerName"),
        "PurchaseOrderNumber": buyer.get("buyerPurchaseOrderNumber"),
    }
    info = {key: value for key, value in words.items() if value}
    for registration in payload.get("tax", {}).get("taxRegistrations", ()):
        if registration.get("entityType") != "BUYER":
            continue
        kind = registration.get("taxRegistrationType", "VAT")
        number = registration.get("taxRegistrationNumber", "")
        info["BuyerTaxInfo"] = {
            "CompanyLegalName": registration.get("legalName", ""),
            "TaxClassifications": [{"Name": f"{kind}Number", "Value": number}],
        }
    return info


def item_entry(truth, item: dict) -> dict:
    """Return a v0 OrderItem without its BuyerInfo."""
    product, tax = item["product"], item.get("tax", {})
    condition = product.get("condition", {})
    entry = {
        "ASIN": product.get("asin", ""),
        "SellerSKU": product.get("sellerSku", ""),
        "OrderItemId": item["orderItemId"],
        "Title": product.get("title", ""),
        "QuantityOrdered": item["quantityOrdered"],
        "QuantityShipped": item.get("fulfillment", {}).get("quantityFulfilled", 0),
        "ProductInfo": {"NumberOfItems": "1"},
        "IsGift": str(bool(_gift(item))).lower(),
        "ConditionId": condition.get("conditionType", "NEW").title(),
        "ConditionSubtypeId": condition.get("conditionSubtype", "NEW").title(),
        "IsTransparency": "TRANSPARENCY" in item.get("programs", ()),
        "SerialNumberRequired": False,
        "BuyerRequestedCancel": _cancel_request(item),
    }
    if "conditionNote" in condition:
        entry["ConditionNote"] = condition["conditionNote"]
    if product.get("serialNumbers"):
        entry["SerialNumbers"] = product["serialNumbers"]
    designation = product.get("price", {}).get("priceDesignation")
    if designation:
        entry["PriceDesignation"] = "BusinessPrice"
    programs = [
        *(each for each in truth.payload.get("programs", ()) if each == _SHIP_PLUS),
        *(each for each in item.get("programs", ()) if each == "SUBSCRIBE_AND_SAVE"),
    ]
    if programs:
        entry["AmazonPrograms"] = {"Programs": programs}
    entry.update(_reseller(item, tax))
    if not is_pending(truth.payload):
        entry.update(_money(truth, item))
    return entry


def _gift(item: dict) -> dict:
    return item.get("fulfillment", {}).get("packing", {}).get("giftOption", {})


def _cancel_request(item: dict) -> dict:
    request = item.get("cancellation", {}).get("cancellationRequest")
    if request is None:
        return {"IsBuyerRequestedCancel": "false"}
    return {
        "IsBuyerRequestedCancel": "true",
        "BuyerCancelReason": request.get("cancelReason", ""),
    }


def _reseller(item: dict, tax: dict) -> dict:
    entry = {}
    for breakdown in tax.get("taxCalculationBreakdowns", ()):
        if breakdown.get("reportingScheme") in ("IOSS", "UOSS"):
            entry["DeemedResellerCategory"] = breakdown["reportingScheme"]
    shipping = item.get("fulfillment", {}).get("shipping", {})
    ioss = shipping.get("internationalShipping", {}).get("iossNumber")
    if ioss:
        entry["IossNumber"] = ioss
    for collection in tax.get("taxCollections", ()):
        entry["TaxCollection"] = {"Model": "MarketplaceFacilitator"}
        if collection.get("responsibleParty") == _FACILITATOR:
            entry["TaxCollection"]["ResponsibleParty"] = _FACILITATOR
    return entry


_PRICES = {"ITEM": "ItemPrice", "SHIPPING": "ShippingPrice", "COD_FEE": "CODFee"}
_TAXES = {"ITEM": "ItemTax", "SHIPPING": "ShippingTax"}
_DISCOUNTS = {
    "ITEM": ("PromotionDiscount", "PromotionDiscountTax"),
    "SHIPPING": ("ShippingDiscount", "ShippingDiscountTax"),
    "COD_FEE": ("CODFeeDiscount", None),
}


def _money(truth, item: dict) -> dict:
    amounts = read_amounts(truth, item)
    if amounts is None:
        return {}
    entry = {}
    for kind, name in _PRICES.items():
        if kind in amounts.prices:
            entry[name] = _amount(amounts, amounts.prices[kind])
            if kind in _TAXES:
                tax = amounts.taxes.get(kind, Decimal(0))
                entry[_TAXES[kind]] = _amount(amounts, tax)
    for kind, (name, tax_name) in _DISCOUNTS.items():
        if kind in amounts.discounts:
            entry[name] = _amount(amounts, amounts.discounts[kind])
            if tax_name is not None:
                tax = amounts.discount_taxes.get(kind, Decimal(0))
                entry[tax_name] = _amount(amounts, tax)
    promotions = item.get("promotion", {}).get("breakdowns", ())
    if promotions:
        entry["PromotionIds"] = [each["promotionId"] for each in promotions]
    points = item.get("expense", {}).get("pointsCost", {}).get("pointsGranted")
    if points:
        value = points["pointsMonetaryValue"]
        entry["PointsGranted"] = {
            "PointsNumber": points["pointsNumber"],
            "PointsMonetaryValue": {
                "CurrencyCode": value["currencyCode"],
                "Amount": value["amount"],
            },
        }
    return entry


def item_buyer_info(truth, item: dict) -> dict:
    """Return gift wrap and gift message of an item, as v0 ItemBuyerInfo."""
    info, gift = {}, _gift(item)
    if gift.get("giftMessage"):
        info["GiftMessageText"] = gift["giftMessage"]
    if gift.get("giftWrapLevel"):
        info["GiftWrapLevel"] = gift["giftWrapLevel"]
    custom = item["product"].get("customization", {}).get("customizedUrl")
    if custom:
        info["BuyerCustomizedInfo"] = {"CustomizedURL": custom}
    amounts = None if is_pending(truth.payload) else read_amounts(truth, item)
    if amounts is not None and "GIFT_WRAP" in amounts.prices:
        info["GiftWrapPrice"] = _amount(amounts, amounts.prices["GIFT_WRAP"])
        tax = amounts.taxes.get("GIFT_WRAP", Decimal(0))
        info["GiftWrapTax"] = _amount(amounts, tax)
    return info


def _amount(amounts: LineAmounts, value: Decimal) -> dict:
    return {"CurrencyCode": amounts.currency, "Amount": amounts.text(value)}
