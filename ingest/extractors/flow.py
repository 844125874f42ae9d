"""Put pieces of running text together, blocks on lines of their own."""

from __future__ import annotations

import re

__all__ = ["TextFlow", "decode_text"]

_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2002-\u200a\u202f\u3000]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*\n ?")
_EDGE = re.compile(r" ?\n ?")
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})")


class TextFlow:
    r"""Gather text so that white space means what it means in markup.

    Examples
    --------
    >>> flow = TextFlow()
    >>> flow.add("An  ")
    >>> flow.add("Act")
    >>> flow.line()
    >>> flow.add(" to amend")
    >>> flow.text()
    'An Act\nto amend'
    """

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, text: str | None) -> None:
        """Add running text; its line ends are white space."""
        if text:
            self._parts.append(_SPACE.sub(" ", text))

    def verbatim(self, text: str) -> None:
        """Add text whose line ends and tabs are kept."""
        self._parts.append(text)

    def line(self) -> None:
        """End the line, unless it is empty."""
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")

    def gap(self) -> None:
        """Leave an empty line."""
        if self._parts:
            self._parts.append("\n\n")

    def text(self) -> str:
        """Return the text so far."""
        joined = re.sub("  +", " ", "".join(self._parts))
        joined = _BLANK_LINES.sub("\n\n", joined)
        return _EDGE.sub("\n", joined).strip()

    def take(self) -> str:
        """Return the text so far and begin anew."""
        text = self.text()
        self._parts.clear()
        return text


def decode_text(content: bytes, declared: str | None = None) -> tuple[str, str]:
    """Return the text of bytes in an encoding nobody vouches for.

    Parameters
    ----------
    content
        The bytes.
    declared
        An encoding that the carrier states, or None.

    Returns
    -------
    tuple
        The text and the name of the encoding used. A byte order mark is believed
        first, then UTF-8 if it fits, then the declared encoding, then Windows-1252.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace"), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if declared is None and (found := _DECLARED.search(content[:4096])):
        declared = found[1].decode("ascii")
    if declared:
        try:
            return content.decode(declared, "replace"), declared.lower()
        except LookupError:
            pass
    return content.decode("cp1252", "replace"), "cp1252"
