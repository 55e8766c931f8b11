from odoo import api, fields, models

KINDS = [
    ("document", "Document"),
    ("tax", "Tax Registration"),
    ("language", "Translation"),
    ("category", "Restricted Category"),
]


class AcornOnboardingRequirement(models.Model):
    """One thing that a marketplace asks of a new seller, with its source (B9, B20)."""

    _name = "acorn.onboarding.requirement"
    _description = "Marketplace Requirement"
    _order = "marketplace_id, sequence, id"

    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(KINDS, required=True, default="document")
    sequence = fields.Integer(
        default=10, help="The order in which Seller Central asks for it."
    )
    active = fields.Boolean(default=True)
    document_type_id = fields.Many2one(
        "acorn.onboarding.document.type", ondelete="restrict"
    )
    tax_scheme_id = fields.Many2one("acorn.onboarding.tax.scheme", ondelete="restrict")
    language = fields.Char(help="Language of the translation, such as ja.")
    category = fields.Char(translate=True)
    applies_to = fields.Selection(
        [
            ("all", "All Sellers"),
            ("local", "Companies of the Country"),
            ("foreign", "Companies of Other Countries"),
        ],
        required=True,
        default="all",
    )
    note = fields.Text(translate=True)
    source = fields.Char(required=True, help="Where this is written.")
    checked_on = fields.Date(
        "Verified On", required=True, help="When the source was read last."
    )

    _document_is_given = models.Constraint(
        "CHECK(kind != 'document' OR document_type_id IS NOT NULL)",
        "Choose the document that the marketplace asks for.",
    )
    _tax_is_given = models.Constraint(
        "CHECK(kind != 'tax' OR tax_scheme_id IS NOT NULL)",
        "Choose the tax registration that the marketplace asks for.",
    )
    _language_is_given = models.Constraint(
        "CHECK(kind != 'language' OR (language IS NOT NULL AND document_type_id"
        " IS NOT NULL))",
        "Choose the document that has to be translated, and the language.",
    )

    @api.depends("kind", "document_type_id", "tax_scheme_id", "language", "category")
    def _compute_display_name(self):
        for requirement in self:
            document = requirement.document_type_id.name
            names = {
                "document": document,
                "tax": requirement.tax_scheme_id.name,
                "language": f"{document} ({requirement.language})",
                "category": requirement.category,
            }
            requirement.display_name = names[requirement.kind] or ""

    def _for_entity(self, entity):
        """Return those that an entity has to meet.

        :param entity: a legal entity (``res.partner``)
        """

        def fits(requirement):
            country = requirement.marketplace_id.country_id
            is_local = entity.acorn_onboarding_registration_country_id == country
            return requirement.applies_to == "all" or (
                requirement.applies_to == ("local" if is_local else "foreign")
            )

        return self.filtered(fits)
