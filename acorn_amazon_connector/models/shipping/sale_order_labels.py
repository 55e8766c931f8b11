from odoo import api, fields, models

from .acorn_amazon_label import ACTIVE

READERS = "stock.group_stock_user,acorn_amazon_connector.group_acorn_amazon_user"


class SaleOrder(models.Model):
    """Labels that were bought from Amazon for an order (A2)."""

    _inherit = "sale.order"

    acorn_amazon_label_ids = fields.One2many(
        "acorn.amazon.label", "order_id", string="Amazon Labels", groups=READERS
    )
    acorn_amazon_label_count = fields.Integer(
        compute="_compute_acorn_amazon_label_count", compute_sudo=True
    )

    acorn_amazon_has_label = fields.Boolean(
        compute="_compute_acorn_amazon_has_label",
        store=True,
        compute_sudo=True,
        help="Amazon counts the order as shipped as soon as its label is bought.",
    )

    _acorn_amazon_has_label_idx = models.Index(
        "(acorn_amazon_store_id) WHERE acorn_amazon_has_label"
    )

    @api.depends("acorn_amazon_label_ids.state")
    def _compute_acorn_amazon_has_label(self):
        for order in self:
            order.acorn_amazon_has_label = any(
                label.state in ACTIVE for label in order.acorn_amazon_label_ids
            )

    @api.depends("acorn_amazon_label_ids")
    def _compute_acorn_amazon_label_count(self):
        counts = dict(
            self.env["acorn.amazon.label"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.acorn_amazon_label_count = counts.get(order, 0)

    def action_acorn_amazon_labels(self):
        """Open the labels of this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_label_action"
        )
        action["domain"] = [("order_id", "=", self.id)]
        action["context"] = {}
        return action

    def _acorn_amazon_takes_labels(self):
        """Whether Amazon sells labels for this order.

        :rtype: bool
        """
        return bool(
            self.acorn_amazon_order_id
            and self.acorn_amazon_fulfilled_by == "MERCHANT"
            and self.acorn_amazon_status != "CANCELLED"
        )

    def _acorn_amazon_find_shipped_elsewhere(self, shipped):
        """Override: what has a label of ours is on its way to be shipped by us."""
        labelled = {}
        labels = self.sudo().acorn_amazon_label_ids.filtered(
            lambda label: (
                label.state not in ("buying", "failed")
                and label.picking_id.state not in ("done", "cancel")
            )
        )
        for label in labels:
            for item in label.items or ():
                units = labelled.get(item["id"], 0) + item["quantity"]
                labelled[item["id"]] = units
        packed = self.sudo().acorn_amazon_package_ids.item_ids
        for item in packed:
            if item.order_item_id in labelled:
                labelled[item.order_item_id] += item.quantity
        return super()._acorn_amazon_find_shipped_elsewhere(
            {
                item_id: units
                for item_id, units in shipped.items()
                if units > labelled.get(item_id, 0)
            }
        )
