"""Our own validator of E-ARK submissions: CSIP and SIP 2.1, read through METS.

It writes nothing, fetches nothing and follows no link.

Codes of errors: those of the requirements themselves (``CSIPSTR4`` ``CSIP1``
``CSIP2`` ``CSIP6`` ``CSIP9`` ``CSIP10`` ``CSIP68`` ``CSIP69`` ``CSIP71`` ``CSIP72``
``CSIP76`` ``CSIP79`` ``CSIP80`` ``CSIP82`` ``CSIP117``), and beside them
``mets-syntax`` ``mets-limit`` ``mets-reference`` ``mets-size`` ``mets-digest``
``mets-unlisted`` ``mets-address`` ``sip-empty`` ``unreadable``, with those of
`exports.names.path_fault` and of opening an archive.

Codes of warnings: ``CSIPSTR5`` ``CSIP17`` ``CSIP58`` ``mets-unlisted`` (of what is no
content).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lxml import etree

from exports.descriptive import Descriptive, read_descriptive
from exports.mets import METS, XLINK
from exports.names import PATH_FAULTS, path_fault
from exports.trees import READ_FAULTS
from exports.xmltext import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exports.findings import FindingList
    from exports.trees import Tree

ROOT_METS = "METS.xml"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
_MAX_METS_BYTES = 64 << 20
_MAX_METS_FILES = 1_000
_APART = frozenset({"metadata", "schemas", "documentation"})
_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
# The kinds of metadata that are read; others are kept in the package.
_DESCRIPTIVE = frozenset({"DC", "MODS"})
_M = f"{{{METS}}}"
_HREF = f"{{{XLINK}}}href"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Hold what a METS document says of one file."""

    path: str
    where: str
    size: str
    algorithm: str
    digest: str


@dataclass(slots=True)
class Submitted:
    """Hold what was read of a submission.

    Attributes
    ----------
    identifier : str
        The OBJID of the package.
    content : tuple of str
        The files that are papers: everything but METS and the folders
        ``metadata``, ``schemas`` and ``documentation``.
    other : tuple of str
        All other files.
    digests : dict of str to (str, str)
        Algorithm and digest that METS lists, by path.
    description : Descriptive or None
        Of the package as a whole.
    described : dict of str to Descriptive
        Of single files, by path.
    """

    identifier: str = ""
    content: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    digests: dict[str, tuple[str, str]] = field(default_factory=dict)
    description: Descriptive | None = None
    described: dict[str, Descriptive] = field(default_factory=dict)


def examine_sip(tree: Tree, findings: FindingList) -> Submitted:
    """Apply the rules to an opened package; whatever is wrong is a finding.

    Notes
    -----
    E-ARK CSIP 2.1.0 and SIP 2.1.0 (https://dilcis.eu). Every file that METS lists is
    read whole and digested.
    """
    return _Examination(tree, findings).run()


def is_content(path: str) -> bool:
    """Say whether a file of a package is a paper, by where it stands.

    Examples
    --------
    >>> is_content("representations/rep1/data/a.pdf"), is_content("data/a.pdf")
    (True, True)
    >>> is_content("representations/rep1/metadata/p.xml"), is_content("METS.xml")
    (False, False)
    """
    parts = path.split("/")
    if parts[-1].lower() == "mets.xml":
        return False
    if parts[0] == "representations":
        parts = parts[2:]
    return bool(parts) and parts[0] not in _APART


