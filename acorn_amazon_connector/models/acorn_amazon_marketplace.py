from odoo import api, fields, models

from ..services.marketplaces import MARKETPLACES

REGIONS = [("na", "North America"), ("eu", "Europe, Middle East, Africa, India")]
REGIONS += [("fe", "Far East")]


class AcornAmazonMarketplace(models.Model):
    """One of Amazon's public marketplaces; data, not configuration."""

    _name = "acorn.amazon.marketplace"
    _description = "Amazon Marketplace"
    _order = "region desc, name"

    name = fields.Char(required=True, translate=True)
    amazon_id = fields.Char("Marketplace ID", required=True, readonly=True)
    country_id = fields.Many2one("res.country", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    region = fields.Selection(REGIONS, required=True)
    domain = fields.Char(required=True)
    seller_central_url = fields.Char("Seller Central", required=True)
    price_includes_tax = fields.Boolean(
        help="Prices shown to buyers on this marketplace contain the tax."
    )
    standard_tax_rate = fields.Float(
        "Standard Tax (%)",
        digits=(6, 3),
        help="The country's standard rate; 0 where no single rate exists.",
    )
    lang_code = fields.Char("Language Code")

    _amazon_id_uniq = models.Constraint(
        "UNIQUE(amazon_id)", "This marketplace exists already."
    )

    @api.model
    def _load_table(self):
        """Create or refresh the marketplaces from the table of the service layer."""
        countries = self._ids_by("res.country", "code")
        currencies = self._ids_by("res.currency", "name")
        self._load_records(
            [
                {
                    "xml_id": "acorn_amazon_connector.marketplace_"
                    + marketplace.country_code.lower(),
                    "values": {
                        "name": marketplace.name,
                        "amazon_id": marketplace.id,
                        "country_id": countries[marketplace.country_code],
                        "currency_id": currencies[marketplace.currency],
                        "region": marketplace.region,
                        "domain": marketplace.domain,
                        "seller_central_url": marketplace.seller_central_url,
                        "price_includes_tax": marketplace.price_includes_tax,
                        "standard_tax_rate": float(marketplace.standard_tax_rate or 0),
                        "lang_code": marketplace.language,
                    },
                }
                for marketplace in MARKETPLACES.values()
            ],
            update=True,
        )

    def _ids_by(self, model_name, key):
        """Map a natural key to ids, archived records (most currencies) included."""
        records = self.env[model_name].with_context(active_test=False)
        return {row[key]: row.id for row in records.search([(key, "!=", False)])}
