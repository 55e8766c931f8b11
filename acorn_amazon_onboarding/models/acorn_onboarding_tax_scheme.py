from odoo import fields, models


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
    validator = fields.Char(
        help="Module of python-stdnum that knows the numbers; {country} stands for the"
        " country's code. Empty: any number is accepted."
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "This scheme exists already.")
