"""Reading a record: its text by page, its files."""

from recordsvc.model import Manifestation, Record
from recordsvc.services.access import record_for
from recordsvc.services.context import Context
from recordsvc.services.errors import Gone, NotFound
from recordsvc.services.renditions import RenditionPage, load


def readable(ctx: Context, record_id: str) -> Record:
    """Return a record that still has content.

    Raises
    ------
    Gone
        If only its tombstone is left.
    """
    record = record_for(ctx, record_id)
    if record.is_destroyed:
        raise Gone(f"record {record_id} was destroyed; only its tombstone is left")
    return record


def text_pages(
    ctx: Context, record: Record
) -> tuple[tuple[Manifestation, RenditionPage], ...]:
    """Return the pages of every file of a record, with the file, in order."""
    return tuple(
        (file, page)
        for file in record.texts
        for page in load(ctx.bitstreams, file.rendition)
    )


def pages_of(
    ctx: Context,
    record_id: str,
    page: int | None = None,
    position: str | None = None,
) -> list[str]:
    """Return the text of a record's pages, or of one page.

    Parameters
    ----------
    page
        From 1; None for all of them.
    position
        Of an attachment, ``""`` for the paper itself; None for the whole record, or
        for the paper itself where a page is asked for.

    Raises
    ------
    NotFound
        If there is no such page, saying how many there are, or no such attachment.
    """
    record = readable(ctx, record_id)
    if page is None and position is None:
        return [p.text for _, p in text_pages(ctx, record)]
    files = files_at(record, position or "")
    pages = [p for file in files for p in load(ctx.bitstreams, file.rendition)]
    chosen = [p.text for p in pages if page in {None, p.number}]
    if page is not None and not chosen:
        raise NotFound(f"record {record_id} has no page {page}; it has {len(pages)}")
    return chosen


def files_at(record: Record, position: str) -> tuple[Manifestation, ...]:
    """Return the attachment at a position, or the files of the paper itself.

    Raises
    ------
    NotFound
        If nothing hangs there.
    """
    found = tuple(file for file in record.files if file.position == position)
    if not found:
        raise NotFound(f"record {record.id} has no attachment {position}")
    return found


def file_of(ctx: Context, record_id: str, name: str) -> Manifestation:
    """Return a file of a record by its name or digest."""
    record = readable(ctx, record_id)
    for file in record.files:
        if name in {file.name, file.sha256}:
            return file
    raise NotFound(f"record {record_id} has no file of that name")
