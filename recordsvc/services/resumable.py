"""Uploads that come in parts (tus 1.0): begin, go on, give up, receipt.

An intake becomes a job as soon as each of its files has arrived or was given up. The
job has the id of the intake, so that whoever comes second finds it there.
"""

import base64
import binascii
import hashlib
import json
import re
import shutil
import time
import uuid
from collections.abc import Mapping
from typing import Any, BinaryIO

from recordsvc.model import Job, Record
from recordsvc.services.access import authorize, may_read
from recordsvc.services.capture import check_sidecar
from recordsvc.services.classification.filing import usable_class
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound, Temporary
from recordsvc.services.queueing import (
    LINES_KEPT,
    queue_intake,
    says_yes,
    spool_root,
)
from recordsvc.settings import Settings
from recordsvc.storage.errors import StorageFull
from recordsvc.storage.uploadparts import Checksum
from recordsvc.storage.uploads import Uploads
from recordsvc.storage.uploadvalues import (
    OffsetMoved,
    Terms,
    Upload,
    UploadBusy,
    UploadMissing,
    intake_of,
)

MAX_METADATA_CHARS = 8_192
MAX_INTAKES = 10_000
# What a disk keeps free for the records that follow from an upload.
RESERVE_BYTES = 64 * 2**20
VALUES = ("class", "type", "collection", "access")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def uploads_of(settings: Settings) -> Uploads:
    """Return the uploads of an installation that have not been taken in."""
    return Uploads(settings.data_dir / "uploads")


