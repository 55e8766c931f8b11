from odoo import fields, models


class AcornAmazonMarketplace(models.Model):
    _inherit = "acorn.amazon.marketplace"

    acorn_onboarding_review_days = fields.Integer(
        "Usual Review (days)",
        default=14,
        help="An alarm is raised when Amazon reviews a registration for longer.",
    )
    acorn_onboarding_requirement_ids = fields.One2many(
        "acorn.onboarding.requirement", "marketplace_id", "Opening Requirements"
    )
