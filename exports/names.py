"""Names: stored names for our packages, and rules for names in any bag."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME_BYTES = 255
"""The longest name, in UTF-8 bytes, that the usual file systems keep."""

SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "._.ds_store"})
"""Files that operating systems drop into folders, folded to lower case."""

_FORBIDDEN = frozenset('%\\/<>:"|?*')
_BIDI = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE
)
_PLAIN = re.compile(r"[A-Za-z0-9_. -]+")
_DRIVE = re.compile(r"[A-Za-z]:")
_SHELL_VARIABLE = re.compile(r"%[A-Za-z_]+%[\\/]")
_MAX_EXTENSION_BYTES = 32
_PLANE_END = 0xFFFE
_NONCHARACTERS = range(0xFDD0, 0xFDF0)


def clash_key(name: str) -> str:
    """Return the key under which two names are one on some file system.

    Case and Unicode normalisation are folded, as on macOS and Windows.
    """
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)


def stored_name(wanted: str) -> str:
    """Make a name that every file system, archive and BagIt tool keeps.

    Parameters
    ----------
    wanted : str
        The wished name; may hold lone surrogates and any character.

    Returns
    -------
    str
        NFC, at most 255 bytes in UTF-8 with the extension kept, without ``%``,
        backslash, slash, control characters, direction marks and the characters
        that Windows reserves; never empty, hidden or a device name.

    Notes
    -----
    A name without ``%``, CR and LF reads the same under RFC 8493 section 2.1.3
    and under the raw form that most tools write.
    """
    clean = wanted
    if not _PLAIN.fullmatch(wanted):
        composed = unicodedata.normalize("NFC", wanted)
        clean = unicodedata.normalize("NFC", "".join(map(_portable, composed)))
    clean = _trimmed(clean)
    if clean.startswith("."):
        clean = "_" + clean
    if not clean:
        clean = "file"
    if _RESERVED.fullmatch(clean):
        clean = "_" + clean
    return _shortened(clean)


def stored_names(wanted: Iterable[str]) -> tuple[str, ...]:
    """Make stored names that do not collide with each other.

    Parameters
    ----------
    wanted : iterable of str
        The wished names, in an order that decides who keeps the plain form.

    Returns
    -------
    tuple of str
        One name each, distinct even after case-folding and normalisation; the
        second of two equal names gets ``-2`` before its extension.
    """
    taken: set[str] = set()
    next_number: dict[str, int] = {}
    names: list[str] = []
    for wish in wanted:
        plain = stored_name(wish)
        name, number = plain, next_number.get(clash_key(plain), 2)
        while clash_key(name) in taken:
            name = _shortened(plain, f"-{number}")
            number += 1
        next_number[clash_key(plain)] = number
        taken.add(clash_key(name))
        names.append(name)
    return tuple(names)


def is_portable(name: str) -> bool:
    """Tell whether a name is one that `stored_name` would leave as it is."""
    return stored_name(name) == name


def path_fault(path: str) -> str | None:
    """Say why a path from a manifest, fetch file or archive is dangerous.

    Parameters
    ----------
    path : str
        The path as written, with ``/`` between its parts.

    Returns
    -------
    str or None
        The finding code, or None when the path stays inside the bag on every
        system: ``absolute-path``, ``home-path``, ``windows-path``, ``traversal``
        or ``bad-path``.
    """
    if not path or "\0" in path:
        return "bad-path"
    if path.startswith("/"):
        return "absolute-path"
    if path.startswith("~"):
        return "home-path"
    if path.startswith("\\") or _DRIVE.match(path) or _SHELL_VARIABLE.match(path):
        return "windows-path"
    parts = path.split("/")
    if any(".." in (part, *part.split("\\")) for part in parts):
        return "traversal"
    if any(part in ("", ".") for part in parts):
        return "bad-path"
    return None


PATH_FAULTS: dict[str, str] = {
    "absolute-path": "an absolute path points outside the bag",
    "home-path": "a path that begins with ~ points to a home folder",
    "windows-path": "a Windows path with drive, share or variable leaves the bag",
    "traversal": "a path with .. leaves the bag",
    "bad-path": "a path with an empty part, a single dot or NUL is ambiguous",
}
"""What each code of `path_fault` means, for a person."""


def _portable(char: str) -> str:
    if char in _FORBIDDEN or char in _BIDI:
        return "_"
    # Zl and Zp end lines for tools that read manifests with str.splitlines.
    if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
        return "_"
    return "_" if _is_noncharacter(ord(char)) else char


def _is_noncharacter(code: int) -> bool:
    return code & _PLANE_END == _PLANE_END or code in _NONCHARACTERS


def _trimmed(name: str) -> str:
    # Windows drops dots and spaces at the end; readers strip manifest lines.
    while name and (name[-1] == "." or name[-1].isspace()):
        name = name[:-1]
    return name.lstrip()


def _shortened(name: str, mark: str = "") -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem or len((dot + extension).encode()) > _MAX_EXTENSION_BYTES:
        stem, dot, extension = name, "", ""
    tail = mark + dot + extension
    room = MAX_NAME_BYTES - len(tail.encode())
    if len(stem.encode()) > room:
        stem = stem.encode()[:room].decode(errors="ignore")
    if not dot:
        stem = _trimmed(stem) or "file"
    return unicodedata.normalize("NFC", stem) + tail
