"""The indexer: the store's present state to the search engine, late but never wrong."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from recordsvc.model import Archive, Record
from recordsvc.search.analysis import analyse
from recordsvc.search.index import IndexDocument, SearchIndex
from recordsvc.services.crosswalks import index_document
from recordsvc.services.renditions import RenditionPage, load
from recordsvc.storage.bitstreams import BitstreamMissing, BitstreamStore

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Outbox entries and what the index is to be told for them."""

    entries: tuple[tuple[str, int], ...]
    upserts: tuple[IndexDocument, ...]
    deletes: tuple[str, ...]


def document_of(record: Record, bitstreams: BitstreamStore) -> IndexDocument:
    """Return the index document of a record's present state.

    Raises
    ------
    BitstreamMissing
        If its text was lost.
    """
    return _document(record, [load(bitstreams, f.rendition) for f in record.texts])


def _document(
    record: Record, texts: Sequence[tuple[RenditionPage, ...]]
) -> IndexDocument:
    exact, stem = [], []
    for language, title in record.titles:
        tokens = analyse(title, language)
        exact.append(tokens.exact)
        stem.append(tokens.stem)
    said = [analyse(text, record.language or "") for text in _said_of(record)]
    return index_document(
        record,
        texts,
        (" ".join(exact), " ".join(stem)),
        [(tokens.exact, tokens.stem) for tokens in said],
    )


def _said_of(record: Record) -> Iterator[str]:
    """Yield what is said of a record and need not stand in its text."""
    yield from (party.name for party in record.parties)
    yield from record.subjects
    yield from (s.value for s in record.statements if s.field == "description")


def _indexable(record: Record, bitstreams: BitstreamStore) -> IndexDocument:
    """Return what there is to index: a lost text must not stop all the others."""
    try:
        return document_of(record, bitstreams)
    except BitstreamMissing:
        return _document(record, ())


def read_batch(root: Archive, bitstreams: BitstreamStore, limit: int = BATCH) -> Batch:
    """Read waiting outbox entries and build the documents from the store.

    The entry says only *that* a record changed; what it says now is read
    here, so that replays and disorder are harmless.
    """
    entries = root.outbox.entries(limit)
    upserts, deletes = [], []
    for record_id, _ in entries:
        record = root.records.get(record_id)
        if record is None:
            deletes.append(record_id)
        else:
            upserts.append(_indexable(record, bitstreams))
    return Batch(entries=tuple(entries), upserts=tuple(upserts), deletes=tuple(deletes))


def every_document(
    root: Archive, bitstreams: BitstreamStore
) -> Iterator[IndexDocument]:
    """Yield the document of every record; of a destroyed one, its tombstone's."""
    for record in root.records.values():
        yield _indexable(record, bitstreams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the index does not say what the store says."""

    missing: tuple[str, ...]
    stale: tuple[str, ...]
    surplus: tuple[str, ...]
    waiting: int

    @property
    def is_empty(self) -> bool:
        """Say whether index and store agree."""
        return not (self.missing or self.stale or self.surplus)


def compare(root: Archive, revisions: Iterable[tuple[str, int]]) -> Difference:
    """Compare the index with the store, revision by revision."""
    indexed = dict(revisions)
    missing, stale = [], []
    for record_id, record in root.records.items():
        revision = indexed.pop(record_id, None)
        if revision is None:
            missing.append(record_id)
        elif revision != record.revision:
            stale.append(record_id)
    return Difference(
        missing=tuple(missing),
        stale=tuple(stale),
        surplus=tuple(indexed),
        waiting=len(root.outbox),
    )


def apply_batch(index: SearchIndex, batch: Batch, watermark: str) -> None:
    """Give a batch to the engine in one commit."""
    index.apply(batch.upserts, batch.deletes, watermark)
