"""Messages between the processes of the extraction: length, then JSON.

Never pickle: who sends may be in the hands of a hostile file. File descriptors
travel beside the message (``SCM_RIGHTS``).
"""

import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import orjson

from ingest.errors import AnswerError

__all__ = ["MAX_MESSAGE_BYTES", "Inbox", "receive", "send"]

MAX_MESSAGE_BYTES = 64 * 1024
_LENGTH = struct.Struct(">I")
_MAX_DESCRIPTORS = 64


def send(
    channel: socket.socket, value: object, descriptors: Sequence[int] = ()
) -> None:
    """Send one message, with file descriptors if there are any.

    Parameters
    ----------
    channel
        A stream socket.
    value
        JSON-able values.
    descriptors
        Open files that the receiver gets duplicates of.

    Raises
    ------
    ValueError
        The message is longer than `MAX_MESSAGE_BYTES`.
    OSError
        The other side is gone.
    """
    body = orjson.dumps(value)
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(
            f"a message of {len(body)} bytes is longer than {MAX_MESSAGE_BYTES}"
        )
    message = _LENGTH.pack(len(body)) + body
    if descriptors:
        sent = socket.send_fds(channel, [message], list(descriptors))
        message = message[sent:]
    channel.sendall(message)


def receive(
    channel: socket.socket, descriptors: int = 0
) -> tuple[dict[str, Any], list[int]] | None:
    """Wait for one message and its file descriptors.

    Parameters
    ----------
    channel
        A stream socket that blocks.
    descriptors
        How many descriptors may come with it.

    Returns
    -------
    tuple or None
        The message and its descriptors; None when the other side has closed.

    Raises
    ------
    AnswerError
        What came is no message.
    """
    head, files, _, _ = socket.recv_fds(channel, _LENGTH.size, max(descriptors, 1))
    while head and len(head) < _LENGTH.size:
        more = channel.recv(_LENGTH.size - len(head))
        if not more:
            return None
        head += more
    if not head:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_MESSAGE_BYTES:
        raise AnswerError("message", f"is longer than {MAX_MESSAGE_BYTES} bytes")
    body = bytearray()
    while len(body) < length:
        more = channel.recv(length - len(body))
        if not more:
            return None
        body += more
    return _decoded(bytes(body)), files


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except ValueError as damage:
        raise AnswerError("message", f"is no JSON: {damage}") from None
    if not isinstance(value, dict):
        raise AnswerError("message", "is not an object")
    return value


class Inbox:
    """Gather messages from a socket that must never make the reader wait.

    Parameters
    ----------
    channel
        A stream socket.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._bytes = bytearray()
        self._waiting: list[dict[str, Any]] = []
        self.closed = False

    def read(self) -> list[dict[str, Any]]:
        """Return the complete messages that are here; none may be.

        Descriptors that the other side sends along are refused by the kernel,
        since none are asked for.

        Raises
        ------
        AnswerError
            What came is no message, or too long.
        """
        while not self.closed:
            try:
                piece = self._channel.recv(MAX_MESSAGE_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            self.closed = not piece
            self._bytes += piece
            if len(self._bytes) > 4 * MAX_MESSAGE_BYTES:
                break
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def wait(self, seconds: float) -> dict[str, Any] | None:
        """Return the next message, however slowly its bytes come, or None.

        Parameters
        ----------
        seconds
            Clock time after which None is returned; so it is when the other side
            closes without a message.
        """
        end = time.monotonic() + seconds
        while not self._waiting and not self.closed:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._channel], [], [], left)[0]:
                return None
            self._waiting.extend(self.read())
        return self._waiting.pop(0) if self._waiting else None

    def _next(self) -> dict[str, Any] | None:
        if len(self._bytes) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._bytes)
        if length > MAX_MESSAGE_BYTES:
            raise AnswerError("message", f"is longer than {MAX_MESSAGE_BYTES} bytes")
        end = _LENGTH.size + length
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[_LENGTH.size : end])
        del self._bytes[:end]
        return _decoded(body)
