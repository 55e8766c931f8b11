import logging
from datetime import timedelta

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from . import activities
from .acorn_onboarding_registration import AT_AMAZON

_logger = logging.getLogger(__name__)

# So long before a document is erased its owner is told.
NOTICE = timedelta(days=30)


class AcornOnboardingDocument(models.Model):
    """How long a document is kept, and how it is erased (B27)."""

    _inherit = "acorn.onboarding.document"

    submission_ids = fields.Many2many(
        "acorn.onboarding.submission", string="Sent With", readonly=True, copy=False
    )
    last_used_on = fields.Date(
        "Last Used",
        compute="_compute_retained_until",
        help="When it was uploaded, sent, or a registration with it was decided.",
    )
    retained_until = fields.Date(
        compute="_compute_retained_until",
        help="The last use and the months that its type is kept for.",
    )
    keep_until = fields.Date(
        tracking=True, help="It is not erased before this day, whatever its type says."
    )
    erase_on = fields.Date(
        "Will Be Erased",
        readonly=True,
        copy=False,
        help="Its time is over. Enter Keep Until to keep it.",
    )
    erased_on = fields.Datetime("Erased", readonly=True, copy=False)

    @api.depends(
        "create_date",
        "erased_on",
        "keep_until",
        "type_id.retention_months",
        "submission_ids.sent_on",
        "submission_ids.registration_id.decided_on",
    )
    def _compute_retained_until(self):
        for document in self:
            sent = document.sudo().submission_ids
            uses = [
                document.create_date or fields.Datetime.now(),
                *sent.mapped("sent_on"),
                *sent.registration_id.mapped("decided_on"),
            ]
            document.last_used_on = max(filter(None, uses)).date()
            months = document.type_id.retention_months
            until = months and document.last_used_on + relativedelta(months=months)
            if document.erased_on or not until:
                document.retained_until = False
            else:
                document.retained_until = max(until, document.keep_until or until)

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unsent(self):
        for document in self:
            if document.sudo().submission_ids or document.erased_on:
                raise UserError(
                    self.env._(
                        "%(document)s was sent to Amazon: that it was stays on record."
                        " A manager can erase what is in it.",
                        document=document.display_name,
                    )
                )

    # === ACTION METHODS === #

    def action_erase(self):
        """Open the window in which a manager erases documents for good."""
        return self.env["acorn.onboarding.erase"]._open(documents=self)

    # === RETENTION === #

    @api.model
    def _cron_erase_old(self):
        """Announce what has been kept long enough, and erase what was announced."""
        for document in self.search(
            [("erased_on", "=", False), ("type_id.retention_months", ">", 0)]
        ):
            try:
                with self.env.cr.savepoint():
                    document._retain()
            except psycopg2.OperationalError:
                raise
            except Exception:
                _logger.exception("Document %s cannot be erased", document.id)

    def _retain(self):
        """Announce or erase one document, or do neither because it is needed."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.retained_until > today + NOTICE or self._is_at_amazon():
            if self.erase_on:
                self.sudo().erase_on = False
                activities.end(self, "document_erased")
            return
        if not self.erase_on:
            self.sudo().erase_on = max(self.retained_until, today + NOTICE)
            activities.ask(
                self,
                "document_erased",
                self.entity_id.user_id or self.create_uid,
                date_deadline=self.erase_on,
            )
        elif self.erase_on <= today and self.retained_until <= today:
            self.env["acorn.onboarding.erasure"]._erase(self, "retention")

    def _is_at_amazon(self):
        """Whether it belongs to a registration that Amazon has not decided."""
        self.ensure_one()
        states = self.sudo().submission_ids.registration_id.mapped("state")
        return not {"queued", *AT_AMAZON}.isdisjoint(states)

    # === ERASURE === #

    def _erase_into(self, erasure):
        """Erase the files, what is known of them, and the requests they were in.

        That there was a document stays: type, version, checksum, where it was sent.

        :param erasure: ``acorn.onboarding.erasure`` of their entity, that notes it
        """
        self.filtered("is_personal").submission_ids._erase_body(erasure)
        for document in self.filtered(lambda d: not d.erased_on):
            erasure._note(
                "document",
                f"{document.type_id.name} · v{document.version}",
                checksum=document.checksum,
                used_in="\n".join(document.submission_ids.mapped("display_name")),
            )
            document._erase_surroundings()
            document.with_context(tracking_disable=True).write(
                {
                    "erased_on": fields.Datetime.now(),
                    "erase_on": False,
                    "keep_until": False,
                    "body": False,
                    "size": 0,
                    "file_name": "–",
                    "representative_id": False,
                    "country_id": False,
                    "name_on_document": False,
                    "address_on_document": False,
                    "issued_on": False,
                    "expires_on": False,
                    "legibility": False,
                    "legibility_findings": False,
                }
            )
            reasons = dict(erasure._fields["reason"]._description_selection(self.env))
            document.message_post(
                body=self.env._(
                    "Erased: %(reason)s. Evidence: %(erasure)s",
                    reason=reasons[erasure.reason],
                    erasure=erasure.display_name,
                )
            )

    def _erase_surroundings(self):
        """Erase what was found, asked, written and attached: it names the person."""
        here = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        for model in ("acorn.onboarding.finding", "mail.activity", "ir.attachment"):
            found = self.env[model].sudo().with_context(active_test=False).search(here)
            found.unlink()
        # The thread does not show what only one user was told.
        self.env["mail.message"].sudo().search(
            [("model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()
