"""Transfer receipts: what the receiving archive answers, and whether it fits.

A receipt is JSON in UTF-8::

    {"list": "...", "received_on": "2026-11-25", "received_by": "National Archives",
     "packages": [{"id": "...", "manifest_sha256": "...",
                   "files": [{"path": "data/...", "sha256": "..."}]}]}

A file may have ``name`` instead of ``path``; instead of ``files`` a package may list
bare ``digests``. Only ``packages`` must be there, each with ``id`` and digests.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exports.canonical import decode
from exports.errors import MalformedJSON, ReceiptRefused
from exports.fields import Faults, Fields

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import date

MAX_NAME = 500
"""The longest name of an archive or person, in characters: certificates carry it."""

_DIGEST = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPackage:
    """Hold what the archive received of one record.

    Attributes
    ----------
    id : str
        The record id.
    manifest_sha256 : str or None
        The digest of the package's ``manifest-sha256.txt``.
    digests : frozenset of str
        The SHA-256 of every file received, lower-case hexadecimal.
    """

    id: str
    digests: frozenset[str]
    manifest_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Hold a transfer receipt.

    Attributes
    ----------
    list : str or None
        The disposal list that it answers, when it says so.
    received_on : date or None
        The day of receipt.
    received_by : str
        The archive or person; may be empty.
    """

    packages: tuple[ReceivedPackage, ...]
    list: str | None = None
    received_on: date | None = None
    received_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Say why a record is not proved to have arrived; the reason is a sentence."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Hold the ids that a receipt proves, and every other with its reason.

    Attributes
    ----------
    matched : tuple of str
        Sorted.
    mismatches : tuple of Mismatch
        Sorted by id; what was received without being sent is among them.
    """

    matched: tuple[str, ...]
    mismatches: tuple[Mismatch, ...]


def load_receipt(content: bytes) -> Receipt:
    """Read a receipt strictly.

    Raises
    ------
    ReceiptRefused
        With every fault, each with its place: what is missing, malformed, unknown
        or said twice.
    """
    try:
        value = decode(content)
    except MalformedJSON as error:
        raise ReceiptRefused((f"the document is {error}",)) from error
    faults = Faults()
    fields = Fields(value, "", faults)
    receipt = Receipt(
        list=fields.text("list") if fields.has("list") else None,
        received_on=fields.day("received_on") if fields.has("received_on") else None,
        received_by=fields.text("received_by") if fields.has("received_by") else "",
        packages=fields.many("packages", _package),
    )
    fields.done()
    if len(receipt.received_by) > MAX_NAME:
        faults.add("received_by", f"is longer than {MAX_NAME} characters")
    if isinstance(value, dict) and value.get("packages") == []:
        faults.add("packages", "names no package")
    for id_ in _repeated([package.id for package in receipt.packages]):
        faults.add("packages", f"name record {id_} twice")
    if faults.told():
        raise ReceiptRefused(faults.told())
    return receipt


def compare(receipt: Receipt, expected: Mapping[str, AbstractSet[str]]) -> Comparison:
    """Compare what was received with what was sent.

    Parameters
    ----------
    expected : mapping of str to set of str
        The record ids that were sent, each with the digests that must have arrived:
        those of its components and, where wanted, of the package's manifest.

    Returns
    -------
    Comparison
        A record is matched when each of its digests was received; further digests
        (of the package's descriptions) do no harm. A record without digests is
        never matched: nothing proves it.
    """
    received = {package.id: package for package in receipt.packages}
    matched, mismatches = [], []
    for id_ in sorted(expected.keys() | received.keys()):
        reason = _reason(received.get(id_), expected.get(id_))
        if reason is None:
            matched.append(id_)
        else:
            mismatches.append(Mismatch(id=id_, reason=reason))
    return Comparison(matched=tuple(matched), mismatches=tuple(mismatches))


def _reason(
    received: ReceivedPackage | None, expected: AbstractSet[str] | None
) -> str | None:
    if expected is None:
        return "was not sent with this list"
    if received is None:
        return "is not in the receipt"
    if not expected:
        return "has no digest that a receipt could prove"
    found = received.digests
    if received.manifest_sha256 is not None:
        found |= {received.manifest_sha256}
    missing = sorted(
        digest.lower() for digest in expected if digest.lower() not in found
    )
    if not missing:
        return None
    if len(missing) == len(expected):
        return f"arrived with other digests: none of {len(expected)} agrees"
    shown = ", ".join(missing[:3])
    more = len(missing) - 3
    tail = f" and {more} more" if more > 0 else ""
    return f"lacks {len(missing)} of {len(expected)} digests: {shown}{tail}"


def _package(fields: Fields) -> ReceivedPackage:
    id_ = fields.text("id")
    manifest = None
    if fields.has("manifest_sha256"):
        manifest = _digest(fields, "manifest_sha256", fields.text("manifest_sha256"))
    digests: tuple[str, ...] = ()
    has_files, has_digests = fields.has("files"), fields.has("digests")
    if has_files:
        files = fields.many("files", _file)
        for path in _repeated([path for path, _ in files if path]):
            fields.refuse("files", f"name {path!r} twice")
        digests += tuple(digest for _, digest in files)
    if has_digests:
        digests += tuple(
            _digest(fields, f"digests[{number}]", text)
            for number, text in enumerate(fields.texts("digests"))
        )
    if not has_files and not has_digests:
        fields.refuse("", "has neither files nor digests")
    elif not digests:
        fields.refuse("", "lists no digest")
    return ReceivedPackage(id=id_, manifest_sha256=manifest, digests=frozenset(digests))


def _file(fields: Fields) -> tuple[str, str]:
    has_path, has_name = fields.has("path"), fields.has("name")
    if not has_path and not has_name:
        fields.refuse("", "has neither path nor name")
    path = fields.text("path") if has_path else ""
    if has_name:
        fields.text("name")
    return path, _digest(fields, "sha256", fields.text("sha256"))


def _digest(fields: Fields, name: str, text: str) -> str:
    match = _DIGEST.fullmatch(text)
    if match is None:
        if text:
            fields.refuse(name, "is no SHA-256 in hexadecimal")
        return ""
    return match.group(1).lower()


def _repeated(names: list[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)
