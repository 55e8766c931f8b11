from odoo import fields, models

from ..mappers.legibility import Limits


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
    accepted_languages = fields.Char(
        help="Language codes that Amazon reads, separated by commas. A document in"
        " another language needs a translation. Empty: any language."
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
    max_cut_strokes = fields.Integer(
        "Letters at the Edge",
        default=6,
        help="A page is cut when more strokes of letters than this run over one edge of"
        " the image. 0: edges are not looked at.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "This document type exists already.")

    def _get_limits(self):
        """Return what makes a scan legible."""
        self.ensure_one()
        return Limits(
            self.min_pixels,
            self.min_sharpness,
            self.max_blank,
            self.max_cut_strokes,
        )

    def _accepts_language(self, code):
        """Return whether Amazon reads documents in a language.

        :param str code: such as zh or zh-CN
        :rtype: bool
        """
        self.ensure_one()
        known = {part.strip().lower() for part in self._split_languages()}
        base = code.strip().lower().replace("_", "-").split("-")[0]
        return not known or base in known

    def _split_languages(self):
        return [part for part in (self.accepted_languages or "").split(",") if part]
