from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mappers.buy_shipping import read_rates
from ...services.errors import SpApiError
from .acorn_amazon_label_buying import words_of

EXPERIENCES = [
    ("DeliveryConfirmationWithoutSignature", "Tracked"),
    ("DeliveryConfirmationWithSignature", "Tracked, with Signature"),
    ("DeliveryConfirmationWithAdultSignature", "Tracked, with Adult's Signature"),
    ("NoTracking", "Not Tracked"),
]
FORMATS = [
    ("PDF", "PDF"),
    ("PNG", "PNG"),
    ("ZPL203", "ZPL, 203 dpi"),
    ("ZPL300", "ZPL, 300 dpi"),
]


class DeliveryCarrier(models.Model):
    """Amazon Buy Shipping as a shipping method of Odoo (A2)."""

    _inherit = "delivery.carrier"

    delivery_type = fields.Selection(
        selection_add=[("acorn_amazon", "Amazon Buy Shipping")],
        ondelete={
            "acorn_amazon": lambda carriers: carriers.write(
                {"delivery_type": "fixed", "fixed_price": 0}
            )
        },
    )
    acorn_amazon_package_type_id = fields.Many2one(
        "stock.package.type",
        string="Usual Package",
        help="Its size is proposed for deliveries that are not packed.",
    )
    acorn_amazon_experience = fields.Selection(
        EXPERIENCES,
        string="Delivery Confirmation",
        default="DeliveryConfirmationWithoutSignature",
    )
    acorn_amazon_label_format = fields.Selection(
        FORMATS, string="Label Format", default="PDF"
    )
    acorn_amazon_pick_up = fields.Boolean(
        string="Carrier Picks Up",
        help="Otherwise you bring the parcels to the carrier.",
    )

    @api.model
    def _acorn_amazon_find(self, company):
        """The shipping method that stands for Amazon's labels.

        :rtype: delivery.carrier (may be empty)
        """
        return self.sudo().search(
            [
                ("delivery_type", "=", "acorn_amazon"),
                ("company_id", "in", (False, company.id)),
            ],
            order="company_id, sequence, id",
            limit=1,
        )

    @api.model
    def _acorn_amazon_label_prefix(self):
        """How Odoo names the files of labels."""
        return "LabelShipping-acorn_amazon"

    def _match(self, partner, source):
        """Override of `delivery`: Amazon sells labels for its own orders only."""
        if self.delivery_type == "acorn_amazon":
            order = source if source._name == "sale.order" else source.sale_id
            if not order.sudo()._acorn_amazon_takes_labels():
                return False
        return super()._match(partner, source)

    # === PROVIDER === #

    def acorn_amazon_rate_shipment(self, order):
        """The cheapest rate that Amazon offers for the open delivery of an order.

        :return: as ``delivery.carrier.rate_shipment`` describes it
        """
        try:
            price = self._acorn_amazon_find_price(order)
        except UserError as exc:
            return _answer(error=str(exc))
        except SpApiError as exc:
            return _answer(
                error=self.env._(
                    "Amazon gives no rates: %(words)s", words=words_of(exc)
                )
            )
        if price is None:
            return _answer(error=self.env._("No carrier offers a label for this."))
        return _answer(price=price)

    def _acorn_amazon_find_price(self, order):
        """The cheapest rate in the company's currency, or None.

        :raise UserError: Amazon cannot be asked
        """
        picking = order.picking_ids.filtered(
            lambda p: (
                p.picking_type_code == "outgoing" and p.state not in ("done", "cancel")
            )
        )[:1]
        if not picking:
            raise UserError(self.env._("There is no open delivery to ask about."))
        wizard = self.env["acorn.amazon.buy.label"]._open_for(picking)
        rates = read_rates(wizard._ask_for_rates()).rates
        if not rates:
            return None
        currency = self.env["acorn.amazon.label"]._find_currency(rates[0].currency)
        return currency._convert(
            float(rates[0].amount),
            order.company_id.currency_id,
            order.company_id,
            fields.Date.today(),
        )

    def acorn_amazon_send_shipping(self, pickings):
        """The labels that were bought before; none is bought here.

        Odoo asks while a delivery is being validated: its goods are locked, and a
        failure afterwards would forget a label that is paid.

        :return: a dict per delivery, as ``delivery.carrier.send_shipping`` describes
        :raise UserError: no label was bought
        """
        answers = []
        for picking in pickings:
            picking._acorn_amazon_need_label()
            labels = picking.sudo().acorn_amazon_label_ids.filtered(
                lambda label: label.state == "bought"
            )
            numbers = [n for n in labels.mapped("tracking_number") if n]
            answers.append(
                {
                    "exact_price": labels._get_total(picking),
                    "tracking_number": ",".join(numbers) or False,
                }
            )
        return answers

    def acorn_amazon_get_tracking_link(self, picking):
        """Where the carrier shows a parcel; it is the carrier that Amazon named."""
        number = picking._acorn_amazon_tracking_numbers()[:1]
        label = picking.sudo().acorn_amazon_label_ids.filtered(
            lambda label: label.tracking_number in number
        )[:1]
        carrier = (
            self.env["acorn.amazon.carrier"]
            .sudo()
            ._find_by_name(
                label.carrier, picking.sale_id.acorn_amazon_marketplace_id.country_id
            )
        )
        url = carrier.tracking_url or self.tracking_url
        if not number or not url:
            return False
        return url.replace("<shipmenttrackingnumber>", number[0])

    def acorn_amazon_cancel_shipment(self, pickings):
        """Give the labels of deliveries back to Amazon."""
        pickings.acorn_amazon_label_ids.filtered(
            lambda label: label.state in ("bought", "returning")
        ).action_return()


def _answer(price=0.0, error=False):
    return {
        "success": not error,
        "price": price,
        "error_message": error,
        "warning_message": False,
    }
