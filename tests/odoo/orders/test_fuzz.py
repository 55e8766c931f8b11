"""Any document at all ends where the table of errors says, and stops no other (A13)."""

import copy
import json
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import example, given, strategies as st

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.acorn_amazon_connector.tests.order_documents import (
    make_item,
    make_order,
)
from odoo.addons.acorn_amazon_connector.tests.orders_common import OrdersCase

from tests.odoo.examples import FEW

NASTY = st.sampled_from(
    [None, True, "", " ", "NaN", "-Infinity", "1e400", "\x00", "\ud83d", "9" * 300]
    + [-1, 0, 2**40, 1.5, float("nan"), [], {}, [None], [[]], {"": None}]
    + ["2026-13-45T99:99:99Z", "9999-12-31T23:59:59-23:59", "UNHEARD_OF", "<b>x</b>"]
)
CHANGE = st.tuples(st.sampled_from(["replace", "remove", "double"]), NASTY)


def rich_order():
    """An order with everything that the importer looks at."""
    item = make_item(
        "LAMP",
        "23.80",
        2,
        taxes={"ITEM": "3.80", "SHIPPING": "0.80"},
        charges={"SHIPPING": "5.00", "GIFT_WRAP": "1.00", "DISCOUNT": "-1.00"},
        cancellation={"cancellationRequest": {"cancelReason": "Changed mind"}},
        promotion={"breakdowns": [{"promotionId": "AUTUMN"}]},
    )
    item["fulfillment"]["packing"] = {"giftOption": {"giftMessage": "Enjoy 🎁"}}
    window = {"latestDateTime": "2026-11-23T22:59:59Z"}
    number = {"entityType": "BUYER", "taxRegistrationNumber": "DE136695976"}
    order = make_order(
        item,
        make_item("MUG"),
        programs=["PRIME", "AMAZON_BUSINESS"],
        tax={"taxRegistrations": [number]},
        associatedOrders=[
            {
                "orderId": "305-0000000-0000000",
                "associationType": "REPLACEMENT_ORIGINAL_ID",
            }
        ],
    )
    order["fulfillment"] |= {"shipByWindow": window, "deliverByWindow": window}
    return order


