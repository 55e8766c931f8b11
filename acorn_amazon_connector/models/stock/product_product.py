import math
from collections import defaultdict

from odoo import models


class ProductProduct(models.Model):
    """Kits: bills of materials of type phantom, where ``mrp`` is installed (A2)."""

    _inherit = "product.product"

    def _acorn_amazon_get_parts(self, company):
        """The parts of those of these products that are kits of a company.

        :return: {product: [(part, units of it in one kit)]}; kits only, and of these
            only what Odoo counts
        """
        if "mrp.bom" not in self.env:
            return {}
        boms = (
            self.env["mrp.bom"]
            .sudo()
            ._bom_find(self, company_id=company.id, bom_type="phantom")
        )
        parts = {
            product: product._acorn_amazon_explode(bom)
            for product, bom in boms.items()
            if bom
        }
        return {product: group for product, group in parts.items() if group}

    def _acorn_amazon_get_stocked(self, company):
        """What Odoo counts of these products: of a kit its parts, else the product.

        :return: {product: [(product or part, units of it in one)]} of all of them
        """
        kits = self._acorn_amazon_get_parts(company)
        return {product: kits.get(product, [(product, 1.0)]) for product in self}

    def _acorn_amazon_explode(self, bom):
        """:return: [(part, units of it in one kit)], over all levels"""
        times = self.uom_id._compute_quantity(1.0, bom.product_uom_id, round=False)
        _boms, lines = bom.explode(self, times / bom.product_qty)
        parts = defaultdict(float)
        for line, data in lines:
            if line.product_id.is_storable:
                parts[line.product_id] += line.product_uom_id._compute_quantity(
                    data["qty"], line.product_id.uom_id, round=False
                )
        return [(part, quantity) for part, quantity in parts.items() if quantity > 0]

    def _acorn_amazon_round_up(self, quantity):
        """What a kit takes a part of, it takes whole: pieces, not lengths.

        :return: a quantity that can leave a warehouse
        """
        self.ensure_one()
        quantity = self.uom_id.round(quantity)
        is_piece = self.uom_id == self.env.ref("uom.product_uom_unit")
        return math.ceil(quantity) if is_piece else quantity

    def _acorn_amazon_add_kits(self):
        """:return: these products and the kits they are in, over all levels"""
        if "mrp.bom.line" not in self.env:
            return self
        lines = self.env["mrp.bom.line"].sudo()
        known, parts = self, self
        while parts:
            boms = lines.search(
                [("product_id", "in", parts.ids), ("bom_id.type", "=", "phantom")]
            ).bom_id
            of_all_variants = boms.filtered(lambda bom: not bom.product_id)
            kits = boms.product_id | of_all_variants.product_tmpl_id.product_variant_ids
            parts = kits - known
            known |= kits
        return self.browse(known.ids)

    def _acorn_amazon_add_parts(self):
        """:return: these products and what is in them as kits, over all levels"""
        if "mrp.bom" not in self.env:
            return self
        boms = self.env["mrp.bom"].sudo()
        known, kits = self, self
        while kits:
            domain = boms._bom_find_domain(kits, bom_type="phantom")
            parts = boms.search(domain).bom_line_ids.product_id
            kits = parts - known
            known |= parts
        return self.browse(known.ids)
