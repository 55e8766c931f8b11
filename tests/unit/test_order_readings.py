"""Whatever happens between two pages, no change is missed (A24)."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings, strategies as st

from acorn_amazon_connector.services.order_readings import (
    CHANGES,
    NEWEST,
    OPEN,
    PAST,
    PATIENCE,
    TOKEN_LIFE,
    Readings,
)

START = datetime(2026, 11, 1)
PAGE = 2


class Amazon:
    """Orders that change, found in pages, the oldest change first."""

    def __init__(self, count):
        self.now = START
        self.changed = {
            number: START - timedelta(minutes=7 * number) for number in range(count)
        }

    def search(self, search):
        """:return: (order, its change) of a page, the next token, the bound"""
        after = datetime.fromisoformat(search["since"])
        bound = self.now - timedelta(minutes=2)
        if "before" in search:
            bound = min(bound, datetime.fromisoformat(search["before"]))
        position = (after, -1)
        if "token" in search:
            moment, number, until = search["token"].split("|")
            position = (datetime.fromisoformat(moment), int(number))
            bound = datetime.fromisoformat(until)
        found = sorted(
            (moment, number)
            for number, moment in self.changed.items()
            if position < (moment, number) and moment <= bound
        )
        page, rest = found[:PAGE], found[PAGE:]
        token = f"{page[-1][0]}|{page[-1][1]}|{bound}" if rest else None
        return page, token, bound


class Sweep:
    """The sweep without Odoo: what it has read, and up to when it says so."""

    def __init__(self, amazon, since):
        self.amazon, self.since = amazon, since
        self.page, self.cursor, self.read = None, None, set()
        self.newest_asked = []

    def step(self, is_refused=False):
        readings = Readings(self.page)
        now = self.amazon.now
        name = readings.choose(now)
        search = dict(readings.begin(name, now, self.cursor or self.since))
        if is_refused:
            if "token" in search:
                readings = Readings(self.page)
                readings.restart(name)
                self.page = readings.page
            return name
        if name in (CHANGES, NEWEST) and "token" not in search:
            self.newest_asked.append(now)
        page, token, bound = self.amazon.search(search)
        self.read |= set(page)
        reached = readings.turn(name, token, bound, now)
        if reached:
            self.cursor = max(reached, self.cursor or reached)
        self.page = readings.page
        return name

    def finish(self):
        self.step()
        while Readings(self.page).is_open():
            self.step()

    def missing(self, until):
        since = self.since
        return {
            (moment, number)
            for number, moment in self.amazon.changed.items()
            if since <= moment <= until and (moment, number) not in self.read
        }


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.integers(0, 11)),
        st.tuples(st.just("wait"), st.sampled_from([1, 4, 16, 200, 1500])),
        st.tuples(st.just("page"), st.just(0)),
        st.tuples(st.just("page"), st.just(0)),
        st.tuples(st.just("refused"), st.just(0)),
        st.tuples(st.just("interface"), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(EVENTS)
def test_nothing_is_missed(events):
    amazon = Amazon(12)
    sweep = Sweep(amazon, START - timedelta(days=1))
    for event, value in events:
        if event == "change":
            amazon.changed[value] = amazon.now
        elif event == "wait":
            amazon.now += timedelta(minutes=value)
        elif event == "interface":
            readings = Readings(sweep.page)
            readings.restart_all()
            sweep.page = readings.page
        else:
            sweep.step(is_refused=event == "refused")
        if sweep.cursor:
            assert not sweep.missing(sweep.cursor)
    amazon.now += timedelta(minutes=10)
    sweep.finish()
    sweep.finish()
    assert not sweep.missing(amazon.now - timedelta(minutes=10))


def test_what_is_new_does_not_wait_for_what_is_old():
    amazon = Amazon(300)
    sweep = Sweep(amazon, START - timedelta(days=3))
    names = []
    while not sweep.cursor:
        amazon.changed[names.count(NEWEST)] = amazon.now
        names.append(sweep.step())
        amazon.now += timedelta(minutes=3)
    gaps = [later - earlier for earlier, later in pairwise(sweep.newest_asked)]
    assert max(gaps) <= PATIENCE + timedelta(minutes=3)
    assert names.count(NEWEST) * 4 <= names.count(CHANGES)
    assert not sweep.missing(sweep.cursor)


def test_a_reading_that_takes_days():
    # Each page gives a token that lives for a day of its own.
    amazon = Amazon(30)
    sweep = Sweep(amazon, START - timedelta(days=3))
    names = []
    while not sweep.cursor:
        names.append(sweep.step())
        amazon.now += TOKEN_LIFE / 3
    assert names.count(CHANGES) == 15
    assert names.count(NEWEST) == 14
    assert amazon.now - START > 9 * TOKEN_LIFE
    assert not sweep.missing(sweep.cursor)


def test_a_token_that_is_too_old():
    amazon = Amazon(5)
    sweep = Sweep(amazon, START - timedelta(days=3))
    sweep.step()
    amazon.now += TOKEN_LIFE
    assert sweep.step() == CHANGES
    assert datetime.fromisoformat(sweep.page[CHANGES]["bound"]) > START


def test_errands_wait_only_for_what_is_new():
    readings = Readings()
    readings.ask(OPEN, START - timedelta(days=700))
    readings.ask(PAST, START - timedelta(days=9), START - timedelta(days=1))
    order = []
    now = START
    while readings.is_open():
        name = readings.choose(now)
        readings.begin(name, now, START - timedelta(days=1))
        # The changes have two pages, the others one.
        more = "next" if name == CHANGES and CHANGES not in order else None
        readings.turn(name, more, now, now)
        order.append(name)
        now += timedelta(minutes=1)
    assert order == [CHANGES, OPEN, CHANGES, PAST]
    assert readings.page == {}
