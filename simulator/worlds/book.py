"""The orders of a world."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from .data.markets import MARKETS
from .model import OrderHead, OrderTruth
from .money import money, text


def stamp(moment):
    """Write a moment as Amazon does, with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Book:
    """A lazy sequence of orders."""

    def __init__(self, seed, size, now, sellers, catalog):
        self.seed, self.sellers, self.catalog = seed, sellers, catalog
        self.heads = [self._head(i, size, now) for i in range(size)]
        self._by_id = {head.order_id: i for i, head in enumerate(self.heads)}

    def _head(self, index, size, now):
        rng = Random(f"{self.seed}/{index}")
        seller = rng.choice(self.sellers)
        market = MARKETS[rng.choice(seller.marketplace_ids)]
        created = now - timedelta(days=14) * (1 - index / (size + 1))
        created = created.replace(microsecond=0)
        status = rng.choice(["UNSHIPPED", "SHIPPED"])
        prefix = market.order_prefixes[0]
        return OrderHead(
            index, f"{prefix}-{1000000 + index}-{2000000 + index}",
            seller.seller_id, market.id, created,
            min(created + timedelta(hours=3), now - timedelta(minutes=3)),
            status, "MERCHANT", "plain",
        )

    def __len__(self):
        return len(self.heads)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, position):
        head = self.heads[position]
        market = MARKETS[head.marketplace_id]
        item = next(c for c in self.catalog if c.seller_id == head.seller_id)
        price = 2999
        shipped = int(head.status == "SHIPPED")
        payload = {
            "orderId": head.order_id,
            "createdTime": stamp(head.created),
            "lastUpdatedTime": stamp(head.updated),
            "salesChannel": {
                "channelName": "AMAZON", "marketplaceId": market.id,
                "marketplaceName": market.name,
            },
            "buyer": {"buyerName": "Ada Buyer", "buyerEmail": "a@marketplace.amazon.com"},
            "recipient": {"deliveryAddress": {
                "name": "Ada Buyer", "addressLine1": "1 Main St", "city": "Salem",
                "postalCode": "97301", "countryCode": market.country,
            }},
            "proceeds": {"grandTotal": money(price, market), "breakdowns": [
                {"type": "ITEM", "subtotal": money(price, market)}]},
            "fulfillment": {"fulfillmentStatus": head.status, "fulfilledBy": "MERCHANT"},
            "orderItems": [{
                "orderItemId": f"{10**13 + head.index}", "quantityOrdered": 1,
                "product": {"asin": item.asin, "sellerSku": item.sku, "title": item.title,
                            "price": {"unitPrice": money(price, market)}},
                "proceeds": {"proceedsTotal": money(price, market), "breakdowns": [
                    {"type": "ITEM", "subtotal": money(price, market)}]},
                "fulfillment": {"quantityFulfilled": shipped,
                                "quantityUnfulfilled": 1 - shipped},
            }],
        }
        return OrderTruth(
            head.order_id, head.seller_id, market.id, head.status, "MERCHANT",
            text(price, market), market.currency, text(0, market), "order",
            "merchant-fulfilled and ready", {item.sku: 1}, (), "plain", payload,
        )

    def find(self, order_id):
        position = self._by_id.get(order_id)
        return None if position is None else self[position]

    def completed(self, order_id):
        order = self.find(order_id)
        return order and order.payload

    def arrivals(self, since, until):
        return []
