import logging

from odoo import api, fields, models
from odoo.tools import float_compare, float_repr

from ..mappers.listing import map_listings
from ..services.api.listings import ALL_DATA
from ..services.errors import NotFoundError, PayloadError, RequestError

_logger = logging.getLogger(__name__)


class AcornAmazonParticipation(models.Model):
    """A store on one marketplace, and what its orders become in Odoo."""

    _name = "acorn.amazon.participation"
    _description = "Amazon Participation"
    _order = "store_id, is_participating desc, marketplace_id"
    _check_company_auto = True

    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace", required=True, ondelete="restrict"
    )
    store_name = fields.Char(
        "Name at Amazon", readonly=True, help="The store name that buyers see."
    )
    currency_id = fields.Many2one(related="marketplace_id.currency_id")
    is_participating = fields.Boolean(
        readonly=True, help="Amazon says that the seller may sell here."
    )
    has_suspended_listings = fields.Boolean(
        readonly=True, help="Amazon says that the seller's listings are inactive here."
    )
    active = fields.Boolean(
        default=True, help="Switch off to leave this marketplace out of the imports."
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        help="Ships the orders that the seller fulfils.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", check_company=True)
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Gives the orders their currency; prices always come from Amazon.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Sales Journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        check_company=True,
        help="Empty: Odoo chooses by the delivery address.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        "Sales Tax",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        help="Tax of the order lines. Empty: the product's own taxes.",
    )
    create_tax = fields.Boolean(
        help="No sales tax with this marketplace's standard rate exists yet; create"
        " one when the proposal is confirmed.",
    )
    proposal = fields.Char(
        "Will Be Created",
        compute="_compute_proposal",
        help="What confirming adds to Odoo so that orders can be booked.",
    )
    price_includes_tax = fields.Boolean(
        compute="_compute_price_includes_tax",
        store=True,
        readonly=False,
        help="Amazon's prices on this marketplace contain the tax.",
    )
    listing_cursor = fields.Json(
        help="Where an interrupted reading of the listings goes on from."
    )
    listings_read_at = fields.Datetime("Listings Read", readonly=True)
    lang = fields.Selection(
        "_selection_lang", "Language", help="Language of the customers' documents."
    )
    no_pii_partner_id = fields.Many2one(
        "res.partner",
        "Generic Buyer",
        check_company=True,
        help="When set, orders are booked on this contact and no buyer is kept.",
    )

    _marketplace_uniq = models.Constraint(
        "UNIQUE(store_id, marketplace_id)",
        "The store has this marketplace already.",
    )

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends("marketplace_id")
    def _compute_price_includes_tax(self):
        for participation in self:
            participation.price_includes_tax = (
                participation.marketplace_id.price_includes_tax
            )

    @api.depends("store_id.name", "marketplace_id.name")
    def _compute_display_name(self):
        for participation in self:
            participation.display_name = (
                f"{participation.store_id.name} / {participation.marketplace_id.name}"
            )

    @api.depends("pricelist_id", "tax_id", "create_tax", "active")
    def _compute_proposal(self):
        for participation in self:
            names = []
            if participation.active and participation.is_participating:
                if not participation.pricelist_id:
                    names.append(
                        self.env._(
                            "pricelist %(name)s",
                            name=participation._get_pricelist_name(),
                        )
                    )
                if participation.create_tax and not participation.tax_id:
                    names.append(
                        self.env._("tax %(name)s", name=participation._get_tax_name())
                    )
            participation.proposal = ", ".join(names)

    # === BUSINESS METHODS === #

    def _read_listings_page(self, client):
        """Read the next page of this marketplace's listings and keep it.

        After the last one, ask for one offer that no page had.

        :param SpApiClient client: a client of the store
        :raise SpApiError: when Amazon fails or refuses
        """
        self.ensure_one()
        if (self.listing_cursor or {}).get("is_read"):
            self._ask_for_unseen(client)
            return
        try:
            page = self._fetch_listings(client)
        except RequestError:
            if not self.listing_cursor:
                raise
            # Page tokens do not live for ever: begin again, nothing doubles.
            self.listing_cursor = False
            return
        if not self.listing_cursor and not page.items:
            self._doubt_emptiness(client)
        self._keep_listings(page)

    def _fetch_listings(self, client):
        cursor = self.listing_cursor or {}
        return client.listings.search(
            self.store_id.seller_id,
            [self.marketplace_id.amazon_id],
            created_after=cursor.get("created_after"),
            page_token=cursor.get("page_token"),
            sort_by="createdDate",
            sort_order="ASC",
            included_data=(*ALL_DATA, "issues", "relationships"),
            issue_locale=self._get_issue_locale(),
        )

    def _keep_listings(self, page):
        now = fields.Datetime.to_string(fields.Datetime.now())
        started = (self.listing_cursor or {}).get("started", now)
        items = []
        for payload in page.items:
            try:
                items.extend(map_listings(payload))
            except PayloadError as exc:
                _logger.warning(
                    "Listing %s of store %s was left out: %s",
                    payload.get("sku"),
                    self.store_id.id,
                    exc,
                )
        listings = self.env["acorn.amazon.listing"]._upsert(self.store_id, items)
        listings._match_products()
        offers = self.env["acorn.amazon.offer"]
        offers._upsert(self, items)
        offers._note_seen(self, [payload.get("sku") for payload in page.items])
        cursor = self._next_listing_cursor(page)
        if not cursor and not self._is_cut_off(page):
            cursor = {"is_read": True}
        self.listing_cursor = cursor and {**cursor, "started": started}
        if not cursor:
            self._end_listings()

    def _end_listings(self):
        """All listings of this marketplace are read."""
        self.listing_cursor = False
        self.listings_read_at = fields.Datetime.now()

    def _find_unseen(self):
        """An offer that the reading of all listings did not have, not asked for yet.

        :rtype: acorn.amazon.offer
        """
        since = fields.Datetime.to_datetime(self.listing_cursor["started"])
        return self.env["acorn.amazon.offer"]._find_unseen(self, since)

    def _ask_for_unseen(self, client):
        """Ask for one offer that no page had: a list that lacks it proves nothing."""
        offer = self._find_unseen()
        if not offer:
            self._end_listings()
            return
        try:
            is_listed = self._is_listed(client, offer.sku)
        except RequestError as exc:
            # Whether Amazon has it is not known; the next reading asks again.
            _logger.warning("%s cannot be asked for: %s", offer.display_name, exc)
        else:
            if is_listed:
                offer._note_seen(self, [offer.sku])
            else:
                offer._note_unlisted()
        offer.asked_at = fields.Datetime.now()

    def _is_listed(self, client, sku):
        """Whether Amazon has a SKU on this marketplace, asked for by itself.

        :raise SpApiError: when Amazon fails or refuses
        """
        marketplaces = [self.marketplace_id.amazon_id]
        try:
            item = client.listings.get(
                self.store_id.seller_id, sku, marketplaces, included_data=["summaries"]
            )
        except NotFoundError:
            return False
        return bool(item.get("summaries"))

    def _doubt_emptiness(self, client):
        """Amazon's list is empty: find out whether it leaves out what there is.

        :raise RequestError: it does
        """
        known = self.env["acorn.amazon.offer"].search(
            [("participation_id", "=", self.id)],
            order="seen_at DESC NULLS LAST, id",
            limit=1,
        )
        if known and self._is_listed(client, known.sku):
            raise RequestError(
                self.env._(
                    "Amazon's list of the listings on %(marketplace)s is empty, which "
                    "cannot be right: it has %(sku)s.",
                    marketplace=self.marketplace_id.name,
                    sku=known.sku,
                ),
                operation="listings.searchListingsItems",
            )

    def _next_listing_cursor(self, page):
        """Say where to go on after a page; ``False`` when everything is read.

        Amazon pages through 1,000 listings at most. What lies beyond is reached by
        a new search that starts with the youngest listing seen so far.
        """
        cursor = self.listing_cursor or {}
        if page.next_token:
            count = self._count_read(page)
            return {**cursor, "page_token": page.next_token, "count": count}
        youngest = page.items and _created_date(page.items[-1])
        is_new = youngest and youngest != cursor.get("created_after")
        if self._is_cut_off(page) and is_new:
            return {"created_after": youngest}
        return False

    def _count_read(self, page):
        """Return the listings that a search has found, this page included."""
        return (self.listing_cursor or {}).get("count", 0) + len(page.items)

    def _is_cut_off(self, page):
        """Whether Amazon has more listings than it shows."""
        return bool(page.total and self._count_read(page) < page.total)

    @api.model
    def _refresh(self, store, rows):
        """Bring a store's participations in line with what Amazon says.

        New marketplaces come with a proposal; what a person chose stays.
        Ids that are no public marketplace are left out: Amazon lists some.

        :param store: ``acorn.amazon.store``
        :param rows: ``getMarketplaceParticipations`` entries
        :return: the store's participations on marketplaces where it may sell
        :rtype: acorn.amazon.participation
        """
        by_id = {row["marketplace"]["id"]: row for row in rows}
        marketplaces = self.env["acorn.amazon.marketplace"].search(
            [("amazon_id", "in", list(by_id)), ("region", "=", store.region)]
        )
        participations = self.with_context(active_test=False)
        known = participations.search([("store_id", "=", store.id)])
        for marketplace in marketplaces:
            row = by_id[marketplace.amazon_id]
            vals = self._prepare_participation_vals(row)
            existing = known.filtered(lambda p, m=marketplace: p.marketplace_id == m)
            if existing:
                existing.write(vals)
            elif vals["is_participating"]:
                new = self.create(
                    {"store_id": store.id, "marketplace_id": marketplace.id, **vals}
                )
                new._propose()
                known += new
        gone = known.filtered(lambda p: p.marketplace_id not in marketplaces)
        gone.write({"is_participating": False})
        return known.filtered("is_participating")

    @api.model
    def _prepare_participation_vals(self, row):
        """Return what Amazon says about one participation.

        :param dict row: an entry of ``getMarketplaceParticipations``
        :rtype: dict
        """
        participation = row["participation"]
        return {
            "is_participating": participation["isParticipating"],
            "has_suspended_listings": participation["hasSuspendedListings"],
            "store_name": row.get("storeName") or False,
        }

    def _propose(self):
        """Fill in what is empty with the most likely choice; create nothing."""
        for participation in self:
            company = participation.company_id
            warehouse = self.env["stock.warehouse"].search(
                [("company_id", "=", company.id)], limit=1
            )
            participation.write(
                {
                    "warehouse_id": (participation.warehouse_id or warehouse).id,
                    "team_id": (participation.team_id or participation._find_team()).id,
                    "pricelist_id": (
                        participation.pricelist_id or participation._find_pricelist()
                    ).id,
                    "journal_id": (
                        participation.journal_id or participation._find_journal()
                    ).id,
                    "fiscal_position_id": (
                        participation.fiscal_position_id
                        or participation._find_fiscal_position()
                    ).id,
                    "lang": participation.lang or participation._find_lang(),
                }
            )
            tax = participation.tax_id or participation._find_tax()
            rate = participation.marketplace_id.standard_tax_rate
            participation.write(
                {"tax_id": tax.id, "create_tax": bool(rate and not tax)}
            )

    def _find_team(self):
        return self.env["crm.team"].search(
            [("company_id", "in", (False, self.company_id.id))], limit=1
        )

    def _find_pricelist(self):
        """A list of the marketplace's currency, our own rather than another."""
        return self._find_own_pricelist() or self._search_pricelists()[:1]

    def _find_own_pricelist(self):
        """The list that the proposal names, if it was created before."""
        name = self._get_pricelist_name()
        return self._search_pricelists().filtered(lambda p: p.name == name)[:1]

    def _search_pricelists(self):
        return self.env["product.pricelist"].search(
            [
                ("currency_id", "=", self.currency_id.id),
                ("company_id", "in", (False, self.company_id.id)),
            ]
        )

    def _find_journal(self):
        """A sales journal that takes the marketplace's currency."""
        journals = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company_id.id)]
        )
        own = journals.filtered(lambda j: j.currency_id == self.currency_id)
        return (own or journals.filtered(lambda j: not j.currency_id))[:1]

    def _find_fiscal_position(self):
        """The position of a foreign VAT registration in the marketplace's country."""
        return self.env["account.fiscal.position"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("country_id", "=", self.marketplace_id.country_id.id),
                ("foreign_vat", "!=", False),
            ],
            limit=1,
        )

    def _find_tax(self):
        """A sales tax of the standard rate, included in the price or not as here."""
        rate = self.marketplace_id.standard_tax_rate
        if not rate:
            return self.env["account.tax"]
        taxes = self.env["account.tax"].search(
            [
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("company_id", "=", self.company_id.id),
                ("country_id", "=", self._get_tax_country().id),
            ]
        )
        fitting = taxes.filtered(
            lambda t: (
                float_compare(t.amount, rate, precision_digits=4) == 0
                and t.price_include == self.price_includes_tax
            )
        )
        # Two countries may share a rate; their turnover is declared apart.
        elsewhere = self.sudo().search(
            [
                ("marketplace_id.country_id", "!=", self.marketplace_id.country_id.id),
                ("tax_id", "in", fitting.ids),
            ]
        )
        return (fitting - elsewhere.tax_id)[:1]

    def _find_lang(self):
        """The marketplace's language if it is installed, else the company's."""
        installed = dict(self._selection_lang())
        code = self.marketplace_id.lang_code
        if code in installed:
            return code
        related = [lang for lang in installed if lang[:2] == (code or "")[:2]]
        company_lang = self.company_id.partner_id.lang
        return next(iter(related), company_lang if company_lang in installed else False)

    def _get_tax_country(self):
        """The country whose tax report the lines belong to (Odoo refuses others)."""
        position = self.fiscal_position_id
        if position.foreign_vat:
            return position.country_id
        return self.company_id.account_fiscal_country_id or self.company_id.country_id

    def _get_pricelist_name(self):
        return f"Amazon {self.currency_id.name}"

    def _get_tax_name(self):
        rate = self.marketplace_id.standard_tax_rate
        rate = float_repr(rate, 3).rstrip("0").rstrip(".")
        country = self.marketplace_id.country_id.code
        name = f"Amazon {country} {rate}%"
        return f"{name} incl." if self.price_includes_tax else name

    def _create_proposed(self):
        """Create what the proposal names: pricelists and taxes. Safe to repeat."""
        self._give_rounding_an_account()
        for participation in self.filtered(lambda p: p.active and p.is_participating):
            participation.currency_id.sudo().active = True
            if not participation.pricelist_id:
                # Odoo may just have made a list of its own, as it does with a second
                # currency; the person was promised ours.
                participation.pricelist_id = (
                    participation._find_own_pricelist()
                    or participation._create_pricelist()
                )
            if participation.create_tax and not participation.tax_id:
                participation.tax_id = (
                    participation._find_tax() or participation._create_tax()
                )

    def _give_rounding_an_account(self):
        """Cents of rounding are no sales; an account that a person chose stays."""
        rounding = self.env.ref("acorn_amazon_connector.product_rounding").sudo()
        for company in self.company_id.sudo():
            product = rounding.with_company(company)
            account = company.default_cash_difference_income_account_id
            if account and not product.property_account_income_id:
                product.property_account_income_id = account

    def _create_pricelist(self):
        return (
            self.env["product.pricelist"]
            .sudo()
            .create(
                {
                    "name": self._get_pricelist_name(),
                    "currency_id": self.currency_id.id,
                    "company_id": self.company_id.id,
                }
            )
        )

    def _create_tax(self):
        company, country = self.company_id, self._get_tax_country()
        included = self.price_includes_tax
        return (
            self.env["account.tax"]
            .sudo()
            .with_company(company)
            .create(
                {
                    "name": self._get_tax_name(),
                    "type_tax_use": "sale",
                    "amount_type": "percent",
                    "amount": self.marketplace_id.standard_tax_rate,
                    "price_include_override": (
                        "tax_included" if included else "tax_excluded"
                    ),
                    "company_id": company.id,
                    "country_id": country.id,
                    "tax_group_id": self._get_tax_group(country).id,
                }
            )
        )

    def _get_tax_group(self, country):
        groups = self.env["account.tax.group"].sudo()
        return groups.search(
            [
                *groups._check_company_domain(self.company_id),
                ("country_id", "in", (country.id, False)),
            ],
            limit=1,
        ) or groups.create(
            {
                "name": "Taxes",  # buyers of every language see it
                "company_id": self.company_id.id,
                "country_id": country.id,
            }
        )


def _created_date(payload):
    summaries = payload.get("summaries") or [{}]
    return summaries[0].get("createdDate")