def places(value, path=()):
    """Yield the path of every value inside a document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))
        else:
            yield (*path, key)


def mutate(document, path, change):
    """Return a copy in which the value at a path is changed, removed or doubled."""
    kind, value = change
    document = copy.deepcopy(document)
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if kind == "remove":
        del holder[path[-1]]
    elif kind == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    else:
        holder[path[-1]] = value
    return document


PLACES = sorted(set(places(rich_order())), key=str)


@tagged("standard", "post_install")
class TestFuzz(OrdersCase):
    countries = ("de", "gb")

    def receive_all(self, payloads):
        """Keep and apply; whatever happens must not come out."""
        exchanges = self.env["acorn.amazon.exchange"]
        newest = exchanges.search([], limit=1, order="id desc").id or 0
        with mute_logger("odoo.sql_db"):
            self._keep(*payloads)
            self._apply()
        documents = exchanges.search([("id", ">", newest)])
        task = self.store.task_ids.filtered(lambda t: t.flow_id.code == "orders_apply")
        self.assertFalse(task.last_error)
        return documents

    # A13, A16: nothing is lost, nothing escapes, the good ones are in.
    @example(mutations=[(("fulfillment", "fulfilledBy"), ("replace", "UNHEARD_OF"))])
    @FEW
    @given(
        mutations=st.lists(
            st.tuples(st.sampled_from(PLACES), CHANGE), min_size=10, max_size=14
        )
    )
    def test_documents_gone_wrong(self, mutations):
        good = [make_order(make_item("LAMP")), make_order(make_item("MUG"))]
        bad = [mutate(rich_order(), path, change) for path, change in mutations]
        documents = self.receive_all([good[0], *bad, good[1]])
        for payload in good:
            self.assertEqual(self._order(payload).state, "sale")
        # Two documents that were changed to the same are one.
        different = {json.dumps(payload, sort_keys=True) for payload in bad}
        self.assertGreaterEqual(len(documents), len(good) + len(different))
        for document in documents:
            self.assertIn(
                document.state, ("done", "ignored", "blocked", "error", "superseded")
            )
            if document.state in ("blocked", "error"):
                self.assertTrue(document.reason)
            # Anything else would be a mistake of ours, not of the document.
            if document.state == "error":
                self.assertEqual(document.reason_code, "PayloadError")
            if document.state == "done" and document.res_id:
                self.assert_consistent(document)

    # A13: a document may be anything that JSON can say.
    def test_documents_that_are_no_orders(self):
        wrong = [None, 1, "text", [], {}, [[]], {"orderId": None}, {"orderId": {}}]
        good = make_order(make_item("LAMP"))
        exchanges = self.env["acorn.amazon.exchange"]
        kept = [(None, None, payload) for payload in wrong]
        self.assertEqual(exchanges._keep(self.store, "order", kept), len(wrong))
        self.assertEqual(exchanges._keep(self.store, "order_v0", kept), len(wrong))
        self.receive_all([good])
        self.assertEqual(self._order(good).state, "sale")
        strange = exchanges.search([("external_id", "=", "(no id)")])
        self.assertEqual(strange.mapped("state"), ["error"] * 2 * len(wrong))

    def assert_consistent(self, document):
        """An order that was made is Amazon's, to the cent."""
        order = self.env["sale.order"].browse(document.res_id)
        total = order.amount_total + order.acorn_amazon_facilitator_tax
        self.assertEqual(
            order.currency_id.compare_amounts(total, order.acorn_amazon_grand_total), 0
        )

    # A1: any mixture of prices, quantities, discounts and taxes agrees to the cent,
    # with either of Odoo's ways to round.
    @FEW
    @given(data=st.data())
    def test_any_amounts(self, data):
        self.env.company.tax_calculation_rounding_method = data.draw(
            st.sampled_from(["round_per_line", "round_globally"])
        )
        payloads = [data.draw(honest_orders()) for _number in range(12)]
        documents = self.receive_all(payloads)
        self.assertEqual(
            {(document.state, document.reason) for document in documents},
            {("done", False)},
        )
        for payload in payloads:
            order = self._order(payload)
            total = Decimal(payload["proceeds"]["grandTotal"]["amount"])
            remitted = Decimal(str(order.acorn_amazon_facilitator_tax))
            self.assertEqual(Decimal(str(order.amount_total)) + remitted, total)
            self.assertLessEqual(
                abs(order.acorn_amazon_rounding), 0.01 * len(order.order_line)
            )


@st.composite
def honest_orders(draw):
    """An order as Amazon would compute it, of any shape."""
    country = draw(st.sampled_from(["DE", "GB"]))
    rate = Decimal(draw(st.sampled_from(["0", "5", "7", "8.875", "19", "20"]))) / 100
    cents = st.integers(min_value=1, max_value=99999)
    items = []
    for sku in draw(st.lists(st.sampled_from(["LAMP", "MUG"]), min_size=1, max_size=5)):
        charges = {"ITEM": draw(cents)}
        if draw(st.booleans()):
            charges["SHIPPING"] = draw(cents)
        if draw(st.booleans()):
            charges["DISCOUNT"] = -draw(st.integers(0, charges["ITEM"]))
        items.append(
            make_item(
                sku,
                None,
                draw(st.integers(min_value=1, max_value=7)),
                charges={kind: euros(amount) for kind, amount in charges.items()},
                taxes=honest_taxes(charges, rate, country == "DE"),
                remitted=draw(st.booleans()),
            )
        )
    return make_order(*items, country=country)


def euros(cents):
    return str((Decimal(cents) / 100).quantize(Decimal("0.01")))


def honest_taxes(charges, rate, contained):
    """Tax of each kind of charge, rounded one by one; that of goods less discount."""
    amounts = dict(charges)
    amounts["ITEM"] += amounts.pop("DISCOUNT", 0)
    share = rate / (1 + rate) if contained else rate
    return {
        kind: euros((amount * share).quantize(Decimal(1), ROUND_HALF_UP))
        for kind, amount in amounts.items()
    }
