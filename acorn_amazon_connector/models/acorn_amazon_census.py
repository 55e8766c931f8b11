from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

KEPT_DAYS = 400


class AcornAmazonCensus(models.Model):
    """Whether every order that Amazon has is in Odoo, by Amazon's own list (A15).

    Each order of the period counts in one of the figures.
    """

    _name = "acorn.amazon.census"
    _description = "Amazon Order Census"
    _order = "checked_at desc, id desc"

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    checked_at = fields.Datetime(
        "Checked On", required=True, default=fields.Datetime.now, readonly=True
    )
    since = fields.Datetime(
        "Changed Since", help="Orders that changed in this period.", readonly=True
    )
    until = fields.Datetime("Changed Until", readonly=True)
    amazon_count = fields.Integer("Orders at Amazon", readonly=True)
    imported_count = fields.Integer("In Odoo", readonly=True)
    stopped_count = fields.Integer(
        "Waiting",
        readonly=True,
        help="Their documents are here: they wait, need a decision, or are only "
        "watched.",
    )
    unneeded_count = fields.Integer(
        "Not to Import",
        readonly=True,
        help="Pending, cancelled before they were imported, sold outside Amazon, from "
        "before the import date, or of a marketplace that is switched off.",
    )
    fetched_count = fields.Integer(
        "Fetched",
        readonly=True,
        help="They were missing or outdated, and were fetched one by one.",
    )
    missing_count = fields.Integer("Missing", readonly=True)
    fetched = fields.Text("Fetched Orders", readonly=True)
    missing = fields.Text("Missing Orders", readonly=True)

    _store_idx = models.Index("(store_id, checked_at DESC)")

    @api.depends("store_id", "checked_at")
    def _compute_display_name(self):
        for census in self:
            day = format_datetime(self.env, census.checked_at, dt_format="short")
            census.display_name = f"{census.store_id.name}, {day}"

    @api.model
    def _get_latest(self, stores):
        """:return: dict store id → its latest census"""
        groups = self._read_group(
            [("store_id", "in", stores.ids)], ["store_id"], ["id:max"]
        )
        latest = self.browse([newest for _store, newest in groups])
        return {census.store_id.id: census for census in latest}

    @api.autovacuum
    def _gc_censuses(self):
        oldest = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("checked_at", "<", oldest)], limit=1000).unlink()
