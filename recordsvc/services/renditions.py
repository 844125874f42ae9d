"""Text renditions: the text of a file by page, analysed once, kept as bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from recordsvc.search.analysis import analyse
from recordsvc.storage.bitstreams import BitstreamStore, Stored
from recordsvc.storage.errors import BitstreamMissing

FORM = 1
PLAIN_COLUMNS = 4
FINISH = "recordsvc.services.renditions:analysed_pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionPage:
    """A page of text with its tokens, exact and stemmed, word for word.

    Parameters
    ----------
    confidence
        How sure a text read by OCR is, from 0 to 1; None for any other.
    """

    number: int
    text: str
    exact: str
    stem: str
    confidence: float | None = None


def analysed_pages(pages: Sequence[str], language: str | None) -> list[list[str]]:
    """Analyse the pages of one paper; runs in the extraction child.

    Returns
    -------
    list of [exact, stem]
        One pair of space-joined token strings a page.
    """
    result = []
    for text in pages:
        tokens = analyse(text, language or "")
        result.append([tokens.exact, tokens.stem])
    return result


def encode(
    pages: Sequence[tuple[int, str]],
    analysed: Sequence[Sequence[str]] | None,
    language: str | None,
    confidences: Sequence[float] | None = None,
) -> bytes:
    """Return the bytes of a rendition.

    Parameters
    ----------
    pages
        (number from 1, text) of each page.
    analysed
        What `analysed_pages` answered, or None to analyse here.
    confidences
        How sure each page is, where the text was read by OCR.
    """
    if analysed is None or len(analysed) != len(pages):
        analysed = analysed_pages([text for _, text in pages], language)
    rows: list[list[Any]] = [
        [number, text, tokens[0], tokens[1]]
        for (number, text), tokens in zip(pages, analysed, strict=True)
    ]
    if confidences is not None:
        for row, confidence in zip(rows, confidences, strict=True):
            row.append(confidence)
    return orjson.dumps({"form": FORM, "pages": rows})


def store(bitstreams: BitstreamStore, content: bytes) -> Stored:
    """Keep a rendition as a bitstream."""
    return bitstreams.put(io.BytesIO(content))


def load(bitstreams: BitstreamStore, digest: str | None) -> tuple[RenditionPage, ...]:
    """Return the pages of a rendition; none for a file without text.

    Raises
    ------
    BitstreamMissing
        If it was lost, or is damaged: the text that it held is lost as well.
    """
    if digest is None:
        return ()
    with bitstreams.open(digest) as stream:
        content = stream.read()
    try:
        rows: list[list[Any]] = orjson.loads(content)["pages"]
        return tuple(
            RenditionPage(
                number=row[0],
                text=row[1],
                exact=row[2],
                stem=row[3],
                confidence=row[4] if len(row) > PLAIN_COLUMNS else None,
            )
            for row in rows
        )
    except (ValueError, TypeError, LookupError):
        raise BitstreamMissing(digest) from None
