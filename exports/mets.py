"""METS 1.12.1: one small file for the package, one for each representation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from lxml import etree

from exports.xmltext import serialise, to_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exports.package import Package

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
_PREFIX = f"{{{METS}}}"

ADMINISTRATIVE = ("PREMIS", "ERMS")
"""What stands below ``metadata/preservation`` (CSIP 2.1 section 5.3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Name one file of a METS document.

    Attributes
    ----------
    path : str
        Relative to the METS file.
    mime : str
        The media type.
    bytes : int
        The size in bytes.
    sha256 : str
        Lower-case hexadecimal.
    position : str
        Where it hangs in another file of the package, such as ``2.1``; else empty.
    """

    path: str
    mime: str
    bytes: int
    sha256: str
    position: str = ""


def package_mets(
    package: Package,
    *,
    agent: str,
    metadata: Sequence[tuple[str, Described]],
    documentation: Sequence[Described],
    representations: Sequence[tuple[str, Described]],
) -> bytes:
    """Write the METS file at the top of the payload.

    Parameters
    ----------
    agent : str
        Name and version of the program that writes.
    metadata : sequence of (str, Described)
        Metadata files with their METS type: ``DC``, ``PREMIS`` or ``OTHER``; or
        ``ERMS``, which METS does not list.
    documentation : sequence of Described
        Files that explain the package.
    representations : sequence of (str, Described)
        The METS files of the representations, by their names.
    """
    root = _root(package, package.name, agent)
    described, administered = _metadata(root, metadata)
    section = _child(root, "fileSec")
    divisions: list[tuple[str, list[str]]] = []
    if documentation:
        divisions.append(
            ("Documentation", _group(section, "Documentation", documentation, "doc"))
        )
    for number, (name, mets) in enumerate(representations, 1):
        label = f"Representations/{name}"
        ids = _group(section, label, (mets,), f"rep{number}")
        divisions.append((label, ids))
    _structure(root, package.name, described, administered, divisions)
    return serialise(root)


def representation_mets(
    package: Package,
    name: str,
    *,
    agent: str,
    premis: Described,
    files: Sequence[Described],
) -> bytes:
    """Write the METS file of one representation."""
    root = _root(package, f"{package.name}/{name}", agent)
    described, administered = _metadata(root, (("PREMIS", premis),))
    ids = _group(_child(root, "fileSec"), "Data", files, "file")
    loose = [i for i, file in zip(ids, files, strict=True) if not file.position]
    hung = [(i, file) for i, file in zip(ids, files, strict=True) if file.position]
    divisions = [("Data", loose)] if loose or not hung else []
    top = _structure(root, name, described, administered, divisions)
    _hang(top, hung)
    return serialise(root)


def _hang(top: etree._Element, files: Sequence[tuple[str, Described]]) -> None:
    """Add a division for each file that another carries, inside that of its carrier.

    The division of a carrier comes before those of what it carries.
    """
    divisions: dict[str, etree._Element] = {}
    for identifier, file in files:
        above, _, number = file.position.rpartition(".")
        division = _child(divisions.get(above, top), "div")
        division.set("TYPE", "Attachment")
        division.set("ORDER", number)
        division.set("LABEL", to_xml(file.path.rpartition("/")[2]))
        _child(division, "fptr").set("FILEID", identifier)
        divisions[file.position] = division


def _root(package: Package, identifier: str, agent: str) -> etree._Element:
    root = etree.Element(f"{{{METS}}}mets", nsmap={"mets": METS, "xlink": XLINK})
    root.set("OBJID", identifier)
    root.set("TYPE", "Record")
    header = _child(root, "metsHdr")
    header.set("CREATEDATE", package.modified.isoformat(timespec="seconds"))
    creator = _child(header, "agent")
    creator.set("ROLE", "CREATOR")
    creator.set("TYPE", "OTHER")
    creator.set("OTHERTYPE", "SOFTWARE")
    _child(creator, "name").text = to_xml(agent)
    record = _child(header, "altRecordID")
    record.set("TYPE", "record")
    record.text = to_xml(package.id)
    return root


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, _PREFIX + name)


def _metadata(
    root: etree._Element, files: Iterable[tuple[str, Described]]
) -> tuple[list[str], list[str]]:
    described: list[str] = []
    administered: list[tuple[str, str, Described]] = []
    for number, (kind, file) in enumerate(files, 1):
        if kind in ADMINISTRATIVE:
            administered.append((f"prov{number}", kind, file))
            continue
        section = _child(root, "dmdSec")
        section.set("ID", f"dmd{number}")
        _reference(section, kind, file)
        described.append(f"dmd{number}")
    if administered:
        holder = _child(root, "amdSec")
        for identifier, kind, file in administered:
            section = _child(holder, "digiprovMD")
            section.set("ID", identifier)
            _reference(section, kind, file)
    return described, [identifier for identifier, _, _ in administered]


def _reference(section: etree._Element, kind: str, file: Described) -> None:
    reference = _child(section, "mdRef")
    _locate(reference, file.path)
    reference.set("MDTYPE", "OTHER" if kind == "ERMS" else kind)
    if kind == "ERMS":
        reference.set("OTHERMDTYPE", kind)
    elif kind == "OTHER":
        reference.set("OTHERMDTYPE", file.path.rpartition("/")[2])
    _core(reference, file)


def _locate(element: etree._Element, path: str) -> None:
    element.set("LOCTYPE", "URL")
    element.set(f"{{{XLINK}}}type", "simple")
    element.set(f"{{{XLINK}}}href", quote(path))


def _core(element: etree._Element, file: Described) -> None:
    element.set("MIMETYPE", to_xml(file.mime))
    element.set("SIZE", str(file.bytes))
    element.set("CHECKSUM", file.sha256)
    element.set("CHECKSUMTYPE", "SHA-256")


def _group(
    section: etree._Element, use: str, files: Iterable[Described], stem: str
) -> list[str]:
    group = _child(section, "fileGrp")
    group.set("USE", use)
    ids = []
    for number, file in enumerate(files, 1):
        element = _child(group, "file")
        element.set("ID", f"{stem}-{number}")
        _core(element, file)
        _locate(_child(element, "FLocat"), file.path)
        ids.append(f"{stem}-{number}")
    return ids


def _structure(
    root: etree._Element,
    label: str,
    described: list[str],
    administered: list[str],
    divisions: list[tuple[str, list[str]]],
) -> etree._Element:
    """Add the map of the structure; return its topmost division."""
    structure = _child(root, "structMap")
    structure.set("TYPE", "PHYSICAL")
    top = _child(structure, "div")
    top.set("LABEL", to_xml(label))
    if described:
        top.set("DMDID", " ".join(described))
    if administered:
        top.set("ADMID", " ".join(administered))
    for name, ids in divisions:
        division = _child(top, "div")
        division.set("LABEL", name)
        for identifier in ids:
            _child(division, "fptr").set("FILEID", identifier)
    return top
