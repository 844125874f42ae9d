"""Validating and comparing bags; no store is needed."""

from pathlib import Path
from typing import Any

from exports.diff import diff_bags
from exports.errors import BagNotFound, ExportError, ProfileRefused
from exports.findings import Finding
from exports.profile import load_profile
from exports.validate import validate
from recordsvc.services.errors import InvalidRequest, NotFound, VerificationFailed


def validate_bag(path: Path, profile: Path | None = None) -> dict[str, Any]:
    """Return the verdict on a bag as JSON-able values (INTERFACE section 3).

    Raises
    ------
    NotFound
        If nothing stands at the path.
    InvalidRequest
        If the profile cannot be read.
    """
    try:
        rules = load_profile(profile) if profile is not None else None
        report = validate(path, profile=rules)
    except BagNotFound as error:
        raise NotFound(str(error)) from None
    except ProfileRefused as error:
        raise InvalidRequest(str(error)) from None
    return {
        "valid": report.valid,
        "errors": [_finding(f) for f in report.errors],
        "warnings": [_finding(f) for f in report.warnings],
        "version": report.version,
        "files": report.payload_files,
        "bytes": report.payload_bytes,
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "path": finding.path, "message": finding.message}


def compare_bags(a: Path, b: Path) -> dict[str, Any]:
    """Return where two bags differ as JSON-able values.

    Raises
    ------
    NotFound, VerificationFailed
        If there is none at a path, or it is not valid.
    """
    try:
        found = diff_bags(a, b)
    except BagNotFound as error:
        raise NotFound(str(error)) from None
    except ExportError as error:
        raise VerificationFailed(str(error)) from None
    return {
        "equal": found.is_empty,
        "same": found.same,
        "added": list(found.added),
        "removed": list(found.removed),
        "changed": list(found.changed),
        "moved": [{"from": old, "to": new} for old, new in found.moved],
        "labels": [
            {"label": label, "a": list(ours), "b": list(theirs)}
            for label, ours, theirs in found.labels
        ],
    }
