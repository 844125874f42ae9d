"""The errors of the package: one tree, each carrying its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from exports.findings import Report


class ExportError(Exception):
    """Say that a package could not be written, read or compared."""


class BagNotFound(ExportError):
    """Say that nothing stands at the given path."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no bag at {path}: check the path")
        self.path = path


class TargetExists(ExportError):
    """Say that the place of the new package is taken."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} exists already: move it away or choose another folder; "
            "packages are never overwritten"
        )
        self.path = path


class PayloadMismatch(ExportError):
    """Say that bytes read from the store are not the bytes described."""

    def __init__(self, name: str, fact: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{name!r} has {fact} {actual}, but {expected} was recorded: "
            "run a fixity check on this file; no package was written"
        )
        self.name = name
        self.fact = fact
        self.expected = expected
        self.actual = actual


class UnsafeName(ExportError):
    """Say that a name cannot stand in a package."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name!r} cannot be used in a package: {reason}")
        self.name = name
        self.reason = reason


class BadPackage(ExportError):
    """Say that the description of a package contradicts itself or a standard."""


class BagRefused(ExportError):
    """Say that a bag is not what it claims to be.

    Attributes
    ----------
    path : Path
        The bag.
    report : Report
        Every finding; its errors say why.
    """

    def __init__(self, path: Path, report: Report) -> None:
        first = report.errors[0]
        more = len(report.errors) - 1
        tail = f" and {more} more" if more else ""
        super().__init__(
            f"{path} is not a valid bag: {first.path or '.'}: {first.message}{tail}"
        )
        self.path = path
        self.report = report


class ArchiveRefused(ExportError):
    """Say that an archive is damaged, dangerous or beyond the limits.

    Attributes
    ----------
    code : str
        One of the finding codes of `exports.validate`.
    member : str
        The member at fault, or an empty text for the whole archive.
    """

    def __init__(self, code: str, member: str, message: str) -> None:
        super().__init__(f"{member}: {message}" if member else message)
        self.code = code
        self.member = member
        self.message = message


class ProfileRefused(ExportError):
    """Say that a BagIt profile cannot be read."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path} is no BagIt profile: {reason}")
        self.path = path
        self.reason = reason


class MalformedJSON(ExportError):
    """Say that bytes are no JSON that can be read in one way only."""


class CertificateFault(ExportError):
    """Say that the facts of a certificate contradict themselves; none was made."""


class CertificateRefused(ExportError):
    """Say that a certificate was altered, is incomplete or is signed by nobody known.

    Attributes
    ----------
    faults : tuple of str
        Each a sentence, most with the place at fault.
    """

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("this certificate proves nothing: " + listed(faults))
        self.faults = faults


class ReceiptRefused(ExportError):
    """Say that a transfer receipt cannot be read.

    Attributes
    ----------
    faults : tuple of str
        Each a sentence with the place at fault.
    """

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(
            "the receipt was refused, nothing was changed: " + listed(faults)
        )
        self.faults = faults


def listed(faults: tuple[str, ...]) -> str:
    """Join faults for one message; after the fifth only their number is told."""
    shown = "; ".join(faults[:5])
    more = len(faults) - 5
    return f"{shown}; and {more} more" if more > 0 else shown
