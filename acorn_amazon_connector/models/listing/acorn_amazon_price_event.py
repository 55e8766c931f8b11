from odoo import api, fields, models


class AcornAmazonPriceEvent(models.Model):
    """A price that changed in Odoo and that no offer has been computed from yet.

    A column of 0 stands for all.
    """

    _name = "acorn.amazon.price.event"
    _inherit = "acorn.amazon.offer.event"
    _description = "Amazon Price Event"
    _log_access = False

    _kind = "price"
    _noted = ("pricelist_id", "product_tmpl_id")

    pricelist_id = fields.Integer()
    product_tmpl_id = fields.Integer()

    @api.model
    def _mark_offers(self, changes):
        offers = self.env["acorn.amazon.offer"]
        by_pricelist = {}
        for pricelist_id, template_id in changes:
            by_pricelist.setdefault(pricelist_id, set()).add(template_id)
        marked = 0
        for pricelist_id, template_ids in by_pricelist.items():
            marked += offers._mark_prices(
                self._find_dependent(pricelist_id) if pricelist_id else None,
                None if 0 in template_ids else template_ids,
            )
        return marked

    @api.model
    def _find_dependent(self, pricelist_id):
        """The pricelists whose prices depend on one, itself included.

        :rtype: product.pricelist
        """
        found = newest = self.env["product.pricelist"].browse(pricelist_id)
        items = self.env["product.pricelist.item"].sudo()
        while newest:
            based = items.search([("base_pricelist_id", "in", newest.ids)])
            newest = based.pricelist_id - found
            found |= newest
        return found
