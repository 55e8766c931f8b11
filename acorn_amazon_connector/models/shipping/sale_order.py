from datetime import timedelta

from odoo import Command, fields, models

READERS = "stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user"


class SaleOrder(models.Model):
    """The parcels of an Amazon order, ours and those that Amazon knows."""

    _inherit = "sale.order"

    acorn_amazon_package_ids = fields.One2many(
        "acorn.amazon.package",
        "order_id",
        string="Amazon Shipments",
        groups=READERS,
    )
    acorn_amazon_package_count = fields.Integer(
        compute="_compute_acorn_amazon_package_count", compute_sudo=True
    )
    acorn_amazon_parcels = fields.Json(
        readonly=True,
        copy=False,
        help="Parcels as Amazon last stated them: number, tracking number, status.",
    )
    acorn_amazon_last_reference = fields.Integer(
        readonly=True, copy=False, help="Highest number that a parcel ever had."
    )

    def _compute_acorn_amazon_package_count(self):
        counts = dict(
            self.env["acorn.amazon.package"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.acorn_amazon_package_count = counts.get(order, 0)

    def action_acorn_amazon_packages(self):
        """Open the shipments of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_package_action"
        )
        action["domain"] = [("order_id", "=", self.id)]
        action["context"] = {}
        return action

    # === PARCELS === #

    def _acorn_amazon_pack(self, parcels):
        """Create the parcels of goods that have left.

        :param dict parcels: (delivery, parcel) → dict of line → [units, lots]
        :return: ``acorn.amazon.package``, not yet looked at
        """
        self.ensure_one()
        packages = self.env["acorn.amazon.package"].sudo()
        lines = {line for content in parcels.values() for line in content}
        packed = self.order_line.browse(
            line.id for line in lines
        )._acorn_amazon_count_packed()
        values = []
        for (picking, parcel), content in parcels.items():
            items = []
            for line, (units, lots) in content.items():
                left = line.product_uom_qty - packed[line]
                # Never more than was ordered: what was returned and sent once more,
                # or given on top, is not Amazon's business.
                units = int(min(units, left) + 1e-6)
                if units > 0:
                    packed[line] += units
                    items.append(self._prepare_package_item_vals(line, units, lots))
            if items:
                values.append(self._prepare_package_vals(picking, parcel, items))
        created = packages.create(values)
        created.with_context(acorn_amazon_is_new=True)._follow_delivery()
        return created

    def _acorn_amazon_pack_unpacked(self, lines):
        """Create the parcels of goods that left in place of others that came back.

        While Amazon had the parcels of the others, it might have known of these units.

        :param lines: ``sale.order.line`` of which parcels hold less now
        :return: ``acorn.amazon.package``, not yet looked at
        """
        self.ensure_one()
        unpacked = lines._acorn_amazon_count_unpacked()
        moves = lines.move_ids._acorn_amazon_get_leaving()
        parcels, _kits = moves._acorn_amazon_get_parcels()
        # What left last is what the buyer has.
        for (picking, parcel), content in reversed(parcels.items()):
            for line, entry in content.items():
                items = line._acorn_amazon_get_items_in(picking, parcel)
                codes = {code for item in items for code in item._get_codes()}
                units, lots = entry
                units = min(units - sum(items.mapped("quantity")), unpacked[line])
                lots = lots.filtered(lambda lot, codes=codes: lot.name not in codes)
                entry[:] = units, lots
                unpacked[line] -= max(0, units)
        return self._acorn_amazon_pack(parcels)

    def _prepare_package_item_vals(self, line, units, lots):
        codes = lots.mapped("name")[:units]
        return Command.create(
            {
                "sale_line_id": line.id,
                "order_item_id": line.acorn_amazon_order_item_id,
                "quantity": units,
                "transparency_codes": "\n".join(codes) or False,
            }
        )

    def _prepare_package_vals(self, picking, parcel, items):
        """Values of a parcel. Override point.

        :return: dict for ``acorn.amazon.package.create``
        """
        now = fields.Datetime.now()
        # Amazon's clock may be ahead of ours; it takes no parcel from before the order.
        earliest = self.date_order + timedelta(seconds=1)
        return {
            "order_id": self.id,
            "store_id": self.acorn_amazon_store_id.id,
            "company_id": self.company_id.id,
            "picking_id": picking.id,
            "parcel_id": parcel.id,
            "reference": self._acorn_amazon_next_reference(),
            "ship_date": max(now, earliest),
            "item_ids": items,
        }

    def _acorn_amazon_next_reference(self):
        """A parcel number that neither we nor anybody else has used for this order.

        Two deliveries at the same moment write the same row here: the later one is
        repeated by Odoo and gets the next number.
        """
        at_amazon = [
            int(parcel["reference"])
            for parcel in self.acorn_amazon_parcels or ()
            if parcel["reference"].isdecimal()
        ]
        reference = max([self.acorn_amazon_last_reference, *at_amazon]) + 1
        self.acorn_amazon_last_reference = reference
        return reference

    # === WHAT AMAZON SAYS === #

    def _acorn_amazon_ship_all(self):
        """Override: Amazon knows these parcels, it told us of them."""
        known = self.with_context(acorn_amazon_known_to_amazon=True)
        return super(SaleOrder, known)._acorn_amazon_ship_all()

    def _acorn_amazon_ship_partly(self, shipped):
        """Override: Amazon knows these parcels, it told us of them."""
        for line in self.order_line:
            units = shipped.get(line.acorn_amazon_order_item_id, 0)
            if units and line.acorn_amazon_charge == "item":
                line.acorn_amazon_shipped_before = units
        known = self.with_context(acorn_amazon_known_to_amazon=True)
        return super(SaleOrder, known)._acorn_amazon_ship_partly(shipped)

    def _acorn_amazon_find_shipped_elsewhere(self, shipped):
        """Override: what we have confirmed ourselves was shipped by us."""
        items = self.sudo().acorn_amazon_package_ids.item_ids
        ours = {}
        for item in items:
            ours[item.order_item_id] = ours.get(item.order_item_id, 0) + item.quantity
        return super()._acorn_amazon_find_shipped_elsewhere(
            {
                item_id: units
                for item_id, units in shipped.items()
                if units > ours.get(item_id, 0)
            }
        )

    def _acorn_amazon_get_shipped(self):
        """How many units Amazon counts as shipped, as it said last.

        :return: dict Amazon order item id → units
        """
        self.ensure_one()
        is_whole = self.acorn_amazon_status == "SHIPPED"
        return {
            line.acorn_amazon_order_item_id: (
                line.product_uom_qty if is_whole else line.acorn_amazon_shipped_quantity
            )
            for line in self.order_line
            if line.acorn_amazon_charge == "item"
        }

    def _acorn_amazon_note_shipped(self, shipped):
        """Remember how many units Amazon counts as shipped.

        :param dict shipped: Amazon order item id → quantity shipped so far
        """
        for line in self.order_line:
            if line.acorn_amazon_charge != "item":
                continue
            units = shipped.get(line.acorn_amazon_order_item_id, 0)
            if line.acorn_amazon_shipped_quantity != units:
                line.acorn_amazon_shipped_quantity = units

    def _acorn_amazon_follow_parcels(self):
        """Bring parcels to what Amazon now says of their orders (A33)."""
        for order in self:
            stated = {
                parcel["reference"]: parcel
                for parcel in order.acorn_amazon_parcels or ()
            }
            for package in order.acorn_amazon_package_ids:
                status = stated.get(str(package.reference), {}).get("status")
                if status and package.amazon_status != status:
                    package.amazon_status = status
                if package.state in ("waiting", "to_send", "refused"):
                    package._drop_if_settled()
