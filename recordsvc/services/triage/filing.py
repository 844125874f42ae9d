"""The inbox kept in step: what waits is found in trees and never by a walk."""

import uuid
from itertools import islice

from recordsvc.model import Job, Record
from recordsvc.model.triage import InboxEntry
from recordsvc.services.context import Context
from recordsvc.services.retention.walking import records_of
from recordsvc.services.triage.doubts import reasons_of
from recordsvc.services.triage.failures import kind_of

FILE_INBOX = "file-inbox"
BATCH = 200
_AFTER, _DONE, _CONFIDENCE = "after", "done", "confidence"


def file(ctx: Context, record: Record) -> None:
    """Bring the entries of a record up to date; one that stays is not written."""
    reasons = reasons_of(record, ctx.settings.triage_confidence)
    kind = kind_of(record)
    root = ctx.root
    root.inbox.put(record.id, _entry(record, reasons) if reasons else None)
    root.unread.put(record.id, _entry(record, (kind,)) if kind else None)


def _entry(record: Record, reasons: tuple[str, ...]) -> InboxEntry:
    captured = record.captured_at
    return InboxEntry(
        since=captured.date().isoformat() if captured is not None else "",
        reasons=tuple(str(reason) for reason in reasons),
        intake=intake_of(record),
        legislature=record.jurisdiction or "",
    )


def intake_of(record: Record) -> str:
    """Return the id of the intake that brought a record, empty if none was noted."""
    for event in record.events:
        if event.type == "capture":
            return dict(event.facts).get("intake", "")
    return ""


def is_stale(ctx: Context) -> bool:
    """Say whether what was there before was filed by another setting, or not at all."""
    if not ctx.root.records:
        return False
    return bool(ctx.root.inbox.confidence != ctx.settings.triage_confidence)


def request(ctx: Context) -> Job:
    """Ask that every record be filed anew; one job that waits is enough."""
    for job in ctx.root.jobs.open.values():
        if job.kind == FILE_INBOX:
            return job  # type: ignore[no-any-return]
    return ctx.root.jobs.put(Job(uuid.uuid4().hex, FILE_INBOX, {}, ctx.now()))


def continue_job(ctx: Context, job_id: str) -> tuple[int, bool]:
    """File the next records, and note in the job how far it has come.

    Returns
    -------
    tuple of int and bool
        How many were filed, and whether more are left.
    """
    job = ctx.root.jobs.jobs[job_id]
    args = dict(job.args)
    now = str(ctx.settings.triage_confidence)
    if args.get(_CONFIDENCE, now) != now:
        # The setting has changed since it began.
        args.pop(_AFTER, None)
    records = list(islice(records_of(ctx.root, args.get(_AFTER, "")), BATCH))
    for record in records:
        file(ctx, record)
    if len(records) < BATCH:
        ctx.root.inbox.confidence = ctx.settings.triage_confidence
    if records:
        args[_AFTER] = records[-1].id
    args[_CONFIDENCE] = now
    args[_DONE] = str(int(args.get(_DONE, "0")) + len(records))
    job.args = tuple(sorted(args.items()))
    return len(records), len(records) == BATCH
