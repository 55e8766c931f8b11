"""Scans that a reviewer cannot read are found before they are sent (B20)."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from odoo.addons.acorn_amazon_onboarding.mappers.legibility import (
    Limits,
    find_problems,
)

LIMITS = Limits(min_pixels=600, min_sharpness=40.0, max_blank=99.5)
SIZE = (900, 1270)


def page(size=SIZE, blur=0, lines=16):
    """A licence on greyish paper."""
    image = Image.new("RGB", size, (236, 233, 224))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size[0] // 35)
    for line in range(lines):
        top = size[1] * (line + 2) // 20
        draw.text(
            (size[0] // 12, top), f"Article {line} of 91440300MA5", (60, 60, 70), font
        )
    return image.filter(ImageFilter.GaussianBlur(blur)) if blur else image


def saved(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def pdf(*, pages=0, text="", password=""):
    writer = PdfWriter()
    for _number in range(pages):
        added = writer.add_blank_page(595, 842)
        if text:
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode())
            added[NameObject("/Contents")] = writer._add_object(stream)
            font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
            font = {NameObject(key): NameObject(value) for key, value in font.items()}
            fonts = DictionaryObject({NameObject("/F1"): DictionaryObject(font)})
            resources = DictionaryObject({NameObject("/Font"): fonts})
            added[NameObject("/Resources")] = resources
    if password:
        writer.encrypt(password)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def codes(content, mimetype="image/png"):
    return [problem.code for problem in find_problems(content, mimetype, LIMITS)]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (page(), []),
        (page((2400, 3400)), []),
        (page(blur=0.6), []),
        (page().convert("L"), []),
        (page().convert("1"), []),
        (page(blur=5), ["blurred"]),
        (page((2400, 3400), blur=14), ["blurred"]),
        (page((420, 600)), ["small"]),
        (page(lines=0), ["blank"]),
        (Image.new("RGBA", SIZE, (0, 0, 0, 0)), ["blank"]),
        (page((420, 600), blur=4), ["small", "blurred"]),
    ],
)
def test_image(image, expected):  # B20
    assert codes(saved(image)) == expected


def test_compressed_photo():  # B20
    photo = page((2000, 2800))
    assert codes(saved(photo, "JPEG", quality=60), "image/jpeg") == []
    blurred = page((2000, 2800), blur=12)
    assert codes(saved(blurred, "JPEG", quality=60), "image/jpeg") == ["blurred"]


def test_what_was_measured_is_told():  # B20
    (problem,) = find_problems(saved(page((420, 600))), "image/png", LIMITS)
    assert (problem.code, problem.page, problem.value) == ("small", 0, 420)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf(pages=2, text="Business licence of a company"), []),
        (pdf(pages=1), ["blank"]),
        (pdf(), ["empty"]),
        (pdf(pages=1, text="Business licence", password="secret"), ["encrypted"]),
        (b"%PDF-1.4 nothing more", ["damaged"]),
        (saved(page(), "PDF"), []),
        (saved(page(blur=6), "PDF"), ["blurred"]),
        (saved(page((420, 600)), "PDF"), ["small"]),
        (saved(page(lines=0), "PDF"), ["blank"]),
    ],
)
def test_pdf(content, expected):  # B20
    assert codes(content, "application/pdf") == expected


def test_pages_of_a_scan():  # B20
    front, back, bad = page(), page(lines=0), page(blur=6)
    two_sides = saved(front, "PDF", save_all=True, append_images=[back])
    assert codes(two_sides, "application/pdf") == []
    worse = saved(front, "PDF", save_all=True, append_images=[bad])
    (problem,) = find_problems(worse, "application/pdf", LIMITS)
    assert (problem.code, problem.page) == ("blurred", 2)


@pytest.mark.parametrize("mimetype", ["image/png", "image/jpeg", "application/pdf"])
def test_damaged(mimetype):  # B20
    assert codes(b"\x89PNG\r\n\x1a\n broken", mimetype) == ["damaged"]
    assert codes(saved(page())[:2000], mimetype) == ["damaged"]
