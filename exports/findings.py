"""What a validation says: findings and their report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Hold one fact about a bag that breaks or strains a rule.

    Attributes
    ----------
    code : str
        A stable word, for example ``digest-mismatch``.
    path : str
        The file concerned, relative to the bag; empty for the bag itself.
    message : str
        What is wrong, for a person.
    """

    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold the verdict on a bag.

    Attributes
    ----------
    valid : bool
        True when there is no error.
    errors, warnings : tuple of Finding
        Ordered by path, then code; the same for the same bag.
    version : str or None
        The BagIt version that the bag declares.
    payload_files, payload_bytes : int
        What was counted below ``data/``.
    """

    valid: bool
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    version: str | None = None
    payload_files: int = 0
    payload_bytes: int = 0


class FindingList:
    """Collect findings while a bag is examined."""

    def __init__(self) -> None:
        self._errors: set[Finding] = set()
        self._warnings: set[Finding] = set()

    def error(self, code: str, path: str, message: str) -> None:
        """Add an error."""
        self._errors.add(Finding(code=code, path=path, message=message))

    def warn(self, code: str, path: str, message: str) -> None:
        """Add a warning."""
        self._warnings.add(Finding(code=code, path=path, message=message))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the errors in their stable order."""
        return tuple(sorted(self._errors, key=_order))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the warnings in their stable order."""
        return tuple(sorted(self._warnings, key=_order))

    def report(
        self,
        *,
        version: str | None = None,
        payload_files: int = 0,
        payload_bytes: int = 0,
    ) -> Report:
        """Close the list into a report."""
        return Report(
            valid=not self._errors,
            errors=self.errors,
            warnings=self.warnings,
            version=version,
            payload_files=payload_files,
            payload_bytes=payload_bytes,
        )


def _order(finding: Finding) -> tuple[str, str, str]:
    return finding.path, finding.code, finding.message
