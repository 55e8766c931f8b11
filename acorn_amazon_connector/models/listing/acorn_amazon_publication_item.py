import os.path

from odoo import api, fields, models

from ...mappers.listing_schema import find_theme
from ..guard import check_created, check_written

STATES = [
    ("draft", "To Check"),
    ("incomplete", "Incomplete"),
    ("restricted", "Not Allowed"),
    ("checked", "Ready to Send"),
    ("feed", "In a Feed"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("live", "On Sale"),
]
AT_AMAZON = ("feed", "accepted", "live")


class AcornAmazonPublicationItem(models.Model):
    """One SKU on one marketplace that becomes a listing."""

    _name = "acorn.amazon.publication.item"
    _description = "Amazon Listing to Publish"
    _order = "publication_id, participation_id, is_parent desc, sku, id"
    _rec_name = "sku"
    _check_company_auto = True

    publication_id = fields.Many2one(
        "acorn.amazon.publication", required=True, ondelete="cascade", index=True
    )
    store_id = fields.Many2one(related="publication_id.store_id", store=True)
    company_id = fields.Many2one(
        related="publication_id.company_id", store=True, index=True
    )
    participation_id = fields.Many2one(
        "acorn.amazon.participation", required=True, ondelete="cascade"
    )
    marketplace_id = fields.Many2one(related="participation_id.marketplace_id")
    product_id = fields.Many2one("product.product", check_company=True)
    template_id = fields.Many2one("product.template", check_company=True)
    is_parent = fields.Boolean("Group of Variants")
    parent_id = fields.Many2one(
        "acorn.amazon.publication.item", "Group", ondelete="set null", index=True
    )
    sku = fields.Char("SKU")
    asin = fields.Char("ASIN", readonly=True)
    offers_existing = fields.Boolean(
        "Existing Product", readonly=True, help="Amazon has the product already."
    )
    is_update = fields.Boolean(
        readonly=True, help="The listing exists: its texts and images are replaced."
    )
    requirements = fields.Selection(
        [
            ("LISTING", "Product and Offer"),
            ("LISTING_PRODUCT_ONLY", "Product"),
            ("LISTING_OFFER_ONLY", "Offer"),
        ],
        "What Is Sent",
        compute="_compute_requirements",
    )
    attributes = fields.Json(readonly=True)
    content = fields.Html(compute="_compute_content", sanitize=False)
    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    message = fields.Text("What to Do", readonly=True)
    issues = fields.Json(readonly=True)
    amazon_submission_id = fields.Char("Submission Id", readonly=True)
    request_id = fields.Char("RequestId", readonly=True)
    sent_at = fields.Datetime("Sent On", readonly=True)
    listing_id = fields.Many2one("acorn.amazon.listing", readonly=True)

    @api.depends("offers_existing", "is_update")
    def _compute_requirements(self):
        for item in self:
            if item.is_update:
                item.requirements = "LISTING_PRODUCT_ONLY"
            elif item.offers_existing:
                item.requirements = "LISTING_OFFER_ONLY"
            else:
                item.requirements = "LISTING"

    @api.depends("attributes")
    def _compute_content(self):
        for item in self:
            rows = []
            titles = item._get_titles() if item.attributes else {}
            for name, entries in (item.attributes or {}).items():
                texts = [_flatten(entry) for entry in entries]
                rows.append((titles.get(name, name), "; ".join(filter(None, texts))))
            item.content = rows and self.env["ir.qweb"]._render(
                "acorn_amazon_connector.publication_content", {"rows": rows}
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: nothing begins as checked."""
        model = check_created(self, vals_list)
        return super(AcornAmazonPublicationItem, model).create(vals_list)

    def write(self, vals):
        """Override: what Amazon is told, and what it said, is not for people."""
        check_written(self, vals)
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _is_at_amazon(self):
        return self.state in AT_AMAZON

    def _get_product_type(self):
        """The product type with the schema that holds for this listing.

        :rtype: acorn.amazon.product.type
        """
        self.ensure_one()
        kind = self.publication_id.product_type_id
        return kind and kind._for(self.marketplace_id, self.requirements)

    def _get_titles(self):
        kind = self._get_product_type()
        attributes = kind._get_attributes() if kind else {}
        return {name: attribute.title for name, attribute in attributes.items()}

    def _get_parent_sku(self):
        """What the SKUs of variants have in common, or a name of its own."""
        skus = [sku for sku in self.mapped("sku") if sku]
        common = os.path.commonprefix(skus).rstrip("-_. /")
        template = self.product_id.product_tmpl_id[:1]
        sku = common if len(common) >= 3 else f"GROUP-{template.id}"
        products = self.env["product.product"].sudo()
        is_taken = products.search_count([("default_code", "=", sku)], limit=1)
        return f"{sku}-GROUP" if is_taken or sku in skus else sku

    def _get_variation(self):
        """Return what tells this variant from the others.

        :return: {name of Amazon's attribute: name of the value}; None when Amazon has
            no such attribute
        """
        self.ensure_one()
        values = {}
        for value in self.product_id.product_template_attribute_value_ids:
            name = value.attribute_id._get_acorn_amazon_attribute()
            if not name:
                return None
            values[name] = value.product_attribute_value_id.name
        return values

    def _find_theme(self):
        """The variation theme that fits these variants, or None."""
        first = self[:1]
        names = first._get_variation()
        kind = first._get_product_type()
        if not names or not kind or not kind.schema:
            return None
        return find_theme(kind.schema, list(names))

    def _bind_listing(self):
        """Know the SKUs before their first orders arrive."""
        listings = self.env["acorn.amazon.listing"].sudo()
        accepted = self.filtered(
            lambda item: item.state == "accepted" and not item.is_parent
        )
        for publication, items in accepted.grouped("publication_id").items():
            common = {
                "store_id": publication.store_id.id,
                "fulfillment_channel": publication.fulfillment_channel,
            }
            domain = [(name, "=", value) for name, value in common.items()]
            known = listings.search([*domain, ("sku", "in", items.mapped("sku"))])
            by_sku = {listing.sku: listing for listing in known}
            for item in items:
                if item.sku not in by_sku:
                    by_sku[item.sku] = listings.create(
                        {
                            **common,
                            "sku": item.sku,
                            "product_id": item.product_id.id,
                            "match": "manual",
                            "asin": item.asin,
                            "title": item.product_id.name,
                        }
                    )
                item.listing_id = by_sku[item.sku]

    def _conclude(self, state, message=None, **values):
        self.write({"state": state, "message": message or False, **values})


def _flatten(entry):
    """The values of an entry in reading order, without selectors."""
    if isinstance(entry, dict):
        parts = [
            _flatten(value)
            for key, value in entry.items()
            if key not in ("marketplace_id", "language_tag")
        ]
        return " ".join(part for part in parts if part)
    if isinstance(entry, list):
        return ", ".join(filter(None, map(_flatten, entry)))
    return str(entry)
