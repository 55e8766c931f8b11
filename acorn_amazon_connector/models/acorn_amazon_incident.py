from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models

CODES = [
    ("access_denied", "Access Refused"),
    ("reauthorise", "Authorisation Needed"),
    ("task_failing", "Failing Again and Again"),
    ("silent", "No Success for Too Long"),
    ("blocked_documents", "Documents Need a Decision"),
    ("api_fallback", "Older Interface in Use"),
    ("buyer_data_refused", "Buyer Data Refused"),
    ("operation_ends", "Interface Ends Soon"),
    ("cancelled_after_shipment", "Cancelled After Shipment"),
    ("cancelled_after_invoice", "Cancelled After Invoicing"),
    ("cancellation_requested", "Buyer Asks to Cancel"),
    ("cancelled_in_odoo", "Cancelled in Odoo Only"),
    ("shipped_while_cancelled", "Shipped, Cancelled in Odoo"),
    ("shipped_elsewhere", "Shipped Outside Odoo"),
    ("shipment_refused", "Shipments Refused"),
    ("label_unknown", "Label Purchase Unclear"),
    ("stock_drift", "Amazon Showed Another Quantity"),
    ("stock_refused", "Quantities Refused"),
    ("fba_difference", "Stock at Amazon Differs"),
    ("fba_unreadable", "FBA Figures Unreadable"),
    ("fba_ledger_unreadable", "FBA Ledger Unreadable"),
    ("outbound_refused", "Amazon Cannot Ship an Order"),
    ("inbound_refused", "Inbound Plan Stopped"),
    ("orders_missing", "Orders Missing"),
    ("other", "Other"),
]
# Without a record of their own these are about the store as a whole.
STORE_CODES = {
    "access_denied",
    "api_fallback",
    "blocked_documents",
    "buyer_data_refused",
    "fba_difference",
    "fba_ledger_unreadable",
    "fba_unreadable",
    "inbound_refused",
    "orders_missing",
    "outbound_refused",
    "reauthorise",
    "shipment_refused",
    "stock_drift",
    "stock_refused",
}


