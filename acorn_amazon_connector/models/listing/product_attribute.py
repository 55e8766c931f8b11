from odoo import fields, models

# What sellers call the attributes that Amazon's variations are made of.
COMMON = {
    "color": ("color", "colour", "farbe", "couleur", "colore", "kleur", "颜色"),
    "size": ("size", "größe", "groesse", "taille", "talla", "taglia", "maat", "尺码"),
    "material": ("material", "matériau", "materiale", "材质"),
    "style": ("style", "stil", "estilo", "stile"),
    "flavor": ("flavor", "flavour", "geschmack", "goût", "sabor"),
    "scent": ("scent", "duft", "parfum", "aroma"),
}


class ProductAttribute(models.Model):
    """Which of Amazon's attributes an attribute of variants is."""

    _inherit = "product.attribute"

    acorn_amazon_attribute = fields.Char(
        "Attribute at Amazon",
        help="Amazon's name, for example color or size. Empty: found by the name of "
        "this attribute.",
    )

    def _get_acorn_amazon_attribute(self):
        """:return: Amazon's name of the attribute, or None"""
        self.ensure_one()
        if self.acorn_amazon_attribute:
            return self.acorn_amazon_attribute.strip().lower()
        names = {self.name.strip().lower()} | {
            self.with_context(lang=code).name.strip().lower()
            for code, _name in self.env["res.lang"].get_installed()
        }
        for name, words in COMMON.items():
            if not names.isdisjoint(words):
                return name
        return None
