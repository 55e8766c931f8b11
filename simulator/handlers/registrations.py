"""Registrations 2026-01-01: documents, submissions, status; and their control.

The contract is ``docs/api/registrations-2026-01-01.json``: requests are judged by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, wraps
from pathlib import Path
from urllib.parse import urlencode

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from ..clock import format_time
from ..errors import ApiError, ControlError, invalid_input
from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES
from ..state.registrations import STATUSES, Developer, Outcome
from .control import read_json
from .documents import URL_SECONDS, upload_url
from .signatures import Signature, check_signature

CONTRACT = (
    Path(__file__).resolve().parents[2]
    / "docs"
    / "api"
    / "registrations-2026-01-01.json"
)
_MOST_REFERENCES = 50


def _counted(handler: Callable[[Exchange], Reply]) -> Callable[[Exchange], Reply]:
    """Count what a handler refuses, by code."""

    @wraps(handler)
    def count(exchange: Exchange) -> Reply:
        try:
            return handler(exchange)
        except ApiError as error:
            exchange.simulation.registrations.refused[error.code] += 1
            raise

    return count


@_counted
def create_document(exchange: Exchange) -> Reply:
    """Announce a document; the same bytes of the same type are one document."""
    data = _admitted(exchange, "CreateDocumentRequest")
    simulation = exchange.simulation
    now = simulation.clock.now()
    document, is_new = simulation.registrations.announce(data["sellerId"], data, now)
    body = {"documentId": document.document_id, "uploadUrl": None, "expiresAt": None}
    if document.data is None:
        body["uploadUrl"] = upload_url(exchange, document)
        body["expiresAt"] = format_time(now + timedelta(seconds=URL_SECONDS))
    return Reply(body, 201 if is_new else 200)


@_counted
def create_registration(exchange: Exchange) -> Reply:
    """Take a registration; the same submission again gets the same answer."""
    data = _admitted(exchange, "CreateRegistrationRequest")
    # 1.0 is a whole number as well.
    data["revision"] = int(data["revision"])
    key = exchange.request.headers.get("x-idempotency-key", "")
    if key != f"{data['reference']}-{data['revision']}":
        raise invalid_input(
            "x-idempotency-key: must be the reference, a hyphen and the revision."
        )
    desk, seller_id = exchange.simulation.registrations, data["sellerId"]
    former = desk.receipt(seller_id, key, data)
    if former is not None:
        return Reply(former)
    _check_marketplaces(data)
    _check_documents(desk, data)
    client_id = exchange.application.client_id
    now = exchange.simulation.clock.now()
    return Reply(desk.submit(seller_id, client_id, key, data, now), 202)


@_counted
def get_registration_status(exchange: Exchange) -> Reply:
    """Return the status of up to 50 registrations."""
    signature = check_signature(exchange)
    query = exchange.query(invalid_input)
    seller_id = query.text("sellerId")
    if not seller_id:
        raise invalid_input("sellerId: is missing.")
    _admit(exchange, signature, seller_id)
    references = query.list("references", most=_MOST_REFERENCES)
    if not references:
        raise invalid_input("references: is missing.")
    _check(seller_id, "SellerId", "sellerId")
    for place, reference in enumerate(references):
        _check(reference, "Reference", f"references[{place}]")
    desk = exchange.simulation.registrations
    found = (desk.find(seller_id, each) for each in dict.fromkeys(references))
    entries = [_render(exchange, entry) for entry in found if entry is not None]
    return Reply({"registrations": entries})


def _admitted(exchange: Exchange, schema: str) -> dict:
    """Return the body of a request that may come in."""
    signature = check_signature(exchange)
    data = exchange.json(invalid_input)
    seller_id = data.get("sellerId")
    if not isinstance(seller_id, str):
        raise invalid_input("$.sellerId: is missing.")
    _admit(exchange, signature, seller_id)
    _check(data, schema, "$")
    return data


def _admit(exchange: Exchange, signature: Signature, seller_id: str) -> None:
    if signature.subject != seller_id:
        raise ApiError(
            401,
            "InvalidSignature",
            "The signature is not valid.",
            "sub is not the sellerId of the request.",
        )
    if exchange.seller.seller_id != seller_id:
        raise ApiError(
            403,
            "EntityMismatch",
            "The access token belongs to another seller.",
            "sellerId",
        )
    if not signature.developer.allowed:
        raise ApiError(
            403, "NotWhitelisted", "The developer is not admitted.", "developer id"
        )


@cache
def _validator(schema: str) -> Draft202012Validator:
    contract = json.loads(CONTRACT.read_text("utf-8"))
    whole = {
        "$ref": f"#/components/schemas/{schema}",
        "components": contract["components"],
    }
    return Draft202012Validator(whole, format_checker=FormatChecker(("date",)))


def _check(value, schema: str, where: str) -> None:
    errors = _validator(schema).iter_errors(value)
    problems = sorted(errors, key=lambda each: each.json_path)
    if problems:
        details = "; ".join(_said(each, where) for each in problems[:20])
        raise invalid_input(details)


def _said(problem: ValidationError, where: str) -> str:
    rule = problem.validator_value
    words = {
        "required": f"{rule} are required",
        "additionalProperties": "has a field that is not known",
        "enum": f"must be one of {rule}",
        "format": f"is no {rule}",
    }
    said = words.get(problem.validator, f"breaks {problem.validator}: {rule}")
    return f"{where}{problem.json_path[1:]}: {said}."


def _check_marketplaces(data: dict) -> None:
    for place, id_ in enumerate(data["marketplaceIds"]):
        if id_ not in MARKETPLACES:
            raise invalid_input(f"$.marketplaceIds[{place}]: is not known.")


def _check_documents(desk, data: dict) -> None:
    for place, entry in enumerate(data["documents"]):
        document = desk.document(entry["documentId"])
        where = f"$.documents[{place}].documentId"
        if document is None or document.seller_id != data["sellerId"]:
            raise invalid_input(f"{where}: is not known.")
        if document.data is None:
            raise invalid_input(f"{where}: was not uploaded.")


def _render(exchange: Exchange, entry) -> dict:
    body = {
        "registrationId": entry.registration_id,
        "reference": entry.reference,
        "revision": entry.revision,
        "marketplaceIds": list(entry.marketplaces),
        "status": entry.status,
        "reasons": list(entry.reasons),
        "updatedAt": format_time(entry.updated),
    }
    if entry.status == "APPROVED" and entry.new_region:
        application = exchange.simulation.lwa.applications[entry.client_id]
        query = urlencode({"application_id": application.application_id})
        base = exchange.request.host_url
        body["authorizationUrl"] = f"{base}apps/authorize/consent?{query}"
    return body


# Control


def truth(exchange: Exchange) -> Reply:
    """``GET /_sim/registrations``: everything, with history and refusals."""
    desk = exchange.simulation.registrations
    desk.settle(exchange.simulation.clock.now())
    return Reply(
        {
            "registrations": [_truth(exchange, entry) for entry in desk.entries()],
            "documents": [_describe(document) for document in desk.documents()],
            "developers": [vars(each) for each in desk.developers.values()],
            "refused": dict(desk.refused),
        }
    )


def seed(exchange: Exchange) -> Reply:
    """Add registrations that were sent before, in the state SUBMITTED.

    A list of ``{seller_id, marketplace_id, reference}``. Nothing else is known of
    them: a review that is not scripted finds the taxes missing.
    """
    simulation = exchange.simulation
    desk, now = simulation.registrations, simulation.clock.now()
    entries = exchange.request.get_json(force=True, silent=True) or []
    for entry in entries:
        reference = entry["reference"]
        seller = simulation.sellers[entry["seller_id"]]
        application = simulation.lwa.find_application(seller.application_id)
        body = {
            "reference": reference,
            "revision": 1,
            "sellerId": seller.seller_id,
            "marketplaceIds": [entry["marketplace_id"]],
            "businessRegistration": {"number": seller.seller_id},
            "representatives": [],
            "taxRegistrations": [],
            "documents": [],
            "agreementVersion": desk.settings.agreement_version,
        }
        desk.submit(
            seller.seller_id, application.client_id, f"{reference}-1", body, now
        )
    return Reply({"added": len(entries)})


def _truth(exchange: Exchange, entry) -> dict:
    return {
        **_render(exchange, entry),
        "sellerId": entry.seller_id,
        "submissions": entry.submissions,
        "history": entry.history,
        "account": entry.account,
        "due": format_time(entry.due) if entry.due else None,
        "request": entry.body,
    }


def _describe(document) -> dict:
    return {
        "documentId": document.document_id,
        "sellerId": document.seller_id,
        "documentType": document.document_type,
        "fileName": document.file_name,
        "contentType": document.content_type,
        "sha256": document.sha256,
        "size": document.size,
        "uploaded": document.data is not None,
    }


def developers(exchange: Exchange) -> Reply:
    """Admit a developer: ``{developer_id, client_id, keys, allowed}``.

    ``keys`` is a list of ``{kid, public_pem}``; they are added to those it has.
    """
    data = read_json(exchange, {"developer_id", "client_id", "keys", "allowed"})
    desk = exchange.simulation.registrations
    known = desk.developers.get(data["developer_id"])
    if known is None:
        known = Developer(data["developer_id"], data["client_id"], {})
    known.client_id = data.get("client_id", known.client_id)
    known.allowed = bool(data.get("allowed", known.allowed))
    for key in data.get("keys", ()):
        known.keys[key["kid"]] = key["public_pem"]
    desk.developers[known.developer_id] = known
    return Reply(vars(known))


def remove_key(exchange: Exchange, developer_id: str, key_id: str) -> Reply:
    """Forget a public key, as a developer does after a rotation."""
    developer = exchange.simulation.registrations.developers.get(developer_id)
    if developer is None or developer.keys.pop(key_id, None) is None:
        raise ControlError(f"no key {key_id} of {developer_id}", 404)
    return Reply(vars(developer))


def settings(exchange: Exchange) -> Reply:
    """Read or change the settings of the reviews."""
    desk = exchange.simulation.registrations
    if exchange.request.method == "POST":
        desk.configure(read_json(exchange))
    return Reply(vars(desk.settings))


def outcomes(exchange: Exchange) -> Reply:
    """Script decisions: a list of outcomes, tried in their order.

    ``{status, reasons: [{code, message, field?, documentType?}], reference?,
    seller_id?, marketplace_id?, times?, at_once?}``. ``times`` null is for ever;
    ``at_once`` decides what matches now, also what was decided before. IN_REVIEW
    means that nobody ever decides.
    """
    data = exchange.request.get_json(force=True, silent=True)
    now = exchange.simulation.clock.now()
    desk = exchange.simulation.registrations
    desk.settle(now)
    pairs = [_read_outcome(each) for each in _listed(data)]
    decided = sum(desk.script(each, now if soon else None) for each, soon in pairs)
    return Reply({"outcomes": len(pairs), "decided": decided})


def _listed(data) -> Iterator[dict]:
    for each in data if isinstance(data, list) else [data]:
        if not isinstance(each, dict) or each.get("status") not in STATUSES:
            raise ControlError(f"an outcome has a status: {', '.join(STATUSES)}")
        yield dict(each)


def _read_outcome(values: dict) -> tuple[Outcome, bool]:
    soon = bool(values.pop("at_once", False))
    reasons = [
        {"message": "", **reason} for reason in values.pop("reasons", None) or ()
    ]
    return Outcome(reasons=reasons, **values), soon
