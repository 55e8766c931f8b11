"""Reports of stock and listings: tab-separated, nothing quoted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ..marketplaces import MARKETPLACES
from ..state.fba import pool_of, reconciled
from ..worlds.catalogue import fnsku
from .fba_inventory import condition

LEDGER = "GET_LEDGER_DETAIL_VIEW_DATA"
MYI = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
FBA_CODES = {"na": "AMAZON_NA", "eu": "AMAZON_EU", "fe": "AMAZON_JP"}
LONGEST = timedelta(days=548)
# How long Amazon makes a seller wait for the next report of a type.
PAUSES = {MYI: timedelta(minutes=30)}

_LEDGER_COLUMNS = (
    "Date",
    "FNSKU",
    "ASIN",
    "MSKU",
    "Title",
    "Event Type",
    "Reference ID",
    "Quantity",
    "Fulfillment Center",
    "Disposition",
    "Reason",
    "Country",
    "Reconciled Quantity",
    "Unreconciled Quantity",
    "Date and Time",
    "Store",
)
_MYI_COLUMNS = (
    "sku",
    "fnsku",
    "asin",
    "product-name",
    "condition",
    "your-price",
    "mfn-listing-exists",
    "mfn-fulfillable-quantity",
    "afn-listing-exists",
    "afn-warehouse-quantity",
    "afn-fulfillable-quantity",
    "afn-unsellable-quantity",
    "afn-reserved-quantity",
    "afn-total-quantity",
    "per-unit-volume",
    "afn-inbound-working-quantity",
    "afn-inbound-shipped-quantity",
    "afn-inbound-receiving-quantity",
    "afn-researching-quantity",
    "afn-reserved-future-supply",
    "afn-future-supply-buyable",
)
_LISTING_COLUMNS = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "image-url",
    "item-is-marketplace",
    "product-id-type",
    "zshop-shipping-fee",
    "item-note",
    "item-condition",
    "zshop-category1",
    "zshop-browse-path",
    "zshop-storefront-feature",
    "asin1",
    "asin2",
    "asin3",
    "will-ship-internationally",
    "expedited-shipping",
    "zshop-boldface",
    "product-id",
    "bid-for-featured-placement",
    "add-delete",
    "pending-quantity",
    "fulfillment-channel",
    "merchant-shipping-group",
    "status",
)


def write_ledger(simulation, report) -> tuple[bytes, str] | None:
    """Write what moved stock in the report's period, oldest first.

    Amazon's ledger lags behind: events younger than ``ledger_delay_seconds`` when
    the report ran are not in it yet.
    """
    delay = timedelta(seconds=simulation.settings.ledger_delay_seconds)
    newest = min(report.data_end, report.ends - delay)
    pools = {pool_of(id_) for id_ in report.marketplace_ids}
    items = _items(simulation, report, "AMAZON")
    home = report.marketplace_ids[0]
    known = [e for e in simulation.fba.events(report.seller_id) if e.at <= newest]
    rows = []
    for event, settled, left in reconciled(known):
        if event.pool not in pools or event.at < report.data_start:
            continue
        item = items[event.sku]
        rows.append(
            {
                "Date": f"{event.at:%m/%d/%Y}",
                "FNSKU": fnsku(event.sku),
                "ASIN": item.asin,
                "MSKU": event.sku,
                "Title": _title(item, home),
                "Event Type": event.event_type,
                "Reference ID": event.reference,
                "Quantity": event.quantity,
                "Fulfillment Center": event.center,
                "Disposition": event.disposition,
                "Reason": event.reason,
                "Country": event.country,
                "Reconciled Quantity": settled,
                "Unreconciled Quantity": left,
                "Date and Time": f"{event.at:%Y-%m-%dT%H:%M:%S}+0000",
            }
        )
    return _file(_LEDGER_COLUMNS, rows, "UTF-8")


def write_myi(simulation, report) -> tuple[bytes, str] | None:
    """Write the stock of one marketplace as it is when the report runs."""
    home = report.marketplace_ids[0]
    own = _items(simulation, report, "MERCHANT")
    rows = []
    for stock in simulation.fba.stocks(report.seller_id):
        if stock.pool != pool_of(home):
            continue
        item, offer = stock.item, stock.item.offer(home)
        rows.append(
            {
                "sku": item.sku,
                "fnsku": fnsku(item.sku),
                "asin": item.asin,
                "product-name": _title(item, home),
                "condition": "New" if condition(item.sku) == "NewItem" else "Used",
                "your-price": offer.price if offer else "",
                "mfn-listing-exists": "Yes" if item.sku in own else "No",
                "mfn-fulfillable-quantity": (
                    own[item.sku].quantity if item.sku in own else ""
                ),
                "afn-listing-exists": "Yes",
                "afn-warehouse-quantity": sum(stock.hand.values()) + stock.transit,
                "afn-fulfillable-quantity": stock.fulfillable,
                "afn-unsellable-quantity": sum(stock.unsellable.values()),
                "afn-reserved-quantity": stock.reserved
                + stock.transit
                + stock.held["processing"],
                "afn-total-quantity": stock.total,
                "per-unit-volume": "0.10",
                "afn-inbound-working-quantity": stock.inbound["working"],
                "afn-inbound-shipped-quantity": stock.inbound["shipped"],
                "afn-inbound-receiving-quantity": stock.inbound["receiving"],
                "afn-researching-quantity": stock.held["research"],
                "afn-reserved-future-supply": 0,
                "afn-future-supply-buyable": 0,
            }
        )
    return _file(_MYI_COLUMNS, rows, MARKETPLACES[home].report_charset)


def write_listings(simulation, report) -> tuple[bytes, str] | None:
    """Write every listing of one marketplace; FBA rows have no quantity."""
    home = report.marketplace_ids[0]
    region = simulation.sellers[report.seller_id].region
    rows = []
    for item in simulation.world.catalog:
        offer = item.offer(home)
        if item.seller_id != report.seller_id or offer is None:
            continue
        by_amazon = item.fulfillment_channel == "AMAZON"
        rows.append(
            {
                "item-name": offer.title,
                "item-description": offer.title,
                "listing-id": f"{fnsku(item.sku)[3:]}{home[:4]}",
                "seller-sku": item.sku,
                "price": offer.price,
                "quantity": "" if by_amazon else item.quantity,
                "open-date": f"{simulation.world.now:%Y-%m-%d %H:%M:%S} UTC",
                "item-is-marketplace": "y",
                "product-id-type": 1,
                "item-condition": 11 if condition(item.sku) == "NewItem" else 2,
                "asin1": item.asin,
                "will-ship-internationally": 1,
                "product-id": item.asin,
                "pending-quantity": 0,
                "fulfillment-channel": FBA_CODES[region] if by_amazon else "DEFAULT",
                "merchant-shipping-group": "Migrated Template",
                "status": "Active" if by_amazon or item.quantity else "Inactive",
            }
        )
    return _file(_LISTING_COLUMNS, rows, MARKETPLACES[home].report_charset)


WRITERS = {LEDGER: write_ledger, MYI: write_myi, LISTINGS: write_listings}


def write_inventory_report(simulation, report) -> tuple[bytes, str] | None:
    """Return (content, content type) of a report, None when there is no data."""
    if report.report_type == LEDGER and report.data_end - report.data_start > LONGEST:
        report.outcome = "FATAL"
    if report.outcome == "FATAL":
        return b"The period is too long or the report failed.", "text/plain"
    return WRITERS[report.report_type](simulation, report)


def _items(simulation, report, channel: str) -> dict:
    return {
        item.sku: item
        for item in simulation.world.catalog
        if item.seller_id == report.seller_id and item.fulfillment_channel == channel
    }


def _title(item, marketplace_id: str) -> str:
    offer = item.offer(marketplace_id)
    return offer.title if offer else item.title


def _file(columns, rows: Iterable[dict], charset: str) -> tuple[bytes, str] | None:
    lines = ["\t".join(_clean(row.get(name, "")) for name in columns) for row in rows]
    if not lines:
        return None
    content = "\r\n".join(["\t".join(columns), *lines, ""])
    # Java's name of the Japanese charset is what Amazon puts on the wire.
    python_name = "cp932" if charset == "Windows-31J" else charset
    return content.encode(python_name, "replace"), f"text/plain;charset={charset}"


def _clean(value) -> str:
    return str(value).replace("\t", " ").replace("\r", " ").replace("\n", " ")
