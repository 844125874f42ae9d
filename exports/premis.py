"""PREMIS 3: the entity with its events and agents, and each representation's files."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lxml import etree

from exports.xmltext import escaped, serialise, to_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from exports.package import Agent, Package, Payload, PreservationEvent

PREMIS = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LOCAL = "local"
_PREFIX = f"{{{PREMIS}}}"
_NO_CARRIERS: Mapping[str, str] = MappingProxyType({})

_DOCUMENT = f"""\
<?xml version='1.0' encoding='UTF-8'?>
<premis:premis xmlns:premis="{PREMIS}" xmlns:xsi="{XSI}" version="3.0">
  <premis:object xsi:type="premis:representation">
    <premis:objectIdentifier>
      <premis:objectIdentifierType>local</premis:objectIdentifierType>
      <premis:objectIdentifierValue>{{owner}}</premis:objectIdentifierValue>
    </premis:objectIdentifier>
  </premis:object>
{{objects}}</premis:premis>
"""
_FILE = """\
  <premis:object xsi:type="premis:file">
    <premis:objectIdentifier>
      <premis:objectIdentifierType>local</premis:objectIdentifierType>
      <premis:objectIdentifierValue>{owner}/{path}</premis:objectIdentifierValue>
    </premis:objectIdentifier>
    <premis:objectCharacteristics>
      <premis:fixity>
        <premis:messageDigestAlgorithm>SHA-256</premis:messageDigestAlgorithm>
        <premis:messageDigest>{sha256}</premis:messageDigest>
      </premis:fixity>
      <premis:size>{size}</premis:size>
      <premis:format>
        <premis:formatDesignation>
          <premis:formatName>{mime}</premis:formatName>
        </premis:formatDesignation>
{registry}{note}      </premis:format>
    </premis:objectCharacteristics>
    <premis:originalName>{original}</premis:originalName>
    <premis:storage>
      <premis:contentLocation>
        <premis:contentLocationType>path</premis:contentLocationType>
        <premis:contentLocationValue>{path}</premis:contentLocationValue>
      </premis:contentLocation>
    </premis:storage>
    <premis:relationship>
      <premis:relationshipType>structural</premis:relationshipType>
      <premis:relationshipSubType>is part of</premis:relationshipSubType>
      <premis:relatedObjectIdentifier>
        <premis:relatedObjectIdentifierType>local</premis:relatedObjectIdentifierType>
        <premis:relatedObjectIdentifierValue>{owner}</premis:relatedObjectIdentifierValue>
      </premis:relatedObjectIdentifier>
    </premis:relationship>
{carried}  </premis:object>
"""
_CARRIED = """\
    <premis:relationship>
      <premis:relationshipType>derivation</premis:relationshipType>
      <premis:relationshipSubType>has source</premis:relationshipSubType>
      <premis:relatedObjectIdentifier>
        <premis:relatedObjectIdentifierType>local</premis:relatedObjectIdentifierType>
        <premis:relatedObjectIdentifierValue>{carrier}</premis:relatedObjectIdentifierValue>
        <premis:relatedObjectSequence>{number}</premis:relatedObjectSequence>
      </premis:relatedObjectIdentifier>
    </premis:relationship>
"""
_REGISTRY = """\
        <premis:formatRegistry>
          <premis:formatRegistryName>PRONOM</premis:formatRegistryName>
          <premis:formatRegistryKey>{puid}</premis:formatRegistryKey>
        </premis:formatRegistry>
"""
_NOTE = """\
        <premis:formatNote>{note}</premis:formatNote>
