"""Registrations 2026-01-01: upload documents, submit, ask for the status.

Rows B3, B10, B13, B14, B23, B25, B28. Amazon does not publish this API; the
contract is ours, see ``docs/api``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from odoo.addons.acorn_amazon_connector.services.documents import upload
from odoo.addons.acorn_amazon_connector.services.errors import (
    AuthorizationError,
    RequestError,
    TokenExpiredError,
    UnexpectedReplyError,
)
from odoo.addons.acorn_amazon_connector.services.redact import get_logger
from odoo.addons.acorn_amazon_connector.services.timestamps import parse_timestamp
from odoo.addons.acorn_amazon_connector.services.transport import Reply, Transport

from .operations import OPERATIONS
from .signing import RequestSigner
from .validation import Problem, find_problems

MOST_REFERENCES = 50

_logger = get_logger(__name__)

_CREATE_DOCUMENT = OPERATIONS["registrations.createDocument"]
_CREATE = OPERATIONS["registrations.createRegistration"]
_STATUS = OPERATIONS["registrations.getRegistrationStatus"]
_SIGNATURE_CODES = frozenset({"InvalidSignature", "UnknownKey", "ReplayedSignature"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document to upload.

    :ivar type: as in the vault, such as ``BUSINESS_LICENSE``
    :ivar content_type: ``application/pdf``, ``image/jpeg`` or ``image/png``
    """

    type: str
    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission was taken; nothing is decided yet (B23)."""

    registration_id: str
    reference: str
    revision: int
    status: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something has to be done, or was refused.

    :ivar field: JSON path in the request
    """

    code: str
    message: str
    field: str | None
    document_type: str | None


@dataclass(frozen=True, slots=True)
class RegistrationStatus:
    """Where a registration stands; ``updated_at`` is aware UTC.

    :ivar authorization_url: where the entity gives its consent for a new region
    """

    registration_id: str
    reference: str
    revision: int
    marketplace_ids: tuple[str, ...]
    status: str
    reasons: tuple[Reason, ...]
    updated_at: datetime
    authorization_url: str | None


class InvalidRequestError(RequestError):
    """The request breaks the contract; nothing was sent.

    :ivar problems: everything that is wrong, with its place
    """

    def __init__(self, problems: Sequence[Problem], operation: str):
        self.problems = tuple(problems)
        super().__init__(
            "The data is not complete or not in the right form.",
            operation=operation,
            code="InvalidInput",
            details=" ".join(str(problem) for problem in self.problems),
        )


