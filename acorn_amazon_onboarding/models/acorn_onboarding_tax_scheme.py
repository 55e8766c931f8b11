import re

from stdnum.util import get_cc_module

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AcornOnboardingTaxScheme(models.Model):
    """A kind of tax registration: VAT, GST/HST, the tax interview… (B20, B29)."""

    _name = "acorn.onboarding.tax.scheme"
    _description = "Tax Registration Scheme"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="What the registration interface calls this scheme."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_interview = fields.Boolean(
        help="It is answered in Seller Central and has a status instead of a number."
    )
    country_group_id = fields.Many2one(
        "res.country.group",
        "Shared in",
        help="A registration in one of these countries is good for all of them.",
    )
    pattern = fields.Char(
        "Form of the Number",
        help="A regular expression that the number matches, without spaces. Its first"
        " bracket holds what the check digits are computed from.",
    )
    example = fields.Char(help="What a number looks like.")
    validator = fields.Char(
        help="Module of python-stdnum that knows the numbers; {country} stands for the"
        " country's code. Empty: any number is accepted."
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "This scheme exists already.")

    @api.constrains("pattern")
    def _check_pattern(self):
        for scheme in self:
            try:
                re.compile(scheme.pattern or "")
            except re.error as exc:
                raise ValidationError(
                    self.env._(
                        "%(pattern)s is no regular expression.", pattern=scheme.pattern
                    )
                ) from exc

    def _get_validator(self, country):
        """Return the module of python-stdnum for a country; None where it has none.

        :param country: ``res.country``
        """
        self.ensure_one()
        code, _dot, name = (self.validator or "").partition(".")
        code = code.format(country=(country.code or "").lower())
        # Not an import: what a country calls VAT is an alias there.
        return get_cc_module(code, name) if code and name else None

    def _covers(self, country, other):
        """Return whether a registration in one country is good for the other."""
        self.ensure_one()
        countries = self.country_group_id.country_ids
        return country == other or bool(countries) and country | other <= countries
