"""Formats identified anew: what is written where the signatures have learnt more."""

from dataclasses import dataclass, replace

from recordsvc.model import Record
from recordsvc.services import changes
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What the present signatures say of one file.

    Parameters
    ----------
    puid, format_name
        None where no signature fits.
    signatures
        Their version.
    """

    record_id: str
    sha256: str
    puid: str | None
    format_name: str | None
    signatures: str


def write(ctx: Context, found: Identified) -> bool:
    """Write what is known of a file now, with an event; say whether it was written.

    A record that is on hold or gone, or has lost the file since, stays as it is.
    """
    authorize(ctx, "record.edit")
    record: Record | None = ctx.root.records.get(found.record_id)
    if record is None or record.is_destroyed:
        return False
    try:
        changes.require_changeable(ctx, record)
    except Conflict:
        return False
    before = [file for file in record.files if file.sha256 == found.sha256]
    if not before:
        return False
    record.expressions = tuple(
        replace(
            expression,
            manifestations=tuple(
                replace(
                    file,
                    puid=found.puid,
                    format_name=found.format_name,
                    signatures=found.signatures,
                )
                if file.sha256 == found.sha256
                else file
                for file in expression.manifestations
            ),
        )
        for expression in record.expressions
    )
    changes.touch(
        ctx,
        record,
        "identify",
        sha256=found.sha256,
        before=before[0].puid or "",
        after=found.puid or "",
        signatures=found.signatures,
    )
    return True
