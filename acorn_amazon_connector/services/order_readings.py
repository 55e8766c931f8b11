"""Which orders are asked for next, and how far each search is. Knows no Odoo (A24)."""

from copy import deepcopy
from datetime import datetime, timedelta

# What changed since the cursor; only its end moves the cursor.
CHANGES = "changes"
# What changed since the first page of ``CHANGES``, while that has pages left.
NEWEST = "newest"
# What has to be shipped still, however long ago it was placed or changed.
OPEN = "open"
# What changed after an import date that was moved back, up to the earlier one.
PAST = "past"

# Amazon may index a change late; what is read twice is kept once.
OVERLAP = timedelta(minutes=5)
# Amazon's 24 hours count for each token, from the page that gave it.
TOKEN_LIFE = timedelta(hours=23)
# How long the newest changes wait at most while other pages are read: one of the
# five calls that Amazon allows in this time.
PATIENCE = timedelta(minutes=15)

_TOKEN = ("token", "token_at")


class Readings:
    """The searches that have pages left; kept as JSON between the pages.

    A search is ``since``, perhaps ``before``, the ``bound`` up to which its first page
    answered, and the ``token`` of its next page with the time that gave it. All times
    are naive UTC.

    :param page: what was kept, or None
    """

    def __init__(self, page=None):
        self.page = deepcopy(page) or {}

    def is_open(self):
        """:return: whether a search waits for its first or its next page"""
        return any(name in self.page for name in (CHANGES, OPEN, PAST))

    def ask(self, name, since, before=None):
        """Note a search besides ``CHANGES`` and ``NEWEST``.

        :param str name: ``OPEN`` or ``PAST``
        :param datetime since: where it begins
        :param datetime before: where it ends; None: at the present
        """
        self.page[name] = {"since": str(since)}
        if before:
            self.page[name]["before"] = str(before)

    def choose(self, now):
        """Decide what is read next.

        New orders never wait for the end of a long search, which takes hours; and
        that one goes on after each page of theirs, however slowly pages come.

        :param datetime now: the present
        :return: name of a search
        """
        self._forget_old_tokens(now)
        last = self.page.get("last")
        errand = next((name for name in (OPEN, PAST) if name in self.page), None)
        if CHANGES in self.page:
            is_due = self._has_token(NEWEST) or self._is_late(now)
            if is_due and last != NEWEST:
                return NEWEST
            return OPEN if errand == OPEN else CHANGES
        if errand and (last == CHANGES or not self._is_late(now)):
            return errand
        return CHANGES

    def begin(self, name, now, cursor):
        """Return a search that is to be read, begun if it has no token.

        :param str name: what :meth:`choose` returned
        :param datetime now: the present
        :param datetime cursor: where ``CHANGES`` begins
        :rtype: dict
        """
        if self._has_token(name):
            return self.page[name]
        if name == NEWEST:
            reached = self._get(NEWEST, "reached") or self._get(CHANGES, "bound")
            known = {"reached": reached, "since": str(_time(reached) - OVERLAP)}
        elif name == CHANGES:
            known = {"since": str(cursor - OVERLAP)}
        else:
            known = self.page[name]
        self.page[name] = {**known, "bound": str(now)}
        # A long search that begins anew must not put off what is newer.
        if name == NEWEST or (name == CHANGES and NEWEST not in self.page):
            self.page["asked"] = str(now)
        return self.page[name]

    def turn(self, name, token, bound, now):
        """Note that a page is kept.

        :param str name: of the search
        :param token: of its next page; None: there is none
        :param bound: the end of the period that Amazon searched, or None
        :param datetime now: the present
        :return: the moment before which no change is missing, at the end of
            ``CHANGES``; else None
        """
        search, self.page["last"] = self.page[name], name
        if bound and "token" not in search:
            search["bound"] = str(bound)
        if token:
            search |= {"token": token, "token_at": str(now)}
            return None
        return self._close(name)

    def restart(self, name):
        """Begin a search again from its first page; what was kept stays kept.

        How far ``NEWEST`` is stays true: ``CHANGES`` begins at the cursor again and
        answers up to a later moment than before.
        """
        if name == CHANGES:
            self.page.pop(CHANGES, None)
        elif name == NEWEST and NEWEST in self.page:
            self.page[NEWEST] = {"reached": self.page[NEWEST]["reached"]}
        elif name in self.page:
            for key in _TOKEN:
                self.page[name].pop(key, None)

    def restart_all(self):
        """Begin all searches again: another interface knows nothing of the tokens."""
        for name in (CHANGES, NEWEST, OPEN, PAST):
            self.restart(name)

    def _close(self, name):
        search = self.page.pop(name)
        reached = None
        if name == NEWEST:
            self.page[NEWEST] = {"reached": search["bound"]}
        elif name == CHANGES:
            newest = self.page.pop(NEWEST, {})
            reached = max(_time(search["bound"]), _time(newest.pop("reached", None)))
            if "token" in newest:
                self.page[CHANGES] = newest
        if not self.is_open():
            for key in ("asked", "last"):
                self.page.pop(key, None)
        return reached

    def _forget_old_tokens(self, now):
        for name in (CHANGES, NEWEST, OPEN, PAST):
            given = self._get(name, "token_at")
            if given and now - _time(given) >= TOKEN_LIFE:
                self.restart(name)

    def _is_late(self, now):
        """Whether the newest changes were not asked for lately."""
        asked = self.page.get("asked")
        return not asked or now - _time(asked) >= PATIENCE

    def _has_token(self, name):
        return bool(self._get(name, "token"))

    def _get(self, name, key):
        return self.page.get(name, {}).get(key)


def _time(text):
    return datetime.fromisoformat(text) if text else datetime.min
