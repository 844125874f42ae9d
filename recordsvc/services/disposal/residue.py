"""What of a record outlives its destruction, field by field.

The tables say it for every field of a record and of its tombstone. A field that is in
neither goes, and a test asks for it: nothing stays by being forgotten.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from typing import Any

from recordsvc.model import Record
from recordsvc.model.record import Tombstone
from recordsvc.services import agents
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from retention.schedule import Survivor


class Fate(StrEnum):
    """Name what becomes of a field when its record is destroyed."""

    # It proves the act, whatever the schedule says.
    PROVES = "proves"
    # It tells what the record was: it stays unless the stage says keep_stub = false.
    TELLS = "tells"
    GOES = "goes"


_GOES = (
    "type_basis",
    # The one title that stays is the tombstone's.
    "titles",
    "language",
    "dates",
    "jurisdiction",
    "chamber",
    "session",
    "legislature",
    "subjects",
    "parties",
    "collection",
    "identifiers",
    "statements",
    "citations",
    "expressions",
    "declared_on",
    "received_on",
    "closed_on",
    "superseded_on",
    "extra_obligations",
    "stages_done",
    "appraisals",
    "shortening",
    "closure",
    "reviewed_on",
    "exported_on",
    "review_on",
    "holds",
    "standing",
    "claimed_events",
    "marks",
    "foreign",
    "captured_at",
    "captured_by",
    "modified_at",
    "imported",
)
RECORD: Mapping[str, Fate] = {
    "id": Fate.PROVES,
    "state": Fate.PROVES,
    "tombstone": Fate.PROVES,
    "class_code": Fate.PROVES,
    # Whoever could not read it may not know of its tombstone.
    "access": Fate.PROVES,
    # The id of a dossier, whose own end counts its records.
    "aggregation": Fate.PROVES,
    "events": Fate.PROVES,
    "revision": Fate.PROVES,
    "type": Fate.TELLS,
    "date": Fate.TELLS,
    **dict.fromkeys(_GOES, Fate.GOES),
}
_TELLING = (
    "title",
    "language",
    "type",
    "originator",
    "created",
    "declared_on",
    "closed_on",
    "trigger_date",
    # The steps to the due date name every date they were counted from.
    "trace",
    "described",
)
STONE: Mapping[str, Fate] = {
    field.name: Fate.TELLS if field.name in _TELLING else Fate.PROVES
    for field in fields(Tombstone)
}
# What a value has of which nothing is told.
_UNTOLD: Mapping[str, Any] = {"title": None, "type": ""}

# The fields of statements in which each is said.
STATED: Mapping[Survivor, frozenset[str]] = {
    Survivor.AUTHOR: frozenset({"author"}),
    Survivor.ADDRESSEE: frozenset({"addressee"}),
    Survivor.SUBJECT: frozenset({"subject"}),
    Survivor.KEYWORD: frozenset({"keyword", "keywords"}),
    Survivor.SUMMARY: frozenset({"summary", "abstract", "description"}),
    Survivor.OTHER_TITLE: frozenset({"subtitle"}),
}
# They tell of the content as a title does, and are as closed as it.
OF_CONTENT = frozenset(
    {Survivor.SUBJECT, Survivor.KEYWORD, Survivor.SUMMARY, Survivor.OTHER_TITLE}
)


def stays(name: str, *, bare: bool) -> bool:
    """Say whether a field of a record is left as it is by its destruction.

    Parameters
    ----------
    bare
        Whether only what proves the act is kept.
    """
    fate = RECORD.get(name, Fate.GOES)
    return fate is Fate.PROVES or (fate is Fate.TELLS and not bare)


def bared(stone: Tombstone) -> Tombstone:
    """Return a tombstone that tells nothing of what the record was."""
    untold = {
        field.name: _UNTOLD[field.name] if field.default is MISSING else field.default
        for field in fields(Tombstone)
        if STONE[field.name] is Fate.TELLS
    }
    return replace(stone, **untold, is_bare=True)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text of a tombstone, or of a value in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, Tombstone):
        for field in fields(value):
            yield from texts_of(getattr(value, field.name))


def described(
    ctx: Context, record: Record, *, keeps_title: bool
) -> tuple[tuple[str, str], ...]:
    """Return what the class of a record has survive of its description.

    Parameters
    ----------
    keeps_title
        Whether its title stays. What tells of the content goes with a title that
        has to go.

    Returns
    -------
    tuple of (field, value)
        In the order in which the class names the fields.
    """
    words = map(Survivor, classes.survivors(ctx.root, record.class_code))
    pairs = (
        pair
        for word in words
        if keeps_title or word not in OF_CONTENT
        for pair in _said(ctx, record, word)
    )
    return tuple(dict.fromkeys(pairs))


def _said(ctx: Context, record: Record, word: Survivor) -> Iterable[tuple[str, str]]:
    match word:
        case Survivor.IDENTIFIER:
            values = [i.value for i in record.identifiers]
        case Survivor.DATE:
            return [(f"date.{kind}", day) for kind, day in record.dates]
        case Survivor.LANGUAGE:
            values = [e.language or "" for e in record.expressions]
        case Survivor.OTHER_TITLE:
            values = [title for _, title in record.titles if title != record.title]
        case Survivor.AUTHOR | Survivor.ADDRESSEE:
            question = ctx.root.questions.get(record.id)
            parties = agents.parties_of(ctx.root, question) if question else {}
            values = [parties.get(word.value, "")]
            values += [p.name for p in record.parties if p.role == word.value]
        case Survivor.JURISDICTION | Survivor.SESSION | Survivor.COLLECTION:
            values = [getattr(record, word.value) or ""]
        case _:
            values = []
    stated = STATED.get(word, frozenset())
    values += [s.value for s in record.statements if s.field in stated]
    return [(word.value, value) for value in values if value.strip()]
