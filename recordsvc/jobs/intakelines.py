"""What an intake is told, and the lines that it answers with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from recordsvc.services.capture import Captured
from recordsvc.services.display import title_of

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeOptions:
    """What holds for every file of an intake.

    Parameters
    ----------
    common
        Sidecar values for all files (``--class``, ``--type``, ...).
    rows
        Sidecar values by path as given, or by file name.
    origins
        Where a file came from, by path as given.
    wait
        Return only when everything added is searchable.
    intake
        Id by which the papers of one intake are found again; empty for a new one.
    """

    common: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    origins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wait: bool = True
    dry_run: bool = False
    intake: str = ""


@dataclass(slots=True)
class Summary:
    """What became of the files of an intake."""

    added: int = 0
    new_version: int = 0
    duplicate: int = 0
    failed: int = 0
    quarantined: int = 0
    bytes: int = 0
    seconds: float = 0.0

    @property
    def files(self) -> int:
        """Return how many files were looked at."""
        return (
            self.added
            + self.new_version
            + self.duplicate
            + self.failed
            + self.quarantined
        )

    def add(self, more: "Summary") -> None:
        """Add the numbers of another intake to these."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(more, one.name))


def outcome_line(path: str, captured: Captured) -> dict[str, Any]:
    """Return the outcome of a file as INTERFACE section 3 words it."""
    record = captured.record
    file = record.files[0]
    carried = sum(f.is_attachment for f in record.files)
    return {
        "path": path,
        "status": str(captured.status),
        "id": record.id,
        "sha256": file.sha256,
        "mime": file.mime,
        "puid": file.puid,
        "type": record.type,
        "title": title_of(record),
        "identifiers": [
            {"scheme": i.scheme, "value": i.value, "normalised": i.normalised}
            for i in record.identifiers
        ],
        "language": record.language,
        "pages": file.pages,
        "joined": captured.joined,
        "text": file.text,
        "warnings": list(file.warnings),
        "error": file.error,
        **({"attachments": carried} if carried else {}),
    }
