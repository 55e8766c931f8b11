"""Judge whether a reviewer can read a scan: size, blur, blank and cut pages (B20)."""

import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageStat

from .cutting import count_cut_strokes

try:
    from pypdf import PdfReader
except ImportError:  # Odoo runs with either name.
    from PyPDF2 import PdfReader

# Images are compared at one scale: a large photo may be less sharp per pixel.
SCALE = 1200
# The page is looked at in squares: most of a page is empty paper.
TILE = 100
# A square whose brightness differs by less holds nothing to read.
CONTENT = 6.0
# Grey values this close to the paper's are paper.
PAPER = 24
# The paper's grey value: the brightest one tenth of the page.
BRIGHTEST = 0.1
# So many pages of a PDF are looked at, and so many letters make a page of text.
MAX_PAGES = 20
MIN_LETTERS = 15
EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document type asks of an image.

    ``min_pixels`` of the shorter side; ``min_sharpness``: the least variance of the
    edges; ``max_blank``: the largest share of empty paper, in percent;
    ``max_cut_strokes``: so many strokes of letters may touch one edge, 0: any number.
    """

    min_pixels: int
    min_sharpness: float
    max_blank: float
    max_cut_strokes: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot be read.

    ``code`` is damaged, encrypted, empty, small, blank, blurred or cut; ``page``
    counts from 1 and is 0 for an image; ``value`` is what was measured.
    """

    code: str
    page: int = 0
    value: float = 0.0


def find_problems(content: bytes, mimetype: str, limits: Limits) -> list[Problem]:
    """Return why a reviewer could not read a file; empty when it looks fine.

    A measurement that fails for a reason of its own says nothing: a person still sees
    the file.
    """
    if mimetype == "application/pdf":
        return _judge_pdf(content, limits)
    try:
        image = _open(content)
    except (OSError, ValueError, Image.DecompressionBombError):
        return [Problem("damaged")]
    return _judge_image(image, limits)


# === IMAGES === #


def measure_sharpness(image: Image.Image) -> float:
    """Return the variance of the edges where something is written or printed.

    :param image: a picture in shades of grey, at the common scale
    """
    edges = image.filter(EDGES)
    found = []
    for box in _tiles(image.size):
        if ImageStat.Stat(image.crop(box)).stddev[0] >= CONTENT:
            found.append(ImageStat.Stat(edges.crop(box)).var[0])
    # The sharpest quarter: shades and folds around the text are soft on any scan.
    found.sort(reverse=True)
    best = found[: max(1, math.ceil(len(found) / 4))]
    return sum(best) / len(best) if best else 0.0


def measure_blank(image: Image.Image) -> float:
    """Return the share of empty paper, in percent.

    :param image: a picture in shades of grey
    """
    counts = image.histogram()
    paper = _find_paper(counts)
    return 100 * sum(counts[max(0, paper - PAPER) :]) / sum(counts)


def _find_paper(counts: list[int]) -> int:
    paper, seen = 255, 0
    while seen < sum(counts) * BRIGHTEST:
        seen += counts[paper]
        paper -= 1
    return paper


def _judge_image(image: Image.Image, limits: Limits, page: int = 0) -> list[Problem]:
    shorter = min(image.size)
    try:
        grey = _reduce(image)
    except (OSError, ValueError):
        return [Problem("damaged", page)]
    blank = measure_blank(grey)
    if blank > limits.max_blank:
        return [Problem("blank", page, round(blank, 1))]
    problems = []
    if shorter < limits.min_pixels:
        problems.append(Problem("small", page, shorter))
    sharpness = measure_sharpness(grey)
    if sharpness < limits.min_sharpness:
        problems.append(Problem("blurred", page, round(sharpness, 1)))
    if limits.max_cut_strokes:
        cut = count_cut_strokes(grey, _find_paper(grey.histogram()))
        if cut > limits.max_cut_strokes:
            problems.append(Problem("cut", page, cut))
    return problems


def _open(content: bytes) -> Image.Image:
    with warnings.catch_warnings():
        # Large scans are no attack; Pillow refuses the really large ones.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content))


def _reduce(image: Image.Image) -> Image.Image:
    """Return a picture in shades of grey at the common scale, on white paper."""
    image.draft("L", (SCALE, SCALE))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    grey = image.convert("L")
    if max(grey.size) > SCALE:
        grey.thumbnail((SCALE, SCALE), Image.Resampling.BOX)
    return grey


def _tiles(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    # The outermost pixels are no edges: the filter leaves them as they are.
    width, height = size
    for top in range(1, height - 1, TILE):
        for left in range(1, width - 1, TILE):
            right, bottom = min(left + TILE, width - 1), min(top + TILE, height - 1)
            yield left, top, right, bottom


# === PDF === #


def _judge_pdf(content: bytes, limits: Limits) -> list[Problem]:
    # What a damaged PDF makes the library raise cannot be listed.
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return [Problem("encrypted")]
        pages = list(reader.pages[:MAX_PAGES])
    except Exception:  # noqa: BLE001
        return [Problem("damaged")]
    if not pages:
        return [Problem("empty")]
    problems, blank = [], []
    for number, page in enumerate(pages, 1):
        found = _judge_page(page, number, limits)
        is_blank = any(problem.code == "blank" for problem in found)
        (blank if is_blank else problems).extend(found)
    # The back of a sheet may be empty, a whole document may not.
    return blank if len(blank) == len(pages) else problems


def _judge_page(page, number: int, limits: Limits) -> list[Problem]:
    if _count_letters(page) >= MIN_LETTERS:
        return []
    try:
        images = list(page.images)
    except Exception:  # noqa: BLE001
        return []  # An image format that Python does not know.
    if not images:
        return [] if _has_drawing(page) else [Problem("blank", number, 100)]
    if len(images) > 1:
        return []  # A scan in strips: none of them tells about the page.
    try:
        image = _open(images[0].data)
    except (OSError, ValueError, Image.DecompressionBombError):
        return []
    return _judge_image(image, limits, number)


def _count_letters(page) -> int:
    try:
        return len("".join(page.extract_text().split()))
    except Exception:  # noqa: BLE001
        return 0


def _has_drawing(page) -> bool:
    """Return whether a page without text and images draws lines or letters' shapes."""
    try:
        contents = page.get_contents()
        return bool(contents) and len(contents.get_data().split()) > 2 * MIN_LETTERS
    except Exception:  # noqa: BLE001
        return True
