"""What a submission holds: its files one after the other, wherever they lie."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from exports.trees import Digested, Tree
from ingest.archives import (
    READ_FAULTS,
    Archive,
    ArchiveError,
    ArchiveLimits,
    Member,
    looks_like_archive,
    open_archive,
    safe_path,
)
from recordsvc.jobs.receipts import Rule, plain
from recordsvc.jobs.watched import Sighting
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.sidecarfiles import parse_sidecar

MAX_SIDECAR_BYTES = 8 << 20
MAX_SIDECARS = 1_000
_CHUNK_BYTES = 1 << 20

# What is no UTF-8 is a ValueError as well.
_SIDECAR_FAULTS: tuple[type[Exception], ...] = (InvalidRequest, *READ_FAULTS)

Rows = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One file of a submission, copied to where the intake reads it.

    Parameters
    ----------
    path
        Its safe path in the package; in an inner archive, joined to the archive's.
    stated
        Its path as the package gives it.
    row
        What a sidecar in the package says of it.
    content
        Its bytes in a file without a name, or None for one that is not taken.
    rules
        What it fails or strains.
    is_archive
        It was taken apart; what it held comes next.
    """

    path: str
    stated: str
    row: Mapping[str, str] = field(default_factory=dict)
    content: IO[bytes] | None = None
    rules: tuple[Rule, ...] = ()
    is_archive: bool = False


def read_sidecars(
    sidecars: Iterator[tuple[str, BinaryIO]],
) -> tuple[Rows, list[Rule]]:
    """Return what the sidecars of a package say by path, and what is wrong with them.

    Parameters
    ----------
    sidecars
        Path and stream of each.
    """
    rows: Rows = {}
    wrong: list[Rule] = []
    read: list[tuple[str, Rows]] = []
    for path, stream in sidecars:
        try:
            read.append((path, _sidecar(path, stream, len(read))))
        except _SIDECAR_FAULTS as error:
            wrong.append(Rule(code="sidecar-refused", place=path, message=str(error)))
    # That of one paper comes after that of its folder, and wins.
    for path, found in sorted(read, key=lambda one: (len(one[0]), one[0])):
        folder = path.rpartition("/")[0]
        for name, values in found.items():
            place = "/".join(filter(None, (folder, *safe_path(name))))
            rows[place] = {**rows.get(place, {}), **values}
    return rows, wrong


def _sidecar(path: str, stream: BinaryIO, before: int) -> Rows:
    content = stream.read(MAX_SIDECAR_BYTES + 1)
    if len(content) > MAX_SIDECAR_BYTES or before >= MAX_SIDECARS:
        raise InvalidRequest("it is too large, or one of too many")
    return parse_sidecar(path.rpartition("/")[2], content.decode("utf-8-sig"))


def is_sidecar(path: str) -> bool:
    """Say whether a file tells of papers instead of being one.

    Examples
    --------
    >>> is_sidecar("a/metadata.csv"), is_sidecar("a.pdf.metadata.json")
    (True, True)
    """
    return Sighting(relative=path, size=0, mtime_ns=0, inode=0).is_sidecar


@dataclass(slots=True, kw_only=True)
class Copier:
    """Copies streams into files without a name, and believes no size.

    Parameters
    ----------
    scratch
        Folder in which they lie; nothing of them is left behind, however this ends.
    """

    scratch: Path

    def copy(
        self, stream: BinaryIO, digest: tuple[str, str] | None = None
    ) -> IO[bytes]:
        """Copy a stream.

        Parameters
        ----------
        digest
            Algorithm and digest that it has to have.

        Raises
        ------
        InvalidRequest
            If it has another one.
        """
        check = hashlib.new(digest[0], usedforsecurity=False) if digest else None
        copy = TemporaryFile(dir=self.scratch)  # noqa: SIM115 - the intake reads it
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                copy.write(chunk)
                if check is not None:
                    check.update(chunk)
            copy.flush()
        except BaseException:
            copy.close()
            raise
        if check is not None and digest and check.hexdigest() != digest[1]:
            copy.close()
            raise InvalidRequest("it changed after the package was checked")
        return copy


