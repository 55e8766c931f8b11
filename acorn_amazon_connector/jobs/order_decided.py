"""What the documents of an order have decided so far; the order itself keeps it."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """What is known of one charge of an Amazon line; None is what is not known.

    :ivar basis: what its taxes rest on, as of ``order_taxes.get_basis``
    :ivar taxes: ids of the taxes that were decided
    :ivar quantity: Amazon's, in the newest document
    :ivar paid: what the buyer pays for it, tax included, when it was last priced here
    """

    basis: str | None = None
    taxes: list[int] | None = None
    quantity: int | None = None
    paid: Decimal | None = None

    @classmethod
    def of(cls, kept):
        """Read what the order keeps of a line (dict)."""
        paid = kept.get("paid")
        return cls(
            kept["basis"],
            kept["taxes"],
            kept.get("quantity"),
            None if paid is None else Decimal(paid),
        )

    def to_json(self):
        """:return: what the order keeps of the line"""
        return {
            "basis": self.basis,
            "taxes": self.taxes,
            "quantity": self.quantity,
            "paid": None if self.paid is None else str(self.paid),
        }


NOTHING_KNOWN = DecidedLine()


@dataclass(slots=True)
class Decided:
    """What follows from all that Amazon has said of an order.

    The order may carry something else: what is invoiced, or what a person chose.

    :ivar fiscal_position_id: False for none
    :ivar country_code: of the destination that the fiscal position is for, or None
    :ivar details: what else it rests on: ``state``, ``postal_code``, ``vat``
    :ivar has_vat: whether Amazon has ever given a VAT number of the buyer
    :ivar lines: order item id and kind of charge → ``DecidedLine``
    """

    fiscal_position_id: int | bool = False
    country_code: str | None = None
    details: frozenset[str] = frozenset()
    has_vat: bool = False
    lines: dict[tuple[str, str], DecidedLine] = field(default_factory=dict)

    @classmethod
    def of(cls, sale_order):
        """Read what an order keeps, nothing for an order that is not here yet.

        :param sale_order: ``sale.order`` or None
        """
        kept = (sale_order and sale_order.acorn_amazon_decided) or {}
        position = sale_order.fiscal_position_id.id if sale_order else False
        return cls(
            kept.get("fiscal_position", position),
            kept.get("country"),
            frozenset(kept.get("details", ())),
            kept.get("vat", False),
            {
                (line["item"], line["kind"]): DecidedLine.of(line)
                for line in kept.get("lines", ())
            },
        )

    def to_json(self):
        """:return: what the order keeps"""
        return {
            "fiscal_position": self.fiscal_position_id,
            "country": self.country_code,
            "details": sorted(self.details),
            "vat": self.has_vat,
            "lines": [
                {"item": item_id, "kind": kind, **line.to_json()}
                for (item_id, kind), line in self.lines.items()
            ],
        }

    def get_line(self, key):
        """:return: ``DecidedLine``, an empty one where nothing is known"""
        return self.lines.get(key, NOTHING_KNOWN)
