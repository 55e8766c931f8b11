from odoo import fields, models


class AcornOnboardingRegistration(models.Model):
    """What a marketplace asks for, and what of the entity's answers it (B6, B9)."""

    _inherit = "acorn.onboarding.registration"

    def _get_requirements(self, *kinds):
        """Return what the marketplace asks of this entity.

        :param kinds: values of the requirement's ``kind``
        """
        self.ensure_one()
        return self.marketplace_id.acorn_onboarding_requirement_ids.filtered(
            lambda requirement: requirement.kind in kinds
        )._for_entity(self.entity_id)

    def _find_documents(self, requirement):
        """Return the newest usable document that meets a requirement (B6).

        There is one per person where documents are about persons.
        """
        today = fields.Date.context_today(self)
        usable = self._find_candidates(requirement).filtered(
            lambda document: (
                document._is_usable(today)
                and not document._get_date_problem(today, requirement.newest_days)
            )
        )
        newest = usable.grouped("representative_id").values()
        return usable.browse().concat(*(documents[0] for documents in newest))

    def _find_candidates(self, requirement):
        """Return the documents that a requirement asks for, usable or not.

        The one that was uploaded last comes first, whether as a new version or as a
        document of its own; a version that was replaced is no candidate.
        """
        documents = self.entity_id.sudo().acorn_onboarding_document_ids

        def fits(document):
            if document.next_ids or document.erased_on:
                return False
            if requirement.kind == "language":
                original = document.translation_of_id or document
                return original.type_id == requirement.document_type_id and _get_base(
                    document.language
                ) == _get_base(requirement.language)
            return (
                document.type_id == requirement.document_type_id
                and not document.translation_of_id
            )

        return documents.filtered(fits).sorted("id", reverse=True)

    def _find_tax(self, requirement, day):
        """Return the entity's usable tax registration for a requirement."""
        return self.entity_id.sudo().acorn_onboarding_tax_ids.filtered(
            lambda tax: (
                tax.scheme_id == requirement.tax_scheme_id
                and tax.scheme_id._covers(
                    tax.country_id, requirement.marketplace_id.country_id
                )
                and tax._is_usable(day)
            )
        )[:1]

    def _get_documents(self):
        """Return the versions that would be sent now, in Seller Central's order."""
        self.ensure_one()
        documents = self.env["acorn.onboarding.document"].sudo()
        for requirement in self._get_requirements("document", "language").sorted():
            documents |= self._find_documents(requirement)
        return documents

    def _get_taxes(self):
        """Return the tax registrations that would be sent now."""
        self.ensure_one()
        taxes = self.env["acorn.onboarding.tax.registration"].sudo()
        today = fields.Date.context_today(self)
        for requirement in self._get_requirements("tax"):
            taxes |= self._find_tax(requirement, today)
        return taxes


def _get_base(language):
    """Return a language without its country: ja of ja-JP."""
    return (language or "").partition("-")[0].lower()
