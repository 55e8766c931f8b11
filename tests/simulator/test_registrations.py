"""Registrations 2026-01-01 over HTTP: documents, submissions, reviews, accounts."""

import pytest
from amazon_client import errors
from registration_tools import CA, DE, GB, JP, PDF, US, day, person, picture

SELLERS = "/sellers/v1/marketplaceParticipations"


def codes(status):
    return [reason["code"] for reason in status["reasons"]]


def test_from_submission_to_approval(registrar):  # B13, B23
    registrar.tune(review_seconds=[3600, 3600])
    reply = registrar.create(registrar.request(US))
    assert reply.status_code == 202, reply.text
    answer = reply.json()
    assert answer.pop("registrationId").startswith("amzn1.registration.")
    assert answer == {"reference": "R-1", "revision": 1, "status": "SUBMITTED"}
    steps = []
    for seconds in (359, 1, 3239, 1):
        registrar.advance(seconds)
        registrar.renew()
        steps.append(registrar.one()["status"])
    assert steps == ["SUBMITTED", "IN_REVIEW", "IN_REVIEW", "APPROVED"]
    (truth,) = registrar.truth()["registrations"]
    assert [entry["status"] for entry in truth["history"]] == [
        "SUBMITTED",
        "IN_REVIEW",
        "APPROVED",
    ]
    assert truth["submissions"] == 1


def test_delays_differ_and_come_from_the_seed(registrar):  # B23
    for number in range(6):
        body = registrar.request(CA, f"R-{number}")
        body["businessRegistration"]["number"] += str(number)
        assert registrar.create(body).status_code == 202
    due = [entry["due"] for entry in registrar.truth()["registrations"]]
    assert len(set(due)) == 6
    assert min(due) >= "2026-11-20T13:00" and max(due) <= "2026-11-22T12:00"


def test_the_same_document_is_one(registrar):  # B13
    reply = registrar.announce()
    assert reply.status_code == 201
    first = reply.json()
    again = registrar.announce(fileName="other name.pdf")
    assert (again.status_code, again.json()["documentId"]) == (200, first["documentId"])
    assert registrar.put(again.json()["uploadUrl"], PDF).status_code == 200
    known = registrar.announce()
    assert (known.status_code, known.json()["uploadUrl"]) == (200, None)
    other = registrar.announce(kind="BANK_LETTER")
    assert other.status_code == 201
    documents = registrar.truth()["documents"]
    assert [(each["documentType"], each["uploaded"]) for each in documents] == [
        ("BUSINESS_LICENSE", True),
        ("BANK_LETTER", False),
    ]


def test_uploads_are_what_was_announced(registrar):  # B13
    url = registrar.announce().json()["uploadUrl"]
    assert registrar.put(url, PDF + b"x").status_code == 400
    assert registrar.put(url, PDF[::-1]).status_code == 400
    assert registrar.put(url, PDF, "image/png").status_code == 403
    assert registrar.put(
        url.replace("Expires=300", "Expires=900"), PDF
    ).status_code == (403)
    registrar.advance(301)
    assert registrar.put(url, PDF).status_code == 403
    url = registrar.announce().json()["uploadUrl"]
    assert registrar.put(url, PDF).status_code == 200


def test_documents_have_a_size(registrar):
    registrar.tune(document_bytes=100)
    reply = registrar.announce()
    assert (reply.status_code, errors(reply)["code"]) == (413, "DocumentTooLarge")


def test_submissions_name_uploaded_documents_of_the_entity(registrar):  # B25
    announced = registrar.announce().json()["documentId"]
    registrar.use(1)
    foreign = registrar.upload()
    registrar.use(0)
    for document_id in (announced, foreign, "unknown"):
        entry = {"documentId": document_id, "documentType": "BUSINESS_LICENSE"}
        reply = registrar.create(registrar.request(documents=[entry]))
        assert reply.status_code == 400
        assert "$.documents[0].documentId" in errors(reply)["details"]
    assert registrar.truth()["registrations"] == []


