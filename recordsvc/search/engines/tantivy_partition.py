"""One partition as a tantivy index: commits with their watermark, and views."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import tantivy

from recordsvc.search.engines.folder import write_file
from recordsvc.search.engines.tantivy_form import (
    RECORD_ID,
    SCHEMA,
    document_of,
    register_tokens,
)
from recordsvc.search.engines.tantivy_view import TantivyView
from recordsvc.search.index import (
    IndexBusy,
    IndexDamaged,
    IndexDocument,
)

HEAP_BYTES = 64 * 1024 * 1024
_THREADS = 1
_META = "meta.json"
_MARK = "watermark.json"
_TRIES = 10


class TantivyPartition:
    """The index of one partition.

    Parameters
    ----------
    create
        Make an empty index in a new folder.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._view: TantivyView | None = None
        self._seen: tuple[int, ...] | None = None
        if create:
            folder.mkdir(mode=0o700)
        elif not folder.exists():
            raise FileNotFoundError(2, "no such folder", str(folder))
        with self.guarded():
            self.index = (
                tantivy.Index(SCHEMA, path=str(folder), reuse=False)
                if create
                else tantivy.Index.open(str(folder))
            )
            register_tokens(self.index)
            self.index.config_reader("manual")

    def view(self) -> TantivyView:
        """Return the newest commit."""
        with self._lock, self.guarded():
            found = self._files()
            if self._view is None or found != self._seen:
                self._view, self._seen = self._newest(), found
            return self._view

    def writer(self) -> "TantivyWriter":
        """Return a writer.

        No process may fork while it is open: its threads do not survive.
        """
        return TantivyWriter(self)

    def close(self) -> None:
        """Let go of the files: they are closed when the last view has gone."""
        with self._lock:
            self._view = None

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Tell damage from bugs: tantivy raises ValueError, or panics."""
        try:
            yield
        except (ValueError, json.JSONDecodeError) as error:
            raise self._damaged(error) from error
        except BaseException as error:
            # A panic is no Exception, and its class cannot be imported.
            if type(error).__name__ != "PanicException":
                raise
            raise self._damaged(error) from error

    def _damaged(self, error: BaseException) -> Exception:
        if "LockBusy" in str(error):
            return IndexBusy(
                f"another process writes the search index in {self.folder}; "
                "wait until it has finished"
            )
        if not (self.folder / _META).exists() and not self.folder.exists():
            return FileNotFoundError(2, "no such folder", str(self.folder))
        return IndexDamaged(
            f"the search index in {self.folder} cannot be read ({error}); "
            "rebuild it with: recordsvc index rebuild"
        )

    def _files(self) -> tuple[int, ...]:
        """Return what changes with every commit, for the price of two looks."""
        meta = (self.folder / _META).stat()
        try:
            mark = (self.folder / _MARK).stat().st_ino
        except FileNotFoundError:
            mark = 0
        return meta.st_ino, meta.st_mtime_ns, mark

    def _newest(self) -> TantivyView:
        for _ in range(_TRIES):
            before = self.opstamp()
            self.index.reload()
            watermark = self._watermark(before)
            if self.opstamp() == before:
                return TantivyView(self.guarded, self.index.searcher(), watermark)
        # It is written faster than we read: all but the watermark is certain.
        return TantivyView(self.guarded, self.index.searcher(), None)

    def opstamp(self) -> int:
        """Return the number of the newest commit."""
        meta = json.loads((self.folder / _META).read_text(encoding="utf-8"))
        return int(meta["opstamp"])

    def _watermark(self, opstamp: int) -> str | None:
        """Return the watermark of a commit.

        The note is written before the commit and says what holds until it is
        made and what holds afterwards.
        """
        try:
            note = json.loads((self.folder / _MARK).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        if opstamp < note["base"]:
            return None
        watermark: str | None = note["old" if opstamp == note["base"] else "new"]
        return watermark

    def note(self, watermark: str, *, is_true: bool = False) -> None:
        """Note the watermark that the next commit brings, or that is true already."""
        base = self.opstamp()
        old = watermark if is_true else self._watermark(base)
        note = {"base": base, "old": old, "new": watermark}
        write_file(self.folder / _MARK, json.dumps(note).encode())


class TantivyWriter:
    """Changes of one partition; whoever makes one holds the folder's writer lock."""

    def __init__(self, partition: TantivyPartition) -> None:
        self._partition = partition
        self._has_changes = False
        with partition.guarded():
            self._writer: Any = partition.index.writer(HEAP_BYTES, _THREADS)

    def delete(self, record_id: str) -> None:
        """Take a document out, if it is there."""
        with self._partition.guarded():
            self._writer.delete_documents_by_term(RECORD_ID, record_id)
        self._has_changes = True

    def add(self, document: IndexDocument) -> None:
        """Put a document in."""
        with self._partition.guarded():
            self._writer.add_document(document_of(document))
        self._has_changes = True

    def commit(self, watermark: str) -> None:
        """Make everything durable and visible, with the watermark."""
        with self._partition.guarded():
            # tantivy does not number a commit without changes.
            self._partition.note(watermark, is_true=not self._has_changes)
            writer, self._writer = self._writer, None
            writer.commit()
            # Else the merges that the commit began are thrown away.
            writer.wait_merging_threads()
        _sync(self._partition.folder)

    def cancel(self) -> None:
        """Let go without a change."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with self._partition.guarded():
                writer.rollback()


def _sync(folder: Path) -> None:
    # tantivy does not sync the rename that is its commit.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


create_partition = partial(TantivyPartition, create=True)
