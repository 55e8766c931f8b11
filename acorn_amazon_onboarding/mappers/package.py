"""The package with which a person fills in Seller Central's forms (B26).

Plain records of what the summary says, the names of the files, and the archive.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field

_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Row:
    """One value that a form asks for; a required one without a value is missing."""

    label: str
    value: str = field(default="", repr=False)
    required: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The values of one page of Seller Central's forms."""

    title: str
    rows: tuple[Row, ...]

    @property
    def visible_rows(self) -> tuple[Row, ...]:
        """Those that have a value, or would need one."""
        return tuple(row for row in self.rows if row.value or row.required)


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement of the marketplace; without an answer it is missing."""

    title: str
    answer: str = field(default="", repr=False)
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the summary's frame, in the reader's language."""

    checklist: str
    missing: str
    columns: tuple[str, str, str]
    footer: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the PDF says.

    :ivar checks: None for a summary without a checklist
    :ivar script: language whose characters the entity's own texts use: zh, ja or ko
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...] | None
    words: Words
    script: str = "zh"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package; ``path`` is relative to the package."""

    path: str
    content: bytes = field(repr=False)


def document_path(
    number: int, type_code: str, language: str, version: int, mimetype: str
) -> str:
    """Return where a document lies: ``documents/02_identity_zh_v3.png``.

    :param number: from 1, in the order in which Seller Central asks
    :param language: language code of the document, empty when unknown
    """
    words = [
        f"{number:02}",
        re.sub(r"[^a-z0-9]+", "-", type_code.lower()).strip("-"),
        re.sub(r"[^a-z0-9]+", "-", language.lower()).strip("-"),
        f"v{version}",
    ]
    extension = _EXTENSIONS.get(mimetype, "bin")
    return f"documents/{'_'.join(filter(None, words))}.{extension}"


def package_name(*words: str) -> str:
    """Return a name that every system takes for a file or folder."""
    return "_".join(re.sub(r"[^\w]+", "-", word).strip("-") for word in words if word)


def build_archive(folders: Iterable[tuple[str, Iterable[PackageFile]]]) -> bytes:
    """Return a ZIP archive.

    :param folders: name of a folder, empty for the top, and the files in it
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, files in folders:
            for file in files:
                path = f"{folder}/{file.path}" if folder else file.path
                archive.writestr(path, file.content)
    return stream.getvalue()
