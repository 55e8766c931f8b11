"""Draw a summary as PDF: every value can be selected and copied (B12, B26).

Names stand in their own script. The characters of China, Japan and Korea are drawn
with the fonts that every PDF reader has for them; nothing has to be installed.
"""

import io
from functools import partial
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from ..mappers.package import Summary

REGULAR, BOLD = "AcornPackage", "AcornPackage-Bold"
# Font of a script, and the codec that knows which characters the font has.
_SCRIPTS = {
    "zh": ("STSong-Light", "gbk"),
    "ja": ("HeiseiMin-W3", "cp932"),
    "ko": ("HYSMyeongJo-Medium", "cp949"),
}
_INK = colors.HexColor("#1f2933")
_PALE = colors.HexColor("#6b7280")
_LINE = colors.HexColor("#d5d9de")
_ALARM = colors.HexColor("#b42318")
_ALARM_FIELD = colors.HexColor("#fdecea")
_HEAD_FIELD = colors.HexColor("#eef1f4")
_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
# What reportlab leaves free between margin and text.
_FRAME_PADDING = 6
_CELL_PADDING = 4
# A cell cannot be longer than a page; a longer text goes on in the next row.
_CELL_LENGTH = 500
_SHORT = 10

_VALUE = ParagraphStyle("value", fontName=REGULAR, fontSize=9.5, leading=13)
_VALUE.textColor = _INK
_LABEL = ParagraphStyle("label", parent=_VALUE, fontSize=8.5, textColor=_PALE)
_SMALL = ParagraphStyle("small", parent=_LABEL, fontSize=7.5, leading=10)
_MISSING = ParagraphStyle("missing", parent=_VALUE, textColor=_ALARM)
_TITLE = ParagraphStyle("title", parent=_VALUE, fontSize=17, leading=22)
_SUBTITLE = ParagraphStyle("subtitle", parent=_LABEL)
_TITLE.leftIndent = _SUBTITLE.leftIndent = _CELL_PADDING
_HEADING = ParagraphStyle("heading", parent=_VALUE, fontSize=11.5, leading=15)


class TickBox(Flowable):
    """An empty box to tick on paper."""

    def __init__(self):
        super().__init__()
        self.width = self.height = 3.6 * mm

    def wrap(self, *_available):
        return self.width, self.height

    def draw(self):
        self.canv.setStrokeColor(_INK)
        self.canv.setLineWidth(0.8)
        self.canv.rect(0, 0, self.width, self.height)


def draw_summary(summary: Summary, fonts: tuple[str, str]) -> bytes:
    """Return the summary, and its checklist if it has one, as PDF.

    :param fonts: paths of the TrueType fonts for text and headings
    """
    _register_fonts(fonts)
    text = partial(_paragraph, script=summary.script)
    stream = io.BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=_MARGIN - _FRAME_PADDING,
        rightMargin=_MARGIN - _FRAME_PADDING,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=summary.title,
    )
    story = [text(summary.title, _TITLE, bold=True), text(summary.subtitle, _SUBTITLE)]
    for section in summary.sections:
        if section.visible_rows:
            story += [Spacer(1, 9), _draw_section(section, summary, text)]
    if summary.checks is not None:
        story += [PageBreak(), text(summary.words.checklist, _TITLE, bold=True)]
        story += [text(summary.subtitle, _SUBTITLE), Spacer(1, 8)]
        story.append(_draw_checks(summary, text))
    footer = partial(_draw_footer, text(summary.words.footer, _SMALL))
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return stream.getvalue()


def _register_fonts(paths):
    known = pdfmetrics.getRegisteredFontNames()
    for name, path in zip((REGULAR, BOLD), paths, strict=True):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, path))
    for name, _codec in _SCRIPTS.values():
        if name not in known:
            pdfmetrics.registerFont(UnicodeCIDFont(name))


