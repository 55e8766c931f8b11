"""What a review of a registration finds, from what was sent."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from PIL import Image, UnidentifiedImageError

from ..marketplaces import MARKETPLACES

ACTION_REQUIRED, REJECTED, APPROVED = "ACTION_REQUIRED", "REJECTED", "APPROVED"

# How long an identity document has to last after the submission.
IDENTITY_LIFE = timedelta(days=180)
SMALLEST_SIDE = 600

_VAT_COUNTRIES = frozenset(["BE", "DE", "ES", "FR", "GB", "IE", "IT", "NL", "PL", "SE"])
# marketplace's country: (scheme, whether its status has to be VALID)
_OTHER_TAXES = {"US": ("US_TAX_INTERVIEW", True), "CA": ("GST_HST", False)}
_ABBREVIATIONS = {
    "company": "co",
    "corporation": "corp",
    "incorporated": "inc",
    "limited": "ltd",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, and the status it leads to."""

    status: str
    code: str
    message: str
    field: str | None = None
    document_type: str | None = None

    def record(self) -> dict:
        """Return the reason as the protocol writes it."""
        optional = {"field": self.field, "documentType": self.document_type}
        return {
            "code": self.code,
            "message": self.message,
            **{name: value for name, value in optional.items() if value},
        }


def plain_name(name: str) -> str:
    """Return a name without what registers write in different ways.

    >>> plain_name("Ｆｅｒｎｈｏｌｌｏｗ Company, Limited")
    'fernhollowcoltd'
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    words = re.findall(r"\w+", text)
    return "".join(_ABBREVIATIONS.get(word, word) for word in words)


def review(
    body: dict,
    entity: dict,
    documents: dict,
    submitted: datetime,
    agreement_version: str,
) -> list[Finding]:
    """Return what is wrong with a registration, apart from its neighbours.

    :param entity: the seller's registered facts, ``Seller.legal_entity``
    :param documents: document id → uploaded document
    :param submitted: aware moment of the submission
    """
    today = submitted.date()
    return [
        *_names(body, entity),
        *_identities(body, today),
        *_documents(body, documents, today),
        *_taxes(body),
        *_translations(body),
        *_agreement(body, agreement_version),
    ]


def _names(body, entity):
    known = {plain_name(entity[key]) for key in ("name", "name_local") if entity[key]}
    for field in ("legalEntityName", "legalEntityNameLocal"):
        name = body.get(field)
        if name is not None and plain_name(name) not in known:
            yield Finding(
                ACTION_REQUIRED,
                "NAME_MISMATCH",
                "The name differs from the one in the business register.",
                field,
            )


def _identities(body, today):
    for place, person in enumerate(body["representatives"]):
        expires = date.fromisoformat(person["identityDocument"]["expiresOn"])
        if expires < today + IDENTITY_LIFE:
            yield Finding(
                REJECTED,
                "IDENTITY_EXPIRED",
                "The identity document must be valid for 180 days.",
                f"representatives[{place}].identityDocument.expiresOn",
            )


def _documents(body, documents, today):
    for place, entry in enumerate(body["documents"]):
        kind, field = entry["documentType"], f"documents[{place}]"
        expires = entry.get("expiresOn")
        if expires is not None and date.fromisoformat(expires) < today:
            message = "The document has expired."
            yield Finding(
                ACTION_REQUIRED, "DOCUMENT_EXPIRED", message, f"{field}.expiresOn", kind
            )
        if not is_legible(documents[entry["documentId"]]):
            message = "The document cannot be read."
            yield Finding(ACTION_REQUIRED, "DOCUMENT_ILLEGIBLE", message, field, kind)


def is_legible(document) -> bool:
    """Tell whether a document is a PDF, or an image of 600 pixels at least."""
    if document.content_type == "application/pdf":
        return document.data.startswith(b"%PDF-")
    try:
        with Image.open(io.BytesIO(document.data)) as image:
            image.load()
            return min(image.size) >= SMALLEST_SIDE
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return False


def _countries(body):
    return [MARKETPLACES[id_].country_code for id_ in body["marketplaceIds"]]


def _taxes(body):
    for country in _countries(body):
        scheme, strict = _OTHER_TAXES.get(country, ("VAT", False))
        if country not in _VAT_COUNTRIES and country not in _OTHER_TAXES:
            continue
        if not any(
            entry["scheme"] == scheme
            and entry["countryCode"] == country
            and (entry.get("status") == "VALID" if strict else entry.get("number"))
            for entry in body["taxRegistrations"]
        ):
            yield Finding(
                REJECTED,
                "TAX_INFORMATION_MISSING",
                f"{scheme} of {country} is missing.",
                "taxRegistrations",
            )


def _translations(body):
    languages = [entry.get("language", "") for entry in body["documents"]]
    if "JP" in _countries(body) and not any(
        language.partition("-")[0] == "ja" for language in languages
    ):
        yield Finding(
            ACTION_REQUIRED,
            "TRANSLATION_MISSING",
            "A Japanese translation is missing.",
            "documents",
            "TRANSLATION",
        )


def _agreement(body, version):
    if body["agreementVersion"] != version:
        yield Finding(
            ACTION_REQUIRED,
            "AGREEMENT_OUTDATED",
            f"Version {version} of the agreement has to be accepted.",
            "agreementVersion",
        )


DUPLICATE = Finding(
    REJECTED,
    "DUPLICATE_ENTITY",
    "The entity is registered in this marketplace already.",
    "businessRegistration.number",
)
