"""From the facts about a legal entity to the request of its registration (B2, B14).

Pure functions of frozen records. Texts are trimmed, empty ones left out; whether the
result is complete is judged by ``services.validation``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """An address; ``country_code`` is ISO 3166-1, two letters."""

    line1: str
    city: str
    country_code: str
    line2: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class BusinessRegistration:
    """An entry in a business register; ``scope`` is what the licence allows."""

    number: str
    country_code: str
    scope: str = ""
    registered_on: date | None = None


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """An identity document; ``type`` is PASSPORT, NATIONAL_ID, …"""

    type: str
    number: str = field(repr=False)
    country_code: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Representative:
    """A person; ``role`` is LEGAL_REPRESENTATIVE, DIRECTOR, BENEFICIAL_OWNER, …"""

    role: str
    full_name: str
    nationality: str
    identity_document: IdentityDocument
    date_of_birth: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account; ``account_number`` is an IBAN or a local number."""

    holder_name: str
    account_number: str = field(repr=False)
    country_code: str
    bank_name: str = ""
    bic: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class TaxRegistration:
    """A tax number of a country; ``scheme`` is VAT, GST_HST, US_TAX_INTERVIEW, …"""

    scheme: str
    country_code: str
    number: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class UploadedDocument:
    """A document the other side has; ``language`` is a BCP 47 tag such as ``ja``.

    :ivar translation_of: document id of the original
    """

    document_id: str
    type: str
    language: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    translation_of: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A legal entity; ``name_local`` is its name in the local script."""

    seller_id: str
    name: str
    business_registration: BusinessRegistration
    registered_address: Address
    representatives: tuple[Representative, ...]
    bank_account: BankAccount
    tax_registrations: tuple[TaxRegistration, ...] = ()
    name_local: str = ""
    type: str = ""
    business_address: Address | None = None
    is_business_seller: bool = False
    brand_names: tuple[str, ...] = ()


def build_registration(
    entity: Entity,
    *,
    reference: str,
    revision: int,
    marketplace_ids: Iterable[str],
    documents: Iterable[UploadedDocument],
    agreement_version: str,
    selling_plan: str = "PROFESSIONAL",
) -> dict[str, Any]:
    """Return the request of ``createRegistration``.

    :param reference: our own name of the registration, unique per seller
    :param revision: from 1, one more for every submission
    :param selling_plan: PROFESSIONAL or INDIVIDUAL
    """
    return _without_gaps(
        {
            "reference": reference,
            "revision": revision,
            "sellerId": entity.seller_id,
            "marketplaceIds": list(marketplace_ids),
            "legalEntityName": entity.name,
            "legalEntityNameLocal": entity.name_local,
            "businessRegistration": _business(entity.business_registration),
            "entityType": _word(entity.type),
            "registeredAddress": _address(entity.registered_address),
            "businessAddress": _address(entity.business_address),
            "representatives": [_person(each) for each in entity.representatives],
            "bankAccount": _bank_account(entity.bank_account),
            "taxRegistrations": [_tax(each) for each in entity.tax_registrations],
            "sellingPlan": _word(selling_plan),
            "isBusinessSeller": entity.is_business_seller,
            "brandNames": [name.strip() for name in entity.brand_names if name.strip()],
            "documents": [_document(each) for each in documents],
            "agreementVersion": agreement_version,
        }
    )


def _business(value: BusinessRegistration):
    return _without_gaps(
        {
            "number": value.number,
            "countryCode": _word(value.country_code),
            "scope": value.scope,
            "registeredOn": _day(value.registered_on),
        }
    )


def _address(value: Address | None):
    if value is None:
        return None
    return _without_gaps(
        {
            "line1": value.line1,
            "line2": value.line2,
            "city": value.city,
            "state": value.state,
            "postalCode": value.postal_code,
            "countryCode": _word(value.country_code),
        }
    )


def _person(value: Representative):
    document = value.identity_document
    return _without_gaps(
        {
            "role": _word(value.role),
            "fullName": value.full_name,
            "nationality": _word(value.nationality),
            "dateOfBirth": _day(value.date_of_birth),
            "identityDocument": _without_gaps(
                {
                    "type": _word(document.type),
                    "number": document.number,
                    "countryCode": _word(document.country_code),
                    "expiresOn": _day(document.expires_on),
                }
            ),
        }
    )


def _bank_account(value: BankAccount):
    return _without_gaps(
        {
            "holderName": value.holder_name,
            "accountNumber": re.sub(r"[\s-]", "", value.account_number or "").upper(),
            "bankName": value.bank_name,
            "bic": re.sub(r"\s", "", value.bic or "").upper(),
            "countryCode": _word(value.country_code),
            "currency": _word(value.currency),
        }
    )


def _tax(value: TaxRegistration):
    return _without_gaps(
        {
            "scheme": _word(value.scheme),
            "countryCode": _word(value.country_code),
            "number": value.number,
            "status": _word(value.status),
        }
    )


def _document(value: UploadedDocument):
    return _without_gaps(
        {
            "documentId": value.document_id,
            "documentType": _word(value.type),
            "language": value.language,
            "issuedOn": _day(value.issued_on),
            "expiresOn": _day(value.expires_on),
            "translationOf": value.translation_of,
        }
    )


def _word(value: str | None) -> str:
    return (value or "").strip().upper()


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _without_gaps(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something, texts trimmed."""
    trimmed = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in values.items()
    }
    return {name: value for name, value in trimmed.items() if value not in (None, "")}
