from odoo import models

from ..mappers.identity import address_digest, buyer_key


class AcornAmazonOrderImporter(models.AbstractModel):
    """What becomes of buyer and addresses when Amazon tells them later (A1)."""

    _inherit = "acorn.amazon.order.importer"

    def _update_address(self, lookups, plan):
        """Follow buyer, address and destination as far as they are Amazon's to say.

        While the goods are still here, the generic buyer gives way to the real one and
        a changed address is followed by the open deliveries. The fiscal position is
        written when another one is decided than before.
        """
        order = plan.sale_order
        self._complete_buyer(lookups, plan)
        values = {}
        if order.delivery_status != "full":
            values = self._prepare_partner_changes(lookups, plan)
        position = plan.fiscal_position
        is_news = position.id != plan.known.fiscal_position_id
        if is_news and order.fiscal_position_id != position:
            values["fiscal_position_id"] = position.id
        if not values:
            return
        went_to = order.partner_shipping_id
        # What Odoo would choose anew for the buyer, warehouse and currency too, is
        # the marketplace's to say, or a person's.
        chosen = [
            field
            for field in order._fields.values()
            if field.store and field.compute and not field.readonly
        ]
        with self.env.protecting(chosen, order):
            # No reminder to do by hand what is done here.
            order.with_context(mail_activity_automation_skip=True).write(values)
        if order.partner_shipping_id != went_to:
            order.picking_ids.filtered(
                lambda picking: (
                    picking.state not in ("done", "cancel")
                    and picking.partner_id == went_to
                )
            ).partner_id = order.partner_shipping_id

    def _complete_buyer(self, lookups, plan):
        """Give the buyer the VAT number that Amazon names at last: invoices need it.

        A customer whom a person chose, and the generic buyer, are not Amazon's to fill.
        """
        if lookups.store.keep_no_pii or not plan.order.tax_registrations:
            return
        buyer, key = plan.sale_order.partner_id, buyer_key(plan.order)
        if key and buyer.acorn_amazon_buyer_key == key:
            buyer._acorn_amazon_add_vat(plan.order)

    def _prepare_partner_changes(self, lookups, plan):
        """Values of the order for a buyer or an address that is news.

        :return: dict, empty when there is no news or a person has chosen otherwise
        """
        order, generic = plan.sale_order, plan.participation.no_pii_partner_id
        is_unknown = (
            order.partner_id == generic
            and buyer_key(plan.order)
            and not lookups.store.keep_no_pii
            and not self._is_invoiced(order)
        )
        is_moved = self._is_moved(lookups, plan)
        if not is_unknown and not is_moved:
            return {}
        partners = self.env["res.partner"]._acorn_amazon_find_or_create(lookups, [plan])
        buyer, ship_to = partners[plan.order.order_id]
        values = {}
        if is_unknown:
            values["partner_id"] = buyer.id
            if order.partner_invoice_id == generic:
                values["partner_invoice_id"] = buyer.id
            is_moved = is_moved or self._is_of_guest(plan, generic)
        if is_moved:
            digest = self._get_address_digest(lookups, plan.order)
            values["partner_shipping_id"] = ship_to.id
            values["acorn_amazon_address_digest"] = digest
        return values

    def _is_moved(self, lookups, plan):
        """Whether Amazon's address is news, and the order's contact not a person's.

        An address without a street is what Amazon shows without the role: it replaces
        nothing.
        """
        order, address = plan.sale_order, plan.order.address
        digest = self._get_address_digest(lookups, plan.order)
        if not digest:
            return False
        known, ship_to = order.acorn_amazon_address_digest, order.partner_shipping_id
        if not known:
            generic = plan.participation.no_pii_partner_id
            stands_in = ship_to == order.partner_id and ship_to.acorn_amazon_buyer_key
            return ship_to == generic or bool(stands_in)
        has_street = address.line1 or address.line2 or address.line3
        return bool(
            digest != known and has_street and ship_to.acorn_amazon_address_digest
        )

    def _is_of_guest(self, plan, generic):
        """Whether the delivery contact is the generic buyer, or Amazon's under it."""
        ship_to, address = plan.sale_order.partner_shipping_id, plan.order.address
        if ship_to.parent_id != generic or ship_to.acorn_amazon_address_edited:
            return ship_to == generic
        return bool(
            address and ship_to.acorn_amazon_address_digest == address_digest(address)
        )

    def _get_address_digest(self, lookups, order):
        """:return: digest of Amazon's address, False when there is none to keep"""
        if not order.address or lookups.store.keep_no_pii:
            return False
        return address_digest(order.address)
