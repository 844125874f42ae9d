"""The rules of BagIt 0.93 to 1.0, applied to the files of one bag."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from exports.errors import ArchiveRefused
from exports.manifests import Manifest, ManifestReader, report_absent
from exports.names import PATH_FAULTS, SYSTEM_FILES, clash_key, path_fault
from exports.tagfiles import (
    DIGEST_LENGTHS,
    VERSIONS,
    WEAK_ALGORITHMS,
    codec_of,
    decoded_path,
    manifest_name,
    parse_bag_info,
    parse_declaration,
    parse_fetch,
)
from exports.trees import READ_FAULTS

if TYPE_CHECKING:
    from exports.findings import FindingList
    from exports.trees import Tree

_OXUM = re.compile(r"([0-9]{1,19})\.([0-9]{1,19})")
PAYLOAD = "data/"


@dataclass(slots=True)
class Examined:
    """Hold what was read of a bag."""

    version: str | None = None
    bag_info: list[tuple[str, str]] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    payload: dict[str, int] = field(default_factory=dict)
    tag_files: dict[str, int] = field(default_factory=dict)

    def digests(self, *, of_tags: bool, algorithm: str) -> dict[str, str]:
        """Return the listed digest of every file that a manifest covers."""
        found: dict[str, str] = {}
        for manifest in self.manifests:
            if manifest.covers_tags is of_tags and manifest.algorithm == algorithm:
                found |= manifest.entries
        return found

    def algorithms(self, *, of_tags: bool) -> list[str]:
        """Return the algorithms of the manifests, in order."""
        return sorted({m.algorithm for m in self.manifests if m.covers_tags is of_tags})


def examine(tree: Tree, findings: FindingList) -> Examined:
    """Apply every rule but those of a profile; whatever is wrong is a finding.

    Notes
    -----
    Nothing is fetched, nothing is written.
    """
    return _Examination(tree, findings).run()


class _Examination:
    def __init__(self, tree: Tree, findings: FindingList) -> None:
        self.tree = tree
        self.findings = findings
        self.bag = Examined()
        self.codec = "utf-8"
        self.is_strict = False

    def run(self) -> Examined:
        bag, files = self.bag, self.tree.files
        bag.payload = {p: n for p, n in files.items() if p.startswith(PAYLOAD)}
        bag.tag_files = {p: n for p, n in files.items() if not p.startswith(PAYLOAD)}
        if "data" not in self.tree.folders:
            self.findings.error("missing-data", "data", "the bag has no folder data")
        self._declaration()
        if bag.version is None:
            return bag
        fetched = self._fetch()
        self._manifests()
        for manifest in bag.manifests:
            report_absent(manifest, fetched, files, self.findings)
        self._coverage(fetched)
        self._names()
        self._bag_info()
        self._digests()
        return bag

    def _text(self, path: str) -> str | None:
        try:
            return self.tree.read(path).decode(self.codec)
        except UnicodeError:
            message = f"cannot be read in the declared encoding ({self.codec})"
            self.findings.error("tag-file-encoding", path, message)
        except ArchiveRefused as error:
            self.findings.error(error.code, path, error.message)
        except READ_FAULTS as error:
            self.findings.error("unreadable", path, str(error))
        return None

    def _declaration(self) -> None:
        if "bagit.txt" not in self.tree.files:
            message = "there is no bagit.txt: this is no bag"
            self.findings.error("missing-bagit-txt", "bagit.txt", message)
            return
        try:
            content = self.tree.read("bagit.txt")
        except READ_FAULTS as error:
            self.findings.error("unreadable", "bagit.txt", str(error))
            return
        version, encoding, faults = parse_declaration(content)
        for fault in faults:
            self.findings.error("bagit-txt-syntax", "bagit.txt", fault)
        if version is not None and version not in VERSIONS:
            message = f"BagIt {version} is not known; known are {', '.join(VERSIONS)}"
            self.findings.error("unsupported-version", "bagit.txt", message)
        codec = codec_of(encoding) if encoding else "utf-8"
        if codec is None:
            message = f"the encoding {encoding} is not known"
            self.findings.error("unsupported-encoding", "bagit.txt", message)
        # What can be examined under a bad declaration is examined all the same.
        self.codec = codec or "utf-8"
        self.bag.version = version if version in VERSIONS else VERSIONS[-1]
        self.is_strict = self.bag.version == "1.0"

    def _fetch(self) -> set[str]:
        """Judge ``fetch.txt`` and return the safe paths that it names."""
        if "fetch.txt" not in self.tree.files:
            return set()
        text = self._text("fetch.txt")
        lines, faults = parse_fetch(text or "")
        for number, fault in faults:
            self.findings.error("fetch-syntax", "fetch.txt", f"line {number} {fault}")
        found = set()
        for line in lines:
            path = decoded_path(line.path.removeprefix("./"))
            code = path_fault(line.path.removeprefix("./")) or path_fault(path)
            if code is None and not path.startswith(PAYLOAD):
                code = "bad-path"
            if code is not None:
                message = f"fetch.txt: {PATH_FAULTS[code]}"
                self.findings.error(code, line.path, message)
                continue
            found.add(path)
            if urlsplit_scheme(line.url) not in ("http", "https"):
                message = f"the address of {path} is neither http nor https"
                self.findings.warn("fetch-address", "fetch.txt", message)
            actual = self.tree.files.get(path)
            if actual is not None and line.length not in (None, actual):
                message = f"fetch.txt says {line.length} bytes, the file has {actual}"
                self.findings.error("fetch-length", path, message)
        return found

    def _manifests(self) -> None:
        reader = ManifestReader(
            self.tree.files, self.bag.version or VERSIONS[-1], self.findings
        )
        unknown = []
        for path in sorted(self.bag.tag_files):
            named = manifest_name(path)
            if named is None:
                continue
            covers_tags, algorithm = named
            if algorithm not in DIGEST_LENGTHS:
                message = f"the algorithm {algorithm} is not known: not checked"
                self.findings.warn("unknown-algorithm", path, message)
                unknown.append(path)
                continue
            text = self._text(path)
            if text is not None:
                self.bag.manifests.append(
                    reader.read(path, algorithm, text, covers_tags=covers_tags)
                )
        algorithms = self.bag.algorithms(of_tags=False)
        if not algorithms:
            message = "there is no payload manifest that can be checked"
            self.findings.error("missing-manifest", "", message)
        elif set(algorithms) <= WEAK_ALGORITHMS:
            message = f"only {', '.join(algorithms)}: no proof against intent"
            self.findings.warn("weak-algorithm", "", message)

    def _coverage(self, fetched: set[str]) -> None:
        payload = [m for m in self.bag.manifests if not m.covers_tags]
        named = {path for m in payload for path in (*m.entries, *m.absent)}
        for path in sorted(self.bag.payload.keys() - named):
            self.findings.error("unlisted-file", path, "no manifest lists it")
        for path in sorted(fetched - named):
            message = "is to be fetched, but no manifest lists it"
            self.findings.error("fetch-unlisted", path, message)
        for manifest in payload if self.is_strict else ():
            for path in sorted(
                named - manifest.entries.keys() - manifest.absent.keys()
            ):
                message = f"{manifest.name} does not list it, others do"
                self.findings.error("manifest-incomplete", path, message)
        tags = [m for m in self.bag.manifests if m.covers_tags]
        covered = {path for m in tags for path in m.entries}
        for path in sorted(self.bag.tag_files.keys() - covered):
            if tags and not path.startswith("tagmanifest-"):
                message = "no tag manifest lists it: changes go unseen"
                self.findings.warn("unprotected-tag-file", path, message)

    def _names(self) -> None:
        seen: dict[str, str] = {}
        for path in sorted(self.tree.files):
            other = seen.setdefault(clash_key(path), path)
            if other != path:
                message = f"is one file with {other!r} on systems that fold names"
                self.findings.warn("name-clash", path, message)
            if path.rpartition("/")[2].casefold() in SYSTEM_FILES:
                message = "is a file that systems drop into folders"
                self.findings.warn("system-file", path, message)

    def _bag_info(self) -> None:
        if "bag-info.txt" not in self.tree.files:
            return
        text = self._text("bag-info.txt")
        pairs, faults = parse_bag_info(text or "", strict=self.is_strict)
        for number, fault in faults:
            message = f"line {number} {fault}"
            self.findings.error("bag-info-syntax", "bag-info.txt", message)
        self.bag.bag_info = pairs
        for label, value in pairs:
            if label.casefold() == "payload-oxum":
                self._oxum(value)

    def _oxum(self, value: str) -> None:
        match = _OXUM.fullmatch(value)
        if match is None:
            message = "Payload-Oxum is not 'bytes.files'"
            self.findings.error("oxum-syntax", "bag-info.txt", message)
            return
        stated = int(match.group(1)), int(match.group(2))
        actual = sum(self.bag.payload.values()), len(self.bag.payload)
        if stated == actual:
            return
        message = (
            f"Payload-Oxum says {stated[0]} bytes in {stated[1]} files, "
            f"the payload has {actual[0]} in {actual[1]}"
        )
        # Where all that is missing are lost system files, the count tells no more.
        lost = {
            path
            for m in self.bag.manifests
            for path in m.absent
            if path.rpartition("/")[2].casefold() in SYSTEM_FILES
        }
        if lost and stated[1] - actual[1] == len(lost):
            self.findings.warn("oxum-mismatch", "bag-info.txt", message)
        else:
            self.findings.error("oxum-mismatch", "bag-info.txt", message)

    def _digests(self) -> None:
        wanted: dict[str, list[str]] = {}
        for manifest in self.bag.manifests:
            for path in manifest.entries:
                wanted.setdefault(path, []).append(manifest.algorithm)
        actual: dict[str, dict[str, str]] = {}
        for digested in self.tree.digest(wanted):
            path = digested.path
            if digested.error is not None:
                self.findings.error("unreadable", path, digested.error)
            elif digested.size != self.tree.files[path]:
                message = "it changed while it was read"
                self.findings.error("unreadable", path, message)
            else:
                actual[path] = dict(digested.digests)
        for manifest in self.bag.manifests:
            self._compare(manifest, actual)

    def _compare(self, manifest: Manifest, actual: dict[str, dict[str, str]]) -> None:
        for path, digest in manifest.entries.items():
            found = actual.get(path, {}).get(manifest.algorithm)
            if found is not None and found != digest:
                message = (
                    f"its {manifest.algorithm} is {found}, "
                    f"{manifest.name} says {digest}"
                )
                self.findings.error("digest-mismatch", path, message)


def urlsplit_scheme(url: str) -> str:
    """Return the scheme of an address, an empty text when it is none."""
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""
