"""Members' papers go back: packed for their owner, then taken out of the archive."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from recordsvc.bootstrap import Service
from recordsvc.jobs.disposal import finish_removal
from recordsvc.jobs.export_job import export_records
from recordsvc.services.classification.filing import return_to_owner
from recordsvc.services.context import Actor, Context
from recordsvc.services.disposal.removing import give_back
from recordsvc.services.errors import NothingToDo, VerificationFailed


def return_papers(
    service: Service,
    actor: Actor,
    record_ids: Iterable[str],
    into: Path,
    *,
    to: str,
    reason: str,
) -> list[dict[str, Any]]:
    """Pack Members' papers for their owner, check the packages, then let the papers go.

    Parameters
    ----------
    into
        Folder for the packages.
    to
        Whom they go to.

    Returns
    -------
    list
        What was packed, as `export --json` tells it.

    Raises
    ------
    Conflict
        If one of them is a record of the House, or is held: then none goes.
    VerificationFailed
        If a package is not as it should be: that paper stays.

    Notes
    -----
    Repeated after a kill, it goes on with what has not gone yet.
    """
    ids = tuple(dict.fromkeys(record_ids))
    service.run(actor, partial(_ask, ids=ids, to=to, reason=reason))
    packed = []
    for record_id in ids:
        report = export_records(service, actor, [record_id], into, for_owner=True)
        if report.refused:
            raise VerificationFailed(
                f"record {record_id} was not packed and stays: "
                f"{report.refused[0].reason}"
            )
        if not report.packages[0]["valid"]:
            raise VerificationFailed(
                f"the package of record {record_id} is not valid; the record stays"
            )
        packed += report.packages
        finish_removal(
            service, actor, partial(give_back, record_id=record_id, reason=reason)
        )
    return packed


def _ask(ctx: Context, *, ids: tuple[str, ...], to: str, reason: str) -> None:
    for record_id in ids:
        try:
            return_to_owner(ctx, record_id, to=to, reason=reason)
        except NothingToDo:
            # Asked back already, by a call that was broken off.
            continue
