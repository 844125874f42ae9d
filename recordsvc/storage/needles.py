"""What an absence scan looks for: each needle in the forms in which bytes hide."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ahocorasick_rs import BytesAhoCorasick, Implementation

# Shorter ones would be met by chance, above all in their base64 form.
MIN_NEEDLE_BYTES = 8
# Of each pattern the automaton knows only this many bytes.
FIRST_BYTES = 6
# A full table takes up to 1 KB a byte that the automaton knows; it is three times as
# fast as the small form.
MAX_TABLE_BYTES = 150_000
_ESCAPE = re.compile(r"\\u[0-9a-f]{4}")


class Form(StrEnum):
    """How a needle was written where it was found."""

    RAW = "raw"
    UTF16LE = "utf-16-le"
    UTF16BE = "utf-16-be"
    LATIN1 = "latin-1"
    JSON = "json"
    HEX = "hex"
    BASE64 = "base64"


def forms_of(needle: bytes) -> dict[bytes, Form]:
    """Return every writing of a needle that is looked for, and what it is.

    Parameters
    ----------
    needle
        The forms of text (UTF-16, Latin-1, JSON) are made when it is UTF-8.
    """
    found: dict[bytes, Form] = {}
    for form, written in _forms(needle):
        found.setdefault(written, form)
    return found


def _forms(needle: bytes) -> Iterator[tuple[Form, bytes]]:
    yield Form.RAW, needle
    for code in (needle.hex(), needle.hex().upper()):
        yield Form.HEX, code.encode()
    for core in _base64_cores(needle):
        yield Form.BASE64, core
    try:
        text = needle.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield Form.UTF16LE, text.encode("utf-16-le")
    yield Form.UTF16BE, text.encode("utf-16-be")
    if all(ord(c) < 256 for c in text):  # noqa: PLR2004  what Latin-1 has
        yield Form.LATIN1, text.encode("latin-1")
    for written in _json_forms(text):
        yield Form.JSON, written.encode()


def _base64_cores(needle: bytes) -> Iterator[bytes]:
    # The bytes before it shift a needle by 0, 2 or 4 bits; the letters at both ends
    # also hold bits of its neighbours.
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        whole = 8 * (before + len(needle)) // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + needle)[skipped:whole]


def _json_forms(text: str) -> Iterator[str]:
    units = text.encode("utf-16-be").hex()
    everything = "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    for ascii_only in (False, True):
        written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield written
        yield written.replace("/", r"\/")
        yield _ESCAPE.sub(_upper, written)
    yield everything
    yield _ESCAPE.sub(_upper, everything)


def _upper(escape: re.Match[str]) -> str:
    return r"\u" + escape[0][2:].upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A pattern that was found.

    Parameters
    ----------
    marker
        The name of the marker, None when it is a needle.
    needles
        Ids of the needles written like this, and how.
    """

    start: int
    marker: str | None
    needles: tuple[tuple[str, Form], ...]


class Finder:
    """Finds all needles, and the beginnings of packed streams, in one pass.

    Parameters
    ----------
    needles
        Id to bytes, at least 8 each.
    markers
        Other bytes to look for: marker to its name.

    Raises
    ------
    ValueError
        If a needle is too short.

    Notes
    -----
    The automaton knows the first bytes of each pattern only, so that it is small and
    stays in the processor's cache; what begins like a pattern is then compared.
    """

    def __init__(
        self, needles: Mapping[str, bytes], markers: Mapping[bytes, str]
    ) -> None:
        meanings: dict[bytes, list[tuple[str, Form]]] = {}
        for needle_id, needle in needles.items():
            if len(needle) < MIN_NEEDLE_BYTES:
                raise ValueError(
                    f"needle {needle_id!r} has {len(needle)} bytes; fewer than "
                    f"{MIN_NEEDLE_BYTES} are met by chance"
                )
            for written, form in forms_of(needle).items():
                meanings.setdefault(written, []).append((needle_id, form))
        self._needles = {written: tuple(found) for written, found in meanings.items()}
        self._markers = dict(markers)
        lengths: dict[bytes, set[int]] = {}
        for pattern in (*meanings, *markers):
            lengths.setdefault(pattern[:FIRST_BYTES], set()).add(len(pattern))
        self._lengths = [tuple(found) for found in lengths.values()]
        self.longest = max(length for found in self._lengths for length in found)
        is_small = sum(map(len, lengths)) <= MAX_TABLE_BYTES
        self._automaton = BytesAhoCorasick(
            lengths,
            implementation=(
                Implementation.DFA if is_small else Implementation.ContiguousNFA
            ),
        )

    def found_in(self, content: bytes, after: int) -> Iterator[Found]:
        """Yield every pattern that ends after a position."""
        matches = self._automaton.find_matches_as_indexes(content, overlapping=True)
        for beginning, start, _ in matches:
            for length in self._lengths[beginning]:
                end = start + length
                if end <= after or end > len(content):
                    continue
                pattern = content[start:end]
                marker = self._markers.get(pattern)
                if marker is not None:
                    yield Found(start=start, marker=marker, needles=())
                needles = self._needles.get(pattern)
                if needles is not None:
                    yield Found(start=start, marker=None, needles=needles)
