"""The answers of an OAI-PMH repository, read without trust (OAI-PMH 2.0)."""

import re
from dataclasses import dataclass

from lxml import etree

from exports.descriptive import Descriptive, read_descriptive
from exports.xmltext import parser
from recordsvc.services.errors import InvalidRequest

OAI = "http://www.openarchives.org/OAI/2.0/"
RIGHTS = "http://www.openarchives.org/OAI/2.0/rights/"
MAX_RECORDS = 10_000
MAX_ID_CHARS = 1_000
MAX_SETS = 50
MAX_LICENCE_CHARS = 1_000
# What no XML may hold; some repositories send it all the same.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?\Z", re.ASCII)
_O = f"{{{OAI}}}"


class BadAnswer(Exception):
    """An answer that is no OAI-PMH, or not whole."""


class TokenExpired(Exception):
    """The repository does not know its resumption token any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What a repository says of itself.

    Parameters
    ----------
    has_seconds
        Its datestamps go down to the second, not only to the day.
    """

    name: str
    has_seconds: bool
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiRecord:
    """One record as it was sent.

    Parameters
    ----------
    content
        The metadata, as an XML document of its own; empty for a deleted record.
    licence
        What the record says may be done with it, empty when it says nothing.
    """

    identifier: str
    datestamp: str
    sets: tuple[str, ...] = ()
    is_deleted: bool = False
    content: bytes = b""
    description: Descriptive | None = None
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer to ListRecords.

    Parameters
    ----------
    answered_at
        The repository's own clock, as it says.
    token
        Where the list goes on, empty at its end.
    faulty
        How many records could not be read.
    """

    answered_at: str
    records: tuple[OaiRecord, ...] = ()
    token: str = ""
    faulty: int = 0


def _root(body: bytes) -> etree._Element:
    if b"<!DOCTYPE" in body[:65_536]:
        raise BadAnswer("it holds a DOCTYPE")
    try:
        root = etree.fromstring(_CONTROLS.sub(b" ", body), parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadAnswer(f"it is no XML: {error}") from None
    if root.tag != f"{_O}OAI-PMH":
        raise BadAnswer("it is no OAI-PMH")
    return root


def _text(element: etree._Element | None, path: str, most: int) -> str:
    found = element.findtext(path) if element is not None else None
    return " ".join((found or "").split())[:most]


def read_identify(body: bytes) -> Repository:
    """Read the answer to Identify.

    Raises
    ------
    BadAnswer
        If it is none.
    """
    root = _root(body)
    said = root.find(f"{_O}Identify")
    if said is None:
        raise BadAnswer("it does not say what it is")
    return Repository(
        name=_text(said, f"{_O}repositoryName", MAX_LICENCE_CHARS),
        has_seconds="T" in _text(said, f"{_O}granularity", 30),
        licence=_rights(said),
    )


def read_page(body: bytes) -> Page:
    """Read the answer to ListRecords.

    Raises
    ------
    BadAnswer, TokenExpired, InvalidRequest
        If it is none, or says what is wrong with the request.
    """
    root = _root(body)
    answered_at = _text(root, f"{_O}responseDate", 30)
    if not _STAMP.match(answered_at):
        raise BadAnswer("its responseDate is no date of OAI-PMH")
    for error in root.findall(f"{_O}error"):
        code = error.get("code", "")
        if code == "noRecordsMatch":
            return Page(answered_at=answered_at)
        if code == "badResumptionToken":
            raise TokenExpired
        said = " ".join((error.text or "").split())[:500]
        raise InvalidRequest(f"the repository refuses: {code}: {said}")
    found = root.find(f"{_O}ListRecords")
    if found is None:
        raise BadAnswer("it lists nothing")
    elements = found.findall(f"{_O}record")[:MAX_RECORDS]
    records = [_record(element) for element in elements]
    return Page(
        answered_at=answered_at,
        records=tuple(record for record in records if record is not None),
        token=(found.findtext(f"{_O}resumptionToken") or "").strip(),
        faulty=sum(record is None for record in records),
    )


def _record(element: etree._Element) -> OaiRecord | None:
    header = element.find(f"{_O}header")
    identifier = _text(header, f"{_O}identifier", MAX_ID_CHARS)
    datestamp = _text(header, f"{_O}datestamp", 30)
    if header is None or not identifier or not _STAMP.match(datestamp):
        return None
    sets = tuple(
        " ".join((one.text or "").split())[:MAX_ID_CHARS]
        for one in header.findall(f"{_O}setSpec")[:MAX_SETS]
    )
    if header.get("status") == "deleted":
        return OaiRecord(
            identifier=identifier, datestamp=datestamp, sets=sets, is_deleted=True
        )
    metadata = element.find(f"{_O}metadata")
    inner = None
    if metadata is not None:
        inner = next(metadata.iterchildren(etree.Element), None)
    if inner is None:
        return None
    description = read_descriptive(inner)
    licence = _rights(element)
    if not licence and description is not None:
        licence = description.first("rights")[:MAX_LICENCE_CHARS]
    return OaiRecord(
        identifier=identifier,
        datestamp=datestamp,
        sets=sets,
        content=etree.tostring(inner, method="c14n2"),
        description=description,
        licence=licence,
    )


def _rights(element: etree._Element) -> str:
    """Return what a rights statement of a record or repository says.

    Notes
    -----
    "Conveying rights expressions about metadata in the OAI-PMH framework", 2005.
    """
    for reference in element.iter(f"{{{RIGHTS}}}rightsReference"):
        if said := (reference.get("ref") or reference.text or "").strip():
            return said[:MAX_LICENCE_CHARS]
    return ""
