from odoo import api, models


class AcornAmazonWizardMixin(models.AbstractModel):
    """Wizards that show nothing of records which their user may not read (A19).

    A wizard belongs to whoever opened it, so no rule stands between its user and
    the records it is made for: Odoo computes related fields, and the names of
    records, with the rights of the system.
    """

    _name = "acorn.amazon.wizard.mixin"
    _description = "Amazon Wizard of Accessible Records"

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_references(self._fields)
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self._check_references(vals)
        return result

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        # A new record as well asks for its defaults only here.
        self.new(values)
        return values

    def _update_cache(self, values, validate=True):
        """Override for records that are not saved: what ``onchange`` is asked about."""
        result = super()._update_cache(values, validate)
        self.filtered(lambda wizard: not wizard.id)._check_references(values)
        return result

    def _check_references(self, names):
        """Refuse records that the user may not read.

        :param names: fields that may have changed
        :raise AccessError: from the record that is refused
        """
        if self.env.su:
            return
        for name in names:
            field = self._fields.get(name)
            if (
                field
                and field.type in ("many2one", "many2many")
                and not field.related
                and name not in models.LOG_ACCESS_COLUMNS
            ):
                self.mapped(name)._origin.check_access("read")
