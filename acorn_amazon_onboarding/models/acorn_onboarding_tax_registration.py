from importlib import import_module

from stdnum.exceptions import ValidationError as NumberError

from odoo import api, fields, models
from odoo.exceptions import ValidationError


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
        default="missing",
        help="For what is answered in Seller Central, such as the US tax interview.",
    )
    valid_until = fields.Date()

    _scheme_uniq = models.Constraint(
        "UNIQUE(entity_id, scheme_id, country_id)",
        "This entity has a registration of this kind in this country already.",
    )

    @api.depends("scheme_id", "country_id", "number")
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

        The number's form and check digits are those that python-stdnum knows for the
        scheme and the country (B20).

        :rtype: str
        """
        self.ensure_one()
        if not self.number or not self.scheme_id.validator:
            return ""
        country = (self.country_id.code or "").lower()
        name = self.scheme_id.validator.format(country=country)
        try:
            validator = import_module(f"stdnum.{name}")
        except ImportError:
            return ""
        try:
            validator.validate(self._get_local_number())
        except NumberError as exc:
            return str(exc)
        return ""

    def _get_local_number(self):
        """Return the number without the country's code before it."""
        number = "".join((self.number or "").split()).upper()
        prefixes = {"GR": "EL"}
        code = self.country_id.code or ""
        prefix = prefixes.get(code, code)
        return number.removeprefix(prefix) if self.scheme_id.code == "VAT" else number

    def _get_foreign_prefix(self):
        """Return the country code before a VAT number that is not the country's."""
        self.ensure_one()
        prefix = (self.number or "").strip()[:2].upper()
        code = self.country_id.code
        expected = {"GR": "EL"}.get(code, code)
        is_vat = self.scheme_id.code == "VAT"
        return prefix if is_vat and prefix.isalpha() and prefix != expected else ""
