from odoo import api, fields, models

from . import activities


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

    acorn_onboarding_waits_for_consent = fields.Boolean(
        "Waits for Consent", compute="_compute_acorn_onboarding_waits_for_consent"
    )

    @api.depends("acorn_onboarding_entity_id.acorn_onboarding_agreement_id")
    def _compute_acorn_onboarding_waits_for_consent(self):
        """Whether registrations wait until the entity accepts the agreement (B24)."""
        for store in self:
            entity = store.acorn_onboarding_entity_id
            store.acorn_onboarding_waits_for_consent = bool(
                entity
                and entity.sudo().acorn_onboarding_registration_ids
                and not entity._has_accepted_agreement()
            )

    def _become_authorised(self):
        """End the task of the approval that asked for consent (B30)."""
        result = super()._become_authorised()
        activities.end(self, "consent")
        return result

    def write(self, vals):
        """Set up what was connected before somebody said whose account it is (B30)."""
        entity_id = vals.get("acorn_onboarding_entity_id")
        new = entity_id and self.filtered(
            lambda store: store.acorn_onboarding_entity_id.id != entity_id
        )
        result = super().write(vals)
        if new:
            new.participation_ids._apply_template()
        return result
