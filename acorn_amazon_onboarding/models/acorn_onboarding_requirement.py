from odoo import api, fields, models

from .acorn_onboarding_representative import ROLES

KINDS = [
    ("document", "Document"),
    ("tax", "Tax Registration"),
    ("language", "Translation"),
    ("category", "Restricted Category"),
    ("person", "Person"),
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
    category = fields.Char(
        "Categories",
        translate=True,
        help="Categories that need approval or are closed, separated by commas.",
    )
    role = fields.Selection(ROLES, help="The person whose data is asked for.")
    is_optional = fields.Boolean(
        "Optional",
        help="Amazon asks for it in some cases only, or it is not confirmed: the checks"
        " warn when it is missing, and do not block.",
    )
    to_confirm = fields.Boolean(
        help="The source is not Amazon's own page for this marketplace: look in Seller"
        " Central before you rely on it."
    )
    newest_days = fields.Integer(
        "Not Older Than Days",
        help="Where this marketplace asks for a newer document than its type says."
        " 0: as the document type.",
    )
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
    link = fields.Char(help="The page, if it is on the web.")
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

    _category_is_given = models.Constraint(
        "CHECK(kind != 'category' OR category IS NOT NULL)",
        "Enter the categories that need approval.",
    )
    _role_is_given = models.Constraint(
        "CHECK(kind != 'person' OR role IS NOT NULL)",
        "Choose the person whose data is asked for.",
    )

    @api.depends(
        "kind", "document_type_id", "tax_scheme_id", "language", "category", "role"
    )
    @api.depends_context("lang")
    def _compute_display_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for requirement in self:
            document = requirement.document_type_id.name
            names = {
                "document": document,
                "tax": requirement.tax_scheme_id.name,
                "language": f"{document} ({requirement.language})",
                "category": requirement.category,
                "person": roles.get(requirement.role),
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

    def _get_severity(self):
        """Return the severity of a finding about it (``SEVERITIES``)."""
        self.ensure_one()
        return "warning" if self.is_optional else "error"

    def _get_category_names(self):
        """Return its categories in every language that people write them in.

        :rtype: list[str]
        """
        self.ensure_one()
        languages = self.env["res.lang"].get_installed()
        texts = {self.with_context(lang=code).category for code, _name in languages}
        return [
            name.strip()
            for text in texts
            for name in (text or "").replace(",", ",").replace("、", ",").split(",")
            if name.strip()
        ]
