"""Walking many records in one transaction without keeping them all in memory."""

from collections.abc import Iterable, Iterator

from recordsvc.model import Archive, Record

LET_GO_EVERY = 500


def records_of(
    root: Archive, after: str = "", until: str | None = None
) -> Iterator[Record]:
    """Yield every record that is not destroyed, in the order of their ids.

    Parameters
    ----------
    after
        The id to begin behind.
    until
        The last id, None for every id.
    """
    found = root.records.values(min=after, max=until, excludemin=bool(after))
    return _let_go(root, found)


def records_in(root: Archive, ids: Iterable[str]) -> Iterator[Record]:
    """Yield the records of ids, in their order; what is not there is passed over."""
    found = (root.records.get(record_id) for record_id in ids)
    return _let_go(root, (record for record in found if record is not None))


def _let_go(root: Archive, records: Iterable[Record]) -> Iterator[Record]:
    """Yield records, and give back what was loaded for it and not changed.

    Many live objects make every collection of Python's slower, and the walk with it.
    """
    connection = root._p_jar  # noqa: SLF001 - persistent's published names
    for count, record in enumerate(records, 1):
        is_loaded = record._p_changed is not None  # noqa: SLF001
        if not record.is_destroyed:
            yield record
        if not is_loaded and record._p_changed is False:  # noqa: SLF001
            record._p_deactivate()  # noqa: SLF001
        if count % LET_GO_EVERY == 0 and connection is not None:
            connection.cacheGC()
