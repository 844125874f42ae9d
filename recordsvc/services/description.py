"""Changing what is said of a record."""

from collections.abc import Mapping

from recordsvc.model import Record
from recordsvc.model.record import Statement
from recordsvc.services import changes, drafting
from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.days import MAX_VALUE_CHARS, require_text
from recordsvc.services.disposal import disposing
from recordsvc.services.drafting import EDITABLE
from recordsvc.services.errors import NothingToDo

__all__ = ["EDITABLE", "edit", "state_values"]


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
    draft = drafting.draft_of(record)
    for name, value in values.items():
        require_text(name, value, MAX_VALUE_CHARS)
        drafting.assign(draft, name, value.strip())
    if not drafting.differences(record, draft):
        raise NothingToDo(f"record {record_id} says all of this already")
    drafting.take_over(ctx, record, draft)
    fields = state_values(ctx, record, values)
    changes.touch(ctx, record, "edit", fields=" ".join(fields))
    disposing.look_anew(ctx, record)
    return record


def state_values(
    ctx: Context, record: Record, values: Mapping[str, str]
) -> tuple[str, ...]:
    """Keep values as entered by the actor, instead of what was said of their fields.

    Returns
    -------
    tuple of str
        The fields, in order.
    """
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
    return tuple(sorted(stated))
