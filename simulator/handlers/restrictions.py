"""Listings Restrictions 2021-08-01."""

from __future__ import annotations

from ..errors import ControlError, bad_request, unauthorized
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..state.listings import Restriction
from ..worlds.data.product_types import CONDITIONS
from .common import read_marketplaces
from .control import read_json

REASONS = ("APPROVAL_REQUIRED", "NOT_ELIGIBLE")
_SENTENCES = {
    "APPROVAL_REQUIRED": "You need approval to list this product.",
    "ASIN_NOT_FOUND": "The ASIN was not found in this store.",
    "NOT_ELIGIBLE": "You are not eligible to list this product.",
}


def get_listings_restrictions(exchange: Exchange) -> Reply:
    """Return what keeps the seller from offering a product."""
    query = exchange.query(bad_request)
    ids = read_marketplaces(exchange, query, bad_request)
    asin, seller_id = query.text("asin"), query.text("sellerId")
    if not asin or not seller_id:
        raise bad_request("asin and sellerId are required.")
    if seller_id != exchange.seller.seller_id:
        raise unauthorized()
    condition = query.choice("conditionType", "", CONDITIONS) or None
    desk = exchange.simulation.listings
    restriction = desk.restrictions.get(asin)
    if not desk.has_asin(asin):
        restriction = Restriction("ASIN_NOT_FOUND")
    found = []
    if restriction is not None:
        for id_ in ids:
            found += _restrictions(restriction, asin, id_, condition)
    return Reply({"restrictions": found})


def _restrictions(
    restriction: Restriction, asin: str, marketplace_id: str, condition: str | None
) -> list[dict]:
    conditions = restriction.conditions or (condition,)
    if condition is not None:
        conditions = [each for each in conditions if each == condition]
    reason = {
        "message": _SENTENCES[restriction.reason],
        "reasonCode": restriction.reason,
    }
    if restriction.reason == "APPROVAL_REQUIRED":
        site = f"https://sellercentral.{MARKETPLACES[marketplace_id].domain}"
        reason["links"] = [
            {
                "resource": f"{site}/hz/approvalrequest/restrictions/approve"
                f"?asin={asin}",
                "verb": "GET",
                "title": "Request Approval via Seller Central.",
                "type": "text/html",
            }
        ]
    return [
        {
            "marketplaceId": marketplace_id,
            **({"conditionType": each} if each else {}),
            "reasons": [reason],
        }
        for each in conditions
    ]


def control(exchange: Exchange) -> Reply:
    """``/_sim/restrictions``: list, or POST ``{asin, reason, conditions?}``.

    A reason of null lifts the restriction.
    """
    restrictions = exchange.simulation.listings.restrictions
    if exchange.request.method == "POST":
        data = read_json(exchange, {"asin", "reason", "conditions"})
        reason = data["reason"]
        if reason is None:
            restrictions.pop(data["asin"], None)
        elif reason in REASONS:
            conditions = tuple(data.get("conditions", ()))
            restrictions[data["asin"]] = Restriction(reason, conditions)
        else:
            raise ControlError(f"reason must be null or one of {', '.join(REASONS)}")
    rows = [
        {"asin": asin, "reason": each.reason, "conditions": list(each.conditions)}
        for asin, each in restrictions.items()
    ]
    return Reply({"restrictions": rows})
