from odoo import fields, models


class AcornAmazonPublicationImportError(models.TransientModel):
    """A cell of a spreadsheet that cannot be taken over, and why."""

    _name = "acorn.amazon.publication.import.error"
    _inherit = ["acorn.amazon.wizard.mixin"]
    _description = "Error in an Amazon Spreadsheet"
    _order = "row, id"
    _rec_name = "message"

    import_id = fields.Many2one(
        "acorn.amazon.publication.import", required=True, ondelete="cascade"
    )
    row = fields.Integer()
    column = fields.Char()
    message = fields.Char()
