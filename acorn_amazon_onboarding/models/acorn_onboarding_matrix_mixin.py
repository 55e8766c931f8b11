from odoo import models

# Bootstrap's colours of the states in the overview.
TONES = {
    "draft": "light",
    "checked": "danger",
    "ready": "info",
    "queued": "primary",
    "submitted": "primary",
    "in_review": "primary",
    "action_required": "warning",
    "approved": "success",
    "rejected": "danger",
    "withdrawn": "secondary",
}


class AcornOnboardingMatrixMixin(models.AbstractModel):
    """Entities as rows, marketplaces as columns, the newest registration each (B4)."""

    _name = "acorn.onboarding.matrix.mixin"
    _description = "Entities and Marketplaces"

    def _build_matrix(self, entities, marketplaces, registrations):
        """Return what the overview shows.

        :param entities: legal entities (``res.partner``), in the order of the rows
        :param marketplaces: ``acorn.amazon.marketplace``, in the order of the columns
        :param registrations: ``acorn.onboarding.registration``
        :rtype: dict
        """
        newest = {
            (registration.entity_id, registration.marketplace_id): registration
            for registration in registrations.sorted("id")
        }
        return {
            "columns": [{"id": m.id, "name": m.name} for m in marketplaces],
            "rows": [
                {
                    "id": entity.id,
                    "name": entity.name,
                    "cells": [
                        self._prepare_cell(
                            entity, marketplace, newest.get((entity, marketplace))
                        )
                        for marketplace in marketplaces
                    ],
                }
                for entity in entities
            ],
        }

    def _prepare_cell(self, entity, marketplace, registration):
        """Return what the overview shows of an entity on a marketplace.

        :param registration: ``acorn.onboarding.registration``, or None
        :rtype: dict
        """
        cell = {"column": marketplace.id, "label": "–", "registration": False}
        if registration:
            labels = dict(
                registration._fields["state"]._description_selection(self.env)
            )
            cell |= {
                "registration": registration.id,
                "label": labels[registration.state],
                "tone": TONES[registration.state],
                "count": registration.error_count,
                "problems": "\n".join(registration.finding_ids.mapped("reason")),
            }
        elif entity._sells_on(marketplace):
            cell["label"] = self.env._("Sells There")
        return cell
