"""What several of Amazon's API families do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..clock import format_time
from ..errors import ApiError, bad_report_request, not_found, unauthorized
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..paging import digest, seal, unseal
from ..query import Query
from ..state.reports import RETENTION, Document
from .documents import signed_url

Wrong = Callable[[str], ApiError]

STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")


# === MARKETPLACES === #


def check_marketplaces(exchange: Exchange, ids: Iterable[str], wrong: Wrong) -> None:
    """Refuse unknown marketplaces (400) and those of another region (403)."""
    for id_ in ids:
        marketplace = MARKETPLACES.get(id_)
        if marketplace is None:
            raise wrong(f"Invalid marketplace id: {id_}")
        if marketplace.region != exchange.seller.region:
            raise unauthorized()


def read_marketplaces(exchange: Exchange, query: Query, wrong: Wrong) -> list[str]:
    """Return the marketplaces of a request; all must be of the seller's region."""
    ids = query.list("marketplaceIds")
    if not ids:
        raise wrong("marketplaceIds is missing.")
    check_marketplaces(exchange, ids, wrong)
    return ids


def body_marketplaces(exchange: Exchange, data: dict) -> tuple[str, ...]:
    """Return the marketplaces that a report or a feed is for."""
    ids = data.get("marketplaceIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 25:
        raise bad_report_request("marketplaceIds must have 1 to 25 values.")
    check_marketplaces(exchange, ids, bad_report_request)
    return tuple(dict.fromkeys(ids))


# === PAGES OF ITEMS === #


class Pages:
    """Where the page of a search starts, and its neighbours.

    The token belongs to the seller, the operation and the parameters of the search.

    :param free: parameters that may change from page to page
    """

    def __init__(
        self, exchange: Exchange, query: Query, free: frozenset[str], wrong: Wrong
    ):
        parameters = {name: sorted(query.list(name)) for name in query.names() - free}
        self._key = exchange.simulation.page_key
        self._owner = digest(
            [exchange.operation.key, exchange.seller.seller_id, parameters]
        )
        self.start = 0
        token = query.text("pageToken")
        if token is None:
            return
        try:
            data = unseal(self._key, token)
        except ValueError as error:
            raise wrong("pageToken is invalid.") from error
        if data.get("owner") != self._owner:
            raise wrong("pageToken does not belong to these parameters.")
        self.start = data["start"]

    def links(self, size: int, count: int) -> dict:
        """Return the end of an answer with `size` of `count` items: its tokens."""
        links = {}
        if self.start + size < count:
            links["nextToken"] = self._seal(self.start + size)
        if self.start:
            links["previousToken"] = self._seal(max(0, self.start - size))
        return {"pagination": links} if links else {}

    def _seal(self, start: int) -> str:
        return seal(self._key, {"owner": self._owner, "start": start})


# === REPORTS AND FEEDS === #


def list_newest(exchange: Exchange, name: str, find_all: Callable) -> Reply:
    """List reports or feeds, newest first; nextToken comes alone.

    :param name: ``report`` or ``feed``
    :param find_all: returns all of the seller's, rendered
    """
    query = exchange.query(bad_report_request)
    token = query.text("nextToken")
    if token is None:
        search = _read_search(exchange, query, name)
    elif query.names() != {"nextToken"}:
        raise bad_report_request("nextToken must be the only parameter.")
    else:
        search = _open_token(exchange, token, name)
    found = [entry for entry in find_all() if _matches(entry, search, name)]
    start, end = search["start"], search["start"] + search["size"]
    body = {f"{name}s": found[start:end]}
    if end < len(found):
        key = exchange.simulation.page_key
        body["nextToken"] = seal(key, {**search, "start": end})
    return Reply(body)


def _read_search(exchange: Exchange, query: Query, name: str) -> dict:
    now = exchange.simulation.clock.now()
    types = query.list(f"{name}Types", most=10)
    if not types:
        raise bad_report_request(f"{name}Types or nextToken is required.")
    return {
        "who": exchange.seller.seller_id,
        "name": name,
        "types": types,
        "statuses": query.list("processingStatuses", STATUSES),
        "marketplaces": query.list("marketplaceIds", most=10),
        "since": format_time(query.time("createdSince") or now - RETENTION),
        "until": format_time(query.time("createdUntil") or now),
        "size": query.integer("pageSize", 10, 1, 100),
        "start": 0,
    }


def _open_token(exchange: Exchange, token: str, name: str) -> dict:
    try:
        search = unseal(exchange.simulation.page_key, token)
    except ValueError as error:
        raise bad_report_request("nextToken is invalid.") from error
    owner = (search.get("who"), search.get("name"))
    if owner != (exchange.seller.seller_id, name):
        raise bad_report_request("nextToken is invalid.")
    return search


def _matches(entry: dict, search: dict, name: str) -> bool:
    statuses, marketplaces = search["statuses"], set(search["marketplaces"])
    return (
        entry[f"{name}Type"] in search["types"]
        and search["since"] <= entry["createdTime"] <= search["until"]
        and (not statuses or entry["processingStatus"] in statuses)
        and (not marketplaces or bool(marketplaces & set(entry["marketplaceIds"])))
    )


def describe_document(
    exchange: Exchange, name: str, document: Document | None
) -> Reply:
    """Return an address of a document that dies after five minutes.

    :param name: ``report`` or ``feed``
    :param document: None when there is none of this id
    """
    if document is None or document.seller_id != exchange.seller.seller_id:
        raise not_found()
    unpack = exchange.query(bad_report_request).flag("enableContentEncodingUrlHeader")
    body = {
        f"{name}DocumentId": document.document_id,
        "url": signed_url(exchange, document, unpack),
    }
    if document.gzipped:
        body["compressionAlgorithm"] = "GZIP"
    return Reply(body)
