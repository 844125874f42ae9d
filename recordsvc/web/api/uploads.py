"""Resumable uploads: tus 1.0, core and creation, checksum, expiration, termination.

https://tus.io/protocols/resumable-upload
"""

import base64
import binascii
from collections.abc import Callable
from email.utils import formatdate
from functools import wraps
from typing import Any

from recordsvc.services import receipts as submissions
from recordsvc.services import resumable
from recordsvc.services.errors import InvalidRequest
from recordsvc.storage.uploadparts import CHECKSUMS, Checksum, ChecksumWrong
from recordsvc.storage.uploadvalues import (
    Upload,
    intake_of,
)
from recordsvc.web.problems import problem

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
PART = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460
# Where a try of this request, repeated after a conflict, finds what it has kept.
KEPT = "recordsvc.upload"

View = Callable[[Any], Any]


def _speaks_tus(view: View) -> View:
    """Refuse another version of the protocol, and name ours in every answer."""

    @wraps(view)
    def checked(request: Any) -> Any:
        request.add_response_callback(_sign)
        if request.headers.get("Tus-Resumable") != VERSION:
            answer = problem(request, 412, f"send Tus-Resumable: {VERSION}")
            answer.headers["Tus-Version"] = VERSION
            return answer
        return view(request)

    return checked


def _sign(request: Any, response: Any) -> None:  # noqa: ARG001 - Pyramid's signature
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"


def options(request: Any) -> Any:
    """Say what of the protocol is spoken here."""
    request.add_response_callback(_sign)
    response = request.response
    response.status_int = 204
    response.headers.update(
        {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(request.service.settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        }
    )
    return response


@_speaks_tus
def create(request: Any) -> Any:
    """Begin an upload; a first part may come with it."""
    length = _number(request, "Upload-Length")
    most = request.service.settings.max_upload_bytes
    if length > most:
        return problem(request, 413, f"an upload has at most {most} bytes")
    has_part = bool(request.content_length)
    if has_part and request.content_type != PART:
        return problem(request, 415, f"the first part comes as {PART}")
    checksum = _checksum(request)
    upload_id = request.environ.get(KEPT)
    if upload_id is None:
        metadata = request.headers.get("Upload-Metadata", "")
        upload = resumable.begin(request.ctx, length, metadata)
        upload_id = request.environ[KEPT] = upload.id
        # A beginning that is repeated finds what has arrived.
        if has_part and upload.offset == 0:
            try:
                _write(request, upload.id, 0, checksum)
            except ChecksumWrong as error:
                resumable.give_up(request.ctx, upload.id)
                return problem(request, CHECKSUM_MISMATCH, str(error))
    response = _settled(request, upload_id)
    response.status_int = 201
    response.headers["Location"] = request.route_path("api.upload", id=upload_id)
    return response


@_speaks_tus
def show(request: Any) -> Any:
    """Say where to go on."""
    upload = resumable.find(request.ctx, request.matchdict["id"])
    # A death after the last part and before its answer is made good here.
    response = _settled(request, upload.id)
    response.status_int = 200
    response.headers["Upload-Length"] = str(upload.length)
    if upload.metadata:
        response.headers["Upload-Metadata"] = upload.metadata
    return response


@_speaks_tus
def append(request: Any) -> Any:
    """Add a part where the upload ends."""
    upload_id = request.matchdict["id"]
    if request.content_type != PART:
        return problem(request, 415, f"a part comes as {PART}")
    offset, checksum = _number(request, "Upload-Offset"), _checksum(request)
    resumable.find(request.ctx, upload_id)
    if KEPT not in request.environ:
        try:
            _write(request, upload_id, offset, checksum)
        except ChecksumWrong as error:
            return problem(request, CHECKSUM_MISMATCH, str(error))
        request.environ[KEPT] = upload_id
    return _settled(request, upload_id)


@_speaks_tus
def terminate(request: Any) -> Any:
    """Give an upload up."""
    upload_id = request.matchdict["id"]
    if KEPT not in request.environ:
        resumable.give_up(request.ctx, upload_id)
        request.environ[KEPT] = upload_id
    resumable.settle(request.ctx, intake_of(upload_id))
    request.response.status_int = 204
    return request.response


def overridden(request: Any) -> Any:
    """Do what a client behind a proxy can only ask for by a header."""
    views = {"PATCH": append, "DELETE": terminate, "HEAD": show}
    asked = request.headers.get("X-HTTP-Method-Override", "").upper()
    if asked not in views:
        return problem(request, 405, "send PATCH, or X-HTTP-Method-Override: PATCH")
    return views[asked](request)


def receipts(request: Any) -> dict[str, Any]:
    """Give the receipts of the packages of an intake."""
    return submissions.receipts_of(request.ctx, request.matchdict["id"])


def receipt(request: Any) -> dict[str, Any]:
    """Say what became of an upload."""
    return resumable.receipt(request.ctx, request.matchdict["id"])


def _write(
    request: Any, upload_id: str, offset: int, checksum: Checksum | None
) -> None:
    stream, size = request.body_file_seekable, request.content_length or 0
    resumable.go_on(
        request.ctx, upload_id, offset, stream, size=size, checksum=checksum
    )


def _settled(request: Any, upload_id: str) -> Any:
    """Answer with where the upload is; its intake begins if this was the last part."""
    upload: Upload = resumable.find(request.ctx, upload_id)
    if upload.is_whole:
        resumable.settle(request.ctx, intake_of(upload_id))
    settings, response = request.service.settings, request.response
    response.status_int = 204
    response.headers["Upload-Offset"] = str(upload.offset)
    if not upload.is_whole:
        until = resumable.expires_s(settings, upload)
        response.headers["Upload-Expires"] = formatdate(until, usegmt=True)
    return response


def _number(request: Any, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004
        raise InvalidRequest(f"send {header} with a number of bytes")
    return int(text)


def _checksum(request: Any) -> Checksum | None:
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return None
    algorithm, _, coded = text.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise InvalidRequest(f"a checksum is one of {', '.join(CHECKSUMS)}")
    try:
        digest = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("the checksum is not Base64") from None
    return Checksum(algorithm=algorithm, digest=digest)
