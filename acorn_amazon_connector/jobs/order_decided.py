"""What the documents of an order have decided so far; the order itself keeps it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Decided:
    """Fiscal position and taxes that follow from what Amazon has said of an order.

    The order may carry others: those that are invoiced, or that a person chose.

    :ivar fiscal_position_id: False for none
    :ivar country_code: of the destination that the fiscal position is for, or None
    :ivar details: what else it rests on: ``state``, ``postal_code``, ``vat``
    :ivar has_vat: whether Amazon has ever given a VAT number of the buyer
    :ivar lines: order item id and kind of charge → (what it rests on, ids of taxes)
    """

    fiscal_position_id: int | bool = False
    country_code: str | None = None
    details: frozenset[str] = frozenset()
    has_vat: bool = False
    lines: dict[tuple[str, str], tuple[str | None, list[int]]] = field(
        default_factory=dict
    )

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
                (line["item"], line["kind"]): (line["basis"], line["taxes"])
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
                {"item": item_id, "kind": kind, "basis": basis, "taxes": taxes}
                for (item_id, kind), (basis, taxes) in self.lines.items()
            ],
        }
