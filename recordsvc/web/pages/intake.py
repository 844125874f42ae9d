"""Upload: the bytes are made durable, the rest is a job whose page tells."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from recordsvc.services import uploading
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.queueing import says_yes
from recordsvc.settings import ACCESS_LEVELS
from recordsvc.web.forms import text_of


def form(request: Any) -> dict[str, Any]:
    """Show the upload form and the newest uploads."""
    return {
        "levels": ACCESS_LEVELS,
        "classes": sorted(request.archive.classes.keys()),
        "jobs": uploading.recent(request.ctx),
        "failure": None,
    }


def upload(request: Any) -> Any:
    """Take files in: each upload is one job with its files as items."""
    files = [
        (part.filename, part.file)
        for part in request.POST.getall("files")
        if getattr(part, "filename", "")
    ]
    values = {
        name: text_of(request, name).strip()
        for name in ("class", "type", "collection", "access")
        if text_of(request, name).strip()
    }
    try:
        is_trial = says_yes(text_of(request, "dry_run"))
        unpack = says_yes(text_of(request, "unpack"))
        job = uploading.receive(
            request.ctx, files, values, is_trial=is_trial, unpack=unpack
        )
    except InvalidRequest as error:
        request.response.status_int = 422
        return form(request) | {"failure": str(error)}
    return HTTPSeeOther(request.route_path("job", id=job.id))


def job_page(request: Any) -> dict[str, Any]:
    """Show how far an upload is, and what became of each file."""
    job = uploading.job_of(request.ctx, request.matchdict["id"])
    return {"job": uploading.job_mapping(request.ctx, job)}
