"""Open eight marketplaces for three companies, and compare with what Amazon has."""

import json
import subprocess
import time
from collections import Counter

from tools import demo_entities, venv
from tools.console import Failure, say
from tools.demo_entities import MARKETPLACES, day
from tools.http import Client
from tools.odoo_api import Odoo
from tools.paths import ROOT

REGISTRATION = "acorn.onboarding.registration"
WIZARD = "acorn.onboarding.open.marketplaces"
CELL = f"{WIZARD}.cell"
REVIEW_SECONDS = [1, 6]
# Seconds without any progress after which the demo stops waiting.
PATIENCE = 120
OPEN = ["queued", "submitted", "in_review"]
SUBMITTED = [["submission_ids.channel", "=", "api"]]
RETURNED = {
    "status": "ACTION_REQUIRED",
    "reasons": [
        {
            "code": "DOCUMENT_ILLEGIBLE",
            "message": "The licence cannot be read.",
            "documentType": "BUSINESS_LICENSE",
        }
    ],
}
REJECTED = {
    "status": "REJECTED",
    "reasons": [
        {
            "code": "TAX_INFORMATION_MISSING",
            "message": "The VAT number is not in the register yet.",
            "field": "taxRegistrations",
        }
    ],
}
CLOSED = {
    "status": "REJECTED",
    "reasons": [
        {
            "code": "DUPLICATE_ENTITY",
            "message": "The entity is registered in this marketplace already.",
            "field": "businessRegistration.number",
        }
    ],
}


