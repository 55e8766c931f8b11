from odoo import fields, models


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

    def _refuse(self, exc):
        """Note that Amazon refused the call itself.

        :param exc: ``services.errors.RequestError``
        """
        self.write(
            {
                "state": "refused",
                "message": str(exc),
                "request_id": exc.request_id,
                "answered_at": fields.Datetime.now(),
            }
        )
