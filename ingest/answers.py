"""What a worker answered, checked; and the result of a file that none could read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ingest.describe import Description, describe
from ingest.description_wire import description_from
from ingest.errors import AnswerError
from ingest.extraction import Extraction, Warning_
from ingest.identify import guessed_mime

__all__ = ["Answer", "Result", "read_answer", "unread"]

_HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold what is known of one file, all of it checked.

    Parameters
    ----------
    extraction
        Text and facts; quarantined when the file could not be read.
    description
        What the text says of the paper.
    finished
        What the `finish` function answered as JSON values, or None. Only that it is
        JSON is checked: its meaning is known to its owner alone.
    """

    extraction: Extraction
    description: Description
    finished: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Answer):
    """Hold what became of one file that was submitted.

    Parameters
    ----------
    key
        The key it was submitted under.
    """

    key: str


def read_answer(
    file: int, length: object, *, limit: int, name: str, hints: Mapping[str, str]
) -> Answer:
    """Read the answer that a worker has left in a file of ours.

    Parameters
    ----------
    file
        Descriptor of the file in memory; the worker may still hold it, so it is
        read once.
    length
        How many bytes the worker says it wrote.
    limit
        The longest answer that is read, in bytes.
    name, hints
        What the file was submitted with.

    Raises
    ------
    AnswerError
        The answer is too long, no JSON, or not what an extraction looks like.
    """
    if not isinstance(length, int) or not 0 < length <= limit:
        raise AnswerError("answer", f"is not between 1 and {limit} bytes long")
    content = os.pread(file, length, 0)
    if len(content) != length:
        raise AnswerError("answer", "is shorter than the worker says")
    try:
        answer = orjson.loads(content)
    except ValueError as damage:
        raise AnswerError("answer", f"is no JSON: {damage}") from None
    if not isinstance(answer, dict):
        raise AnswerError("answer", "is not an object")
    try:
        extraction = Extraction.from_mapping(answer.get("extraction"))
        stated = answer.get("description")
        known = None if stated is None else description_from(stated)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as odd:
        raise AnswerError("answer", f"is malformed: {odd}") from odd
    if known is None:
        known = _without_text(extraction.mime, name, hints)
    return Answer(
        extraction=extraction, description=known, finished=answer.get("finished")
    )


def unread(file: int, *, name: str, hints: Mapping[str, str], reason: str) -> Answer:
    """Return the result of a file that no worker could read: it is kept, without text.

    Parameters
    ----------
    file
        Descriptor of the file; only its first bytes are looked at here.
    name, hints
        What it was submitted with.
    reason
        Why it could not be read, such as ``"crashed: signal 11"``.
    """
    mime = guessed_mime(os.pread(file, _HEAD_BYTES, 0), name)
    message = f"the file could not be read ({reason}); it is kept without its text"
    extraction = Extraction(
        mime=mime,
        warnings=(Warning_(code="quarantined", message=message),),
        quarantined=True,
        error=reason,
    )
    return Answer(extraction=extraction, description=_without_text(mime, name, hints))


def _without_text(mime: str, name: str, hints: Mapping[str, str]) -> Description:
    return describe(Extraction(mime=mime), name=name, hints=hints)
