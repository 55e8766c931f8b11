import psycopg2

from odoo import api, fields, models


class AcornAmazonKeyRotation(models.Model):
    """One replacement of the encryption key: asked for, running, done (A17).

    The stored secrets and documents are encrypted again batch by batch. A stored
    record and not a transient one: it knows how far it is, whatever interrupts it.
    """

    _name = "acorn.amazon.key.rotation"
    _description = "Replacement of the Encryption Key"
    _order = "id desc"
    _rec_name = "create_date"

    uses_own_key_file = fields.Boolean(
        default=lambda self: self._default_uses_own_key_file(), readonly=True
    )
    state = fields.Selection(
        [("draft", "Not Started"), ("running", "Running"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
    )
    column = fields.Char("Column in Work", readonly=True)
    last_id = fields.Integer("Last Row Done", readonly=True)
    count = fields.Integer("Values Encrypted Again", readonly=True)
    lost_count = fields.Integer(
        "Values Without a Key",
        readonly=True,
        help="No key of the server fits them: they could not be read before either.",
    )
    finished_at = fields.Datetime("Finished", readonly=True)
    previous_state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        "Last Replacement",
        compute="_compute_previous",
    )
    previous_count = fields.Integer(
        "Values Encrypted Then", compute="_compute_previous"
    )
    previous_lost_count = fields.Integer(
        "Values Without a Key Then", compute="_compute_previous"
    )
    previous_finished_at = fields.Datetime("Finished Then", compute="_compute_previous")

    @api.model
    def _default_uses_own_key_file(self):
        return self.env["acorn.amazon.keyring"]._uses_own_key_file()

    def _compute_previous(self):
        for rotation in self:
            domain = [("state", "!=", "draft")]
            if rotation._origin:
                domain.append(("id", "<", rotation._origin.id))
            previous = self.search(domain, limit=1)
            rotation.previous_state = previous.state
            rotation.previous_count = previous.count
            rotation.previous_lost_count = previous.lost_count
            rotation.previous_finished_at = previous.finished_at

    # === ACTION METHODS === #

    def action_rotate(self):
        """Begin to encrypt everything with the newest key, in the background."""
        self.ensure_one()
        self.check_access("write")
        keyring = self.env["acorn.amazon.keyring"]
        if keyring._uses_own_key_file():
            keyring._add_key()
        keyring._get_keyring()
        self._begin()
        cron = self.env.ref("acorn_amazon_connector.ir_cron_rotate_keys")
        cron.sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Everything is being encrypted with the newest key. Open this"
                    " window again to see how far it is."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS METHODS === #

    def _begin(self):
        """Start from the first value; a replacement that still runs is overtaken."""
        self.ensure_one()
        self.sudo().search([("state", "=", "running")]).unlink()
        self.write({"state": "running", "column": self._get_columns()[0]})

    @api.model
    def _cron_rotate(self):
        """Go on with the replacement that runs, as long as the cron may work."""
        cron = self.env["ir.cron"]
        rotation = self.search([("state", "=", "running")], limit=1)
        if not rotation:
            return
        seconds_left = cron._commit_progress(remaining=rotation._count_remaining())
        while seconds_left and rotation.state == "running":
            before = rotation.count
            try:
                rotation._rotate_batch()
            except psycopg2.OperationalError:
                # Somebody changed the same rows since our snapshot was taken.
                self.env.cr.rollback()
                seconds_left = cron._commit_progress()
                continue
            seconds_left = cron._commit_progress(rotation.count - before)
        if rotation.state == "running":
            cron._commit_progress(remaining=max(rotation._count_remaining(), 1))

    def _rotate_batch(self):
        """Encrypt the next values again and remember how far that is."""
        self.ensure_one()
        keyring = self.env["acorn.amazon.keyring"]
        columns = self._get_columns_left()
        ids, lost = keyring._rotate_batch(*_split(columns[0]), self.last_id)
        if ids:
            values = {
                "column": columns[0],
                "last_id": ids[-1],
                "count": self.count + len(ids) - lost,
                "lost_count": self.lost_count + lost,
            }
        elif len(columns) > 1:
            values = {"column": columns[1], "last_id": 0}
        else:
            values = {"state": "done", "finished_at": fields.Datetime.now()}
        self.write(values)

    @api.model
    def _get_columns(self):
        """Names of all encrypted columns, ``model.field``.

        :rtype: list[str]
        """
        columns = self.env["acorn.amazon.keyring"]._get_encrypted_columns()
        return [".".join(column) for column in columns]

    def _get_columns_left(self):
        """The column in work and those after it; all when it is gone."""
        columns = self._get_columns()
        found = columns.index(self.column) if self.column in columns else 0
        return columns[found:]

    def _count_remaining(self):
        """How many values are still to be encrypted again.

        :rtype: int
        """
        keyring = self.env["acorn.amazon.keyring"]
        return sum(
            keyring._count_to_rotate(*_split(column), 0 if position else self.last_id)
            for position, column in enumerate(self._get_columns_left())
        )


def _split(column):
    model_name, _dot, field_name = column.rpartition(".")
    return model_name, field_name
