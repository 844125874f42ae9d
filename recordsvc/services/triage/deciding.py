"""What is decided of files in quarantine by who does not wait for it: a job's work."""

import json
from collections.abc import Sequence

from recordsvc.model import Job
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.days import require_text
from recordsvc.services.errors import InvalidRequest, NothingToDo
from recordsvc.services.queueing import enqueue
from recordsvc.services.triage.failures import QUARANTINE, Kind, ids_of_kind
from recordsvc.services.triage.rereading import store_without_text

RETRY, STORE, DISCARD = "retry", "store", "discard"
ACTS = (RETRY, STORE, DISCARD)


def decide(
    ctx: Context, act: str, *, ids: Sequence[str] = (), kind: str = "", reason: str = ""
) -> Job | None:
    """Do with files in quarantine what a person has decided.

    Parameters
    ----------
    ids, kind
        Which files: by their ids, or all of a kind.

    Returns
    -------
    Job or None
        The job that reads or discards them; None where everything is done.

    Raises
    ------
    NotAllowed
        If the actor may not decide.
    InvalidRequest
        If the act or the kind is none, or a reason is wanting.
    NothingToDo
        If no file is meant.
    """
    authorize(ctx, "quarantine.decide")
    if act not in ACTS:
        raise InvalidRequest(f"unknown act {act!r}; it may be {', '.join(ACTS)}")
    if bool(ids) == bool(kind):
        raise InvalidRequest("name files or a kind")
    if kind and kind not in set(Kind):
        raise InvalidRequest(f"unknown kind {kind!r}; it may be {', '.join(Kind)}")
    require_text("the reason", reason)
    if act == DISCARD and not reason.strip():
        raise InvalidRequest("discarding a file needs a reason")
    chosen = tuple(dict.fromkeys(ids)) or ids_of_kind(ctx, kind)
    if not chosen:
        raise NothingToDo("no such file is in quarantine")
    if act == STORE:
        for record_id in chosen:
            store_without_text(ctx, record_id, reason)
        return None
    more = {"reason": reason.strip()} if reason.strip() else {}
    return enqueue(
        ctx,
        QUARANTINE,
        act=act,
        records=json.dumps(chosen),
        actor=ctx.actor.login,
        **more,
    )
