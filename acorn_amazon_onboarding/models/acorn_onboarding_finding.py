from odoo import fields, models

from .acorn_onboarding_rule import SEVERITIES

ENTITY_FORM = "acorn_amazon_onboarding.acorn_onboarding_entity_view_form"
# The page of the entity's form on which a field is.
PAGES = {
    "acorn_onboarding_representative_ids": "people",
    "acorn_onboarding_document_ids": "documents",
    "acorn_onboarding_tax_ids": "taxes",
    "bank_ids": "banks",
    "acorn_onboarding_agreement_id": "amazon",
    "acorn_onboarding_store_ids": "amazon",
}


class AcornOnboardingFinding(models.Model):
    """One problem of one registration, what it is about and how to mend it (B20)."""

    _name = "acorn.onboarding.finding"
    _description = "Registration Finding"
    _order = "severity, registration_id, id"
    _rec_name = "reason"

    registration_id = fields.Many2one(
        "acorn.onboarding.registration", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="registration_id.company_id", store=True, index=True
    )
    entity_id = fields.Many2one(related="registration_id.entity_id", store=True)
    marketplace_id = fields.Many2one(
        related="registration_id.marketplace_id", store=True
    )
    rule_id = fields.Many2one(
        "acorn.onboarding.rule", "Check", required=True, ondelete="cascade"
    )
    severity = fields.Selection(SEVERITIES, required=True)
    reason = fields.Text(required=True, translate=True)
    requirement_id = fields.Many2one(
        "acorn.onboarding.requirement", ondelete="set null", index="btree_not_null"
    )
    note = fields.Text(related="requirement_id.note")
    source = fields.Char(related="requirement_id.source")
    link = fields.Char("Source Page", related="requirement_id.link")
    advice = fields.Text(related="rule_id.advice")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    field_name = fields.Char()

    def action_open_record(self):
        """Open what has to be mended, on the page where the field is."""
        self.ensure_one()
        model, res_id = self.res_model, self.res_id
        if not model or not res_id:
            model, res_id = "res.partner", self.entity_id.id
        page = PAGES.get(self.field_name)
        view = self.env.ref(f"{ENTITY_FORM}_{page}" if page else ENTITY_FORM)
        return {
            "views": [(view.id if model == "res.partner" else False, "form")],
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "view_mode": "form",
        }
