from odoo import api, fields, models

from .acorn_onboarding_registration import EDITABLE


class AcornOnboardingErasure(models.Model):
    """Evidence that personal data was erased: what, when, why, by whom (B27).

    It says nothing about the person. Nobody changes or deletes it.
    """

    _name = "acorn.onboarding.erasure"
    _description = "Erasure of Personal Data"
    _order = "id desc"

    entity_id = fields.Many2one(
        "res.partner", "Legal Entity", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)
    reason = fields.Selection(
        [
            ("request", "Request of the Person"),
            ("retention", "Kept Long Enough"),
            ("mistake", "Uploaded by Mistake"),
        ],
        required=True,
    )
    request_reference = fields.Char(
        help="Your number of the request. No name: this record stays."
    )
    done_on = fields.Datetime(required=True, default=fields.Datetime.now)
    done_by_id = fields.Many2one(
        "res.users", required=True, default=lambda self: self.env.user
    )
    line_ids = fields.One2many("acorn.onboarding.erasure.line", "erasure_id")

    @api.depends("entity_id", "done_on")
    def _compute_display_name(self):
        for erasure in self:
            day = fields.Date.to_string(erasure.done_on)
            erasure.display_name = f"{erasure.entity_id.name} · {day} · {erasure.id}"

    @api.model
    def _erase(self, records, reason, request_reference=False):
        """Erase people or documents, with everything that is known of them.

        What waits to be sent leaves the queue, and is checked again without them.

        :param records: they have ``_erase_into``, which notes what it erases
        :param str reason: a value of ``reason``
        :return: the evidence, a record for each entity
        :raise UserError: while a registration of an entity is just being sent
        """
        evidence = self.sudo().browse()
        for entity, own in records.sudo().grouped("entity_id").items():
            registrations = entity.acorn_onboarding_registration_ids
            registrations._leave_queue()
            erasure = evidence.create(
                {
                    "entity_id": entity.id,
                    "reason": reason,
                    "request_reference": request_reference,
                }
            )
            own._erase_into(erasure)
            registrations.filtered(lambda r: r.state in EDITABLE).action_check()
            evidence |= erasure
        return evidence

    def _note(self, kind, description, **values):
        """Write down one thing that was erased.

        :param str kind: a value of the line's ``kind``
        :param str description: without personal data
        :param values: of the line
        """
        self.ensure_one()
        self.env["acorn.onboarding.erasure.line"].sudo().create(
            {
                "erasure_id": self.id,
                "kind": kind,
                "description": description,
                **values,
            }
        )


class AcornOnboardingErasureLine(models.Model):
    _name = "acorn.onboarding.erasure.line"
    _description = "Erased Personal Data"
    _order = "erasure_id, id"

    erasure_id = fields.Many2one(
        "acorn.onboarding.erasure", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        related="erasure_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [
            ("document", "Document"),
            ("person", "Person"),
            ("request", "Request to Amazon"),
            ("text", "Messages"),
        ],
        required=True,
    )
    description = fields.Char(required=True)
    checksum = fields.Char(
        help="SHA-256 of the erased file: proves that it was this one."
    )
    used_in = fields.Text(
        "Was Sent", help="Where Amazon got it. Amazon keeps its own copy."
    )
