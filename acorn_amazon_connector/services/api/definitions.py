"""Product Type Definitions API 2020-09-01: what a listing must say."""

import json
from collections.abc import Sequence

from ..documents import OPERATION, download
from ..errors import UnexpectedReplyError
from ..operations import OPERATIONS
from ..transport import Transport
from .common import expect, objects

_SEARCH = OPERATIONS["definitions.searchDefinitionsProductTypes"]
_GET = OPERATIONS["definitions.getDefinitionsProductType"]
_LARGEST_SCHEMA = 64 * 1024 * 1024


class DefinitionsApi:
    """Product types and their JSON schemas."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def search(
        self,
        marketplace_ids: Sequence[str],
        *,
        keywords: Sequence[str] = (),
        item_name: str | None = None,
        locale: str | None = None,
        search_locale: str | None = None,
    ) -> list[dict]:
        """Return product types: ``name``, ``displayName`` (5 calls/s, burst 10).

        :param keywords: words to find, none for all types
        :param item_name: a title Amazon recommends types for, instead of keywords
        """
        reply = self._transport.call(
            _SEARCH,
            query={
                "marketplaceIds": marketplace_ids,
                "keywords": keywords,
                "itemName": item_name,
                "locale": locale,
                "searchLocale": search_locale,
            },
        )
        found = reply.payload.get("productTypes")
        return objects(found, "productTypes", _SEARCH, reply)

    def get(
        self,
        product_type: str,
        marketplace_ids: Sequence[str],
        *,
        seller_id: str | None = None,
        requirements: str | None = None,
        requirements_enforced: str | None = None,
        locale: str | None = None,
        version: str | None = None,
        parentage_level: str | None = None,
    ) -> dict:
        """Return a definition (5 calls/s, burst 10).

        ``schema.link.resource`` is the address for ``schema`` and dies,
        ``schema.checksum`` tells whether it has changed, ``propertyGroups`` order
        the attributes for people.

        :param seller_id: for brands and other values of this seller only
        :param requirements: LISTING, LISTING_PRODUCT_ONLY or LISTING_OFFER_ONLY
        :param requirements_enforced: ENFORCED or NOT_ENFORCED
        :param locale: for example ``de_DE``
        :param parentage_level: NONE, CHILD or PARENT
        :raise NotFoundError: no such product type here
        """
        reply = self._transport.call(
            _GET,
            path_params={"productType": product_type},
            query={
                "marketplaceIds": marketplace_ids,
                "sellerId": seller_id,
                "requirements": requirements,
                "requirementsEnforced": requirements_enforced,
                "locale": locale,
                "productTypeVersion": version,
                "parentageLevel": parentage_level,
            },
        )
        expect(reply.payload.get("schema"), dict, "schema", _GET, reply)
        return reply.payload

    def schema(self, url: str) -> dict:
        """Return the JSON schema behind a definition's address.

        :raise DocumentExpired: the address died, ask for the definition again
        """
        document = download(
            self._transport.session, url, max_unpacked_bytes=_LARGEST_SCHEMA
        )
        try:
            schema = json.loads(document.data())
        except (ValueError, RecursionError):
            schema = None
        if not isinstance(schema, dict):
            raise UnexpectedReplyError(
                "The schema is not a JSON object.", "$", operation=OPERATION
            )
        return schema
