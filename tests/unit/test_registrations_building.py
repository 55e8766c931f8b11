"""From an entity to a request, and what is said about an incomplete one (B2, B14)."""

from dataclasses import replace
from datetime import date

import pytest
from registration_support import DE, US, entity_of, registration_of

from odoo.addons.acorn_amazon_onboarding.mappers.registration import (
    Address,
    IdentityDocument,
    Representative,
    TaxRegistration,
    UploadedDocument,
    build_registration,
)
from odoo.addons.acorn_amazon_onboarding.services.validation import find_problems

REQUEST = "CreateRegistrationRequest"
SELLER = {
    "seller_id": "A1B2C3D4E5F6G7",
    "legal_entity": {
        "name": "Qinghe Homeware Co., Ltd.",
        "name_local": "清禾家居用品有限公司",
        "registration_number": "91440312ABCDEFGHJK",
        "country_code": "CN",
        "address": {"line1": " 8F, Tower B ", "city": "Hangzhou", "countryCode": "CN"},
    },
}


def said(value):
    return {problem.path: problem.message for problem in find_problems(REQUEST, value)}


def test_one_entity_many_requests():  # B2
    entity = entity_of(SELLER, brand_names=(" Qinghe ", ""), is_business_seller=True)
    documents = [
        UploadedDocument("doc-1", "business_license", "zh-CN", date(2020, 1, 2)),
        UploadedDocument("doc-2", "translation", "ja", translation_of="doc-1"),
    ]
    one, other = (
        build_registration(
            entity,
            reference=f"R-{marketplace}",
            revision=2,
            marketplace_ids=[marketplace],
            documents=documents,
            agreement_version="2026-01",
        )
        for marketplace in (US, DE)
    )
    assert find_problems(REQUEST, one) == find_problems(REQUEST, other) == ()
    different = {name for name in one if one[name] != other[name]}
    assert different == {"reference", "marketplaceIds"}
    assert one["entityType"] == "LIMITED_COMPANY"
    assert one["registeredAddress"] == {
        "line1": "8F, Tower B",
        "city": "Hangzhou",
        "countryCode": "CN",
    }
    assert one["representatives"] == [
        {
            "role": "LEGAL_REPRESENTATIVE",
            "fullName": "Li Wen",
            "nationality": "CN",
            "identityDocument": {
                "type": "PASSPORT",
                "number": "E12345678",
                "countryCode": "CN",
                "expiresOn": "2030-05-01",
            },
        }
    ]
    assert one["bankAccount"]["accountNumber"] == "DE02120300000000202051"
    assert one["taxRegistrations"][0] == {
        "scheme": "US_TAX_INTERVIEW",
        "countryCode": "US",
        "status": "VALID",
    }
    assert (one["isBusinessSeller"], one["brandNames"]) == (True, ["Qinghe"])
    assert one["documents"] == [
        {
            "documentId": "doc-1",
            "documentType": "BUSINESS_LICENSE",
            "language": "zh-CN",
            "issuedOn": "2020-01-02",
        },
        {
            "documentId": "doc-2",
            "documentType": "TRANSLATION",
            "language": "ja",
            "translationOf": "doc-1",
        },
    ]


def test_every_problem_is_told_with_its_place():  # B14
    document = IdentityDocument("library card", "", "Germany", None)
    entity = entity_of(
        SELLER,
        name="",
        registered_address=Address("", "Hangzhou", "China"),
        representatives=(Representative("boss", "x" * 201, "CN", document),),
        tax_registrations=(TaxRegistration("VAT", "DE"), TaxRegistration("M W", "DE")),
    )
    entity = replace(
        entity,
        bank_account=replace(entity.bank_account, bic="XYZ", account_number="12"),
    )
    request = build_registration(
        entity,
        reference="R 1",
        revision=0,
        marketplace_ids=[US, US],
        documents=(),
        agreement_version=" ",
    )
    request["surprise"] = True
    problems = said(request)
    form = "does not have the right form."
    assert problems == {
        "agreementVersion": "is missing.",
        "bankAccount.accountNumber": f"{form} IBAN or local number: 4 to 34 capital "
        "letters and digits, without spaces.",
        "bankAccount.bic": f"{form} A BIC of 8 or 11 characters.",
        "legalEntityName": "is missing.",
        "marketplaceIds": "has the same entry twice.",
        "reference": f"{form} The caller's own name of a registration: 1 to 60 "
        "letters, digits, dots, hyphens and underscores. It is unique per seller and "
        "never used again.",
        "registeredAddress.countryCode": "must have at most 2 characters.",
        "registeredAddress.line1": "is missing.",
        "representatives[0].fullName": "must have at most 200 characters.",
        "representatives[0].identityDocument.countryCode": problems[
            "representatives[0].identityDocument.countryCode"
        ],
        "representatives[0].identityDocument.expiresOn": "is missing.",
        "representatives[0].identityDocument.number": "is missing.",
        "representatives[0].identityDocument.type": "must be one of PASSPORT, "
        "NATIONAL_ID, DRIVER_LICENCE, RESIDENCE_PERMIT.",
        "representatives[0].role": "must be one of LEGAL_REPRESENTATIVE, DIRECTOR, "
        "BENEFICIAL_OWNER, CONTACT.",
        "revision": "must be at least 1.",
        "surprise": "is not known.",
        "taxRegistrations[1].scheme": problems["taxRegistrations[1].scheme"],
    }
    assert "GERMANY" not in str(problems) and "R 1" not in str(problems)


@pytest.mark.parametrize(
    "change, path, message",
    [
        ({"revision": "1"}, "revision", "must be a whole number."),
        ({"isBusinessSeller": None}, "isBusinessSeller", "must be true or false."),
        ({"representatives": []}, "representatives", "must have at least 1 entry."),
        ({"legalEntityName": ""}, "legalEntityName", "must not be empty."),
        ({"documents": {}}, "documents", "must be a list."),
        (
            {"businessRegistration": "91"},
            "businessRegistration",
            "must be a group of fields.",
        ),
        (
            {"brandNames": ["x"] * 101},
            "brandNames",
            "must have at most 100 entries.",
        ),
        (
            {
                "businessRegistration": {
                    "number": "1",
                    "countryCode": "CN",
                    "registeredOn": "2026-02-30",
                }
            },
            "businessRegistration.registeredOn",
            "does not have the right form. A day, such as 2027-01-31.",
        ),
    ],
    ids=str,
)
def test_words_for_a_person(change, path, message):  # B14
    assert said({**registration_of(SELLER), **change}) == {path: message}
