"""What will be done with an order document, decided before anything is written."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg2

from .order_decided import Decided

CREATE, UPDATE, CANCEL, IGNORE = "create", "update", "cancel", "ignore"

# Kind of charge → xmlid of the service product that its order lines carry.
SERVICE_PRODUCTS = {
    "shipping": "acorn_amazon_connector.product_shipping",
    "gift_wrap": "acorn_amazon_connector.product_gift_wrap",
    "discount": "acorn_amazon_connector.product_promotion",
    "shipping_discount": "acorn_amazon_connector.product_shipping_promotion",
    "cod_fee": "acorn_amazon_connector.product_cod_fee",
    "tip": "acorn_amazon_connector.product_tip",
    "other": "acorn_amazon_connector.product_other_charge",
    "correction": "acorn_amazon_connector.product_correction",
    "rounding": "acorn_amazon_connector.product_rounding",
}
# Lines that even out what the others do not come to; they stand for no charge.
EVENING_KINDS = {"correction", "rounding"}


@dataclass(slots=True)
class LinePlan:
    """One future order line.

    :ivar item_id: Amazon's order item id
    :ivar kind: ``item`` or a key of ``SERVICE_PRODUCTS``
    :ivar amount: what the line must come to in Odoo's terms: gross when its taxes
        are price-included, net otherwise
    :ivar paid: what the buyer pays for it with its tax, as far as it is the seller's
    :ivar remitted: tax of this charge that Amazon collects and remits itself
    :ivar rule: name of the tax rule that decided
    :ivar is_news: whether Amazon says another amount or quantity than before
    """

    item_id: str
    kind: str
    product: Any
    name: str
    quantity: float
    amount: Decimal
    paid: Decimal
    taxes: Any
    remitted: Decimal
    rule: str
    sku: str | None = None
    is_news: bool = False

    @property
    def key(self):
        return self.item_id, self.kind

    @property
    def unit_price(self):
        """Price of one unit, not rounded: 10.00 for 3 must stay 10.00 in total."""
        return float(self.amount) / self.quantity if self.quantity else 0.0


@dataclass(slots=True)
class OrderPlan:
    """Everything decided about one order document.

    :ivar order: ``mappers.order.Order``
    :ivar action: one of CREATE, UPDATE, CANCEL, IGNORE
    :ivar reason_code: why there is nothing to do, for IGNORE
    :ivar reason_data: what the sentence of that reason mentions
    :ivar known: what the earlier documents of the order decided
    :ivar decided: the same with this document
    :ivar own_lines: key of ``LinePlan`` → order line that the order has already
    """

    exchange: Any
    order: Any
    action: str
    reason_code: str | None = None
    reason_data: dict | None = None
    sale_order: Any = None
    participation: Any = None
    currency: Any = None
    fiscal_position: Any = None
    known: Decided = field(default_factory=Decided)
    decided: Decided = field(default_factory=Decided)
    own_lines: dict[tuple[str, str], Any] = field(default_factory=dict)
    lines: list[LinePlan] = field(default_factory=list)

    @property
    def remitted(self) -> Decimal:
        return sum((line.remitted for line in self.lines), Decimal(0))

    @property
    def expected_total(self) -> Decimal:
        """What Odoo's order must come to, to the minor unit."""
        return (self.order.grand_total or Decimal(0)) - self.remitted


class BatchRejected(Exception):
    """Some orders of a batch turned out wrong while it was being written.

    :ivar failures: exchange id → exception
    """

    def __init__(self, failures):
        super().__init__(f"{len(failures)} rejected")
        self.failures = failures


class StaleSnapshot(psycopg2.OperationalError):
    """Another transaction was faster: only a new transaction can see its work."""
