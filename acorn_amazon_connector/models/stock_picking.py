from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    acorn_amazon_order_id = fields.Char(
        related="sale_id.acorn_amazon_order_id", string="Amazon Order"
    )
    acorn_amazon_on_hold = fields.Boolean(
        related="sale_id.acorn_amazon_on_hold", string="Buyer Asks to Cancel"
    )

    acorn_amazon_ship_by = fields.Datetime(
        related="sale_id.acorn_amazon_ship_by", string="Ship By"
    )

    def message_post_with_source(self, source_ref, **kwargs):
        """Override of `mail`: a batch writes the notes about origins together."""
        batch = self.env.context.get("acorn_amazon_batch")
        if batch and source_ref == "mail.message_origin_link":
            for picking in self:
                batch.collect_note(picking, kwargs["render_values"]["origin"])
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **kwargs)

    def button_validate(self):
        """Override of `stock` to stop deliveries that the buyer wants cancelled."""
        held = self.filtered("acorn_amazon_on_hold")
        if held:
            raise UserError(
                self.env._(
                    "The buyer asks to cancel %(orders)s. Cancel the order on Amazon, "
                    "or press Ship Anyway on the order.",
                    orders=", ".join(held.sale_id.mapped("acorn_amazon_order_id")),
                )
            )
        # No text message leaves for Amazon orders, so Odoo need not ask about it.
        silent = all(picking.acorn_amazon_order_id for picking in self)
        pickings = self.with_context(skip_sms=True) if silent else self
        return super(StockPicking, pickings).button_validate()

    def _action_done(self):
        """Override of `stock`: what was shipped outside Odoo is now in the books."""
        result = super()._action_done()
        self.sale_id._acorn_amazon_close_shipped_elsewhere()
        self.move_ids.sudo().sale_line_id.order_id._acorn_amazon_close_settled()
        return result

    def _send_confirmation_email(self):
        """Override of `stock`: Amazon tells its buyers itself, and forbids others to.

        Neither mails nor text messages leave for deliveries of Amazon orders.
        """
        own = self.filtered(lambda picking: not picking.acorn_amazon_order_id)
        return super(StockPicking, own)._send_confirmation_email()

    # === AMAZON: GOODS THAT HAVE LEFT ALREADY === #

    def _acorn_amazon_take_from_right_place(self):
        """Goods that left before Odoo counted the stock must not be deducted again."""
        by_location = defaultdict(self.browse)
        for picking in self:
            order = picking.sale_id
            # A later step takes what the first one brought, from where it is.
            if (
                order.acorn_amazon_fulfilled_by != "MERCHANT"
                or picking.move_ids.move_orig_ids
            ):
                continue
            location = order.acorn_amazon_store_id._get_shipped_before_location(order)
            if location and picking.location_id != location:
                by_location[location] |= picking
        for location, pickings in by_location.items():
            reserved = pickings.filtered("move_line_ids")
            reserved.do_unreserve()
            pickings.move_ids.write({"location_id": location.id})
            pickings.write({"location_id": location.id})

    def _acorn_amazon_complete(self):
        """Validate deliveries whose goods have left, in stock or not, lots included."""
        moves = self.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        tracked = moves.filtered(lambda move: move.product_id.tracking != "none")
        tracked._acorn_amazon_assign_lots()
        untouched = (moves - tracked).filtered(lambda move: not move.move_line_ids)
        self.env["stock.move.line"].create(
            [
                move._prepare_move_line_vals(quantity=move.product_qty)
                for move in untouched
            ]
        )
        for move in moves - tracked - untouched:
            move.quantity = move.product_uom_qty
        moves.picked = True
        self.with_context(cancel_backorder=False)._action_done()

    def _acorn_amazon_complete_partly(self, shipped):
        """Validate the shipped part; the rest stays open on a backorder.

        :param dict shipped: see ``stock.move._acorn_amazon_count_shipped``
        :return: the deliveries that were validated
        """
        left = dict(shipped)
        before = self.mapped("location_id")
        self._acorn_amazon_take_from_right_place()
        quantities = {}
        for move in self.move_ids:
            part = move._acorn_amazon_get_part()
            quantities[move] = min(left.get(part, 0), move.product_qty)
            left[part] = left.get(part, 0) - quantities[move]
        tracked = self.move_ids.filtered(
            lambda move: move.product_id.tracking != "none" and quantities[move]
        )
        tracked._acorn_amazon_assign_lots(quantities)
        for move in self.move_ids:
            if move not in tracked:
                move.quantity = move.product_id.uom_id._compute_quantity(
                    quantities[move], move.product_uom, round=False
                )
            move.picked = bool(quantities[move])
        done = self.filtered(lambda picking: any(picking.move_ids.mapped("picked")))
        done.with_context(skip_backorder=True, cancel_backorder=False)._action_done()
        backorders = self.backorder_ids
        if before and backorders.location_id != before[:1]:
            backorders.move_ids.write({"location_id": before[:1].id})
            backorders.write({"location_id": before[:1].id})
        rest = (backorders | (self - done)).move_ids
        rest.filtered(
            lambda move: move.state in ("confirmed", "partially_available")
        )._action_assign()
        return done
