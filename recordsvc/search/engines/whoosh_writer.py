"""Commits of a Whoosh partition: whole, lasting, and merged before they pile up."""

import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from whoosh.index import TOC, clean_files

from recordsvc.search.engines.folder import write_file
from recordsvc.search.engines.whoosh_build import SegmentBuilder
from recordsvc.search.engines.whoosh_form import NAME, SCHEMA
from recordsvc.search.engines.whoosh_partition import (
    WhooshPartition,
    mark_name,
    sync_file,
)
from recordsvc.search.engines.whoosh_segment import Segment
from recordsvc.search.index import IndexDocument

# A writer's pool: about 100 bytes a posting.
_MOST_POSTINGS = 1_500_000
# So many segments of one size become one of the next.
_MERGE_FACTOR = 8


class WhooshWriter:
    """Changes of one partition; whoever makes one holds the folder's writer lock."""

    def __init__(self, partition: WhooshPartition) -> None:
        self._partition = partition
        self._storage = partition.storage
        self._snapshot = partition.view().answers.snapshot
        with partition.reading():
            toc = TOC.read(self._storage, NAME, schema=SCHEMA)
        self._generation = toc.generation + 1
        self._segments: list[Any] = list(toc.segments)
        self._opened = {p.segment.segment_id: p.segment for p in self._snapshot.parts}
        self._builder: SegmentBuilder | None = None
        self._is_open = True

    def delete(self, record_id: str) -> None:
        """Take a document out, if it is there."""
        number = self._snapshot.number(record_id)
        if number is None:
            return
        for part, segment in zip(self._snapshot.parts, self._segments, strict=False):
            if number < part.first + part.segment.count:
                segment.delete_document(number - part.first)
                return

    def add(self, document: IndexDocument) -> None:
        """Put a document in."""
        if self._builder is None:
            self._builder = SegmentBuilder(self._storage)
        self._builder.add(document)
        if self._builder.postings > _MOST_POSTINGS:
            self._flush()

    def commit(self, watermark: str) -> None:
        """Make everything durable and visible, with the watermark."""
        self._flush()
        with self._partition.lock, self._partition.reading():
            while self._merge_once():
                pass
        folder = self._partition.folder
        self._destroy_temporary()
        for segment in self._segments:
            if segment.segment_id() not in self._opened:
                _sync_files(folder, segment.segment_id())
        write_file(folder / mark_name(self._generation), watermark.encode())
        # The rename of the table of contents is the commit.
        TOC(SCHEMA, self._segments, self._generation).write(self._storage, NAME)
        clean_files(self._storage, NAME, self._generation, self._segments)
        for path in folder.glob("watermark.*"):
            if path.name != mark_name(self._generation):
                path.unlink(missing_ok=True)
        self._is_open = False

    def cancel(self) -> None:
        """Let go without a change; the next commit removes files half written."""
        if self._is_open:
            self._is_open = False
            self._builder = None
            self._destroy_temporary()

    def _flush(self) -> None:
        if self._builder is not None:
            segment = self._builder.finish()
            self._builder = None
            if segment is not None:
                self._segments.append(segment)

    def _merge_once(self) -> bool:
        """Merge one group of segments; say whether there was one."""
        chosen = _to_merge(self._segments)
        if not chosen:
            return False
        builder = SegmentBuilder(self._storage)
        for segment in chosen:
            opened = self._opened.get(segment.segment_id())
            if opened is None:
                opened = Segment(self._storage, segment)
            builder.absorb(opened, BitMap(segment.deleted_docs()))
        merged = builder.finish()
        self._segments = [s for s in self._segments if s not in chosen]
        if merged is not None:
            self._segments.append(merged)
        return True

    def _destroy_temporary(self) -> None:
        shutil.rmtree(self._partition.folder / f"{NAME}.tmp", ignore_errors=True)


def _to_merge(segments: list[Any]) -> list[Any]:
    """Choose segments to merge: empty, half deleted, or too many of one size."""
    emptied = [s for s in segments if s.deleted_count() * 2 >= s.doc_count_all()]
    if emptied:
        return emptied
    sizes: dict[int, list[Any]] = defaultdict(list)
    for segment in segments:
        size, count = 0, segment.doc_count()
        while count >= _MERGE_FACTOR:
            size, count = size + 1, count // _MERGE_FACTOR
        sizes[size].append(segment)
    for size in sorted(sizes):
        if len(sizes[size]) >= _MERGE_FACTOR:
            return sizes[size]
    return []


def _sync_files(folder: Path, segment_id: str) -> None:
    for path in folder.glob(f"{segment_id}.*"):
        sync_file(path)
