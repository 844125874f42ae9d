"""The layout of a package: which file stands where, with what in it.

Everything but the payload's bytes is known before the first of them is read,
because the store knows their digests; so a package can be written in one pass.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exports.dublin_core import dcterms, oai_dc
from exports.erms import erms
from exports.errors import BadPackage, UnsafeName
from exports.findings import FindingList
from exports.mets import Described, package_mets, representation_mets
from exports.names import clash_key, is_portable, stored_names
from exports.obligation import check_retention, retention_tags
from exports.premis import entity_premis, representation_premis
from exports.profile import BagFacts, Profile, check_profile, own_profile
from exports.readme import readme
from exports.tagfiles import (
    format_bag_info,
    format_declaration,
    manifest_name,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from exports.package import Package, Payload

ALGORITHMS = ("sha512", "sha256")
"""The digests of a package, the costlier one first: the copy runs beside it."""

RECORD_JSON = "data/metadata/descriptive/record.json"
README = "data/documentation/README.txt"
_XML = "application/xml"
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bagging:
    """Hold the circumstances of one export.

    Attributes
    ----------
    on : date
        ``Bagging-Date``: the day in the parliament's zone.
    software : str
        Name and version of the program.
    profile : Profile
        The profile that the package must meet.
    """

    on: date
    software: str
    profile: Profile = field(default_factory=own_profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a package: its bytes, or the payload whose bytes it takes."""

    path: str
    size: int
    content: bytes | None = None
    payload: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Every file of a package but the manifests, each part sorted by path."""

    payload: tuple[Member, ...]
    tags: tuple[Member, ...]

    @property
    def payload_bytes(self) -> int:
        """Return the size of everything below ``data``, in bytes."""
        return sum(member.size for member in self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Say what was written.

    Attributes
    ----------
    files, bytes : int
        The payload's, as in Payload-Oxum.
    manifest_sha256 : str
        The digest of ``manifest-sha256.txt``.
    """

    path: Path
    files: int
    bytes: int
    manifest_sha256: str


def layout_of(package: Package, bagging: Bagging) -> Layout:
    """Lay a package out.

    Raises
    ------
    BadPackage, UnsafeName
        If the description contradicts itself, a standard or the profile.
    """
    _check(package)
    payload, tags = _Parts(), _Parts()
    stored = _stored(package)
    data = [(p.path.removeprefix("data/"), q) for p, q in stored]
    payload.members.extend(member for member, _ in stored)
    representations = _representations(package, bagging, data, payload)
    metadata = _metadata(
        package, bagging, [name for name, _ in representations], payload
    )
    about = payload.add(README, readme(package, data), "text/plain")
    payload.add(
        "data/METS.xml",
        package_mets(
            package,
            agent=bagging.software,
            metadata=metadata,
            documentation=(about,),
            representations=representations,
        ),
        _XML,
    )
    for path, content in package.extra_files:
        (payload if path.startswith("data/") else tags).add(path, content, "")
    tags.add("bagit.txt", format_declaration(), "")
    tags.add("bagit-profile.json", bagging.profile.content, _JSON)
    # Copies at tag level, so that a library catalogues without the payload.
    tags.add("metadata/dc.xml", dcterms(package.dublin_core), _XML)
    tags.add("metadata/oai_dc.xml", oai_dc(package.dublin_core), _XML)
    pairs = _bag_info(package, bagging, payload.members)
    tags.add("bag-info.txt", format_bag_info(pairs), "")
    layout = Layout(payload=payload.sorted(), tags=tags.sorted())
    _check_layout(layout, pairs, bagging.profile)
    return layout


