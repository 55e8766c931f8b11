from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero, float_round

from ...mappers.inbound import PREP_TYPES, InboundItem
from ..guard import check_created, check_written

OWNERS = [("SELLER", "You"), ("AMAZON", "Amazon"), ("NONE", "Nobody")]
CATEGORIES = {
    "NONE": "Nothing to Prepare",
    "FRAGILE": "Fragile",
    "LIQUID": "Liquid",
    "GRANULAR": "Granular or Powder",
    "PERFORATED": "Perforated Packaging",
    "TEXTILE": "Textile",
    "BABY": "For Babies",
    "SMALL": "Small",
    "SHARP": "Sharp",
    "ADULT": "For Adults",
    "SET": "Sold as a Set",
}


class AcornAmazonInboundItem(models.Model):
    """Units of one SKU that are sent to Amazon (A31)."""

    _name = "acorn.amazon.inbound.item"
    _description = "Amazon Inbound Item"
    _order = "plan_id, id"
    _rec_name = "sku"

    plan_id = fields.Many2one(
        "acorn.amazon.inbound.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    store_id = fields.Many2one(related="plan_id.store_id")
    listing_id = fields.Many2one(
        "acorn.amazon.listing",
        "SKU at Amazon",
        required=True,
        ondelete="restrict",
        domain="[('store_id', '=', store_id), ('fulfillment_channel', '=', 'AMAZON')]",
    )
    sku = fields.Char("SKU", related="listing_id.sku", store=True)
    product_id = fields.Many2one(related="listing_id.product_id", store=True)
    quantity = fields.Integer("Units", required=True, default=1)
    expiration = fields.Date(
        "Expiration Date", help="Amazon wants it for goods that expire."
    )
    label_owner = fields.Selection(
        OWNERS[:2],
        "Product Labels By",
        required=True,
        default="SELLER",
        help="Who puts Amazon's barcode on each unit. Amazon charges for it.",
    )
    prep_category = fields.Selection(
        [(code, name) for code, name in CATEGORIES.items()],
        "Preparation",
        help="How units must be packed singly. Amazon knows it for most products.",
    )
    prep_owner = fields.Selection(
        OWNERS,
        "Prepared By",
        required=True,
        default="NONE",
        help="Amazon charges for preparing units.",
    )
    unpacked = fields.Integer("Not Packed Yet", compute="_compute_unpacked")

    _units = models.Constraint("CHECK(quantity >= 0)", "Units cannot be negative.")
    _line_uniq = models.UniqueIndex(
        "(plan_id, listing_id, COALESCE(expiration, '1900-01-01'))",
        "This SKU is in the plan already. Change its units instead.",
    )

    @api.depends("quantity", "plan_id.box_ids.line_ids.quantity")
    def _compute_unpacked(self):
        packed = defaultdict(int)
        for line in self.plan_id.box_ids.line_ids:
            packed[line.item_id] += line.quantity * line.box_id.count
        for item in self:
            item.unpacked = item.quantity - packed[item]

    @api.depends("sku", "product_id", "expiration")
    def _compute_display_name(self):
        for item in self:
            parts = [item.sku, item.product_id.name, item.expiration]
            item.display_name = " · ".join(str(part) for part in parts if part)

    def write(self, vals):
        """Override: once Amazon has the plan, its items are what they are."""
        check_written(self, vals)
        self._check_draft()
        result = super().write(vals)
        if "plan_id" in vals:
            self._check_draft()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Override: none comes late."""
        model = check_created(self, vals_list)
        items = super(AcornAmazonInboundItem, model).create(vals_list)
        items._check_draft()
        return items

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_draft(self):
        if not self.env.su and any(item.plan_id.state != "draft" for item in self):
            raise UserError(self.env._("Amazon has these items already."))

    def _get_value(self):
        """:rtype: mappers.inbound.InboundItem"""
        return InboundItem(
            self.sku,
            self.quantity,
            self.prep_owner,
            self.label_owner,
            self.expiration or None,
        )

    def _count_by_product(self):
        counts = defaultdict(int)
        for item in self:
            counts[item.product_id] += item.quantity
        return counts

    def _count_stocked(self):
        """The same as Odoo counts it: the parts of kits.

        :return: dict product → units
        """
        counts = defaultdict(float)
        for company, items in self.grouped("company_id").items():
            stocked = items.product_id._acorn_amazon_get_stocked(company)
            for product, units in items._count_by_product().items():
                for part, needed in stocked.get(product, ()):
                    counts[part] += round(units * needed, 2)
        return counts

    # === FROM A TRANSFER === #

    @api.model
    def _prepare_from_picking(self, store, picking):
        """Values of items for the goods of a transfer, one per SKU and date.

        :raise UserError: all that is in the way, a line per product
        """
        counts = picking._acorn_amazon_count_units(by_date=True)
        if not counts:
            raise UserError(self.env._("The transfer holds no goods."))
        products = self.env["product.product"].union(*(key[0] for key in counts))
        listings = self._find_listings(store, products)
        problems, values = [], []
        for (product, expiration), units in counts.items():
            problem = self._find_problem(product, units, listings)
            if problem:
                problems.append(problem)
                continue
            values.append(
                {
                    "listing_id": listings[product].id,
                    "quantity": round(units),
                    "expiration": expiration,
                }
            )
        if problems:
            raise UserError("\n".join(dict.fromkeys(problems)))
        return values

    def _find_listings(self, store, products):
        # Clerks who ship have no rights on listings.
        listings = self.env["acorn.amazon.listing"].sudo()
        listings = listings.search(
            [
                ("store_id", "=", store.id),
                ("fulfillment_channel", "=", "AMAZON"),
                ("product_id", "in", products.ids),
            ],
            order="last_seen, id",
        )
        return {listing.product_id: listing for listing in listings}

    def _find_problem(self, product, units, listings):
        name = product.display_name
        if product not in listings:
            return self.env._(
                "%(product)s has no FBA listing. Convert its listing to Fulfilled by "
                "Amazon, or choose the product under Products > Listings.",
                product=name,
            )
        unit = self.env.ref("uom.product_uom_unit")
        if not product.uom_id._has_common_reference(unit):
            return self.env._(
                "%(product)s is counted in %(unit)s. Amazon counts units.",
                product=name,
                unit=product.uom_id.name,
            )
        if not float_is_zero(units - float_round(units, 0), precision_digits=4):
            return self.env._(
                "%(product)s: Amazon takes whole units only, not %(quantity)s.",
                product=name,
                quantity=round(units, 3),
            )
        return None

    # === PREPARATION === #

    def _record_prep(self, details):
        """Note what Amazon says about how units are prepared.

        :param details: entries of ``listPrepDetails``
        :return: items whose preparation nobody has said yet
        """
        known = {entry.get("msku"): entry for entry in details}
        for item in self:
            category = (known.get(item.sku) or {}).get("prepCategory") or "UNKNOWN"
            if category == "UNKNOWN":
                continue
            vals = {}
            if category in CATEGORIES:
                vals["prep_category"] = category
            if category == "NONE":
                vals["prep_owner"] = "NONE"
            elif item.prep_owner == "NONE":
                vals["prep_owner"] = "SELLER"
            item.write(vals)
        return self.filtered(
            lambda item: (
                (known.get(item.sku) or {}).get("prepCategory", "UNKNOWN") == "UNKNOWN"
            )
        )

    def _prepare_prep(self):
        """Bodies of ``setPrepDetails``, one per SKU."""
        return [
            {
                "msku": sku,
                "prepCategory": items[0].prep_category,
                "prepTypes": list(PREP_TYPES[items[0].prep_category]),
            }
            for sku, items in self.grouped("sku").items()
        ]
