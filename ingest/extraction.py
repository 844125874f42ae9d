"""What reading one file found: pages of text, embedded values, warnings.

These values travel from an isolated child to its parent as length-capped JSON;
the parent believes nothing and checks types, lengths and characters again
(:meth:`Extraction.from_mapping`).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ingest.errors import AnswerError
from ingest.names import safe_name

__all__ = [
    "MAX_ATTACHMENTS",
    "MAX_ATTACHMENT_BYTES",
    "MAX_PAGES",
    "MAX_TEXT_CHARS",
    "Attachment",
    "EmbeddedValue",
    "Extraction",
    "PageText",
    "TextKind",
    "Warning_",
    "clean_text",
]

MAX_TEXT_CHARS = 20_000_000
MAX_PAGES = 5_000
MAX_ATTACHMENTS = 200
MAX_ATTACHMENT_BYTES = 24 * 1024 * 1024
_MAX_VALUES = 2_000
_MAX_VALUE_CHARS = 20_000
_MAX_STRUCTURE_BYTES = 1_000_000
_MAX_STATED_CHARS = 1_000

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_RARE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class TextKind(StrEnum):
    """Where the text of a paper came from."""

    FULL = "full"
    NONE = "none"
    OCR = "ocr"


def clean_text(text: str) -> str:
    r"""Return text fit for storing and searching.

    Parameters
    ----------
    text
        Text as a parser gave it.

    Returns
    -------
    str
        The text in NFC with ``\n`` line ends and without control characters (tab
        and line end stay), NUL, lone surrogates and the two non-characters that
        UTF-8 readers refuse.

    Examples
    --------
    >>> clean_text("e\u0301t\u00e9\r\nA\x00B")
    'été\nAB'
    """
    if _RARE.search(text):
        text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    r"""Hold the text of one page.

    Parameters
    ----------
    number
        The page, counted from 1.
    text
        Its text in NFC with ``\n`` line ends; empty for a page without text.
    """

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedValue:
    """Hold one value that the file states about itself.

    Parameters
    ----------
    field
        What it is: ``title``, ``author``, ``date``, ``created``, ``language``,
        ``identifier``, ``frbr:work`` and so on.
    value
        The value as the file gives it, trimmed.
    source
        Where it stood: ``pdf:info``, ``xmp``, ``docx:core``, ``akn:FRBRWork``,
        ``html:meta``, ``eml:header``, ``json:PATH``.
    language
        BCP 47 tag of the value where the file states one.
    """

    field: str
    value: str
    source: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning_:  # noqa: N801 - the plain name would hide the builtin
    """Hold one thing that went wrong or looks odd while a file was read.

    Parameters
    ----------
    code
        A stable word for programs, such as ``encrypted`` or ``empty``.
    message
        A sentence for people that says what to do where something can be done.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Hold a file carried inside another (e-mail, PDF).

    Parameters
    ----------
    name
        Its name made safe (`ingest.names.safe_name`); never empty.
    mime
        The media type the carrier states, or None.
    content
        Its bytes; longer ones are left out with a warning.
    stated_name
        The name the carrier gives it, where that is another than `name`.
    """

    name: str
    mime: str | None
    content: bytes
    stated_name: str | None = None

    @classmethod
    def named(
        cls, stated: str, number: int, *, mime: str | None, content: bytes
    ) -> Attachment:
        """Return a carried file under a safe name.

        Parameters
        ----------
        stated
            The name that the carrier gives it; may be empty or a path.
        number
            Its place among the files carried, from 1: its name for want of one.
        """
        known = clean_text(stated)[:_MAX_STATED_CHARS]
        name = safe_name(known) or f"attachment-{number}"
        return cls(
            name=name,
            mime=mime,
            content=content,
            stated_name=known if known and known != name else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Hold everything that reading one file found.

    Parameters
    ----------
    mime
        Media type by content (not by name).
    puid
        PRONOM unique identifier such as ``fmt/276``, or None.
    format_name
        The name PRONOM gives the format, or None.
    signatures
        The version of the PRONOM signatures that were asked, empty when none were.
    pages
        Pages in order, numbered from 1; a format without pages has one.
    page_count
        How many pages the file has, also when they hold no text; None if unknown.
    text
        Whether there is text and where it came from.
    language
        BCP 47 tag of the main language, or None.
    language_confidence
        0.0 to 1.0.
    embedded
        Values the file states about itself.
    structure
        Named parts of a record (JSON, CSV, XML) that describe it, or None.
    attachments
        Files carried inside.
    warnings
        What went wrong or looks odd.
    quarantined
        True when the file could not be read: it is kept, without text.
    error
        The technical reason, for the operator, or None.
    """

    mime: str
    puid: str | None = None
    format_name: str | None = None
    pages: tuple[PageText, ...] = ()
    page_count: int | None = None
    text: TextKind = TextKind.NONE
    language: str | None = None
    language_confidence: float = 0.0
    embedded: tuple[EmbeddedValue, ...] = ()
    structure: Mapping[str, Any] | None = None
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    quarantined: bool = False
    error: str | None = None
    signatures: str = ""

    def as_mapping(self) -> dict[str, Any]:
        """Return the extraction as JSON-able values, attachments in base64."""
        return {
            "mime": self.mime,
            "puid": self.puid,
            "format_name": self.format_name,
            "pages": [{"number": p.number, "text": p.text} for p in self.pages],
            "page_count": self.page_count,
            "text": self.text.value,
            "language": self.language,
            "language_confidence": self.language_confidence,
            "embedded": [
                {
                    "field": v.field,
                    "value": v.value,
                    "source": v.source,
                    "language": v.language,
                }
                for v in self.embedded
            ],
            "structure": None if self.structure is None else dict(self.structure),
            "attachments": [
                {
                    "name": a.name,
                    "stated_name": a.stated_name,
                    "mime": a.mime,
                    "content": base64.b64encode(a.content).decode("ascii"),
                }
                for a in self.attachments
            ],
            "warnings": [{"code": w.code, "message": w.message} for w in self.warnings],
            "quarantined": self.quarantined,
            "error": self.error,
        }

    @classmethod
    def from_mapping(cls, mapping: object) -> Extraction:
        """Return the extraction that a child sent, checked in every part.

        Parameters
        ----------
        mapping
            What the JSON of the child held; nothing about it is believed.

        Returns
        -------
        Extraction
            The checked value; texts are cleaned again.

        Raises
        ------
        AnswerError
            A part has the wrong type or breaks a limit.
        """
        whole = _Checked(mapping, "answer")
        return cls(
            mime=whole.string("mime"),
            puid=whole.optional_string("puid"),
            format_name=whole.optional_string("format_name"),
            pages=_pages(whole),
            page_count=whole.optional_integer("page_count"),
            text=whole.kind("text"),
            language=whole.optional_string("language"),
            language_confidence=whole.fraction("language_confidence"),
            embedded=tuple(
                EmbeddedValue(
                    field=part.string("field"),
                    value=part.string("value"),
                    source=part.string("source"),
                    language=part.optional_string("language"),
                )
                for part in whole.parts("embedded", _MAX_VALUES)
            ),
            structure=whole.structure("structure"),
            attachments=_attachments(whole),
            warnings=tuple(
                Warning_(code=part.string("code"), message=part.string("message"))
                for part in whole.parts("warnings", _MAX_VALUES)
            ),
            quarantined=whole.flag("quarantined"),
            error=whole.optional_string("error"),
        )


