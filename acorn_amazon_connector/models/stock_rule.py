from odoo import api, models


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def _search_rule_for_warehouses(
        self, route_ids, packaging_uom_id, product_id, warehouse_ids, domain
    ):
        """Override of `stock`: products with the same routes share one search."""
        batch = self.env.context.get("acorn_amazon_batch")
        search = super()._search_rule_for_warehouses
        if not batch:
            return search(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )
        key = (
            route_ids and route_ids._ids,
            packaging_uom_id and packaging_uom_id.package_type_id.route_ids._ids,
            (product_id.route_ids | product_id.categ_id.total_route_ids)._ids,
            warehouse_ids and warehouse_ids._ids,
            str(domain),
        )
        if key not in batch.rules:
            batch.rules[key] = search(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )
        return batch.rules[key]
