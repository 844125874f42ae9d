"""Try a profile on papers: what it finds, against what a manifest states."""

import csv
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.isolate import ExtractionPool
from ingest.legislatures import own_folder, use_profiles
from ingest.profilecheck import Fault, Measure, check_profile
from recordsvc.services.errors import InvalidRequest

__all__ = ["Fault", "Measure", "check_file", "measure", "read_manifest"]

MAX_PROFILE_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 64 << 20
_WAIT_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Where a profile is tried.

    Parameters
    ----------
    folder
        The papers.
    manifest
        What is stated of each, by its path in the folder.
    workers
        Processes that read papers.
    scratch
        Folder for their work.
    """

    folder: Path
    manifest: Mapping[str, Mapping[str, str]]
    workers: int
    scratch: Path


def check_file(path: Path) -> tuple[Fault, ...]:
    """Return everything that is wrong with the profile in a file.

    Raises
    ------
    InvalidRequest
        If it cannot be read, or is far too large for a profile.
    """
    return check_profile(path.name, _text(path, MAX_PROFILE_BYTES))


def _text(path: Path, most: int) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}") from None
    if len(content) > most:
        raise InvalidRequest(f"{path} is larger than {most} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest(f"{path} is no UTF-8") from None


def read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Return what a manifest states: a CSV with a column ``file`` and fields.

    Raises
    ------
    InvalidRequest
        If it is no such file.
    """
    rows = csv.DictReader(_text(path, MAX_MANIFEST_BYTES).splitlines())
    if "file" not in (rows.fieldnames or ()):
        raise InvalidRequest(f"{path} has no column file")
    try:
        return {
            row["file"]: {k: v for k, v in row.items() if k and v and k != "file"}
            for row in rows
        }
    except csv.Error as error:
        raise InvalidRequest(f"{path}: line {rows.line_num}: {error}") from None


def measure(profile: Path, trial: Trial) -> Measure:
    """Describe papers with a profile beside the others, and compare.

    Raises
    ------
    InvalidRequest
        If a paper of the manifest is not in the folder.
    """
    found = Measure()
    with _counting(profile), _pool(trial) as pool:
        waiting = iter(trial.manifest)
        name = next(waiting, None)
        while name is not None or pool.pending:
            if name is not None and pool.free > 0:
                _submit(pool, trial.folder, name)
                name = next(waiting, None)
                continue
            for result in pool.results(_WAIT_S):
                found.add(result.key, trial.manifest[result.key], result.description)
    found.misses.sort()
    return found


def _submit(pool: ExtractionPool, folder: Path, name: str) -> None:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InvalidRequest(f"{name} is not in {folder}")
    try:
        # Its name is no evidence, so a paper is tried under none.
        pool.submit(name, path, "paper")
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}") from None


def _pool(trial: Trial) -> ExtractionPool:
    return ExtractionPool(trial.workers, scratch=trial.scratch)


@contextmanager
def _counting(profile: Path) -> Iterator[None]:
    """Let a profile count beside those of the installation for a while."""
    before = own_folder()
    with TemporaryDirectory() as folder:
        for path in sorted(before.glob("*.toml")) if before is not None else ():
            shutil.copy(path, folder)
        shutil.copy(profile, Path(folder, profile.name))
        use_profiles(Path(folder))
        try:
            yield
        finally:
            use_profiles(before)
