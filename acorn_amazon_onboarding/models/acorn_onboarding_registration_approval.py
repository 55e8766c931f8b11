from markupsafe import Markup

from odoo import models

from . import activities


class AcornOnboardingRegistration(models.Model):
    _inherit = "acorn.onboarding.registration"

    def _open_marketplace(self):
        """Make the approved marketplace part of Odoo (B30).

        In the region of a store that is there, the marketplace becomes a
        participation with the template's settings. In another region a new store is
        prepared, and its owner is asked to give consent. A sandbox opens nothing in
        production (B15).
        """
        self.ensure_one()
        home = self.store_id.sudo()
        stores = self.entity_id.sudo().acorn_onboarding_store_ids.filtered(
            lambda s: (
                s.region == self.marketplace_id.region
                and s.company_id == self.company_id
                and (not home or s.environment == home.environment)
            )
        )
        store = stores & home or stores[:1]
        if store:
            self._open_participation(store)
        else:
            store = self._prepare_store()
        if not store.has_refresh_token:
            self._ask_for_consent(store)

    def _open_participation(self, store):
        participations = self.env["acorn.amazon.participation"].sudo()
        known = participations.with_context(active_test=False).search(
            [
                ("store_id", "=", store.id),
                ("marketplace_id", "=", self.marketplace_id.id),
            ]
        )
        if known:
            settings = self.template_line_id._prepare_participation_vals()
            known.write({"is_participating": True, **settings})
            return
        new = participations.create(
            {
                "store_id": store.id,
                "marketplace_id": self.marketplace_id.id,
                "is_participating": True,
            }
        )
        # The settings of the template are part of the proposal.
        new._propose()

    def _prepare_store(self):
        """Create the store of a new region; the seller still has to consent."""
        home = self.store_id.sudo()
        if not home.application_id:
            return home
        return home.create(
            {
                "name": f"{self.entity_id.name} {self.marketplace_id.name}",
                "company_id": self.company_id.id,
                "application_id": home.application_id.id,
                "region": self.marketplace_id.region,
                "home_marketplace_id": self.marketplace_id.id,
                "acorn_onboarding_entity_id": self.entity_id.id,
                "user_id": self.user_id.id,
            }
        )

    def _ask_for_consent(self, store):
        values = {
            "registration": self.display_name,
            "entity": self.entity_id.name,
        }
        if store:
            note = self.env._(
                "Amazon has approved %(registration)s. Open the store, press Connect"
                " and give consent in Seller Central.",
                **values,
            )
            note = Markup('<p>%s</p><p><a href="%s">%s</a></p>') % (
                note,
                f"/odoo/amazon-stores/{store.id}",
                self.env._("Open %(store)s", store=store.name),
            )
        else:
            note = self.env._(
                "Amazon has approved %(registration)s. An Amazon manager connects the"
                " new seller account as a store, and chooses %(entity)s there as its"
                " legal entity; the template's settings follow by themselves.",
                **values,
            )
        activities.ask(
            store or self, "consent", self.user_id or self.env.user, note=note
        )
