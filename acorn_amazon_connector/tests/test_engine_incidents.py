"""What a person must act on, told once, closed when its cause is gone (A14)."""

from odoo.tests import tagged

from .common import MANAGER_GROUP, AmazonCase


@tagged("post_install", "-at_install")
class TestIncidents(AmazonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls._create_user("store_owner", MANAGER_GROUP)
        cls.store.user_id = cls.owner
        cls.incidents = cls.env["acorn.amazon.incident"]

    def _raise(self, code="other", summary="Something", **options):
        return self.incidents._raise(self.store, code, summary, **options)

    # A14
    def test_the_owner_is_told_once(self):
        incident = self._raise(details="Amazon's words")
        again = self._raise(summary="Something more", details="Other words")
        self.assertEqual(again, incident)
        self.assertEqual(incident.occurrences, 2)
        self.assertEqual(incident.name, "Something more")
        self.assertEqual(len(incident.activity_ids), 1)
        self.assertEqual(incident.activity_ids.user_id, self.owner)
        told = incident.message_ids.filtered("notified_partner_ids")
        self.assertEqual(told.notified_partner_ids, self.owner.partner_id)
        self.assertEqual(len(told), 1)
        self.assertIn("Amazon's words", str(told.body))

    # The owner is told in the owner's language, everybody else reads their own.
    def test_what_happened_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.owner.lang = "zh_CN"
        incident = self.incidents._raise(self.store, "reauthorise")
        in_english = incident.with_context(lang="en_US").summary
        self.assertEqual(in_english, "Amazon no longer accepts the authorisation")
        in_chinese = incident.with_context(lang="zh_CN").summary
        self.assertNotEqual(in_chinese, in_english)
        self.assertEqual(incident.name, in_chinese)
        self.assertEqual(incident.activity_ids.summary, in_chinese)
        told = incident.message_ids.filtered("notified_partner_ids")
        self.assertIn(in_chinese, str(told.body))
        advice = incident.with_context(lang="zh_CN").advice
        self.assertNotEqual(advice, incident.with_context(lang="en_US").advice)
        self.assertIn(advice, str(told.body))

    def test_figures_of_what_happened(self):
        self.store.action_shadow()
        task = self.store.task_ids[0]
        failing = self.incidents._raise(
            self.store, "task_failing", record=task, data={"count": 5}
        )
        self.assertEqual(
            failing.summary, f"{task.flow_id.name} failed. Failures in a row: 5"
        )
        refused = self.incidents._raise(self.store, "access_denied", record=task)
        self.assertEqual(refused.summary, f"Amazon refuses {task.flow_id.name}")
        self.assertEqual(refused.display_name, refused.summary)

    def test_it_closes_and_opens_again(self):
        first = self._raise()
        self.incidents._resolve(self.store, "other")
        self.assertEqual(first.state, "closed")
        self.assertTrue(first.closed_at)
        self.assertFalse(first.activity_ids)
        second = self._raise()
        self.assertNotEqual(second, first)
        self.assertEqual(second.activity_ids.user_id, self.owner)

    def test_one_for_each_record(self):
        orders = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        first = self._raise(record=orders[0])
        second = self._raise(record=orders[1])
        self.assertNotEqual(first, second)
        self.incidents._resolve(self.store, "other", record=orders[0])
        self.assertEqual(first.state, "closed")
        self.assertEqual(second.state, "open")
        self.assertEqual(second.action_open_record()["res_id"], orders[1].id)

    def test_one_for_each_store(self):
        other = self._create_store(
            application=self.application, seller_id="AOTHERSELLER1"
        )
        mine, theirs = self._raise(), self.incidents._raise(other, "other", "Something")
        self.incidents._resolve(self.store, "other")
        self.assertEqual((mine.state, theirs.state), ("closed", "open"))

    # What Amazon or a buyer wrote is text in a mail, never markup.
    def test_foreign_words_are_text(self):
        incident = self._raise(
            summary="<b>bold</b>", details="<script>alert(1)</script>"
        )
        body = str(incident.message_ids.filtered("notified_partner_ids").body)
        self.assertNotIn("<script>", body)
        self.assertNotIn("<b>bold", body)

    def test_a_store_without_owner(self):
        self.store.user_id = False
        self.assertEqual(self._raise().state, "open")

    # Each kind says what happened, in the language of whoever reads it.
    def test_every_kind_has_a_sentence(self):
        kinds = {code for code, _label in self.incidents._fields["code"].selection}
        self.assertEqual(kinds - {"other"}, set(self.incidents._get_summaries()))

    # Each kind says what to do.
    def test_every_kind_has_advice(self):
        for code, label in self.incidents._fields["code"].selection:
            if code != "other":
                incident = self._raise(code=code, summary=label)
                self.assertTrue(incident.advice, code)
