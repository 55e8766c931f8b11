import json

from odoo import fields, models
from odoo.fields import NO_ACCESS


class AcornOnboardingSubmission(models.Model):
    """One request for a registration, kept before it is sent (B6, B17, B23).

    A crash between sending and recording repeats the same body under the same
    idempotency key: Amazon's side holds one registration.
    """

    _name = "acorn.onboarding.submission"
    _description = "Registration Submission"
    _order = "registration_id, revision desc"

    registration_id = fields.Many2one(
        "acorn.onboarding.registration", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="registration_id.company_id", store=True, index=True
    )
    revision = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [("pending", "Being Sent"), ("accepted", "Received"), ("refused", "Refused")],
        required=True,
        default="pending",
        readonly=True,
    )
    body = fields.Binary(attachment=False, groups=NO_ACCESS, readonly=True)
    document_ids = fields.Many2many(
        "acorn.onboarding.document", string="Versions Sent", readonly=True
    )
    sent_on = fields.Datetime(readonly=True)
    sent_by_id = fields.Many2one("res.users", readonly=True)
    answer = fields.Text(readonly=True)
    request_id = fields.Char("RequestId", readonly=True)

    _revision_uniq = models.Constraint(
        "UNIQUE(registration_id, revision)", "This revision exists already."
    )

    def _set_body(self, body):
        """Keep a request, encrypted.

        :param dict body: JSON value
        """
        self.ensure_one()
        content = json.dumps(body).encode()
        self.sudo().body = self.env["acorn.amazon.keyring"]._encrypt(content)

    def _get_body(self):
        """Return the request.

        :rtype: dict
        """
        self.ensure_one()
        token = self.sudo().with_context(bin_size=False).body
        return json.loads(self.env["acorn.amazon.keyring"]._decrypt(token))
