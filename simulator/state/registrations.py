"""Registrations of legal entities: documents, submissions, reviews, accounts."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from ..clock import format_time
from ..errors import ApiError, ControlError
from ..marketplaces import MARKETPLACES
from ..worlds import open_account
from .registration_rules import (
    ACTION_REQUIRED,
    APPROVED,
    DUPLICATE,
    REJECTED,
    Finding,
    review,
)
from .reports import Document

STATUSES = (
    "SUBMITTED",
    "IN_REVIEW",
    ACTION_REQUIRED,
    APPROVED,
    REJECTED,
    "WITHDRAWN",
)
EDITABLE = frozenset({ACTION_REQUIRED, REJECTED})
_GONE = frozenset({REJECTED, "WITHDRAWN"})
# A registration is SUBMITTED for this share of the time until its decision.
_SHARE_WAITING = 0.1


@dataclass
class Settings:
    """Tunables of the reviews.

    :ivar review_seconds: shortest and longest time until a decision, on the clock
    :ivar auto_approve: whatever was sent is approved
    :ivar agreement_version: the version that has to be accepted
    :ivar document_bytes: size of the largest document
    """

    review_seconds: tuple[float, float] = (3600.0, 172_800.0)
    auto_approve: bool = False
    agreement_version: str = "2026-01"
    document_bytes: int = 10 * 2**20


@dataclass
class Developer:
    """Who may sign: public keys by key id, and whether Amazon has admitted it."""

    developer_id: str
    client_id: str
    keys: dict[str, str]
    allowed: bool = True


@dataclass
class EntityDocument(Document):
    """A document an entity announced; ``data`` is None until it is uploaded."""

    document_type: str = ""
    file_name: str = ""
    sha256: str = ""
    size: int = 0

    def refusal(self, data: bytes) -> str | None:
        """Return why these bytes are not the announced ones."""
        if len(data) != self.size:
            return "The size is not the announced one."
        if hashlib.sha256(data).hexdigest() != self.sha256:
            return "The SHA-256 is not the announced one."
        return None


@dataclass
class Outcome:
    """A decision written by a test; unset conditions match every registration."""

    status: str
    reasons: list[dict]
    reference: str | None = None
    seller_id: str | None = None
    marketplace_id: str | None = None
    times: int | None = 1

    def matches(self, entry: Registration) -> bool:
        """Tell whether the decision is for a registration."""
        return (
            self.times != 0
            and self.reference in (None, entry.reference)
            and self.seller_id in (None, entry.seller_id)
            and (not self.marketplace_id or self.marketplace_id in entry.marketplaces)
        )


@dataclass(eq=False)
class Registration:
    """One registration; ``due`` is when it is decided, None when it is.

    :ivar history: what happened, oldest first: at, status, revision, reasons
    :ivar account: seller id that sells in the marketplace since the approval
    :ivar new_region: the account is in another region than the seller's own
    """

    registration_id: str
    reference: str
    seller_id: str
    client_id: str
    body: dict = field(repr=False)
    status: str = "SUBMITTED"
    reasons: list[dict] = field(default_factory=list)
    updated: datetime | None = None
    submitted: datetime | None = None
    due: datetime | None = None
    history: list[dict] = field(default_factory=list)
    submissions: int = 0
    account: str | None = None
    new_region: bool = False

    @property
    def revision(self) -> int:
        """The newest revision."""
        return self.body["revision"]

    @property
    def marketplaces(self) -> list[str]:
        """The marketplaces that are wanted."""
        return self.body["marketplaceIds"]

    @property
    def number(self) -> str:
        """The entity's number in its business register."""
        return self.body["businessRegistration"]["number"]

    def becomes(self, status: str, at: datetime, reasons: list[dict]) -> None:
        """Change the status and write it into the history."""
        self.status, self.reasons, self.updated = status, reasons, at
        self.history.append(
            {
                "at": format_time(at),
                "status": status,
                "revision": self.revision,
                "reasons": reasons,
            }
        )


