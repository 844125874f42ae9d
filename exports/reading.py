"""Reading one of our own packages: verified whole before a value is believed."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from exports.errors import ArchiveRefused, BadPackage, BagRefused
from exports.findings import FindingList
from exports.layout import RECORD_JSON
from exports.profile import own_profile
from exports.trees import Limits
from exports.validate import judge, opened_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from exports.findings import Report
    from exports.trees import Tree

_FILES = "data/representations/"
MAX_RECORD_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPackage:
    """One of our packages, verified.

    Attributes
    ----------
    record_json : bytes
        The record, byte for byte as it was exported.
    manifest_sha256 : str
        The digest of ``manifest-sha256.txt``: it names this very package.
    bag_info : tuple of (str, str)
        The labels of ``bag-info.txt``.
    """

    path: Path
    report: Report
    record_json: bytes
    manifest_sha256: str
    bag_info: tuple[tuple[str, str], ...]
    _tree: Tree
    _paths: dict[str, str]

    def payloads(self, digests: Iterable[str]) -> Iterator[tuple[str, BinaryIO]]:
        """Yield the files of the record with the given SHA-256 digests.

        A stream lives until the next is taken. The bytes were verified when the
        package was opened, and may have been changed since: digest what is kept.

        Raises
        ------
        BadPackage
            If the package has no file of such a digest.
        """
        wanted = {}
        for digest in dict.fromkeys(digests):
            if digest not in self._paths:
                raise BadPackage(
                    f"{self.path}: the record names a file with SHA-256 {digest}, "
                    "which the package does not hold"
                )
            wanted[self._paths[digest]] = digest
        for path, stream in self._tree.walk(wanted):
            yield wanted[path], stream


@contextmanager
def opened_package(
    path: Path, *, limits: Limits | None = None
) -> Iterator[OpenedPackage]:
    """Open a package of ours for the length of a block.

    Raises
    ------
    BagNotFound
        If nothing stands at the path.
    BagRefused
        If it is no valid bag, or not of our profile.
    BadPackage
        If it is a valid bag of our profile without a record.
    """
    findings = FindingList()
    try:
        with opened_tree(path, findings, limits or Limits()) as tree:
            yield _verified(path, tree, findings)
    except ArchiveRefused as error:
        findings.error(error.code, error.member, error.message)
        raise BagRefused(path, findings.report()) from None


def _verified(path: Path, tree: Tree, findings: FindingList) -> OpenedPackage:
    report, bag = judge(tree, findings, own_profile())
    if not report.valid:
        raise BagRefused(path, report)
    payload = bag.digests(of_tags=False, algorithm="sha256")
    tags = bag.digests(of_tags=True, algorithm="sha256")
    if RECORD_JSON not in payload:
        raise BadPackage(f"{path} holds no {RECORD_JSON}: it is no record of ours")
    return OpenedPackage(
        path=path,
        report=report,
        record_json=_record(path, tree, payload[RECORD_JSON]),
        manifest_sha256=tags["manifest-sha256.txt"],
        bag_info=tuple(bag.bag_info),
        _tree=tree,
        _paths={
            digest: name for name, digest in payload.items() if name.startswith(_FILES)
        },
    )


def _record(path: Path, tree: Tree, digest: str) -> bytes:
    if tree.files[RECORD_JSON] > MAX_RECORD_BYTES:
        raise BadPackage(f"{path}: {RECORD_JSON} is larger than any record may be")
    content = b"".join(
        stream.read(MAX_RECORD_BYTES + 1) for _, stream in tree.walk((RECORD_JSON,))
    )
    if hashlib.sha256(content).hexdigest() != digest:
        raise BadPackage(f"{path}: {RECORD_JSON} changed while it was read")
    return content