class _Parts:
    """The files of one part of a package, while they are collected."""

    def __init__(self) -> None:
        self.members: list[Member] = []

    def add(self, path: str, content: bytes, mime: str) -> Described:
        """Add a file and return how METS describes it, relative to ``data``."""
        self.members.append(Member(path=path, size=len(content), content=content))
        return Described(
            path=path.removeprefix("data/"),
            mime=mime,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def sorted(self) -> tuple[Member, ...]:
        return tuple(sorted(self.members, key=lambda member: member.path.encode()))


def _check(package: Package) -> None:
    for name in (package.name, *{p.representation for p in package.payloads}):
        if not is_portable(name):
            raise UnsafeName(name, "some system cannot keep it as a folder's name")
    if package.modified.tzinfo is None:
        raise BadPackage("Package.modified must be an aware instant")
    if package.version < 1:
        raise BadPackage("Package.version counts from 1")
    positions = {payload.position for payload in package.payloads}
    for payload in package.payloads:
        if payload.position and payload.carrier not in positions:
            raise BadPackage(f"nothing carries the file at {payload.position}")
    if package.erms is not None:
        check_retention(package.erms, package.id)


def _stored(package: Package) -> list[tuple[Member, Payload]]:
    """Give every payload its stored path, distinct within its representation."""
    groups: dict[str, list[Payload]] = {}
    for payload in package.payloads:
        groups.setdefault(payload.representation, []).append(payload)
    found = []
    for name, payloads in groups.items():
        names = stored_names(payload.name for payload in payloads)
        for stored, payload in zip(names, payloads, strict=True):
            path = f"data/representations/{name}/data/{stored}"
            member = Member(path=path, size=payload.bytes, payload=payload)
            found.append((member, payload))
    return found


def _representations(
    package: Package,
    bagging: Bagging,
    stored: Sequence[tuple[str, Payload]],
    parts: _Parts,
) -> list[tuple[str, Described]]:
    found = []
    carriers = _carriers(stored)
    for name in dict.fromkeys(p.representation for p in package.payloads):
        folder = f"representations/{name}/"
        files = [
            (path.removeprefix(folder), payload)
            for path, payload in stored
            if payload.representation == name
        ]
        path = f"data/{folder}metadata/preservation/premis.xml"
        premis = parts.add(
            path, representation_premis(package, name, files, carriers), _XML
        )
        content = representation_mets(
            package,
            name,
            agent=bagging.software,
            premis=_within(premis, folder),
            files=[
                Described(
                    path=path,
                    mime=p.mime,
                    bytes=p.bytes,
                    sha256=p.sha256,
                    position=p.position,
                )
                for path, p in files
            ],
        )
        found.append((name, parts.add(f"data/{folder}METS.xml", content, _XML)))
    return found


def _carriers(stored: Sequence[tuple[str, Payload]]) -> dict[str, str]:
    """Return the PREMIS identifier of the file at each position, without the record's.

    The first file that came by itself is the one at the top.
    """
    found: dict[str, str] = {}
    for path, payload in stored:
        within = path.removeprefix(f"representations/{payload.representation}/")
        found.setdefault(payload.position, f"{payload.representation}/{within}")
    return found


def _within(file: Described, folder: str) -> Described:
    return Described(
        path=file.path.removeprefix(folder),
        mime=file.mime,
        bytes=file.bytes,
        sha256=file.sha256,
    )


def _metadata(
    package: Package, bagging: Bagging, representations: Sequence[str], parts: _Parts
) -> list[tuple[str, Described]]:
    folder = "data/metadata"
    description = package.dublin_core
    found = [
        (
            "DC",
            parts.add(f"{folder}/descriptive/dcterms.xml", dcterms(description), _XML),
        ),
        (
            "DC",
            parts.add(f"{folder}/descriptive/oai_dc.xml", oai_dc(description), _XML),
        ),
        ("OTHER", parts.add(RECORD_JSON, package.record_json, _JSON)),
    ]
    if package.retention is not None:
        content = json.dumps(
            package.retention, ensure_ascii=False, indent=1, sort_keys=True
        ).encode("utf-8", "backslashreplace")
        path = f"{folder}/other/retention.json"
        found.append(("OTHER", parts.add(path, content + b"\n", _JSON)))
    premis = entity_premis(package, representations)
    path = f"{folder}/preservation/premis.xml"
    found.append(("PREMIS", parts.add(path, premis, _XML)))
    if package.erms is not None:
        content = erms(package.erms, at=package.modified, software=bagging.software)
        path = f"{folder}/preservation/erms.xml"
        found.append(("ERMS", parts.add(path, content, _XML)))
    return found


def _bag_info(
    package: Package, bagging: Bagging, payload: Sequence[Member]
) -> list[tuple[str, str]]:
    total = sum(member.size for member in payload)
    pairs = [
        *package.bag_info,
        *(retention_tags(package.erms) if package.erms else ()),
        ("External-Identifier", package.id),
        ("Bagging-Date", bagging.on.isoformat()),
        ("Bag-Size", human_size(total)),
        ("Payload-Oxum", f"{total}.{len(payload)}"),
        ("BagIt-Profile-Identifier", bagging.profile.identifier),
        ("Bag-Software-Agent", bagging.software),
        ("Record-Version", str(package.version)),
        ("Access-Status", package.access_status),
    ]
    return [(label, one_line(value)) for label, value in pairs if one_line(value)]


def human_size(size: int) -> str:
    """Write a size for people, as RFC 8493 section 2.2.2 asks for Bag-Size.

    >>> human_size(1536)
    '1.5 KB'
    """
    amount, units = float(size), iter(("bytes", "KB", "MB", "GB", "TB"))
    unit = next(units)
    for larger in units:
        if amount < 1024:  # noqa: PLR2004  each unit is 1024 of the one before
            break
        amount, unit = amount / 1024, larger
    return f"{size} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"


def _check_layout(
    layout: Layout, pairs: Sequence[tuple[str, str]], profile: Profile
) -> None:
    taken: dict[str, str] = {}
    for member in (*layout.payload, *layout.tags):
        other = taken.setdefault(clash_key(member.path), member.path)
        if other is not member.path:
            raise UnsafeName(member.path, f"it cannot stand beside {other!r}")
        if member.payload is None and not _is_fit(member.path):
            raise UnsafeName(member.path, "some system cannot keep it")
    findings = FindingList()
    facts = BagFacts(
        form="folder",
        version="1.0",
        bag_info=pairs,
        manifests=sorted(ALGORITHMS),
        tag_manifests=sorted(ALGORITHMS),
        tag_files=[member.path for member in layout.tags],
    )
    check_profile(profile, facts, findings)
    faults = [f for f in findings.errors if f.code != "profile-serialization"]
    if faults:
        raise BadPackage(
            "the package would not meet its profile: "
            + "; ".join(fault.message for fault in faults)
        )


def _is_fit(path: str) -> bool:
    return manifest_name(path) is None and all(map(is_portable, path.split("/")))
