from odoo import fields, models

from ..mappers.names import normalise_address


class ResPartner(models.Model):
    _inherit = "res.partner"

    acorn_onboarding_is_entity = fields.Boolean(
        "Opens Amazon Marketplaces",
        index=True,
        help="A legal entity that sells, or will sell, on Amazon.",
    )
    acorn_onboarding_local_name = fields.Char(
        "Name in Local Script", help="As the business licence spells it."
    )
    acorn_onboarding_registration_number = fields.Char("Business Registration Number")
    acorn_onboarding_registration_country_id = fields.Many2one(
        "res.country", "Registered In"
    )
    acorn_onboarding_registered_on = fields.Date("Registered On")
    acorn_onboarding_scope = fields.Text("Business Scope")
    acorn_onboarding_business_address_id = fields.Many2one(
        "res.partner",
        "Business Address",
        domain="[('parent_id', '=', id)]",
        help="Where the entity works, if not at its registered address.",
    )
    acorn_onboarding_is_business_seller = fields.Boolean(
        "Sells to Businesses", help="Takes part in Amazon Business."
    )
    acorn_onboarding_brand_names = fields.Char("Brands", help="Separated by commas.")
    acorn_onboarding_agreement_id = fields.Many2one(
        "acorn.onboarding.agreement",
        "Accepted Agreement",
        ondelete="restrict",
        help="The version of Amazon's agreement that the entity accepted last.",
    )
    acorn_onboarding_representative_ids = fields.One2many(
        "acorn.onboarding.representative",
        "entity_id",
        "Representatives",
        groups="acorn_amazon_onboarding.group_acorn_onboarding_officer",
    )
    acorn_onboarding_tax_ids = fields.One2many(
        "acorn.onboarding.tax.registration",
        "entity_id",
        "Tax Registrations",
        groups="acorn_amazon_onboarding.group_acorn_onboarding_officer",
    )
    acorn_onboarding_document_ids = fields.One2many(
        "acorn.onboarding.document",
        "entity_id",
        "Documents",
        groups="acorn_amazon_onboarding.group_acorn_onboarding_officer",
    )
    acorn_onboarding_store_ids = fields.One2many(
        "acorn.amazon.store",
        "acorn_onboarding_entity_id",
        "Amazon Stores",
        groups="acorn_amazon_connector.group_acorn_amazon_user",
    )
    acorn_onboarding_registration_ids = fields.One2many(
        "acorn.onboarding.registration",
        "entity_id",
        "Registrations",
        groups="acorn_amazon_connector.group_acorn_amazon_user",
    )

    def _sells_on(self, marketplace):
        """Return whether the entity has a seller account on a marketplace.

        :param marketplace: ``acorn.amazon.marketplace``
        :rtype: bool
        """
        self.ensure_one()
        participations = self.sudo().acorn_onboarding_store_ids.participation_ids
        return any(
            participation.marketplace_id == marketplace
            and participation.is_participating
            for participation in participations
        )

    def _get_address_key(self):
        """Return the registered address as it can be compared; empty without one.

        :rtype: str
        """
        self.ensure_one()
        parts = (self.street, self.street2, self.city, self.zip, self.country_id.code)
        return normalise_address(" ".join(filter(None, parts))) if self.street else ""
