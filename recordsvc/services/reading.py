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


def rendition_pages(ctx: Context, record: Record) -> tuple[RenditionPage, ...]:
    """Return the pages of every file of a record, in order."""
    return tuple(
        page for file in record.files for page in load(ctx.bitstreams, file.rendition)
    )


def pages_of(ctx: Context, record_id: str, page: int | None = None) -> list[str]:
    """Return the text of a record's pages, or of one page.

    Raises
    ------
    NotFound
        If there is no such page, saying how many there are.
    """
    pages = rendition_pages(ctx, readable(ctx, record_id))
    if page is None:
        return [p.text for p in pages]
    chosen = [p.text for p in pages if p.number == page]
    if not chosen:
        raise NotFound(f"record {record_id} has no page {page}; it has {len(pages)}")
    return chosen


def file_of(ctx: Context, record_id: str, name: str) -> Manifestation:
    """Return a file of a record by its name or digest."""
    record = readable(ctx, record_id)
    for file in record.files:
        if name in {file.name, file.sha256}:
            return file
    raise NotFound(f"record {record_id} has no file of that name")
