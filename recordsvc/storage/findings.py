"""What an absence scan found, kept within bounds however hostile a file is."""

from collections import Counter
from dataclasses import dataclass, field

from recordsvc.storage.needles import Form

# What a person can still read; more only says that the scan failed as a whole.
MOST_HITS = 10_000
MOST_UNSCANNABLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far packed content is followed.

    Parameters
    ----------
    depth
        Packings inside of packings.
    unpacked_bytes
        What the packed streams of one file may give together.
    ratio
        How many bytes a stream may give a byte, once it gave ``ratio_after_bytes``.
    streams
        Packed streams that may be open at the same place of one file.
    beginnings
        What looks like the beginning of a stream, in a block of 1 MiB; chance makes
        about 260 of them in random bytes.
    """

    depth: int = 4
    unpacked_bytes: int = 4 * 1024**3
    ratio: int = 250
    ratio_after_bytes: int = 16 * 1024**2
    streams: int = 32
    beginnings: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A needle was found.

    Parameters
    ----------
    where
        The way through the packings, empty for the file's own bytes.
    offset
        Of the first such hit, in bytes of what ``where`` names.
    """

    needle_id: str
    path: str
    where: str
    form: Form
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScannable:
    """Something that could not be looked into.

    Parameters
    ----------
    where
        The way through the packings, empty for the file as a whole.
    """

    path: str
    where: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Findings:
    """Collects what is found in one file after the other."""

    limits: Limits
    hits: dict[tuple[str, str, str, Form], Hit] = field(default_factory=dict)
    not_scannable: dict[tuple[str, str, str], NotScannable] = field(
        default_factory=dict
    )
    left_off: Counter[str] = field(default_factory=Counter)
    path: str = ""
    unpacked: int = 0

    def begin(self, path: str) -> None:
        """Go on to a file."""
        self.path = path
        self.unpacked = 0

    def hit(self, needle_id: str, where: str, form: Form, offset: int) -> None:
        """Note a hit: the first of its kind at a place."""
        key = (needle_id, self.path, where, form)
        if key in self.hits:
            return
        if len(self.hits) >= MOST_HITS:
            self.left_off["hits"] += 1
            return
        self.hits[key] = Hit(
            needle_id=needle_id, path=self.path, where=where, form=form, offset=offset
        )

    def cannot_scan(self, where: str, reason: str) -> None:
        """Note what could not be looked into."""
        key = (self.path, where, reason)
        if key in self.not_scannable:
            return
        if len(self.not_scannable) >= MOST_UNSCANNABLE:
            self.left_off["not_scannable"] += 1
            return
        self.not_scannable[key] = NotScannable(
            path=self.path, where=where, reason=reason
        )

    def may_unpack(self, amount: int) -> bool:
        """Count unpacked bytes; say whether the file's share lasts."""
        self.unpacked += amount
        return self.unpacked <= self.limits.unpacked_bytes
