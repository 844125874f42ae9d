"""An index of two partitions below a folder: what both embedded engines share.

The closed partition is opened only for a reader whose access levels reach it;
nothing of it can show in another's answers.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from recordsvc.search.ast import Node
from recordsvc.search.engines.folder import IndexFolder
from recordsvc.search.engines.paging import (
    Place,
    column_of,
    decode_cursor,
    encode_cursor,
    in_order,
)
from recordsvc.search.engines.partition import FACET_COLUMNS, Partition, View, Writer
from recordsvc.search.engines.suggest import Vocabulary, did_you_mean
from recordsvc.search.index import (
    CLOSED,
    FACET_FIELDS,
    OPEN,
    AccessFilter,
    Hit,
    Hits,
    IndexDamaged,
    IndexDocument,
    IndexStat,
    SearchError,
)
from recordsvc.search.lowering import lower

T = TypeVar("T")


class EmbeddedIndex:
    """The port `recordsvc.search.index.SearchIndex` over files of one host.

    Parameters
    ----------
    engine
        Name of the engine in `stat`.
    form
        Name and number of the form of its files.
    open_partition
        Opens the partition in a folder; makes it there when the folder is new
        and `create` is given.
    """

    def __init__(
        self,
        folder: Path,
        languages: Sequence[str],
        *,
        engine: str,
        form: str,
        open_partition: Callable[[Path], Partition],
        create_partition: Callable[[Path], Partition],
    ) -> None:
        self.engine = engine
        self.languages = tuple(languages)
        self.files = IndexFolder(folder, form)
        self._open_partition = open_partition
        self._create_partition = create_partition
        self._lock = threading.RLock()
        self._generation: Path | None = None
        self._partitions: dict[str, Partition] = {}
        self.files.current()

    def apply(
        self,
        upserts: Iterable[IndexDocument],
        deletes: Iterable[str],
        watermark: str,
    ) -> None:
        """Put and delete documents, first in the open partition, then in the closed.

        A record that was closed has left the open partition before it enters
        the other; a kill between the two is mended when the batch is repeated.
        """
        gone = frozenset(deletes)
        wanted = {d.record_id: d for d in upserts if d.record_id not in gone}
        with self.files.writing():
            try:
                self._ensure()
                self._vacate_closed(wanted)
                for name in (OPEN, CLOSED):
                    self._write(name, wanted, gone, watermark)
            except FileNotFoundError as error:
                raise self.files.damaged(f"{error.filename} is missing") from error

    def search(
        self,
        query: Node,
        *,
        access: AccessFilter,
        limit: int = 10,
        cursor: str | None = None,
        sort: str = "relevance",
    ) -> Hits:
        """Return a page of hits, best first, ties by record id."""
        column_of(sort)
        last = None if cursor is None else decode_cursor(cursor, query, sort)
        plan = lower(query, self.languages)

        def work(views: list[View]) -> tuple[int, list[Place]]:
            total, places = 0, []
            for view in views:
                found, first = view.page(
                    plan, access, sort=sort, limit=limit + 1, last=last
                )
                total += found
                places += first
            return total, places

        total, places = self._answer(access, work)
        # A record that moves between two commits may be seen in both.
        ranked = in_order({p.record_id: p for p in places}.values(), sort)
        shown = ranked[:limit]
        more = shown and len(ranked) > limit
        return Hits(
            total=total,
            total_is_exact=True,
            hits=tuple(Hit(record_id=p.record_id, score=p.score) for p in shown),
            next=encode_cursor(query, sort, shown[-1]) if more else None,
        )

    def facets(
        self,
        query: Node,
        *,
        access: AccessFilter,
        fields: Sequence[str],
        limit: int = 20,
    ) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Count the values of fields over all hits."""
        for name in fields:
            if name not in FACET_COLUMNS:
                raise SearchError(
                    f"unknown facet {name!r}; it may be {', '.join(FACET_FIELDS)}"
                )
        plan = lower(query, self.languages)

        def work(views: list[View]) -> dict[str, Counter[str]]:
            counts: dict[str, Counter[str]] = {name: Counter() for name in fields}
            for view in views:
                for name, counter in view.counts(plan, access, fields).items():
                    counts[name].update(counter)
            return counts

        return {
            name: tuple(_ordered(name, counter)[:limit])
            for name, counter in self._answer(access, work).items()
        }

    def did_you_mean(self, query: Node, *, access: AccessFilter) -> str | None:
        """Return the query with unknown words mended, from what the reader may see."""

        def work(views: list[View]) -> str | None:
            words = _Words([view.vocabulary(access) for view in views])
            return did_you_mean(query, words, self.languages)

        return self._answer(access, work)

    def stat(self) -> IndexStat:
        """Return size and watermark; None unless both partitions have the same."""

        def work(views: list[View]) -> tuple[int, str | None]:
            marks = {view.watermark for view in views}
            mark = marks.pop() if len(marks) == 1 else None
            return sum(view.documents for view in views), mark

        documents, watermark = self._retried(lambda: work(self._views(OPEN, CLOSED)))
        return IndexStat(
            engine=self.engine,
            documents=documents,
            bytes=self.files.size(),
            watermark=watermark,
        )

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Yield (record id, revision) of every document of both partitions."""
        for view in self._retried(lambda: self._views(OPEN, CLOSED)):
            yield from view.revisions()

    def rebuild(self, documents: Iterable[IndexDocument], watermark: str) -> None:
        """Build anew beside the old index, then swap; each record comes once."""
        with self.files.writing():
            generation = self.files.begin()
            writers: dict[str, Writer] = {}
            partitions: list[Partition] = []
            try:
                for name in (OPEN, CLOSED):
                    partition = self._create_partition(generation / name)
                    partitions.append(partition)
                    writers[name] = partition.writer()
                for document in documents:
                    writers[document.partition].add(document)
                for writer in writers.values():
                    writer.commit(watermark)
            except BaseException:
                for writer in writers.values():
                    writer.cancel()
                self.files.sweep(self._current_or_none())
                raise
            finally:
                for partition in partitions:
                    partition.close()
            self.files.publish(generation)

    def close(self) -> None:
        """Let go of every file; the next call opens them again."""
        with self._lock:
            for partition in self._partitions.values():
                partition.close()
            self._partitions = {}
            self._generation = None

    def _ensure(self) -> None:
        """Make an empty index where there is none."""
        if self.files.current() is None:
            generation = self.files.begin()
            for name in (OPEN, CLOSED):
                self._create_partition(generation / name).close()
            self.files.publish(generation)

    def _current_or_none(self) -> Path | None:
        try:
            return self.files.current()
        except IndexDamaged:
            return None

    def _vacate_closed(self, wanted: Mapping[str, IndexDocument]) -> None:
        """Take records that are opened out of the closed partition first."""
        (view,) = self._views(CLOSED)
        opened = {i for i, d in wanted.items() if d.partition == OPEN and view.has(i)}
        if opened and view.watermark is not None:
            self._write(CLOSED, {}, frozenset(opened), view.watermark)

    def _write(
        self,
        name: str,
        wanted: Mapping[str, IndexDocument],
        gone: frozenset[str],
        watermark: str,
    ) -> None:
        (view,) = self._views(name)
        stale = {i for i in (*wanted, *gone) if view.has(i)}
        fresh = [d for d in wanted.values() if d.partition == name]
        if not stale and not fresh and view.watermark == watermark:
            return
        writer = self._partition(name).writer()
        try:
            for record_id in stale:
                writer.delete(record_id)
            for document in fresh:
                writer.add(document)
            writer.commit(watermark)
        finally:
            writer.cancel()

    def _answer(self, access: AccessFilter, work: Callable[[list[View]], T]) -> T:
        names = [OPEN] if OPEN in access.levels else []
        if access.levels - {OPEN}:
            names.append(CLOSED)
        return self._retried(lambda: work(self._views(*names)))

    def _retried(self, work: Callable[[], T]) -> T:
        """Answer; once more if a swap took the files away meanwhile."""
        before = self.files.current()
        try:
            return work()
        except (FileNotFoundError, IndexDamaged) as error:
            self.close()
            if self.files.current() == before and isinstance(error, IndexDamaged):
                raise
        try:
            return work()
        except FileNotFoundError as error:
            raise self.files.damaged(f"{error.filename} is missing") from error

    def _views(self, *names: str) -> list[View]:
        with self._lock:
            if self.files.current() is None:
                return []
            return [self._partition(name).view() for name in names]

    def _partition(self, name: str) -> Partition:
        with self._lock:
            generation = self.files.current()
            if generation is None:
                raise self.files.damaged("it was removed while it was in use")
            if generation != self._generation:
                self.close()
                self._generation = generation
            if name not in self._partitions:
                self._partitions[name] = self._open_partition(generation / name)
            return self._partitions[name]


class _Words:
    """The words of several partitions."""

    def __init__(self, vocabularies: Sequence[Vocabulary]) -> None:
        self._vocabularies = vocabularies

    def frequency(self, word: str) -> int:
        return sum(v.frequency(word) for v in self._vocabularies)

    def words(self, prefix: str) -> Iterator[str]:
        for vocabulary in self._vocabularies:
            yield from vocabulary.words(prefix)


def _ordered(name: str, counts: Counter[str]) -> list[tuple[str, int]]:
    if name == "year":
        return sorted(counts.items(), reverse=True)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
