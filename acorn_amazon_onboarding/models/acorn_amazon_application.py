from odoo import fields, models


class AcornAmazonApplication(models.Model):
    _inherit = "acorn.amazon.application"

    # One at most: the developer of an application is unique.
    acorn_onboarding_developer_ids = fields.One2many(
        "acorn.onboarding.developer", "application_id", "Registration Interface"
    )