class ArchiveFiles:
    """The files of an archive, and of the archives in it down to a depth.

    Parameters
    ----------
    stream
        The archive, open for reading.

    Raises
    ------
    ArchiveError
        If it cannot be listed within the limits.
    """

    def __init__(self, stream: BinaryIO, copier: Copier, limits: ArchiveLimits) -> None:
        self._copier = copier
        self._limits = limits
        self._archive = open_archive(stream, limits, limits.max_bytes)
        size = stream.seek(0, os.SEEK_END)
        # What is packed twice counts as coming out of the one that was handed in.
        self._room = limits.expanded(size) - _weight(self._archive)
        self.rows, self.wrong = self._sidecars(self._archive)

    @property
    def members(self) -> tuple[Member, ...]:
        """Return the entries of the outermost archive."""
        return self._archive.members

    def _sidecars(self, archive: Archive) -> tuple[Rows, list[Rule]]:
        beside = {
            member.number
            for member in archive.members
            if member.fault is None and is_sidecar(member.path)
        }
        if not beside:
            return {}, []
        opened = archive.contents(beside)
        return read_sidecars((member.path, stream) for member, stream in opened)

    def __iter__(self) -> Iterator[Arrived]:
        yield from self._files(self._archive, self.rows, "", 1)

    def _files(
        self, archive: Archive, rows: Rows, within: str, depth: int
    ) -> Iterator[Arrived]:
        for member in archive.members:
            if member.fault is not None:
                yield self._left(member, within, member.fault, member.message)
        taken = {m.number for m in archive.members if m.fault is None}
        for member, stream in archive.contents(taken):
            if is_sidecar(member.path):
                yield Arrived(path=within + member.path, stated=member.stated)
                continue
            try:
                content = self._copier.copy(stream)
            except READ_FAULTS as error:
                yield self._left(member, within, "member-damaged", str(error))
                continue
            row = rows.get(member.path, {})
            yield from self._opened(member, row, content, within, depth)

    def _left(self, member: Member, within: str, code: str, message: str) -> Arrived:
        path = within + member.path
        rule = Rule(code=code, place=path, message=message)
        return Arrived(path=path, stated=member.stated, rules=(rule,))

    def _opened(
        self,
        member: Member,
        row: Mapping[str, str],
        content: IO[bytes],
        within: str,
        depth: int,
    ) -> Iterator[Arrived]:
        """Yield a member, or what is in it when it is an archive itself."""
        path = within + member.path
        rules: list[Rule] = []
        if plain(member.stated).removeprefix("./") != member.path:
            stated = plain(member.stated)
            message = f"stands in the archive as {stated!r}"
            rules.append(_warning("member-renamed", path, message))
        inner = None
        if looks_like_archive(content):  # type: ignore[arg-type]
            inner, rule = self._inner(content, path, depth)
            rules += [rule] if rule else []
        if inner is None:
            yield Arrived(
                path=path,
                stated=member.stated,
                row=row,
                content=content,
                rules=tuple(rules),
            )
            return
        with content:
            inner_rows, wrong = self._sidecars(inner)
            yield Arrived(
                path=path,
                stated=member.stated,
                rules=(*rules, *wrong),
                is_archive=True,
            )
            yield from self._files(inner, inner_rows, f"{path}/", depth + 1)

    def _inner(
        self, content: IO[bytes], path: str, depth: int
    ) -> tuple[Archive | None, Rule | None]:
        """Open an archive in an archive; what cannot be opened is a paper as it is."""
        if depth >= self._limits.max_depth:
            message = f"archives are opened {self._limits.max_depth} deep; kept whole"
            return None, _warning("archive-depth", path, message)
        try:
            inner = open_archive(content, self._limits, self._room)  # type: ignore[arg-type]
        except ArchiveError as error:
            if error.code in {"archive-paper", "archive-unknown"}:
                return None, None
            return None, _warning(error.code, path, f"{error.message}; kept whole")
        self._room -= _weight(inner)
        return inner, None


def _warning(code: str, place: str, message: str) -> Rule:
    return Rule(code=code, place=place, message=message, is_error=False)


def _weight(archive: Archive) -> int:
    return sum(member.bytes for member in archive.members)


@dataclass(slots=True, kw_only=True)
class TreeFiles:
    """The papers of an opened bag or E-ARK package.

    Parameters
    ----------
    papers
        Their paths.
    others
        Files that are no papers.
    digests
        Algorithm and digest of each, as they were checked.
    """

    tree: Tree
    papers: tuple[str, ...]
    others: tuple[str, ...]
    digests: Mapping[str, tuple[str, str]]
    copier: Copier
    rows: Rows = field(default_factory=dict)

    def __iter__(self) -> Iterator[Arrived]:
        for path in self.others:
            yield Arrived(path=path, stated=path)
        for path, stream in self.tree.walk(self.papers):
            shown = "/".join(filter(None, safe_path(path))) or path
            try:
                content = self.copier.copy(stream, self.digests.get(path))
            except InvalidRequest as error:
                rule = Rule(code="member-changed", place=path, message=str(error))
                yield Arrived(path=shown, stated=path, rules=(rule,))
            except READ_FAULTS as error:
                rule = Rule(code="member-damaged", place=path, message=str(error))
                yield Arrived(path=shown, stated=path, rules=(rule,))
            else:
                row = self.rows.get(path, {})
                yield Arrived(path=shown, stated=path, row=row, content=content)


class Within:
    """A folder of a tree, seen as a tree of its own.

    Parameters
    ----------
    below
        The folder with its final slash.
    """

    def __init__(self, tree: Tree, below: str) -> None:
        self._tree = tree
        self._below = below
        self.form = tree.form
        inside = [p for p in tree.files if p.startswith(below)]
        self.files = {p.removeprefix(below): tree.files[p] for p in inside}
        folders = (f for f in tree.folders if f.startswith(below))
        self.folders = {folder.removeprefix(below) for folder in folders}

    def read(self, path: str) -> bytes:
        """Return the content of a tag file."""
        return self._tree.read(self._below + path)

    def digest(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Digested]:
        """Read files and digest them."""
        outer = {self._below + path: names for path, names in wanted.items()}
        for digested in self._tree.digest(outer):
            path = digested.path.removeprefix(self._below)
            yield replace(digested, path=path)

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Open files one by one."""
        for path, stream in self._tree.walk([self._below + path for path in paths]):
            yield path.removeprefix(self._below), stream

    def close(self) -> None:
        """Leave the tree open: who opened it closes it."""
