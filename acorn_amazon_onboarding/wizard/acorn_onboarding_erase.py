from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.acorn_onboarding_trigger import MANAGER


class AcornOnboardingErase(models.TransientModel):
    """A manager erases people or documents for good, and keeps evidence of it (B27)."""

    _name = "acorn.onboarding.erase"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Erase Personal Data"

    representative_ids = fields.Many2many(
        "acorn.onboarding.representative", string="People"
    )
    document_ids = fields.Many2many("acorn.onboarding.document", string="Documents")
    reason = fields.Selection(
        [
            ("request", "Request of the Person"),
            ("mistake", "Uploaded by Mistake"),
        ],
        required=True,
        default="request",
    )
    request_reference = fields.Char(
        help="Your number of the request. No name: the evidence stays."
    )
    effect = fields.Text("What Happens", compute="_compute_effect")

    @api.depends("representative_ids", "document_ids")
    @api.depends_context("lang")
    def _compute_effect(self):
        for wizard in self._in_all_companies():
            documents = wizard._get_documents()
            people = wizard.representative_ids
            submissions = documents.filtered("is_personal").sudo().submission_ids
            for person in people:
                submissions |= person._get_submissions()
            lines = [
                self.env._(
                    "People: %(people)s. Files: %(files)s. Requests to Amazon whose"
                    " content is erased: %(requests)s.",
                    people=len(people),
                    files=len(documents),
                    requests=len(submissions.filtered("has_body")),
                ),
                self.env._(
                    "What stays: kind, version and checksum of the files, and when"
                    " they were sent."
                ),
            ]
            sent = submissions.filtered("sent_on").registration_id
            if sent:
                lines.append(
                    self.env._(
                        "Amazon keeps its own copy; ask Amazon to erase it:"
                        " %(registrations)s",
                        registrations=", ".join(sent.mapped("display_name")),
                    )
                )
            wizard.effect = "\n".join(lines)

    @api.model
    def _open(self, people=None, documents=None):
        """Open the window for people, with their other roles, or for documents.

        :raise AccessError: for everybody but onboarding managers
        """
        self._check_manager()
        model = self._in_all_companies()
        people = people and people.with_env(model.env)._with_other_roles()
        wizard = model.create(
            {
                "representative_ids": people and people.ids,
                "document_ids": documents and documents.ids,
                "reason": "request" if people else "mistake",
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Erase for Good"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_erase(self):
        """Erase, and show the evidence."""
        self.ensure_one()
        self._check_manager()
        wizard = self._in_all_companies()
        people, documents = wizard.representative_ids, wizard.document_ids
        if not people and not documents:
            raise UserError(self.env._("Nothing is chosen."))
        people.check_access("unlink")
        wizard._get_documents().check_access("write")
        erasures = self.env["acorn.onboarding.erasure"]
        evidence = erasures.browse()
        for records in (people, documents - people.document_ids):
            evidence |= erasures._erase(records, self.reason, self.request_reference)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evidence"),
            "res_model": "acorn.onboarding.erasure",
            "view_mode": "list,form",
            "domain": [("id", "in", evidence.ids)],
        }

    def _in_all_companies(self):
        """A person is known to all companies of the manager, not to the chosen one."""
        companies = self.env.user.company_ids
        return self.with_context(allowed_company_ids=companies.ids)

    def _get_documents(self):
        self.ensure_one()
        documents = self.document_ids | self.representative_ids.document_ids
        return documents.filtered(lambda document: not document.erased_on)

    def _check_manager(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only onboarding managers erase personal data.")
            )