@pytest.mark.parametrize(
    "marketplace, changes, status, reason, field",
    [
        (
            US,
            {"legalEntityName": "Yunlan Trading Ltd."},
            "ACTION_REQUIRED",
            "NAME_MISMATCH",
            "legalEntityName",
        ),
        (
            US,
            {"representatives": [person(day(900)), person(day(170))]},
            "REJECTED",
            "IDENTITY_EXPIRED",
            "representatives[1].identityDocument.expiresOn",
        ),
        (
            DE,
            {"taxRegistrations": []},
            "REJECTED",
            "TAX_INFORMATION_MISSING",
            "taxRegistrations",
        ),
        (
            GB,
            {
                "taxRegistrations": [
                    {"scheme": "VAT", "countryCode": "DE", "number": "DE136695976"}
                ]
            },
            "REJECTED",
            "TAX_INFORMATION_MISSING",
            "taxRegistrations",
        ),
        (
            US,
            {
                "taxRegistrations": [
                    {
                        "scheme": "US_TAX_INTERVIEW",
                        "countryCode": "US",
                        "status": "SUBMITTED",
                    }
                ]
            },
            "REJECTED",
            "TAX_INFORMATION_MISSING",
            "taxRegistrations",
        ),
        (
            CA,
            {"taxRegistrations": []},
            "REJECTED",
            "TAX_INFORMATION_MISSING",
            "taxRegistrations",
        ),
        (JP, {}, "ACTION_REQUIRED", "TRANSLATION_MISSING", "documents"),
        (
            US,
            {"agreementVersion": "2025-01"},
            "ACTION_REQUIRED",
            "AGREEMENT_OUTDATED",
            "agreementVersion",
        ),
    ],
)
def test_what_a_review_finds(registrar, marketplace, changes, status, reason, field):
    found = registrar.review(registrar.request(marketplace, **changes))  # B28
    assert (found["status"], codes(found)) == (status, [reason])
    assert found["reasons"][0]["field"] == field
    assert found["reasons"][0]["message"]


def test_names_are_compared_as_a_person_would(registrar):
    name = "ＳＨＥＮＺＨＥＮ Yunlan  Outdoor Technology Company Limited"
    body = registrar.request(US, legalEntityName=name)
    assert registrar.review(body)["status"] == "APPROVED"


def test_what_a_review_finds_in_documents(registrar):  # B28
    small = registrar.upload(picture(599, 900), contentType="image/png")
    broken = registrar.upload(picture(900)[:500], "IDENTITY", contentType="image/png")
    fine = registrar.upload(picture(600), "BANK_LETTER", contentType="image/png")
    no_pdf = registrar.upload(b"<html>", "ADDRESS_PROOF")
    old = registrar.upload(PDF, "TAX_CERTIFICATE")
    types = {
        small: "BUSINESS_LICENSE",
        broken: "IDENTITY",
        fine: "BANK_LETTER",
        no_pdf: "ADDRESS_PROOF",
        old: "TAX_CERTIFICATE",
    }
    documents = [
        {"documentId": id_, "documentType": kind, "expiresOn": day(100)}
        for id_, kind in types.items()
    ]
    documents[-1]["expiresOn"] = day(-1)
    found = registrar.review(registrar.request(US, documents=documents))
    assert found["status"] == "ACTION_REQUIRED"
    assert [(each["code"], each["documentType"]) for each in found["reasons"]] == [
        ("DOCUMENT_ILLEGIBLE", "BUSINESS_LICENSE"),
        ("DOCUMENT_ILLEGIBLE", "IDENTITY"),
        ("DOCUMENT_ILLEGIBLE", "ADDRESS_PROOF"),
        ("DOCUMENT_EXPIRED", "TAX_CERTIFICATE"),
    ]


