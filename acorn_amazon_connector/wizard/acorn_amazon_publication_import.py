import base64
import csv
import io
import zipfile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

SKU, MARKETPLACE = "SKU", "Marketplace"
MOST_ROWS = 20_000
LARGEST_FILE = 20 * 1024 * 1024


class AcornAmazonPublicationImport(models.TransientModel):
    """Attribute values from a spreadsheet: one row per SKU, one column per attribute.

    A column is named by Amazon's path (``color.value``) or title (Color). Rows with
    errors are named, with what is wrong; nothing is taken over while there are any.
    """

    _name = "acorn.amazon.publication.import"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Import Amazon Attributes"

    publication_id = fields.Many2one(
        "acorn.amazon.publication", required=True, ondelete="cascade"
    )
    template_file = fields.Binary("Empty Spreadsheet", compute="_compute_template")
    template_name = fields.Char(compute="_compute_template")
    data = fields.Binary("Spreadsheet", attachment=False)
    filename = fields.Char()
    error_ids = fields.One2many(
        "acorn.amazon.publication.import.error", "import_id", readonly=True
    )
    message = fields.Char(readonly=True)

    @api.depends("publication_id")
    def _compute_template(self):
        for wizard in self:
            wizard.template_name = "amazon-attributes.xlsx"
            wizard.template_file = base64.b64encode(wizard._build_template())

    def action_import(self):
        """Take the values over, or say which rows cannot be read."""
        self.ensure_one()
        self.publication_id.check_access("write")
        if not self.data:
            raise UserError(self.env._("Choose a file first."))
        rows = self._read_rows()
        errors, values = self._parse(rows)
        self.error_ids = [Command.clear(), *map(Command.create, errors)]
        if errors:
            self.message = self.env._(
                "Cells that cannot be read: %(count)s. Nothing was taken over.",
                count=len(errors),
            )
            return self._reopen()
        self._keep(values)
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "acorn_amazon_connector.acorn_amazon_publication_import_action"
        )
        return {**action, "res_id": self.id}

    # === FILES === #

    def _get_paths(self):
        """:return: {lower-case heading: row of the form}"""
        headings = {}
        for row in self.publication_id.value_ids.filtered(lambda row: not row.item_id):
            headings.setdefault((row.title or "").strip().lower(), row)
            headings[row.path.lower()] = row
        return headings

    def _build_template(self):
        book = openpyxl.Workbook()
        sheet = book.active
        rows = self.publication_id.value_ids.filtered(lambda row: not row.item_id)
        rows = rows.sorted(lambda row: (not row.is_required, row.sequence, row.path))
        sheet.append([SKU, MARKETPLACE, *[row.path for row in rows]])
        for item in self.publication_id.item_ids:
            sheet.append([item.sku, item.marketplace_id.country_id.code])
        notes = book.create_sheet("Allowed values")
        for row in rows:
            choices = [choice[0] for choice in row.choices or []]
            notes.append([row.path, row.title, row.hint or "", *choices])
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def _read_rows(self):
        """:return: rows of texts, the heading first"""
        content = base64.b64decode(self.data)
        if len(content) > LARGEST_FILE:
            raise UserError(self.env._("The file is too large."))
        if content[:2] == b"PK":
            return self._read_workbook(content)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
        heading = text.partition("\n")[0]
        separator = max("\t;,", key=heading.count)
        return list(csv.reader(io.StringIO(text), delimiter=separator))

    def _read_workbook(self, content):
        try:
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True
            )
            sheet = book.worksheets[0]
            return [
                [_text(cell) for cell in row]
                for row in sheet.iter_rows(max_row=MOST_ROWS + 2, values_only=True)
            ]
        except (
            InvalidFileException,
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            IndexError,
        ) as exc:
            raise UserError(
                self.env._(
                    "This is no spreadsheet that can be read: %(error)s", error=exc
                )
            ) from exc

    # === ROWS === #

    def _parse(self, rows):
        """:return: (errors as create values, [(item, form row, text)])"""
        if not rows or SKU.lower() not in [cell.strip().lower() for cell in rows[0]]:
            raise UserError(self.env._("The first row must have a column SKU."))
        if len(rows) > MOST_ROWS:
            raise UserError(
                self.env._("No more than %(count)s rows at once.", count=MOST_ROWS)
            )
        heading = [cell.strip() for cell in rows[0]]
        errors, columns = self._parse_heading(heading)
        values = []
        for number, cells in enumerate(rows[1:], start=2):
            cells = [*cells, *[""] * (len(heading) - len(cells))]
            if not any(cell.strip() for cell in cells):
                continue
            items, error = self._find_items(heading, cells)
            if error:
                errors.append({"row": number, "column": SKU, "message": error})
                continue
            for place, row in columns.items():
                text = cells[place].strip()
                if not text:
                    continue
                try:
                    value = row._normalise(text)
                except ValidationError as exc:
                    errors.append(
                        {
                            "row": number,
                            "column": heading[place],
                            "message": exc.args[0],
                        }
                    )
                    continue
                values += [(item, row, value) for item in items]
        return errors, values

    def _parse_heading(self, heading):
        known, columns, errors = self._get_paths(), {}, []
        for place, name in enumerate(heading):
            if not name or name.lower() in (SKU.lower(), MARKETPLACE.lower()):
                continue
            row = known.get(name.lower())
            if row:
                columns[place] = row
            else:
                message = self.env._("No attribute of this publication has this name.")
                errors.append({"row": 1, "column": name, "message": message})
        return errors, columns

    def _find_items(self, heading, cells):
        names = [name.lower() for name in heading]
        sku = cells[names.index(SKU.lower())].strip()
        items = self.publication_id.item_ids.filtered(lambda item: item.sku == sku)
        if not items:
            return items, self.env._("No listing has the SKU %(sku)s.", sku=sku or "–")
        if MARKETPLACE.lower() in names:
            code = cells[names.index(MARKETPLACE.lower())].strip().lower()
            if code:
                items = items.filtered(
                    lambda item: (
                        code
                        in (
                            item.marketplace_id.country_id.code.lower(),
                            item.marketplace_id.name.lower(),
                            item.marketplace_id.amazon_id.lower(),
                        )
                    )
                )
        if not items:
            return items, self.env._("The SKU is not published on this marketplace.")
        return items, None

    def _keep(self, values):
        rows = self.env["acorn.amazon.publication.value"]
        known = {
            (row.item_id, row.path, row.position): row
            for row in self.publication_id.value_ids.filtered("item_id")
        }
        vals_list = []
        for item, form_row, value in values:
            row = known.get((item, form_row.path, form_row.position))
            if row:
                row.value = value
                continue
            vals_list.append(
                {
                    "publication_id": self.publication_id.id,
                    "item_id": item.id,
                    "path": form_row.path,
                    "position": form_row.position,
                    "title": form_row.title,
                    "group": form_row.group,
                    "kind": form_row.kind,
                    "choices": form_row.choices,
                    "is_open": form_row.is_open,
                    "hint": form_row.hint,
                    "sequence": form_row.sequence,
                    "value": value,
                }
            )
        rows.create(vals_list)


def _text(cell):
    """A cell as a person sees it: 5.0 is 5."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
