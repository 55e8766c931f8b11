from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..mappers.names import normalise_address
from .acorn_onboarding_registration_package import OFFICER


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
        tracking=True,
        copy=False,
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

    acorn_onboarding_registration_count = fields.Integer(
        compute="_compute_acorn_onboarding_problem_text",
        groups="acorn_amazon_connector.group_acorn_amazon_user",
    )
    acorn_onboarding_problem_text = fields.Text(
        "To Correct",
        compute="_compute_acorn_onboarding_problem_text",
        groups="acorn_amazon_connector.group_acorn_amazon_user",
    )

    @api.depends("acorn_onboarding_registration_ids.finding_ids")
    @api.depends_context("lang")
    def _compute_acorn_onboarding_problem_text(self):
        """Name every problem once, with the marketplaces that it blocks."""
        for entity in self:
            registrations = entity.acorn_onboarding_registration_ids
            entity.acorn_onboarding_registration_count = len(registrations)
            places = {}
            for finding in registrations.finding_ids:
                if finding.severity == "error":
                    names = places.setdefault(finding.reason, [])
                    names.append(finding.marketplace_id.name)
            entity.acorn_onboarding_problem_text = "\n".join(
                f"{reason} ({', '.join(names)})" for reason, names in places.items()
            )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if partners.acorn_onboarding_agreement_id:
            self._check_may_accept()
        return partners

    def write(self, vals):
        if vals.get("acorn_onboarding_agreement_id"):
            self._check_may_accept()
        result = super().write(vals)
        if "acorn_onboarding_agreement_id" in vals:
            self.env["acorn.onboarding.agreement"].sudo()._note_consent(self)
        return result

    def action_acorn_onboarding_check(self):
        """Check the open registrations again after something was mended."""
        self.acorn_onboarding_registration_ids.action_check()
        return True

    def action_acorn_onboarding_entity(self):
        """Open the form of legal entities."""
        self.ensure_one()
        view = self.env.ref("acorn_amazon_onboarding.acorn_onboarding_entity_view_form")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.id,
            "views": [(view.id, "form")],
        }

    def action_acorn_onboarding_registrations(self):
        """Open the registrations of a legal entity."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Registrations"),
            "res_model": "acorn.onboarding.registration",
            "view_mode": "kanban,list,form,pivot",
            "domain": [("entity_id", "=", self.id)],
        }

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

    def _check_may_accept(self):
        """Whoever keeps contacts accepts no agreement in an entity's name (B24).

        :raise AccessError: for everybody but onboarding officers
        """
        if not (self.env.su or self.env.user.has_group(OFFICER)):
            raise AccessError(
                self.env._("Only onboarding officers accept Amazon's agreements.")
            )

    def _has_accepted_agreement(self):
        """Whether the entity accepted the agreement that holds, or a newer one (B24).

        :rtype: bool
        """
        self.ensure_one()
        valid = self.env["acorn.onboarding.agreement"].sudo()._get_valid()
        return self.acorn_onboarding_agreement_id in valid

    def _get_address_key(self):
        """Return the registered address as it can be compared; empty without one.

        :rtype: str
        """
        self.ensure_one()
        parts = (self.street, self.street2, self.city, self.zip, self.country_id.code)
        return normalise_address(" ".join(filter(None, parts))) if self.street else ""
