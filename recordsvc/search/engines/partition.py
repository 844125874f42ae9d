"""What an embedded engine does for one partition; `embedded` does the rest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from recordsvc.search.engines.paging import Place
from recordsvc.search.engines.suggest import Vocabulary
from recordsvc.search.index import AccessFilter, IndexDocument
from recordsvc.search.plan import Plan

# The column a facet counts.
FACET_COLUMNS = {
    "type": "type",
    "year": "year",
    "language": "languages",
    "jurisdiction": "jurisdiction",
    "collection": "collection",
    "format": "format",
}


class Writer(Protocol):
    """Changes of one partition that become visible together."""

    def delete(self, record_id: str) -> None:
        """Take a document out, if it is there."""
        ...

    def add(self, document: IndexDocument) -> None:
        """Put a document in that is not there, or was deleted before."""
        ...

    def commit(self, watermark: str) -> None:
        """Make everything durable and visible, with the watermark."""
        ...

    def cancel(self) -> None:
        """Let go without a change; harmless after `commit`."""
        ...


class View(Protocol):
    """A partition as one commit left it."""

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        ...

    @property
    def watermark(self) -> str | None:
        """Return the watermark of the commit, None if it is not certain."""
        ...

    def has(self, record_id: str) -> bool:
        """Say whether a document is there."""
        ...

    def page(
        self,
        plan: Plan,
        access: AccessFilter,
        *,
        sort: str,
        limit: int,
        last: Place | None,
    ) -> tuple[int, list[Place]]:
        """Return the number of all hits, and the first ones after `last` in order.

        A hit that `last` names is looked up anew: scores move a little when
        documents come in between two pages.
        """
        ...

    def counts(
        self, plan: Plan, access: AccessFilter, fields: Sequence[str]
    ) -> dict[str, Counter[str]]:
        """Count the values of facets over all hits."""
        ...

    def vocabulary(self, access: AccessFilter) -> Vocabulary:
        """Return the words of the readable documents."""
        ...

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Yield record id and revision of every document."""
        ...


class Partition(Protocol):
    """One of the two indexes."""

    def view(self) -> View:
        """Return the newest commit.

        Raises
        ------
        FileNotFoundError
            If its files are gone.
        IndexDamaged
        """
        ...

    def writer(self) -> Writer:
        """Return a writer; the caller holds the writer's lock of the folder."""
        ...

    def close(self) -> None:
        """Let go of every file."""
        ...
