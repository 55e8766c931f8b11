"""Count the letters that an edge of a scan cuts through (B20).

Writing is many small dark marks that begin at the edge and end soon after it. Whatever
else touches an edge differs in one of these: a table or a scanner's border is dark all
along, frames and folds are long, lines of a form go on inwards, security patterns are
pale, ornaments repeat themselves, dust is tiny.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image

# All lengths are pixels of a page whose longer side has 1200.
STRIP = 3
# Further from the edge nothing is looked at; what gets so far is no letter.
DEPTH = 60
LONGEST = 60
# A mark that does not reach so far is dust.
SHORTEST = 4
# Grey values: how much darker the paper may be at the edge, and how dark ink is.
SHADOW = 60
CONTRAST = 80
# A line of writing leaves most of the paper free.
MOST_INK = 0.4
# An ornament repeats up to so many marks; so large a share of them, within pixels.
MAX_PERIOD = 4
REPEATED = 0.8
ALIKE = 2
TURNS = (
    None,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Connected ink at an edge: from where to where along it, and how far inwards."""

    first: int
    last: int
    reach: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def count_cut_strokes(image: Image.Image, paper: int) -> int:
    """Return how many strokes of letters run over one edge, for the worst of the four.

    :param image: a picture in shades of grey at the common scale
    :param paper: grey value of the paper
    """
    sides = (image.transpose(turn) if turn is not None else image for turn in TURNS)
    return max(_count_at_top(side, paper) for side in sides)


def _count_at_top(image: Image.Image, paper: int) -> int:
    width, height = image.size
    strip = image.crop((0, 0, width, min(STRIP, height)))
    median = _find_median(strip.histogram())
    if median < paper - SHADOW:
        return 0
    ink = median - CONTRAST
    if sum(strip.histogram()[: max(0, ink)]) > MOST_INK * strip.width * strip.height:
        return 0
    band = image.crop((0, 0, width, min(DEPTH, height)))
    dark = bytearray(band.point([grey < ink for grey in range(256)]).tobytes())
    marks = [
        mark
        for mark in _find_marks(dark, width)
        if SHORTEST <= mark.reach < DEPTH and mark.length <= LONGEST
    ]
    return 0 if _is_ornament(marks) else len(marks)


def _find_median(histogram: list[int]) -> int:
    half, seen = sum(histogram) / 2, 0
    for grey, count in enumerate(histogram):
        seen += count
        if seen >= half:
            return grey
    return 0


def _find_marks(dark: bytearray, width: int) -> Iterator[Mark]:
    """Yield the connected ink that touches the first row; it is erased on the way."""
    for start in range(width):
        if not dark[start]:
            continue
        dark[start] = 0
        waiting, first, last, end = [start], start, start, start
        while waiting:
            place = waiting.pop()
            column = place % width
            first, last = min(first, column), max(last, column)
            end = max(end, place)
            near = [place - width, place + width]
            near += [place - 1] * (column > 0) + [place + 1] * (column < width - 1)
            for other in near:
                if 0 <= other < len(dark) and dark[other]:
                    dark[other] = 0
                    waiting.append(other)
        yield Mark(first, last, end // width + 1)


def _is_ornament(marks: list[Mark]) -> bool:
    """Return whether most marks repeat those before them: letters are not so even."""
    found = [
        (after.first - before.first, after.length) for before, after in pairwise(marks)
    ]
    return any(
        sum(map(_are_alike, found, found[lag:])) > REPEATED * (len(found) - lag)
        for lag in range(1, min(MAX_PERIOD, len(found) - 1) + 1)
    )


def _are_alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return all(abs(a - b) <= ALIKE for a, b in zip(one, other, strict=True))
