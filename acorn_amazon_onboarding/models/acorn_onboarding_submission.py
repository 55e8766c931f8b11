import json

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

# What Amazon may answer; a correction is a submission of its own.
OUTCOMES = [
    ("approved", "Approved"),
    ("action_required", "Action Required"),
    ("rejected", "Rejected"),
]


class AcornOnboardingSubmission(models.Model):
    """What was sent of a registration, and when (B6, B17, B23, B26).

    Over the interface the request is kept before it is sent: a crash between sending
    and recording repeats the same body under the same idempotency key, and Amazon's
    side holds one registration. What a person enters in Seller Central has no body.
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
    channel = fields.Selection(
        [("api", "Registration Interface"), ("manual", "By Hand")],
        required=True,
        default="api",
        readonly=True,
    )
    revision = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [("pending", "Being Sent"), ("accepted", "Received"), ("refused", "Refused")],
        required=True,
        default="pending",
        readonly=True,
    )
    body = fields.Binary(attachment=False, groups=NO_ACCESS, readonly=True)
    has_body = fields.Boolean("Request Kept", compute="_compute_has_body")
    document_ids = fields.Many2many(
        "acorn.onboarding.document", string="Versions Sent", readonly=True
    )
    sent_on = fields.Datetime(readonly=True)
    sent_by_id = fields.Many2one("res.users", readonly=True)
    answer = fields.Text(readonly=True)
    request_id = fields.Char("RequestId", readonly=True)
    entity_id = fields.Many2one(related="registration_id.entity_id", store=True)
    marketplace_id = fields.Many2one(
        related="registration_id.marketplace_id", store=True
    )
    outcome = fields.Selection(OUTCOMES, readonly=True)
    reason_id = fields.Many2one(
        "acorn.onboarding.reason", "Main Reason", readonly=True, ondelete="set null"
    )
    decided_on = fields.Datetime(readonly=True)
    review_days = fields.Float(
        "Days of Review",
        compute="_compute_review_days",
        store=True,
        aggregator="avg",
    )

    _revision_uniq = models.Constraint(
        "UNIQUE(registration_id, revision)", "This revision exists already."
    )

    @api.depends("registration_id", "revision", "sent_on")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for submission in self:
            words = [
                submission.registration_id.marketplace_id.name,
                f"#{submission.revision}",
                fields.Date.to_string(submission.sent_on),
            ]
            submission.display_name = " · ".join(filter(None, words))

    @api.depends("sent_on", "decided_on")
    def _compute_review_days(self):
        for submission in self:
            dates = (submission.sent_on, submission.decided_on)
            days = all(dates) and (dates[1] - dates[0]).total_seconds() / 86400
            submission.review_days = days or 0

    @api.depends("body")
    def _compute_has_body(self):
        kept = self.sudo().search([("id", "in", self.ids), ("body", "!=", False)])
        for submission in self:
            submission.has_body = submission.sudo() in kept

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

    def _erase_body(self, erasure):
        """Erase the requests: they name the people of the entity (B27).

        :param erasure: ``acorn.onboarding.erasure`` that notes it
        """
        for submission in self.sudo().filtered("has_body"):
            submission.body = False
            erasure._note("request", submission.display_name)
