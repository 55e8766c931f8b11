"""The summary that a person copies from, and the names in the package (B26)."""

import io
import zipfile
from pathlib import Path

import pypdf
import pytest
import reportlab

from odoo.addons.acorn_amazon_onboarding.mappers.package import (
    Check,
    PackageFile,
    Row,
    Section,
    Summary,
    Words,
    build_archive,
    document_path,
    package_name,
)
from odoo.addons.acorn_amazon_onboarding.reports.package_pdf import draw_summary

FONTS = Path(reportlab.__path__[0], "fonts")
WORDS = Words("Checklist", "MISSING", ("Asked for", "Answer", "Source"), "Keep secret")


def draw(*rows, checks=(), script="zh"):
    """Return the pages' text as somebody would copy it."""
    summary = Summary(
        "Registration", "Acorn", (Section("Facts", rows),), checks, WORDS, script
    )
    content = draw_summary(summary, (FONTS / "Vera.ttf", FONTS / "VeraBd.ttf"))
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return [" ".join(page.extract_text().split()) for page in pages]


# B26: names can be copied in the script of their country, and with every sign.
@pytest.mark.parametrize(
    "value",
    [
        "Fern & <Hollow> GmbH, Köln",
        "深圳市橡果科技有限公司",
        "ドングリ商事株式会社",
        "日本商事株式会社",
        "臺灣橡果股份有限公司",
        "주식회사 도토리",
        "Room 5, 深圳市南山区 · Acorn ドングリ",
    ],
)
@pytest.mark.parametrize("script", ["zh", "ja"])
def test_scripts(value, script):
    facts, _checklist = draw(Row("Name", value), script=script)
    assert f"Name {value}" in facts


# B26: a value may be longer than a page; nothing of it is lost.
def test_long_value():
    pages = draw(Row("Scope", "经营范围" * 1200), Row("City", "Shenzhen"))
    assert len(pages) > 3
    assert sum(page.count("经") for page in pages) == 1200
    assert "City Shenzhen" in pages[-2]


# B26: what is missing says so; what nobody needs is left out.
def test_missing():
    facts, checklist = draw(
        Row("Phone", "", required=True),
        Row("Street2"),
        checks=(
            Check("Licence", "01_licence_v1.png", "In colour.", "The guide"),
            Check("Translation"),
        ),
    )
    assert "Phone MISSING" in facts
    assert "Street2" not in facts
    assert "1 Licence In colour. 01_licence_v1.png The guide" in checklist
    assert "2 Translation MISSING" in checklist


# B26, B6: names tell order, type, language and version, and open everywhere.
def test_names():
    path = document_path(3, "BANK_LETTER", "zh_CN", 12, "application/pdf")
    assert path == "documents/03_bank-letter_zh-cn_v12.pdf"
    path = document_path(1, "../IDENTITY", "", 1, "image/jpeg")
    assert path == "documents/01_identity_v1.jpg"
    assert package_name("Acorn/\\: Co.", "FR", "") == "Acorn-Co_FR"
    assert package_name("橡果", "JP") == "橡果_JP"


# B26: one folder per registration, the files as they are.
def test_archive():
    files = [PackageFile("documents/a.png", b"\x89PNG")]
    content = build_archive([("One", files), ("", files)])
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.namelist() == ["One/documents/a.png", "documents/a.png"]
    assert archive.read("One/documents/a.png") == b"\x89PNG"
