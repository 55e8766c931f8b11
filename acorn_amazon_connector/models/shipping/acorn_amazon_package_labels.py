from collections import Counter

from odoo import models
from odoo.exceptions import UserError

from .acorn_amazon_label import ACTIVE


class AcornAmazonPackage(models.Model):
    """Parcels that Amazon knows by the label it sold: never confirmed again (A2)."""

    _inherit = "acorn.amazon.package"

    def _get_label(self):
        """The label that counts for this parcel: the one in use, else the last one.

        :rtype: acorn.amazon.label (may be empty)
        """
        self.ensure_one()
        labels = self.picking_id.sudo().acorn_amazon_label_ids.filtered(
            lambda label: label.parcel_id == self.parcel_id and label.state != "failed"
        )
        if not labels and self.parcel_id:
            return self._get_label_from_before()
        return labels.filtered(lambda label: label.state in ACTIVE)[:1] or labels[:1]

    def _get_label_from_before(self):
        """The label of goods that were packed only after it was bought.

        :rtype: acorn.amazon.label (may be empty)
        """
        picking = self.picking_id.sudo()
        labels = picking.acorn_amazon_label_ids
        packages = picking.acorn_amazon_package_ids.filtered(
            lambda package: package.parcel_id not in labels.parcel_id
        )
        if not all(package.parcel_id for package in packages):
            return labels.browse()
        units = Counter()
        for item in packages.item_ids:
            units[item.order_item_id] += item.quantity
        return picking._acorn_amazon_get_loose_label(units)

    def _lock_for_label(self, parcel):
        """Keep parcels from being confirmed while a label is bought for them.

        :param parcel: ``stock.package`` that gets the label, empty for all goods
        :raise UserError: Amazon knows one of them already
        """
        packages = self.filtered(lambda package: package.parcel_id == parcel)
        if not packages:
            return
        packages.lock_for_update()
        if packages.filtered(lambda p: p.confirmed_at or p.state == "sending"):
            raise UserError(
                self.env._("Amazon knows already how these goods are shipped.")
            )

    def _follow_label(self):
        """Decide again about parcels that a label was bought for, or was not."""
        for package in self.filtered(lambda package: not package.confirmed_at):
            is_ours = package.reason_code in ("label_bought", "label_unclear")
            if package.state in ("waiting", "to_send", "refused") or is_ours:
                package._evaluate(is_wanted=is_ours)
