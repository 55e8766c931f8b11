from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from . import activities
from .acorn_onboarding_registration import AT_AMAZON, EDITABLE
from .notifications import warn

# Minutes between two looks at a registration in which nothing happens.
POLL_MINUTES = (5, 15, 30, 60, 120, 240)


class AcornOnboardingRegistration(models.Model):
    """The way over the registration interface: queued, sent, followed (B1, B3)."""

    _inherit = "acorn.onboarding.registration"

    # === ACTION METHODS === #

    def action_submit(self):
        """Send what is ready; what Amazon has returned is sent as a new version.

        What has problems stays, with its findings, and is named. So is what a person
        has to enter in Seller Central: nothing is sent for it.
        """
        self.check_access("write")
        blocked = self.filtered(lambda registration: not registration._submit())
        if blocked:
            title = self.env._("Not sent: Amazon would reject them")
            message = "\n".join(blocked.mapped("problem_text"))
        elif by_hand := self.filtered(lambda r: r._waits_for_hand()):
            title = self.env._("Not sent: these are entered by hand")
            message = "\n".join(by_hand.mapped("display_name"))
        else:
            return True
        return warn(title, message)

    def action_ask_amazon(self):
        """Look at what Amazon decided now instead of at the next turn."""
        self.check_access("write")
        now = fields.Datetime.now()
        at_amazon = self.filtered(lambda r: r.channel == "api" and r.state in AT_AMAZON)
        # The job is at those that are due: writing them would make it start over.
        at_amazon.sudo().filtered(
            lambda r: not r.next_poll or r.next_poll > now
        ).next_poll = now
        at_amazon._wake()
        return True

    # === SUBMITTING === #

    def _submit(self):
        """Check, and send if nothing is wrong.

        :return: False when there are problems; they are findings now
        :raise UserError: when it may not be sent at all yet
        """
        self.ensure_one()
        if self.state not in EDITABLE:
            return True
        self.action_check()
        if self.error_count:
            return False
        if self.channel == "manual":
            return True
        self._check_ladder()
        self.sudo().write({"state": "queued", "submitted_by_id": self.env.uid})
        self._wake()
        return True

    def _try_to_submit(self):
        """Submit one of several: it stops no other.

        :return: why it was not sent, or an empty text
        """
        try:
            with self.env.cr.savepoint():
                is_sent = self._submit()
            return "" if is_sent else self.problem_text
        except UserError as exc:
            return f"{self.display_name}: {exc}"

    def _check_ladder(self):
        """Sandbox first, then a small trial, then all (B15)."""
        developer = self.developer_id.sudo()
        if not developer:
            raise UserError(
                self.env._(
                    "Nothing says how %(registration)s is sent. Set up the developer of"
                    " the application, or go on by hand.",
                    registration=self.display_name,
                )
            )
        if developer.environment != "production":
            return
        if not developer._is_tested():
            raise UserError(
                self.env._(
                    "Try the sandbox first: nothing was approved there yet with the"
                    " developer that %(developer)s was tested with.",
                    developer=developer.display_name,
                )
            )
        if not self._get_sent() and developer._is_trial_used_up():
            raise UserError(
                self.env._(
                    "The trial of %(limit)s registrations is used up. A manager looks"
                    " at how they went and presses Confirm Trial.",
                    limit=developer.trial_limit,
                )
            )

    def _leave_queue(self):
        """Take out of the queue what waits there.

        :raise UserError: when Amazon may have it: it may have to be repeated
        """
        for registration in self.filtered(lambda r: r.state == "queued"):
            if "pending" in registration.submission_ids.mapped("state"):
                raise UserError(
                    self.env._(
                        "%(registration)s is just being sent. Wait a moment.",
                        registration=registration.display_name,
                    )
                )
            registration.sudo().state = "ready"

    def _wake(self):
        """Let the runner send and look now."""
        for store in self.store_id.sudo():
            if store._get_task("registrations"):
                self.env["acorn.amazon.task"].sudo()._wake(
                    store, "remote", code="registrations"
                )
            else:
                store._run_before_start("registrations")

    # === INTERFACE === #

    def _check_own_store(self, store):
        """Refuse to send with another entity's authorisation, once more here (B25).

        :raise UserError: when the store is another entity's
        """
        self.ensure_one()
        if store != self.store_id or store.acorn_onboarding_entity_id != self.entity_id:
            raise UserError(
                self.env._(
                    "%(store)s is not authorised for %(entity)s. Nothing was sent.",
                    store=store.name,
                    entity=self.entity_id.name,
                )
            )

    def _refuse(self, text):
        """Give a registration back to the person: Amazon did not take it.

        What Amazon has of an earlier submission is looked at at once: it may have been
        decided meanwhile.

        :param str text: Amazon's words
        """
        self.ensure_one()
        is_known = bool(self.remote_id)
        self._set_state(
            "action_required" if is_known else "checked",
            reasons=[{"code": "INVALID_REQUEST", "message": text}],
        )
        self.sudo().next_poll = is_known and fields.Datetime.now()
        self.message_post(body=text)

    def _get_received_revision(self):
        """Return the newest revision that Amazon has taken, 0 for none.

        :rtype: int
        """
        self.ensure_one()
        received = self._get_sent().filtered(lambda s: s.state == "accepted")
        return max(received.mapped("revision"), default=0)

    def _is_refused(self):
        """Whether Amazon did not take the newest submission."""
        self.ensure_one()
        return self._get_sent()[:1].state == "refused"

    def _get_sent(self):
        """Return what went over the interface, newest first."""
        return self.submission_ids.filtered(lambda s: s.channel == "api")

    # === FOLLOWING === #

    def _schedule_poll(self, changed):
        """Look again soon after a change, ever more seldom otherwise (B3)."""
        self.ensure_one()
        count = 0 if changed else self.poll_count + 1
        minutes = POLL_MINUTES[min(count, len(POLL_MINUTES) - 1)]
        at = fields.Datetime.now() + timedelta(minutes=minutes)
        is_open = self.state in AT_AMAZON
        self.sudo().write({"poll_count": count, "next_poll": at if is_open else False})

    def _report_not_followed(self, exc):
        """Tell a person why Amazon's answer could not be taken over; it is tried again.

        :param Exception exc: what happened
        """
        self.ensure_one()
        activities.ask(
            self,
            "not_followed",
            self.user_id or self.create_uid,
            note=str(exc) or type(exc).__name__,
        )

    def _end_not_followed(self):
        activities.end(self, "not_followed")
