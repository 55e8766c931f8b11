"""The order store under any sequence of changes: each order once, in order (A24)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings, strategies as st

from simulator.clock import format_time
from simulator.state.orders import OrderStore, to_ms
from simulator.worlds import build_world

NOW = datetime(2026, 11, 20, tzinfo=timezone.utc)
WORLD = build_world("busy", 1, 40, NOW)
STEPS = st.lists(
    st.tuples(st.sampled_from(["touch", "page", "late"]), st.integers(0, 39)),
    max_size=40,
)


@dataclass
class Sweep:
    """A client that pages by update time, with a cursor and a fixed bound."""

    store: OrderStore
    seller_id: str
    cursor: int = 0
    position: tuple | None = None
    until: int = 0

    def page(self, now: int, limit: int) -> list:
        """Fetch one page; the last page moves the cursor to the bound."""
        if self.position is None:
            self.position, self.until = (self.cursor, ""), now
        entries, self.position = self.store.page(
            self.seller_id,
            "updated",
            self.position,
            self.until,
            lambda entry: True,
            limit,
        )
        if self.position is None:
            self.cursor = self.until
        return [(entry.order_id, entry.updated) for entry in entries]


def touched(truth, moment):
    payload = {**truth.payload, "lastUpdatedTime": format_time(moment)}
    return replace(truth, payload=payload)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 9))
def test_a_sweep_sees_every_last_state(steps, limit):
    store, now = OrderStore(WORLD), NOW
    seller_id = WORLD.heads[0].seller_id
    ids = [head.order_id for head in WORLD.heads if head.seller_id == seller_id]
    sweep, seen = Sweep(store, seller_id), {}

    def fetch():
        for order_id, updated in sweep.page(to_ms(now), limit):
            assert updated >= seen.get(order_id, 0)
            seen[order_id] = updated

    for action, number in steps:
        now += timedelta(seconds=1)
        if action == "page":
            fetch()
            continue
        entry = store.get(ids[number % len(ids)])
        # Late: an event that is known only after its time, but within the overlap.
        moment = now - timedelta(milliseconds=500 if action == "late" else 0)
        store.change(entry, touched(store.truth(entry), moment))
    now += timedelta(seconds=1)
    fetch()
    while sweep.position is not None:
        fetch()
    fetch()
    while sweep.position is not None:
        fetch()
    assert seen == {order_id: store.get(order_id).updated for order_id in ids}


def test_page_is_a_slice_of_the_index():
    store = OrderStore(WORLD)
    seller_id = WORLD.heads[0].seller_id
    everything, rest = store.page(
        seller_id, "updated", (0, ""), to_ms(NOW), lambda entry: True, 1000
    )
    assert rest is None
    keys = [entry.key("updated") for entry in everything]
    assert keys == sorted(keys)
    entries, following = store.page(
        seller_id, "updated", keys[2], to_ms(NOW), lambda entry: True, 3
    )
    assert [entry.key("updated") for entry in entries] == keys[3:6]
    assert following == keys[5]
    looked_at = []
    store.page(
        seller_id,
        "updated",
        keys[2],
        to_ms(NOW),
        lambda entry: looked_at.append(entry) or True,
        3,
    )
    assert len(looked_at) == 4  # the page, and one more to know that there is more
