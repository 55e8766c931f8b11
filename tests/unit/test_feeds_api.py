"""Feeds over real HTTP: the upload, its secret address, every state (A4, A27)."""

import gzip
import logging
from datetime import datetime, timezone

import pytest

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.client import SpApiClient
from acorn_amazon_connector.services.documents import upload
from acorn_amazon_connector.services.transport import Transport

KEY = "?X-Amz-Credential=AKIAX&X-Amz-Signature=sesame"
JSON = "application/json; charset=UTF-8"
CREATED = "2026-11-21T08:00:00+00:00"


class Tokens:
    def token(self):
        return "Atza|x"

    def renew(self, stale_value):
        raise AssertionError("nothing has expired")


@pytest.fixture
def calls():
    return []


@pytest.fixture
def client(session, server, clock, calls, timeout):
    return SpApiClient(
        Transport(
            session,
            server.url,
            Tokens(),
            user_agent="a",
            clock=clock,
            record=calls.append,
            timeout=timeout,
        )
    )


def place(server):
    return {"feedDocumentId": "doc-1", "url": f"{server.url}/upload{KEY}"}


def test_a_feed_is_uploaded_as_announced(client, server, calls, caplog):  # A27
    caplog.set_level(logging.DEBUG)
    server.answer(201, place(server))
    server.answer(200)
    server.answer(202, {"feedId": "50001"})
    options = {"metadata:orderid": "1-2-3"}
    assert client.feeds.submit("T", ["A"], b"{}", JSON, options) == "50001"
    document, content, feed = server.requests
    assert document.json == {"contentType": JSON}
    assert (content.method, content.body) == ("PUT", b"{}")
    assert content.headers["content-type"] == JSON
    assert not {"x-amz-access-token", "authorization"} & set(content.headers)
    assert feed.json == {
        "feedType": "T",
        "marketplaceIds": ["A"],
        "inputFeedDocumentId": "doc-1",
        "feedOptions": options,
    }
    assert [call.operation for call in calls] == [
        "feeds.createFeedDocument",
        "feeds.createFeed",
    ]
    assert "sesame" not in caplog.text + repr(calls)
    assert "Atza|x" not in caplog.text + repr(calls)


def test_a_place_to_upload_to_does_not_show_its_key(client, server):  # A27
    server.answer(201, place(server))
    document = client.feeds.create_document(JSON)
    assert repr(document) == "FeedDocument('doc-1')"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.DocumentExpired),
        (404, errors.NotFoundError),
        (400, errors.RequestError),
        (503, errors.ServerError),
        (301, errors.ServerError),
    ],
)
def test_without_upload_there_is_no_feed(client, server, calls, status, kind):  # A13
    server.answer(201, place(server))
    server.answer(status, b"<Error>sesame</Error>")
    with pytest.raises(kind) as caught:
        client.feeds.submit("T", ["A"], b"{}", JSON)
    assert len(server.requests) == 2
    assert "sesame" not in str(caught.value) + repr(calls)


def test_an_upload_without_reply(client, server):  # A13, A27
    server.answer(201, place(server))
    server.hang(2)
    document = client.feeds.create_document(JSON)
    with pytest.raises(errors.TransportError) as caught:
        upload(
            client.transport.session, document.url, b"", "text/xml", timeout=(1, 0.2)
        )
    assert "sesame" not in str(caught.value)
    assert len(server.requests) == 2


def test_only_secure_addresses_get_a_document(session):  # A27
    with pytest.raises(errors.RequestError):
        upload(session, "http://example.com/x", b"", "text/xml")


def test_a_refused_feed_hides_the_address_of_its_document(client, server, calls):
    server.answer(400, {"url": place(server)["url"], "errors": [{"code": "x"}]})
    with pytest.raises(errors.RequestError):
        client.feeds.create_document(JSON)
    assert "sesame" not in repr(calls)


def feed(status, **facts):
    return {
        "feedId": "50001",
        "feedType": "T",
        "createdTime": CREATED,
        "processingStatus": status,
        **facts,
    }


@pytest.mark.parametrize(
    ("status", "final"),
    [
        ("IN_QUEUE", False),
        ("IN_PROGRESS", False),
        ("DONE", True),
        ("CANCELLED", True),
        ("FATAL", True),
    ],
)
def test_the_states_of_a_feed(client, server, status, final):
    server.answer(200, feed(status))
    found = client.feeds.get("50001")
    assert (found.status, found.is_final) == (status, final)
    assert found.created_at == datetime(2026, 11, 21, 8, tzinfo=timezone.utc)
    assert (found.result_document_id, found.ended_at) == (None, None)


def test_the_report_of_a_feed(client, server):
    server.answer(
        200, feed("DONE", resultFeedDocumentId="doc-2", processingEndTime=CREATED)
    )
    found = client.feeds.get("50001")
    assert found.ended_at == found.created_at
    facts = {"url": f"{server.url}/report{KEY}", "compressionAlgorithm": "GZIP"}
    server.answer(200, {"feedDocumentId": "doc-2", **facts})
    server.answer(200, gzip.compress(b"\xff\xfe report"))
    assert client.feeds.result(found.result_document_id) == b"\xff\xfe report"


def test_all_feeds_page_by_page(client, server):  # A24
    server.answer(200, {"feeds": [feed("DONE")], "nextToken": "next"})
    server.answer(200, {"feeds": [feed("IN_QUEUE")]})
    found = [
        entry.status
        for page in client.feeds.pages(feed_types=["T"], page_size=1)
        for entry in page.feeds
    ]
    assert found == ["DONE", "IN_QUEUE"]
    assert server.last.query == {"nextToken": "next"}
    with pytest.raises(ValueError):
        client.feeds.search()


def test_a_feed_is_cancelled(client, server):
    server.answer(200)
    assert client.feeds.cancel("50001") is None
    assert (server.last.method, server.last.path) == (
        "DELETE",
        "/feeds/2021-06-30/feeds/50001",
    )


@pytest.mark.parametrize("answer", [{}, {"feedId": "1"}, feed(None)])
def test_what_is_no_feed(client, server, answer):
    server.answer(200, answer)
    with pytest.raises(errors.UnexpectedReplyError):
        client.feeds.get("50001")
