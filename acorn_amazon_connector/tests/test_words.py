"""Amazon's codes are read in the language of whoever looks (B7)."""

from datetime import datetime

from odoo.tests import TransactionCase, tagged


@tagged("standard", "at_install")
class TestWords(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.chinese = cls.env(context={**cls.env.context, "lang": "zh_CN"})

    def readings(self, model, code_field, code, text_field):
        """What English and Chinese readers see of a code."""
        return [
            env[model].new({code_field: code})[text_field]
            for env in (self.env, self.chinese)
        ]

    # B7, A31, A37
    def test_codes_are_words(self):
        for model, field, code, words in (
            ("acorn.amazon.inbound.option", "status", "OFFERED", "Offered 可选择"),
            ("acorn.amazon.inbound.shipment", "status", "WORKING", None),
            ("acorn.amazon.outbound", "amazon_status", "Processing", None),
            ("acorn.amazon.package", "amazon_status", "IN_TRANSIT", None),
            ("acorn.amazon.fba.inventory", "condition", "NewItem", "New 全新"),
            ("acorn.amazon.fba.event", "disposition", "DEFECTIVE", None),
            ("acorn.amazon.publication.feed", "status", "IN_QUEUE", None),
            ("acorn.amazon.submission.batch", "feed_status", "FATAL", "Failed 失败"),
        ):
            with self.subTest(model=model):
                english, chinese = self.readings(model, field, code, f"{field}_text")
                self.assertNotEqual(english, code)
                self.assertNotRegex(chinese, "[A-Za-z]")
                if words:
                    self.assertEqual(f"{english} {chinese}", words)

    # B7: so are the ends of a feed that Amazon tells nothing of.
    def test_own_codes_are_words(self):
        for code in ("SUBMITTING", "STUCK", "THROTTLED", "UNKNOWN"):
            with self.subTest(code):
                batch = self.env["acorn.amazon.submission.batch"]
                self.assertNotEqual(
                    batch.new({"feed_status": code}).feed_status_text, code
                )

    # B7: a word that Amazon adds is shown, not hidden.
    def test_unknown_codes_stay(self):
        for code in ("BRAND_NEW_CODE", False):
            found = self.readings(
                "acorn.amazon.inbound.shipment", "status", code, "status_text"
            )
            self.assertEqual(found, [code, code])

    # A31: Amazon calls a carrier of one's own "Other".
    def test_transport_is_named(self):
        own = {"kind": "transport", "solution": "USE_YOUR_OWN_CARRIER"}
        options = self.chinese["acorn.amazon.inbound.option"]
        self.assertEqual(options.new(own | {"carrier": "Other"}).name, "自选承运人")
        self.assertEqual(
            options.new(own | {"carrier": "DHL", "mode": "FREIGHT_LTL"}).name,
            "自选承运人：DHL (零担货运)",
        )

    # A31, A33: days as people write them.
    def test_days_have_no_figures_of_a_machine(self):
        days = {
            "starts_at": datetime(2026, 11, 25, 8),
            "ends_at": datetime(2026, 12, 1, 8),
        }
        names = [
            env["acorn.amazon.inbound.option"].new({"kind": "window", **days}).name
            for env in (self.env, self.chinese)
        ]
        self.assertEqual(names, ["Nov 25 – Dec 1", "11月25日 – 12月1日"])
        rate = self.chinese["acorn.amazon.buy.label.rate"].new(
            {"deliver_from": days["starts_at"], "deliver_until": days["starts_at"]}
        )
        self.assertEqual(rate.arrives, "11月25日")
