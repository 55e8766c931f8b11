from odoo import fields, models


class AcornOnboardingDocumentType(models.Model):
    """A kind of paper that Amazon asks for, and what makes one usable (B6, B20)."""

    _name = "acorn.onboarding.document.type"
    _description = "Onboarding Document Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="What the registration interface calls this document."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_personal = fields.Boolean(
        help="It is about a person: only onboarding officers may open it."
    )
    has_expiry = fields.Boolean(help="It is worth nothing without an expiry date.")
    valid_days_ahead = fields.Integer(
        "Valid for Days",
        help="It must still be valid for so many days when it is submitted.",
    )
    newest_days = fields.Integer(
        "Not Older Than Days",
        help="It must have been issued within so many days. 0: any age.",
    )
    retention_months = fields.Integer(
        "Kept for Months",
        help="How long after its last use it is kept. 0: until somebody deletes it.",
    )
    min_pixels = fields.Integer(
        "Smallest Side (pixels)",
        default=600,
        help="Images with a shorter side cannot be read by Amazon's reviewers.",
    )
    min_sharpness = fields.Float(
        default=40.0,
        help="Images below this value look blurred: the variance of their edges.",
    )
    max_blank = fields.Float(
        "Largest Blank Share (%)",
        default=99.5,
        help="Pages of one colour beyond this share are blank.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "This document type exists already.")
