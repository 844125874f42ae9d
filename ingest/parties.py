"""Read who wrote a paper, whom it is for and what it is about.

The person whom a word processor knows as author has typed the paper, so that value is
none. What counts is what a format states of the paper itself (the sender of a message,
the author of an Akoma Ntoso work, the asker of a record) and what its words say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import getaddresses

from ingest.evidence import Found
from ingest.extraction import EmbeddedValue, Extraction
from ingest.folding import letters, squash
from ingest.stated import found_in, is_of_record, record_count

__all__ = ["MAX_PARTIES", "MAX_SUBJECTS", "keywords", "parties"]

MAX_PARTIES = 20
MAX_SUBJECTS = 30
_AKN = "application/akn+xml"
_OF_MESSAGES = ("eml:", "msg:", "mbox:")
_ROLES = {"author": "author", "recipient": "addressee"}
_KEYWORD_SOURCES = ("pdf:", "xmp", "docx:", "odf:", "rtf:", "ole:", "json:", "ttl:")
_BETWEEN = re.compile(r"[;,|\n]")
_MAX_CHARS = 200
_LEAST_LETTERS = 3


def parties(extraction: Extraction) -> Iterator[tuple[str, Found]]:
    """Yield role (``author``, ``addressee``) and name of those a file states.

    Notes
    -----
    A file of several records states theirs, not its own.
    """
    if record_count(extraction) > 1:
        return
    for value in extraction.embedded:
        role = _ROLES.get(value.field)
        if role is None:
            continue
        if value.source.startswith(_OF_MESSAGES):
            yield from (
                (role, found_in(value, name, 0.9)) for name in _named(value.value)
            )
        elif role == "author" and _is_of_work(value, extraction):
            name = squash(value.value)[:_MAX_CHARS]
            # A bare address names nobody to a person.
            if len(letters(name)) >= _LEAST_LETTERS and "://" not in name:
                yield role, found_in(value, name, 0.8)


def _is_of_work(value: EmbeddedValue, extraction: Extraction) -> bool:
    if extraction.mime == _AKN:
        return value.source in {"akn:FRBRWork", "akn:docProponent"}
    return value.source.startswith("json:") and is_of_record(value, extraction)


def _named(line: str) -> Iterator[str]:
    """Yield the names, else the addresses, of a header of a message."""
    for name, address in getaddresses([line])[:MAX_PARTIES]:
        shown = squash(name.strip("'\" ")) or address
        if shown:
            yield shown[:_MAX_CHARS]


def keywords(extraction: Extraction) -> Iterator[Found]:
    """Yield the subjects that a file states; the keywords of a web page are none.

    Notes
    -----
    A page carries those of its whole site.
    """
    if record_count(extraction) > 1:
        return
    for value in extraction.embedded:
        if value.field != "keywords" or not value.source.startswith(_KEYWORD_SOURCES):
            continue
        for part in _BETWEEN.split(value.value)[:MAX_SUBJECTS]:
            word = squash(part)
            if len(letters(word)) >= _LEAST_LETTERS and len(word) <= _MAX_CHARS:
                yield found_in(value, word, 0.7)
