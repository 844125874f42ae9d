"""Confirming what was found: the value stays, and from now on somebody vouches."""

from collections.abc import Sequence
from dataclasses import replace

from recordsvc.model import Record
from recordsvc.model.record import Statement
from recordsvc.services import changes
from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, InvalidRequest, NothingToDo
from recordsvc.services.triage.doubts import CONFIRMED
from recordsvc.services.triage.suggestions import open_statements


def confirm(
    ctx: Context,
    record_id: str,
    values: Sequence[tuple[str, str]] | None = None,
    *,
    if_revision: int | None = None,
) -> Record:
    """Confirm values of a record as they were found.

    Parameters
    ----------
    values
        Field and value as the person has seen them; None for all that are open.
    if_revision
        The revision the actor looked at.

    Raises
    ------
    NotFound, NotAllowed, Gone
        If there is no such record, or the actor may not change it.
    Conflict
        If it is on hold, has moved on, or a value is another by now.
    NothingToDo
        If nothing is left to be confirmed.
    """
    record = record_for(ctx, record_id, "record.edit")
    changes.require_changeable(ctx, record, if_revision)
    chosen = _chosen(record, values)
    if not chosen:
        raise NothingToDo(f"nothing of record {record_id} waits to be confirmed")
    vouch(ctx, record, chosen)
    fields = sorted({s.field for s in chosen})
    changes.touch(ctx, record, "confirm", fields=" ".join(fields))
    return record


def _chosen(
    record: Record, values: Sequence[tuple[str, str]] | None
) -> tuple[Statement, ...]:
    found = open_statements(record)
    if values is None:
        return found
    if not values:
        raise InvalidRequest("say which values are confirmed")
    by_field: dict[str, list[Statement]] = {}
    for statement in found:
        by_field.setdefault(statement.field, []).append(statement)
    chosen = []
    for field, value in values:
        same = [s for s in by_field.get(field, []) if s.value == value]
        if not same:
            raise Conflict(
                f"record {record.id} has no {field} {value!r} that waits to be "
                "confirmed; look at it again"
            )
        chosen.append(same[0])
    return tuple(chosen)


def vouch(ctx: Context, record: Record, found: tuple[Statement, ...]) -> None:
    """State values as confirmed by the actor; what was found stays behind it."""
    confirmed = tuple(
        replace(s, how=CONFIRMED, rule=ctx.actor.login, confidence=1.0) for s in found
    )
    record.statements = (*confirmed, *record.statements)
