"""The export: records read in short transactions, their bytes written outside."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

from exports.archive import Form, write_archive
from exports.bag import write_bag
from exports.errors import ExportError, TargetExists
from exports.layout import Bagging, Written
from exports.package import Package
from exports.validate import validate
from recordsvc.bootstrap import Service
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    ServiceError,
    VerificationFailed,
)
from recordsvc.services.packaging import (
    PROFILES,
    bagging_of,
    note_export,
    package_of,
)

SERIALIZATIONS = ("none", "tar", "zip", "tar.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A record that was not exported, and why."""

    id: str
    reason: str
    exit_code: int


@dataclass(slots=True)
class ExportReport:
    """What an export made (INTERFACE section 3)."""

    packages: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def mapping(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return {
            "packages": self.packages,
            "refused": [{"id": r.id, "reason": r.reason} for r in self.refused],
        }


def export_records(
    service: Service,
    actor: Actor,
    record_ids: Iterable[str],
    into: Path,
    *,
    serialization: str = "none",
    profile: str = PROFILES[0],
    for_owner: bool = False,
    report: Callable[[dict[str, Any]], None] = lambda _: None,
) -> ExportReport:
    """Write one package a record, each validated after it was written.

    Parameters
    ----------
    into
        The folder for the packages; it is made when it is missing.
    serialization
        ``none`` for folders, ``tar``, ``zip`` or ``tar.gz``.
    for_owner
        The packages go to the Member whose papers they are.
    report
        Called with every package when it stands.

    Raises
    ------
    InvalidRequest
        If the serialization or the profile is unknown.

    Notes
    -----
    A record that is refused does not stop the others. An export changes no
    record: exporting twice gives the same bytes.
    """
    if serialization not in SERIALIZATIONS:
        raise InvalidRequest(f"--serialize may be {', '.join(SERIALIZATIONS)}")
    if profile not in PROFILES:
        raise InvalidRequest(
            f"there is no profile {profile!r}; profiles are {', '.join(PROFILES)}"
        )
    result = ExportReport()
    for record_id in dict.fromkeys(record_ids):
        try:
            package, bagging = service.view(
                actor,
                partial(_packed, record_id=record_id, for_owner=for_owner),
            )
            written = _write(package, into, serialization, bagging)
        except (ServiceError, ExportError) as error:
            code = _exit_code(error)
            result.refused.append(
                Refused(id=record_id, reason=str(error), exit_code=code)
            )
            continue
        made = _mapping(record_id, written, into, profile)
        service.run(actor, partial(note_export, record_id=record_id))
        result.packages.append(made)
        report(made)
    return result


def _packed(
    ctx: Context, *, record_id: str, for_owner: bool
) -> tuple[Package, Bagging]:
    return package_of(ctx, record_id, for_owner=for_owner), bagging_of(ctx)


def _write(
    package: Package, into: Path, serialization: str, bagging: Bagging
) -> Written:
    try:
        if serialization == "none":
            return write_bag(package, into, bagging)
        return write_archive(package, into, cast("Form", serialization), bagging)
    except FileNotFoundError as error:
        raise VerificationFailed(
            f"the bytes of record {package.id} are not in the store "
            f"({error.filename}); restore them from a replica or a backup"
        ) from None


def _exit_code(error: ServiceError | ExportError) -> int:
    if isinstance(error, ServiceError):
        return error.exit_code
    if isinstance(error, TargetExists):
        return Conflict.exit_code
    return VerificationFailed.exit_code


def _mapping(
    record_id: str, written: Written, into: Path, profile: str
) -> dict[str, Any]:
    verdict = validate(written.path)
    return {
        "id": record_id,
        "path": str(written.path.relative_to(into)),
        "files": written.files,
        "bytes": written.bytes,
        "manifest_sha256": written.manifest_sha256,
        "profile": profile,
        "valid": verdict.valid,
    }
