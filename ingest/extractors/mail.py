"""Read e-mail (RFC 5322, MIME): headers, body, attachments.

A message in a message is an attachment like any other, byte for byte as it stands
there; it is read when its turn comes.
"""

from __future__ import annotations

import email
import email.header
import email.parser
import email.policy
import email.utils
from collections.abc import Iterator
from datetime import UTC
from email.message import Message

from ingest.extractors.flow import decode_text
from ingest.extractors.html import html_text
from ingest.extractors.source import Findings, Source

__all__ = ["extract_mail"]

_MAX_PARTS = 500
_MAX_HEADER_BYTES = 64 * 1024
_MAX_SUBJECT_CHARS = 120
_FIELDS = {
    "Subject": "title",
    "From": "author",
    "To": "recipient",
    "Cc": "recipient:copy",
    "Message-ID": "identifier",
    "In-Reply-To": "reply-to",
    "Content-Language": "language",
}


class _Part(Message):
    """One part of a message; a message inside is not parsed.

    The parser goes down into what calls itself a message. What it would give back is
    not what stood there: long headers are folded anew and line ends change.
    """

    def get_content_maintype(self) -> str:
        main = super().get_content_maintype()
        return "application" if main == "message" else main


def extract_mail(source: Source, found: Findings) -> None:
    """Read one message as one page: main headers, body, names of attachments."""
    # compat32 reads 3 times as many messages a second as the default policy and
    # never raises on damaged headers.
    message = email.message_from_bytes(
        source.read(), _class=_Part, policy=email.policy.compat32
    )
    lines = []
    for name, field in _FIELDS.items():
        value = _header(message, name)
        found.value(field, value, "eml:header")
        if value and name in {"From", "To", "Cc", "Subject"}:
            lines.append(f"{name}: {value}")
    date = _header(message, "Date")
    if date:
        lines.insert(1, f"Date: {date}")
        found.value("date", _iso_date(date), "eml:header")
    bodies = list(_bodies(message, found))
    # Last, for the name of what is attached says nothing of what the letter is.
    names = [f"Attachment: {attachment.name}" for attachment in found.attachments]
    found.page_count = 1
    found.page("\n".join([*lines, "", *bodies, "", *names]).strip())
    if not lines:
        found.warn("mail:headers", "the message has no readable headers")


def _header(message: Message, name: str) -> str:
    raw = message.get(name)
    if raw is None:
        return ""
    try:
        parts = email.header.decode_header(raw)
    except (ValueError, email.errors.HeaderParseError):
        return str(raw)
    return " ".join(_words(parts)).replace("\n", " ").strip()


def _words(parts: list[tuple[bytes | str, str | None]]) -> Iterator[str]:
    for part, charset in parts:
        if isinstance(part, str):
            raw = part.encode("utf-8", "surrogateescape")
            yield decode_text(raw)[0].strip()
        else:
            known = None if charset in {None, "unknown-8bit"} else charset
            yield decode_text(part, known)[0].strip()


def _iso_date(value: str) -> str:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return value
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bodies(message: Message, found: Findings) -> Iterator[str]:
    """Yield the texts to be read, and put attachments aside."""
    plain_seen = False
    for number, part in enumerate(message.walk()):
        if number >= _MAX_PARTS:
            found.warn("mail:cut", f"only the first {_MAX_PARTS} parts were read")
            return
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        name = _file_name(part)
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        # A part whose boundary is lost is read as it stands.
        if name or not kind.startswith(("text/", "multipart/")):
            found.attach(name or _name_of(kind, number, content), kind, content)
        elif kind == "text/html":
            if not plain_seen:
                yield html_text(_decoded(part, content))
        else:
            plain_seen = plain_seen or kind == "text/plain"
            yield _decoded(part, content)


def _name_of(kind: str, number: int, content: bytes) -> str:
    """Return a name for a part without one; a message is called by its subject."""
    if kind != "message/rfc822":
        return f"part-{number}"
    headers = email.parser.BytesHeaderParser(policy=email.policy.compat32)
    subject = _header(headers.parsebytes(content[:_MAX_HEADER_BYTES]), "Subject")
    subject = subject.replace("/", "-").replace("\\", "-")
    return f"{subject[:_MAX_SUBJECT_CHARS] or f'message-{number}'}.eml"


def _decoded(part: Message, content: bytes) -> str:
    charset = part.get_content_charset()
    return decode_text(content, charset)[0]


def _file_name(part: Message) -> str:
    name = part.get_filename()
    if not name:
        disposition = str(part.get("Content-Disposition", "")).lower()
        is_message = part.get_content_type() == "message/rfc822"
        is_named = disposition.startswith("attachment") and not is_message
        return "attachment" if is_named else ""
    try:
        return " ".join(_words(email.header.decode_header(name)))
    except (ValueError, email.errors.HeaderParseError):
        return name
