"""Reports of stock and listings: tab-separated, only the ledger is quoted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from ..marketplaces import MARKETPLACES
from ..state.fba import pool_of, reconciled
from ..state.listings import scope_of
from ..worlds.catalogue import fnsku
from .fba_inventory import condition

LEDGER = "GET_LEDGER_DETAIL_VIEW_DATA"
MYI = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
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
    return _file(_LEDGER_COLUMNS, rows, "UTF-8", _quote)


def write_myi(simulation, report) -> tuple[bytes, str] | None:
    """Write the stock of one marketplace as it is when the report runs."""
    home = report.marketplace_ids[0]
    scope = scope_of(simulation.sellers[report.seller_id].region, home)
    rows = []
    for stock in simulation.fba.stocks(report.seller_id):
        if stock.pool != pool_of(home):
            continue
        item, offer = stock.item, stock.item.offer(home)
        listing = simulation.listings.get(report.seller_id, item.sku)
        own = listing and listing.live.quantity(scope)
        rows.append(
            {
                "sku": item.sku,
                "fnsku": fnsku(item.sku),
                "asin": item.asin,
                "product-name": _title(item, home),
                "condition": "New" if condition(item.sku) == "NewItem" else "Used",
                "your-price": offer.price if offer else "",
                "mfn-listing-exists": "No" if own is None else "Yes",
                "mfn-fulfillable-quantity": "" if own is None else own,
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
    rows = []
    for listing in simulation.listings.of(report.seller_id):
        version = listing.shown(report.ends)
        if version is not None and home in version.marketplaces:
            rows += _listing_rows(listing, version, home, report.ends)
    return _file(_LISTING_COLUMNS, rows, MARKETPLACES[home].report_charset)


def _listing_rows(listing, version, home: str, now) -> Iterable[dict]:
    """Yield a row per channel."""
    price = version.price(home, now)
    title = version.text("item_name", home) or ""
    active = "BUYABLE" in listing.status(version, home)
    for entry in version.availability.get(listing.scope(home), ()):
        channel = entry["fulfillment_channel_code"]
        quantity = entry.get("quantity") or 0 if channel == "DEFAULT" else ""
        yield {
            "item-name": title,
            "item-description": version.text("product_description", home) or "",
            "listing-id": f"{fnsku(listing.sku)[3:]}{home[:4]}",
            "seller-sku": listing.sku,
            "price": "" if price is None else price,
            "quantity": quantity,
            "open-date": f"{version.created:%Y-%m-%d %H:%M:%S} UTC",
            "item-is-marketplace": "y",
            "product-id-type": 1,
            "item-condition": 11 if condition(listing.sku) == "NewItem" else 2,
            "asin1": listing.asin,
            "will-ship-internationally": 1,
            "product-id": listing.asin,
            "pending-quantity": 0,
            "fulfillment-channel": channel,
            "merchant-shipping-group": "Migrated Template",
            "status": "Active" if active and quantity != 0 else "Inactive",
        }


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


def _quote(cell: str) -> str:
    # As Amazon: quotes inside stay as they are (selling-partner-api-models #4367).
    return f'"{cell}"'


def _file(
    columns, rows: Iterable[dict], charset: str, spell: Callable[[str], str] = str
) -> tuple[bytes, str] | None:
    """Return (content, content type) of a table, None without rows.

    :param spell: what a cell looks like in the file
    """
    lines = [
        "\t".join(spell(_clean(row.get(name, ""))) for name in columns) for row in rows
    ]
    if not lines:
        return None
    content = "\r\n".join(["\t".join(map(spell, columns)), *lines, ""])
    # Java's name of the Japanese charset is what Amazon puts on the wire.
    python_name = "cp932" if charset == "Windows-31J" else charset
    return content.encode(python_name, "replace"), f"text/plain;charset={charset}"


def _clean(value) -> str:
    return str(value).replace("\t", " ").replace("\r", " ").replace("\n", " ")
