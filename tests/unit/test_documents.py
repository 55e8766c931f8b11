"""Report documents: limits, compression, charsets, tables with and without quotes."""

import gzip

import pytest
from hypothesis import given, strategies as st

from acorn_amazon_connector.services import errors
from acorn_amazon_connector.services.documents import (
    Document,
    download,
    fallback_charsets,
)


def fetch(session, server, content, content_type="text/plain", **options):
    server.answer(200, content, {"content-type": content_type})
    return download(session, f"{server.url}/_documents/1?sig=top", **options)


def test_a_plain_document_gets_no_token(session, server):
    document = fetch(session, server, b"a\tb\r\n1\t2\r\n")
    assert list(document.rows()) == [{"a": "1", "b": "2"}]
    headers = server.last.headers
    assert "x-amz-access-token" not in headers and "authorization" not in headers
    assert server.last.query == {"sig": "top"}


@pytest.mark.parametrize("declared", ["GZIP", None])
def test_gzip(session, server, declared):
    packed = gzip.compress("sku\ttitel\nL-1\tÖl\n".encode())
    document = fetch(session, server, packed, compression=declared)
    assert list(document.rows()) == [{"sku": "L-1", "titel": "Öl"}]
    assert document.text().endswith("Öl\n")
    assert "Öl" not in repr(document)


def test_declared_gzip_that_arrives_unpacked(session, server):
    document = fetch(session, server, b"a\n1\n", compression="GZIP")
    assert document.text() == "a\n1\n"


@pytest.mark.parametrize(
    ("encoding", "content_type", "fallbacks", "text"),
    [
        ("utf-8", "text/plain;charset=UTF-8", (), "Größe € 🎂"),
        ("utf-8-sig", "text/plain", (), "Größe"),
        ("cp1252", "text/plain; charset=ISO-8859-1", (), "Größe €"),
        ("cp1252", "text/plain; charset=utf-8", ("cp1252", "cp932"), "Größe €"),
        ("cp1252", "text/plain", ("cp1252", "cp932"), "Größe €"),
        ("cp932", 'text/plain; charset="Shift_JIS"', (), "机ランプ①"),
        ("cp932", "text/plain", ("cp932", "cp1252"), "机ランプ①"),
        ("cp932", "text/plain; charset=base64", ("cp932",), "机ランプ①"),
        ("utf-16", "text/plain; charset=UTF-16", (), "机ランプ"),
    ],
)
def test_charsets(session, server, encoding, content_type, fallbacks, text):
    content = f"titel\tx\r\n{text}\t1\r\n".encode(encoding)
    document = fetch(session, server, content, content_type, fallbacks=fallbacks)
    assert [row["titel"] for row in document.rows()] == [text]


def test_bytes_of_no_charset_are_still_read(session, server):
    document = fetch(session, server, b"a\n\x81\x8d\xff\n", fallbacks=("cp1252",))
    assert len(list(document.rows())) == 1


def test_japan_is_tried_first_in_japan():
    assert fallback_charsets(["A1VC38T7YXB528"])[0] == "cp932"
    assert fallback_charsets(["A1PA6795UKMFR9", "unknown"])[0] == "cp1252"


def test_tables_have_no_quoting():
    content = 'sku\ttitle\tqty\n"A"\t5" pipe, 2"\u2028x\x85\t3\n\nB\n'.encode()
    rows = list(Document(content, False, "utf-8").rows())
    assert rows == [
        {"sku": '"A"', "title": '5" pipe, 2"\u2028x\x85', "qty": "3"},
        {"sku": "B", "title": "", "qty": ""},
    ]


# As FBA's ledger comes; Amazon does not double the quotes inside of a title (#4367).
QUOTED = (
    b'"MSKU"\t"Title"\t"Quantity"\r\n'
    b'"LAMP"\t"A ""fine"" lamp"\t"5"\r\n'
    b'"TV"\t"Screen 55""\t"-2"\r\n'
    b'"CAM"\t"Webcam, 1/2" sensor"\t""\r\n'
    b'"TAB"\t"left\tright"\t"1"\r\n'
    b'BARE\t5" pipe\t7\r\n'
)


