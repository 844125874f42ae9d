"""Uploads that nobody asks after: given up, taken in, or forgotten."""

import time
from dataclasses import replace

from recordsvc.model import Job
from recordsvc.services.context import Actor, Context
from recordsvc.services.resumable import is_over, settle, uploads_of
from recordsvc.settings import Settings
from recordsvc.storage.uploads import Uploads
from recordsvc.storage.uploadvalues import (
    UploadBusy,
    UploadMissing,
)


def settled_intakes(settings: Settings) -> tuple[str, ...]:
    """Return the intakes whose every file is there, or will not come any more.

    What nobody goes on with is given up on the way; a file that has arrived whole is
    taken in without those that have not.
    """
    uploads = uploads_of(settings)
    return tuple(i for i in uploads.intakes() if _is_settled(settings, uploads, i))


def _is_settled(settings: Settings, uploads: Uploads, intake: str) -> bool:
    try:
        for upload in uploads.files(intake):
            if is_over(settings, upload):
                uploads.give_up(upload.id)
        if uploads.has_all(intake):
            return True
        if not _is_old(settings, uploads, intake):
            return False
        if not uploads.files(intake):
            uploads.remove(intake)
            return False
        uploads.close(intake)
        return uploads.has_all(intake)
    except (UploadMissing, UploadBusy):
        # Somebody is at it just now: the next sweep sees it.
        return False


def _is_old(settings: Settings, uploads: Uploads, intake: str) -> bool:
    folder = uploads.root / intake
    last = [upload.touched_s for upload in uploads.files(intake)]
    if not last and folder.exists():
        last = [folder.stat().st_mtime]
    return max(last, default=0.0) < time.time() - settings.upload_hours * 3600


def forget_intake(settings: Settings, intake: str) -> None:
    """Delete what is left of an intake that a job has, once nobody asks after it."""
    uploads = uploads_of(settings)
    if _is_old(settings, uploads, intake):
        uploads.remove(intake)


def settle_for_owner(ctx: Context, intake: str) -> Job | None:
    """Queue an intake that nobody has asked after, as the person who sent it."""
    try:
        owner = uploads_of(ctx.settings).terms(intake).owner
    except UploadMissing:
        return None
    account = ctx.root.accounts.get(owner)
    if account is None:
        return None
    own = Actor(login=owner, role=account.role)
    return settle(replace(ctx, actor=own), intake)