def test_an_entity_is_registered_once_per_marketplace(registrar):  # B28
    assert registrar.create(registrar.request(US, "R-1")).status_code == 202
    second = registrar.review(registrar.request(US, "R-2"))
    assert (second["status"], codes(second)) == ("REJECTED", ["DUPLICATE_ENTITY"])
    assert registrar.one("R-1")["status"] == "APPROVED"


def test_corrected_and_reviewed_again(registrar):  # B23
    body = registrar.request(US, legalEntityName="Yunlan")
    first = registrar.review(body)
    assert first["status"] == "ACTION_REQUIRED"
    good = registrar.request(US, revision=2)
    reply = registrar.create(good)
    assert reply.status_code == 202
    assert reply.json()["registrationId"] == first["registrationId"]
    assert reply.json()["revision"] == 2
    again = registrar.one()
    assert (again["status"], again["reasons"]) == ("SUBMITTED", [])
    registrar.advance(3 * 86_400)
    registrar.renew()
    assert registrar.one()["status"] == "APPROVED"
    (truth,) = registrar.truth()["registrations"]
    assert truth["submissions"] == 2


def test_only_what_waits_for_the_entity_can_be_changed(registrar):  # B23
    assert registrar.create(registrar.request(US)).status_code == 202
    reply = registrar.create(registrar.request(US, revision=2))
    assert (reply.status_code, errors(reply)["code"]) == (409, "NotEditable")
    registrar.script({"status": "REJECTED", "at_once": True})
    assert registrar.create(registrar.request(US, revision=3)).status_code == 202
    registrar.script({"status": "ACTION_REQUIRED", "at_once": True})
    reply = registrar.create(registrar.request(US, revision=2))
    assert (reply.status_code, errors(reply)["code"]) == (409, "NotEditable")


def test_the_same_submission_again(registrar):  # B13
    body = registrar.request(US)
    first = registrar.create(body)
    registrar.advance(600)
    again = registrar.create(dict(reversed(body.items())))
    assert (again.status_code, again.json()) == (200, first.json())
    other = registrar.create({**body, "isBusinessSeller": True})
    assert (other.status_code, errors(other)["code"]) == (409, "IdempotencyConflict")
    wrong = registrar.create(body, key="R-1-2")
    assert wrong.status_code == 400
    assert "x-idempotency-key" in errors(wrong)["details"]
    (truth,) = registrar.truth()["registrations"]
    assert truth["submissions"] == 1


@pytest.mark.parametrize("kind", ["lost", "cut_body"])
def test_a_lost_answer_loses_nothing(registrar, kind):  # B23
    body = registrar.request(US)
    registrar.fault(kind, operation="createRegistration", times=1)
    with pytest.raises(OSError):
        registrar.create(body)
    (truth,) = registrar.truth()["registrations"]
    reply = registrar.create(body)
    assert reply.status_code == 200
    assert reply.json()["registrationId"] == truth["registrationId"]
    assert len(registrar.truth()["registrations"]) == 1


def test_status_of_many(registrar):  # B3
    for number, marketplace in enumerate((US, CA, DE)):
        registrar.create(registrar.request(marketplace, f"R-{number}"))
    reply = registrar.status("R-2", "R-0", "R-9", "R-2")
    found = reply.json()["registrations"]
    assert [entry["reference"] for entry in found] == ["R-2", "R-0"]
    many = [f"R-{number}" for number in range(51)]
    assert registrar.status(*many[:50]).status_code == 200
    assert registrar.status(*many).status_code == 400
    for wrong in ({"references": ""}, {"references": None}, {"references": "a b"}):
        assert registrar.status(**wrong).status_code == 400


def test_other_entities_registrations_are_unknown(registrar):  # B25
    registrar.create(registrar.request(US))
    registrar.use(1)
    assert registrar.status("R-1").json() == {"registrations": []}
    assert registrar.create(registrar.request(DE)).status_code == 202


