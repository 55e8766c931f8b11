from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from .acorn_onboarding_registration import AT_AMAZON

# The states from which a person may go on to a state.
BY_HAND = {
    "submitted": ("ready", "action_required", "rejected"),
    "in_review": ("submitted",),
    "action_required": ("submitted", "in_review"),
    "approved": AT_AMAZON,
    "rejected": AT_AMAZON,
}
ANSWERED = ("action_required", "rejected")
UNDER_WAY = (*AT_AMAZON, "rejected")


class AcornOnboardingRegistration(models.Model):
    """The way without the interface: a person works in Seller Central (B26)."""

    _inherit = "acorn.onboarding.registration"

    seller_central_url = fields.Char(related="marketplace_id.seller_central_url")
    next_step = fields.Char(compute="_compute_next_step")

    @api.depends("channel", "state")
    @api.depends_context("lang")
    def _compute_next_step(self):
        sentences = {
            "draft": self.env._("Press Check: it finds what Amazon would reject."),
            "checked": self.env._("Mend what Findings names, then press Check again."),
            "ready": self.env._(
                "Download the package, fill in Seller Central's forms with it, then"
                " press Submitted by Hand."
            ),
            "submitted": self.env._(
                "Look into Seller Central for Amazon's answer and press the button"
                " that fits it."
            ),
            "in_review": self.env._(
                "Amazon is reviewing: look into Seller Central for the answer and press"
                " the button that fits it."
            ),
            "action_required": self.env._(
                "Mend what Amazon asks for, send it in Seller Central, then press"
                " Submitted by Hand."
            ),
            "rejected": self.env._(
                "Read Amazon's reason; if it can be mended, apply again in Seller"
                " Central and press Submitted by Hand."
            ),
        }
        for registration in self:
            is_manual = registration.channel == "manual"
            registration.next_step = is_manual and sentences.get(registration.state)

    # === ACTION METHODS === #

    def action_by_hand(self):
        """Go on in Seller Central (B26).

        What waits in the queue comes out of it, unless Amazon may have it.
        """
        self.check_access("write")
        self._leave_queue()
        self.sudo().write({"channel": "manual", "next_poll": False})
        return True

    def action_by_interface(self):
        """Go on over the registration interface; nothing is sent a second time.

        What a person saw approved is no proof that the interface works (B15).
        """
        self.check_access("write")
        for registration in self.sudo().filtered(lambda r: r.state != "approved"):
            registration._check_can_use_interface()
            registration.channel = "api"
            if registration.remote_id and registration.state in UNDER_WAY:
                registration.next_poll = fields.Datetime.now()
            # Whether Amazon waits for a new version, only Amazon can say.
            if registration.remote_id and registration.state in ANSWERED:
                registration.state = "submitted"
        self._wake()
        return True

    def action_set_submitted(self):
        return self._set_by_hand("submitted")

    def action_set_in_review(self):
        return self._set_by_hand("in_review")

    def action_set_action_required(self):
        return self._ask_for_answer("action_required")

    def action_set_approved(self):
        return self._set_by_hand("approved")

    def action_set_rejected(self):
        return self._ask_for_answer("rejected")

    # === BUSINESS METHODS === #

    def _record_submission(self):
        """Keep which versions a person sends, as for what the interface sends (B6)."""
        self.ensure_one()
        self.env["acorn.onboarding.submission"].sudo().create(
            {
                "registration_id": self.id,
                "channel": "manual",
                "revision": self.revision + 1,
                "state": "accepted",
                "document_ids": self._get_documents().ids,
                "sent_on": fields.Datetime.now(),
                "sent_by_id": self.env.uid,
            }
        )

    def _waits_for_hand(self):
        """Whether a person has to enter it in Seller Central now.

        :rtype: bool
        """
        self.ensure_one()
        return self.channel == "manual" and self.state in BY_HAND["submitted"]

    def _check_can_use_interface(self):
        """Refuse what the interface cannot send, or does not know.

        :raise UserError: without a developer, and for what was submitted by hand:
            sending it as well would be a second registration of the same entity
        """
        self.ensure_one()
        if not self.developer_id:
            raise UserError(
                self.env._(
                    "%(entity)s has no store whose application may register."
                    " Connect one, or go on by hand.",
                    entity=self.entity_id.name,
                )
            )
        if self.state in AT_AMAZON and not self.remote_id:
            raise UserError(
                self.env._(
                    "%(registration)s was submitted by hand: the interface does not"
                    " know it. Go on by hand.",
                    registration=self.display_name,
                )
            )

    def _ask_for_answer(self, state):
        """Open the window in which a person enters Amazon's reason (B28)."""
        self._check_by_hand(state)
        names = {
            "action_required": self.env._("Amazon Asks for a Correction"),
            "rejected": self.env._("Rejected"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": names[state],
            "res_model": "acorn.onboarding.answer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_registration_ids": self.ids,
                "default_state": state,
            },
        }

    def _check_by_hand(self, state):
        """Refuse to set a state by hand that Amazon keeps, or that cannot follow.

        :raise UserError: see above
        """
        self.check_access("write")
        states = dict(self._fields["state"]._description_selection(self.env))
        for registration in self:
            if registration.channel != "manual":
                raise UserError(
                    self.env._(
                        "%(registration)s gets its state from Amazon. Press Go On By"
                        " Hand to keep it yourself.",
                        registration=registration.display_name,
                    )
                )
            if registration.state not in BY_HAND[state]:
                raise UserError(
                    self.env._(
                        "%(registration)s is %(now)s and cannot be set to %(then)s.",
                        registration=registration.display_name,
                        now=states[registration.state],
                        then=states[state],
                    )
                )

    def _set_by_hand(self, state, reasons=()):
        """Write down what Seller Central shows (B26).

        :param reasons: see ``_set_state``; empty when Amazon gave none
        """
        self._check_by_hand(state)
        for registration in self:
            if state == "submitted":
                registration.sudo().submitted_by_id = self.env.user
                registration._record_submission()
                registration._note_documents(
                    self.env._("Submitted by hand, with these documents:"),
                    self.env._("Submitted by hand, without documents."),
                )
            registration._set_state(state, reasons=list(reasons))
            registration._note_outcome()
            if reasons:
                registration.message_post(body=plaintext2html(registration.reason_text))
        return True
