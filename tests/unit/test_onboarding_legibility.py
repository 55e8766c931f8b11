"""Scans that a reviewer cannot read are found before they are sent (B20)."""

import io
import math
import random
from functools import cache

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from odoo.addons.acorn_amazon_onboarding.mappers.legibility import (
    Limits,
    find_problems,
)

LIMITS = Limits(600, min_sharpness=40.0, max_blank=99.5, max_cut_strokes=6)
SIZE = (900, 1270)
PAPER, INK = (236, 233, 224), (60, 60, 70)


def page(size=SIZE, blur=0, lines=16):
    """A licence on greyish paper."""
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size[0] // 35)
    for line in range(lines):
        top = size[1] * (line + 2) // 20
        draw.text((size[0] // 12, top), f"Article {line} of 91440300MA5", INK, font)
    return image.filter(ImageFilter.GaussianBlur(blur)) if blur else image


def saved(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **({"compress_level": 1} | options))
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


# === CUT PAGES === #

TEXT = (
    "the company holds a licence for trade in goods of every kind and keeps its books"
    " under number 91440300MA5 at Shenzhen where Li Wei signs"
)


def letter(size=SIZE):
    """A page whose lines fill the width between its margins."""
    return written(size).copy()


@cache
def written(size):
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    font, chance = ImageFont.load_default(size[0] // 36), random.Random(7)
    for line in range(2, 23):
        words = chance.choices(TEXT.split(), k=20)
        while draw.textlength(" ".join(words), font) > size[0] * 0.84:
            words.pop()
        place = (size[0] // 12, size[1] * line // 25)
        draw.text(place, " ".join(words), INK, font)
    return image


def missing(side, image=None):
    """A scan without the outermost part of one side; its edge goes through letters."""
    image = image or letter()
    width, height = image.size
    box = {
        "left": (width * 0.13, 0, width, height),
        "right": (0, 0, width * 0.87, height),
        "top": (0, height * 0.0915, width, height),
        "bottom": (0, 0, width, height * 0.8915),
    }[side]
    return image.crop(tuple(map(round, box)))


def photo(table, angle=0):
    """A page on a table."""
    image = Image.new("RGB", (1300, 1700), table)
    image = ImageChops.add(image, Image.effect_noise(image.size, 40).convert("RGB"), 2)
    image.paste(letter(), (200, 215))
    return image.rotate(angle, fillcolor=table)


def drawn(shape, step, **options):
    """A page with the same shape again and again along each edge."""
    image = letter()
    draw = ImageDraw.Draw(image)
    for x in range(0, SIZE[0], step):
        shape(draw, x, 0, 1, **options)
        shape(draw, x, SIZE[1] - 1, -1, **options)
    return image


def bead(draw, x, y, _inwards):
    draw.ellipse((x, y - 12, x + 20, y + 12), (40, 30, 30))


def meander(draw, x, y, inwards):
    places = [(x, 20), (x, -4), (x + 22, -4), (x + 22, 14), (x + 12, 14), (x + 12, 7)]
    draw.line([(left, y + inwards * down) for left, down in places], (40, 30, 30), 3)


def framed(gap, angle=0.0):
    """A certificate with a double line around it."""
    image = letter()
    draw = ImageDraw.Draw(image)
    for place, width in ((gap, 2), (gap + 6, 4)):
        box = (place, place, SIZE[0] - 1 - place, SIZE[1] - 1 - place)
        draw.rectangle(box, outline=INK, width=width)
    return image.rotate(angle, fillcolor=PAPER)


def bordered(width):
    """What a scanner adds around a sheet that is smaller than its glass."""
    image = letter()
    box = (0, 0, SIZE[0] - 1, SIZE[1] - 1)
    ImageDraw.Draw(image).rectangle(box, outline=(5, 5, 5), width=width)
    return image


def ruled():
    """A form whose lines go on over every edge."""
    image = letter()
    draw = ImageDraw.Draw(image)
    for y in range(10, SIZE[1], 30):
        draw.line((0, y, SIZE[0], y), INK, 2)
    for x in range(20, SIZE[0], 70):
        draw.line((x, 0, x, SIZE[1]), INK, 2)
    return image


def guilloche():
    """The pale waves of a passport."""
    image = letter()
    draw = ImageDraw.Draw(image)
    for turn in range(60):
        wave = [30 * math.sin(step / 13 + turn / 3) for step in range(SIZE[1] // 3)]
        across = [(3 * step, turn * 22 + add) for step, add in enumerate(wave)]
        down = [(turn * 16 + add, 3 * step) for step, add in enumerate(wave)]
        draw.line(across, (190, 165, 170), 2)
        draw.line(down, (165, 190, 170), 2)
    return image


def dusty():
    image = letter()
    draw, chance = ImageDraw.Draw(image), random.Random(3)
    for _speck in range(3000):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        draw.rectangle((x, y, x + chance.randrange(3), y + 1), INK)
    return image


def punched():
    image = letter()
    for y in range(100, SIZE[1], 90):
        ImageDraw.Draw(image).ellipse((-15, y, 15, y + 30), (20, 20, 20))
    return image


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: image.rotate(1.5, fillcolor=PAPER),
        lambda image: ImageChops.add(
            image.convert("L"), Image.effect_noise(image.size, 20), 1, -128
        ),
    ],
)
def test_cut(side, change):  # B20
    assert codes(saved(missing(side, change(letter())))) == ["cut"]


def test_cut_in_every_size_and_format():  # B20
    large = missing("left", letter((2480, 3508)))
    assert codes(saved(large, "JPEG", quality=60), "image/jpeg") == ["cut"]
    front, back = letter(), missing("top")
    scans = saved(front, "PDF", save_all=True, append_images=[back])
    (problem,) = find_problems(scans, "application/pdf", LIMITS)
    assert (problem.code, problem.page) == ("cut", 2)
    assert problem.value > LIMITS.max_cut_strokes


def test_edges_are_looked_at_only_when_asked():  # B20
    limits = Limits(600, 40.0, 99.5, 0)
    assert not find_problems(saved(missing("top")), "image/png", limits)


@pytest.mark.parametrize(
    "image",
    [
        letter(),
        letter((2480, 3508)),
        letter().convert("1"),
        letter().point(lambda grey: grey * 0.75).convert("1"),
        photo((60, 45, 30)),
        photo((60, 45, 30), angle=-7),
        photo((215, 210, 200), angle=3),
        letter().rotate(2, fillcolor=(10, 10, 10)),
        *map(bordered, (1, 2, 3, 20)),
        *map(framed, (0, 2, 4, 25)),
        framed(2, 0.7),
        framed(10, -2),
        ruled(),
        ruled().rotate(1.5, fillcolor=PAPER),
        guilloche(),
        dusty(),
        punched(),
        drawn(bead, 24),
        drawn(meander, 32),
        drawn(meander, 32).rotate(0.5, fillcolor=PAPER),
    ],
)
def test_whole_page(image):  # B20
    assert codes(saved(image)) == []
