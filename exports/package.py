"""The frozen values that describe one package before it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from exports.obligation import Retention

Source: TypeAlias = Path | Callable[[], BinaryIO]
"""Where the bytes of a payload come from: a file, or an opener of a stream."""

DC_ELEMENTS: tuple[str, ...] = (
    "contributor",
    "coverage",
    "creator",
    "date",
    "description",
    "format",
    "identifier",
    "language",
    "publisher",
    "relation",
    "rights",
    "source",
    "subject",
    "title",
    "type",
)
"""The fifteen elements of Dublin Core 1.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Describe one file of a record.

    Attributes
    ----------
    name : str
        The name it should carry in the package; the stored name is made from it.
    original_name : str
        The name it came with; bytes that are no UTF-8 stand as lone surrogates
        (PEP 383).
    mime : str
        The media type that was identified.
    puid : str or None
        The PRONOM identifier, for example ``fmt/276``.
    format_name : str or None
        The name of the format, for example ``Acrobat PDF 1.7``.
    bytes : int
        The size in bytes.
    sha256 : str
        The digest recorded when the file was captured, lower-case hexadecimal.
    source : Path or callable
        The file, or a callable that returns a new binary stream.
    representation : str
        The representation it belongs to; the original is ``rep-original``.
    position : str
        Where a file hangs that another one of the package carries: ``2`` is the
        second that the original carries, ``2.1`` the first that this one carries.
        Empty for a file that came by itself.
    """

    name: str
    original_name: str
    mime: str
    bytes: int
    sha256: str
    source: Source
    puid: str | None = None
    format_name: str | None = None
    representation: str = "rep-original"
    position: str = ""

    @property
    def carrier(self) -> str:
        """Return the position of the file that carries this one."""
        return self.position.rpartition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Describe a person, an organisation or a program that acted.

    Attributes
    ----------
    type : str
        ``person``, ``organization``, ``software`` or ``hardware`` (PREMIS 3).
    """

    id: str
    name: str
    type: str = "software"
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreservationEvent:
    """Describe one event in the life of the record.

    Attributes
    ----------
    type : str
        A word of the PREMIS event type vocabulary, for example ``capture``.
    at : datetime
        The instant, aware.
    agent : str or None
        The `Agent.id` of who acted.
    outcome : str
        For example ``success``.
    detail : str
        One sentence; may be empty.
    """

    id: str
    type: str
    at: datetime
    agent: str | None = None
    outcome: str = "success"
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DublinCore:
    """Hold the description as (element, value, language) triples.

    An element is one of the fifteen of Dublin Core 1.1, or a term of the DCMI
    terms namespace (``issued``, ``isPartOf``); the prefixes ``dc:`` and
    ``dcterms:`` are allowed. The language is a BCP 47 tag or None.
    """

    elements: tuple[tuple[str, str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Describe one version of one record as a package.

    Attributes
    ----------
    id : str
        The record id.
    name : str
        The name of the top folder and the base name of the archive.
    version : int
        The version of the record, from 1.
    record_json : bytes
        The whole record as our own JSON; kept byte for byte.
    extra_files : tuple of (str, bytes)
        Further files, by path relative to the bag.
    bag_info : tuple of (str, str)
        Further labels of ``bag-info.txt``, in order.
    modified : datetime
        The instant of this version, aware; every stored time stems from it.
    access_status : str
        For example ``open``.
    retention : mapping or None
        Class, schedule, holds, as JSON values; None leaves the file out.
    erms : Retention or None
        The same for other records systems: written as ERMS 3 and as labels of
        ``bag-info.txt`` (``Retention-Class`` and others, which `bag_info` then
        leaves to it); None leaves both out.
    """

    id: str
    name: str
    version: int
    payloads: tuple[Payload, ...]
    dublin_core: DublinCore
    record_json: bytes
    modified: datetime
    access_status: str
    events: tuple[PreservationEvent, ...] = ()
    agents: tuple[Agent, ...] = ()
    extra_files: tuple[tuple[str, bytes], ...] = ()
    bag_info: tuple[tuple[str, str], ...] = ()
    retention: Mapping[str, object] | None = None
    erms: Retention | None = None
