from odoo import fields, models
from odoo.tools import SQL


class AcornAmazonPackage(models.Model):
    """Goods that come back before Amazon is told that they left (A1)."""

    _inherit = "acorn.amazon.package"

    def _may_be_known(self):
        """Whether Amazon has been told of the parcel, or may have been.

        Such a parcel stays as it is, whatever comes back of it.

        :rtype: bool
        """
        self.ensure_one()
        return bool(
            self.confirmed_at
            or self.attempts
            or self._get_label()
            or self._is_known_by_tracking()
        )

    def _keep_sender_away(self):
        """Let either this transaction or the sender decide on parcels, never both.

        The rows are written to, not only locked: a sender that began to read before
        this is committed would else tell Amazon what was in the parcel then. The later
        one is repeated by Odoo.
        """
        if self:
            self.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "UPDATE acorn_amazon_package SET write_date = %s WHERE id IN %s",
                    fields.Datetime.now(),
                    tuple(self.ids),
                )
            )
            self.invalidate_recordset(["write_date"])

    def _follow_return(self):
        """Decide again about parcels of which something came back."""
        for package in self._drop_returned():
            is_open = package.state in ("waiting", "to_send", "refused")
            if is_open or package.reason_code == "switched_off":
                package._drop_if_settled()

    def _drop_returned(self):
        """Take off parcels that Amazon does not know what came back of them.

        What left in its place meanwhile gets parcels of its own.

        :return: those that hold less now
        """
        changed = self.browse()
        for package in self:
            returned = package.item_ids.filtered("returned_quantity")
            if not returned or package._may_be_known():
                continue
            changed |= package
            for item in returned:
                left = item.quantity - item.returned_quantity
                codes = item._get_codes()[:left]
                item.write(
                    {
                        "quantity": left,
                        "returned_quantity": 0,
                        "transparency_codes": "\n".join(codes) or False,
                    }
                )
        for order, packages in changed.grouped("order_id").items():
            lines = packages.item_ids.sale_line_id
            order._acorn_amazon_pack_unpacked(lines)._evaluate()
        return changed
