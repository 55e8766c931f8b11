"""Catalog Items API 2022-04-01: what Amazon knows of products."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..operations import OPERATIONS
from ..pagination import pages
from ..transport import Transport
from .common import next_token, objects

_SEARCH = OPERATIONS["catalog.searchCatalogItems"]
_GET = OPERATIONS["catalog.getCatalogItem"]
_MOST = 20

MATCHING_DATA = ("summaries", "identifiers", "images", "productTypes", "relationships")


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """A page of products; ``total`` is Amazon's estimate of all results."""

    items: list[dict]
    next_token: str | None
    total: int | None


class CatalogApi:
    """``searchCatalogItems`` and ``getCatalogItem``."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def search(
        self,
        marketplace_id: str,
        *,
        identifiers: Sequence[str] = (),
        identifiers_type: str | None = None,
        keywords: Sequence[str] = (),
        seller_id: str | None = None,
        brand_names: Sequence[str] = (),
        classification_ids: Sequence[str] = (),
        page_size: int = 20,
        page_token: str | None = None,
        locale: str | None = None,
        keywords_locale: str | None = None,
        included_data: Sequence[str] = MATCHING_DATA,
    ) -> CatalogPage:
        """Return one page of products (2 calls/s, burst 2).

        :param identifiers: at most 20, of ``identifiers_type`` (EAN, UPC, ASIN, SKU,
            …; SKU needs a ``seller_id``)
        :param keywords: at most 20, instead of identifiers
        :param brand_names: with keywords only, as ``classification_ids``
        :raise ValueError: both or neither of identifiers and keywords, or too many
        """
        if bool(identifiers) == bool(keywords):
            raise ValueError("Give either identifiers or keywords.")
        if max(len(identifiers), len(keywords)) > _MOST:
            raise ValueError(f"Amazon takes {_MOST} identifiers or keywords at most.")
        if identifiers and not identifiers_type:
            raise ValueError("Identifiers need a type.")
        reply = self._transport.call(
            _SEARCH,
            query={
                "marketplaceIds": [marketplace_id],
                "identifiers": identifiers,
                "identifiersType": identifiers_type,
                "keywords": keywords,
                "sellerId": seller_id,
                "brandNames": brand_names,
                "classificationIds": classification_ids,
                "pageSize": page_size,
                "pageToken": page_token,
                "locale": locale,
                "keywordsLocale": keywords_locale,
                "includedData": included_data,
            },
        )
        total = reply.payload.get("numberOfResults")
        return CatalogPage(
            objects(reply.payload.get("items"), "items", _SEARCH, reply),
            next_token(reply.payload.get("pagination"), "nextToken"),
            total if isinstance(total, int) else None,
        )

    def pages(self, marketplace_id: str, **filters) -> Iterator[CatalogPage]:
        """Yield all pages of a search; arguments as for ``search``."""
        start = filters.pop("page_token", None)

        def fetch(token):
            return self.search(marketplace_id, page_token=token, **filters)

        return pages(fetch, start)

    def get(
        self,
        asin: str,
        marketplace_ids: Sequence[str],
        *,
        included_data: Sequence[str] = MATCHING_DATA,
        locale: str | None = None,
    ) -> dict:
        """Return one product (2 calls/s, burst 2).

        :raise NotFoundError: no such product here
        """
        reply = self._transport.call(
            _GET,
            path_params={"asin": asin},
            query={
                "marketplaceIds": marketplace_ids,
                "includedData": included_data,
                "locale": locale,
            },
        )
        return reply.payload
