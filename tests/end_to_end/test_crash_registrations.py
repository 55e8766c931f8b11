"""Killed between sending a registration and recording it: Amazon has one (B23)."""

import subprocess

from workers import KILLED

from tools.paths import ROOT

RECORD = "acorn.onboarding.registration._set_state:before:1"
FILE = """
canada = env.ref("base.ca")
entity = env["res.partner"].create({
    "name": "Maple Trading Ltd.", "is_company": True,
    "acorn_onboarding_is_entity": True,
    "acorn_onboarding_registration_number": "BC1234567",
    "acorn_onboarding_registration_country_id": canada.id,
    "street": "1 Main Street", "city": "Vancouver", "zip": "V5K 0A1",
    "country_id": canada.id,
    "acorn_onboarding_agreement_id": env["acorn.onboarding.agreement"].create(
        {"version": "2026-01", "effective_on": "2026-01-01"}).id,
    "bank_ids": [(0, 0, {"acc_number": "1234567890"})],
    "acorn_onboarding_representative_ids": [(0, 0, {
        "name": "Li Wei", "nationality_id": canada.id,
        "identity_country_id": canada.id, "identity_number": "E12345678",
        "identity_expires_on": "2040-01-01"})],
})
store = env["acorn.amazon.store"].search([], limit=1)
store.acorn_onboarding_entity_id = entity
env["acorn.onboarding.developer"].create({
    "application_id": store.application_id.id, "developer_id": "developer",
}).action_generate_key()
registration = env["acorn.onboarding.registration"].create({
    "entity_id": entity.id,
    "marketplace_id": env.ref("acorn_amazon_connector.marketplace_ca").id,
})
registration.write({"state": "queued", "submitted_by_id": env.uid})
registration._wake()
env["acorn.amazon.task"].search([("flow_id.code", "!=", "registrations")]).write(
    {"next_run": "2100-01-01"})
env.cr.commit()
"""


def file_registration(shop):
    """Put a registration into the queue, of an entity that Amazon admits."""
    subprocess.run(
        shop.machine.command("shell", "-d", shop.database, "--no-http"),
        input=FILE,
        env=shop.machine.environment(),
        cwd=ROOT,
        text=True,
        check=True,
        capture_output=True,
    )
    (row,) = shop.query(
        "SELECT key.kid, key.public_key AS public_pem, application.client_id"
        " FROM acorn_onboarding_key key"
        " JOIN acorn_onboarding_developer developer"
        "   ON developer.id = key.developer_id"
        " JOIN acorn_amazon_application application"
        "   ON application.id = developer.application_id"
    )
    client_id = row.pop("client_id")
    shop.simulator.post(
        "/_sim/registrations/developers",
        {"developer_id": "developer", "client_id": client_id, "keys": [dict(row)]},
    )


# B17, B23: what nobody could write down is asked for once more, under the same key.
def test_killed_while_registering(small):
    file_registration(small)
    for _time in range(2):
        assert small.start("remote", "--die", RECORD).wait() == KILLED
        small.let_leases_end()
    small.work("remote")
    (entry,) = small.simulator.get("/_sim/registrations")["registrations"]
    assert (entry["submissions"], entry["revision"]) == (1, 1)
    path = "/_sim/requests?operation=createRegistration"
    answers = [call["status"] for call in small.simulator.get(path)["requests"]]
    # Before, the access token of this database is too old for the world's new clock.
    assert answers[-3:] == [202, 200, 200]
    (registration,) = small.query(
        "SELECT remote_id, state, revision FROM acorn_onboarding_registration"
    )
    assert registration == {
        "remote_id": entry["registrationId"],
        "state": "submitted",
        "revision": 1,
    }
    (submission,) = small.query(
        "SELECT state, request_id IS NOT NULL AS known FROM acorn_onboarding_submission"
    )
    assert submission == {"state": "accepted", "known": True}