def parse_metadata(text: str) -> dict[str, str]:
    """Return the pairs of an ``Upload-Metadata`` header (tus 1.0, Creation).

    Raises
    ------
    InvalidRequest
        If it is too long or not as the protocol has it.

    Examples
    --------
    >>> parse_metadata("filename d2F0ZXIucGRm,dry_run")
    {'filename': 'water.pdf', 'dry_run': ''}
    """
    if len(text) > MAX_METADATA_CHARS:
        raise InvalidRequest(f"the metadata are longer than {MAX_METADATA_CHARS}")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, coded = pair.partition(" ")
        try:
            value = base64.b64decode(coded, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequest(f"the value of {key!r} is not Base64") from None
        if key in found:
            raise InvalidRequest(f"the metadata say {key!r} twice")
        found[key] = value.decode("utf-8", "surrogateescape")
    return found


def begin(ctx: Context, length: int, metadata: str) -> Upload:
    """Begin an upload of so many bytes.

    Parameters
    ----------
    metadata
        As the header has it: ``filename``; what holds for the intake (``class``,
        ``type``, ``collection``, ``access``, ``dry_run``, ``unpack``); and for several
        files of one intake its own key, ``intake``, with the number of ``files``. A
        file with a ``key`` of its own in the intake is found when it is begun again,
        so that no answer that was lost makes two of it.

    Raises
    ------
    InvalidRequest, NotFound
        If a value is unknown or there are too many files.
    Conflict
        If the intake was begun with other values, or has all its files.
    StorageFull, Temporary
        If there is no room for it, or for yet another intake.
    """
    authorize(ctx, "record.capture")
    said = parse_metadata(metadata)
    terms = _terms(ctx, said)
    uploads = uploads_of(ctx.settings)
    _require_room(ctx, uploads, length)
    intake = _intake_key(ctx, said)
    if intake in ctx.root.jobs.jobs and not _is_begun(uploads, intake, said):
        raise Conflict("an intake of this key was taken in before; choose another key")
    try:
        upload = uploads.create(
            intake,
            terms,
            name=_last_part(said.get("filename") or said.get("name", "")),
            length=length,
            metadata=metadata,
            key=said.get("key", ""),
        )
    except OffsetMoved as error:
        raise Conflict(f"the intake has all its files, {error.offset}") from None
    except ValueError as error:
        raise Conflict(f"{error}; send the same for each of its files") from None
    except (UploadBusy, UploadMissing):
        raise Temporary("the intake is busy; try again soon") from None
    if upload.length != length:
        raise Conflict(f"the file of this key was begun with {upload.length} bytes")
    return upload


def _is_begun(uploads: Uploads, intake: str, said: Mapping[str, str]) -> bool:
    return bool(said.get("key")) and uploads.has_key(intake, said["key"])


def _terms(ctx: Context, said: Mapping[str, str]) -> Terms:
    values = {name: said[name] for name in VALUES if said.get(name, "").strip()}
    check_sidecar(values)
    if "class" in values:
        usable_class(ctx, values["class"])
    files = said.get("files", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,3}", files) or int(files) > LINES_KEPT:
        raise InvalidRequest(f"files is a number from 1 to {LINES_KEPT}")
    if int(files) > 1 and "intake" not in said:
        raise InvalidRequest("several files of one intake need its key, intake")
    return Terms(
        owner=ctx.actor.login,
        values=values,
        files=int(files),
        is_trial=says_yes(said.get("dry_run", "")),
        unpack=says_yes(said.get("unpack", "")),
    )


def _intake_key(ctx: Context, said: Mapping[str, str]) -> str:
    if "intake" not in said:
        return uuid.uuid4().hex
    if not _KEY.fullmatch(said["intake"]):
        raise InvalidRequest("intake is a key of 1 to 64 letters, digits, - and _")
    named = f"{ctx.root.store_id}\n{ctx.actor.login}\n{said['intake']}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _require_room(ctx: Context, uploads: Uploads, length: int) -> None:
    if len(uploads.intakes()) >= MAX_INTAKES:
        raise Temporary("too many uploads are under way; try again later")
    if shutil.disk_usage(ctx.settings.data_dir).free < length + RESERVE_BYTES:
        raise StorageFull(uploads.root)


def _last_part(name: str) -> str:
    """Return the file's own name: some browsers send a whole path."""
    return name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or "file"


def find(ctx: Context, upload_id: str) -> Upload:
    """Return an upload of the actor; those of others are not there for him.

    Raises
    ------
    NotFound
        Also when nobody went on with it in time.
    """
    authorize(ctx, "record.capture")
    uploads = uploads_of(ctx.settings)
    try:
        upload = uploads.read(upload_id)
        is_own = uploads.terms(intake_of(upload_id)).owner == ctx.actor.login
    except UploadMissing:
        is_own = False
    if not is_own or is_over(ctx.settings, upload):
        raise NotFound("there is no such upload, or it was given up; begin it anew")
    return upload


def expires_s(settings: Settings, upload: Upload) -> float:
    """Return when an upload is given up, in seconds since 1970 UTC."""
    return upload.touched_s + settings.upload_hours * 3600


def is_over(settings: Settings, upload: Upload) -> bool:
    """Say whether nobody went on with an upload in time."""
    return not upload.is_whole and time.time() > expires_s(settings, upload)


def go_on(
    ctx: Context,
    upload_id: str,
    offset: int,
    stream: BinaryIO,
    *,
    size: int,
    checksum: Checksum | None = None,
) -> int:
    """Add a part to an upload; return how many bytes are durable then.

    Raises
    ------
    ChecksumWrong
        If the part is not what it sums up to; it was not kept.
    Conflict
        If it does not begin where the upload ends.
    Temporary
        If another part is being written.
    """
    upload = find(ctx, upload_id)
    if upload.is_whole and size == 0 and offset == upload.length:
        return offset
    uploads = uploads_of(ctx.settings)
    try:
        return uploads.append(upload_id, offset, stream, size, checksum)
    except (OffsetMoved, ValueError) as error:
        raise Conflict(str(error)) from None
    except UploadMissing:
        raise Conflict("the upload is complete and was handed over") from None
    except UploadBusy as error:
        raise Temporary(str(error)) from None


def settle(ctx: Context, intake: str) -> Job | None:
    """Queue an intake whose files are all there; return its job, if there is one.

    May be repeated: the job is found, not made again.
    """
    job: Job | None = ctx.root.jobs.jobs.get(intake)
    uploads = uploads_of(ctx.settings)
    if job is not None:
        return job
    try:
        if not uploads.has_all(intake):
            return None
        terms = uploads.terms(intake)
        uploads.hand_over(intake, spool_root(ctx.settings))
    except UploadMissing:
        return None
    except UploadBusy as error:
        raise Temporary(str(error)) from None
    return queue_intake(
        ctx,
        intake,
        terms.values,
        job_id=intake,
        is_trial=terms.is_trial,
        unpack=terms.unpack,
    )


def give_up(ctx: Context, upload_id: str) -> None:
    """Delete an upload; its intake goes on without it.

    Raises
    ------
    Conflict
        If its intake is at work already.
    """
    find(ctx, upload_id)
    uploads, intake = uploads_of(ctx.settings), intake_of(upload_id)
    try:
        uploads.give_up(upload_id)
    except UploadMissing:
        raise Conflict("the upload is being taken in and cannot be given up") from None
    except UploadBusy as error:
        raise Temporary(str(error)) from None
    terms = uploads.terms(intake)
    if terms.given_up >= terms.files:
        uploads.remove(intake)


def receipt(ctx: Context, upload_id: str) -> dict[str, Any]:
    """Return what became of an upload.

    Returns
    -------
    dict
        ``state`` is ``arriving``, ``waiting`` for other files of its intake, or that
        of the job; ``outcome``, ``record`` and ``reason`` are filled when it is done.
    """
    upload = find(ctx, upload_id)
    intake = intake_of(upload_id)
    job: Job | None = ctx.root.jobs.jobs.get(intake)
    said: dict[str, Any] = {
        "id": upload.id,
        "intake": intake,
        "file": upload.name or None,
        "bytes": upload.length,
        "arrived": upload.offset,
        "sha256": None,
        "state": "waiting" if upload.is_whole else "arriving",
        "outcome": None,
        "record": None,
        "reason": None,
    }
    if job is None:
        return said
    said |= {"state": str(job.state), "reason": job.error}
    ids = [other.id for other in uploads_of(ctx.settings).files(intake)]
    lines = json.loads(dict(job.outcome).get("lines", "[]"))
    for line in lines:
        if line.get("file") == ids.index(upload.id):
            said |= _outcome(ctx, line)
    return said


def _outcome(ctx: Context, line: Mapping[str, Any]) -> dict[str, Any]:
    record: Record | None = ctx.root.records.get(line.get("id", ""))
    is_readable = record is not None and may_read(ctx.actor, record)
    name = line.get("path")
    if record is not None and is_readable:
        names = [f.name for f in record.files if f.sha256 == line.get("sha256")]
        name = names[0] if names else None
    return {
        "file": name,
        "sha256": line.get("sha256"),
        "outcome": line["status"],
        "record": record.id if record is not None and is_readable else None,
        "reason": line.get("error"),
    }
