"""Messages made for tests: Internet mail, Outlook files, mailboxes, PDFs that carry."""

import io
import struct
from email.message import EmailMessage
from email.policy import SMTP

import pypdf

from ingest.extractors.olewriting import Folder, compound_file
from tests.ingest.made import text_pdf

SEPARATOR = b"From clerk@parl.example Tue Mar  3 10:00:00 2020"


def mail(subject, body, attachments=()):
    """Return a message; attachments are (name, content, media type)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Clerk <clerk@parl.example>"
    message["To"] = "library@parl.example"
    message["Subject"] = subject
    message["Date"] = "Tue, 03 Mar 2020 10:00:00 +0100"
    message["Message-ID"] = f"<{len(subject)}.{len(body)}@parl.example>"
    message.set_content(body)
    for name, content, kind in attachments:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    message.set_boundary(f"=_{len(subject)}.{len(body)}")
    return message.as_bytes()


def forwarding(subject, inner):
    """Return a message that carries another, byte for byte."""
    mark = "".join(c for c in subject if c.isalnum())
    head = (
        f"From: a@parl.example\r\nTo: b@parl.example\r\nSubject: {subject}\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b{mark}\r\n\r\n"
        f"--b{mark}\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"
        f"--b{mark}\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    return head.encode() + inner + f"\r\n--b{mark}--\r\n".encode()


def mailbox(messages, end=b"\n"):
    """Return a mailbox file."""
    return b"".join(SEPARATOR + end + message + end for message in messages)


def carrying(*files, text="The cover page"):
    """Return a PDF that carries files: (name, content)."""
    writer = pypdf.PdfWriter(io.BytesIO(text_pdf(text)))
    for name, content in files:
        writer.add_attachment(name, content)
    return written(writer)


def written(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _property(tag, kind, value):
    return struct.pack("<HHI8s", kind, tag, 6, value)


def outlook(subject, body, attachments=(), *, inner=False, **streams):
    """Return the folder of an Outlook message; an attachment may be such a folder."""
    parts = {}
    for number, (name, content) in enumerate(attachments):
        method = 5 if isinstance(content, Folder) else 1
        values = bytes(8) + _property(0x3705, 3, struct.pack("<II", method, 0))
        kept = {"__properties_version1.0": values}
        if name:
            kept["__substg1.0_3707001F"] = name.encode("utf-16-le")
        folders = {}
        if isinstance(content, Folder):
            folders["__substg1.0_3701000D"] = content
        elif content is not None:
            kept["__substg1.0_37010102"] = content
        parts[f"__attach_version1.0_#{number:08X}"] = Folder(
            streams=kept, folders=folders
        )
    # 2020-03-03T09:00:00Z
    sent = _property(0x0039, 0x40, struct.pack("<Q", 132276996000000000))
    head = bytes(24 if inner else 32)
    names = {} if inner else {"__nameid_version1.0": Folder(streams={"n": b"names"})}
    return Folder(
        streams={
            "__properties_version1.0": head + sent,
            "__substg1.0_0037001F": subject.encode("utf-16-le"),
            "__substg1.0_0C1A001F": "Clerk".encode("utf-16-le"),
            "__substg1.0_5D01001F": "clerk@parl.example".encode("utf-16-le"),
            "__substg1.0_0E04001F": "The Library".encode("utf-16-le"),
            **({"__substg1.0_1000001F": body.encode("utf-16-le")} if body else {}),
            **streams,
        },
        folders={**parts, **names},
    )


def msg(*args, **named):
    """Return an Outlook message as a file."""
    return compound_file(outlook(*args, **named))
