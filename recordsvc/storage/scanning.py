"""The absence scan: whether a trace is left of what was destroyed."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recordsvc.storage.errors import StorageError
from recordsvc.storage.findings import Hit, Limits, NotScannable
from recordsvc.storage.needles import MIN_NEEDLE_BYTES, Form

__all__ = [
    "Explained",
    "Form",
    "Hit",
    "Limits",
    "NotScannable",
    "Place",
    "ScanReport",
    "Scanned",
    "scan",
]

# Says why a needle may stand where it was found, or None.
Explained = Callable[[Hit], str | None]
_PROGRAM = "recordsvc.storage.looking"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file or folder to look through.

    Parameters
    ----------
    name
        What the certificate calls it.
    """

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """How much was looked through at a place.

    Parameters
    ----------
    exists
        False when there is nothing under its path.
    bytes
        As the files lie there; what was unpacked is not counted.
    """

    name: str
    path: str
    exists: bool
    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What an absence scan saw.

    Parameters
    ----------
    hits
        Needles that stand where they must not.
    explained
        Needles that may stand where they were found, each with the reason.
    left_off
        Hits and unscannable things beyond 10,000, which are not listed.
    """

    places: tuple[Scanned, ...]
    hits: tuple[Hit, ...]
    explained: tuple[tuple[Hit, str], ...]
    not_scannable: tuple[NotScannable, ...]
    left_off: int

    @property
    def is_clean(self) -> bool:
        """Say whether nothing was found in all that could be looked through."""
        return not self.hits and not self.left_off


def unexplained(_hit: Hit) -> str | None:
    """Give no reason: every hit counts."""
    return None


def scan(
    places: Iterable[Place],
    needles: Mapping[str, bytes],
    explained: Explained = unexplained,
    *,
    limits: Limits | None = None,
) -> ScanReport:
    """Look for needles in the bytes of files, and in what is packed in them.

    Parameters
    ----------
    places
        Files and folders; links, pipes, sockets and devices below them are listed
        as not scannable and never opened.
    needles
        Id to bytes, at least 8 each; thousands take one pass.
    explained
        Is asked about every hit.
    limits
        How far packed content is followed.

    Raises
    ------
    ValueError
        If a needle is too short, or two places have one name.
    StorageError
        If the scan could not be carried out: nothing was proved.

    Notes
    -----
    A needle is found as it is, in UTF-16 (both orders), Latin-1, JSON escapes, hex
    and base64; in zlib, gzip, bzip2 and xz streams and in members of ZIP files
    wherever they begin, in tar files, in base64 lines, and in the values of SQLite
    tables. Memory does not grow with the files.
    """
    for needle_id, needle in needles.items():
        if len(needle) < MIN_NEEDLE_BYTES:
            raise ValueError(f"needle {needle_id!r} has fewer than 8 bytes")
    wanted = list(places)
    if len({place.name for place in wanted}) < len(wanted):
        raise ValueError("two places have one name")
    found = _looked(wanted, needles, limits or Limits())
    return report_of(
        (Scanned(**fields) for fields in found["places"]),
        (Hit(**{**one, "form": Form(one["form"])}) for one in found["hits"]),
        (NotScannable(**one) for one in found["not_scannable"]),
        sum(found["left_off"].values()),
        explained,
    )


def report_of(
    places: Iterable[Scanned],
    found: Iterable[Hit],
    not_scannable: Iterable[NotScannable],
    left_off: int,
    explained: Explained,
) -> ScanReport:
    """Return a report in which every hit that has a reason stands apart."""
    hits, excused = [], []
    for hit in found:
        reason = explained(hit)
        if reason is None:
            hits.append(hit)
        else:
            excused.append((hit, reason))
    return ScanReport(
        places=tuple(places),
        hits=tuple(hits),
        explained=tuple(excused),
        not_scannable=tuple(not_scannable),
        left_off=left_off,
    )


def _looked(
    places: list[Place], needles: Mapping[str, bytes], limits: Limits
) -> dict[str, Any]:
    asked = {
        "places": {place.name: str(place.path) for place in places},
        "needles": {i: base64.b64encode(n).decode() for i, n in needles.items()},
        "limits": asdict(limits),
    }
    # See looking.py for why this is a process of its own.
    done = subprocess.run(
        [sys.executable, "-P", "-m", _PROGRAM],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StorageError(
            f"the absence scan ended with {done.returncode}"
            f"{f' ({said[-1]})' if said else ''}; nothing was proved, run it again"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
