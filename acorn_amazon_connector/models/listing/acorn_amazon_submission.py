from odoo import api, fields, models


class AcornAmazonSubmission(models.Model):
    """Prices that were sent, beside quantities."""

    _inherit = "acorn.amazon.submission"

    kind = fields.Selection(
        [("stock", "Quantity"), ("price", "Price"), ("removal", "Removal")],
        required=True,
        default="stock",
        index=True,
    )
    quantity = fields.Integer(default=0)
    currency_id = fields.Many2one(related="offer_id.currency_id")
    price = fields.Monetary()
    previous_price = fields.Monetary("Price Before")
    prices = fields.Json(help="Price, sale and business price that were sent.")
    previous_prices = fields.Json()

    @api.model
    def _give_up_unanswered(self, store, kind):
        """What was sent and never answered is sent again: the value is absolute.

        :param str kind: a value of ``kind``
        :return: what was given up
        """
        unanswered = self.search(
            [
                ("store_id", "=", store.id),
                ("kind", "=", kind),
                ("state", "=", "sending"),
            ]
        )
        unanswered.write(
            {
                "state": "failed",
                "message": self.env._("No answer came. The value was sent again."),
            }
        )
        return unanswered

    def _refuse(self, exc):
        """Note that Amazon refused the call itself.

        :param exc: ``services.errors.RequestError``
        """
        self.write(
            {
                "state": "refused",
                "message": exc.words,
                "request_id": exc.request_id,
                "answered_at": fields.Datetime.now(),
            }
        )
