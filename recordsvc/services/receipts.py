"""Receipts of submissions, kept with their job: no name in them outlives its record."""

import json
from collections.abc import Mapping
from typing import Any

from recordsvc.model import Job, Record
from recordsvc.services.access import may_read
from recordsvc.services.context import Context
from recordsvc.services.uploading import job_of

PATH = "package_path"


def shortened(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job remembers of a receipt.

    Paths, words of the description and messages that name a file are left out where
    there is a record: it holds them itself, and they go when it goes.
    """
    files = []
    for file in receipt["files"]:
        if file["id"] is None:
            files.append(file)
            continue
        rules = [{**rule, "place": "", "message": ""} for rule in file["rules"]]
        kept = {"path": "", "error": None, "warnings": [], "rules": rules}
        files.append(file | kept)
    has_records = any(file["id"] for file in files)
    package = receipt["package"] | ({"name": ""} if has_records else {})
    return {
        **receipt,
        "package": package,
        "description": {} if has_records else receipt["description"],
        "files": files,
    }


def receipts_of(ctx: Context, job_id: str) -> dict[str, Any]:
    """Return the receipts of an upload whose packages were taken apart.

    Raises
    ------
    NotFound
        If the actor has no such upload.
    """
    job: Job = job_of(ctx, job_id)
    kept = json.loads(dict(job.outcome).get("receipts", "[]"))
    receipts = [_told(ctx, receipt) for receipt in kept]
    return {"id": job.id, "state": str(job.state), "receipts": receipts}


def _told(ctx: Context, receipt: dict[str, Any]) -> dict[str, Any]:
    files = [_file(ctx, file) for file in receipt["files"]]
    return {**receipt, "files": files}


def _file(ctx: Context, file: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the record says, for who may read it."""
    if file["id"] is None:
        return file
    record: Record | None = ctx.root.records.get(file["id"])
    if record is None or not may_read(ctx.actor, record):
        return file | {"id": None}
    said = {s.field: s.value for s in record.statements if s.field == PATH}
    names = [m.name for m in record.files if m.sha256 == file["sha256"]]
    errors = [m.error for m in record.files if m.sha256 == file["sha256"]]
    warnings = [w for m in record.files for w in m.warnings]
    return file | {
        "path": said.get(PATH) or next(iter(names), ""),
        "error": next(iter(errors), None),
        "warnings": warnings,
    }
