from odoo import fields, models


class AcornAmazonStore(models.Model):
    _inherit = "acorn.amazon.store"

    acorn_onboarding_entity_id = fields.Many2one(
        "res.partner",
        "Legal Entity",
        domain="[('acorn_onboarding_is_entity', '=', True)]",
        ondelete="restrict",
        index="btree_not_null",
        help="Whose seller account this is. Only registrations of this entity are sent"
        " with the store's authorisation.",
    )

    # What a registration refers to, so that it never gets another entity's token.
    _entity_uniq = models.Constraint(
        "UNIQUE(id, acorn_onboarding_entity_id)", "One entity per store."
    )
