"""Look through bytes as they come, and through what is packed in them."""

from recordsvc.storage.findings import Findings
from recordsvc.storage.needles import Finder
from recordsvc.storage.unpacking import (
    CLOSED,
    CannotUnpack,
    NoStream,
    Unpacker,
    gives_nothing,
    unpacker_of,
)

# Small, because most of what looks like a packed stream is none and dies in it.
PIECE_BYTES = 1 << 15
# A stream this long is one, though it may have begun like one by accident.
CERTAIN_BYTES = 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REMARKS = {
    "encrypted-office": (_OLE, "an encrypted Office document"),
    "encrypted-pdf": (b"%PDF-", "an encrypted PDF: strings and streams are hidden"),
}


class Sieve:
    """One run of bytes: a file, or what a packed stream in it gives.

    Parameters
    ----------
    where
        The way through the packings, empty for a file.
    depth
        How many packings are around it.
    """

    def __init__(
        self, finder: Finder, findings: Findings, where: str = "", depth: int = 0
    ) -> None:
        self._finder = finder
        self._findings = findings
        self._where = where
        self._depth = depth
        self._tail = b""
        self._begin = b""
        self._position = 0
        self._streams: list[_Stream] = []

    def feed(self, block: bytes) -> None:
        """Look through the next bytes."""
        if self._position == 0 and block:
            self._begin = block[:32]
            self._note_closed()
        content = self._tail + block
        base = self._position - len(self._tail)
        self._streams = [s for s in self._streams if s.feed(block)]
        if self._position == 0 and self._depth == 0:
            # Bare deflate has no mark: it can be met at the beginning only.
            self._open("deflate", content, 0, 0)
        begun = 0
        for found in self._finder.found_in(content, len(self._tail)):
            if found.marker is not None:
                begun += 1
                if begun <= self._findings.limits.beginnings:
                    self._open(found.marker, content, found.start, base + found.start)
            for needle_id, form in found.needles:
                self._findings.hit(needle_id, self._where, form, base + found.start)
        if begun > self._findings.limits.beginnings:
            self._findings.cannot_scan(
                self._where, "too many beginnings of packed streams"
            )
        self._position += len(block)
        self._tail = content[-(self._finder.longest - 1) :]

    def close(self) -> None:
        """Say that there is no more."""
        for stream in self._streams:
            stream.close()
        self._streams = []

    def _note_closed(self) -> None:
        for begin, what in CLOSED.items():
            if self._begin.startswith(begin):
                self._findings.cannot_scan(self._where, what)

    def _open(self, marker: str, content: bytes, start: int, offset: int) -> None:
        if marker in _REMARKS:
            begin, what = _REMARKS[marker]
            if self._begin.startswith(begin):
                self._findings.cannot_scan(self._where, what)
            return
        if marker == "zlib" and gives_nothing(content, start):
            return
        if len(self._streams) >= self._findings.limits.streams:
            self._findings.cannot_scan(self._where, "too many packed streams at once")
            return
        stream = _Stream(self, unpacker_of(marker, is_first=offset == 0), offset)
        if stream.feed(memoryview(content)[start:]):
            self._streams.append(stream)

    def inside(self, name: str) -> "Sieve":
        """Return the sieve for what a stream of this one gives."""
        return Sieve(self._finder, self._findings, self.way_to(name), self._depth + 1)

    def way_to(self, name: str) -> str:
        """Return the way to a stream of this sieve."""
        return f"{self._where} > {name}" if self._where else name

    @property
    def findings(self) -> Findings:
        """Return where to note what is found."""
        return self._findings

    @property
    def is_deepest(self) -> bool:
        """Say whether packings in this one are followed no more."""
        return self._depth >= self._findings.limits.depth


class _Stream:
    """A packed stream of a sieve, and the sieve of what it gives."""

    def __init__(self, outer: Sieve, unpacker: Unpacker, offset: int) -> None:
        self._outer = outer
        self._unpacker = unpacker
        self._offset = offset
        self._inner: Sieve | None = None
        self._taken = 0
        self._given = 0

    def feed(self, block: bytes | memoryview) -> bool:
        """Unpack the next bytes; say whether the stream wants more."""
        view = memoryview(block)
        try:
            for at in range(0, len(view), PIECE_BYTES):
                piece = bytes(view[at : at + PIECE_BYTES])
                self._taken += len(piece)
                for part in self._unpacker.unpack(piece):
                    self._pass_on(part)
                if self._unpacker.is_done:
                    self._close_inner()
                    return False
        except CannotUnpack as exc:
            self._note(str(exc))
        except NoStream:
            self._note_damage("damaged: it cannot be unpacked to its end")
        else:
            return True
        self._close_inner()
        return False

    def close(self) -> None:
        """Say that there is no more."""
        self._note_damage("cut off before its end")
        self._close_inner()

    def _pass_on(self, part: bytes) -> None:
        self._given += len(part)
        findings = self._outer.findings
        limits = findings.limits
        if not findings.may_unpack(len(part)):
            raise CannotUnpack(
                f"the file gives more than {limits.unpacked_bytes} bytes"
            )
        if (
            self._given > limits.ratio_after_bytes
            and self._given > limits.ratio * self._taken
        ):
            raise CannotUnpack(f"gives more than {limits.ratio} bytes a byte")
        if self._outer.is_deepest:
            if self._given >= CERTAIN_BYTES or self._unpacker.is_certain:
                raise CannotUnpack(f"packed more than {limits.depth} times")
            return
        if self._inner is None:
            self._inner = self._outer.inside(self._name)
        self._inner.feed(part)

    @property
    def _name(self) -> str:
        return f"{self._unpacker.name}@{self._offset}"

    def _note(self, reason: str) -> None:
        self._outer.findings.cannot_scan(self._outer.way_to(self._name), reason)

    def _note_damage(self, reason: str) -> None:
        # An accident gives nothing, or not much.
        if self._unpacker.is_certain and (self._given or self._unpacker.name != "zip"):
            self._note(reason)

    def _close_inner(self) -> None:
        if self._inner is not None:
            self._inner.close()
            self._inner = None
