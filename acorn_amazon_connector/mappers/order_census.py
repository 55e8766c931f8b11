"""Which orders Amazon has: rows of the All Orders report by last update (A15)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import PayloadError

CENSUS_REPORT = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"

_COLUMNS = (
    "amazon-order-id",
    "order-status",
    "sales-channel",
    "fulfillment-channel",
)


@dataclass(frozen=True, slots=True)
class CensusRow:
    """An order as the report lists it.

    Amazon's words vary ("Shipped - Delivered to Buyer"), only their beginning counts.
    """

    order_id: str
    status: str
    sales_channel: str
    is_fba: bool

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody expects anything of it any more."""
        return self.status.startswith("cancel")

    @property
    def is_shipped(self) -> bool:
        """Whether all of it has left."""
        return self.status.startswith("shipped")

    @property
    def is_due(self) -> bool:
        """Whether it belongs into Odoo: to be shipped by the seller, or shipped."""
        if self.sales_channel.startswith("non-amazon"):
            return False
        if self.is_fba:
            return self.is_shipped
        return not self.is_cancelled and not self.status.startswith("pending")


def map_census(rows: Iterable[Mapping]) -> dict[str, CensusRow]:
    """Return the orders of a report, one for its items, by order id.

    :param rows: cells by column, a row per order item; personal data is left behind
    :raise PayloadError: a row without an order, or without a column that is needed
    """
    orders = {}
    for row in rows:
        for column in _COLUMNS:
            if column not in row:
                raise PayloadError("missing", column)
        order_id, status, sales, fulfillment = (row[name].strip() for name in _COLUMNS)
        if not order_id:
            raise PayloadError("missing", "amazon-order-id")
        orders[order_id] = CensusRow(
            order_id, status.lower(), sales.lower(), fulfillment.lower() == "amazon"
        )
    return orders
