"""Order of hits and the cursor of the next page, the same for every engine.

Pages are keyed by (sort key, record id), never by a count, so that records
which come in between two pages move nothing.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from recordsvc.search.ast import Node
from recordsvc.search.index import SORTS, CursorInvalid, Hit, Hits, SearchError

_MAX_CURSOR = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A hit's place in the order.

    Parameters
    ----------
    key
        The value of the sort column (`date`, `title`, `number`); empty values
        come last in every order. Not read when sorting by relevance.
    """

    record_id: str
    score: float = 0.0
    key: str = ""


def column_of(sort: str) -> str | None:
    """Return the document field a sort order reads, None for relevance.

    Raises
    ------
    SearchError
        If there is no such order.
    """
    if sort not in SORTS:
        raise SearchError(f"unknown sort {sort!r}; it may be {', '.join(SORTS)}")
    return None if sort == "relevance" else sort.lstrip("-")


def in_order(places: Iterable[Place], sort: str) -> list[Place]:
    """Return the places sorted; ties by record id."""
    ranked = sorted(places, key=lambda place: place.record_id)
    if column_of(sort) is None:
        ranked.sort(key=lambda place: place.score, reverse=True)
    elif sort.startswith("-"):
        ranked.sort(key=lambda place: place.key, reverse=True)
    else:
        ranked.sort(key=lambda place: (place.key == "", place.key))
    return ranked


def is_after(place: Place, last: Place, sort: str) -> bool:
    """Say whether a place comes after the last one of the page before."""
    if column_of(sort) is None:
        if place.score != last.score:
            return place.score < last.score
    elif place.key != last.key:
        if sort.startswith("-"):
            return place.key < last.key
        return (place.key == "", place.key) > (last.key == "", last.key)
    return place.record_id > last.record_id


def page_of(
    places: Iterable[Place],
    query: Node,
    *,
    sort: str,
    limit: int,
    cursor: str | None,
    total_is_exact: bool = True,
) -> Hits:
    """Cut a page out of all places of a query.

    Raises
    ------
    CursorInvalid
    """
    ranked = in_order(places, sort)
    total = len(ranked)
    if cursor is not None:
        last = decode_cursor(cursor, query, sort)
        ranked = [place for place in ranked if is_after(place, last, sort)]
    shown = ranked[:limit]
    more = len(ranked) > limit and shown
    return Hits(
        total=total,
        total_is_exact=total_is_exact,
        hits=tuple(Hit(record_id=p.record_id, score=p.score) for p in shown),
        next=encode_cursor(query, sort, shown[-1]) if more else None,
    )


def encode_cursor(query: Node, sort: str, last: Place) -> str:
    """Return an opaque text, safe in a URL, that names the end of a page."""
    column = column_of(sort)
    value = last.score if column is None else last.key
    content = json.dumps([value, last.record_id], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(query, sort, content) + content).decode()


def decode_cursor(cursor: str, query: Node, sort: str) -> Place:
    """Return the end of the page before.

    Raises
    ------
    CursorInvalid
        If it was changed, or belongs to another query or sort order.
    """
    is_by_score = column_of(sort) is None
    opened = _opened(cursor, query, sort)
    match opened:
        case [int() | float() as score, str() as record_id] if is_by_score:
            return Place(record_id=record_id, score=float(score))
        case [str() as key, str() as record_id] if not is_by_score:
            return Place(record_id=record_id, key=key)
        case _:
            raise CursorInvalid(
                "this page mark belongs to another query or sort order; "
                "start again at the first page"
            )


def _opened(cursor: str, query: Node, sort: str) -> object:
    """Return what a cursor holds, None if its seal is broken."""
    if len(cursor) > _MAX_CURSOR:
        return None
    try:
        data = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        seal, content = data[:12], data[12:]
        return json.loads(content) if seal == _seal(query, sort, content) else None
    except ValueError:
        return None


def _seal(query: Node, sort: str, content: bytes) -> bytes:
    """Bind a cursor to its query; a node's repr is its whole content."""
    bound = f"{sort}\0{query!r}\0".encode("utf-8", "surrogatepass")
    return hashlib.sha256(bound + content).digest()[:12]