class RegistrationDesk:
    """All developers, documents and registrations."""

    def __init__(self, simulation, seed: int):
        self._simulation = simulation
        self._seed = seed
        self.settings = Settings()
        self.developers: dict[str, Developer] = {}
        self.refused: Counter[str] = Counter()
        self.seen: set[str] = set()
        self._documents: dict[tuple[str, str, str], EntityDocument] = {}
        self._by_id: dict[str, EntityDocument] = {}
        self._entries: dict[tuple[str, str], Registration] = {}
        self._receipts: dict[tuple[str, str], tuple[str, dict]] = {}
        self._by_number: defaultdict[str, list[Registration]] = defaultdict(list)
        self._open: dict[str, Registration] = {}
        self._outcomes: list[Outcome] = []
        self._accounts: dict[tuple[str, str], str] = {}

    def configure(self, values: dict) -> None:
        """Change settings.

        :raise ControlError: for an unknown name
        """
        try:
            self.settings = replace(self.settings, **values)
        except TypeError as error:
            raise ControlError(f"unknown setting: {error}") from error

    def find_key(self, key_id: str) -> tuple[Developer, str] | None:
        """Return the developer that has a key, and the key."""
        for developer in self.developers.values():
            if key_id in developer.keys:
                return developer, developer.keys[key_id]
        return None

    # Documents

    def announce(
        self, seller_id: str, facts: dict, now: datetime
    ) -> tuple[EntityDocument, bool]:
        """Return a document, and whether it is new.

        :raise ApiError: 413 when it is too large
        """
        if facts["size"] > self.settings.document_bytes:
            raise ApiError(
                413,
                "DocumentTooLarge",
                "The document is too large.",
                f"size: at most {self.settings.document_bytes} bytes.",
            )
        key = (seller_id, facts["documentType"], facts["sha256"])
        known = self._documents.get(key)
        if known is not None:
            return known, False
        document = EntityDocument(
            f"amzn1.registration.document.{secrets.token_hex(16)}",
            seller_id,
            now,
            facts["contentType"],
            None,
            document_type=facts["documentType"],
            file_name=facts["fileName"],
            sha256=facts["sha256"],
            size=facts["size"],
        )
        self._documents[key] = self._by_id[document.document_id] = document
        return document, True

    def document(self, document_id: str) -> EntityDocument | None:
        """Return a document by its id."""
        return self._by_id.get(document_id)

    def documents(self) -> list[EntityDocument]:
        """Return all documents, the oldest first."""
        return list(self._by_id.values())

    # Submissions

    def receipt(self, seller_id: str, key: str, body: dict) -> dict | None:
        """Return the answer that the same submission got before.

        :raise ApiError: 409 when the key came with another body
        """
        digest, answer = self._receipts.get((seller_id, key), (None, None))
        if answer is not None and digest != _digest(body):
            raise ApiError(
                409,
                "IdempotencyConflict",
                "The idempotency key was used for another request.",
                "x-idempotency-key",
            )
        return answer

    def submit(self, seller_id, client_id, key, body, now: datetime) -> dict:
        """Take a registration or a corrected one, and return the answer.

        :raise ApiError: 409 when the registration cannot be changed now
        """
        place = (seller_id, body["reference"])
        entry = self._entries.get(place)
        if entry is None:
            id_ = f"amzn1.registration.{secrets.token_hex(12)}"
            entry = Registration(id_, body["reference"], seller_id, client_id, body)
        elif entry.status not in EDITABLE or body["revision"] <= entry.revision:
            raise ApiError(
                409,
                "NotEditable",
                "The registration cannot be changed now.",
                f"revision {entry.revision} is {entry.status}.",
            )
        self._entries[place] = self._open[entry.registration_id] = entry
        entry.body, entry.submitted = body, now
        if entry not in self._by_number[entry.number]:
            self._by_number[entry.number].append(entry)
        entry.submissions += 1
        entry.due = now + timedelta(seconds=self._delay(entry))
        entry.becomes("SUBMITTED", now, [])
        answer = {
            "registrationId": entry.registration_id,
            "reference": entry.reference,
            "revision": entry.revision,
            "status": entry.status,
        }
        self._receipts[seller_id, key] = (_digest(body), answer)
        return answer

    def _delay(self, entry: Registration) -> float:
        low, high = self.settings.review_seconds
        name = f"review/{self._seed}/{entry.reference}/{entry.revision}"
        return Random(name).uniform(low, high)

    def find(self, seller_id: str, reference: str) -> Registration | None:
        """Return a seller's registration."""
        return self._entries.get((seller_id, reference))

    def entries(self) -> list[Registration]:
        """Return all registrations, the oldest first."""
        return list(self._entries.values())

    # Reviews

    def script(self, outcome: Outcome, now: datetime | None = None) -> int:
        """Decide coming registrations, or those that match at `now`.

        :return: how many were decided at once
        """
        if now is None:
            self._outcomes.append(outcome)
            return 0
        found = [entry for entry in self.entries() if outcome.matches(entry)]
        for entry in found:
            self._decide(entry, outcome.status, outcome.reasons, now)
        return len(found)

    def settle(self, now: datetime) -> None:
        """Let every review go as far as it is by now."""
        for entry in list(self._open.values()):
            span = entry.due - entry.submitted
            started = entry.submitted + span * _SHARE_WAITING
            if entry.status == "SUBMITTED" and started <= now:
                entry.becomes("IN_REVIEW", started, [])
        due = [entry for entry in self._open.values() if entry.due <= now]
        for entry in sorted(due, key=lambda each: each.due):
            self._decide(entry, *self._judge(entry), entry.due)

    def _judge(self, entry: Registration) -> tuple[str, list[dict]]:
        for outcome in self._outcomes:
            if outcome.matches(entry):
                if outcome.times is not None:
                    outcome.times -= 1
                return outcome.status, outcome.reasons
        if self.settings.auto_approve:
            return APPROVED, []
        findings = self._findings(entry)
        statuses = {finding.status for finding in findings}
        status = next((s for s in (REJECTED, ACTION_REQUIRED) if s in statuses), None)
        return status or APPROVED, [finding.record() for finding in findings]

    def _findings(self, entry: Registration) -> list[Finding]:
        findings = review(
            entry.body,
            self._simulation.sellers[entry.seller_id].legal_entity,
            self._by_id,
            entry.submitted,
            self.settings.agreement_version,
        )
        if self._is_double(entry):
            findings.append(DUPLICATE)
        return findings

    def _is_double(self, entry: Registration) -> bool:
        """Tell whether another registration of the entity came first."""
        first = True
        for other in self._by_number[entry.number]:
            if other is entry:
                first = False
            elif (
                other.number == entry.number
                and other.status not in _GONE
                and (first or other.status == APPROVED)
                and set(entry.marketplaces) & set(other.marketplaces)
            ):
                return True
        return False

    def _decide(self, entry, status: str, reasons: list[dict], at: datetime) -> None:
        # IN_REVIEW as a decision means that nobody ever decides.
        self._open.pop(entry.registration_id, None)
        entry.due = None
        if status == entry.status == "IN_REVIEW":
            return
        entry.becomes(status, at, reasons)
        if status == APPROVED:
            for marketplace_id in entry.marketplaces:
                self._open_marketplace(entry, MARKETPLACES[marketplace_id])

    def _open_marketplace(self, entry: Registration, marketplace) -> None:
        simulation = self._simulation
        seller = simulation.sellers[entry.seller_id]
        if marketplace.region != seller.region:
            entry.new_region = True
            seller = self._account(seller, marketplace.region)
        ids = dict.fromkeys((*seller.marketplace_ids, marketplace.id))
        simulation.sellers[seller.seller_id] = replace(
            seller, marketplace_ids=tuple(ids)
        )
        entry.account = seller.seller_id

    def _account(self, home, region: str):
        """Return the entity's account in another region; a new one if need be."""
        simulation, key = self._simulation, (home.seller_id, region)
        if key not in self._accounts:
            account = open_account(self._seed, home, region)
            application = simulation.lwa.find_application(home.application_id)
            simulation.sellers[account.seller_id] = account
            simulation.listings.open_account(account.seller_id, region)
            simulation.lwa.register_grant(
                account.refresh_token, application.client_id, account.seller_id
            )
            self._accounts[key] = account.seller_id
        return simulation.sellers[self._accounts[key]]


def _digest(body: dict) -> str:
    text = json.dumps(body, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
