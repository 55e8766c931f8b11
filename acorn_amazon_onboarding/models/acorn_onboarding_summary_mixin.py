from odoo import models
from odoo.tools import file_path, format_date

from ..mappers.package import Row, Words
from ..reports.package_pdf import draw_summary

FONTS = (
    "web/static/fonts/google/Open_Sans/Open_Sans-Regular.ttf",
    "web/static/fonts/google/Open_Sans/Open_Sans-Bold.ttf",
)


class AcornOnboardingSummaryMixin(models.AbstractModel):
    """Records as a PDF from which people copy: names and values as on screen."""

    _name = "acorn.onboarding.summary.mixin"
    _description = "Onboarding Summary"

    def _draw_summary(self, summary):
        """Return a ``mappers.package.Summary`` as PDF."""
        return draw_summary(summary, tuple(file_path(font) for font in FONTS))

    def _prepare_words(self, footer):
        return Words(
            checklist=self.env._("Checklist"),
            missing=self.env._("MISSING"),
            columns=(
                self.env._("Asked For"),
                self.env._("Answer"),
                self.env._("Source"),
            ),
            footer=footer,
        )

    def _rows(self, record, names):
        return tuple(self._row(record, name, required) for name, required in names)

    def _row(self, record, name, required=False, value=None):
        """Return a value under the name that the field has on screen."""
        text = self._text(record, name) if value is None else value or ""
        return Row(self._label(record, name), text, required)

    def _label(self, record, name):
        return record._fields[name]._description_string(self.env)

    def _text(self, record, name):
        """Return a field's value as people write it, empty when there is none."""
        field, value = record._fields[name], record[name]
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if not value:
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env))[value]
        if field.type == "date":
            # Months by name: nobody mistakes them for days.
            return format_date(self.env, value, date_format="long")
        if field.type == "many2one":
            is_country = field.comodel_name == "res.country"
            return self._country(value) if is_country else value.display_name
        return str(value)

    def _country(self, country):
        return f"{country.name} ({country.code})" if country else ""
