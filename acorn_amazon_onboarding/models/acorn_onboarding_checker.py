from datetime import timedelta

from odoo import api, fields, models

from ..mappers.names import compare_addresses, compare_names, is_same_category
from .acorn_onboarding_registration import CLOSED

IDENTITY_DAYS = timedelta(days=180)
LICENCE = "acorn_amazon_onboarding.document_type_licence"
# Seller Central's forms ask for them, the registration interface does not.
ASKED_BY_HAND = {"phone", "email", "birth_date"}


class AcornOnboardingChecker(models.AbstractModel):
    """The methods of the checks: one per rule that no condition can express (B20).

    ``_check_<code>`` takes one registration and returns a list of problems: dicts with
    ``reason`` and, where there is one, the ``record`` and the name of the ``field``
    that have to be mended. ``requirement`` is the marketplace's requirement that is not
    met, ``severity`` replaces the rule's.
    """

    _name = "acorn.onboarding.checker"
    _description = "Registration Checker"

    @api.model
    def _check(self, registrations):
        """Look at registrations anew; what was found before is replaced.

        What is wrong is written down in every language that is installed: who reads
        it is rarely who pressed the button.

        :param registrations: ``acorn.onboarding.registration``
        """
        rules = self.env["acorn.onboarding.rule"].sudo().search([("active", "=", True)])
        findings = self.env["acorn.onboarding.finding"].sudo()
        findings.search([("registration_id", "in", registrations.ids)]).unlink()
        first, *others = (code for code, _name in self.env["res.lang"].get_installed())
        found = findings.with_context(lang=first).create(
            [
                values
                for registration in registrations
                for rule in rules
                for values in self._prepare_findings(registration, rule, first)
            ]
        )
        same = found.grouped(lambda finding: (finding.registration_id, finding.rule_id))
        for code in others:
            for check, own in same.items():
                again = self._prepare_findings(*check, code)
                # A check that sees something else in another language is not trusted.
                if len(again) == len(own):
                    for finding, values in zip(own, again, strict=True):
                        finding.with_context(lang=code).reason = values["reason"]

    @api.model
    def _prepare_findings(self, registration, rule, lang):
        """Return the values of what one check finds, in one language.

        :rtype: list[dict]
        """
        registration = registration.sudo().with_context(lang=lang)
        rule = rule.with_context(lang=lang)
        return [
            self._prepare_finding(registration, rule, problem)
            for problem in rule._find_problems(registration)
        ]

    @api.model
    def _prepare_finding(self, registration, rule, problem):
        record = problem.get("record")
        requirement = problem.get("requirement")
        return {
            "registration_id": registration.id,
            "rule_id": rule.id,
            "severity": problem.get("severity", rule.severity),
            "reason": problem["reason"],
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
            "field_name": problem.get("field", False),
            "requirement_id": requirement.id if requirement else False,
        }

    # === ENTITY === #

    @api.model
    def _check_entity_data(self, registration):
        """What every registration needs of the entity itself (B14)."""
        entity = registration.entity_id
        needed = {
            name: entity._fields[name]._description_string(self.env)
            for name in (
                "acorn_onboarding_registration_number",
                "acorn_onboarding_registration_country_id",
            )
        } | {
            "street": self.env._("Street"),
            "city": self.env._("City"),
            "zip": self.env._("Postal code"),
            "country_id": self.env._("Country of the registered address"),
            "acorn_onboarding_representative_ids": self.env._("Representative"),
            "bank_ids": self.env._("Bank account"),
            "phone": entity._fields["phone"]._description_string(self.env),
            "email": entity._fields["email"]._description_string(self.env),
        }
        missing = [
            (label, entity, name) for name, label in needed.items() if not entity[name]
        ]
        people = entity.acorn_onboarding_representative_ids
        for name in ("identity_number", "birth_date"):
            label = people._fields[name]._description_string(self.env)
            missing += [
                (f"{person._get_role()}: {label}", person, name)
                for person in people
                if not person[name]
            ]
        return [
            {
                "reason": self.env._("%(field)s is missing.", field=label),
                "record": record,
                "field": name,
                "severity": "warning" if name in ASKED_BY_HAND else "error",
            }
            for label, record, name in missing
        ]

    @api.model
    def _check_licence_name(self, registration):
        """The licence must carry the entity's name, spelling aside (B20)."""
        documents = registration._get_documents()
        licence = self.env.ref(LICENCE, raise_if_not_found=False)
        unread = documents.filtered(
            lambda document: (
                document.type_id == licence
                and not document.name_on_document
                and not document.translation_of_id
            )
        )
        return [
            {
                "reason": self.env._(
                    "%(document)s: nobody has copied the name that it shows.",
                    document=document.type_id.name,
                ),
                "record": document,
                "field": "name_on_document",
            }
            for document in unread
        ] + [
            {
                "reason": self.env._(
                    "%(document)s: “%(written)s” is not “%(name)s”. Different:"
                    " %(difference)s",
                    document=document.type_id.name,
                    written=document.name_on_document,
                    **other,
                ),
                "record": document,
                "field": "name_on_document",
            }
            for document in documents
            if (
                other := _compare_owner(
                    document.name_on_document, registration.entity_id
                )
            )
        ]

    @api.model
    def _check_identity_validity(self, registration):
        """Identity documents must hold for another 180 days (B20)."""
        limit = fields.Date.context_today(self) + IDENTITY_DAYS
        return [
            {
                "reason": self.env._(
                    "The identity document of %(person)s expires on %(date)s.",
                    person=person._get_role(),
                    date=fields.Date.to_string(person.identity_expires_on),
                ),
                "record": person,
                "field": "identity_expires_on",
            }
            for person in registration.entity_id.acorn_onboarding_representative_ids
            if person.identity_expires_on < limit
        ]

    @api.model
    def _check_same_entity(self, registration):
        """An entity sells only once on a marketplace (B20)."""
        if registration.entity_id._sells_on(registration.marketplace_id):
            return [
                {
                    "reason": self.env._(
                        "%(entity)s sells on %(marketplace)s already.",
                        entity=registration.entity_id.name,
                        marketplace=registration.marketplace_id.name,
                    ),
                    "record": registration.entity_id,
                    "field": "acorn_onboarding_store_ids",
                }
            ]
        return []

    @api.model
    def _check_linked_account(self, registration):
        """Amazon links sellers that share a bank account or an address (B20)."""
        entity = registration.entity_id
        others = self.env["res.partner"].search(
            [("acorn_onboarding_is_entity", "=", True), ("id", "!=", entity.id)]
        )
        numbers = set(entity.bank_ids.mapped("sanitized_acc_number"))
        address = entity._get_address_key()
        problems = []
        for other in others:
            if numbers & set(other.bank_ids.mapped("sanitized_acc_number")):
                reason = self.env._(
                    "%(other)s has the same bank account.", other=other.name
                )
                problems.append(
                    {"reason": reason, "record": entity, "field": "bank_ids"}
                )
            if address and address == other._get_address_key():
                reason = self.env._("%(other)s has the same address.", other=other.name)
                problems.append({"reason": reason, "record": entity, "field": "street"})
        return problems

    @api.model
    def _check_duplicate_business(self, registration):
        """Two registrations of one business on one marketplace (B20).

        The database refuses the same entity twice; one business may still have been
        entered twice, or in two companies.
        """
        entity = registration.entity_id
        number = _plain(entity.acorn_onboarding_registration_number)
        if not number:
            return []
        others = registration.search(
            [
                ("id", "!=", registration.id),
                ("marketplace_id", "=", registration.marketplace_id.id),
                ("state", "not in", CLOSED),
            ]
        ).filtered(
            lambda other: (
                _plain(other.entity_id.acorn_onboarding_registration_number) == number
                and other.entity_id.acorn_onboarding_registration_country_id
                == entity.acorn_onboarding_registration_country_id
            )
        )
        return [
            {
                "reason": self.env._(
                    "%(other)s has the same registration number.",
                    other=other.entity_id.name,
                ),
                "record": other,
                "field": "entity_id",
            }
            for other in others
        ]

    @api.model
    def _check_representatives(self, registration):
        """The persons that the marketplace asks for are named (B20)."""
        persons = registration.entity_id.acorn_onboarding_representative_ids
        if not persons:
            return []  # The data of the entity is incomplete: another rule.
        problems = []
        if "LEGAL_REPRESENTATIVE" not in persons.mapped("role"):
            problems.append(
                {
                    "reason": self.env._("No legal representative is named."),
                    "record": registration.entity_id,
                    "field": "acorn_onboarding_representative_ids",
                }
            )
        problems += [
            {
                "reason": self.env._(
                    "%(person)s: nobody is named.", person=requirement.display_name
                ),
                "record": registration.entity_id,
                "field": "acorn_onboarding_representative_ids",
                "severity": requirement._get_severity(),
                "requirement": requirement,
            }
            for requirement in registration._get_requirements("person")
            if requirement.role not in persons.mapped("role")
        ]
        return problems

    @api.model
    def _check_bank_account(self, registration):
        """The first bank account, which is sent, belongs to the entity (B20)."""
        entity = registration.entity_id
        account = entity.bank_ids[:1]
        problems = []
        other = _compare_owner(account.acc_holder_name, entity)
        if other:
            problems.append(
                {
                    "reason": self.env._(
                        "The bank account is held by “%(written)s”, not by “%(name)s”."
                        " Different: %(difference)s",
                        written=account.acc_holder_name,
                        **other,
                    ),
                    "record": account,
                    "field": "acc_holder_name",
                }
            )
        country = account.bank_id.country.code or (
            account.acc_type == "iban" and (account.sanitized_acc_number or "")[:2]
        )
        expected = (
            entity.acorn_onboarding_registration_country_id
            | entity.country_id
            | registration.marketplace_id.country_id
        )
        if country and country not in expected.mapped("code"):
            problems.append(
                {
                    "reason": self.env._(
                        "The bank account is in %(country)s: neither the country of"
                        " the entity nor of the marketplace.",
                        country=country,
                    ),
                    "record": account,
                    "field": "bank_id",
                }
            )
        return problems

    # === PAPERS AND TAXES === #

    @api.model
    def _check_documents(self, registration):
        """Every document that the marketplace asks for is here and usable (B6, B20)."""
        today = fields.Date.context_today(self)
        problems = []
        for requirement in registration._get_requirements("document", "language"):
            if found := registration._find_documents(requirement):
                problems += self._find_people_without(registration, requirement, found)
                continue
            document = registration._find_candidates(requirement)[:1]
            field = "acorn_onboarding_document_ids"
            if not document:
                reason = self.env._("is missing")
            elif document.legibility == "poor":
                continue  # Said by the rule about legibility.
            else:
                field = "expires_on" if document.has_expiry else "issued_on"
                reason = document._get_date_problem(
                    today, requirement.newest_days
                ) or self.env._("has no file")
            problems.append(
                {
                    "reason": self.env._(
                        "%(document)s %(problem)s.",
                        document=requirement.display_name,
                        problem=reason,
                    ),
                    "record": document or registration.entity_id,
                    "field": field,
                    "severity": requirement._get_severity(),
                    "requirement": requirement,
                }
            )
        return problems

    @api.model
    def _find_people_without(self, registration, requirement, found):
        """Name the people whose document is not among those that are sent (B20).

        :param requirement: what the marketplace asks for
        :param found: the documents that meet it; there is one per person
        :rtype: list[dict]
        """
        if not requirement.document_type_id.is_personal:
            return []
        entity = registration.entity_id
        shown = found.representative_id
        people = (entity.acorn_onboarding_representative_ids - shown).filtered(
            # Who has no number is named by the rule about the entity's data.
            lambda person: (
                person.role != "CONTACT"
                and person.identity_number
                and not person._is_among(shown)
            )
        )
        return [
            {
                "reason": self.env._(
                    "%(document)s of %(person)s: there is none that Amazon would take.",
                    document=requirement.display_name,
                    person=person._get_role(),
                ),
                "record": entity,
                "field": "acorn_onboarding_document_ids",
                "severity": "warning",
                "requirement": requirement,
            }
            for person in people
        ]

    @api.model
    def _check_legibility(self, registration):
        """Images and PDF pages can be read (B20)."""
        found = {}
        for requirement in registration._get_requirements("document", "language"):
            document = registration._find_candidates(requirement)[:1]
            is_needed = not registration._find_documents(requirement)
            if is_needed and document.legibility == "poor":
                severity = requirement._get_severity()
                said = " ".join((document.legibility_problem or "").split("\n"))
                # The severer of two requirements of one document counts.
                if found.get(document, {}).get("severity") != "error":
                    found[document] = {
                        "reason": f"{document.type_id.name}: {said}",
                        "record": document,
                        "field": "file",
                        "severity": severity,
                        "requirement": requirement,
                    }
        return list(found.values())

    @api.model
    def _check_document_language(self, registration):
        """Amazon reads a few languages only; others need a translation (B20)."""
        documents = registration._get_documents()
        today = fields.Date.context_today(self)
        translated = registration.entity_id.acorn_onboarding_document_ids.filtered(
            lambda document: document._is_usable(today)
        ).translation_of_id
        return [
            {
                "reason": self.env._(
                    "%(document)s is in a language that Amazon does not read:"
                    " %(language)s.",
                    document=document.type_id.name,
                    language=document.language,
                ),
                "record": document,
                "field": "language",
            }
            for document in documents - translated
            if document.language
            and not document.type_id._accepts_language(document.language)
        ]

    @api.model
    def _check_document_address(self, registration):
        """What shows an address shows the registered one, abbreviations aside (B20)."""
        entity = registration.entity_id
        parts = (entity.street, entity.street2, entity.city, entity.zip)
        address = " ".join(filter(None, parts))
        places = {
            place.with_context(lang=code).name
            for code, _name in self.env["res.lang"].get_installed()
            for place in (entity.state_id, entity.country_id)
        }
        codes = (entity.zip, entity.state_id.code, entity.country_id.code)
        optional = " ".join(filter(None, (*places, *codes)))
        if not address:
            return []
        return [
            {
                "reason": self.env._(
                    "%(document)s shows another address: %(difference)s",
                    document=document.type_id.name,
                    difference=difference,
                ),
                "record": document,
                "field": "address_on_document",
            }
            for document in registration._get_documents()
            if document.address_on_document
            and (
                difference := compare_addresses(
                    document.address_on_document, address, optional
                )
            )
        ]

    @api.model
    def _check_tax_data(self, registration):
        """Every tax registration of the marketplace is here (B20, B29)."""
        today = fields.Date.context_today(self)
        problems = []
        for requirement in registration._get_requirements("tax"):
            if registration._find_tax(requirement, today):
                continue
            country = requirement.marketplace_id.country_id
            scheme = requirement.tax_scheme_id
            known = registration.entity_id.acorn_onboarding_tax_ids.filtered(
                lambda tax, s=scheme, c=country: (
                    tax.scheme_id == s and s._covers(tax.country_id, c)
                )
            )[:1]
            field = "valid_until"
            if not known:
                field = "acorn_onboarding_tax_ids"
                reason = self.env._("is missing")
            elif known.valid_until and known.valid_until < today:
                reason = self.env._("expired on %(date)s", date=known.valid_until)
            else:
                field = "status" if known.is_interview else "number"
                reason = self.env._("is not complete")
            problems.append(
                {
                    "reason": self.env._(
                        "%(scheme)s for %(country)s %(problem)s.",
                        scheme=scheme.name,
                        country=country.name,
                        problem=reason,
                    ),
                    "record": known or registration.entity_id,
                    "field": field,
                    "severity": requirement._get_severity(),
                    "requirement": requirement,
                }
            )
        return problems

    @api.model
    def _check_tax_numbers(self, registration):
        """Tax numbers are well-formed and of the country they claim (B20)."""
        return [
            {
                "reason": f"{tax.display_name}: {problem}.",
                "record": tax,
                "field": "number",
            }
            for tax in registration._get_taxes()
            if (problem := tax._get_number_problem())
        ]

    # === GOODS === #

    @api.model
    def _check_restricted_category(self, registration):
        """Categories that need approval on the marketplace, or are closed (B9)."""
        problems = []
        categories = (registration.category_names or "").replace(",", ",").split(",")
        for category in filter(None, map(str.strip, categories)):
            for requirement in registration._get_requirements("category"):
                names = requirement._get_category_names()
                if any(is_same_category(name, category) for name in names):
                    problems.append(
                        {
                            "reason": self.env._(
                                "%(category)s needs approval, or is closed, on Amazon"
                                " %(marketplace)s.",
                                category=category,
                                marketplace=registration.marketplace_id.name,
                            ),
                            "record": registration,
                            "field": "category_names",
                            "requirement": requirement,
                        }
                    )
                    break
        return problems

    @api.model
    def _check_brand_papers(self, registration):
        """Who names brands has a trade mark or a letter of its owner (B9, B20)."""
        today = fields.Date.context_today(self)
        codes = ("LETTER_OF_AUTHORIZATION", "TRADEMARK_CERTIFICATE")
        papers = registration.entity_id.acorn_onboarding_document_ids.filtered(
            lambda document: (
                document.type_id.code in codes and document._is_usable(today)
            )
        )
        if not (registration.brand_names or "").strip(" ,") or papers:
            return []
        return [
            {
                "reason": self.env._(
                    "%(brands)s: neither a trade mark certificate nor a letter of"
                    " authorisation is here.",
                    brands=registration.brand_names,
                ),
                "record": registration.entity_id,
                "field": "acorn_onboarding_document_ids",
            }
        ]

    # === PERMISSIONS === #

    @api.model
    def _check_token(self, registration):
        """An access token of exactly this entity is there (B11, B25)."""
        if registration.channel != "api" or registration.store_id.has_refresh_token:
            return []
        return [
            {
                "reason": self.env._(
                    "%(entity)s has no authorised store of its own.",
                    entity=registration.entity_id.name,
                ),
                "record": registration.entity_id,
                "field": "acorn_onboarding_store_ids",
            }
        ]

    @api.model
    def _check_agreement(self, registration):
        """The entity has accepted the agreement that holds, or a newer one (B24)."""
        entity = registration.entity_id
        if entity._has_accepted_agreement():
            return []
        return [
            {
                "reason": self.env._(
                    "%(entity)s has not accepted the current agreement.",
                    entity=entity.name,
                ),
                "record": entity,
                "field": "acorn_onboarding_agreement_id",
            }
        ]


def _compare_owner(text, entity):
    """Return the closer of an entity's two names, and how a name differs from it.

    :param text: the name on a paper or account, False when nobody copied it
    :param entity: ``res.partner``
    :return: ``name`` and ``difference``; empty if one of them fits
    :rtype: dict[str, str]
    """
    names = filter(None, (entity.name, entity.acorn_onboarding_local_name))
    others = [
        {"name": name, "difference": compare_names(text, name)}
        for name in names
        if text
    ]
    closest = min(others, key=lambda other: len(other["difference"]), default={})
    return closest if closest.get("difference") else {}


def _plain(number):
    """Return a registration number without what people write between its digits."""
    return "".join(char for char in (number or "").upper() if char.isalnum())
