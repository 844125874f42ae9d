"""Take out the files that a PDF carries.

They hang in four places: the name tree of embedded files (portfolios too), the
annotations that show a paper clip, and the associated files of the document and of
its pages (PDF/A-3). pypdf follows them all; it is loaded only where there is
something to follow.

Source: ISO 32000-2 sections 7.11.4, 12.5.6.15 and 14.13.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from ingest.extractors.source import Findings

if TYPE_CHECKING:
    from pypdf.generic import DictionaryObject

__all__ = ["attach_carried", "may_carry"]

_MARKS = (b"/EmbeddedFile", b"/FileAttachment")
_MAX_NODES = 2_000
_MAX_PAGES = 5_000
_MAX_ANNOTATIONS = 20_000
# Attachments that unpack to more than this in all are not worth the time of a worker.
_MAX_UNPACKED_BYTES = 256 * 1024 * 1024
_NAMES = ("/UF", "/F", "/Unix", "/Mac", "/DOS")


def may_carry(content: bytes) -> bool:
    """Say whether a PDF may carry files, by one look for two words.

    Notes
    -----
    The dictionary of a stream is never packed, so that the type of an embedded file
    stands in the bytes as it is, also in an encrypted file.
    """
    return any(mark in content for mark in _MARKS)


def attach_carried(file: BinaryIO, found: Findings, password: str = "") -> None:
    """Put every file that a PDF carries aside, each one once.

    Parameters
    ----------
    file
        The PDF, seekable; may be damaged.
    found
        What could not be taken out is a warning there.
    password
        Opens the PDF, where it is encrypted.
    """
    import pypdf

    try:
        reader = pypdf.PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(password):
            found.warn("attachment:encrypted", "the attachments need a password")
            return
        _Carried(reader, found).attach_all()
    except Exception as damage:  # noqa: BLE001 - pypdf raises anything on damage
        _say_damaged(found, damage)


def _say_damaged(found: Findings, damage: Exception, name: str = "") -> None:
    what = f"the attachment {name!r}" if name else "not every attachment of the PDF"
    can = "cannot" if name else "can"
    message = f"{what} {can} be taken out: {type(damage).__name__}"
    found.warn("attachment:damaged", message)


class _Carried:
    """Follow the places in which files hang."""

    def __init__(self, reader: Any, found: Findings) -> None:
        self._reader = reader
        self._found = found
        self._seen: set[object] = set()
        self._unpacked = 0

    def attach_all(self) -> None:
        root = self._reader.root_object
        for places in (self._in_tree(root), self._in_parts(root), self._on_pages()):
            try:
                for specification in places:
                    self._attach(specification)
            except _TooMuchError:
                message = "the attachments unpack to too much; the PDF holds them all"
                self._found.warn("attachment:cut", message)
                return
            except Exception as damage:  # noqa: BLE001 - see above
                _say_damaged(self._found, damage)

    def _in_tree(self, root: DictionaryObject) -> Iterator[Any]:
        names = _at(_at(root, "/Names"), "/EmbeddedFiles")
        waiting = [] if names is None else [names]
        nodes = 0
        while waiting and nodes < _MAX_NODES:
            node = waiting.pop(0)
            nodes += 1
            pairs = _at(node, "/Names") or ()
            for position in range(1, len(pairs), 2):
                yield pairs[position]
            waiting.extend(_objects(_at(node, "/Kids")))
        if waiting:
            self._found.warn(
                "attachment:cut", "the list of attachments is longer than is read"
            )

    def _in_parts(self, root: DictionaryObject) -> Iterator[Any]:
        yield from _at(root, "/AF") or ()

    def _on_pages(self) -> Iterator[Any]:
        annotations = 0
        for number, page in enumerate(self._reader.pages):
            if number >= _MAX_PAGES or annotations > _MAX_ANNOTATIONS:
                self._found.warn(
                    "attachment:cut", "not every page was searched for attachments"
                )
                return
            yield from _at(page, "/AF") or ()
            for annotation in _objects(_at(page, "/Annots")):
                annotations += 1
                if _at(annotation, "/Subtype") == "/FileAttachment":
                    yield _at(annotation, "/FS", resolved=False)

    def _attach(self, specification: Any) -> None:
        known = _resolved(specification)
        if not isinstance(known, dict):
            return
        files = _at(known, "/EF")
        if files is None:
            return
        name = next((str(n) for key in _NAMES if (n := _at(known, key))), "")
        key = next((key for key in _NAMES if files.get(key) is not None), None)
        if key is None:
            return
        place = files.raw_get(key)
        # One file may hang in several places: an invoice in the tree and as
        # associated file.
        mark = getattr(place, "idnum", None) or id(place)
        if mark in self._seen:
            return
        self._seen.add(mark)
        self._take_out(name, _resolved(place))

    def _take_out(self, name: str, stream: Any) -> None:
        try:
            content = bytes(stream.get_data())
        except Exception as damage:  # noqa: BLE001 - see above
            # What is refused for its size has cost as much as it may.
            self._unpacked += _MAX_UNPACKED_BYTES // 3
            _say_damaged(self._found, damage, name or "without a name")
            content = None
        if content is not None:
            self._unpacked += len(content)
            mime = str(_at(stream, "/Subtype") or "").removeprefix("/")
            self._found.attach(name, mime or None, content)
        if self._unpacked > _MAX_UNPACKED_BYTES:
            raise _TooMuchError


class _TooMuchError(Exception):
    """Say that the attachments unpack to more than is read."""


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _at(holder: Any, key: str, *, resolved: bool = True) -> Any:
    """Return a member of a dictionary that may be none."""
    holder = _resolved(holder)
    if not isinstance(holder, dict) or key not in holder:
        return None
    value = holder.raw_get(key) if hasattr(holder, "raw_get") else holder[key]
    return _resolved(value) if resolved else value


def _objects(values: Any) -> list[Any]:
    return [_resolved(value) for value in values or ()]