class _Examination:
    def __init__(self, tree: Tree, findings: FindingList) -> None:
        self.tree = tree
        self.findings = findings
        self.found = Submitted()
        self.listed: dict[str, Listed] = {}
        self._read: set[str] = set()
        self._waiting: list[str] = []

    def run(self) -> Submitted:
        files = self.tree.files
        self.found.content = tuple(sorted(p for p in files if is_content(p)))
        self.found.other = tuple(sorted(p for p in files if not is_content(p)))
        if ROOT_METS not in files:
            message = "there is no METS.xml at the root: this is no E-ARK package"
            self.findings.error("CSIPSTR4", ROOT_METS, message)
            return self.found
        if not any(p.startswith("representations/") for p in files):
            message = "there is no folder representations"
            self.findings.warn("CSIPSTR5", "representations", message)
        if not self.found.content:
            self.findings.error("sip-empty", "", "it holds no paper")
        self._waiting.append(ROOT_METS)
        while self._waiting and len(self._read) < _MAX_METS_FILES:
            self._document(self._waiting.pop(0))
        if self._waiting:
            message = f"more than {_MAX_METS_FILES} METS documents"
            self.findings.error("mets-limit", self._waiting[0], message)
        self._coverage()
        self._digests()
        return self.found

    def _document(self, path: str) -> None:
        if path in self._read:
            return
        self._read.add(path)
        root = self._parsed(path)
        if root is None:
            return
        if root.tag != f"{_M}mets":
            self.findings.error("mets-syntax", path, "its root is not mets:mets")
            return
        self._head(root, path)
        ids = {}
        section = root.find(f"{_M}fileSec")
        if section is None:
            self.findings.warn("CSIP58", path, "there is no fileSec")
        else:
            for element in section.iter(f"{_M}file"):
                listed = self._file(element, path)
                if listed is not None:
                    ids[element.get("ID", "")] = listed
        self._structure(root, path)
        self._references(root, path)
        self._descriptions(root, path, ids)

    def _parsed(self, path: str) -> etree._Element | None:
        if self.tree.files[path] > _MAX_METS_BYTES:
            message = f"is larger than {_MAX_METS_BYTES} bytes"
            self.findings.error("mets-limit", path, message)
            return None
        try:
            content = b"".join(
                stream.read(_MAX_METS_BYTES) for _, stream in self.tree.walk((path,))
            )
            return etree.fromstring(content, parser())
        except etree.XMLSyntaxError as error:
            self.findings.error("mets-syntax", path, str(error))
        except READ_FAULTS as error:
            self.findings.error("unreadable", path, str(error))
        return None

    def _head(self, root: etree._Element, path: str) -> None:
        for code, name in (("CSIP1", "OBJID"), ("CSIP2", "TYPE"), ("CSIP6", "PROFILE")):
            if not root.get(name, "").strip():
                self.findings.error(code, path, f"mets/@{name} is missing")
        if path == ROOT_METS:
            self.found.identifier = root.get("OBJID", "").strip()[:1_000]
        header = root.find(f"{_M}metsHdr")
        if header is None:
            self.findings.error("CSIP117", path, "there is no metsHdr")
            return
        if not header.get(f"{{{CSIP}}}OAISPACKAGETYPE"):
            message = "metsHdr/@csip:OAISPACKAGETYPE is missing"
            self.findings.error("CSIP9", path, message)
        if header.find(f"{_M}agent") is None:
            message = "metsHdr names no agent that made the package"
            self.findings.error("CSIP10", path, message)

    def _file(self, element: etree._Element, path: str) -> Listed | None:
        named = element.get("ID", "without ID")
        for code, name in (
            ("CSIP68", "MIMETYPE"),
            ("CSIP69", "SIZE"),
            ("CSIP71", "CHECKSUM"),
            ("CSIP72", "CHECKSUMTYPE"),
        ):
            if not element.get(name):
                self.findings.error(code, path, f"file {named}: @{name} is missing")
        place = element.find(f"{_M}FLocat")
        if place is None:
            self.findings.error("CSIP76", path, f"file {named}: there is no FLocat")
            return None
        target = self._target(place, path, f"file {named}", "CSIP79")
        if target is None:
            return None
        listed = Listed(
            path=target,
            where=path,
            size=element.get("SIZE", ""),
            algorithm=element.get("CHECKSUMTYPE", ""),
            digest=element.get("CHECKSUM", "").lower(),
        )
        self._take(listed)
        return listed

    def _take(self, listed: Listed) -> None:
        self.listed.setdefault(listed.path, listed)
        if listed.path.rpartition("/")[2].lower() == "mets.xml":
            self._waiting.append(listed.path)

    def _target(
        self, element: etree._Element, path: str, what: str, code: str
    ) -> str | None:
        """Return the path in the package to which a reference leads."""
        href = element.get(_HREF, "").strip()
        if not href:
            self.findings.error(code, path, f"{what}: @xlink:href is missing")
            return None
        try:
            split = urlsplit(href)
        except ValueError:
            split = None
        if split is None or split.netloc or split.scheme not in {"", "file"}:
            message = f"{what}: {href[:200]} leads out of the package"
            self.findings.error("mets-address", path, message)
            return None
        folder = path.rpartition("/")[0]
        name = unquote(href.removeprefix("file://").removeprefix("file:"))
        name = name.removeprefix("./")
        target = f"{folder}/{name}" if folder else name
        fault = path_fault(target)
        if fault is not None:
            message = f"{what}: {href[:200]}: {PATH_FAULTS[fault]}"
            self.findings.error(fault, path, message)
            return None
        if target not in self.tree.files:
            message = f"{what}: {target} is not in the package"
            self.findings.error("mets-reference", path, message)
            return None
        return target

    def _structure(self, root: etree._Element, path: str) -> None:
        maps = root.findall(f"{_M}structMap")
        if not maps:
            self.findings.error("CSIP80", path, "there is no structMap")
            return
        if not any(one.get("LABEL") == "CSIP" for one in maps):
            message = "no structMap has the LABEL CSIP"
            self.findings.error("CSIP82", path, message)
        for one in maps:
            for pointer in one.iter(f"{_M}mptr"):
                target = self._target(pointer, path, "mptr", "CSIP79")
                if target is not None and target.lower().endswith("mets.xml"):
                    self._waiting.append(target)

    def _descriptions(
        self, root: etree._Element, path: str, ids: dict[str, Listed]
    ) -> None:
        known: dict[str, Descriptive] = {}
        for section in root.findall(f"{_M}dmdSec"):
            description = self._description(section, path)
            if description is not None:
                known[section.get("ID", "")] = description
        if not known and path == ROOT_METS:
            self.findings.warn("CSIP17", path, "there is no descriptive metadata")
        of_files = dict(_of_files(root, ids))
        for target, dmd in of_files.items():
            if dmd in known:
                self.found.described[target] = known[dmd]
        loose = [d for i, d in known.items() if i not in of_files.values()]
        if loose and self.found.description is None:
            self.found.description = loose[0]

    def _description(self, section: etree._Element, path: str) -> Descriptive | None:
        reference = section.find(f"{_M}mdRef")
        if reference is None:
            return read_descriptive(section)
        what = f"dmdSec {section.get('ID', '')}"
        target = self._target(reference, path, what, "CSIP79")
        if target is None:
            return None
        if reference.get("MDTYPE") not in _DESCRIPTIVE:
            return None
        document = self._parsed(target)
        return None if document is None else read_descriptive(document)

    def _references(self, root: etree._Element, path: str) -> None:
        """Take the metadata files that a document refers to, whatever they are."""
        for reference in root.iter(f"{_M}mdRef"):
            what = f"{reference.get('MDTYPE', 'metadata')}"
            target = self._target(reference, path, what, "CSIP79")
            if target is not None:
                self._take(
                    Listed(
                        path=target,
                        where=path,
                        size=reference.get("SIZE", ""),
                        algorithm=reference.get("CHECKSUMTYPE", ""),
                        digest=reference.get("CHECKSUM", "").lower(),
                    )
                )

    def _coverage(self) -> None:
        for path in self.tree.files:
            if path in self.listed or path in self._read:
                continue
            message = "no METS document lists it"
            if is_content(path):
                self.findings.error("mets-unlisted", path, message)
            else:
                self.findings.warn("mets-unlisted", path, message)

    def _digests(self) -> None:
        wanted: dict[str, list[str]] = {}
        for path, listed in self.listed.items():
            actual = self.tree.files[path]
            if listed.size and listed.size != str(actual):
                message = f"{listed.where} says {listed.size} bytes, it has {actual}"
                self.findings.error("mets-size", path, message)
            algorithm = _ALGORITHMS.get(listed.algorithm)
            if algorithm is not None:
                wanted[path] = [algorithm]
                self.found.digests[path] = (algorithm, listed.digest)
            elif listed.algorithm:
                message = f"file {path}: the algorithm {listed.algorithm} is not known"
                self.findings.error("CSIP72", listed.where, message)
        for digested in self.tree.digest(wanted):
            if digested.error is not None:
                self.findings.error("unreadable", digested.path, digested.error)
                continue
            algorithm, stated = self.found.digests[digested.path]
            if digested.digests[algorithm] != stated:
                message = (
                    f"its {algorithm} is {digested.digests[algorithm]}, "
                    f"{self.listed[digested.path].where} says {stated[:128]}"
                )
                self.findings.error("mets-digest", digested.path, message)


def _of_files(
    root: etree._Element, ids: dict[str, Listed]
) -> Iterator[tuple[str, str]]:
    """Yield path and dmdSec of every file that has a description of its own."""
    for division in root.iter(f"{_M}div"):
        pointers = division.findall(f"{_M}fptr")
        dmd = division.get("DMDID", "").split()
        if dmd and len(pointers) == 1:
            listed = ids.get(pointers[0].get("FILEID", ""))
            if listed is not None:
                yield listed.path, dmd[0]
    for element in root.iter(f"{_M}file"):
        listed = ids.get(element.get("ID", ""))
        dmd = element.get("DMDID", "").split()
        if listed is not None and dmd:
            yield listed.path, dmd[0]