class AcornAmazonIncident(models.Model):
    """Something a person must act on. Closes itself when its cause is gone (A14)."""

    _name = "acorn.amazon.incident"
    _description = "Amazon Incident"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, last_seen desc, id desc"

    name = fields.Char(
        required=True, help="What happened, as it was told to the store's owner."
    )
    summary = fields.Char(string="What Happened", compute="_compute_summary")
    data = fields.Json(readonly=True)
    store_id = fields.Many2one(
        "acorn.amazon.store", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    code = fields.Selection(CODES, string="Kind", required=True, default="other")
    details = fields.Text()
    advice = fields.Text(string="What to Do", compute="_compute_advice")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], default="open", required=True
    )
    first_seen = fields.Datetime(default=fields.Datetime.now, readonly=True)
    last_seen = fields.Datetime(default=fields.Datetime.now, readonly=True)
    closed_at = fields.Datetime(readonly=True)
    occurrences = fields.Integer(default=1, readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    can_open = fields.Boolean(compute="_compute_can_open")

    _open_uniq = models.UniqueIndex(
        "(store_id, code, COALESCE(res_model, ''), COALESCE(res_id, 0))"
        " WHERE state = 'open'",
        "This incident is already open.",
    )

    @api.depends("code", "data", "name", "res_model", "res_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        sentences = self._get_summaries()
        for incident in self:
            sentence = incident.data and sentences.get(incident.code)
            incident.summary = (
                sentence % incident._get_figures() if sentence else incident.name
            )

    @api.depends("summary")
    def _compute_display_name(self):
        for incident in self:
            incident.display_name = incident.summary

    def _get_figures(self):
        """What the sentence about the incident mentions; ``?`` for what is unknown.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        figures = defaultdict(lambda: "?", self.data or {})
        if self.res_model == "acorn.amazon.task":
            task = self.env[self.res_model].sudo().browse(self.res_id).exists()
            figures["flow"] = task.flow_id.name or "?"
            figures.setdefault("operation", figures["flow"])
        return figures

    @api.model
    def _get_summaries(self):
        """What happened, by code, in the language of whoever reads it.

        The names in it are keys of the incident's ``data``. Override it for codes of
        your own, or give :meth:`_raise` a text.

        :rtype: dict[str, str]
        """
        return {
            "access_denied": self.env._("Amazon refuses %(operation)s"),
            "reauthorise": self.env._("Amazon no longer accepts the authorisation"),
            "task_failing": self.env._("%(flow)s failed. Failures in a row: %(count)s"),
            "silent": self.env._("%(flow)s: nothing done since %(since)s UTC"),
            "blocked_documents": self.env._(
                "Documents that need a decision: %(count)s"
            ),
            "api_fallback": self.env._(
                "Orders are read over the older interface (Orders v0)"
            ),
            "buyer_data_refused": self.env._(
                "Orders arrive without all of the buyer's data"
            ),
            "operation_ends": self.env._("Interfaces in use end on %(date)s"),
            "cancelled_after_shipment": self.env._(
                "%(order)s was cancelled at Amazon after it was shipped"
            ),
            "cancelled_after_invoice": self.env._(
                "%(order)s was cancelled at Amazon after it was invoiced"
            ),
            "cancellation_requested": self.env._("The buyer asks to cancel %(order)s"),
            "cancelled_in_odoo": self.env._(
                "%(order)s is cancelled in Odoo, but Amazon waits for its shipment"
            ),
            "shipped_while_cancelled": self.env._(
                "%(order)s is cancelled in Odoo, but Amazon says it is shipped"
            ),
            "outbound_refused": self.env._("Orders that Amazon cannot ship: %(count)s"),
            "inbound_refused": self.env._(
                "Inbound plans that Amazon does not accept: %(count)s"
            ),
            "label_unknown": self.env._(
                "Nobody knows whether the label of %(delivery)s was bought"
            ),
            "fba_difference": self.env._(
                "Products whose stock at Amazon differs from Odoo's: %(count)s"
            ),
            "fba_unreadable": self.env._(
                "Figures of stock at Amazon that cannot be read: %(count)s"
            ),
            "fba_ledger_unreadable": self.env._(
                "Amazon's FBA ledger report cannot be read"
            ),
            "orders_missing": self.env._(
                "Orders at Amazon that are not in Odoo: %(count)s"
            ),
            "shipped_elsewhere": self.env._(
                "%(order)s is shipped at Amazon, its delivery is open in Odoo"
            ),
            "shipment_refused": self.env._("Shipments that Amazon refuses: %(count)s"),
            "stock_drift": self.env._(
                "Amazon showed another quantity than Odoo sent for %(count)s SKUs"
            ),
            "stock_refused": self.env._("Quantities that Amazon refuses: %(count)s"),
        }

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_advice(self):
        advice = {
            "access_denied": self.env._(
                "Open Seller Central > Apps and Services > Develop Apps, tick the role "
                "that the preflight of the store names, and authorise the store again."
            ),
            "reauthorise": self.env._(
                "Open the store and press Reconnect: the seller must grant access "
                "again."
            ),
            "task_failing": self.env._(
                "Read the error below. If it is Amazon's, copy it for Amazon support "
                "from the call log; otherwise ask your administrator."
            ),
            "silent": self.env._(
                "Check that Odoo's scheduled actions run and look at the task's last "
                "error."
            ),
            "blocked_documents": self.env._(
                "Open the documents that need a decision, fix the reason that each one "
                "names, and press Retry."
            ),
            "api_fallback": self.env._(
                "Orders still arrive. Ask Amazon for access to Orders 2026-01-01 "
                "before the older interface ends on 27 March 2027."
            ),
            "buyer_data_refused": self.env._(
                "Open Seller Central > Apps and Services > Develop Apps, tick one role "
                "of each line below, and authorise the store again. Orders that you "
                "still have to ship are then completed."
            ),
            "operation_ends": self.env._(
                "Update this addon before that date, and give the application the "
                "roles that the newer interface needs."
            ),
            "cancelled_after_shipment": self.env._(
                "Arrange a return, or refund the buyer if Amazon has charged them."
            ),
            "cancelled_after_invoice": self.env._(
                "Create a credit note for the invoice, unless Amazon pays you for the "
                "order all the same."
            ),
            "orders_missing": self.env._(
                "Look each order up in Seller Central. What Amazon shows there must be "
                "shipped or entered by hand; the next census looks for it again."
            ),
            "stock_drift": self.env._(
                "Somebody or something else changes quantities at Amazon: Seller "
                "Central, a feed, another connector. Odoo's numbers were sent again."
            ),
            "stock_refused": self.env._(
                "Open Amazon > Products > Stock at Amazon, filter Refused, do what "
                "Amazon's message says, and press Send Again."
            ),
            "outbound_refused": self.env._(
                "Open Amazon > FBA > Multi-Channel Orders, do what the message says, "
                "and press Send Again; or ship from another warehouse."
            ),
            "inbound_refused": self.env._(
                "Open Amazon > FBA > Inbound Plans, read what Amazon says on the plan, "
                "correct it and go on."
            ),
            "fba_difference": self.env._(
                "Open Amazon > FBA > Stock at Amazon Compared and look at the events "
                "of each product. Ask Amazon about units that are missing, then press "
                "Book the Difference."
            ),
            "fba_unreadable": self.env._(
                "These SKUs keep the figures that were read last. Look at them in "
                "Seller Central; if they are right there, send the details to those "
                "who look after the connector."
            ),
            "fba_ledger_unreadable": self.env._(
                "Nothing of it is booked, and it is asked for again every four hours. "
                "The report is kept among the documents: if its text is not an "
                "explanation of Amazon's, report it with the document."
            ),
            "label_unknown": self.env._(
                "Open the order in Seller Central and look whether it has a label. "
                "Then open the label in Odoo and press Settle. Do not buy another one "
                "before."
            ),
            "cancellation_requested": self.env._(
                "Cancel the order on Amazon, or press Ship Anyway on the order."
            ),
            "cancelled_in_odoo": self.env._(
                "Amazon and the buyer know nothing of it, and count the shipment as "
                "late. Cancel the order in Seller Central too; or press Set to "
                "Quotation and Confirm on the order in Odoo, and ship it."
            ),
            "shipped_while_cancelled": self.env._(
                "If the goods have left your warehouse, press Set to Quotation and "
                "Confirm on the order and validate its delivery, so that sale and "
                "stock are right. If they have left from elsewhere, close this."
            ),
            "shipment_refused": self.env._(
                "Open the shipments that Amazon refused, correct what its message "
                "says, and press Send Again; or mark them as not needed."
            ),
            "shipped_elsewhere": self.env._(
                "Validate the delivery in Odoo if the goods have left, so that the "
                "stock is right."
            ),
        }
        for incident in self:
            incident.advice = advice.get(incident.code, False)

    @api.depends("code", "res_model", "res_id")
    def _compute_can_open(self):
        for incident in self:
            target = bool(incident.res_model and incident.res_id)
            incident.can_open = target or incident.code in STORE_CODES

    def action_open_record(self):
        """Open the record that this incident is about, or what helps with it."""
        self.ensure_one()
        if self.code == "blocked_documents":
            return self.store_id.with_context(
                search_default_decision=1, search_default_error=1
            ).action_view_documents()
        if self.code == "shipment_refused":
            return self.store_id.with_context(
                search_default_refused=1
            ).action_view_shipments()
        if self.code == "outbound_refused":
            return self.store_id._get_own_action("acorn_amazon_outbound_action")
        if self.code == "inbound_refused":
            return self.store_id.with_context(search_default_problem=1)._get_own_action(
                "acorn_amazon_inbound_plan_action"
            )
        if self.code == "orders_missing":
            return self.store_id.action_view_censuses()
        if self.code == "fba_unreadable":
            return self.store_id.with_context(search_default_unread=1)._get_own_action(
                "acorn_amazon_fba_inventory_action"
            )
        if self.code == "fba_ledger_unreadable":
            return self.store_id.with_context(
                search_default_error=1
            ).action_view_documents()
        if self.code == "fba_difference":
            return self.store_id.with_context(
                search_default_unexplained=1
            ).action_view_fba_balances()
        if not self.res_model or not self.res_id:
            return self.store_id.action_open_store()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_close(self):
        """Close by hand; it opens again when the cause shows again."""
        self._close()
        return True

    def _close(self):
        opened = self.filtered(lambda incident: incident.state == "open")
        opened.write({"state": "closed", "closed_at": fields.Datetime.now()})
        opened.activity_unlink(["mail.mail_activity_data_todo"])

    @api.model
    def _raise(self, store, code, summary=None, details=None, record=None, data=None):
        """Open an incident, or count it up while it is open.

        The store's owner gets an activity and a mail for a new one.

        :param store: ``acorn.amazon.store``
        :param str code: one of ``CODES``
        :param str summary: one sentence for people, for codes without one of their
            own in :meth:`_get_summaries`
        :param str details: Amazon's words, figures
        :param record: the record it is about
        :param dict data: what the sentence of the code mentions, JSON values
        :return: the incident
        """
        domain = self._domain(store, [code], record) + [("state", "=", "open")]
        incident = self.sudo().search(domain, limit=1)
        values = {
            "name": summary or code,
            # An empty value would be none at all.
            "data": (data or {"code": code}) if summary is None else False,
            "details": details,
            "last_seen": fields.Datetime.now(),
        }
        if incident:
            incident.write({**values, "occurrences": incident.occurrences + 1})
            incident._name_for_owner()
            return incident
        incident = self.sudo().create(
            {
                **values,
                "store_id": store.id,
                "code": code,
                "res_model": record._name if record else False,
                "res_id": record.id if record else False,
            }
        )
        incident._name_for_owner()
        incident._notify_owner()
        return incident

    def _name_for_owner(self):
        """Keep the sentence as the owner reads it: mails and activities quote it."""
        lang = self.store_id.user_id.lang or self.env.lang
        self.name = self.with_context(lang=lang).summary

    def _notify_owner(self):
        """Activity and mail for the store's owner."""
        self.ensure_one()
        owner = self.store_id.user_id
        if not owner:
            return
        told = self.with_context(lang=owner.lang or self.env.lang)
        told.activity_schedule(
            "mail.mail_activity_data_todo", summary=told.name, user_id=owner.id
        )
        told.message_post(
            subject=told.env._(
                "Amazon %(store)s: %(what)s", store=told.store_id.name, what=told.name
            ),
            body=Markup("<p>%s</p><p>%s</p><pre>%s</pre>")
            % (told.name, told.advice or "", told.details or ""),
            partner_ids=owner.partner_id.ids,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )

    @api.model
    def _resolve(self, store, *codes, record=None):
        """Close open incidents because their cause is gone."""
        domain = self._domain(store, codes, record) + [("state", "=", "open")]
        self.sudo().search(domain)._close()

    @api.model
    def _domain(self, store, codes, record):
        domain = [("store_id", "=", store.id), ("code", "in", codes)]
        if record:
            domain += [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return domain
