"""Listings Restrictions API 2021-08-01: what a seller may not list."""

from collections.abc import Sequence

from ..operations import OPERATIONS
from ..transport import Transport
from .common import objects

_GET = OPERATIONS["restrictions.getListingsRestrictions"]


class RestrictionsApi:
    """``getListingsRestrictions``."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def get(
        self,
        seller_id: str,
        asin: str,
        marketplace_ids: Sequence[str],
        *,
        condition_type: str | None = None,
        product_type: str | None = None,
        reason_locale: str | None = None,
    ) -> list[dict]:
        """Return the restrictions of a product, none when it may be listed.

        5 calls/s, burst 10. Each has a ``marketplaceId``, perhaps a
        ``conditionType``, and ``reasons`` with ``reasonCode`` (APPROVAL_REQUIRED,
        ASIN_NOT_FOUND, NOT_ELIGIBLE), ``message`` and ``links`` to Seller Central.

        :param condition_type: for example ``new_new``; none asks for all
        :param reason_locale: language of the messages, for example ``de_DE``
        """
        reply = self._transport.call(
            _GET,
            query={
                "asin": asin,
                "sellerId": seller_id,
                "marketplaceIds": marketplace_ids,
                "conditionType": condition_type,
                "productType": product_type,
                "reasonLocale": reason_locale,
            },
        )
        found = reply.payload.get("restrictions")
        return objects(found, "restrictions", _GET, reply)
