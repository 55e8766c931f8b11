from odoo import models
from odoo.exceptions import ValidationError

from ..mappers.listing_issue import describe_issues
from ..mappers.listing_schema import check
from ..services.api.listings import PREVIEW
from ..services.errors import RequestError

CATALOG_AT_ONCE = 20
VARIATION = frozenset(
    {"child_parent_sku_relationship", "parentage_level", "variation_theme"}
)


class AcornAmazonJobPublications(models.AbstractModel):
    """Check listings before anything is sent: catalogue, restrictions, schema, preview.

    In this order, so that nobody completes a form for what may not be listed.
    """

    _inherit = "acorn.amazon.job.publications"

    def _check(self, task, client, publication):
        if not self._choose_type(task, client, publication):
            return task._checkpoint()
        publication._ensure_items()
        todo = publication.item_ids.filtered(lambda item: item.state == "draft")
        self._find_products(task, client, todo)
        for item in todo:
            self._read_schema(task, client, item)
        publication._ensure_parents()
        todo = publication.item_ids.filtered(lambda item: item.state == "draft")
        for item in todo.sorted(lambda item: not item.is_parent):
            self._read_schema(task, client, item)
            self._check_item(client, item)
            if not task._checkpoint(processed=1):
                return 0
        publication.write({"state": "checked"})
        return task._checkpoint()

    # === PRODUCT TYPE === #

    def _choose_type(self, task, client, publication):
        """Know the product types, and let Amazon suggest one where none is chosen.

        :return: whether there is one
        """
        types = self.env["acorn.amazon.product.type"]
        for marketplace in publication.marketplace_ids:
            if types._needs_names(marketplace):
                found = self._search_types(client, marketplace)
                types._keep_names(marketplace, found)
                task._checkpoint()
        if publication.product_type_id:
            return True
        marketplace = publication.marketplace_ids[0]
        title = publication.product_ids[0].with_context(lang="en_US").name
        found = self._search_types(client, marketplace, item_name=title)
        names = [entry.get("name") for entry in found]
        suggested = types.search(
            [
                ("marketplace_id", "=", marketplace.id),
                ("requirements", "=", "LISTING"),
                ("name", "in", names),
            ]
        ).sorted(lambda kind: names.index(kind.name))
        if len(suggested) == 1:
            publication.product_type_id = suggested
            return True
        message = self.env._("Choose a product type; Amazon suggests none.")
        if suggested:
            message = self.env._(
                "Choose a product type. Amazon suggests: %(types)s.",
                types=", ".join(suggested.mapped("display_name")),
            )
        publication.write({"state": "draft", "message": message})
        return False

    def _search_types(self, client, marketplace, item_name=None):
        return self._call(
            lambda: client.definitions.search(
                [marketplace.amazon_id],
                item_name=item_name,
                locale=self._get_locale(marketplace),
            )
        )

    def _get_locale(self, marketplace):
        """The seller's own language where Amazon has it, else the marketplace's."""
        lang = self.env.lang or ""
        return lang if lang == marketplace.lang_code else marketplace.lang_code

    def _read_schema(self, task, client, item):
        kind = item._get_product_type()
        if not kind._needs_schema():
            return
        definition = self._call(
            lambda: client.definitions.get(
                kind.name,
                [item.marketplace_id.amazon_id],
                requirements=kind.requirements,
                locale=self._get_locale(item.marketplace_id),
            )
        )
        url = ((definition["schema"].get("link")) or {}).get("resource") or ""
        kind._keep_schema(definition, client.definitions.schema(url))
        task._checkpoint()

    # === CATALOGUE AND RESTRICTIONS === #

    def _find_products(self, task, client, items):
        """Find out which products Amazon knows, and which SKUs are listed already."""
        for place, group in items.grouped("participation_id").items():
            single = group.filtered(lambda item: not item.is_parent)
            listed = self.env["acorn.amazon.offer"].search(
                [
                    ("participation_id", "=", place.id),
                    ("sku", "in", [sku for sku in single.mapped("sku") if sku]),
                ]
            )
            skus = set(listed.mapped("sku"))
            for item in single:
                item.is_update = item.sku in skus
            barcodes = sorted({b for b in single.product_id.mapped("barcode") if b})
            asins = {}
            for start in range(0, len(barcodes), CATALOG_AT_ONCE):
                asins |= self._search_catalog(
                    client, place, barcodes[start : start + CATALOG_AT_ONCE]
                )
                task._checkpoint()
            for item in single:
                asin = asins.get(item.product_id.barcode)
                item.write(
                    {
                        "asin": asin or False,
                        "offers_existing": bool(
                            asin
                            and item.publication_id.prefer_existing
                            and not item.is_update
                        ),
                    }
                )

    def _search_catalog(self, client, place, barcodes):
        """:return: {barcode: ASIN}; a barcode of two products is nobody's"""
        found = {}
        for kind in ("EAN", "UPC", "GTIN"):
            lengths = {"EAN": (8, 13), "UPC": (12,), "GTIN": (14,)}[kind]
            wanted = [
                barcode
                for barcode in barcodes
                if len(barcode) in lengths and barcode.isdecimal()
            ]
            if not wanted:
                continue
            page = self._call(
                lambda kind=kind, wanted=wanted: client.catalog.search(
                    place.marketplace_id.amazon_id,
                    identifiers=wanted,
                    identifiers_type=kind,
                    included_data=("identifiers",),
                )
            )
            for item in page.items:
                for barcode in _read_identifiers(item):
                    found.setdefault(barcode, set()).add(item.get("asin"))
        return {
            barcode: asins.pop() for barcode, asins in found.items() if len(asins) == 1
        }

    def _find_restriction(self, client, item):
        """What Amazon says against an offer of this product, or None."""
        restrictions = self._call(
            lambda: client.restrictions.get(
                item.store_id.seller_id,
                item.asin,
                [item.marketplace_id.amazon_id],
                condition_type=item.publication_id.condition,
                reason_locale=item.participation_id._get_issue_locale(),
            )
        )
        sentences = []
        for restriction in restrictions:
            for reason in restriction.get("reasons") or ():
                links = [link.get("resource") for link in reason.get("links") or ()]
                parts = [reason.get("message"), reason.get("reasonCode"), *links[:1]]
                sentences.append(" ".join(part for part in parts if part))
        return "\n".join(sentences) or (
            self.env._("Amazon does not let you offer this product.")
            if restrictions
            else None
        )

    # === ONE LISTING === #

    def _check_item(self, client, item):
        if not item.sku:
            item._conclude(
                "incomplete",
                self.env._("The product has no internal reference; it is the SKU."),
            )
            return
        if item.asin and not item.is_update:
            restriction = self._find_restriction(client, item)
            if restriction:
                item._conclude("restricted", restriction)
                return
        try:
            attributes, problems = self.env[
                "acorn.amazon.publication.mapper"
            ]._map_item(item)
        except ValidationError as exc:
            item._conclude("incomplete", exc.args[0])
            return
        kind = item._get_product_type()
        found = check(kind.schema or {}, attributes)
        problems += self._describe(kind, found)
        self._ask(item, kind, found)
        if problems:
            message = "\n".join(problems)
            item._conclude("incomplete", message, attributes=attributes, issues=False)
            return
        item.attributes = attributes
        self._preview(client, item, kind)

    def _ask(self, item, kind, found):
        """Add the rows by which a person can answer what is missing."""
        attributes = kind._get_attributes()
        missing = {
            name
            for problem in found
            if problem.code in ("missing", "one_of", "choice", "too_few")
            for name in problem.attributes
            if name in attributes
        }
        wanted = {name: attributes[name] for name in attributes if name in missing}
        rows = self.env["acorn.amazon.publication.value"]
        rows._add_rows(item.publication_id, wanted, missing)

    def _describe(self, kind, problems):
        """:return: a sentence per problem, for people"""
        attributes = kind._get_attributes()
        sentences = {
            "missing": self.env._("%(title)s is missing."),
            "one_of": self.env._("One of these is needed: %(title)s."),
            "choice": self.env._("%(title)s: %(value)s is none of %(limit)s."),
            "too_long": self.env._("%(title)s is longer than %(limit)s characters."),
            "too_short": self.env._("%(title)s needs at least %(limit)s characters."),
            "too_few": self.env._("%(title)s needs at least %(limit)s values."),
            "too_many": self.env._("%(title)s takes at most %(limit)s values."),
            "type": self.env._("%(title)s: %(value)s is of the wrong kind."),
            "pattern": self.env._("%(title)s: %(value)s is not in the form wanted."),
            "range": self.env._("%(title)s: %(value)s is out of range (%(limit)s)."),
            "unknown": self.env._("%(title)s: Amazon does not know %(part)s."),
            "other": self.env._("%(title)s: %(message)s"),
        }
        texts = []
        for problem in problems:
            if problem.code == "unchecked":
                continue  # Amazon's preview decides
            titles = [
                attributes[name].title if name in attributes else name
                for name in problem.attributes
            ]
            if problem.code == "missing" and problem.data.get("part"):
                titles.append(problem.data["part"])
            values = {"value": "", "limit": "", "part": "", "message": ""}
            values |= problem.data
            texts.append(
                sentences[problem.code] % {**values, "title": ", ".join(titles)}
            )
        return list(dict.fromkeys(texts))

    def _preview(self, client, item, kind):
        """Let Amazon judge, without a change."""
        try:
            answer = self._call(
                lambda: client.listings.put(
                    item.store_id.seller_id,
                    item.sku,
                    [item.marketplace_id.amazon_id],
                    kind.name,
                    item.requirements,
                    item.attributes,
                    mode=PREVIEW,
                    issue_locale=item.participation_id._get_issue_locale(),
                )
            )
        except RequestError as exc:
            item._conclude("incomplete", exc.words)
            return
        issues = [
            issue for issue in answer.issues if not self._is_about_parent(item, issue)
        ]
        errors = [issue for issue in issues if issue.severity == "ERROR"]
        item._conclude(
            "incomplete" if errors else "checked",
            describe_issues(issues),
            issues=[_to_json(issue) for issue in issues],
            request_id=answer.request_id,
        )

    def _is_about_parent(self, item, issue):
        """Whether it is only that the parent does not exist yet."""
        names = set(issue.attribute_names)
        waits = item.parent_id and item.parent_id.state not in ("accepted", "live")
        return bool(waits and names and names <= VARIATION)


def _read_identifiers(item):
    for entry in item.get("identifiers") or ():
        for identifier in entry.get("identifiers") or ():
            if identifier.get("identifier"):
                yield identifier["identifier"]


def _to_json(issue):
    return {
        "code": issue.code,
        "message": issue.message,
        "severity": issue.severity,
        "attributes": list(issue.attribute_names),
    }
