from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.inbound import box_body
from ..guard import check_created, check_written

# How many of Amazon's units one of Odoo's is.
CENTIMETRES = {"mm": 0.1, "ft": 30.48}
INCHES = {"mm": 1 / 25.4, "ft": 12.0}
POUNDS_PER_KILOGRAM = 1 / 0.45359237


class AcornAmazonInboundBox(models.Model):
    """A box on its way to Amazon, or several that are alike (A31)."""

    _name = "acorn.amazon.inbound.box"
    _description = "Amazon Inbound Box"
    _order = "plan_id, shipment_id, amazon_box_id, id"

    plan_id = fields.Many2one(
        "acorn.amazon.inbound.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    plan_state = fields.Selection(related="plan_id.state")
    name = fields.Char("Box", required=True, default="Box")
    package_id = fields.Many2one("stock.package", ondelete="set null")
    count = fields.Integer("Boxes Alike", required=True, default=1)
    box_length = fields.Float("Length", digits=(10, 2))
    width = fields.Float(digits=(10, 2))
    height = fields.Float(digits=(10, 2))
    weight = fields.Float(digits=(10, 2), help="Of one box, full.")
    weight_unit = fields.Selection(related="plan_id.weight_unit")
    size_unit = fields.Selection(related="plan_id.size_unit")
    line_ids = fields.One2many(
        "acorn.amazon.inbound.box.line", "box_id", "Items", copy=True
    )
    unit_count = fields.Integer("Units", compute="_compute_unit_count")
    contents = fields.Char(compute="_compute_unit_count")
    shipment_id = fields.Many2one(
        "acorn.amazon.inbound.shipment", readonly=True, ondelete="set null"
    )
    amazon_box_id = fields.Char("Box at Amazon", readonly=True)
    tracking = fields.Char(
        "Tracking Number", help="Of your own carrier. Amazon's partner has its own."
    )

    _count = models.Constraint("CHECK(count > 0)", "There is at least one box.")

    @api.depends("line_ids.quantity", "line_ids.item_id")
    def _compute_unit_count(self):
        for box in self:
            box.unit_count = sum(box.line_ids.mapped("quantity"))
            box.contents = ", ".join(
                f"{line.quantity} × {line.item_id.sku}" for line in box.line_ids
            )

    def write(self, vals):
        """Override: what is in a box cannot change once Amazon is told of it."""
        check_written(self, vals)
        if set(vals) - {"tracking"}:
            self.plan_id._change_packing()
        result = super().write(vals)
        if "plan_id" in vals:
            self.plan_id._change_packing()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Override: boxes are numbered; none comes late."""
        model = check_created(self, vals_list)
        boxes = super(AcornAmazonInboundBox, model).create(vals_list)
        boxes.plan_id._change_packing()
        for box in boxes:
            if box.name == "Box":
                number = len(box.plan_id.box_ids)
                box.sudo().name = self.env._("Box %(number)s", number=number)
        return boxes

    @api.ondelete(at_uninstall=False)
    def _unlink_only_early(self):
        self.plan_id._change_packing()

    def _count_units(self):
        """Units in one box by ``mappers.inbound.item_key``."""
        counts = Counter()
        for line in self.line_ids:
            counts[line.item_id._get_value().key] += line.quantity
        return dict(counts)

    # === WORDS FOR AMAZON === #

    def _get_group(self, groups):
        """The packing group whose items are in this box.

        :param groups: dict packing group → units by item
        """
        keys = {line.item_id._get_value().key for line in self.line_ids}
        for group, items in groups.items():
            if keys and keys <= items.keys():
                return group
        raise UserError(
            self.env._(
                "%(box)s holds items of different packing groups. Amazon wants each "
                "group in boxes of its own.",
                box=self.name,
            )
            if keys
            else self.env._("%(box)s is empty.", box=self.name)
        )

    def _prepare_body(self):
        """A box of ``setPackingInformation``. Override point."""
        if not all((self.box_length, self.width, self.height, self.weight)):
            raise UserError(
                self.env._(
                    "Enter length, width, height and weight of %(box)s.", box=self.name
                )
            )
        return box_body(
            [(line.item_id._get_value(), line.quantity) for line in self.line_ids],
            count=self.count,
            size=(self.box_length, self.width, self.height),
            size_unit=self.size_unit,
            weight=self.weight,
            weight_unit=self.weight_unit,
        )

    # === FROM ODOO'S PACKAGES === #

    @api.model
    def _prepare_from_package(self, plan, package, contents):
        """Values of a box for a package.

        :param contents: dict ``acorn.amazon.inbound.item`` → units
        """
        kind = package.package_type_id
        factors = CENTIMETRES if plan.size_unit == "CM" else INCHES
        unit = kind._get_default_length_uom() if kind else "mm"
        size = factors.get(unit, 1.0)
        weight = package.shipping_weight or self._get_net_weight(contents) + (
            kind.base_weight or 0.0
        )
        return {
            "plan_id": plan.id,
            "name": package.name,
            "package_id": package.id,
            "box_length": (kind.packaging_length or 0.0) * size,
            "width": (kind.width or 0.0) * size,
            "height": (kind.height or 0.0) * size,
            "weight": weight * self._get_weight_factor(plan),
            "line_ids": [
                (0, 0, {"item_id": item.id, "quantity": units})
                for item, units in contents.items()
            ],
        }

    def _get_net_weight(self, contents):
        return sum(item.product_id.weight * units for item, units in contents.items())

    def _get_weight_factor(self, plan):
        name = plan.env[
            "product.template"
        ]._get_weight_uom_name_from_ir_config_parameter()
        is_pounds = name == "lb"
        if is_pounds == (plan.weight_unit == "LB"):
            return 1.0
        return 1 / POUNDS_PER_KILOGRAM if is_pounds else POUNDS_PER_KILOGRAM


class AcornAmazonInboundBoxLine(models.Model):
    """Units of an item in a box."""

    _name = "acorn.amazon.inbound.box.line"
    _description = "Amazon Inbound Box Content"
    _order = "box_id, id"

    box_id = fields.Many2one(
        "acorn.amazon.inbound.box", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="box_id.company_id", store=True, index=True)
    plan_id = fields.Many2one(related="box_id.plan_id")
    item_id = fields.Many2one(
        "acorn.amazon.inbound.item",
        required=True,
        ondelete="cascade",
        domain="[('plan_id', '=', plan_id)]",
    )
    quantity = fields.Integer("Units", required=True, default=1)

    _units = models.Constraint("CHECK(quantity > 0)", "A box holds at least one unit.")

    @api.onchange("item_id")
    def _onchange_item(self):
        if self.item_id:
            self.quantity = max(1, self.item_id.unpacked)

    def write(self, vals):
        """Override: see the box."""
        check_written(self, vals)
        self.plan_id._change_packing()
        result = super().write(vals)
        if "box_id" in vals:
            self.plan_id._change_packing()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """Override: see the box."""
        model = check_created(self, vals_list)
        lines = super(AcornAmazonInboundBoxLine, model).create(vals_list)
        lines.plan_id._change_packing()
        return lines

    @api.ondelete(at_uninstall=False)
    def _unlink_only_early(self):
        self.plan_id._change_packing()