def _draw_section(section, summary, text):
    """Return a section, on one page if it is short."""
    table = _draw_rows(section, summary, text)
    is_short = len(section.visible_rows) <= _SHORT and all(
        len(row.value) <= _CELL_LENGTH for row in section.visible_rows
    )
    return KeepTogether([table]) if is_short else table


def _draw_rows(section, summary, text):
    rows = [[text(section.title, _HEADING, bold=True), ""]]
    commands = [
        ("SPAN", (0, 0), (-1, 0)),
        # A title does not stay alone at the foot of a page.
        ("NOSPLIT", (0, 0), (-1, 1)),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
    ]
    for row in section.visible_rows:
        label = row.label
        if not row.value:
            commands.append(
                ("BACKGROUND", (0, len(rows)), (-1, len(rows)), _ALARM_FIELD)
            )
            missing = text(summary.words.missing, _MISSING, bold=True)
            rows.append([text(label, _LABEL), missing])
        for start in range(0, len(row.value), _CELL_LENGTH):
            part = row.value[start : start + _CELL_LENGTH]
            rows.append([text(label, _LABEL), text(part, _VALUE)])
            label = ""
    return _table(rows, (0.32, 0.68), commands)


def _draw_checks(summary, text):
    head = [text(word, _LABEL, bold=True) for word in ("", "", *summary.words.columns)]
    rows = [head]
    commands = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("BACKGROUND", (0, 0), (-1, 0), _HEAD_FIELD),
    ]
    for number, check in enumerate(summary.checks, 1):
        if check.answer:
            answer = text(check.answer, _VALUE)
        else:
            answer = text(summary.words.missing, _MISSING, bold=True)
            commands.append(("BACKGROUND", (0, number), (-1, number), _ALARM_FIELD))
        asked = [text(check.title, _VALUE)]
        if check.note:
            asked.append(text(check.note, _SMALL))
        source = text(check.source, _SMALL)
        rows.append([TickBox(), text(str(number), _LABEL), asked, answer, source])
    return _table(rows, (0.05, 0.05, 0.3, 0.36, 0.24), commands, repeatRows=1)


def _table(rows, shares, commands, **options):
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ("LEFTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
    ]
    widths = [_WIDTH * share for share in shares]
    return Table(rows, widths, style=style + commands, **options)


def _draw_footer(paragraph, canvas, document):
    canvas.saveState()
    _width, height = paragraph.wrap(_WIDTH - 15 * mm, 10 * mm)
    paragraph.drawOn(canvas, _MARGIN, 9 * mm)
    canvas.setFont(REGULAR, 7.5)
    canvas.setFillColor(_PALE)
    right = _MARGIN + _WIDTH
    canvas.drawRightString(right, 9 * mm + height - 7.5, str(document.page))
    canvas.restoreState()


def _paragraph(text, style, *, script, bold=False):
    """Return a paragraph in which every character has a font that knows it."""
    latin = BOLD if bold else REGULAR
    glyphs = pdfmetrics.getFont(latin).face.charToGlyph
    others = _order_scripts(text, script)

    def font(char):
        if ord(char) in glyphs or char.isspace():
            return latin
        return next((name for name, codec in others if _encodes(codec, char)), latin)

    runs = []
    for char in text:
        name = font(char)
        if not runs or runs[-1][0] != name:
            runs.append((name, []))
        runs[-1][1].append("<br/>" if char == "\n" else escape(char))
    markup = (f'<font name="{name}">{"".join(run)}</font>' for name, run in runs)
    return Paragraph("".join(markup), style)


def _order_scripts(text, script):
    """Return fonts, best first: those that have the whole text before the others."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        script = "ja"
    elif any("\uac00" <= char <= "\ud7a3" for char in text):
        script = "ko"
    wide = "".join(char for char in text if char >= "\u2e80")
    return sorted(
        _SCRIPTS.values(),
        key=lambda entry: (not _encodes(entry[1], wide), entry != _SCRIPTS[script]),
    )


def _encodes(codec, text):
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
