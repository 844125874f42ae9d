"""Read messages of Outlook: headers, body, attachments.

Source: [MS-OXMSG] Outlook Item (.msg) File Format and [MS-OXPROPS].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ingest.extractors.flow import decode_text
from ingest.extractors.html import html_text
from ingest.extractors.lzfu import unpacked_rtf
from ingest.extractors.ole import CompoundFile, DamagedCompoundFileError, Storage
from ingest.extractors.olewriting import Folder, compound_file
from ingest.extractors.rtf import rtf_text
from ingest.extractors.source import Findings, Source

__all__ = ["extract_msg"]

_SOURCE = "msg:property"
_ATTACHED = "__attach_version1.0_#"
_VALUES = "__properties_version1.0"
_NAMES = "__nameid_version1.0"
_MESSAGE_CLASS = bytes.fromhex("0b0d020000000000c000000000000046")
_UNICODE, _BYTES, _EIGHT_BIT, _OBJECT, _TIME, _LONG = (
    0x001F,
    0x0102,
    0x001E,
    0x000D,
    0x0040,
    0x0003,
)
_HEAD_BYTES, _INNER_HEAD_BYTES, _PART_HEAD_BYTES = 32, 24, 8
_SUBJECT, _SENDER, _SENDER_ADDRESS, _SENDER_SMTP = 0x0037, 0x0C1A, 0x0C1F, 0x5D01
_TO, _CC, _SENT, _DELIVERED = 0x0E04, 0x0E03, 0x0039, 0x0E06
_MESSAGE_ID, _REPLY_TO, _BODY, _HTML, _RTF = 0x1035, 0x1042, 0x1000, 0x1013, 0x1009
_CODEPAGE, _BODY_CODEPAGE = 0x3FFD, 0x3FDE
_CONTENT, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME = 0x3701, 0x3707, 0x3704, 0x3001
_METHOD, _MIME = 0x3705, 0x370E
_OLE = 6
_MAX_RTF_BYTES = 16 * 1024 * 1024


def extract_msg(source: Source, found: Findings) -> None:
    """Read one message as one page: main headers, body, names of attachments."""
    try:
        container = CompoundFile(source.read())
        tree = container.tree()
    except (DamagedCompoundFileError, struct.error) as damage:
        found.quarantine("damaged", "the message cannot be opened", str(damage))
        return
    message = _Properties(container, tree, _HEAD_BYTES, None)
    lines = list(_headers(message, found))
    _attach_all(message, found)
    names = [f"Attachment: {attachment.name}" for attachment in found.attachments]
    found.page_count = 1
    found.page("\n".join([*lines, "", _body(message), "", *names]).strip())
    if not lines:
        found.warn("mail:headers", "the message has no readable headers")


@dataclass(slots=True)
class _Properties:
    """The properties of a message or one of its parts."""

    container: CompoundFile
    storage: Storage
    head_bytes: int
    codepage: str | None

    def __post_init__(self) -> None:
        if self.codepage is None:
            self.codepage = _codec(self.number(_CODEPAGE))

    def raw(self, tag: int, kind: int) -> bytes:
        place = self.storage.streams.get(f"__substg1.0_{tag:04X}{kind:04X}")
        return b"" if place is None else self.container.at(place)

    def text(self, tag: int) -> str:
        wide = self.raw(tag, _UNICODE)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\x00")
        narrow = self.raw(tag, _EIGHT_BIT)
        return decode_text(narrow, self.codepage)[0].rstrip("\x00")

    def number(self, tag: int) -> int | None:
        value = self._fixed(tag, _LONG)
        return None if value is None else int(struct.unpack("<I", value[:4])[0])

    def instant(self, tag: int) -> str:
        """Return a time in ISO 8601, empty where there is none."""
        value = self._fixed(tag, _TIME)
        if value is None:
            return ""
        (ticks,) = struct.unpack("<Q", value)
        try:
            moment = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(
                microseconds=ticks // 10
            )
        except OverflowError:
            return ""
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if ticks else ""

    def _fixed(self, tag: int, kind: int) -> bytes | None:
        place = self.storage.streams.get(_VALUES)
        values = b"" if place is None else self.container.at(place)
        for at in range(self.head_bytes, len(values) - 15, 16):
            if struct.unpack_from("<HH", values, at) == (kind, tag):
                return values[at + 8 : at + 16]
        return None


def _codec(page: int | None) -> str | None:
    if not page:
        return None
    return {65001: "utf-8", 1200: "utf-16-le", 20127: "ascii"}.get(page, f"cp{page}")


def _headers(message: _Properties, found: Findings) -> Iterator[str]:
    """Yield the lines above the body, and note what they say."""
    address = message.text(_SENDER_SMTP) or message.text(_SENDER_ADDRESS)
    sender = message.text(_SENDER)
    if "@" in address and address != sender:
        sender = f"{sender} <{address}>".strip()
    sent = message.instant(_SENT) or message.instant(_DELIVERED)
    for label, name, value in (
        ("From", "author", sender),
        ("Date", "date", sent),
        ("To", "recipient", message.text(_TO)),
        ("Cc", "recipient:copy", message.text(_CC)),
        ("Subject", "title", message.text(_SUBJECT)),
    ):
        if value.strip():
            found.value(name, value, _SOURCE)
            yield f"{label}: {' '.join(value.split())}"
    found.value("identifier", message.text(_MESSAGE_ID), _SOURCE)
    found.value("reply-to", message.text(_REPLY_TO), _SOURCE)


def _body(message: _Properties) -> str:
    """Return the text of the body; only one of its forms need be there."""
    plain = message.text(_BODY)
    if plain.strip():
        return plain
    html = message.raw(_HTML, _BYTES) or message.text(_HTML).encode()
    if html.strip():
        return html_text(decode_text(html, _codec(message.number(_BODY_CODEPAGE)))[0])
    return rtf_text(unpacked_rtf(message.raw(_RTF, _BYTES), _MAX_RTF_BYTES))


def _attach_all(message: _Properties, found: Findings) -> None:
    parts = message.storage.storages
    for name in sorted(parts):
        if name.startswith(_ATTACHED):
            _attach(message, parts[name], found)


def _attach(message: _Properties, storage: Storage, found: Findings) -> None:
    part = _Properties(
        message.container, storage, _PART_HEAD_BYTES, message.codepage or "cp1252"
    )
    method = part.number(_METHOD)
    name = part.text(_LONG_NAME) or part.text(_SHORT_NAME) or part.text(_SHOWN_NAME)
    inner = storage.storages.get(f"__substg1.0_{_CONTENT:04X}{_OBJECT:04X}")
    content = storage.streams.get(f"__substg1.0_{_CONTENT:04X}{_BYTES:04X}")
    if inner is not None and found.has_room(name, inner.bytes):
        if method == _OLE:
            whole = _folder(message.container, inner)
            found.attach(f"{name or 'object'}.ole", None, compound_file(whole))
        else:
            subject = _Properties(
                message.container, inner, _INNER_HEAD_BYTES, None
            ).text(_SUBJECT)
            found.attach(
                f"{name or subject or 'message'}.msg".replace(".msg.msg", ".msg"),
                "application/vnd.ms-outlook",
                compound_file(_message(message, inner)),
            )
    elif content is not None and found.has_room(name, content[1]):
        found.attach(name, part.text(_MIME) or None, message.container.at(content))
    elif inner is None and content is None:
        found.warn(
            "attachment:reference",
            f"the attachment {name!r} is only referred to; its bytes are not in the "
            "message",
        )


def _folder(container: CompoundFile, storage: Storage) -> Folder:
    return Folder(
        clsid=storage.clsid,
        streams={name: container.at(place) for name, place in storage.streams.items()},
        folders={name: _folder(container, s) for name, s in storage.storages.items()},
    )


def _message(outer: _Properties, storage: Storage) -> Folder:
    """Return a message in a message as one that stands alone ([MS-OXMSG] 2.4.1).

    It shares the names of properties with the outer message, and the head of its
    values is shorter by eight reserved bytes.
    """
    inner = _folder(outer.container, storage)
    values = inner.streams.get(_VALUES, bytes(_INNER_HEAD_BYTES))
    reserved = bytes(_HEAD_BYTES - _INNER_HEAD_BYTES)
    head, rest = values[:_INNER_HEAD_BYTES], values[_INNER_HEAD_BYTES:]
    names = outer.storage.storages.get(_NAMES)
    return Folder(
        clsid=_MESSAGE_CLASS,
        streams={**inner.streams, _VALUES: head + reserved + rest},
        folders={
            **inner.folders,
            **({_NAMES: _folder(outer.container, names)} if names else {}),
        },
    )
