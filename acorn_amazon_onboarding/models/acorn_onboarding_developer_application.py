from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_datetime

from ..mappers.package import Row, Section, Summary, package_name

MANAGER = "acorn_amazon_onboarding.group_acorn_onboarding_manager"
APPLICATION_PATH = "/acorn_amazon_onboarding/application"
ACCESS = (
    ("developer_id", True),
    ("application_id", True),
    ("environment", False),
    ("endpoint", False),
    ("access_granted_on", False),
)
ANSWERS = (("use_case", True), ("monthly_volume", True), ("data_security", True))
# Characters of a key that fit on one line of the paper.
KEY_LINE = 48
TRACKED = {name for name, _required in (*ACCESS, *ANSWERS)}


class AcornOnboardingDeveloper(models.Model):
    """What was told to Amazon to be given access, as a paper to keep (B12)."""

    _inherit = "acorn.onboarding.developer"

    # === ACTION METHODS === #

    def action_export_application(self):
        """Download the application for access as PDF (B12)."""
        self.ensure_one()
        self._check_may_export()
        return {
            "type": "ir.actions.act_url",
            "url": f"{APPLICATION_PATH}/{self.id}",
            "target": "download",
        }

    # === EXPORT === #

    def _check_may_export(self):
        """Only managers, and only their own companies' developers.

        :raise AccessError: for everybody else
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only onboarding managers export the application.")
            )
        self.check_access("read")

    def _export_application(self):
        """Return the application for access: file name and PDF.

        :rtype: tuple[str, bytes]
        """
        self.ensure_one()
        self._check_may_export()
        today = fields.Date.context_today(self).isoformat()
        words = (self.env._("Application for Access"), self.developer_id, today)
        return (
            f"{package_name(*words)}.pdf",
            self._draw_summary(self._prepare_application()),
        )

    def _prepare_application(self):
        """Return what the PDF says: the answers, the public keys, every change."""
        self.ensure_one()
        footer = self.env._(
            "Confidential. Downloaded by %(user)s on %(date)s.",
            user=self.env.user.name,
            date=format_datetime(self.env, fields.Datetime.now()),
        )
        return Summary(
            title=self.env._("Application for Access"),
            subtitle=f"{self.application_id.display_name} · {self.developer_id}",
            sections=(
                Section(self.env._("Access"), self._rows(self, ACCESS)),
                Section(self.env._("Answers to Amazon"), self._rows(self, ANSWERS)),
                *self._prepare_key_sections(),
                Section(self.env._("Changes"), self._prepare_changes()),
            ),
            checks=None,
            words=self._prepare_words(footer),
        )

    def _prepare_key_sections(self):
        today = fields.Date.context_today(self)
        keys = self.with_context(active_test=False).key_ids
        for key in keys.sorted("id", reverse=True):
            made_on = fields.Datetime.context_timestamp(key, key.create_date).date()
            age = self.env._(
                "%(date)s, %(days)s days old",
                date=format_date(self.env, made_on, date_format="long"),
                days=(today - made_on).days,
            )
            yield Section(
                self.env._("Public key"),
                (
                    self._row(key, "kid"),
                    self._row(key, "create_date", value=age),
                    self._row(key, "active"),
                    self._row(key, "public_key", value=_narrow(key.public_key)),
                ),
            )

    def _prepare_changes(self):
        """Return who changed what Amazon was told, newest first."""
        # Only administrators read tracked values; these fields are on the form.
        changes = self.message_ids.sudo().tracking_value_ids.filtered(
            lambda change: change.field_id.name in TRACKED
        )
        rows = [
            self._row_of_change(
                change.mail_message_id.date,
                change.mail_message_id.author_id.name,
                self._text_of_change(change),
            )
            for change in changes.sorted("id", reverse=True)
        ]
        created = self.env._("Created")
        return (
            *rows,
            self._row_of_change(self.create_date, self.create_uid.name, created),
        )

    def _row_of_change(self, moment, person, text):
        words = (format_datetime(self.env, moment), person)
        return Row(" · ".join(filter(None, words)), text)

    def _text_of_change(self, change):
        [shown] = change._tracking_value_format()
        old, new = (
            str(shown[name] or self.env._("empty")) for name in ("oldValue", "newValue")
        )
        return f"{shown['fieldInfo']['changedField']}: {old} → {new}"


def _narrow(pem):
    """Return a key in shorter lines; every program reads it as before."""
    head, *lines, foot = pem.strip().splitlines()
    body = "".join(lines)
    starts = range(0, len(body), KEY_LINE)
    return "\n".join([head, *(body[at : at + KEY_LINE] for at in starts), foot])