"""


def entity_premis(package: Package, representations: Iterable[str]) -> bytes:
    """Describe the record, its representations, what happened and who acted."""
    root = _root()
    entity = _object(root, "intellectualEntity", package.id)
    names = tuple(representations)
    for name in names:
        _relate(entity, "is represented by", _representation_id(package, name))
    for name in names:
        part = _object(root, "representation", _representation_id(package, name))
        _relate(part, "represents", package.id)
    known = {agent.id for agent in package.agents}
    for event in package.events:
        _event(root, event, package.id, known)
    for agent in package.agents:
        _agent(root, agent)
    return serialise(root)


def representation_premis(
    package: Package,
    name: str,
    files: Iterable[tuple[str, Payload]],
    carriers: Mapping[str, str] = _NO_CARRIERS,
) -> bytes:
    """Describe the files of one representation.

    Parameters
    ----------
    files : iterable of (str, Payload)
        Each with its path relative to the representation's folder.
    carriers : mapping of str to str
        The PREMIS identifier (without the record's) of the file at each position:
        a file that another carries was taken out of it.

    Notes
    -----
    Written by template: a record may have thousands of files, and a tree of them
    costs ten times the digests.
    """
    owner = escaped(_representation_id(package, name))
    known = {position: f"{package.id}/{path}" for position, path in carriers.items()}
    objects = "".join(_file(owner, path, payload, known) for path, payload in files)
    return _DOCUMENT.format(owner=owner, objects=objects).encode()


def _root() -> etree._Element:
    root = etree.Element(f"{{{PREMIS}}}premis", nsmap={"premis": PREMIS, "xsi": XSI})
    root.set("version", "3.0")
    return root


def _representation_id(package: Package, name: str) -> str:
    return f"{package.id}/{name}"


def _child(
    parent: etree._Element, name: str, text: str | None = None
) -> etree._Element:
    element = etree.SubElement(parent, _PREFIX + name)
    if text is not None:
        element.text = to_xml(text)
    return element


def _object(root: etree._Element, kind: str, identifier: str) -> etree._Element:
    element = _child(root, "object")
    element.set(f"{{{XSI}}}type", f"premis:{kind}")
    _identify(_child(element, "objectIdentifier"), "objectIdentifier", identifier)
    return element


def _identify(holder: etree._Element, stem: str, value: str) -> None:
    _child(holder, f"{stem}Type", LOCAL)
    _child(holder, f"{stem}Value", value)


def _relate(element: etree._Element, kind: str, other: str) -> None:
    relationship = _child(element, "relationship")
    _child(relationship, "relationshipType", "structural")
    _child(relationship, "relationshipSubType", kind)
    related = _child(relationship, "relatedObjectIdentifier")
    _identify(related, "relatedObjectIdentifier", other)


def _file(owner: str, path: str, payload: Payload, carriers: Mapping[str, str]) -> str:
    registry = _REGISTRY.format(puid=escaped(payload.puid)) if payload.puid else ""
    note = (
        _NOTE.format(note=escaped(payload.format_name)) if payload.format_name else ""
    )
    return _FILE.format(
        owner=owner,
        path=escaped(path),
        sha256=payload.sha256,
        size=payload.bytes,
        mime=escaped(payload.mime),
        registry=registry,
        note=note,
        # The stored name is made fit for every system; this is the true one.
        original=escaped(payload.original_name),
        carried=_carried(payload, carriers),
    )


def _carried(payload: Payload, carriers: Mapping[str, str]) -> str:
    if not payload.position:
        return ""
    number = payload.position.rpartition(".")[2]
    carrier = escaped(carriers[payload.carrier])
    return _CARRIED.format(carrier=carrier, number=number)


def _event(
    root: etree._Element, event: PreservationEvent, entity: str, agents: set[str]
) -> None:
    element = _child(root, "event")
    _identify(_child(element, "eventIdentifier"), "eventIdentifier", event.id)
    _child(element, "eventType", event.type)
    _child(element, "eventDateTime", instant(event.at))
    if event.detail:
        _child(_child(element, "eventDetailInformation"), "eventDetail", event.detail)
    _child(_child(element, "eventOutcomeInformation"), "eventOutcome", event.outcome)
    if event.agent in agents:
        link = _child(element, "linkingAgentIdentifier")
        _identify(link, "linkingAgentIdentifier", str(event.agent))
    link = _child(element, "linkingObjectIdentifier")
    _identify(link, "linkingObjectIdentifier", entity)


def _agent(root: etree._Element, agent: Agent) -> None:
    element = _child(root, "agent")
    _identify(_child(element, "agentIdentifier"), "agentIdentifier", agent.id)
    _child(element, "agentName", agent.name)
    _child(element, "agentType", agent.type)
    if agent.version:
        _child(element, "agentVersion", agent.version)


def instant(at: datetime) -> str:
    """Write an aware instant in ISO 8601."""
    return at.isoformat()
