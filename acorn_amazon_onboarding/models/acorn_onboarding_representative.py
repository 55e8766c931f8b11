from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from .secret_fields import decrypted, encrypted

ROLES = [
    ("LEGAL_REPRESENTATIVE", "Legal Representative"),
    ("BENEFICIAL_OWNER", "Beneficial Owner"),
    ("CONTACT", "Contact"),
]


class AcornOnboardingRepresentative(models.Model):
    """A person who acts for a legal entity, with the identity document (B6, B20)."""

    _name = "acorn.onboarding.representative"
    _description = "Representative of a Legal Entity"
    _inherit = ["acorn.onboarding.summary.mixin"]
    _order = "entity_id, sequence, id"

    entity_id = fields.Many2one(
        "res.partner", "Legal Entity", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        "Full Name", required=True, help="As the identity document spells it."
    )
    role = fields.Selection(ROLES, required=True, default="LEGAL_REPRESENTATIVE")
    nationality_id = fields.Many2one("res.country", required=True)
    birth_date = fields.Date()
    identity_type = fields.Selection(
        [
            ("PASSPORT", "Passport"),
            ("NATIONAL_ID", "Identity Card"),
            ("DRIVER_LICENCE", "Driving Licence"),
        ],
        required=True,
        default="PASSPORT",
    )
    identity_country_id = fields.Many2one(
        "res.country", "Issued by Country", required=True
    )
    identity_number = fields.Char(
        compute="_compute_identity_number",
        inverse="_inverse_identity_number",
        help="Stored encrypted; only onboarding officers see it.",
    )
    identity_number_encrypted = fields.Char(groups=NO_ACCESS, copy=False)
    identity_expires_on = fields.Date("Expires On", required=True)

    @api.depends("name", "role")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for person in self:
            role = person.role and person._get_role()
            person.display_name = f"{person.name or ''} ({role})" if role else ""

    def _compute_identity_number(self):
        for person in self:
            person.identity_number = decrypted(
                self.env, person.sudo().identity_number_encrypted
            )

    def _inverse_identity_number(self):
        for person in self:
            person.sudo().identity_number_encrypted = encrypted(
                self.env, person.identity_number
            )

    def _get_role(self):
        """Return what people read instead of the name who may not see the name (B6).

        :rtype: str
        """
        self.ensure_one()
        return dict(self._fields["role"]._description_selection(self.env))[self.role]