def test_scripted_decisions(registrar):
    reasons = [{"code": "LINKED_ACCOUNT", "message": "Same bank account."}]
    registrar.script(
        {"reference": "R-2", "status": "REJECTED", "reasons": reasons},
        {"marketplace_id": CA, "status": "IN_REVIEW", "times": None},
    )
    registrar.create(registrar.request(US, "R-1", legalEntityName="Another"))
    registrar.create(registrar.request(CA, "R-3"))
    found = registrar.review(registrar.request(US, "R-2"))
    assert (found["status"], found["reasons"]) == ("REJECTED", reasons)
    assert registrar.one("R-1")["status"] == "ACTION_REQUIRED"
    assert registrar.one("R-3")["status"] == "IN_REVIEW"
    registrar.script({"reference": "R-3", "status": "WITHDRAWN", "at_once": True})
    assert registrar.one("R-3")["status"] == "WITHDRAWN"
    registrar.tune(auto_approve=True)
    body = registrar.request(US, "R-1", 2, legalEntityName="Another")
    assert registrar.review(body)["status"] == "APPROVED"


def test_registrations_that_were_sent_before(registrar):
    row = {"seller_id": registrar.seller_id, "marketplace_id": US, "reference": "R-1"}
    registrar.sim("registrations", "POST", json=[row])
    assert registrar.one()["status"] == "SUBMITTED"
    registrar.advance(3 * 86_400)
    registrar.renew()
    found = registrar.one()
    assert (found["status"], codes(found)) == ("REJECTED", ["TAX_INFORMATION_MISSING"])


def test_approved_in_the_own_region(registrar):  # B30
    found = registrar.review(registrar.request(CA))
    assert "authorizationUrl" not in found
    sold = [
        entry["marketplace"]["countryCode"]
        for entry in registrar.get(SELLERS).json()["payload"]
        if entry["participation"]["isParticipating"]
        and entry["marketplace"]["domainName"]
    ]
    assert sorted(sold) == ["CA", "US"]


def test_approved_in_another_region(registrar):  # B11, B30
    registrar.create(registrar.request(GB, "R-2"))
    found = registrar.review(registrar.request(DE))
    back = {"redirect_uri": "http://127.0.0.1/back", "state": "x"}
    page = registrar.http.get(found["authorizationUrl"], params=back)
    assert page.status_code == 200 and "Authorize" in page.text
    home, *_others, account = registrar.sim("credentials")["sellers"]
    assert account["region"] == "eu" and account["seller_id"] in page.text
    assert set(account["marketplace_ids"]) == {DE, GB}
    assert account["legal_entity"] == home["legal_entity"]
    registrar.use(-1)
    for path, query in (
        (SELLERS, {}),
        ("/orders/2026-01-01/orders", {"lastUpdatedAfter": "2020-01-01T00:00:00Z"}),
        (f"/listings/2021-08-01/items/{account['seller_id']}", {"marketplaceIds": DE}),
        (
            "/fba/inventory/v1/summaries",
            {
                "granularityType": "Marketplace",
                "granularityId": DE,
                "marketplaceIds": DE,
            },
        ),
    ):
        assert registrar.get(path, **query).status_code == 200, path


def test_the_world_has_entities(registrar):
    sellers = registrar.sim("credentials")["sellers"]
    assert [seller["region"] for seller in sellers] == ["na", "eu", "fe"]
    entities = [seller["legal_entity"] for seller in sellers]
    assert len({entity["registration_number"] for entity in entities}) == 3
    assert all(entity["name_local"] and entity["address"] for entity in entities)
    registrar.sim(
        "reset", "POST", json={"world": "expansion", "entities": 5, "size": 0}
    )
    sellers = registrar.sim("credentials")["sellers"]
    assert len({seller["legal_entity"]["name"] for seller in sellers}) == 5
    assert len({seller["legal_entity"]["name_local"] for seller in sellers}) == 5
