"""One partition as a Whoosh index: commits that last, and views of them."""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from pyroaring import BitMap
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from recordsvc.search.engines.folder import sync_folder
from recordsvc.search.engines.paging import Place, column_of
from recordsvc.search.engines.partition import Writer
from recordsvc.search.engines.suggest import Vocabulary
from recordsvc.search.engines.whoosh_answer import Answers
from recordsvc.search.engines.whoosh_form import NAME, SCHEMA
from recordsvc.search.engines.whoosh_segment import Segment
from recordsvc.search.engines.whoosh_snapshot import Part, Snapshot
from recordsvc.search.index import (
    AccessFilter,
    IndexDamaged,
    SearchError,
)
from recordsvc.search.plan import BODY_EXACT, TITLE_EXACT, Plan

_TRIES = 10


class _Storage(FileStorage):  # type: ignore[misc]
    """Files that last: Whoosh itself never syncs."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:  # noqa: FBT001, FBT002 - Whoosh's signature
        sync_file(Path(self.folder) / oldname)
        super().rename_file(oldname, newname, safe=safe)
        sync_folder(Path(self.folder))


class WhooshPartition:
    """The index of one partition.

    Parameters
    ----------
    create
        Make an empty index in a new folder.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self._answers: Answers | None = None
        self.storage = _Storage(str(folder))
        if create:
            folder.mkdir(mode=0o700)
            TOC.create(self.storage, SCHEMA, NAME)

    def view(self) -> "WhooshView":
        """Return the newest commit; what did not change is not read again."""
        with self.lock, self.reading():
            generation = TOC._latest_generation(self.storage, NAME)  # noqa: SLF001
            held = self._answers
            if held is None or held.snapshot.generation != generation:
                self._answers = held = Answers(self._snapshot(held))
            return WhooshView(self, held)

    def writer(self) -> Writer:
        """Return a writer."""
        from recordsvc.search.engines.whoosh_writer import WhooshWriter

        return WhooshWriter(self)

    def close(self) -> None:
        """Let go of the files: they are closed when the last view has gone."""
        with self.lock:
            self._answers = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Tell damage from bugs: files that read wrongly make the index damaged."""
        try:
            yield
        except (SearchError, FileNotFoundError):
            raise
        except Exception as error:  # Whoosh checks nothing and raises anything.
            raise IndexDamaged(
                f"the search index in {self.folder} cannot be read "
                f"({type(error).__name__}: {error}); "
                "rebuild it with: recordsvc index rebuild"
            ) from error

    def _snapshot(self, held: Answers | None) -> Snapshot:
        """Open a commit; once more if the next one took its files away."""
        for attempt in range(_TRIES):
            try:
                return self._open(held)
            except FileNotFoundError:
                if attempt == _TRIES - 1 or not self.folder.exists():
                    raise
        raise FileNotFoundError(self.folder)

    def _open(self, held: Answers | None) -> Snapshot:
        toc = TOC.read(self.storage, NAME, schema=SCHEMA)
        mark = self.folder / mark_name(toc.generation)
        watermark = mark.read_text(encoding="utf-8") if toc.generation else None
        known = (
            {}
            if held is None
            else {part.segment.segment_id: part.segment for part in held.snapshot.parts}
        )
        parts, first = [], 0
        for segment in toc.segments:
            opened = known.get(segment.segment_id())
            if opened is None:
                opened = Segment(self.storage, segment)
            parts.append(Part(opened, first, BitMap(segment.deleted_docs())))
            first += opened.count
        return Snapshot(tuple(parts), toc.generation, watermark)


class WhooshView:
    """A partition as one commit left it."""

    def __init__(self, partition: WhooshPartition, answers: Answers) -> None:
        self.answers = answers
        self._partition = partition

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        return self.answers.snapshot.count

    @property
    def watermark(self) -> str | None:
        """Return the watermark of the commit."""
        return self.answers.snapshot.watermark

    def has(self, record_id: str) -> bool:
        """Say whether a document is there."""
        return self.answers.snapshot.number(record_id) is not None

    def page(
        self,
        plan: Plan,
        access: AccessFilter,
        *,
        sort: str,
        limit: int,
        last: Place | None,
    ) -> tuple[int, list[Place]]:
        """Return the number of all hits, and the first ones after `last` in order."""
        answers, column = self.answers, column_of(sort)
        with self._partition.lock, self._partition.reading():
            if column is None:
                answer = answers.answer(plan, access)
                return len(answer.numbers), answers.best(answer, last, limit)
            hits = answers.hits(plan, access)
            docs = answers.snapshot.after(hits, sort, last, limit)
            worth = answers.worth(plan, docs)
            place = answers.snapshot.place
            return len(hits), [
                place(doc, column, score)
                for doc, score in zip(docs, worth, strict=True)
            ]

    def counts(
        self, plan: Plan, access: AccessFilter, fields: Sequence[str]
    ) -> dict[str, Counter[str]]:
        """Count the values of facets over all hits."""
        with self._partition.lock, self._partition.reading():
            return self.answers.counts(plan, access, fields)

    def vocabulary(self, access: AccessFilter) -> Vocabulary:
        """Return the words of the readable documents."""
        return _Vocabulary(self._partition, self.answers.snapshot, access)

    def revisions(self) -> Iterator[tuple[str, int]]:
        """Yield record id and revision of every document."""
        snapshot = self.answers.snapshot
        for doc in snapshot.docs:
            facts = snapshot.facts[doc]
            yield facts.record_id, int(facts.revision)


class _Vocabulary:
    def __init__(
        self, partition: WhooshPartition, snapshot: Snapshot, access: AccessFilter
    ) -> None:
        self._partition = partition
        self._snapshot = snapshot
        self._access = access

    def frequency(self, word: str) -> int:
        snapshot = self._snapshot
        with self._partition.lock, self._partition.reading():
            found = snapshot.bitmap(TITLE_EXACT, word) | snapshot.bitmap(
                BODY_EXACT, word
            )
            return found.intersection_cardinality(snapshot.readable(self._access))

    def words(self, prefix: str) -> Iterator[str]:
        with self._partition.lock, self._partition.reading():
            for column in (TITLE_EXACT, BODY_EXACT):
                yield from self._snapshot.tokens(column, prefix)


def mark_name(generation: int) -> str:
    """Return the name of the file with the watermark of a generation."""
    return f"watermark.{generation}"


def sync_file(path: Path) -> None:
    """Make the content of a file durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


create_partition = partial(WhooshPartition, create=True)
