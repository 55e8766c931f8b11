from odoo import api, fields, models

from . import activities


class AcornOnboardingAgreement(models.Model):
    """A version of Amazon's agreement that every entity has to accept (B24)."""

    _name = "acorn.onboarding.agreement"
    _description = "Amazon Agreement"
    _order = "effective_on desc, id desc"
    _rec_name = "version"

    version = fields.Char(required=True)
    effective_on = fields.Date(required=True)
    note = fields.Text()
    entity_ids = fields.One2many(
        "res.partner", "acorn_onboarding_agreement_id", "Accepted By"
    )

    _version_uniq = models.Constraint(
        "UNIQUE(version)", "This version is known already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        agreements = super().create(vals_list)
        agreements._ask_for_consent()
        return agreements

    @api.model
    def _get_valid(self):
        """Return what may be accepted today: what holds, and what is announced.

        Empty when no version was recorded.
        """
        today = fields.Date.context_today(self)
        current = self.search([("effective_on", "<=", today)], limit=1)
        return current | self.search([("effective_on", ">", today)])

    def _ask_for_consent(self):
        """Create a task for each entity that sells and has not accepted yet (B24).

        Versions are known to all companies, and so are the tasks.
        """
        newest = self.search([], limit=1)
        stores = (
            self.env["acorn.amazon.store"]
            .sudo()
            .search(
                [
                    ("state", "!=", "draft"),
                    ("acorn_onboarding_entity_id", "!=", False),
                    (
                        "acorn_onboarding_entity_id.acorn_onboarding_agreement_id",
                        "!=",
                        newest.id,
                    ),
                ]
            )
        )
        registrations = (
            self.env["acorn.onboarding.registration"]
            .sudo()
            .search(
                [
                    ("state", "not in", ("approved", "rejected", "withdrawn")),
                    ("entity_id.acorn_onboarding_agreement_id", "!=", newest.id),
                ]
            )
        )
        for record in (*stores, *registrations):
            activities.ask(record, "agreement", record.user_id or self.env.user)

    @api.model
    def _note_consent(self, entities):
        """End the tasks of those that accepted the newest version; go on sending."""
        newest = self.search([], limit=1)
        done = entities.sudo().filtered(
            lambda entity: entity.acorn_onboarding_agreement_id == newest
        )
        activities.end(done.acorn_onboarding_store_ids, "agreement")
        activities.end(done.acorn_onboarding_registration_ids, "agreement")
        waiting = entities.sudo().acorn_onboarding_registration_ids
        waiting.filtered(lambda r: r.state == "queued")._wake()
