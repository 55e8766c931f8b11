"""Listings Items 2021-08-01, the writes: put, patch and delete."""

from __future__ import annotations

from ..errors import bad_request
from ..exchange import Exchange, Reply
from ..state.submissions import OPERATIONS, Source, Submission
from .listings import own_marketplaces

REQUIREMENTS = ("LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY")


def put_listings_item(exchange: Exchange, seller_id: str, sku: str) -> Reply:
    """Create or fully replace a listing in one marketplace."""
    source, included = _source(exchange, seller_id, 1)
    data = exchange.json(bad_request)
    attributes = data.get("attributes")
    if not isinstance(attributes, dict):
        raise bad_request("attributes must be an object.")
    requirements = data.get("requirements", "LISTING")
    if requirements not in REQUIREMENTS:
        raise bad_request(f"requirements has an invalid value: {requirements}")
    submission = exchange.simulation.submissions.put(
        source, sku, _product_type(data), requirements, attributes
    )
    return _reply(source, included, submission)


def patch_listings_item(exchange: Exchange, seller_id: str, sku: str) -> Reply:
    """Change top-level attributes of a listing."""
    source, included = _source(exchange, seller_id, None)
    data = exchange.json(bad_request)
    patches = read_patches(data.get("patches"))
    submission = exchange.simulation.submissions.patch(
        source, sku, _product_type(data), patches
    )
    return _reply(source, included, submission)


def delete_listings_item(exchange: Exchange, seller_id: str, sku: str) -> Reply:
    """Take a listing out of one marketplace."""
    query = exchange.query(bad_request)
    if {"mode", "includedData"} & query.names():
        raise bad_request("mode and includedData are not parameters of a delete.")
    source, included = _source(exchange, seller_id, 1)
    submission = exchange.simulation.submissions.delete(source, sku)
    return _reply(source, included, submission)


def read_patches(patches) -> list[dict]:
    """Return well-formed patch operations.

    :raise ApiError: 400 for anything that the model forbids
    """
    if not isinstance(patches, list) or not patches:
        raise bad_request("patches must have at least one operation.")
    for patch in patches:
        if not isinstance(patch, dict) or patch.get("op") not in OPERATIONS:
            raise bad_request(f"op must be one of {', '.join(OPERATIONS)}.")
        if not isinstance(patch.get("path"), str):
            raise bad_request("path is missing.")
        value = patch.get("value", [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise bad_request("value must be an array of objects.")
        if "value" not in patch and patch["op"] != "delete":
            raise bad_request(f"value is missing for {patch['op']}.")
    return patches


def _source(
    exchange: Exchange, seller_id: str, most: int | None
) -> tuple[Source, list[str]]:
    query = exchange.query(bad_request)
    marketplaces = own_marketplaces(exchange, query, seller_id)
    if most is not None and len(marketplaces) > most:
        raise bad_request(f"marketplaceIds has more than {most} values.")
    for id_ in marketplaces:
        if id_ not in exchange.seller.marketplace_ids:
            raise bad_request(f"The seller does not sell in the marketplace {id_}.")
    preview = query.choice("mode", "", ("VALIDATION_PREVIEW",)) != ""
    included = query.list("includedData", ("identifiers", "issues")) or ["issues"]
    if "identifiers" in included and not preview:
        raise bad_request("identifiers need the mode VALIDATION_PREVIEW.")
    source = Source(
        seller_id,
        exchange.seller.region,
        tuple(dict.fromkeys(marketplaces)),
        exchange.simulation.clock.now(),
        exchange.request_id,
        preview=preview,
    )
    return source, included


def _product_type(data: dict) -> str:
    name = data.get("productType")
    if not isinstance(name, str) or not name:
        raise bad_request("productType is missing.")
    return name


def _reply(source: Source, included: list[str], submission: Submission) -> Reply:
    body = {
        "sku": submission.sku,
        "status": submission.status,
        "submissionId": submission.submission_id,
    }
    if "issues" in included:
        body["issues"] = submission.issues
    if "identifiers" in included:
        asin = {"asin": submission.asin} if submission.asin else {}
        body["identifiers"] = [
            {"marketplaceId": id_, **asin} for id_ in source.marketplace_ids
        ]
    return Reply(body)