def test_quotes_where_the_header_has_them():  # X14
    rows = Document(QUOTED, False, "utf-8-sig").rows()
    assert rows.columns == ("MSKU", "Title", "Quantity")
    assert [tuple(row.values()) for row in rows] == [
        ("LAMP", 'A "fine" lamp', "5"),
        ("TV", 'Screen 55"', "-2"),
        ("CAM", 'Webcam, 1/2" sensor', ""),
        ("TAB", "left\tright", "1"),
        ("BARE", '5" pipe', "7"),
    ]


def test_a_quote_in_the_header_is_no_quoting():
    rows = list(Document(b'"a"\tb\n"1"\t2\n', False, "utf-8").rows())
    assert rows == [{'"a"': '"1"', "b": "2"}]


@pytest.mark.parametrize("content", [b"", b"Date range exceeded.\r\n"])
def test_a_document_that_is_no_table_has_its_words(content):  # X14
    rows = Document(content, False, "utf-8").rows()
    assert rows.columns == (content.decode().strip(),)
    assert list(rows) == []
    assert rows.document.text() == content.decode()


def test_cells_beyond_the_header_are_not_lost():
    rows = list(Document(b"a\tb\n1\t2\t3\t4\n", False, "utf-8").rows())
    assert rows == [{"a": "1", "b": "2", None: "3\t4"}]


def test_an_empty_document_has_no_rows():
    assert list(Document(b"", False, "utf-8").rows()) == []


CELLS = st.text(
    st.characters(exclude_characters="\t\r\n\ufeff", exclude_categories=["Cs"]),
    max_size=20,
)


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=20), packed=st.booleans())
def test_any_cells_come_back(rows, packed):
    lines = ["a\tb", *("\t".join(row) for row in rows)]
    content = "\r\n".join(lines).encode()
    content = gzip.compress(content) if packed else content
    found = list(Document(content, packed, "utf-8").rows())
    assert found == [{"a": a, "b": b} for a, b in rows]


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_any_cells_come_back_out_of_quotes(rows):  # X14
    doubled = [[cell.replace('"', '""') for cell in row] for row in rows]
    lines = ['"a"\t"b"', *('"' + '"\t"'.join(row) + '"' for row in doubled)]
    found = list(Document("\r\n".join(lines).encode(), False, "utf-8").rows())
    assert found == [{"a": a, "b": b} for a, b in rows]


def test_long_documents_are_read_in_pieces():
    content = b"a\tb\n" + b"xxxxxxxx\tyyyyyyyy\n" * 200_000
    document = Document(gzip.compress(content), True, "utf-8")
    assert sum(1 for _row in document.rows()) == 200_000


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.DocumentExpired),
        (410, errors.DocumentExpired),
        (404, errors.NotFoundError),
        (400, errors.RequestError),
        (500, errors.ServerError),
        (503, errors.ServerError),
        (302, errors.ServerError),
    ],
)
def test_refusals_do_not_show_the_address(session, server, status, kind):
    server.answer(status, b"<Error>sig=top</Error>")
    with pytest.raises(errors.SpApiError) as caught:
        download(session, f"{server.url}/top/file?X-Amz-Signature=top")
    assert type(caught.value) is kind
    assert "/file" not in str(caught.value) and "Signature" not in str(caught.value)


def test_a_cut_download(session, server):
    server.cut(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc")
    with pytest.raises(errors.TransportError) as caught:
        download(session, f"{server.url}/top/file?X-Amz-Signature=top")
    assert "top" not in str(caught.value) and caught.value.__cause__ is None


def test_too_large_a_download(session, server):
    with pytest.raises(errors.TransportError):
        fetch(session, server, b"x" * 5000, max_bytes=4000)


def test_too_large_once_unpacked(session, server):
    bomb = gzip.compress(b"\0" * 5_000_000)
    with pytest.raises(errors.TransportError):
        fetch(session, server, bomb, compression="GZIP", max_unpacked_bytes=1_000_000)


@pytest.mark.parametrize("damage", [slice(0, -12), slice(0, 40)])
def test_damaged_gzip(session, server, damage):
    packed = gzip.compress(bytes(range(256)) * 40)[damage]
    with pytest.raises(errors.TransportError):
        fetch(session, server, packed, compression="GZIP")


def test_an_unknown_compression(session, server):
    with pytest.raises(errors.UnexpectedReplyError):
        fetch(session, server, b"x", compression="BROTLI")


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "file:///etc/passwd", "ftp://127.0.0.1/x", ""]
)
def test_only_secure_addresses(session, url):
    with pytest.raises(errors.RequestError):
        download(session, url)
