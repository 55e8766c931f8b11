from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError

SEVERITIES = [("error", "Blocks"), ("warning", "Warns")]


class AcornOnboardingRule(models.Model):
    """One check of a registration before anything is sent (B20).

    A rule finds a problem either where its ``problem_domain`` matches the
    registration, or where the method ``_check_<code>`` of
    ``acorn.onboarding.checker`` says so. A new rule is one record and at most one
    method.
    """

    _name = "acorn.onboarding.rule"
    _description = "Registration Check"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    severity = fields.Selection(SEVERITIES, required=True, default="error")
    applies_domain = fields.Char(
        default="[]", help="Only registrations that match this are checked."
    )
    problem_domain = fields.Char(
        help="Registrations that match this have the problem. Empty: a method of the"
        " checker decides."
    )
    advice = fields.Text(required=True, translate=True, help="What to do about it.")

    _code_uniq = models.Constraint("UNIQUE(code)", "A check with this code exists.")

    @api.constrains("code", "problem_domain", "applies_domain")
    def _check_can_run(self):
        registrations = self.env["acorn.onboarding.registration"]
        for rule in self:
            for text in (rule.applies_domain, rule.problem_domain):
                try:
                    fields.Domain(literal_eval(text or "[]")).validate(registrations)
                except (ValueError, SyntaxError, TypeError) as exc:
                    raise ValidationError(
                        self.env._(
                            "%(rule)s: %(domain)s is no condition on registrations.",
                            rule=rule.name,
                            domain=text,
                        )
                    ) from exc
            if not rule.problem_domain and not rule._get_method():
                raise ValidationError(
                    self.env._(
                        "%(rule)s needs a condition or a method of the checker.",
                        rule=rule.name,
                    )
                )

    def _get_method(self):
        """Return the checker's method of this rule, None without one."""
        self.ensure_one()
        checker = self.env["acorn.onboarding.checker"]
        return getattr(checker, f"_check_{self.code}", None)

    def _find_problems(self, registration):
        """Return what is wrong with a registration by this rule.

        :param registration: one ``acorn.onboarding.registration``
        :return: dicts with ``reason`` (text) and optionally ``record``, ``field``
        :rtype: list[dict]
        """
        self.ensure_one()
        # Conditions mean the same whoever reads the result.
        judged = registration.with_context(lang="en_US")
        if not judged.filtered_domain(literal_eval(self.applies_domain or "[]")):
            return []
        if self.problem_domain:
            found = judged.filtered_domain(literal_eval(self.problem_domain))
            return [{"reason": self.name}] if found else []
        return self._get_method()(registration)
