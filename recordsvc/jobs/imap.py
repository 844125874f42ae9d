"""A mailbox on an IMAP server, as far as an intake needs it (RFC 3501).

The server is no more trusted than a paper: what it sends is bounded before it is read.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordsvc.services.errors import InvalidRequest

TIMEOUT_S = 60.0
# So many messages are asked for their size at a time.
WINDOW = 500
ANSWER_BYTES = 4 << 20
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)\b")
_UID = re.compile(rb"\bUID (\d+)\b")
_ERRORS = (imaplib.IMAP4.error, OSError, EOFError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the mailbox is and who opens it.

    Parameters
    ----------
    tls
        ``tls``, ``starttls`` or ``none``.
    ca_file
        Certificates that the server's must go back to; None for the system's.
    """

    host: str
    port: int
    tls: str
    user: str
    password: str
    folder: str
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message on the server: its UID and its size in bytes."""

    uid: int
    size: int


class Cut(Exception):
    """The connection broke, or the server does not answer; go on later."""


class _Bounded:
    """Keeps imaplib from reading more than an answer may have."""

    allowed_bytes = ANSWER_BYTES

    def read(self, size: int) -> bytes:
        """Read a literal, unless the server sends more than it was asked for."""
        self._spend(size)
        return super().read(size)  # type: ignore[misc,no-any-return]

    def readline(self) -> bytes:
        """Read a line."""
        line: bytes = super().readline()  # type: ignore[misc]
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.allowed_bytes -= size
        if self.allowed_bytes < 0:
            raise imaplib.IMAP4.abort("it sends more than it was asked for")


class _Plain(_Bounded, imaplib.IMAP4):
    """Without TLS, or before it."""


class _Secure(_Bounded, imaplib.IMAP4_SSL):
    """With TLS from the first byte."""


class ImapMailbox:
    """One open folder of a mailbox.

    Parameters
    ----------
    read_only
        Change nothing on the server, not even what it holds to be seen.

    Raises
    ------
    Cut
        If the server cannot be reached, or breaks off; from every method.
    InvalidRequest
        If it refuses the login or has no such folder.
    """

    def __init__(self, account: Account, *, read_only: bool) -> None:
        self.account = account
        try:
            self._server = _connect(account)
        except _ERRORS as error:
            raise Cut(_said(error)) from error
        try:
            self._log_in()
            self._able = self._abilities()
            self._open(read_only=read_only)
        except BaseException:
            self.close()
            raise

    def _log_in(self) -> None:
        try:
            self._server.login(self.account.user, self.account.password)
        except imaplib.IMAP4.abort as error:
            raise Cut(_said(error)) from error
        except imaplib.IMAP4.error as error:
            # The server's words may hold what was sent.
            raise InvalidRequest(
                f"the server refuses the login of {self.account.user}"
            ) from error
        except OSError as error:
            raise Cut(_said(error)) from error

    def _abilities(self) -> frozenset[str]:
        """Return what the server can do for who is logged in: more than before."""
        with self._asking():
            _, data = self._server.capability()
        said = b" ".join(line for line in data if isinstance(line, bytes))
        return frozenset(said.decode("ascii", "replace").upper().split())

    def _open(self, *, read_only: bool) -> None:
        quoted = self.account.folder.replace("\\", "\\\\").replace('"', '\\"')
        with self._asking():
            status, data = self._server.select(f'"{quoted}"', readonly=read_only)
            if status != "OK":
                raise InvalidRequest(
                    f"the mailbox has no folder {self.account.folder} to be opened"
                )
            self.count = int(data[0] or b"0")
            self.uid_validity = self._number("UIDVALIDITY")
            self.uid_next = self._number("UIDNEXT")

    def _number(self, name: str) -> int:
        _, data = self._server.response(name)
        if not data or not data[0]:
            raise InvalidRequest(
                f"the server tells no {name}; its messages have no names"
            )
        return int(data[0])

    @property
    def name(self) -> str:
        """Return the address of the folder (RFC 5092); a UID is added to it."""
        from urllib.parse import quote

        where, scheme = self.account, "imaps" if self.account.tls == "tls" else "imap"
        user, folder = quote(where.user, safe=""), quote(where.folder, safe="/")
        return (
            f"{scheme}://{user}@{where.host}:{where.port}/{folder}"
            f";UIDVALIDITY={self.uid_validity}"
        )

    def letters_after(self, uid: int, most: int) -> list[Letter]:
        """Return the messages above a UID, oldest first, at most so many."""
        found: list[Letter] = []
        number = self._first_after(uid)
        while number <= self.count and len(found) < most:
            window = f"{number}:{min(number + WINDOW - 1, self.count)}"
            found += [x for x in self._fetch_sizes(window) if x.uid > uid]
            number += WINDOW
        return sorted(found, key=lambda letter: letter.uid)[:most]

    def _first_after(self, uid: int) -> int:
        """Return the place of the first message above a UID, by halving."""
        low, high = 1, self.count + 1
        while low < high:
            middle = (low + high) // 2
            at = self._fetch_sizes(str(middle))
            if at and at[0].uid > uid:
                high = middle
            else:
                low = middle + 1
        return low

    def _fetch_sizes(self, window: str) -> list[Letter]:
        with self._asking():
            _, data = self._server.fetch(window, "(UID RFC822.SIZE)")
        return _letters(data)

    def sizes_of(self, uids: list[int]) -> list[Letter]:
        """Return the messages of these UIDs that are still there."""
        found: list[Letter] = []
        for start in range(0, len(uids), WINDOW):
            asked = ",".join(map(str, uids[start : start + WINDOW]))
            with self._asking():
                _, data = self._server.uid("FETCH", asked, "(UID RFC822.SIZE)")
            found += _letters(data)
        return sorted(found, key=lambda letter: letter.uid)

    def fetch(self, letter: Letter) -> bytes | None:
        """Return the bytes of a message, None when it is gone meanwhile."""
        # Some servers count line ends otherwise in the size than in the body.
        with self._asking(2 * letter.size + ANSWER_BYTES):
            _, data = self._server.uid("FETCH", str(letter.uid), "(BODY.PEEK[])")
        for answer, after in zip(data, [*data[1:], b""], strict=True):
            if isinstance(answer, tuple):
                around = answer[0] + (after if isinstance(after, bytes) else b"")
                named = _UID.search(around)
                if named and int(named[1]) == letter.uid:
                    return bytes(answer[1])
        return None

    def move(self, uids: list[int], target: str) -> None:
        """Move messages into another folder of the mailbox, making it if need be.

        Raises
        ------
        InvalidRequest
            If the server refuses.
        """
        quoted = '"' + target.replace("\\", "\\\\").replace('"', '\\"') + '"'
        with self._asking():
            self._server.create(quoted)
            for asked in _in_windows(uids):
                if "MOVE" in self._able:
                    self._require(self._server.uid("MOVE", asked, quoted), "move")
                else:
                    self._require(self._server.uid("COPY", asked, quoted), "copy")
                    self._expunge(asked)

    def delete(self, uids: list[int]) -> None:
        """Delete messages from the server.

        Raises
        ------
        InvalidRequest
            If the server refuses.
        """
        with self._asking():
            for asked in _in_windows(uids):
                self._expunge(asked)

    def _expunge(self, asked: str) -> None:
        stored = self._server.uid("STORE", asked, "+FLAGS.SILENT", r"(\Deleted)")
        self._require(stored, "delete")
        # Without UIDPLUS a plain expunge would take what others have marked.
        if "UIDPLUS" in self._able:
            self._require(self._server.uid("EXPUNGE", asked), "delete")

    @staticmethod
    def _require(answer: tuple[str, list[Any]], what: str) -> None:
        if answer[0] != "OK":
            raise InvalidRequest(f"the server refuses to {what} messages")

    @contextlib.contextmanager
    def _asking(self, most_bytes: int = ANSWER_BYTES) -> Iterator[None]:
        """Bound what the server may send, and say whatever breaks in one way."""
        self._server.allowed_bytes = most_bytes
        try:
            yield
        except _ERRORS as error:
            raise Cut(_said(error)) from error

    def close(self) -> None:
        """Log out, if the server still listens."""
        with contextlib.suppress(*_ERRORS):
            self._server.logout()


def _connect(account: Account) -> Any:
    if account.tls == "none" and account.host not in {"localhost", "127.0.0.1", "::1"}:
        raise InvalidRequest(
            f"mailbox.tls = none would send the password in clear to {account.host}; "
            "say tls or starttls"
        )
    context = ssl.create_default_context(cafile=account.ca_file)
    where = (account.host, account.port)
    if account.tls == "tls":
        return _Secure(*where, ssl_context=context, timeout=TIMEOUT_S)
    server = _Plain(*where, timeout=TIMEOUT_S)
    if account.tls == "starttls":
        server.starttls(context)
    return server


def _letters(data: list[Any]) -> list[Letter]:
    found = []
    for answer in data:
        line = answer if isinstance(answer, bytes) else b""
        uid, size = _UID.search(line), _SIZE.search(line)
        if uid and size:
            found.append(Letter(uid=int(uid[1]), size=int(size[1])))
    return found


def _in_windows(uids: list[int]) -> Iterator[str]:
    for start in range(0, len(uids), WINDOW):
        yield ",".join(map(str, uids[start : start + WINDOW]))


def _said(error: BaseException) -> str:
    return f"the mail server does not answer: {error or type(error).__name__}"