class RegistrationsApi:
    """Registers one legal entity, with the access token of its own account (B25).

    :param transport: its tokens are those of the seller ``seller_id``, its endpoint
        the developer's
    """

    def __init__(self, transport: Transport, signer: RequestSigner, seller_id: str):
        self._transport = transport
        self._signer = signer
        self._seller_id = seller_id
        parts = urlsplit(transport.endpoint)
        self._audience, self._base_path = _origin(parts), parts.path

    def upload(self, document: DocumentFile) -> str:
        """Upload a document and return its id (1 call/s, burst 30).

        The same bytes of the same type keep their id and are not sent again.

        :raise InvalidRequestError: the facts break the contract
        :raise DocumentExpired: the address died; call again
        :raise RequestError: refused, with status 413 for being too large
        """
        body = {
            "sellerId": self._seller_id,
            "documentType": document.type,
            "fileName": document.name,
            "contentType": document.content_type,
            "sha256": hashlib.sha256(document.content).hexdigest(),
            "size": len(document.content),
        }
        _check_request("CreateDocumentRequest", body, _CREATE_DOCUMENT)
        reply = self._call(_CREATE_DOCUMENT, body=body)
        answer = _checked("CreateDocumentResponse", reply, _CREATE_DOCUMENT)
        if answer["uploadUrl"]:
            upload(
                self._transport.session,
                answer["uploadUrl"],
                document.content,
                document.content_type,
            )
        return answer["documentId"]

    def create(  # pylint: disable=method-required-super
        self, registration: dict[str, Any]
    ) -> Receipt:
        """Submit a registration (0.5 calls/s, burst 20).

        Without a reply the registration may exist: the same call again does no harm
        and answers what it would have. The idempotency key is reference and revision.

        :param registration: see ``mappers.registration.build_registration``
        :raise InvalidRequestError: nothing was sent
        :raise ConflictError: NotEditable or IdempotencyConflict
        """
        _check_request("CreateRegistrationRequest", registration, _CREATE)
        if registration["sellerId"] != self._seller_id:
            problem = Problem("sellerId", "is not the entity's own account.")
            raise InvalidRequestError([problem], _CREATE.key)
        reference, revision = registration["reference"], registration["revision"]
        reply = self._call(
            _CREATE,
            body=registration,
            headers={"x-idempotency-key": f"{reference}-{revision}"},
        )
        answer = _checked("CreateRegistrationResponse", reply, _CREATE)
        if (answer["reference"], answer["revision"]) != (reference, revision):
            raise _unexpected(
                [Problem("reference", "is another registration.")], reply, _CREATE
            )
        return Receipt(
            answer["registrationId"],
            answer["reference"],
            answer["revision"],
            answer["status"],
            reply.request_id,
        )

    def status(self, references: Sequence[str]) -> list[RegistrationStatus]:
        """Return where registrations stand (1 call/s, burst 20).

        What the other side does not know is left out. So is an entry that is not as
        agreed, such as one with a status that nobody knows: it never stops the others.

        :param references: 1 to 50
        :raise UnexpectedReplyError: nothing in the answer is as agreed, or it has what
            was not asked for
        :raise ValueError: none, or too many
        """
        if not 1 <= len(references) <= MOST_REFERENCES:
            raise ValueError(f"Ask for 1 to {MOST_REFERENCES} registrations.")
        query = {"sellerId": self._seller_id, "references": list(references)}
        reply = self._call(_STATUS, query=query)
        found, problems = _statuses(reply.body)
        if problems and not found:
            raise _unexpected(problems, reply, _STATUS)
        strange = {entry.reference for entry in found} - set(references)
        if strange:
            problem = Problem("registrations", "has what was not asked for.")
            raise _unexpected([problem], reply, _STATUS)
        if problems:
            _logger.warning(
                "Left out of the answer to request %s: %s",
                reply.request_id,
                " ".join(map(str, problems)),
            )
        return found

    def _call(self, operation, *, query=None, body=None, headers=None) -> Reply:
        def sign(operation, target, data):
            signature = self._signer.headers(
                operation.method,
                self._base_path + target,
                data,
                seller_id=self._seller_id,
                audience=self._audience,
            )
            return {**(headers or {}), **signature}

        try:
            return self._transport.call(operation, query=query, body=body, sign=sign)
        except AuthorizationError as exc:
            cause = exc.__cause__
            if exc.code in _SIGNATURE_CODES and isinstance(cause, TokenExpiredError):
                # The transport takes any 401 for a matter of the access token.
                raise AuthorizationError(
                    cause.message,
                    operation=exc.operation,
                    status=exc.status,
                    code=exc.code,
                    request_id=exc.request_id,
                    details=exc.details,
                ) from exc
            raise


def _origin(parts) -> str:
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if parts.port and parts.port != _PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return f"{parts.scheme}://{host}"


def _check_request(schema, body, operation):
    problems = find_problems(schema, body)
    if problems:
        raise InvalidRequestError(problems, operation.key)


def _checked(schema, reply, operation) -> dict:
    problems = find_problems(schema, reply.body)
    if problems:
        raise _unexpected(problems, reply, operation)
    return reply.body


def _unexpected(problems, reply, operation):
    return UnexpectedReplyError(
        "The answer is not as agreed.",
        problems[0].path,
        operation=operation.key,
        status=reply.status,
        request_id=reply.request_id,
        details=" ".join(str(problem) for problem in problems[:10]),
    )


def _statuses(body) -> tuple[list[RegistrationStatus], list[Problem]]:
    """Return the entries that can be read, and what is wrong with the others."""
    problems = list(find_problems("GetRegistrationStatusResponse", body))
    entries = body.get("registrations")
    found = []
    for entry in entries if isinstance(entries, list) else ():
        if problems and find_problems("Registration", entry):
            continue
        try:
            found.append(_status(entry))
        except ValueError:
            problems.append(Problem("registrations.updatedAt", "is no time."))
    return found, problems


def _status(entry) -> RegistrationStatus:
    return RegistrationStatus(
        registration_id=entry["registrationId"],
        reference=entry["reference"],
        revision=entry["revision"],
        marketplace_ids=tuple(entry["marketplaceIds"]),
        status=entry["status"],
        reasons=tuple(
            Reason(
                reason["code"],
                reason["message"],
                reason.get("field"),
                reason.get("documentType"),
            )
            for reason in entry["reasons"]
        ),
        updated_at=parse_timestamp(entry["updatedAt"]),
        authorization_url=entry.get("authorizationUrl"),
    )
