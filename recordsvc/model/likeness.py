"""What is alike: the traits of papers, pairs that wait for a person, joined papers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

from recordsvc.model.agenda import Question
from recordsvc.model.record import Record
from recordsvc.model.values import stored

KEY_BYTES = 8


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class TextTraits:
    """What one text of a record is compared by.

    Parameters
    ----------
    sha256
        Digest of the file, in hexadecimal digits.
    rendition
        Digest of the text rendition that this was made from.
    text
        Digest of the letters and digits of the text, or None.
    signature
        The signature as :class:`ingest.signatures.Signature` writes it, or None.
    """

    sha256: str
    rendition: str
    text: str | None = None
    signature: str | None = None


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTraits:
    """What a record is found and compared by.

    Parameters
    ----------
    keys
        Its entries in the index: keyed digests that tell nothing by themselves.
    """

    texts: tuple[TextTraits, ...] = ()
    keys: tuple[bytes, ...] = ()


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records of which something was found, until a person has decided.

    Parameters
    ----------
    kind
        A word of :class:`ingest.likeness.Likeness`.
    newer
        Id of the later version, where that can be told.
    reasons
        Stable words that name the evidence.
    link
        Id of the link that was made of it at once, or empty.
    """

    id: str
    kind: str
    left: str
    right: str
    found_at: datetime
    score: float = 0.0
    newer: str | None = None
    reasons: tuple[str, ...] = ()
    link: str = ""

    def other(self, record_id: str) -> str:
        """Return the id of the record at the other end."""
        return self.right if record_id == self.left else self.left


class JoinedPaper(Persistent):  # type: ignore[misc]
    """What a record leaves behind that was joined to another: its address and itself.

    Parameters
    ----------
    record, question
        As they were; None once the record that they were joined to was destroyed.
    given
        Field, value before and value after of what the other record was given.
    links
        Id of a link before, id of it at the other record, and whether the joining
        has made that one.
    on
        The legal day of the joining.
    """

    record: Record | None = None
    question: Question | None = None
    given: tuple[tuple[str, Any, Any], ...] = ()
    links: tuple[tuple[str, str, bool], ...] = ()
    reason: str = ""
    on: date | None = None

    def __init__(self, record_id: str, into: str, at: datetime, by: str) -> None:
        self.id = record_id
        self.into = into
        self.at = at
        self.by = by


class LikenessBook(Persistent):  # type: ignore[misc]
    """Everything known of likeness, beside the records.

    Parameters
    ----------
    key
        Random bytes of this store. Digests of texts and numbers enter the index only
        under it, so that no page of the database tells of a text that has gone.

    Notes
    -----
    Only the one process that has the lease writes traits and the index; a record's
    own object is not touched by either, and loads as fast as without them.
    """

    # The audit trail has been followed up to this position.
    followed: int = 0

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.traits = OOBTree()
        # Key and record id, both as bytes.
        self.index = OOTreeSet()
        self.pairs = OOBTree()
        self.pairs_by_record = OOTreeSet()
        self.joined = OOBTree()
        # (id of the record, id of what was joined to it)
        self.joined_into = OOTreeSet()

    def put(self, record_id: str, traits: PaperTraits) -> None:
        """Keep the traits of a record in the place of those before."""
        own = bytes.fromhex(record_id)
        before = self.traits.get(record_id)
        if before == traits:
            return
        old = set(before.keys) if before is not None else set()
        for key in old.difference(traits.keys):
            self.index.remove(key + own)
        for key in set(traits.keys) - old:
            self.index.add(key + own)
        self.traits[record_id] = traits

    def forget(self, record_id: str) -> None:
        """Take away the traits of a record and every pair it is in."""
        if record_id in self.traits:
            # Written over first: an entry that only goes stays in its old page.
            self.put(record_id, PaperTraits())
            del self.traits[record_id]
        for pair in tuple(self.pairs_of(record_id)):
            self.drop(pair)

    def sharing(self, key: bytes) -> Iterator[str]:
        """Yield the ids of the records that have an entry under a key."""
        for entry in self.index.keys(min=key, max=key + b"\xff" * 17):
            yield entry[KEY_BYTES:].hex()

    def keep(self, pair: Pair) -> None:
        """Keep a pair, in the place of what was found of the same two before."""
        self.pairs[pair.id] = pair
        for record_id in (pair.left, pair.right):
            self.pairs_by_record.add((record_id, pair.id))

    def drop(self, pair: Pair) -> None:
        """Take a pair away."""
        self.pairs.pop(pair.id, None)
        for record_id in (pair.left, pair.right):
            self.pairs_by_record.discard((record_id, pair.id))

    def pairs_of(self, record_id: str) -> Iterator[Pair]:
        """Yield the pairs a record is in."""
        found = self.pairs_by_record.keys(min=(record_id, ""), max=(record_id, "g"))
        for _, pair_id in found:
            yield self.pairs[pair_id]

    def joined_to(self, record_id: str) -> Iterator[JoinedPaper]:
        """Yield what was joined to a record directly."""
        found = self.joined_into.keys(min=(record_id, ""), max=(record_id, "g"))
        for _, joined_id in found:
            yield self.joined[joined_id]

    def current_id(self, record_id: str) -> str:
        """Return the id of the record that a joined one is a part of now."""
        seen = {record_id}
        while (stub := self.joined.get(record_id)) is not None:
            record_id = stub.into
            if record_id in seen:
                break
            seen.add(record_id)
        return record_id
