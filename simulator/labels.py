"""Real, small label files: what a printer or a browser opens."""

from __future__ import annotations

import struct
import zlib
from random import Random

PDF, PNG, ZPL = "application/pdf", "image/png", "application/zpl"
FILE_TYPES = {
    "PDF": PDF,
    "PNG": PNG,
    "ZPL203": ZPL,
    "ZPL300": ZPL,
    "ShippingServiceDefault": PDF,
}
_FONT = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
)


def draw_label(label_format: str, lines: list[str], code: str) -> bytes:
    """Return one label of 4 × 6 inches.

    :param label_format: PDF, PNG, ZPL203, ZPL300 or ShippingServiceDefault
    :param lines: what is to be read on it; a PNG shows the bars only
    :param code: what the bars stand for
    """
    if label_format == "PNG":
        return _png(code)
    if label_format.startswith("ZPL"):
        return _zpl(lines, code, 300 if label_format.endswith("300") else 203)
    return draw_pages([lines], [code])


def draw_pages(pages: list[list[str]], codes: list[str]) -> bytes:
    """Return a PDF of pages of 4 × 6 inches, one list of lines each."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        _FONT,
    ]
    for number, (lines, code) in enumerate(zip(pages, codes, strict=True)):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Resources "
            b"<< /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * number)
        )
        stream = _page(lines, code)
        objects.append(
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
        )
    return _pdf(objects)


def _pdf(objects: list[bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return data + head + table + tail % (len(objects) + 1, len(data))


def _page(lines: list[str], code: str) -> bytes:
    parts = ["BT /F1 11 Tf 14 TL 20 400 Td"]
    for line in lines:
        plain = line.encode("cp1252", "replace").decode("cp1252")
        for mark in "\\()":
            plain = plain.replace(mark, "\\" + mark)
        parts.append(f"({plain}) Tj T*")
    parts.append("ET")
    x = 20
    for number, width in enumerate(_bars(code)):
        if number % 2 == 0:
            parts.append(f"{x} 30 {width} 70 re f")
        x += width
    return "\n".join(parts).encode("cp1252")


def _png(code: str) -> bytes:
    width, height = 400, 600
    row, x = bytearray(b"\xff" * width), 40
    for number, bar in enumerate(_bars(code)):
        if number % 2 == 0:
            row[x : x + bar] = b"\x00" * len(row[x : x + bar])
        x += bar
    blank, bars = b"\x00" + b"\xff" * width, b"\x00" + bytes(row)
    image = blank * 400 + bars * 120 + blank * (height - 520)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(image)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _zpl(lines: list[str], code: str, dots: int) -> bytes:
    size = dots // 8
    fields = [
        f"^FO40,{40 + place * (size + 10)}^A0N,{size},{size}^FD{_plain(line)}^FS"
        for place, line in enumerate(lines)
    ]
    bars = f"^FO40,{dots * 4}^BCN,{dots},Y,N,N^FD{_plain(code)}^FS"
    return "\n".join(["^XA", "^CI28", *fields, bars, "^XZ", ""]).encode()


def _plain(text: str) -> str:
    # A caret or tilde would start a command of the printer.
    return text.replace("^", " ").replace("~", " ")


def _bars(code: str) -> list[int]:
    """Return widths of bars and gaps, the same for the same code."""
    random = Random(code)
    return [random.choice((1, 1, 2, 3)) for _ in range(119)]
