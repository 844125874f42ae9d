"""Ask a virus scanner, clamd, about bytes: its INSTREAM command over a socket.

Nothing but bytes goes there: neither a name nor a path, so that clamd needs no right
to read the store.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Clamd", "ScannerAbsentError", "Verdict", "VerdictKind"]

_CHUNK_BYTES = 1 << 18
_MAX_ANSWER_BYTES = 4_096
_FOUND = re.compile(r"stream: (.{1,200}) FOUND\Z")


class ScannerAbsentError(IngestError):
    """Say that the scanner does not answer.

    Parameters
    ----------
    where
        Its address.
    reason
        What the operating system or the scanner said.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"the virus scanner at {where} does not answer: {reason}")
        self.where = where
        self.reason = reason


class VerdictKind(StrEnum):
    """What a scanner says of a file."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not_scanned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold what a scanner says of one file.

    Parameters
    ----------
    detail
        The name of the signature that was found, or why the file was not scanned.
    """

    kind: VerdictKind
    detail: str = ""


class Clamd:
    """One scanner.

    Parameters
    ----------
    address
        The path of its socket, or ``HOST:PORT``.
    timeout_s
        Seconds that one read or write may take.
    """

    def __init__(self, address: str, *, timeout_s: float = 60.0) -> None:
        self.address = address
        self._timeout_s = timeout_s

    def ping(self) -> bool:
        """Say whether the scanner answers."""
        try:
            with self._connected() as line:
                line.sendall(b"zPING\0")
                return self._answer(line) == "PONG"
        except ScannerAbsentError:
            return False

    def scan(self, stream: BinaryIO) -> Verdict:
        """Have all bytes of a stream scanned.

        Raises
        ------
        ScannerAbsentError
            If the scanner does not answer, or answers what it never should.

        Notes
        -----
        clamd(8), INSTREAM: chunks, each with its length as four bytes in network
        order, and an empty one at the end.
        """
        with self._connected() as line:
            # A scanner that has seen enough answers and hangs up: read it all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(b"zINSTREAM\0")
                while chunk := stream.read(_CHUNK_BYTES):
                    line.sendall(struct.pack("!L", len(chunk)))
                    line.sendall(chunk)
                line.sendall(struct.pack("!L", 0))
            said = self._answer(line)
        if said == "stream: OK":
            return Verdict(kind=VerdictKind.CLEAN)
        if found := _FOUND.match(said):
            return Verdict(kind=VerdictKind.INFECTED, detail=found[1])
        if said.startswith("INSTREAM size limit exceeded"):
            detail = "it is larger than the scanner takes"
            return Verdict(kind=VerdictKind.NOT_SCANNED, detail=detail)
        raise ScannerAbsentError(self.address, f"it says {said[:200]!r}")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        try:
            with self._line() as line:
                yield line
        except OSError as error:
            raise ScannerAbsentError(self.address, str(error)) from None

    def _line(self) -> socket.socket:
        if self.address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(self._timeout_s)
            try:
                line.connect(self.address)
            except OSError:
                line.close()
                raise
            return line
        host, _, port = self.address.rpartition(":")
        return socket.create_connection(
            (host.strip("[]"), int(port)), timeout=self._timeout_s
        )

    def _answer(self, line: socket.socket) -> str:
        answer = b""
        while b"\0" not in answer and len(answer) < _MAX_ANSWER_BYTES:
            part = line.recv(_MAX_ANSWER_BYTES)
            if not part:
                break
            answer += part
        if not answer:
            raise ScannerAbsentError(self.address, "it hung up without an answer")
        return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
