"""Certificates of destruction and of transfer: the values, and the signed document.

A certificate is one JSON document in canonical form (RFC 8785) and a signature
(Ed25519, RFC 8032) over these bytes and the name of the key. It names the digest of
the certificate before it, so that one taken out of the row is missed. Texts are told
as XML can carry them (`exports.xmltext`), so that the same document stands unharmed
in a page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from exports.canonical import encode
from exports.certificate_verifier import pem_of, public_key_of, verify_ed25519
from exports.errors import CertificateFault, MalformedJSON
from exports.xmltext import to_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORM = "recordsvc-certificate-1"
"""What the document says of its own form; another form gets another number."""

UNSAID = "none"
"""What stands for a word that was not kept: a certificate leaves nothing blank."""

ALGORITHM = "Ed25519"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """Say what a certificate certifies."""

    DESTRUCTION = "destruction"
    TRANSFER = "transfer"


class Result(StrEnum):
    """Say what became of a record."""

    DESTROYED = "destroyed"
    TRANSFERRED = "transferred"


class Scan(StrEnum):
    """Say whether a place was searched for what must be gone."""

    SCANNED = "scanned"
    NOT_SCANNABLE = "not scannable by us"


class Act(StrEnum):
    """Name the decisions on the way to an execution."""

    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Name who acted, and as what.

    Attributes
    ----------
    login : str
        The account.
    role, name : str
        The office and the person; may be empty.
    """

    login: str
    role: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold one decision; the instant is aware, the comment may be empty."""

    act: Act
    by: Actor
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDate:
    """Hold a date of a record as it was recorded: name, and ISO 8601 text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Name the rule that was followed: schedule, version and what it rests on."""

    code: str
    version: int
    citations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Tell what started the clock.

    Attributes
    ----------
    name : str
        The trigger of the schedule, for example ``closed``.
    on : date or None
        The day it happened; None where the schedule fixed the day.
    evidence : str
        What proves it, for example an event's id; may be empty.
    """

    name: str
    on: date | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixity:
    """Hold the digest and the size in bytes of one component."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Describe one record that was destroyed or transferred.

    Attributes
    ----------
    record : str
        The record id.
    title : str or None
        None where the title is sensitive itself.
    language : str or None
        The BCP 47 tag of the title.
    class_code, class_title : str
        Its class in the file plan.
    """

    record: str
    type: str
    class_code: str
    schedule: Authority
    trigger: Evidence
    due_on: date | None
    result: Result
    class_title: str = ""
    title: str | None = None
    language: str | None = None
    dates: tuple[NamedDate, ...] = ()
    components: tuple[Fixity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """Describe a dossier or volume in which certified records lay.

    Attributes
    ----------
    id, kind : str
        The aggregation, and whether it is a ``dossier`` or a ``volume``.
    title : str or None
        None where the title is sensitive itself.
    opened_on, closed_on : str or None
        Days or instants in ISO 8601; None where unknown, or where it is open.
    records : int
        How many records of this certificate lay in it, or in a volume of it.
    is_whole : bool
        Whether it was disposed of as a whole: it was closed, and no record of it
        is left here.
    """

    id: str
    kind: str
    records: int
    is_whole: bool
    class_code: str = ""
    title: str | None = None
    opened_on: str | None = None
    closed_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Tell of one place where the content could have been.

    Attributes
    ----------
    name : str
        For example ``database`` or ``backups``.
    note : str
        For example ``backups until 2027-02-01``; may be empty.
    """

    name: str
    result: Scan
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Tell to whom records were transferred, and what was answered.

    Attributes
    ----------
    recipient : str
        The archive.
    received_by : str
        The person named by the receipt; may be empty.
    receipt_sha256 : str
        The digest of the receipt as it came.
    """

    recipient: str
    received_on: date
    receipt_sha256: str
    received_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """Hold the tree head of the audit trail: number of entries and root."""

    size: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Certify the execution of one disposal list.

    Attributes
    ----------
    id : str
        The certificate.
    parliament, store, list : str
        Whose it is: name, id of the store, id of the disposal list.
    decisions : tuple of Decision
        Who proposed, reviewed and approved, in order.
    issued_at : datetime
        The instant of the certificate, aware.
    executed_on : date
        The legal day of the execution.
    method : str
        How content was destroyed, or handed over.
    places : tuple of Place
        Every place where content could have been.
    ledger_head : str or None
        SHA-256 of the newest entry of the destruction ledger.
    audit_head : AuditHead or None
        What the audit trail held when the certificate was issued.
    previous : str or None
        `digest_of` of the store's certificate before this; None for its first.
    is_test : bool
        Whether it comes from a test store and proves nothing.
    aggregations : tuple of Aggregation
        The dossiers and volumes in which the records lay. Without any, the document
        has no such member, as none had before there was one.
    """

    id: str
    kind: Kind
    parliament: str
    store: str
    list: str
    issued_at: datetime
    executed_on: date
    executor: Actor
    decisions: tuple[Decision, ...]
    items: tuple[Item, ...]
    places: tuple[Place, ...]
    method: str
    ledger_head: str | None
    audit_head: AuditHead | None
    previous: str | None
    is_test: bool
    handover: Handover | None = None
    aggregations: tuple[Aggregation, ...] = ()


def document(certificate: Certificate) -> bytes:
    """Write a certificate as the canonical bytes that are signed.

    Raises
    ------
    CertificateFault
        If its facts contradict themselves: no record, one record twice, a dossier
        with other records, a result of another kind, a transfer without receipt, an
        instant without zone, a digest that is none.
    """
    faults = tuple(_faults(certificate))
    if faults:
        raise CertificateFault("; ".join(faults))
    value = _plain(certificate)
    if not certificate.aggregations:
        del value["aggregations"]
    try:
        return encode({"form": FORM, "counts": counts_of(certificate), **value})
    except MalformedJSON as error:
        raise CertificateFault(str(error)) from error


def counts_of(certificate: Certificate) -> dict[str, int]:
    """Count the records, their components and the bytes of these."""
    components = [part for item in certificate.items for part in item.components]
    return {
        "records": len(certificate.items),
        "components": len(components),
        "bytes": sum(part.bytes for part in components),
    }


def digest_of(content: bytes) -> str:
    """Return the digest by which the next certificate names this document."""
    return hashlib.sha256(content).hexdigest()


def signed(
    content: bytes, sign: Callable[[bytes], bytes], public_pem: str, key_id: str
) -> bytes:
    """Put a document and its signature into one envelope, canonical as well.

    Parameters
    ----------
    content : bytes
        What `document` wrote.
    sign : callable
        Returns the 64 bytes of an Ed25519 signature over the bytes given, which are
        those of `message_of`.
    public_pem : str
        The public key, PEM (RFC 8410).
    key_id : str
        The name under which the parliament publishes the key.

    Raises
    ------
    CertificateFault
        If the signature is not one of that key: then nothing is issued.
    """
    key = public_key_of(public_pem)
    if key is None or not key_id.strip():
        raise CertificateFault(f"{key_id!r} names no Ed25519 public key in PEM")
    head = {"alg": ALGORITHM, "key_id": key_id, "public_key": pem_of(key)}
    try:
        message = message_of(content, head)
    except MalformedJSON as error:
        raise CertificateFault(str(error)) from error
    value = sign(message)
    if not verify_ed25519(key, message, value):
        raise CertificateFault(f"key {key_id} did not sign this; nothing was issued")
    return message_of(content, {**head, "value": base64.b64encode(value).decode()})


def message_of(content: bytes, head: dict[str, str]) -> bytes:
    """Return the envelope of a document with these members of its signature.

    Without ``value`` these are the bytes that are signed, so that not one byte of
    the envelope can be altered unseen: not the key's name either.
    """
    # The document is canonical already, and the two names stand in order.
    return b'{"certificate":' + content + b',"signature":' + encode(head) + b"}"


def _plain(value: object) -> dict[str, object]:
    found = {}
    for each in fields(value):  # type: ignore[arg-type]
        found[each.name] = _member(getattr(value, each.name))
    return found


def _member(value: object) -> object:
    if isinstance(value, tuple):
        return [_member(part) for part in value]
    if is_dataclass(value):
        return _plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return to_xml(str(value))
    return value


def _faults(certificate: Certificate) -> Iterator[str]:
    if not certificate.items:
        yield "it names no record"
    ids = [item.record for item in certificate.items]
    if len(set(ids)) != len(ids):
        yield "a record stands in it twice"
    if not all(text.strip() for text in _needed(certificate)):
        yield "a text that must be given is blank"
    for file in certificate.aggregations:
        if not 0 < file.records <= len(ids):
            yield f"{file.kind} {file.id} has {file.records} of its records"
    is_transfer = certificate.kind is Kind.TRANSFER
    result = Result.TRANSFERRED if is_transfer else Result.DESTROYED
    for item in certificate.items:
        if item.result is not result:
            yield f"record {item.record} was not {result}"
        if any(part.bytes < 0 for part in item.components):
            yield f"record {item.record} has a component of negative size"
    if is_transfer and certificate.handover is None:
        yield "a transfer needs its receipt"
    instants = [certificate.issued_at, *(d.at for d in certificate.decisions)]
    if any(instant.tzinfo is None for instant in instants):
        yield "an instant has no time zone"
    for digest in _digests(certificate):
        if not _SHA256.fullmatch(digest):
            yield f"{digest!r} is no SHA-256 in lower-case hexadecimal"


def _needed(certificate: Certificate) -> Iterator[str]:
    yield from (certificate.id, certificate.parliament, certificate.store)
    yield from (certificate.list, certificate.method, certificate.executor.login)
    yield from (decision.by.login for decision in certificate.decisions)
    yield from (place.name for place in certificate.places)
    for item in certificate.items:
        yield from (item.record, item.type, item.class_code)
        yield from (item.schedule.code, *item.schedule.citations, item.trigger.name)
        yield from (text for each in item.dates for text in (each.name, each.value))
    for file in certificate.aggregations:
        yield from (file.id, file.kind)
    if certificate.handover is not None:
        yield certificate.handover.recipient


def _digests(certificate: Certificate) -> Iterator[str]:
    yield from (part.sha256 for item in certificate.items for part in item.components)
    if certificate.handover is not None:
        yield certificate.handover.receipt_sha256
    if certificate.audit_head is not None:
        yield certificate.audit_head.root
    for head in (certificate.ledger_head, certificate.previous):
        if head is not None:
            yield head
