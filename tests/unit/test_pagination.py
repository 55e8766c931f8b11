"""All pages are read, and an endless chain of pages ends (A24)."""

from types import SimpleNamespace

import pytest

from acorn_amazon_connector.services.errors import UnexpectedReplyError
from acorn_amazon_connector.services.pagination import pages


def fetcher(chain, asked):
    def fetch(token):
        asked.append(token)
        return SimpleNamespace(next_token=chain.get(token), token=token)

    return fetch


def test_all_pages_in_order():
    asked = []
    chain = {None: "b", "b": "c", "c": None}
    found = [page.token for page in pages(fetcher(chain, asked))]
    assert found == asked == [None, "b", "c"]


def test_resume_at_a_kept_token():
    asked = []
    list(pages(fetcher({"b": "c", "c": ""}, asked), "b"))
    assert asked == ["b", "c"]


def test_a_page_is_fetched_only_when_it_is_wanted():
    asked = []
    next(pages(fetcher({None: "b"}, asked)))
    assert asked == [None]


def test_a_repeated_page_is_survived():
    answers = iter(["b", "b", "c", None])
    asked = []

    def fetch(token):
        asked.append(token)
        return SimpleNamespace(next_token=next(answers))

    assert len(list(pages(fetch))) == 4
    assert asked == [None, "b", "b", "c"]


def test_an_endless_chain_ends():
    with pytest.raises(UnexpectedReplyError):
        list(pages(fetcher({None: "a", "a": "b", "b": "a"}, [])))
