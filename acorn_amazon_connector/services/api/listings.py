"""Listings Items API 2021-08-01."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import NotFoundError
from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import expect, next_token, objects

_SEARCH = OPERATIONS["listings.searchListingsItems"]
_GET = OPERATIONS["listings.getListingsItem"]
_PUT = OPERATIONS["listings.putListingsItem"]
_PATCH = OPERATIONS["listings.patchListingsItem"]
_DELETE = OPERATIONS["listings.deleteListingsItem"]

# Ask Amazon what it would say, without changing anything.
PREVIEW = "VALIDATION_PREVIEW"
ALL_DATA = ("summaries", "attributes", "offers", "fulfillmentAvailability")
_MOST_IDENTIFIERS = 20


def count_together(skus: Sequence[str]) -> int:
    """Return how many of the first SKUs one ``find`` can ask for.

    20; but a SKU with a comma has to be asked for alone.
    """
    for position, sku in enumerate(skus[:_MOST_IDENTIFIERS]):
        if "," in sku:
            return position or 1
    return min(len(skus), _MOST_IDENTIFIERS)


@dataclass(frozen=True, slots=True)
class ListingsPage:
    """A page of listings; ``total`` is Amazon's count of all results.

    ``answered_at`` is Amazon's own time of the answer (UTC).
    """

    items: list[dict]
    next_token: str | None
    total: int | None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """What Amazon says about a listing; ``severity`` is ERROR, WARNING or INFO."""

    code: str
    message: str
    severity: str
    attribute_names: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Submission:
    """Amazon's answer to a write: HTTP 200 also when it refuses.

    ``status`` is ACCEPTED, INVALID or, for a preview, VALID. ACCEPTED means taken
    for processing; whether it is effective shows when the listing is read.
    ``answered_at`` is Amazon's own time of the answer (UTC).
    """

    sku: str
    status: str
    submission_id: str | None
    issues: tuple[Issue, ...]
    request_id: str | None
    answered_at: datetime | None = None

    @property
    def is_accepted(self) -> bool:
        """Return whether Amazon takes what was sent."""
        return self.status in ("ACCEPTED", "VALID")


class ListingsApi:
    """Read, change and remove the listings of a seller.

    A write without a reply (TransportError, ServerError) may have been done. It is
    never repeated here; absolute values may be sent again by the caller.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    def search(
        self,
        seller_id: str,
        marketplace_ids: Sequence[str],
        *,
        identifiers: Sequence[str] = (),
        identifiers_type: str | None = None,
        created_after: datetime | str | None = None,
        last_updated_after: datetime | str | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        page_size: int = 20,
        page_token: str | None = None,
        included_data: Sequence[str] = ALL_DATA,
        issue_locale: str | None = None,
    ) -> ListingsPage:
        """Return one page of listings (5 calls/s, burst 5).

        Amazon pages through 1,000 listings at most. Larger catalogues are read
        in order of creation, each search starting where the one before ended,
        or come from the listings report.

        :param identifiers: at most 20, of ``identifiers_type`` (SKU, ASIN, …); for
            SKUs use ``find``
        :param sort_by: ``sku``, ``createdDate`` or ``lastUpdatedDate``
        :param sort_order: ``ASC`` or ``DESC``
        :param page_size: 1 to 20
        """
        reply = self._transport.call(
            _SEARCH,
            path_params={"sellerId": seller_id},
            query={
                "marketplaceIds": marketplace_ids,
                "identifiers": identifiers,
                "identifiersType": identifiers_type,
                "createdAfter": created_after,
                "lastUpdatedAfter": last_updated_after,
                "sortBy": sort_by,
                "sortOrder": sort_order,
                "pageSize": page_size,
                "pageToken": page_token,
                "includedData": included_data,
                "issueLocale": issue_locale,
            },
        )
        total = reply.payload.get("numberOfResults")
        return ListingsPage(
            objects(reply.payload.get("items"), "items", _SEARCH, reply),
            next_token(reply.payload.get("pagination"), "nextToken"),
            total if isinstance(total, int) else None,
            reply.answered_at,
        )

    def pages(
        self, seller_id: str, marketplace_ids: Sequence[str], **filters
    ) -> Iterator[ListingsPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("page_token", None)

        def fetch(token):
            return self.search(seller_id, marketplace_ids, page_token=token, **filters)

        return pages(fetch, start)

    def find(
        self,
        seller_id: str,
        marketplace_ids: Sequence[str],
        skus: Sequence[str],
        *,
        included_data: Sequence[str] = ALL_DATA,
        issue_locale: str | None = None,
    ) -> ListingsPage:
        """Return the listings of some SKUs, those that there are, with one call.

        In a search Amazon takes a comma for the end of a SKU, so one that has a comma
        is fetched by its address.

        :param skus: as many as ``count_together`` says
        :raise ValueError: more than one call can ask for
        """
        skus = list(dict.fromkeys(skus))
        if count_together(skus) < len(skus):
            raise ValueError("One call cannot ask for these SKUs together.")
        data = {"included_data": included_data, "issue_locale": issue_locale}
        if len(skus) == 1 and "," in skus[0]:
            try:
                reply = self._get(seller_id, skus[0], marketplace_ids, **data)
            except NotFoundError:
                return ListingsPage([], None, 0)
            return ListingsPage([reply.payload], None, 1, reply.answered_at)
        return self.search(
            seller_id,
            marketplace_ids,
            identifiers=skus,
            identifiers_type="SKU",
            page_size=_MOST_IDENTIFIERS,
            **data,
        )

    def get(
        self,
        seller_id: str,
        sku: str,
        marketplace_ids: Sequence[str],
        included_data: Sequence[str] = ALL_DATA,
    ) -> dict:
        """Return one listing (5 calls/s, burst 10).

        :raise NotFoundError: the seller has no such SKU
        """
        return self._get(seller_id, sku, marketplace_ids, included_data).payload

    def _get(self, seller_id, sku, marketplace_ids, included_data, issue_locale=None):
        return self._transport.call(
            _GET,
            path_params={"sellerId": seller_id, "sku": sku},
            query={
                "marketplaceIds": marketplace_ids,
                "includedData": included_data,
                "issueLocale": issue_locale,
            },
        )

    def patch(
        self,
        seller_id: str,
        sku: str,
        marketplace_ids: Sequence[str],
        product_type: str,
        patches: Sequence[Mapping[str, Any]],
        *,
        mode: str | None = None,
        issue_locale: str | None = None,
    ) -> Submission:
        """Change attributes of a listing (5 calls/s, burst 5).

        :param product_type: ``PRODUCT`` is enough for quantity and price
        :param patches: operations on ``/attributes/<name>``
        :param mode: ``PREVIEW`` to change nothing
        :param issue_locale: language of the issues, for example ``de_DE``
        """
        body = {"productType": product_type, "patches": [dict(one) for one in patches]}
        return self._submit(
            _PATCH, seller_id, sku, marketplace_ids, body, mode, issue_locale
        )

    def put(
        self,
        seller_id: str,
        sku: str,
        marketplace_ids: Sequence[str],
        product_type: str,
        requirements: str | None,
        attributes: Mapping[str, Any],
        *,
        mode: str | None = None,
        issue_locale: str | None = None,
    ) -> Submission:
        """Create or replace a listing with all its attributes (5 calls/s, burst 10).

        :param marketplace_ids: exactly one
        :param requirements: LISTING, LISTING_PRODUCT_ONLY or LISTING_OFFER_ONLY
        """
        body = {"productType": product_type, "attributes": dict(attributes)}
        if requirements:
            body["requirements"] = requirements
        return self._submit(
            _PUT, seller_id, sku, _one(marketplace_ids), body, mode, issue_locale
        )

    def delete(
        self,
        seller_id: str,
        sku: str,
        marketplace_ids: Sequence[str],
        issue_locale: str | None = None,
    ) -> Submission:
        """Remove a listing from a marketplace (5 calls/s, burst 5).

        :param marketplace_ids: exactly one
        :raise NotFoundError: the seller has no such SKU
        """
        return self._submit(
            _DELETE, seller_id, sku, _one(marketplace_ids), None, None, issue_locale
        )

    def _submit(self, operation, seller_id, sku, marketplace_ids, body, mode, locale):
        reply = self._transport.call(
            operation,
            path_params={"sellerId": seller_id, "sku": sku},
            query={
                "marketplaceIds": marketplace_ids,
                "mode": mode,
                "issueLocale": locale,
            },
            body=body,
        )
        status = expect(reply.payload.get("status"), str, "status", operation, reply)
        issues = objects(reply.payload.get("issues") or [], "issues", operation, reply)
        return Submission(
            sku=_text(reply.payload, "sku") or sku,
            status=status,
            submission_id=_text(reply.payload, "submissionId") or None,
            issues=tuple(map(_issue, issues)),
            request_id=reply.request_id,
            answered_at=reply.answered_at,
        )


def _one(marketplace_ids):
    if isinstance(marketplace_ids, str) or len(marketplace_ids) != 1:
        raise ValueError("Amazon takes exactly one marketplace here.")
    return marketplace_ids


def _issue(entry):
    # Read leniently: the submission is done, whatever its remarks look like.
    return Issue(
        code=_text(entry, "code"),
        message=_text(entry, "message"),
        severity=_text(entry, "severity"),
        attribute_names=_texts(entry, "attributeNames"),
        categories=_texts(entry, "categories"),
    )


def _text(entry, key):
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _texts(entry, key):
    values = entry.get(key)
    values = values if isinstance(values, list) else []
    return tuple(value for value in values if isinstance(value, str))
