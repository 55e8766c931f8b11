import re

from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import (
    InvalidChecksum,
    InvalidLength,
    ValidationError as NumberError,
)

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import activities

# What stands before the VAT numbers of countries, where it is not their code: Greece
# writes EL, Northern Ireland XI.
VAT_PREFIXES = {"GR": ("EL", "GR"), "GB": ("GB", "XI")}


class AcornOnboardingTaxRegistration(models.Model):
    """A legal entity's registration with a country's tax office (B20, B29)."""

    _name = "acorn.onboarding.tax.registration"
    _description = "Tax Registration"
    _order = "entity_id, country_id, scheme_id"
    _rec_name = "number"

    entity_id = fields.Many2one(
        "res.partner", "Legal Entity", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)
    scheme_id = fields.Many2one(
        "acorn.onboarding.tax.scheme", required=True, ondelete="restrict"
    )
    is_interview = fields.Boolean(related="scheme_id.is_interview")
    country_id = fields.Many2one("res.country", required=True, ondelete="restrict")
    number = fields.Char()
    status = fields.Selection(
        [
            ("missing", "Not Started"),
            ("submitted", "Submitted"),
            ("valid", "Complete"),
        ],
        required=True,
        default="missing",
        help="For what is answered in Seller Central, such as the US tax interview.",
    )
    valid_until = fields.Date()

    _scheme_uniq = models.Constraint(
        "UNIQUE(entity_id, scheme_id, country_id)",
        "This entity has a registration of this kind in this country already.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("valid_until"):
            activities.end(self.entity_id, "tax_expires")
        return result

    @api.depends("scheme_id", "country_id", "number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for registration in self:
            words = (
                registration.scheme_id.name,
                registration.country_id.code,
                registration.number,
            )
            registration.display_name = " ".join(word for word in words if word)

    @api.constrains("scheme_id", "country_id", "number", "status")
    def _check_is_complete(self):
        for registration in self:
            if not registration.number and not registration.is_interview:
                raise ValidationError(
                    self.env._(
                        "Enter the number of %(registration)s.",
                        registration=registration.display_name,
                    )
                )

    def _is_usable(self, day):
        """Return whether the registration holds on a day.

        :param datetime.date day: the day of the submission
        :rtype: bool
        """
        self.ensure_one()
        if self.valid_until and self.valid_until < day:
            return False
        return bool(self.number) or self.status == "valid"

    def _get_number_problem(self):
        """Return what is wrong with the number, for people; empty when it is right.

        The form is the scheme's; the check digits are those that python-stdnum knows
        for the scheme and the country (B20).

        :rtype: str
        """
        self.ensure_one()
        number = "".join((self.number or "").split()).upper()
        if not number:
            return ""
        prefix = self._get_foreign_prefix()
        if prefix:
            return self.env._(
                "it begins with %(prefix)s: no number of %(country)s",
                prefix=prefix,
                country=self.country_id.name,
            )
        scheme = self.scheme_id
        match = re.fullmatch(scheme.pattern, number) if scheme.pattern else None
        if scheme.pattern and not match:
            return self.env._(
                "it does not look like %(example)s",
                example=scheme.example or scheme.pattern,
            )
        if match and match.groups():
            number = match[1]
        validator = scheme._get_validator(self.country_id)
        if not validator:
            return ""
        try:
            validator.validate(self._strip_prefix(number))
        except InvalidLength:
            return self.env._("it is too long or too short")
        except InvalidChecksum:
            return self.env._("a digit is wrong: the check digit does not fit")
        except NumberError:
            return self.env._("it has a form that the country does not use")
        return ""

    @api.model
    def _remind_expiry(self, day):
        """Ask each entity's responsible person to renew what ends until a day (B19).

        :param datetime.date day: the last day that is announced now
        """
        ending = self.search([("valid_until", "<=", day)])
        for entity, registrations in ending.grouped("entity_id").items():
            activities.ask(
                entity,
                "tax_expires",
                entity.user_id or registrations[0].create_uid,
                note=", ".join(registrations.mapped("display_name")),
                date_deadline=min(registrations.mapped("valid_until")),
            )

    def _strip_prefix(self, number):
        """Return a VAT number without the country's code before it."""
        if self.scheme_id.code == "VAT":
            code = self.country_id.code
            for prefix in VAT_PREFIXES.get(code, (code,)):
                number = number.removeprefix(prefix or "")
        return number

    def _get_foreign_prefix(self):
        """Return the country code before a VAT number that is not the country's."""
        self.ensure_one()
        prefix = "".join((self.number or "").split())[:2].upper()
        code = self.country_id.code
        is_foreign = (
            self.scheme_id.code == "VAT"
            and prefix in _get_vat_prefixes()
            and prefix not in VAT_PREFIXES.get(code, (code,))
        )
        return prefix if is_foreign else ""


def _get_vat_prefixes():
    """Return what VAT numbers of Europe begin with."""
    own = {prefix for prefixes in VAT_PREFIXES.values() for prefix in prefixes}
    return own | {code.upper() for code in MEMBER_STATES}
