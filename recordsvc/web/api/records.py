"""Records as JSON: show, change, text, files, capture."""

from typing import Any, NoReturn

from recordsvc.services import reading, uploading
from recordsvc.services.access import record_for
from recordsvc.services.description import edit as edit_record
from recordsvc.services.disposal.deletion import refuse_deletion
from recordsvc.services.errors import Gone, InvalidRequest
from recordsvc.services.likeness.viewing import shown_mapping
from recordsvc.services.queueing import says_yes
from recordsvc.web.pages.record import file
from recordsvc.web.problems import problem

__all__ = ["capture", "delete", "edit", "file", "job", "replace", "show", "text"]


def show(request: Any) -> dict[str, Any]:
    """Return a record with its revision as ETag."""
    record = record_for(request.ctx, request.matchdict["id"])
    return _tagged(request, record)


def _tagged(request: Any, record: Any) -> dict[str, Any]:
    if record.is_destroyed:
        request.response.status_int = 410
    request.response.etag = f"r{record.revision}"
    return shown_mapping(request.ctx, record)


def edit(request: Any) -> Any:
    """Change values; If-Match must hold the ETag of the state that was read."""
    record_id = request.matchdict["id"]
    record = record_for(request.ctx, record_id, "record.edit")
    stated = request.headers.get("If-Match")
    if stated is None:
        return problem(request, 428, "send If-Match with the ETag of the record")
    if stated.strip() not in {f'"r{record.revision}"', "*"}:
        return problem(
            request, 412, f"the record is at revision {record.revision}; read it again"
        )
    return _tagged(request, edit_record(request.ctx, record_id, _values(request)))


def replace(request: Any) -> Any:
    """Refuse to replace a record: single values are changed, and nothing revives."""
    record = record_for(request.ctx, request.matchdict["id"], "record.edit")
    if record.is_destroyed:
        raise Gone(f"record {record.id} was destroyed; only its tombstone is left")
    return problem(request, 405, "a record is not replaced; change values with PATCH")


def delete(request: Any) -> NoReturn:
    """Say why a record is not deleted: the same gate as disposal, and only lists."""
    refuse_deletion(request.ctx, request.matchdict["id"])


def _values(request: Any) -> dict[str, str]:
    try:
        values = request.json_body
    except ValueError:
        raise InvalidRequest("the body is no JSON") from None
    if not isinstance(values, dict) or not all(
        isinstance(v, str) for v in values.values()
    ):
        raise InvalidRequest("the body is an object of texts by field name")
    return values


def text(request: Any) -> dict[str, Any]:
    """Return the text by page."""
    record = reading.readable(request.ctx, request.matchdict["id"])
    pages = reading.text_pages(request.ctx, record)
    return {
        "id": record.id,
        "pages": [
            {"number": page.number, "text": page.text, "attachment": file.position}
            for file, page in pages
        ],
    }


def capture(request: Any) -> dict[str, Any]:
    """Take in one file: the body is its bytes, the query its name and values."""
    asked = dict(request.GET)
    name = asked.pop("name", "")
    if not name:
        raise InvalidRequest("send the file's name as ?name=")
    is_trial = says_yes(asked.pop("dry_run", ""))
    files = [(name, request.body_file_seekable)]
    job = uploading.receive(request.ctx, files, asked, is_trial=is_trial)
    request.response.status_int = 202
    request.response.headers["Location"] = request.route_path("api.job", id=job.id)
    return uploading.job_mapping(request.ctx, job)


def job(request: Any) -> dict[str, Any]:
    """Say how far an upload is."""
    ctx = request.ctx
    return uploading.job_mapping(ctx, uploading.job_of(ctx, request.matchdict["id"]))
