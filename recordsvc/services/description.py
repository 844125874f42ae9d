"""Changing what is said of a record."""

from collections.abc import Mapping
from dataclasses import replace

from recordsvc.model import Record
from recordsvc.model.record import Statement
from recordsvc.services import changes
from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of
from recordsvc.services.days import day_of, require_date_kind, require_text
from recordsvc.services.errors import InvalidRequest, NothingToDo
from recordsvc.settings import ACCESS_LEVELS

EDITABLE = (
    "title",
    "date",
    "type",
    "language",
    "jurisdiction",
    "chamber",
    "session",
    "collection",
    "access",
    "identifier",
    "closed",
)


def edit(
    ctx: Context,
    record_id: str,
    values: Mapping[str, str],
    *,
    if_revision: int | None = None,
) -> Record:
    """Change descriptive values; each one is kept as entered by the actor.

    Parameters
    ----------
    values
        Field to value; ``title@fr`` is the title in French, ``date.tabled`` a
        date by its kind; an empty value takes the value away.
    if_revision
        The revision the actor looked at.

    Raises
    ------
    NotFound, NotAllowed, Conflict, InvalidRequest, NothingToDo
        See the message.
    """
    record = record_for(ctx, record_id, "record.edit")
    changes.require_changeable(ctx, record, if_revision)
    before = _state(record)
    for name, value in values.items():
        require_text(name, value)
        _set(ctx, record, name, value.strip())
    if _state(record) == before:
        raise NothingToDo(f"record {record_id} says all of this already")
    stated = {
        name.split("@")[0]: Statement(
            field=name.split("@")[0], value=value, how="entered", rule=ctx.actor.login
        )
        for name, value in values.items()
    }
    record.statements = (
        *stated.values(),
        *(s for s in record.statements if s.field not in stated),
    )
    changes.touch(ctx, record, "edit", fields=" ".join(sorted(stated)))
    return record


def _state(record: Record) -> tuple[object, ...]:
    return (
        record.titles,
        record.dates,
        record.identifiers,
        *(getattr(record, name) for name in ("type", "date", "language", "access")),
        *(getattr(record, name) for name in ("jurisdiction", "chamber", "session")),
        record.collection,
        record.closed_on,
    )


def _set(ctx: Context, record: Record, name: str, value: str) -> None:
    base, _, language = name.partition("@")
    if base.startswith("date.") or base in {"date", "closed"}:
        _set_date(record, base, value)
    elif base == "title":
        titles = dict(record.titles)
        key = language or record.language or "und"
        if value:
            titles[key] = value
        else:
            titles.pop(key, None)
        record.titles = tuple(titles.items())
    elif base == "identifier":
        stated = tuple(
            identifier_of(part, record.jurisdiction)
            for part in value.split("|")
            if part.strip()
        )
        changes.set_identifiers(ctx, record, stated)
    elif base == "access":
        if value not in ACCESS_LEVELS:
            raise InvalidRequest(
                f"unknown access {value!r}; it may be {', '.join(ACCESS_LEVELS)}"
            )
        changes.set_access(ctx, record, value)
    elif base == "language":
        _set_language(record, value)
    elif base in EDITABLE:
        setattr(record, base, value or ("paper" if base == "type" else None))
    else:
        raise InvalidRequest(
            f"{base!r} cannot be edited; fields are {', '.join(EDITABLE)}, date.KIND"
        )


def _set_date(record: Record, name: str, value: str) -> None:
    if value:
        day_of(value)
    if name == "date":
        record.date = value or None
    elif name == "closed":
        record.closed_on = value or None
    else:
        require_date_kind(name)
        dates = dict(record.dates)
        dates[name.removeprefix("date.")] = value
        record.dates = tuple(sorted((k, v) for k, v in dates.items() if v))


def _set_language(record: Record, value: str) -> None:
    old = record.language
    record.language = value or None
    record.expressions = tuple(
        replace(e, language=record.language) if e.language == old else e
        for e in record.expressions
    )
    record.titles = tuple(
        (value if language == (old or "und") and value else language, title)
        for language, title in record.titles
    )
