"""Read a certificate back, and refuse whatever is not exactly as it was signed."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from exports.canonical import decode
from exports.certificate import (
    ALGORITHM,
    FORM,
    Act,
    Actor,
    Aggregation,
    AuditHead,
    Authority,
    Certificate,
    Decision,
    Evidence,
    Fixity,
    Handover,
    Item,
    Kind,
    NamedDate,
    Place,
    Result,
    Scan,
    counts_of,
    digest_of,
    document,
    message_of,
)
from exports.certificate_verifier import pem_of, public_key_of, verify_ed25519
from exports.errors import CertificateFault, CertificateRefused, MalformedJSON
from exports.fields import Faults, Fields
from exports.xmltext import from_xml

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Hold a signature: the key's name, the key in PEM, and the bytes."""

    key_id: str
    public_key: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Hold a certificate with its signature.

    Attributes
    ----------
    document : bytes
        The canonical bytes of the certificate.
    message : bytes
        The bytes that were signed: the document with the name of the key.
    digest : str
        What the next certificate names as `Certificate.previous`.
    """

    certificate: Certificate
    signature: Signature
    document: bytes
    message: bytes
    digest: str


Verify: TypeAlias = "Callable[[bytes, Signature], bool]"
"""Tells whether a signature over a message is good and of a key that is trusted."""


def read(envelope: bytes, verify: Verify) -> Signed:
    """Read a certificate and have its signature verified.

    Parameters
    ----------
    envelope : bytes
        What `exports.certificate.signed` wrote, byte for byte.
    verify : callable
        `trusted` makes one that needs nothing else.

    Raises
    ------
    CertificateRefused
        If a byte was altered, a member is unknown, missing or of another type, or
        the signature is not good.
    """
    found = parse(envelope)
    if not verify(found.message, found.signature):
        raise CertificateRefused(
            (f"the signature by {found.signature.key_id!r} is not good",)
        )
    return found


def trusted(*public_pems: str) -> Verify:
    """Make a `Verify` that takes signatures of these keys alone."""
    keys = {key for pem in public_pems if (key := public_key_of(pem)) is not None}

    def verify(message: bytes, signature: Signature) -> bool:
        key = public_key_of(signature.public_key)
        return (
            key is not None
            and key in keys
            and verify_ed25519(key, message, signature.value)
        )

    return verify


def parse(envelope: bytes) -> Signed:
    """Read a certificate as `read` does, without a look at its signature.

    Raises
    ------
    CertificateRefused
        As `read`, but for the signature.
    """
    try:
        value = decode(envelope)
        faults = Faults()
        whole = Fields(value, "", faults)
        certificate = whole.one("certificate", _certificate)
        signature = whole.one("signature", _signature)
        whole.done()
        if faults.told():
            raise CertificateRefused(faults.told())
        content = document(certificate)
        head = {
            "alg": ALGORITHM,
            "key_id": signature.key_id,
            "public_key": signature.public_key,
        }
        sealed = {**head, "value": base64.b64encode(signature.value).decode()}
        is_same = message_of(content, sealed) == envelope
    except (MalformedJSON, CertificateFault) as error:
        raise CertificateRefused((str(error),)) from error
    # What was read, written again, is what came: nothing was overlooked.
    if not is_same:
        raise CertificateRefused(("it is not in the one form that is signed",))
    return Signed(
        certificate=certificate,
        signature=signature,
        document=content,
        message=message_of(content, head),
        digest=digest_of(content),
    )


def _certificate(fields: Fields) -> Certificate:
    if fields.text("form") != FORM:
        fields.refuse("form", f"is not {FORM}")
    counts = fields.one("counts", _counts)
    certificate = Certificate(
        id=_text(fields, "id"),
        kind=fields.choice("kind", Kind),
        parliament=_text(fields, "parliament"),
        store=_text(fields, "store"),
        list=_text(fields, "list"),
        issued_at=fields.instant("issued_at"),
        executed_on=fields.day("executed_on"),
        executor=fields.one("executor", _actor),
        decisions=fields.many("decisions", _decision),
        items=fields.many("items", _item),
        places=fields.many("places", _place),
        method=_text(fields, "method"),
        ledger_head=fields.maybe("ledger_head", fields.sha256),
        audit_head=fields.maybe("audit_head", lambda name: fields.one(name, _head)),
        previous=fields.maybe("previous", fields.sha256),
        is_test=fields.flag("is_test"),
        handover=fields.maybe("handover", lambda name: fields.one(name, _handover)),
        aggregations=_aggregations(fields),
    )
    if counts != counts_of(certificate):
        fields.refuse("counts", "are not those of the items")
    return certificate


def _aggregations(fields: Fields) -> tuple[Aggregation, ...]:
    """Take the dossiers; certificates of records that lay in none have no such member.

    An empty list is not in the one form that is signed, and is refused for it.
    """
    if not fields.has("aggregations"):
        return ()
    return fields.many("aggregations", _aggregation)


def _aggregation(fields: Fields) -> Aggregation:
    def maybe(name: str) -> str | None:
        return fields.maybe(name, lambda name: _text(fields, name))

    return Aggregation(
        id=_text(fields, "id"),
        kind=_text(fields, "kind"),
        title=maybe("title"),
        class_code=_plain(fields, "class_code"),
        opened_on=maybe("opened_on"),
        closed_on=maybe("closed_on"),
        records=fields.whole("records"),
        is_whole=fields.flag("is_whole"),
    )


def _counts(fields: Fields) -> dict[str, int]:
    return {name: fields.whole(name) for name in ("records", "components", "bytes")}


def _actor(fields: Fields) -> Actor:
    return Actor(
        login=_text(fields, "login"),
        role=_plain(fields, "role"),
        name=_plain(fields, "name"),
    )


def _decision(fields: Fields) -> Decision:
    return Decision(
        act=fields.choice("act", Act),
        by=fields.one("by", _actor),
        at=fields.instant("at"),
        comment=_plain(fields, "comment"),
    )


def _item(fields: Fields) -> Item:
    return Item(
        record=_text(fields, "record"),
        type=_text(fields, "type"),
        class_code=_text(fields, "class_code"),
        class_title=_plain(fields, "class_title"),
        title=fields.maybe("title", lambda name: _plain(fields, name)),
        language=fields.maybe("language", lambda name: _plain(fields, name)),
        dates=fields.many("dates", _date),
        schedule=fields.one("schedule", _authority),
        trigger=fields.one("trigger", _evidence),
        due_on=fields.maybe("due_on", fields.day),
        components=fields.many("components", _fixity),
        result=fields.choice("result", Result),
    )


def _date(fields: Fields) -> NamedDate:
    return NamedDate(name=_text(fields, "name"), value=_text(fields, "value"))


def _authority(fields: Fields) -> Authority:
    return Authority(
        code=_text(fields, "code"),
        version=fields.whole("version"),
        citations=tuple(from_xml(text) for text in fields.texts("citations")),
    )


def _evidence(fields: Fields) -> Evidence:
    return Evidence(
        name=_text(fields, "name"),
        on=fields.maybe("on", fields.day),
        evidence=_plain(fields, "evidence"),
    )


def _fixity(fields: Fields) -> Fixity:
    return Fixity(sha256=fields.sha256("sha256"), bytes=fields.whole("bytes"))


def _place(fields: Fields) -> Place:
    return Place(
        name=_text(fields, "name"),
        result=fields.choice("result", Scan),
        note=_plain(fields, "note"),
    )


def _head(fields: Fields) -> AuditHead:
    return AuditHead(size=fields.whole("size"), root=fields.sha256("root"))


def _handover(fields: Fields) -> Handover:
    return Handover(
        recipient=_text(fields, "recipient"),
        received_on=fields.day("received_on"),
        received_by=_plain(fields, "received_by"),
        receipt_sha256=fields.sha256("receipt_sha256"),
    )


def _signature(fields: Fields) -> Signature:
    if fields.text("alg") != ALGORITHM:
        fields.refuse("alg", f"is not {ALGORITHM}")
    public_key = fields.text("public_key")
    key = public_key_of(public_key)
    if public_key and (key is None or pem_of(key) != public_key):
        fields.refuse("public_key", "is no Ed25519 public key in plain PEM")
    value = b""
    try:
        value = base64.b64decode(fields.text("value"), validate=True)
    except (binascii.Error, ValueError):
        fields.refuse("value", "is no Base64")
    return Signature(key_id=fields.text("key_id"), public_key=public_key, value=value)


def _text(fields: Fields, name: str) -> str:
    return from_xml(fields.text(name))


def _plain(fields: Fields, name: str) -> str:
    return from_xml(fields.plain(name))
