import logging
from datetime import timedelta, timezone

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.acorn_amazon_connector.models.acorn_amazon_store import utc_now
from odoo.addons.acorn_amazon_connector.services.errors import (
    DocumentExpired,
    RequestError,
)

from ..models.acorn_onboarding_registration import AT_AMAZON, REMOTE_STATES
from ..services.api import MOST_REFERENCES, DocumentFile, RegistrationsApi
from ..services.signing import RequestSigner

_logger = logging.getLogger(__name__)


class AcornAmazonJobRegistrations(models.AbstractModel):
    """Send registrations of a store's legal entity and follow them (B1, B3, B23)."""

    _name = "acorn.amazon.job.registrations"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Registrations"

    def _run(self, task):
        store = task.store_id
        if not self._find_queued(store) and not self._find_to_poll(store):
            return True
        api = self._get_api(store)
        uploaded = {}
        for registration in self._find_queued(store):
            self._send(task, api, registration._for_reader(), uploaded)
            if not task._checkpoint(1):
                return False
        while registrations := self._find_to_poll(store):
            if not self._poll(task, api, registrations):
                return False
        return True

    def _has_waiting(self, task):
        return bool(self._find_queued(task.store_id))

    def _get_backlog(self, task):
        return len(self._find_queued(task.store_id)), None

    def _get_pause(self, task):
        """Come back when the next registration has to be looked at (B3)."""
        upcoming = self.env["acorn.onboarding.registration"].search(
            [*self._get_domain(task.store_id), ("next_poll", "!=", False)],
            order="next_poll",
            limit=1,
        )
        if not upcoming:
            return None
        interval = timedelta(minutes=task.flow_id.interval_minutes)
        pause = upcoming.next_poll - fields.Datetime.now()
        return max(timedelta(seconds=1), min(pause, interval))

    def _get_domain(self, store):
        """What is at Amazon and answers for itself."""
        return [
            ("store_id", "=", store.id),
            ("channel", "=", "api"),
            ("state", "in", AT_AMAZON),
        ]

    def _find_queued(self, store):
        """What may be sent: nothing before the entity accepts the agreement (B24)."""
        if store.acorn_onboarding_waits_for_consent:
            return self.env["acorn.onboarding.registration"]
        return self.env["acorn.onboarding.registration"].search(
            [
                ("store_id", "=", store.id),
                ("channel", "=", "api"),
                ("state", "=", "queued"),
            ],
            order="id",
        )

    def _find_to_poll(self, store):
        return self.env["acorn.onboarding.registration"].search(
            [
                *self._get_domain(store),
                ("next_poll", "<=", fields.Datetime.now()),
            ],
            order="next_poll, id",
            limit=MOST_REFERENCES,
        )

    def _get_api(self, store):
        """Return the registration interface with this store's own authorisation.

        :raise UserError: when the store has no legal entity, developer or key
        """
        developer = store.application_id.acorn_onboarding_developer_ids
        if not developer or not store.acorn_onboarding_entity_id:
            raise UserError(
                self.env._(
                    "%(store)s has no legal entity, or its application no developer.",
                    store=store.name,
                )
            )
        key = developer._get_key()
        signer = RequestSigner(
            developer.developer_id, key.kid, key._get_secret("private_key"), utc_now
        )
        transport = store._get_transport(developer._get_endpoint())
        return RegistrationsApi(transport, signer, store.seller_id)

    # === SENDING === #

    def _send(self, task, api, registration, uploaded):
        """Send one registration; what Amazon refuses goes back to the person.

        :param dict uploaded: Amazon's ids of documents, of the whole run: the papers
            of an entity are the same for most of its marketplaces
        """
        if registration.state != "queued" or registration.channel != "api":
            # A person was faster.
            return
        registration._check_own_store(task.store_id)
        submission = registration.submission_ids.filtered(
            lambda s: s.state == "pending"
        )[:1]
        try:
            if not submission:
                submission = self._prepare_submission(task, api, registration, uploaded)
                task._checkpoint()
            receipt = self._call(lambda: api.create(submission._get_body()))
        except RequestError as exc:
            submission.write(
                {
                    "state": "refused",
                    "answer": task._describe(exc),
                    "request_id": exc.request_id,
                }
            )
            registration._refuse(task._describe(exc))
            return
        submission.write(
            {
                "state": "accepted",
                "sent_on": fields.Datetime.now(),
                "request_id": receipt.request_id,
            }
        )
        registration.remote_id = receipt.registration_id
        registration._set_state("submitted", reasons=[])
        registration._schedule_poll(changed=True)

    def _prepare_submission(self, task, api, registration, uploaded):
        """Upload the documents and keep the request that is going to be sent."""
        documents = registration._get_documents()
        for document in documents:
            if document not in uploaded:
                uploaded[document] = self._upload(api, document)
                task._checkpoint()
        submission = self.env["acorn.onboarding.submission"].create(
            {
                "registration_id": registration.id,
                "revision": registration.revision + 1,
                "document_ids": documents.ids,
                "sent_by_id": registration.submitted_by_id.id,
            }
        )
        submission._set_body(
            registration._prepare_request(
                submission.revision, {each: uploaded[each] for each in documents}
            )
        )
        return submission

    def _upload(self, api, document):
        file = DocumentFile(
            document.type_id.code,
            document.file_name,
            document.mimetype,
            document._get_content(),
        )
        try:
            return self._call(lambda: api.upload(file))
        except DocumentExpired:
            # It took too long; Amazon names another address for the same document.
            return self._call(lambda: api.upload(file))

    # === FOLLOWING === #

    def _poll(self, task, api, registrations):
        """Read the state of some registrations.

        :return: seconds that remain
        """
        by_reference = {r.reference: r._for_reader() for r in registrations}
        answers = self._call(lambda: api.status(list(by_reference)))
        seen = registrations.browse()
        for answer in answers:
            registration = by_reference.get(answer.reference)
            if registration is None:
                continue
            seen |= registration
            self._apply_one(registration, answer)
        for registration in registrations - seen:
            registration._schedule_poll(changed=False)
        return task._checkpoint(len(registrations))

    def _apply_one(self, registration, answer):
        """Take over one answer; one that Odoo cannot follow stops no other."""
        try:
            with self.env.cr.savepoint():
                self._apply(registration, answer)
        except psycopg2.OperationalError:
            raise
        except Exception as exc:
            if not isinstance(exc, UserError):
                _logger.warning(
                    "Registration %s cannot be followed", registration.id, exc_info=True
                )
            registration._report_not_followed(exc)
            registration._schedule_poll(changed=False)
        else:
            registration._end_not_followed()

    def _apply(self, registration, answer):
        state = REMOTE_STATES.get(answer.status)
        reasons = [
            {
                "code": reason.code,
                "message": reason.message,
                "field": reason.field,
                "document_type": reason.document_type,
            }
            for reason in answer.reasons
        ]
        # Amazon's answers may overtake each other, and a gateway may keep old ones.
        at = answer.updated_at.astimezone(timezone.utc).replace(
            tzinfo=None, microsecond=0
        )
        is_stale = answer.revision < registration._get_received_revision() or (
            registration.remote_updated_on and at < registration.remote_updated_on
        )
        is_news = state != registration.state or (
            reasons != (registration.reasons or [])
            # What Amazon said about the last try is worth more to the person.
            and not registration._is_refused()
        )
        changed = bool(state) and not is_stale and is_news
        if changed:
            registration.remote_updated_on = at
            registration._set_state(state, reasons=reasons, at=at)
            registration._note_outcome(at)
        registration._schedule_poll(changed)
