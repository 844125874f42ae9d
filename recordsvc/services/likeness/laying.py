"""Two papers side by side: their rows as `ingest.comparing` finds them."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.comparing import Gap, Row, compare, folded_rows
from ingest.extraction import PageText
from recordsvc.model import Record
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.services.reading import readable
from recordsvc.services.renditions import load

# Two such texts take about six seconds; what is longer is compared elsewhere.
MAX_CHARS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Two papers and their rows.

    Parameters
    ----------
    counts
        How many paragraphs are equal, changed, added and removed.
    """

    left: Record
    right: Record
    rows: tuple[Row | Gap, ...]
    counts: dict[str, int]
    is_equal: bool


def lay(ctx: Context, left_id: str, right_id: str, *, whole: bool = False) -> Laid:
    """Return two papers side by side.

    Parameters
    ----------
    whole
        Long stretches that are equal are shown, not counted.

    Raises
    ------
    NotFound, Gone
        If one of them is not there, or the actor may not read it.
    Conflict
        If one of them has no text, or too much of it.
    InvalidRequest
        If both are one record.
    """
    left, right = readable(ctx, left_id), readable(ctx, right_id)
    if left.id == right.id:
        raise InvalidRequest(f"both are record {left.id}; name two papers")
    found = compare(_pages(ctx, left), _pages(ctx, right))
    rows: Iterator[Row | Gap] = iter(found.rows) if whole else folded_rows(found.rows)
    return Laid(
        left=left,
        right=right,
        rows=tuple(rows),
        counts={str(change): count for change, count in found.counts},
        is_equal=found.is_equal,
    )


def _pages(ctx: Context, record: Record) -> list[PageText]:
    """Return the text of the paper itself: of its first file that has one."""
    for file in record.files:
        if file.rendition and not file.is_attachment:
            pages = load(ctx.bitstreams, file.rendition)
            if sum(len(page.text) for page in pages) > MAX_CHARS:
                raise Conflict(f"the text of record {record.id} is too long to compare")
            return [PageText(number=page.number, text=page.text) for page in pages]
    raise Conflict(f"record {record.id} has no text to compare")
