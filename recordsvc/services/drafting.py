"""A record as it would be: changed aside, compared, and only then taken over.

What a preview shows and what an edit writes come from the same lines.
"""

from dataclasses import replace

from recordsvc.model import Record
from recordsvc.model.record import Identifier, Party
from recordsvc.services import changes
from recordsvc.services.authority import match_parties
from recordsvc.services.classification import classes
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of
from recordsvc.services.days import day_of, require_date, require_date_kind
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.services.sidecars import ROLES, parts_of
from recordsvc.settings import ACCESS_LEVELS

EDITABLE = (
    "title",
    "date",
    "type",
    "language",
    "jurisdiction",
    "chamber",
    "session",
    "legislature",
    "collection",
    "access",
    "identifier",
    "closed",
    "author",
    "addressee",
    "subject",
)
# The attributes of a record that its description changes.
DESCRIBED = (
    "titles",
    "date",
    "dates",
    "type",
    "language",
    "jurisdiction",
    "chamber",
    "session",
    "legislature",
    "subjects",
    "parties",
    "collection",
    "access",
    "closed_on",
    "identifiers",
    "expressions",
    "class_code",
    "declared_on",
)


def draft_of(record: Record) -> Record:
    """Return a copy of a record that no store knows of.

    Its parts are plain values, so nothing that is done to it reaches the record.
    """
    draft = Record(record.id)
    record._p_activate()  # noqa: SLF001 - persistent's published name
    for name, value in vars(record).items():
        setattr(draft, name, value)
    return draft


def differences(record: Record, draft: Record) -> tuple[str, ...]:
    """Return the attributes of `DESCRIBED` in which two records are not alike."""
    return tuple(n for n in DESCRIBED if getattr(record, n) != getattr(draft, n))


def take_over(ctx: Context, record: Record, draft: Record) -> None:
    """Give a record what stands in its draft, and keep every tree in step.

    Raises
    ------
    Conflict
        As `require_allowed`.
    """
    require_allowed(ctx, record, draft)
    changed = differences(record, draft)
    if "class_code" in changed:
        changes.set_class(ctx, record, draft.class_code)
    if "access" in changed:
        changes.set_access(ctx, record, draft.access)
    if "identifiers" in changed:
        changes.set_identifiers(ctx, record, draft.identifiers)
    for name in changed:
        if name not in {"class_code", "access", "identifiers"}:
            setattr(record, name, getattr(draft, name))
    if "parties" in changed:
        match_parties(ctx, record)


def require_allowed(ctx: Context, record: Record, draft: Record) -> None:
    """Refuse to open what was not open and is a Member's paper.

    Raises
    ------
    Conflict
        Saying so.
    """
    is_opened = draft.access == "open" and record.access != "open"
    if is_opened and classes.is_members(ctx.root, draft.class_code):
        raise Conflict(
            f"record {record.id} is a Member's paper, no record of the House; it is "
            "never open"
        )


def assign(draft: Record, name: str, value: str) -> None:
    """Give a draft a value as a person writes it; an empty one takes it away.

    Parameters
    ----------
    name
        A field of `EDITABLE`, ``title@fr`` or ``date.KIND``.

    Raises
    ------
    InvalidRequest
        If there is no such field, or it cannot have that value.
    """
    base, _, language = name.partition("@")
    if base.startswith("date.") or base in {"date", "closed"}:
        _assign_date(draft, base, value)
    elif base == "title":
        titles = dict(draft.titles)
        key = language or draft.language or "und"
        if value:
            titles[key] = value
        else:
            titles.pop(key, None)
        draft.titles = tuple(titles.items())
    elif base == "identifier":
        draft.identifiers = identifiers_of(draft, value)
    elif base in ROLES:
        draft.parties = _parties_of(draft, base, value)
    elif base == "subject":
        draft.subjects = parts_of(value)
    elif base == "access":
        if value not in ACCESS_LEVELS:
            raise InvalidRequest(
                f"unknown access {value!r}; it may be {', '.join(ACCESS_LEVELS)}"
            )
        draft.access = value
    elif base == "language":
        _assign_language(draft, value)
    elif base in EDITABLE:
        setattr(draft, base, value or ("paper" if base == "type" else None))
    else:
        raise InvalidRequest(
            f"{base!r} cannot be edited; fields are {', '.join(EDITABLE)}, date.KIND"
        )


def identifiers_of(record: Record, value: str) -> tuple[Identifier, ...]:
    """Return the official numbers that a text names, divided by ``|``, each once."""
    found = (
        identifier_of(part, record.jurisdiction)
        for part in value.split("|")
        if part.strip()
    )
    return tuple(dict.fromkeys(found))


def _parties_of(draft: Record, role: str, value: str) -> tuple[Party, ...]:
    """Return the parties with other names in one role; a name that stays keeps all."""
    known = {p.name: p for p in draft.parties if p.role == role}
    named = tuple(known.get(n) or Party(role=role, name=n) for n in parts_of(value))
    others = (p for p in draft.parties if p.role != role)
    every = (*named, *others) if role == ROLES[0] else (*others, *named)
    return tuple(every)


def _assign_date(draft: Record, name: str, value: str) -> None:
    if value and name == "closed":
        day_of(value)
    elif value:
        require_date(value)
    if name == "date":
        draft.date = value or None
    elif name == "closed":
        draft.closed_on = value or None
    else:
        require_date_kind(name)
        dates = dict(draft.dates)
        dates[name.removeprefix("date.")] = value
        draft.dates = tuple(sorted((k, v) for k, v in dates.items() if v))


def _assign_language(draft: Record, value: str) -> None:
    old = draft.language
    draft.language = value or None
    draft.expressions = tuple(
        replace(e, language=draft.language) if e.language == old else e
        for e in draft.expressions
    )
    draft.titles = tuple(
        (value if language == (old or "und") and value else language, title)
        for language, title in draft.titles
    )
