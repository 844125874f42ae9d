"""The port of a search engine: what every engine answers in the same way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from recordsvc.search.ast import Node

FACET_FIELDS = ("type", "year", "language", "jurisdiction", "collection", "format")
SORTS = ("relevance", "date", "-date", "title", "number")
OPEN, CLOSED = "open", "closed"


class SearchError(Exception):
    """Search cannot answer; the message says what to do."""


class IndexDamaged(SearchError):
    """The index cannot be read, or is of another form: it must be rebuilt."""


class IndexBusy(SearchError):
    """Another process holds the writer."""


class CursorInvalid(SearchError):
    """A cursor was changed, or belongs to another query or sort order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDocument:
    """What the engine is given of one record.

    Parameters
    ----------
    access
        Access level of the record; ``open`` puts it into the open partition,
        anything else into the closed one. A record is in exactly one.
    date
        ``YYYY-MM-DD`` or empty.
    identifiers
        Keys of `recordsvc.search.query.identifier_key`.
    title_exact, title_stem, body_exact, body_stem
        Our own tokens, separated by single spaces, never stored by the engine.
    title, number
        Sort keys: folded title and first identifier, shortened.
    """

    record_id: str
    revision: int
    access: str
    type: str
    date: str = ""
    languages: tuple[str, ...] = ()
    jurisdiction: str = ""
    chamber: str = ""
    session: str = ""
    collection: str = ""
    class_code: str = ""
    status: str = ""
    format: str = ""
    identifiers: tuple[str, ...] = ()
    title: str = ""
    number: str = ""
    title_exact: str = ""
    title_stem: str = ""
    body_exact: str = ""
    body_stem: str = ""

    @property
    def partition(self) -> str:
        """Return the partition the document belongs to."""
        return OPEN if self.access == OPEN else CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFilter:
    """What a reader's query may touch.

    Parameters
    ----------
    levels
        Access levels the reader may see. With ``open`` alone the closed
        partition is not opened at all, so that no score, count or suggestion
        carries a closed word.
    exclude_ids
        Records whose access was tightened, or whose content was destroyed,
        since the index last saw them: left out of hits, counts, facets and
        suggestions.
    """

    levels: frozenset[str]
    exclude_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A record that answers the query."""

    record_id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page of hits.

    Parameters
    ----------
    next
        Cursor of the next page; None on the last one.
    """

    total: int
    total_is_exact: bool
    hits: tuple[Hit, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStat:
    """How large the index is, and of which store.

    Parameters
    ----------
    watermark
        What was given with the last `apply` or `rebuild`; None in a new index.
    """

    engine: str
    documents: int
    bytes: int
    watermark: str | None


class SearchIndex(Protocol):
    """An engine, opened on one installation's index folder.

    One process writes at a time (the holder of the indexer's lease); any
    number read, and see each commit without reopening anything themselves.
    """

    def apply(
        self,
        upserts: Iterable[IndexDocument],
        deletes: Iterable[str],
        watermark: str,
    ) -> None:
        """Put and delete documents in one engine commit, watermark inside."""
        ...

    def search(
        self,
        query: Node,
        *,
        access: AccessFilter,
        limit: int = 10,
        cursor: str | None = None,
        sort: str = "relevance",
    ) -> Hits:
        """Return a page of hits, best first, ties by record id.

        Raises
        ------
        CursorInvalid, IndexDamaged
        """
        ...

    def facets(
        self,
        query: Node,
        *,
        access: AccessFilter,
        fields: Sequence[str],
        limit: int = 20,
    ) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Count the values of fields over all hits: most frequent first, then by value.

        ``year`` is ordered by year, newest first. Empty values do not count.
        """
        ...

    def did_you_mean(self, query: Node, *, access: AccessFilter) -> str | None:
        """Return the query with unknown words mended, from what the reader may see."""
        ...

    def stat(self) -> IndexStat:
        """Return size and watermark."""
        ...

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Yield (record id, revision) of every document of both partitions."""
        ...

    def rebuild(self, documents: Iterable[IndexDocument], watermark: str) -> None:
        """Build anew beside the old index, then swap; readers never see a gap."""
        ...

    def close(self) -> None:
        """Let go of every file."""
        ...