class Expansion:
    """One company after the other opens what it has not got yet.

    :param Odoo odoo: session of an onboarding manager; its stores are connected.
    :param Client simulator: the simulated Amazon.
    :ivar findings: problems that the first check found.
    :ivar refused: times somebody tried another entity's authorisation in vain.
    :ivar problems: text for each registration that is lost, double or different.
    """

    def __init__(self, odoo: Odoo, simulator: Client):
        self.odoo, self.simulator = odoo, simulator
        self.findings = self.refused = 0
        self.problems: list[str] = []
        self.marketplaces = demo_entities.marketplaces(odoo)

    def run(self) -> dict:
        """Do everything and return the figures."""
        self.prepare()
        self.check()
        self.try_foreign_stores()
        self.by_hand()
        self.submit()
        self.correct()
        self.try_foreign_tokens()
        self.compare()
        return self.record()

    # The steps

    def prepare(self) -> None:
        """Enter what a company has to enter once, with four mistakes."""
        self.simulator.post(
            "/_sim/registrations/settings", {"review_seconds": REVIEW_SECONDS}
        )
        demo_entities.admit_developer(self.odoo, self.simulator)
        self.entities = demo_entities.create_entities(self.odoo, self.simulator)
        first, second, third = self.entities
        tax = "acorn.onboarding.tax.registration"
        self.odoo.call(tax, "unlink", self._tax_of_italy(first))
        people = self._people(second)
        values = {"identity_expires_on": day(90)}
        self.odoo.write("acorn.onboarding.representative", people, values)
        self.odoo.call("acorn.onboarding.document", "unlink", self._japanese(second))
        values = {"acorn_onboarding_agreement_id": False}
        self.odoo.write("res.partner", [third], values)
        self.template = demo_entities.create_template(
            self.odoo, self.entities, "Eight marketplaces"
        )
        say(
            f"    {len(self.entities)} legal entities with papers,"
            f" {len(MARKETPLACES)} marketplaces in the template"
        )

    def check(self) -> None:
        """Check everything from the template, mend what was found, check again."""
        action = self.odoo.call(
            "acorn.onboarding.template", "action_open_marketplaces", [self.template]
        )
        self.wizard = action["res_id"]
        self.findings = self.odoo.count("acorn.onboarding.finding", [])
        registrations = self.odoo.count(REGISTRATION, [])
        say(f"    {registrations} registrations, {self.findings} findings")
        first, second, third = self.entities
        demo_entities.create_tax(self.odoo, first, 0, "it")
        people = self._people(second)
        values = {"identity_expires_on": day(2000)}
        self.odoo.write("acorn.onboarding.representative", people, values)
        demo_entities.create_translation(self.odoo, second)
        known = self.odoo.search_read("acorn.onboarding.agreement", [], ["id"])
        values = {"acorn_onboarding_agreement_id": known[0]["id"]}
        self.odoo.write("res.partner", [third], values)
        self.odoo.call(WIZARD, "action_check", [self.wizard])
        blocked = [["severity", "=", "error"]]
        left = self.odoo.search_read("acorn.onboarding.finding", blocked, ["reason"])
        say(f"    corrected, {len(left)} findings left that block")
        self.problems += [f"still blocks: {finding['reason']}" for finding in left]

    def by_hand(self) -> None:
        """Take Spain out of the interface: a person keeps it in Seller Central."""
        mine = self._on("es")
        self.odoo.call(REGISTRATION, "action_by_hand", mine)
        self.odoo.call(REGISTRATION, "action_set_submitted", mine)
        self.odoo.call(REGISTRATION, "action_set_approved", mine)

    def submit(self) -> None:
        """Submit what is ready; Amazon returns one and rejects two."""
        outcomes = [
            self._outcome(RETURNED, self.entities[1], "fr"),
            self._outcome(REJECTED, self.entities[2], "gb"),
            self._outcome(CLOSED, self.entities[0], "jp"),
        ]
        self.simulator.post("/_sim/registrations/outcomes", outcomes)
        self.odoo.call(WIZARD, "action_check", [self.wizard])
        self.odoo.call(WIZARD, "action_submit", [self.wizard])
        self._wait()

    def correct(self) -> None:
        """Send two again: one with a new licence, one as it was."""
        returned = self._of(self.entities[1], "fr")
        licence = [
            ["entity_id", "=", self.entities[1]],
            ["type_id.code", "=", "BUSINESS_LICENSE"],
            ["translation_of_id", "=", False],
        ]
        names = ["name_on_document", "language"]
        old = self.odoo.search_read("acorn.onboarding.document", licence, names)[0]
        demo_entities.create_paper(
            self.odoo,
            self.entities[1],
            "licence",
            previous_id=old["id"],
            name_on_document=old["name_on_document"],
            language=old["language"],
        )
        again = returned + self._of(self.entities[2], "gb")
        self.odoo.call(REGISTRATION, "action_submit", again)
        self._wait()

    # Another entity's authorisation

    def try_foreign_stores(self) -> None:
        """Try to send for one entity with the store of another, in Odoo."""
        stores = {
            store["acorn_onboarding_entity_id"][0]: store["id"]
            for store in self.odoo.search_read(
                "acorn.amazon.store", [], ["acorn_onboarding_entity_id"]
            )
        }
        for entity, other in self._pairs():
            mine = self._of(entity, "ca")
            foreign = {"store_id": stores[other]}
            self._expect_refusal(REGISTRATION, mine, foreign)
            own = {"acorn_onboarding_entity_id": other}
            self._expect_refusal("acorn.amazon.store", [stores[entity]], own)

    def _expect_refusal(self, model: str, ids: list[int], values: dict) -> None:
        try:
            self.odoo.write(model, ids, values)
        except Failure:
            self.refused += 1
            return
        self.problems.append(f"{model} {ids} took what is another entity's: {values}")

    def try_foreign_tokens(self) -> None:
        """Ask Amazon about each entity with the access token of another."""
        sellers = self.simulator.get("/_sim/credentials")["sellers"]
        # The last ones are accounts that the approvals have added.
        by_entity = dict(zip(self.entities, sellers, strict=False))
        registrations = self._read(SUBMITTED)
        cases = []
        for entity, other in self._pairs():
            mine = (r for r in registrations if r["entity_id"][0] == entity)
            keys = ("client_id", "client_secret", "refresh_token")
            cases.append(
                {
                    "sellerId": by_entity[entity]["seller_id"],
                    "references": next(mine)["reference"],
                    **{name: by_entity[other][name] for name in keys},
                }
            )
        done = subprocess.run(
            [venv.PYTHON, "-m", "tools.demo_foreign_token", self.simulator.url],
            input=json.dumps(cases),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failure(f"Another entity's token could not be tried.\n{done.stderr}")
        answers = json.loads(done.stdout)
        self.refused += answers.count("EntityMismatch")
        self.problems += [
            f"another entity's token: {answer}"
            for answer in answers
            if answer != "EntityMismatch"
        ]
        say(f"    another entity's store or token: refused {self.refused} times")

    def _pairs(self) -> list[tuple[int, int]]:
        others = self.entities[1:] + self.entities[:1]
        return list(zip(self.entities, others, strict=True))

    # What Odoo and Amazon have

    def compare(self) -> None:
        """Find registrations that are lost, double or in another state."""
        truth = self.simulator.get("/_sim/registrations")["registrations"]
        sent = {r["reference"]: r for r in self._read(SUBMITTED)}
        counts = Counter(entry["reference"] for entry in truth)
        places = Counter(
            (entry["sellerId"], *entry["request"]["marketplaceIds"]) for entry in truth
        )
        self.problems += [
            f"{key}: twice at Amazon"
            for key, count in (*places.items(), *counts.items())
            if count > 1
        ]
        self.problems += [f"{key}: not in Odoo" for key in counts.keys() - sent.keys()]
        self.problems += [f"{key}: lost" for key in sent.keys() - counts.keys()]
        for entry in truth:
            mine = sent.get(entry["reference"])
            if mine is None:
                continue
            here = (mine["remote_id"], mine["state"], mine["revision"])
            there = (
                entry["registrationId"],
                entry["status"].lower(),
                entry["submissions"],
            )
            if here != there:
                self.problems.append(f"{mine['display_name']}: {here}, Amazon {there}")

    def record(self) -> dict:
        """Return the figures, ready for JSON."""
        registrations = self._read([])
        states = Counter(r["state"] for r in registrations)
        return {
            "registrations": len(registrations),
            "approved": states["approved"],
            "rejected": states["rejected"],
            "resubmitted": sum(r["revision"] > 1 for r in registrations),
            "manual": sum(r["channel"] == "manual" for r in registrations),
            "cross_entity_tokens_refused": self.refused,
            "findings": self.findings,
        }

    # Helpers

    def _read(self, domain: list) -> list[dict]:
        names = ["display_name", "reference", "entity_id", "remote_id", "channel"]
        return self.odoo.search_read(
            REGISTRATION, domain, [*names, "state", "revision"]
        )

    def _ids(self, model: str, domain: list) -> list[int]:
        return [row["id"] for row in self.odoo.search_read(model, domain, ["id"])]

    def _on(self, country: str) -> list[int]:
        place = [["marketplace_id", "=", self.marketplaces[country]]]
        return self._ids(REGISTRATION, place)

    def _of(self, entity: int, country: str) -> list[int]:
        place = [["marketplace_id", "=", self.marketplaces[country]]]
        return self._ids(REGISTRATION, [["entity_id", "=", entity], *place])

    def _people(self, entity: int) -> list[int]:
        mine = [["entity_id", "=", entity], ["role", "=", "LEGAL_REPRESENTATIVE"]]
        return self._ids("acorn.onboarding.representative", mine)

    def _tax_of_italy(self, entity: int) -> list[int]:
        mine = [["entity_id", "=", entity], ["country_id.code", "=", "IT"]]
        return self._ids("acorn.onboarding.tax.registration", mine)

    def _japanese(self, entity: int) -> list[int]:
        mine = [["entity_id", "=", entity], ["language", "=", "ja"]]
        return self._ids("acorn.onboarding.document", mine)

    def _outcome(self, outcome: dict, entity: int, country: str) -> dict:
        reference = self.odoo.call(
            REGISTRATION, "read", self._of(entity, country), fields=["reference"]
        )[0]["reference"]
        return {**outcome, "reference": reference, "times": 1}

    def _wait(self) -> None:
        """Ask until Amazon has decided everything, or nothing moves."""
        underway = [["channel", "=", "api"], ["state", "in", OPEN]]
        before, moved = None, time.monotonic()
        while True:
            states = Counter(r["state"] for r in self._read([]))
            if states != before:
                before, moved = states, time.monotonic()
                words = (f"{count} {name}" for name, count in sorted(states.items()))
                say(f"    {', '.join(words).replace('_', ' ')}")
            left = self._ids(REGISTRATION, underway)
            if not left:
                return
            if time.monotonic() - moved > PATIENCE:
                self.problems.append(f"{len(left)} registrations are not decided")
                return
            at_amazon = [["id", "in", left], ["state", "!=", "queued"]]
            waiting = self._ids(REGISTRATION, at_amazon)
            if waiting:
                self.odoo.call(REGISTRATION, "action_ask_amazon", waiting)
            time.sleep(1)
