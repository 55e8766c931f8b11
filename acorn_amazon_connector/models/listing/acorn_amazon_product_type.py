from datetime import timedelta

from odoo import api, fields, models

from ...mappers.listing_schema import read_attributes

# Amazon's addresses of schemas live as long; the schemas change every few weeks.
FRESH_FOR = timedelta(days=7)
REQUIREMENTS = [
    ("LISTING", "Product and Offer"),
    ("LISTING_PRODUCT_ONLY", "Product"),
    ("LISTING_OFFER_ONLY", "Offer"),
]


class AcornAmazonProductType(models.Model):
    """A product type of a marketplace, and what its listings must say (A4).

    The names are read at once, a schema when it is first needed.
    """

    _name = "acorn.amazon.product.type"
    _description = "Amazon Product Type"
    _order = "title, name"
    _rec_name = "title"

    marketplace_id = fields.Many2one(
        "acorn.amazon.marketplace", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(required=True, index=True)
    title = fields.Char(required=True)
    requirements = fields.Selection(REQUIREMENTS, required=True, default="LISTING")
    schema = fields.Json(prefetch=False)
    property_groups = fields.Json(prefetch=False)
    checksum = fields.Char()
    fetched_on = fields.Datetime("Schema Read On")
    named_on = fields.Datetime()

    _name_uniq = models.Constraint(
        "UNIQUE(marketplace_id, name, requirements)",
        "The marketplace has this product type already.",
    )

    @api.depends("title", "name")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = f"{kind.title} ({kind.name})"

    @api.model
    def _search_display_name(self, operator, value):
        """Override to find a type by its technical name as well."""
        return ["|", ("title", operator, value), ("name", operator, value)]

    def _for(self, marketplace, requirements):
        """This type elsewhere, or for another kind of listing; made when missing.

        :param marketplace: ``acorn.amazon.marketplace``
        :param str requirements: a value of ``requirements``
        :rtype: acorn.amazon.product.type
        """
        self.ensure_one()
        types = self.sudo()
        return types.search(
            [
                ("marketplace_id", "=", marketplace.id),
                ("name", "=", self.name),
                ("requirements", "=", requirements),
            ]
        ) or types.create(
            {
                "marketplace_id": marketplace.id,
                "name": self.name,
                "title": self.title,
                "requirements": requirements,
            }
        )

    @api.model
    def _needs_names(self, marketplace):
        """Whether the names of a marketplace's types must be read.

        :rtype: bool
        """
        limit = fields.Datetime.now() - FRESH_FOR
        return not self.search_count(
            [("marketplace_id", "=", marketplace.id), ("named_on", ">", limit)], limit=1
        )

    def _needs_schema(self):
        """Whether the schema must be read.

        :rtype: bool
        """
        self.ensure_one()
        limit = fields.Datetime.now() - FRESH_FOR
        return not self.fetched_on or self.fetched_on < limit

    @api.model
    def _keep_names(self, marketplace, found):
        """Keep the product types of a marketplace.

        :param list found: entries of ``searchDefinitionsProductTypes``
        """
        types = self.sudo()
        known = types.search(
            [
                ("marketplace_id", "=", marketplace.id),
                ("requirements", "=", "LISTING"),
            ]
        ).grouped("name")
        now = fields.Datetime.now()
        names = {
            entry["name"]: entry.get("displayName") or entry["name"]
            for entry in found
            if entry.get("name")
        }
        types.create(
            [
                {
                    "marketplace_id": marketplace.id,
                    "name": name,
                    "title": title,
                    "named_on": now,
                }
                for name, title in names.items()
                if name not in known
            ]
        )
        for name, kind in known.items():
            kind.write({"named_on": now, "title": names.get(name, kind.title)})

    def _keep_schema(self, definition, schema):
        """Keep a schema.

        :param dict definition: reply of ``getDefinitionsProductType``
        :param dict schema: the document that it points to
        """
        self.sudo().write(
            {
                "schema": schema,
                "property_groups": definition.get("propertyGroups") or {},
                "checksum": definition["schema"].get("checksum"),
                "fetched_on": fields.Datetime.now(),
                "title": definition.get("displayName") or self.title,
            }
        )

    def _get_attributes(self):
        """:return: {name: mappers.listing_schema.Attribute}"""
        self.ensure_one()
        return read_attributes(self.schema or {}, self.property_groups or {})
