"""Manifests: which file each line means, under every dialect there is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exports.names import PATH_FAULTS, SYSTEM_FILES, clash_key, path_fault
from exports.tagfiles import decoded_path, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from exports.findings import FindingList
    from exports.tagfiles import ManifestLine

_STRAY_PERCENT = re.compile(r"%(?!25|0[AaDd])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Hold one manifest as read.

    Attributes
    ----------
    name : str
        The file it stands in.
    covers_tags : bool
        True for a tag manifest.
    entries : dict of str to str
        Digest by the path of a file that is there.
    absent : dict of str to str
        Digest by the path of a file that is not.
    """

    name: str
    algorithm: str
    covers_tags: bool
    entries: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


class ManifestReader:
    """Read the manifests of one bag.

    Parameters
    ----------
    files : mapping of str to int
        Every file of the bag.
    version : str
        The declared BagIt version; some rules are stricter in 1.0.
    """

    def __init__(
        self, files: Mapping[str, int], version: str, findings: FindingList
    ) -> None:
        self._files = files
        self._strict = version == "1.0"
        self._findings = findings
        self._composed: dict[str, str] | None = None

    def read(
        self, name: str, algorithm: str, text: str, *, covers_tags: bool
    ) -> Manifest:
        """Read a manifest; every fault becomes a finding."""
        manifest = Manifest(name=name, algorithm=algorithm, covers_tags=covers_tags)
        lines, faults = parse_manifest(text, algorithm)
        for number, fault in faults:
            self._findings.error("manifest-syntax", name, f"line {number} {fault}")
        is_legacy = any(_STRAY_PERCENT.search(line.path) for line in lines)
        for line in lines:
            self._enter(line, manifest, is_legacy=is_legacy)
        return manifest

    def _enter(
        self, line: ManifestLine, manifest: Manifest, *, is_legacy: bool
    ) -> None:
        written = self._undressed(line, manifest.name)
        if not self._belongs(written, manifest):
            return
        found = self._file_of(written, manifest.name, is_legacy=is_legacy)
        path = decoded_path(written) if found is None else found
        known = manifest.absent if found is None else manifest.entries
        if path in known:
            self._repeated(path, manifest.name, same=known[path] == line.digest)
            return
        known[path] = line.digest

    def _undressed(self, line: ManifestLine, name: str) -> str:
        path = line.path
        if line.starred:
            message = "paths begin with *, as some digest tools write them"
            self._findings.warn("binary-star", name, message)
        if path.startswith("./"):
            self._findings.warn("dot-slash", name, "paths begin with ./")
            path = path.removeprefix("./")
        return path

    def _belongs(self, path: str, manifest: Manifest) -> bool:
        code = path_fault(path) or path_fault(decoded_path(path))
        if code is not None:
            self._findings.error(code, path, f"{manifest.name}: {PATH_FAULTS[code]}")
            return False
        in_payload = path.startswith("data/")
        if in_payload is manifest.covers_tags:
            message = (
                f"{manifest.name} may list tag files only"
                if in_payload
                else f"{manifest.name} may list files below data/ only"
            )
            self._findings.error("wrong-manifest", path, message)
            return False
        if manifest.covers_tags and path.startswith("tagmanifest-"):
            message = f"{manifest.name} may list no tag manifest"
            self._findings.error("wrong-manifest", path, message)
            return False
        return True

    def _file_of(self, written: str, name: str, *, is_legacy: bool) -> str | None:
        """Find the file that a line means.

        RFC 8493 section 2.1.3 percent-encodes ``%``, CR and LF; most tools before
        and after it write names raw. A manifest with a ``%`` that encodes nothing
        is raw throughout.
        """
        decoded = decoded_path(written)
        readings = [decoded, written]
        if is_legacy or not self._strict:
            readings.reverse()
        for path in readings:
            if path in self._files:
                if path == written and "%" in written:
                    message = (
                        "a raw % stands in the paths, which RFC 8493 section 2.1.3 "
                        "writes %25"
                    )
                    self._findings.warn("percent-encoding-legacy", name, message)
                return path
        for path in readings:
            twin = self._composed_paths().get(unicodedata.normalize("NFC", path))
            if twin is not None:
                message = "is listed in another Unicode normalisation form"
                self._findings.warn("unicode-normalization", twin, message)
                return twin
        return None

    def _composed_paths(self) -> dict[str, str]:
        if self._composed is None:
            self._composed = {
                unicodedata.normalize("NFC", path): path for path in self._files
            }
        return self._composed

    def _repeated(self, path: str, name: str, *, same: bool) -> None:
        if not same:
            message = f"{name} lists it twice with different digests"
            self._findings.error("duplicate-entry", path, message)
        elif self._strict:
            message = f"{name} lists it twice"
            self._findings.error("duplicate-entry", path, message)
        else:
            self._findings.warn("duplicate-entry", path, f"{name} lists it twice")


def report_absent(
    manifest: Manifest,
    fetched: Collection[str],
    files: Mapping[str, int],
    findings: FindingList,
) -> None:
    """Say of every file that is listed and not there what that means.

    Parameters
    ----------
    fetched : collection of str
        Paths that ``fetch.txt`` names.

    Notes
    -----
    A name that differs from another entry with the same digest in case or
    normalisation alone is one file on some systems, and files that systems drop
    into folders get lost on the way: both are warnings, not losses.
    """
    twins = {(clash_key(path), d) for path, d in manifest.entries.items()}
    for path, digest in manifest.absent.items():
        name = path.rpartition("/")[2]
        if (clash_key(path), digest) in twins:
            message = "is one file with another entry on systems that fold names"
            findings.warn("name-clash", path, message)
        elif path in fetched:
            message = (
                "is to be fetched, which is never done here: the bag is incomplete"
            )
            findings.error("incomplete", path, message)
        elif name.casefold() in SYSTEM_FILES and path not in files:
            findings.warn("system-file", path, "a system's own file got lost")
        else:
            message = f"is listed in {manifest.name} and missing"
            findings.error("missing-file", path, message)
