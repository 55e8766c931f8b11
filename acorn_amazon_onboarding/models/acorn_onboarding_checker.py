from datetime import timedelta

from odoo import api, fields, models

from ..mappers.names import compare_names

IDENTITY_DAYS = timedelta(days=180)


class AcornOnboardingChecker(models.AbstractModel):
    """The methods of the checks: one per rule that no condition can express (B20).

    ``_check_<code>`` takes one registration and returns a list of problems: dicts with
    ``reason`` and, where there is one, the ``record`` and the name of the ``field``
    that have to be mended.
    """

    _name = "acorn.onboarding.checker"
    _description = "Registration Checker"

    @api.model
    def _check(self, registrations):
        """Look at registrations anew; what was found before is replaced.

        :param registrations: ``acorn.onboarding.registration``
        """
        rules = self.env["acorn.onboarding.rule"].sudo().search([("active", "=", True)])
        findings = self.env["acorn.onboarding.finding"].sudo()
        findings.search([("registration_id", "in", registrations.ids)]).unlink()
        findings.create(
            [
                self._prepare_finding(registration, rule, problem)
                for registration in registrations.sudo()
                for rule in rules
                for problem in rule._find_problems(registration)
            ]
        )

    @api.model
    def _prepare_finding(self, registration, rule, problem):
        record = problem.get("record")
        return {
            "registration_id": registration.id,
            "rule_id": rule.id,
            "severity": problem.get("severity", rule.severity),
            "reason": problem["reason"],
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
            "field_name": problem.get("field", False),
        }

    # === ENTITY === #

    @api.model
    def _check_entity_data(self, registration):
        """What every registration needs of the entity itself (B14)."""
        entity = registration.entity_id
        needed = {
            "acorn_onboarding_registration_number": self.env._("Registration number"),
            "acorn_onboarding_registration_country_id": self.env._("Country"),
            "street": self.env._("Street"),
            "city": self.env._("City"),
            "zip": self.env._("Postal code"),
            "country_id": self.env._("Country of the registered address"),
            "acorn_onboarding_representative_ids": self.env._("Representative"),
            "bank_ids": self.env._("Bank account"),
        }
        return [
            {
                "reason": self.env._("%(field)s is missing.", field=label),
                "record": entity,
                "field": name,
            }
            for name, label in needed.items()
            if not entity[name]
        ]

    @api.model
    def _check_licence_name(self, registration):
        """The licence must carry the entity's name, spelling aside (B20)."""
        entity = registration.entity_id
        names = [entity.name, entity.acorn_onboarding_local_name]
        problems = []
        for document in registration._get_documents().filtered("name_on_document"):
            differences = [
                compare_names(document.name_on_document, name) for name in names if name
            ]
            if differences and all(differences):
                problems.append(
                    {
                        "reason": self.env._(
                            "%(document)s is in another name: %(difference)s",
                            document=document.type_id.name,
                            difference=min(differences, key=len),
                        ),
                        "record": document,
                        "field": "name_on_document",
                    }
                )
        return problems

    @api.model
    def _check_identity_validity(self, registration):
        """Identity documents must hold for another 180 days (B20)."""
        limit = fields.Date.context_today(self) + IDENTITY_DAYS
        return [
            {
                "reason": self.env._(
                    "The identity document of %(person)s expires on %(date)s.",
                    person=person.name,
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
                    )
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

    # === PAPERS AND TAXES === #

    @api.model
    def _check_documents(self, registration):
        """Every document that the marketplace asks for is here and usable (B6, B20)."""
        return [
            {
                "reason": self.env._(
                    "%(document)s is missing or no longer valid.",
                    document=requirement.display_name,
                ),
                "record": registration.entity_id,
                "field": "acorn_onboarding_document_ids",
            }
            for requirement in registration._get_requirements("document", "language")
            if not registration._find_document(requirement)
        ]

    @api.model
    def _check_tax_data(self, registration):
        """Every tax registration of the marketplace is here (B20, B29)."""
        today = fields.Date.context_today(self)
        return [
            {
                "reason": self.env._(
                    "%(scheme)s for %(country)s is missing or not complete.",
                    scheme=requirement.tax_scheme_id.name,
                    country=requirement.marketplace_id.country_id.name,
                ),
                "record": registration.entity_id,
                "field": "acorn_onboarding_tax_ids",
            }
            for requirement in registration._get_requirements("tax")
            if not registration._find_tax(requirement, today)
        ]

    @api.model
    def _check_tax_numbers(self, registration):
        """Tax numbers are well-formed and of the country they claim (B20)."""
        problems = []
        for tax in registration._get_taxes():
            reason = tax._get_number_problem()
            prefix = tax._get_foreign_prefix()
            if prefix:
                reason = self.env._(
                    "%(number)s begins with %(prefix)s: no number of %(country)s.",
                    number=tax.number,
                    prefix=prefix,
                    country=tax.country_id.name,
                )
            if reason:
                problems.append(
                    {
                        "reason": f"{tax.display_name}: {reason}",
                        "record": tax,
                        "field": "number",
                    }
                )
        return problems

    @api.model
    def _check_legibility(self, registration):
        """Images and PDF pages can be read (B20)."""
        return [
            {
                "reason": f"{document.name}: {document.legibility_problem or ''}",
                "record": document,
                "field": "file",
            }
            for document in registration.entity_id.acorn_onboarding_document_ids
            if document.legibility == "poor" and not document.next_ids
        ]

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
        """The entity has accepted the agreement that holds today (B24)."""
        current = self.env["acorn.onboarding.agreement"].sudo()._get_current()
        entity = registration.entity_id
        if entity.acorn_onboarding_agreement_id and (
            entity.acorn_onboarding_agreement_id == current
        ):
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
