from odoo import models

from ..mappers.registration import (
    Address,
    BankAccount,
    BusinessRegistration,
    Entity,
    IdentityDocument,
    Representative,
    TaxRegistration,
    UploadedDocument,
    build_registration,
)


class AcornOnboardingRegistration(models.Model):
    _inherit = "acorn.onboarding.registration"

    def _prepare_request(self, revision, uploaded):
        """Return the request of ``createRegistration`` (B2, B14).

        :param int revision: 1 for the first submission
        :param dict uploaded: the interface's id by ``acorn.onboarding.document``
        :rtype: dict
        """
        self.ensure_one()
        entity = self.entity_id.sudo()
        return build_registration(
            Entity(
                seller_id=self.store_id.seller_id,
                name=entity.name,
                name_local=entity.acorn_onboarding_local_name or "",
                business_registration=self._prepare_business(entity),
                registered_address=_address(entity),
                business_address=_address(entity.acorn_onboarding_business_address_id),
                representatives=tuple(
                    map(_person, entity.acorn_onboarding_representative_ids)
                ),
                bank_account=_bank_account(entity, entity.bank_ids[:1]),
                tax_registrations=tuple(map(_tax, self._get_taxes())),
                is_business_seller=entity.acorn_onboarding_is_business_seller,
                brand_names=tuple((self.brand_names or "").split(",")),
            ),
            reference=self.reference,
            revision=revision,
            marketplace_ids=[self.marketplace_id.amazon_id],
            documents=[
                UploadedDocument(
                    document_id=document_id,
                    type=document.type_id.code,
                    language=document.language or "",
                    issued_on=document.issued_on or None,
                    expires_on=document.expires_on or None,
                    translation_of=uploaded.get(document.translation_of_id, ""),
                )
                for document, document_id in uploaded.items()
            ],
            agreement_version=entity.acorn_onboarding_agreement_id.version or "",
            selling_plan=self.selling_plan,
        )

    def _prepare_business(self, entity):
        return BusinessRegistration(
            number=entity.acorn_onboarding_registration_number or "",
            country_code=entity.acorn_onboarding_registration_country_id.code or "",
            scope=entity.acorn_onboarding_scope or "",
            registered_on=entity.acorn_onboarding_registered_on or None,
        )


def _address(partner):
    if not partner:
        return None
    return Address(
        line1=partner.street or "",
        line2=partner.street2 or "",
        city=partner.city or "",
        state=partner.state_id.name or "",
        postal_code=partner.zip or "",
        country_code=partner.country_id.code or "",
    )


def _person(person):
    return Representative(
        role=person.role,
        full_name=person.name,
        nationality=person.nationality_id.code,
        date_of_birth=person.birth_date or None,
        identity_document=IdentityDocument(
            type=person.identity_type,
            number=person.identity_number or "",
            country_code=person.identity_country_id.code,
            expires_on=person.identity_expires_on,
        ),
    )


def _bank_account(entity, account):
    return BankAccount(
        holder_name=account.acc_holder_name or entity.name,
        account_number=account.acc_number or "",
        bank_name=account.bank_id.name or "",
        bic=account.bank_id.bic or "",
        country_code=(account.bank_id.country or entity.country_id).code or "",
        currency=account.currency_id.name or "",
    )


def _tax(tax):
    status = {"missing": "", "submitted": "SUBMITTED", "valid": "VALID"}
    return TaxRegistration(
        scheme=tax.scheme_id.code,
        country_code=tax.country_id.code,
        number=tax.number or "",
        status=status[tax.status] if tax.is_interview else "",
    )
