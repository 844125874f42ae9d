"""The postman: letters are sent outside any transaction, and noted after."""

import contextlib
import logging
import smtplib
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial

from recordsvc.bootstrap import Service
from recordsvc.services import letters
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.disposal import reminding
from recordsvc.services.letters import Worded
from recordsvc.settings import Settings, SettingsError

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0
ROUND_EVERY_S = 600.0
LETTERS_KEPT = timedelta(days=30)


class Postman:
    """Sends letters as they come, and now and then looks who is to be reminded."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._next_round_s = 0.0

    def turn(self) -> int:
        """Do what there is to do now; return how many letters were sent."""
        if time.monotonic() >= self._next_round_s:
            write_reminders(self.service)
            self.service.run(SYSTEM, _forget)
            self._next_round_s = time.monotonic() + ROUND_EVERY_S
        return deliver(self.service)


def _forget(ctx: Context) -> int:
    box = ctx.root.letter_box
    return 0 if box is None else box.forget(ctx.now() - LETTERS_KEPT)


def write_reminders(service: Service) -> int:
    """Write the digests of the day; return how many."""
    written = 0
    for login in service.view(SYSTEM, reminding.people_to_remind):
        written += service.run(SYSTEM, partial(_remind, login=login))
    return written


def _remind(ctx: Context, *, login: str) -> bool:
    return reminding.remind(ctx, login) is not None


def deliver(service: Service) -> int:
    """Try every letter that may be tried now; return how many were sent.

    A letter that the server took just before this process died is sent once more,
    under the same Message-ID, by which its reader's program knows it.
    """
    sent = 0
    if not service.settings.smtp_host:
        return sent
    while (worded := service.run(SYSTEM, letters.claim)) is not None:
        failure = _failure(service.settings, worded)
        state = service.run(
            SYSTEM, partial(letters.settle, letter_id=worded.id, failure=failure)
        )
        log.info("letter id=%s state=%s", worded.id, state)
        sent += failure is None
    return sent


def _failure(settings: Settings, worded: Worded) -> str | None:
    """Send a letter; return why it was not taken, None when it was."""
    try:
        with _connected(settings) as server:
            server.send_message(
                message_of(worded), from_addr=worded.sender, to_addrs=[worded.to]
            )
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return f"the server refused the address: {code} {_plain(text)}"
    except smtplib.SMTPResponseException as error:
        return f"the server answered {error.smtp_code} {_plain(error.smtp_error)}"
    except (
        smtplib.SMTPException,
        OSError,
        SettingsError,
        MessageError,
        ValueError,
    ) as error:
        # Also a name of the house, or a sender, that stands in no header.
        return f"{type(error).__name__}: {_plain(str(error))}"
    return None


def _plain(text: bytes | str) -> str:
    """Return what a server said as one short line: it may be anything."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return "".join(c if c.isprintable() else " " for c in said)[:200].strip()


@contextlib.contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    host, port = settings.smtp_host, settings.smtp_port
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.smtp_tls == "tls":
        server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, _password(settings))
        yield server


def _password(settings: Settings) -> str:
    if settings.smtp_password_file is None:
        raise SettingsError("recordsvc.smtp_user is set, smtp_password_file is not")
    text = settings.smtp_password_file.read_text(encoding="utf-8")
    return text.partition("\n")[0].rstrip("\r")


def message_of(worded: Worded) -> EmailMessage:
    """Return a letter as a message of its own (RFC 5322)."""
    message = EmailMessage(policy=SMTP)
    _, _, domain = worded.sender.rpartition("@")
    message["From"] = worded.sender
    message["To"] = Address(addr_spec=worded.to)
    message["Subject"] = worded.subject
    message["Date"] = format_datetime(worded.written_at)
    message["Message-ID"] = f"<{worded.id}@{domain}>"
    # No holiday note is to answer it (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(worded.body)
    message["Content-Language"] = worded.language
    return message
