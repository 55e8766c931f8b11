"""Order documents of our own, in the form of Orders 2026-01-01."""

import itertools
from collections import defaultdict
from decimal import Decimal

# Country → (marketplace, its name, currency, whether TAX is part of the prices).
MARKETS = {
    "US": ("ATVPDKIKX0DER", "Amazon.com", "USD", False),
    "DE": ("A1PA6795UKMFR9", "Amazon.de", "EUR", True),
    "FR": ("A13V1IB3VIYZZH", "Amazon.fr", "EUR", True),
    "GB": ("A1F83G8C2ARO7P", "Amazon.co.uk", "GBP", False),
    "JP": ("A1VC38T7YXB528", "Amazon.co.jp", "JPY", True),
}
_numbers = itertools.count(1)


def new_order_id():
    """Return an order id that no other document has."""
    return f"305-7654321-{next(_numbers):07d}"


def money(amount, currency):
    return {"amount": str(amount), "currencyCode": currency}


def make_item(sku, price="10.00", quantity=1, *, shipped=0, tax=None, **options):
    """Return an order item; :func:`make_order` writes its money.

    :param str price: of all units together, None for an item without any money
    :param tax: tax on the goods as text, None when Amazon states none
    :param options: ``charges`` (Amazon's type → amount), ``taxes`` (subtype → tax,
        instead of ``tax``), ``remitted`` (Amazon pays the tax itself), ``item_id``,
        and further keys of the item as they are
    """
    charges = {} if price is None else {"ITEM": price}
    charges |= options.pop("charges", {})
    taxes = options.pop("taxes", None if tax is None else {"ITEM": tax})
    item = {
        "orderItemId": options.pop("item_id", f"7{next(_numbers):013d}"),
        "quantityOrdered": quantity,
        "product": {"sellerSku": sku, "asin": "B0ACORN001", "title": f"Title of {sku}"},
        "fulfillment": {
            "quantityFulfilled": shipped,
            "quantityUnfulfilled": quantity - shipped,
        },
        "_money": (charges, taxes),
    }
    if options.pop("remitted", False):
        party = {
            "model": "MARKETPLACE_FACILITATOR",
            "responsibleParty": "Amazon Services, Inc.",
        }
        item["tax"] = {"taxCollections": [party]}
    return item | options


def make_order(*items, country="DE", status="UNSHIPPED", by="MERCHANT", **options):
    """Return a complete order whose amounts add up.

    :param items: what :func:`make_item` returned
    :param options: ``order_id``, ``created``, ``updated`` (ISO 8601), ``total``
        (instead of the right one), ``currency``, and further keys of the order as
        they are; None leaves a key out
    """
    marketplace_id, marketplace, currency, contained = MARKETS[country]
    currency = options.pop("currency", currency)
    created = options.pop("created", "2026-11-20T09:15:30.250Z")
    order = {
        "orderId": options.pop("order_id", None) or new_order_id(),
        "createdTime": created,
        "lastUpdatedTime": options.pop("updated", created),
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": marketplace_id,
            "marketplaceName": marketplace,
        },
        "buyer": {"buyerName": "Ada Quill", "buyerEmail": "ada@marketplace.amazon.de"},
        "recipient": {"deliveryAddress": make_address()},
        "fulfillment": {
            "fulfillmentStatus": status,
            "fulfilledBy": by,
            "fulfillmentServiceLevel": "STANDARD",
        },
        "orderItems": [],
    }
    sums, total = defaultdict(Decimal), Decimal(0)
    for item in items:
        item = dict(item)
        charges, taxes = item.pop("_money")
        if charges:
            amounts = dict(charges)
            if taxes is not None:
                amounts["TAX"] = sum(map(Decimal, taxes.values()), Decimal("0.00"))
            own = Decimal(0)
            for kind, amount in amounts.items():
                sums[kind] += Decimal(amount)
                own += Decimal(amount) if kind != "TAX" or not contained else 0
            total += own
            item["proceeds"] = {
                "proceedsTotal": money(own, currency),
                "breakdowns": _breakdowns(amounts, taxes, currency),
            }
        order["orderItems"].append(item)
    total = options.pop("total", total)
    order["proceeds"] = {
        "grandTotal": money(total, currency),
        "breakdowns": _breakdowns(sums, None, currency),
    }
    order |= options
    return {key: value for key, value in order.items() if value is not None}


def _breakdowns(amounts, taxes, currency):
    entries = []
    for kind, amount in amounts.items():
        entry = {"type": kind, "subtotal": money(amount, currency)}
        if kind == "TAX" and taxes:
            entry["detailedBreakdowns"] = [
                {"subtype": subtype, "value": money(value, currency)}
                for subtype, value in taxes.items()
            ]
        entries.append(entry)
    return entries


def make_item_v0(sku, price, tax=None, **more):
    """Return an item of Orders v0.

    :param tax: ``ItemTax`` as text, None leaves it out
    :param more: further keys of the item as they are
    """
    item = {
        "OrderItemId": f"7{next(_numbers):013d}",
        "SellerSKU": sku,
        "ASIN": "B0ACORN001",
        "Title": f"Title of {sku}",
        "QuantityOrdered": 1,
        "QuantityShipped": 0,
        "ItemPrice": {"Amount": price, "CurrencyCode": "EUR"},
    }
    if tax is not None:
        item["ItemTax"] = {"Amount": tax, "CurrencyCode": "EUR"}
    return item | more


def make_order_v0(*items):
    """Return an order of Orders v0 on Amazon.de, with its items, as it is kept."""
    total = sum(Decimal(item["ItemPrice"]["Amount"]) for item in items)
    marketplace_id, marketplace, currency, _contained = MARKETS["DE"]
    order = {
        "AmazonOrderId": new_order_id(),
        "PurchaseDate": "2026-11-20T09:15:30Z",
        "LastUpdateDate": "2026-11-20T09:15:30Z",
        "OrderStatus": "Unshipped",
        "FulfillmentChannel": "MFN",
        "MarketplaceId": marketplace_id,
        "SalesChannel": marketplace,
        "OrderTotal": {"Amount": str(total), "CurrencyCode": currency},
        "BuyerInfo": {"BuyerEmail": "ada@marketplace.amazon.de"},
        "ShippingAddress": {
            "Name": "Ada Quill",
            "AddressLine1": "Lindenallee 7",
            "City": "Kassel",
            "PostalCode": "34117",
            "CountryCode": "DE",
        },
    }
    return {"order": order, "items": list(items)}


def make_address(**changes):
    """Return a delivery address."""
    return {
        "name": "Ada Quill",
        "addressLine1": "Lindenallee 7",
        "city": "Kassel",
        "postalCode": "34117",
        "countryCode": "DE",
        "phone": "+49 561 5550101",
    } | changes
