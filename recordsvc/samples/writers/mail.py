"""Write a letter as an e-mail with a paper attached (RFC 5322, MIME)."""

from datetime import UTC, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from recordsvc.samples.source import Paper

__all__ = ["write"]


def write(paper: Paper, attached: Paper, content: bytes) -> bytes:
    """Return the message; boundary and date are fixed by the paper."""
    message = EmailMessage(policy=SMTP)
    message["From"] = paper.said["from"]
    message["To"] = paper.said["to"]
    message["Subject"] = paper.title
    noon = datetime.combine(paper.date, time(12), UTC)
    message["Date"] = format_datetime(noon)
    stem = paper.file.rpartition(".")[0]
    message["Message-ID"] = f"<{stem}@tessara.example>"
    message["Content-Language"] = paper.language
    body = "\n\n".join(block.text for block in paper.blocks)
    message.set_content(body + "\n", charset="utf-8", cte="quoted-printable")
    message.add_attachment(
        content, maintype="application", subtype="pdf", filename=attached.file
    )
    message.set_boundary(f"=_{stem}_=")
    return message.as_bytes()