class _Checked:
    """Read typed parts out of a mapping nobody vouches for."""

    def __init__(self, mapping: object, where: str) -> None:
        if not isinstance(mapping, Mapping):
            raise AnswerError(where, "is not an object")
        self._mapping: Mapping[str, Any] = mapping
        self._where = where

    def _wrong(self, name: str, what: str) -> AnswerError:
        return AnswerError(f"{self._where}.{name}", what)

    def string(self, name: str, limit: int = _MAX_VALUE_CHARS) -> str:
        value = self._mapping.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "is not text")
        if len(value) > limit:
            raise self._wrong(name, f"is longer than {limit} characters")
        return clean_text(value)

    def optional_string(self, name: str) -> str | None:
        return None if self._mapping.get(name) is None else self.string(name)

    def optional_integer(self, name: str) -> int | None:
        value = self._mapping.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "is not a count")
        return value

    def integer(self, name: str) -> int:
        value = self.optional_integer(name)
        if value is None:
            raise self._wrong(name, "is missing")
        return value

    def fraction(self, name: str) -> float:
        value = self._mapping.get(name)
        if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
            raise self._wrong(name, "is not between 0 and 1")
        return float(value)

    def flag(self, name: str) -> bool:
        value = self._mapping.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "is not true or false")
        return value

    def kind(self, name: str) -> TextKind:
        value = self._mapping.get(name)
        if not isinstance(value, str) or value not in set(TextKind):
            raise self._wrong(name, "is no kind of text")
        return TextKind(value)

    def parts(self, name: str, limit: int) -> list[_Checked]:
        values = self._mapping.get(name)
        if not isinstance(values, Sequence) or isinstance(values, str | bytes):
            raise self._wrong(name, "is not a list")
        if len(values) > limit:
            raise self._wrong(name, f"has more than {limit} parts")
        where = f"{self._where}.{name}"
        return [_Checked(value, f"{where}[{i}]") for i, value in enumerate(values)]

    def structure(self, name: str) -> Mapping[str, Any] | None:
        value = self._mapping.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(name, "is not an object")
        if len(json.dumps(value, ensure_ascii=True)) > _MAX_STRUCTURE_BYTES:
            raise self._wrong(name, "is too large")
        return dict(value)

    def content(self, name: str) -> bytes:
        try:
            return base64.b64decode(self._mapping.get(name) or "", validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise self._wrong(name, "is not base64") from None


def _pages(whole: _Checked) -> tuple[PageText, ...]:
    pages: list[PageText] = []
    length = 0
    for part in whole.parts("pages", MAX_PAGES):
        text = part.string("text", MAX_TEXT_CHARS)
        length += len(text)
        if length > MAX_TEXT_CHARS:
            raise AnswerError("pages", f"hold more than {MAX_TEXT_CHARS} characters")
        pages.append(PageText(number=part.integer("number"), text=text))
    return tuple(pages)


def _attachments(whole: _Checked) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    size = 0
    for part in whole.parts("attachments", MAX_ATTACHMENTS):
        content = part.content("content")
        size += len(content)
        if size > MAX_ATTACHMENT_BYTES:
            limit = MAX_ATTACHMENT_BYTES
            raise AnswerError("attachments", f"hold more than {limit} bytes")
        found.append(
            Attachment(
                name=safe_name(part.string("name")) or f"attachment-{len(found) + 1}",
                mime=part.optional_string("mime"),
                content=content,
                stated_name=part.optional_string("stated_name"),
            )
        )
    return tuple(found)
