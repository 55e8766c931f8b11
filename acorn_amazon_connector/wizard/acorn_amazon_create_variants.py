from odoo import Command, models

# Odoo makes a variant only when somebody asks for it: Amazon's families have gaps.
ON_DEMAND = "dynamic"


class AcornAmazonCreateProducts(models.TransientModel):
    """Listings of a variation family become variants of one product (A4, A11)."""

    _inherit = "acorn.amazon.create.products"

    def _create_variants(self, listings):
        """Create the variants of one family, and bind its listings to them.

        A listing whose values another one has already is left out.

        :param listings: children of one parent, ``acorn.amazon.listing``
        :return: the created variants, ``product.product``
        """
        attributes = self._get_attributes(listings)
        values = {
            listing: self._get_values(listing, attributes) for listing in listings
        }
        template = self._find_template(listings, attributes)
        is_new = not template
        if is_new:
            template = self.env["product.template"].create(
                self._prepare_template_vals(listings)
            )
        self._add_values(template, attributes, values)
        created = self.env["product.product"]
        for listing in listings:
            combination = self._get_combination(template, values[listing])
            variant = template._get_variant_for_combination(combination)
            if variant.default_code:
                continue
            variant = variant or template._create_product_variant(combination)
            if variant:
                variant.write(self._prepare_variant_vals(listing))
                listing.write({"product_id": variant.id, "match": "manual"})
                created |= variant
        if is_new:
            # Where attributes of Odoo's make every combination by themselves.
            (template.product_variant_ids - created)._unlink_or_archive()
            if self.with_price:
                self._take_over_prices(template, values)
        return created

    def _find_template(self, listings, attributes):
        """The product of listings of the family that were bound before.

        :rtype: product.template
        """
        siblings = self.env["acorn.amazon.listing"].search(
            [
                ("store_id", "=", listings.store_id.id),
                ("parent_sku", "=", listings[0].parent_sku),
                ("product_id", "!=", False),
            ]
        )
        template = siblings.product_id.product_tmpl_id
        if len(template) == 1 and template.attribute_line_ids.attribute_id == (
            attributes
        ):
            return template
        return self.env["product.template"]

    def _prepare_template_vals(self, listings):
        parent = self.env["acorn.amazon.listing"].search(
            [
                ("store_id", "=", listings.store_id.id),
                ("sku", "=", listings[0].parent_sku),
            ],
            limit=1,
        )
        vals = self._prepare_product_vals(listings[0])
        vals.pop("default_code")
        vals.pop("barcode", None)
        return {**vals, "name": parent.title or vals["name"], "list_price": 0.0}

    def _prepare_variant_vals(self, listing):
        vals = self._prepare_product_vals(listing)
        return {
            name: value
            for name, value in vals.items()
            if name in ("default_code", "barcode")
        }

    # === ATTRIBUTES === #

    def _get_attributes(self, listings):
        """The attributes of a family; made where Odoo has none of that name.

        :rtype: product.attribute
        """
        attributes = self.env["product.attribute"]
        for name, _value in listings[0].variation_values:
            label = name.replace("_", " ").title()
            known = attributes.search(
                [("name", "=ilike", label), ("create_variant", "!=", "no_variant")],
                limit=1,
            )
            attributes |= known or attributes.create(
                {"name": label, "create_variant": ON_DEMAND}
            )
        return attributes

    def _get_values(self, listing, attributes):
        """The attribute values of a listing; made where Odoo has none of that name.

        :rtype: product.attribute.value
        """
        values = self.env["product.attribute.value"]
        texts = [text for _name, text in listing.variation_values]
        for attribute, text in zip(attributes, texts, strict=True):
            same = attribute.value_ids.filtered(
                lambda value, text=text: value.name.casefold() == text.casefold()
            )
            values |= same[:1] or values.create(
                {"attribute_id": attribute.id, "name": text}
            )
        return values

    def _add_values(self, template, attributes, values):
        """Let a product have the attribute values of listings.

        :param dict values: {listing: ``product.attribute.value``}
        """
        wanted = self.env["product.attribute.value"].union(*values.values())
        lines = template.attribute_line_ids.grouped("attribute_id")
        commands = []
        for attribute in attributes:
            own = wanted.filtered(
                lambda value, attribute=attribute: value.attribute_id == attribute
            )
            line = lines.get(attribute)
            if not line:
                vals = {"attribute_id": attribute.id, "value_ids": own.ids}
                commands.append(Command.create(vals))
            elif own - line.value_ids:
                links = [Command.link(value.id) for value in own - line.value_ids]
                commands.append(Command.update(line.id, {"value_ids": links}))
        if commands:
            template.write({"attribute_line_ids": commands})

    def _get_combination(self, template, values):
        return template.attribute_line_ids.product_template_value_ids.filtered(
            lambda value: (
                value.ptav_active and value.product_attribute_value_id in values
            )
        )

    # === PRICES === #

    def _take_over_prices(self, template, values):
        """Make the variants cost what they cost at Amazon, or nothing at all.

        Odoo adds an extra of each value to one price. Where one attribute alone, such
        as the size, decides the price, that is Amazon's price to the cent.
        """
        prices = {
            listing: self._get_price(listing)
            for listing in values
            if listing.product_id.product_tmpl_id == template
        }
        if not prices or not all(prices.values()):
            return
        lowest = min(prices.values())
        for line in template.attribute_line_ids:
            extras = {}
            for listing, price in prices.items():
                value = self._get_combination(template, values[listing]).filtered(
                    lambda each, line=line: each.attribute_line_id == line
                )
                extras.setdefault(value, set()).add(price - lowest)
            if all(len(choices) == 1 for choices in extras.values()):
                template.list_price = lowest
                for value, (extra,) in extras.items():
                    value.price_extra = extra
                return
        template.message_post(
            body=self.env._(
                "The prices at Amazon depend on several attributes at once, so none "
                "was taken over. Enter the sales price and the extra prices."
            )
        )
