"""Text that was read from pictures: words with their confidence, made into pages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.describe import Description
from ingest.errors import AnswerError
from ingest.extraction import (
    MAX_TEXT_CHARS,
    Extraction,
    PageText,
    TextKind,
    clean_text,
)
from ingest.language import detect_language

__all__ = [
    "NEEDS_OCR",
    "OCR",
    "RecognisedPage",
    "mean_confidence",
    "of_ocr",
    "page_of_words",
    "with_recognised",
]

NEEDS_OCR = "needs-ocr"
OCR = "ocr"
_COLUMNS = 12
_WORD_LEVEL = "5"
_MAX_WORDS = 50_000
_MAX_PAGE_CHARS = 500_000
# What is read in a picture of no writing: specks and lines, with little confidence.
_LEAST_PAGE = 0.40
_LEAST_WORD = 0.30
_SURE_OF_OCR = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPage:
    """Hold what was read in the picture of one page.

    Parameters
    ----------
    number
        The page, counted from 1.
    text
        Its text; empty where nothing is legible.
    confidence
        Mean of the words, each as long as it is, from 0 to 1; 0 without words.
    problem
        Why the page could not be read, in words, or None.
    """

    number: int
    text: str = ""
    confidence: float = 0.0
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    block: str
    paragraph: str
    line: str
    text: str
    confidence: float


def page_of_words(content: bytes, number: int) -> RecognisedPage:
    """Return the page that tesseract has written as a table of words.

    Parameters
    ----------
    content
        Tab-separated values, UTF-8: level, page, block, paragraph, line, word, four
        numbers of place, confidence from 0 to 100, text. Nothing is believed.
    number
        The page that it was.

    Returns
    -------
    RecognisedPage
        Words of a line are joined by a space, lines by a line end, paragraphs by an
        empty line. A page of little confidence, as pictures of no writing have it,
        has no text.

    Raises
    ------
    AnswerError
        It is no such table.
    """
    words = _words(content)
    letters = sum(len(word.text) for word in words)
    if not letters:
        return RecognisedPage(number=number)
    total = sum(word.confidence * len(word.text) for word in words)
    confidence = round(total / letters, 3)
    if confidence < _LEAST_PAGE:
        return RecognisedPage(number=number, confidence=confidence)
    text = clean_text(_joined(words))[:_MAX_PAGE_CHARS]
    return RecognisedPage(number=number, text=text, confidence=confidence)


def _words(content: bytes) -> list[_Word]:
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise AnswerError("words", "are no UTF-8") from None
    found = []
    for row in csv.reader(lines[1:], delimiter="\t", quoting=csv.QUOTE_NONE):
        if len(row) != _COLUMNS:
            raise AnswerError("words", f"have a row of {len(row)} columns")
        text = row[11].strip()
        if row[0] != _WORD_LEVEL or not text:
            continue
        confidence = _fraction(row[10])
        if not _is_speck(text, confidence):
            found.append(
                _Word(
                    block=row[2],
                    paragraph=row[3],
                    line=row[4],
                    text=text,
                    confidence=confidence,
                )
            )
        if len(found) > _MAX_WORDS:
            raise AnswerError("words", f"are more than {_MAX_WORDS}")
    return found


def _fraction(stated: str) -> float:
    try:
        value = float(stated) / 100
    except ValueError:
        raise AnswerError("words", "have a confidence that is no number") from None
    # Not a number is in no order with any: it is refused here too.
    if not value <= 1.0:
        raise AnswerError("words", "have a confidence above 100")
    return max(0.0, value)


def _is_speck(text: str, confidence: float) -> bool:
    """Say whether a word is a spot of dirt or a rule: no letter, hardly sure."""
    return confidence < _LEAST_WORD and not any(map(str.isalnum, text))


def _joined(words: Sequence[_Word]) -> str:
    parts: list[str] = []
    before: _Word | None = None
    for word in words:
        if before is not None:
            same_block = before.block == word.block
            if not same_block or before.paragraph != word.paragraph:
                parts.append("\n\n")
            elif before.line != word.line:
                parts.append("\n")
            else:
                parts.append(" ")
        parts.append(word.text)
        before = word
    return "".join(parts)


def mean_confidence(pages: Sequence[RecognisedPage]) -> float:
    """Return the confidence of a paper: the mean of its pages by length of text."""
    letters = sum(len(page.text) for page in pages)
    if not letters:
        return 0.0
    total = sum(page.confidence * len(page.text) for page in pages)
    return round(total / letters, 3)


def with_recognised(
    extraction: Extraction, pages: Sequence[tuple[int, str]]
) -> Extraction:
    """Return an extraction with the text that was read in the pictures of its pages.

    Parameters
    ----------
    extraction
        What reading the file itself has found.
    pages
        Number and text of each page.
    """
    texts: list[PageText] = []
    room = MAX_TEXT_CHARS
    for number, text in pages:
        texts.append(PageText(number=number, text=text[:room]))
        room -= len(texts[-1].text)
    language, confidence = detect_language(page.text for page in texts)
    return replace(
        extraction,
        pages=tuple(texts),
        text=TextKind.OCR if any(p.text.strip() for p in texts) else TextKind.NONE,
        language=language,
        language_confidence=confidence,
        warnings=tuple(w for w in extraction.warnings if w.code != NEEDS_OCR),
    )


def of_ocr(description: Description, confidence: float) -> Description:
    """Return a description whose values say that they were read by OCR.

    Parameters
    ----------
    confidence
        Of the text as a whole, from 0 to 1: no value is surer than its letters.

    Notes
    -----
    What the file states of itself (``embedded``) was not read in a picture.
    """
    sure = min(confidence, _SURE_OF_OCR)
    return replace(
        description,
        values=tuple(
            value
            if value.how == "embedded"
            else replace(
                value,
                how=OCR if value.how == "extracted" else value.how,
                confidence=round(value.confidence * sure, 3),
            )
            for value in description.values
        ),
    )
