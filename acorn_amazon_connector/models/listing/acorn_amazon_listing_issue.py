from odoo import api, fields, models

from ...mappers.errors import PayloadError
from ...mappers.listing_issue import read_issues


class AcornAmazonListingIssue(models.Model):
    """What Amazon finds wrong with an offer, in its own words, until it is solved."""

    _name = "acorn.amazon.listing.issue"
    _description = "Amazon Listing Issue"
    _order = "is_suppressing desc, severity, last_seen desc, id desc"
    _rec_name = "message"

    offer_id = fields.Many2one(
        "acorn.amazon.offer", required=True, ondelete="cascade", index=True
    )
    listing_id = fields.Many2one(related="offer_id.listing_id", store=True, index=True)
    store_id = fields.Many2one(related="offer_id.store_id", store=True, index=True)
    company_id = fields.Many2one(related="offer_id.company_id", store=True, index=True)
    participation_id = fields.Many2one(related="offer_id.participation_id", store=True)
    marketplace_id = fields.Many2one(related="offer_id.marketplace_id")
    product_id = fields.Many2one(related="listing_id.product_id")
    sku = fields.Char(related="listing_id.sku", store=True)
    asin = fields.Char(related="listing_id.asin")
    code = fields.Char(readonly=True)
    message = fields.Text(readonly=True)
    severity = fields.Selection(
        [("ERROR", "Error"), ("INFO", "Information"), ("WARNING", "Warning")],
        readonly=True,
        required=True,
        default="ERROR",
    )
    attribute_names = fields.Char("Attributes", readonly=True)
    categories = fields.Char(readonly=True)
    enforcements = fields.Char(readonly=True)
    enforcement_text = fields.Char(
        "What Amazon Does", compute="_compute_enforcement_text"
    )
    is_suppressing = fields.Boolean(
        "Suppressed",
        readonly=True,
        help="Buyers no longer find the offer, or cannot buy it.",
    )
    active = fields.Boolean("Open", default=True)
    first_seen = fields.Datetime(default=fields.Datetime.now, readonly=True)
    last_seen = fields.Datetime(default=fields.Datetime.now, readonly=True)
    solved_on = fields.Datetime(readonly=True)
    seller_central_url = fields.Char(
        "In Seller Central", compute="_compute_seller_central_url"
    )

    @api.depends("enforcements")
    @api.depends_context("lang")
    def _compute_enforcement_text(self):
        words = {
            "LISTING_SUPPRESSED": self.env._("Buyers cannot buy it"),
            "SEARCH_SUPPRESSED": self.env._("Hidden from search"),
            "ATTRIBUTE_SUPPRESSED": self.env._("Amazon rejects the value"),
            "CATALOG_ITEM_REMOVED": self.env._("Removed from the catalogue"),
        }
        for issue in self:
            codes = (issue.enforcements or "").split(", ")
            issue.enforcement_text = ", ".join(words.get(code, code) for code in codes)

    @api.depends("sku", "marketplace_id")
    def _compute_seller_central_url(self):
        for issue in self:
            base = issue.marketplace_id.seller_central_url
            issue.seller_central_url = (
                base and f"{base.rstrip('/')}/inventory?searchTerm={issue.sku}"
            )

    def action_open_seller_central(self):
        """Open Seller Central where the listing is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self.seller_central_url,
            "target": "new",
        }

    # === BUSINESS METHODS === #

    @api.model
    def _learn_page(self, participation, items):
        """Keep the issues of a page of listings; those that are gone are solved.

        :param participation: ``acorn.amazon.participation``
        :param items: elements of ``items`` of ``searchListingsItems``
        """
        payloads = {item.get("sku"): item for item in items}
        offers = self.env["acorn.amazon.offer"].search(
            [
                ("participation_id", "=", participation.id),
                ("sku", "in", [sku for sku in payloads if sku]),
            ],
            order="id",
        )
        known = self.with_context(active_test=False).search(
            [("offer_id", "in", offers.ids)]
        )
        by_offer = known.grouped("offer_id")
        # A SKU has one set of issues, in whatever channel it is sold.
        for sku, group in offers.grouped("sku").items():
            try:
                issues = read_issues(payloads[sku])
            except PayloadError:
                continue
            if issues is not None:
                mine = self.browse().union(*(by_offer.get(o, self) for o in group))
                self._learn(group[0], issues, mine)

    @api.model
    def _learn(self, offer, issues, known):
        now = fields.Datetime.now()
        left = {issue._get_key(): issue for issue in known}
        for issue in issues:
            vals = self._prepare_issue_vals(issue)
            record = left.pop(_key(vals), None)
            if record is None:
                self.create({"offer_id": offer.id, **vals})
                continue
            vals |= {"active": True, "solved_on": False, "last_seen": now}
            if not record.active:
                vals["first_seen"] = now
            record.write(vals)
        gone = self.browse(record.id for record in left.values() if record.active)
        gone.write({"active": False, "solved_on": now})

    @api.model
    def _prepare_issue_vals(self, issue):
        """Return the values of an issue.

        :param issue: ``mappers.listing_issue.ListingIssue``
        :rtype: dict
        """
        severities = dict(self._fields["severity"].selection)
        return {
            "code": issue.code,
            "message": issue.message,
            "severity": issue.severity if issue.severity in severities else "ERROR",
            "attribute_names": ", ".join(issue.attribute_names),
            "categories": ", ".join(issue.categories),
            "enforcements": ", ".join(issue.enforcements),
            "is_suppressing": issue.is_suppressing,
        }

    def _get_key(self):
        return _key(self)

    @api.model
    def _report(self, store):
        """Keep one incident open while offers are suppressed.

        :param store: ``acorn.amazon.store``
        """
        incidents = self.env["acorn.amazon.incident"]
        suppressed = self.search(
            [("store_id", "=", store.id), ("is_suppressing", "=", True)], limit=100
        )
        if not suppressed:
            incidents._resolve(store, "listing_suppressed")
            return
        incidents._raise(
            store,
            "listing_suppressed",
            details="\n".join(f"{i.sku}: {i.message}" for i in suppressed),
        )

    @api.autovacuum
    def _gc_solved(self):
        """Forget issues that were solved half a year ago."""
        old = self.with_context(active_test=False).search(
            [("active", "=", False), ("solved_on", "<", "-180d")], limit=5_000
        )
        done = len(old)
        old.unlink()
        return done, int(done == 5_000)


def _key(values):
    return (
        values["code"] or "",
        values["message"] or "",
        values["attribute_names"] or "",
    )
