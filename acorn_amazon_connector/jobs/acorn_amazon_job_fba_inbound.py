import re
import time
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..mappers.inbound import (
    MOST_PREP_SKUS,
    count_items,
    read_packing_option,
    read_placement_option,
    read_transport_option,
    read_window_option,
)
from ..services.errors import (
    NotFoundError,
    PayloadError,
    RequestError,
    ServerError,
    TransportError,
)

FOLLOWED_AT_ONCE = 50
MOST_LABEL_SKUS = 100
# Seconds between looks at an operation, while the runner waits for it.
LOOKS = (1, 2)
# After that, and when Amazon has another operation of the plan under way.
PAUSE = timedelta(seconds=20)
# How long Amazon may take to list a plan whose creation was not answered.
GRACE = timedelta(minutes=2)
UNDER_WAY = re.compile(r"in progress", re.IGNORECASE)


class AcornAmazonJobFbaInbound(models.AbstractModel):
    """Send goods to Amazon's warehouses (A31): one step of a plan after the other.

    note what is being asked → commit → call → note the operation → commit → look at
    the operation until it ends → read what it made → note it → commit. What was
    asked without an answer is looked for first; only what is not there is repeated.
    """

    _name = "acorn.amazon.job.fba.inbound"
    _inherit = "acorn.amazon.job"
    _description = "Amazon Job: Inbound Plans"

    def _run(self, task):
        store = task.store_id
        client = failure = None
        for plan in self._find_waiting(store):
            if store.state != "live":
                return True
            client = client or store._get_client()
            try:
                if not self._work(task, client, plan._in_own_language()):
                    return False
            except (TransportError, ServerError, RequestError, PayloadError) as exc:
                # The plan stays where it was; others go on.
                failure = exc
        for plan in self._find_followed(store):
            client = client or store._get_client()
            try:
                if not self._follow(task, client, plan._in_own_language()):
                    return False
            except (RequestError, PayloadError) as exc:
                # It is asked for in its turn; others go on.
                plan.checked_at = fields.Datetime.now()
                failure = exc
        self.env["acorn.amazon.inbound.plan"]._report(store)
        if failure:
            task._checkpoint()
            raise failure
        return True

    def _find_waiting(self, store):
        return self.env["acorn.amazon.inbound.plan"].search(
            [
                ("store_id", "=", store.id),
                ("phase", "in", ("todo", "sending", "running")),
            ],
            order="id",
        )

    def _find_followed(self, store):
        since = fields.Datetime.now() - timedelta(minutes=10)
        return self.env["acorn.amazon.inbound.plan"].search(
            [
                ("store_id", "=", store.id),
                ("amazon_id", "!=", False),
                ("state", "not in", ("draft", "closed", "cancelled")),
                ("phase", "not in", ("todo", "sending", "running")),
                "|",
                ("checked_at", "=", False),
                ("checked_at", "<", since),
            ],
            order="checked_at NULLS FIRST, id",
            limit=FOLLOWED_AT_ONCE,
        )

    # === ONE PLAN === #

    def _work(self, task, client, plan):
        """Do the steps of a plan until it waits for somebody.

        :return: whether there is time for others
        """
        while plan.phase in ("todo", "sending", "running"):
            if plan.phase == "running":
                status = self._look(task, client, plan)
                if status is None:
                    return task._checkpoint() > 0
            elif not self._ask(task, client, plan):
                return task._checkpoint() > 0
            if plan.wants_cancel and plan.phase != "running" and plan.amazon_id:
                plan._begin([["cancel", None]], wants_cancel=False)
            if not task._checkpoint(processed=1):
                return False
        return True

    def _ask(self, task, client, plan):
        """Start the first step of a plan; return whether to go on with it."""
        step, argument = plan.queue[0]
        is_repeated = plan.phase == "sending"
        if is_repeated:
            # Whatever the plan has become meanwhile: Amazon may have done it.
            find = getattr(self, f"_find_{step}", None)
            found = find(client, plan, argument) if find else False
            if found == "wait":
                return False
            if found:
                self._finish(task, client, plan)
                return True
        try:
            prepare = getattr(self, f"_prepare_{step}", None)
            body = prepare(plan, argument) if prepare else None
        except UserError as exc:
            plan._fail(str(exc))
            return True
        # Each time anew: this call, too, may be listed late.
        plan.write({"phase": "sending", "attempted_at": fields.Datetime.now()})
        if body:
            self.env["acorn.amazon.exchange"]._keep_sent(
                plan.store_id, "fba_inbound", f"{plan.name} {step}", body, plan
            )
        if not task._checkpoint():
            return False
        return self._send(task, client, plan, body)

    def _send(self, task, client, plan, body):
        step, argument = plan.queue[0]
        send = getattr(self, f"_send_{step}", None)
        if send is None:
            # Nothing but a reading.
            self._finish(task, client, plan)
            return True
        try:
            operation_id = self._call(lambda: send(client, plan, argument, body))
        except RequestError as exc:
            if UNDER_WAY.search(_words(exc)):
                # Ours, whose answer got lost, or one from Seller Central.
                return False
            plan._fail(_words(exc))
            return True
        plan.write({"phase": "running", "operation_id": operation_id})
        return True

    def _look(self, task, client, plan):
        """Look at the operation of a plan until it ends.

        :return: Amazon's status, None while it is under way
        """
        api = client.fulfillment_inbound
        for seconds in (0, *LOOKS):
            # Right after a checkpoint: nothing is locked meanwhile.
            time.sleep(seconds)
            try:
                operation = self._call(lambda: api.operation(plan.operation_id))
            except NotFoundError:
                # Too old to be known: the plan itself says what became of it.
                plan.write({"phase": "sending", "operation_id": False})
                return "UNKNOWN"
            if operation.status == "SUCCESS":
                self._finish(task, client, plan)
                return operation.status
            if operation.status == "FAILED":
                self._record_failure(client, plan, operation.problems)
                return operation.status
            if not task._checkpoint():
                return None
        return None

    def _finish(self, task, client, plan):
        """Read what a step has made, and note it."""
        step, argument = plan.queue[0]
        getattr(self, f"_finish_{step}", self._finish_plainly)(client, plan, argument)

    def _finish_plainly(self, client, plan, argument):
        plan._advance()

    def _record_failure(self, client, plan, problems):
        step = plan.queue[0][0]
        words = [_problem_words(entry) for entry in problems]
        codes = [entry.get("code") for entry in problems if entry.get("code")]
        if step in ("confirm_packing", "confirm_placement"):
            kind = step.removeprefix("confirm_")
            if self._read_chosen(client, plan, kind) == "EXPIRED":
                plan._record_expired(kind, "\n".join(words))
                return
        plan._fail("\n".join(words) or self.env._("Amazon gives no reason."), codes)

    # === STEPS: PREPARATION AND PLAN === #

    def _finish_prep(self, client, plan, _argument):
        skus = sorted(set(plan.item_ids.mapped("sku")))
        marketplace = plan.marketplace_id.amazon_id
        details = []
        for start in range(0, len(skus), MOST_PREP_SKUS):
            some = skus[start : start + MOST_PREP_SKUS]
            try:
                details += self._call(
                    lambda some=some: client.fulfillment_inbound.prep_details(
                        marketplace, some
                    )
                )
            except RequestError as exc:
                plan._fail(_words(exc))
                return
        plan._record_prep(details)

    def _prepare_set_prep(self, plan, _argument):
        items = plan.item_ids.filtered("prep_category")
        return {"mskuPrepDetails": items._prepare_prep()}

    def _send_set_prep(self, client, plan, _argument, body):
        return client.fulfillment_inbound.set_prep_details(
            plan.marketplace_id.amazon_id, body["mskuPrepDetails"]
        )

    def _finish_set_prep(self, client, plan, _argument):
        plan._advance(["prep", None])

    def _prepare_create(self, plan, _argument):
        return plan._prepare_body()

    def _send_create(self, client, plan, _argument, body):
        created = client.fulfillment_inbound.create_plan(body)
        plan.amazon_id = created.plan_id
        return created.operation_id

    def _find_create(self, client, plan, _argument):
        """Whether Amazon has the plan whose creation was not answered."""
        for found in client.fulfillment_inbound.plans():
            if found.get("name") == plan.reference and found.get("status") == "ACTIVE":
                plan.amazon_id = found["inboundPlanId"]
                return True
        if plan.attempted_at > fields.Datetime.now() - GRACE:
            return "wait"
        return False

    def _finish_create(self, client, plan, _argument):
        plan._record_created()

    # === STEPS: PACKING === #

    def _send_generate_packing(self, client, plan, _argument, _body):
        return client.fulfillment_inbound.generate_packing_options(plan.amazon_id)

    def _finish_generate_packing(self, client, plan, _argument):
        api = client.fulfillment_inbound
        offers = [
            read_packing_option(entry)
            for entry in self._call(lambda: api.packing_options(plan.amazon_id))
        ]
        groups = {}
        for group in {group for offer in offers for group in offer.members}:
            groups[group] = count_items(
                self._call(
                    lambda group=group: api.packing_group_items(plan.amazon_id, group)
                )
            )
        plan._record_packing_options(
            [offer for offer in offers if offer.status != "EXPIRED"], groups
        )

    def _send_confirm_packing(self, client, plan, _argument, _body):
        return client.fulfillment_inbound.confirm_packing_option(
            plan.amazon_id, plan.packing_option_id.amazon_id
        )

    def _find_confirm_packing(self, client, plan, _argument):
        return self._read_chosen(client, plan, "packing") == "ACCEPTED"

    def _finish_confirm_packing(self, client, plan, _argument):
        plan._record_packing_chosen()

    def _prepare_set_packing(self, plan, _argument):
        return {"packageGroupings": plan._prepare_packing()}

    def _send_set_packing(self, client, plan, _argument, body):
        return client.fulfillment_inbound.set_packing_information(
            plan.amazon_id, body["packageGroupings"]
        )

    # === STEPS: PLACEMENT === #

    def _send_generate_placement(self, client, plan, _argument, _body):
        return client.fulfillment_inbound.generate_placement_options(plan.amazon_id)

    def _finish_generate_placement(self, client, plan, _argument):
        api = client.fulfillment_inbound
        found = self._call(lambda: api.placement_options(plan.amazon_id))
        offers = [read_placement_option(entry) for entry in found]
        plan._record_placement_options(
            [offer for offer in offers if offer.status != "EXPIRED"]
        )

    def _send_confirm_placement(self, client, plan, _argument, _body):
        return client.fulfillment_inbound.confirm_placement_option(
            plan.amazon_id, plan.placement_option_id.amazon_id
        )

    def _find_confirm_placement(self, client, plan, _argument):
        return self._read_chosen(client, plan, "placement") == "ACCEPTED"

    def _finish_confirm_placement(self, client, plan, _argument):
        api = client.fulfillment_inbound
        shipments = []
        for shipment_id in plan.placement_option_id.members:
            key = plan.amazon_id, shipment_id
            shipments.append(
                (
                    self._call(lambda key=key: api.shipment(*key)),
                    self._call(lambda key=key: api.shipment_items(*key)),
                    self._call(lambda key=key: api.shipment_boxes(*key)),
                )
            )
        plan._record_placement(shipments)

    def _read_chosen(self, client, plan, kind):
        """Amazon's status of the option that a person has chosen; EXPIRED if gone."""
        api = client.fulfillment_inbound
        read = {"packing": read_packing_option, "placement": read_placement_option}
        listing = getattr(api, f"{kind}_options")
        offers = map(read[kind], self._call(lambda: listing(plan.amazon_id)))
        chosen = plan[f"{kind}_option_id"].amazon_id
        return next((o.status for o in offers if o.option_id == chosen), "EXPIRED")

    # === STEPS: TRANSPORT === #

    def _prepare_generate_transport(self, plan, _argument):
        return {"configurations": plan._prepare_transport()}

    def _send_generate_transport(self, client, plan, _argument, body):
        return client.fulfillment_inbound.generate_transportation_options(
            plan.amazon_id,
            plan.placement_option_id.amazon_id,
            body["configurations"],
        )

    def _finish_generate_transport(self, client, plan, _argument):
        found = self._call(
            lambda: client.fulfillment_inbound.transportation_options(
                plan.amazon_id,
                placement_option_id=plan.placement_option_id.amazon_id,
            )
        )
        plan._record_transport_options([read_transport_option(one) for one in found])

    def _send_generate_windows(self, client, plan, shipment_id, _body):
        return client.fulfillment_inbound.generate_delivery_window_options(
            plan.amazon_id, shipment_id
        )

    def _finish_generate_windows(self, client, plan, shipment_id):
        found = self._call(
            lambda: client.fulfillment_inbound.delivery_window_options(
                plan.amazon_id, shipment_id
            )
        )
        offers = [read_window_option(entry, shipment_id) for entry in found]
        plan._record_windows(_shipment(plan, shipment_id), offers)

    def _send_confirm_window(self, client, plan, shipment_id, _body):
        return client.fulfillment_inbound.confirm_delivery_window_option(
            plan.amazon_id,
            shipment_id,
            _shipment(plan, shipment_id).window_option_id.amazon_id,
        )

    def _find_confirm_window(self, client, plan, shipment_id):
        api = client.fulfillment_inbound
        found = self._call(lambda: api.shipment(plan.amazon_id, shipment_id))
        window = found.get("selectedDeliveryWindow") or {}
        chosen = _shipment(plan, shipment_id).window_option_id.amazon_id
        return window.get("deliveryWindowOptionId") == chosen

    def _prepare_confirm_transport(self, plan, _argument):
        return {
            "transportationSelections": [
                {
                    "shipmentId": shipment.amazon_id,
                    "transportationOptionId": shipment.transport_option_id.amazon_id,
                    "contactInformation": plan._prepare_contact(),
                }
                for shipment in plan.shipment_ids
            ]
        }

    def _send_confirm_transport(self, client, plan, _argument, body):
        return client.fulfillment_inbound.confirm_transportation_options(
            plan.amazon_id, body["transportationSelections"]
        )

    def _find_confirm_transport(self, client, plan, _argument):
        found = {
            shipment["shipmentId"]: shipment.get("selectedTransportationOptionId")
            for shipment in self._read_shipments(client, plan)
        }
        return all(
            found.get(each.amazon_id) == each.transport_option_id.amazon_id
            for each in plan.shipment_ids
        )

    def _finish_confirm_transport(self, client, plan, _argument):
        plan._record_transport(self._read_shipments(client, plan))

    def _read_shipments(self, client, plan):
        api = client.fulfillment_inbound
        return [
            self._call(lambda each=each: api.shipment(plan.amazon_id, each.amazon_id))
            for each in plan.shipment_ids
        ]

    # === STEPS: LABELS, TRACKING, CANCELLATION === #

    def _finish_labels(self, client, plan, shipment_id):
        shipment = _shipment(plan, shipment_id)
        try:
            data = self._call(
                lambda: client.fulfillment_inbound.box_labels(
                    shipment.confirmation_id, plan.label_page
                )
            )
        except RequestError as exc:
            plan._fail(_words(exc))
        else:
            plan._record_labels(shipment, data)

    def _finish_item_labels(self, client, plan, _argument):
        wanted = plan._prepare_item_labels()
        documents = []
        try:
            for start in range(0, len(wanted), MOST_LABEL_SKUS):
                body = {
                    "labelType": "STANDARD_FORMAT",
                    "marketplaceId": plan.marketplace_id.amazon_id,
                    "mskuQuantities": wanted[start : start + MOST_LABEL_SKUS],
                }
                documents += self._call(
                    lambda body=body: client.fulfillment_inbound.item_labels(body)
                )
        except RequestError as exc:
            plan._fail(_words(exc))
        else:
            plan._record_item_labels(documents)

    def _prepare_tracking(self, plan, shipment_id):
        return plan._prepare_tracking(_shipment(plan, shipment_id))

    def _send_tracking(self, client, plan, shipment_id, body):
        return client.fulfillment_inbound.update_tracking(
            plan.amazon_id, shipment_id, body
        )

    def _finish_tracking(self, client, plan, _argument):
        plan._record_shipments(self._read_shipments(client, plan))
        plan._advance()

    def _send_cancel(self, client, plan, _argument, _body):
        return client.fulfillment_inbound.cancel_plan(plan.amazon_id)

    def _find_cancel(self, client, plan, _argument):
        api = client.fulfillment_inbound
        found = self._call(lambda: api.plan(plan.amazon_id))
        return found.get("status") == "VOIDED"

    def _finish_cancel(self, client, plan, _argument):
        plan._record_cancelled()

    # === FOLLOWING === #

    def _follow(self, task, client, plan):
        """Bring a plan to what Amazon says; return whether there is time."""
        api = client.fulfillment_inbound
        try:
            found = self._call(lambda: api.plan(plan.amazon_id))
            shipments = self._read_shipments(client, plan)
        except NotFoundError as exc:
            plan.write({"checked_at": fields.Datetime.now(), "problem": _words(exc)})
        else:
            plan._follow(found.get("status"), shipments)
        return task._checkpoint(processed=1) > 0

    # === ENGINE === #

    def _has_waiting(self, task):
        todo = self._find_waiting(task.store_id)
        return bool(todo.filtered_domain([("phase", "=", "todo")]))

    def _get_pause(self, task):
        return PAUSE if self._find_waiting(task.store_id) else None

    def _get_backlog(self, task):
        return len(self._find_waiting(task.store_id)), None


def _shipment(plan, shipment_id):
    return plan.shipment_ids.filtered(lambda each: each.amazon_id == shipment_id)


def _words(exc):
    """Amazon's own words; the details say more than the message where it has them."""
    return exc.details or exc.message


def _problem_words(entry):
    parts = [entry.get("message"), entry.get("details")]
    return " ".join(part for part in parts if part)
