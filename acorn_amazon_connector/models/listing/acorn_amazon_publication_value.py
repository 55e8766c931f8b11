from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mappers.listing_schema import coerce

LONGEST_CHOICES = 40


class AcornAmazonPublicationValue(models.Model):
    """What a person says about one attribute, for one listing or for all."""

    _name = "acorn.amazon.publication.value"
    _description = "Amazon Attribute Value"
    _order = "is_required desc, sequence, path, position, id"
    _rec_name = "title"

    publication_id = fields.Many2one(
        "acorn.amazon.publication", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="publication_id.company_id", store=True)
    item_id = fields.Many2one(
        "acorn.amazon.publication.item",
        "Only For",
        ondelete="cascade",
        domain="[('publication_id', '=', publication_id)]",
        help="Empty: for all listings of this publication.",
    )
    sequence = fields.Integer(default=100)
    path = fields.Char(
        "Attribute", required=True, help="Amazon's name, for example color.value."
    )
    position = fields.Integer(
        "Number", default=1, help="1, 2, 3… where an attribute takes several values."
    )
    attribute = fields.Char("Attribute Name", compute="_compute_attribute", store=True)
    title = fields.Char("What Amazon Asks")
    group = fields.Char(readonly=True)
    value = fields.Char()
    kind = fields.Char(readonly=True, default="string")
    choices = fields.Json(readonly=True)
    is_open = fields.Boolean(readonly=True)
    choice_text = fields.Char("Allowed Values", compute="_compute_choice_text")
    hint = fields.Text(readonly=True)
    is_required = fields.Boolean("Required", readonly=True)

    @api.depends("path")
    def _compute_attribute(self):
        for row in self:
            row.attribute = (row.path or "").partition(".")[0]

    @api.depends("choices", "kind")
    def _compute_choice_text(self):
        for row in self:
            names = [
                value if value == name else f"{value} ({name})"
                for value, name in row.choices or []
            ]
            if row.kind == "boolean":
                names = ["yes", "no"]
            more = len(names) - LONGEST_CHOICES
            text = ", ".join(names[:LONGEST_CHOICES])
            row.choice_text = f"{text} … (+{more})" if more > 0 else text

    @api.constrains("value", "kind", "choices")
    def _check_value(self):
        for row in self:
            if row.value:
                row._normalise(row.value)

    @api.model_create_multi
    def create(self, vals_list):
        """Override: new values must be checked."""
        rows = super().create(vals_list)
        if any(rows.mapped("value")):
            rows.publication_id._reopen()
        return rows

    def write(self, vals):
        """Override: changed values must be checked again."""
        result = super().write(vals)
        if "value" in vals or "item_id" in vals:
            self.publication_id._reopen()
        return result

    def _normalise(self, text):
        """Return a value as Amazon writes it: its own word for a choice.

        :raise ValidationError: Amazon takes no such value
        """
        self.ensure_one()
        text = text.strip()
        for value, name in self.choices or []:
            if text.lower() in (value.lower(), name.lower()):
                return value
        title = self.title or self.path
        if self.choices and not self.is_open:
            raise ValidationError(
                self.env._(
                    "%(title)s: %(value)s is not one of %(choices)s.",
                    title=title,
                    value=text,
                    choices=self.choice_text,
                )
            )
        try:
            coerce(self.kind or "string", text)
        except ValueError as exc:
            kinds = {
                "integer": self.env._("a whole number"),
                "number": self.env._("a number"),
                "boolean": self.env._("yes or no"),
            }
            raise ValidationError(
                self.env._(
                    "%(title)s: %(value)s is not %(kind)s.",
                    title=title,
                    value=text,
                    kind=kinds.get(self.kind, self.kind),
                )
            ) from exc
        return text

    @api.model
    def _add_rows(self, publication, attributes, required=()):
        """Add the rows of attributes that a publication does not show yet.

        :param attributes: {name: ``mappers.listing_schema.Attribute``}
        :param required: names of the attributes that Amazon insists on
        """
        known = {row.path: row for row in publication.value_ids}
        vals_list = []
        for place, attribute in enumerate(attributes.values()):
            is_required = attribute.name in required
            if attribute.is_hidden and not is_required:
                continue
            for leaf in attribute.leaves:
                if leaf.path in known:
                    known[leaf.path].is_required |= is_required and leaf.is_required
                    continue
                vals_list.append(
                    {
                        "publication_id": publication.id,
                        **self._prepare_leaf_vals(attribute, leaf),
                        "sequence": place,
                        "is_required": is_required and leaf.is_required,
                    }
                )
        return self.create(vals_list)

    @api.model
    def _prepare_leaf_vals(self, attribute, leaf):
        """Return the values of a row from Amazon's schema.

        :param attribute: ``mappers.listing_schema.Attribute``
        :param leaf: ``mappers.listing_schema.Leaf``
        :rtype: dict
        """
        hints = dict.fromkeys(text for text in (leaf.hint, attribute.description))
        return {
            "path": leaf.path,
            "title": leaf.title,
            "group": attribute.group,
            "kind": leaf.kind,
            "choices": [list(choice) for choice in leaf.choices] or False,
            "is_open": leaf.is_open,
            "hint": "\n".join(text for text in hints if text),
        }
