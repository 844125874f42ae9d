"""The page viewer: image and text of one page, hits marked, no script needed."""

from io import BytesIO
from typing import Any

from pyramid.response import Response

from recordsvc.model import Manifestation
from recordsvc.search.query import QuerySyntaxError
from recordsvc.services import reading
from recordsvc.services.display import title_of
from recordsvc.services.errors import NotFound
from recordsvc.services.renditions import load
from recordsvc.services.searching import marked_page

IMAGE_WIDTH = 1000
IMAGE_TYPES = frozenset({"application/pdf", "image/png", "image/jpeg", "image/tiff"})


def page(request: Any) -> dict[str, Any]:
    """Show one page of a paper, or of one of its attachments."""
    ctx = request.ctx
    record = reading.readable(ctx, request.matchdict["id"])
    number = int(request.matchdict["number"])
    position = request.GET.get("part", "")
    file = paged_file(reading.files_at(record, position))
    pages = load(ctx.bitstreams, file.rendition)
    count = file.pages or len(pages)
    if not 1 <= number <= max(count, 1):
        raise NotFound(f"this paper has no page {number}; it has {count}")
    shown = next((p for p in pages if p.number == number), None)
    text = shown.text if shown else ""
    query = request.GET.get("q", "")
    try:
        marks, hit_pages = marked_page(ctx, record, query, number, position)
    except QuerySyntaxError:
        # The viewer shows the page also for an address with a broken query.
        marks, hit_pages = (), ()
    return {
        "id": record.id,
        "title": title_of(record),
        "record_language": record.language,
        "attachment": file if file.is_attachment else None,
        "part": dict(page_part(position)),
        "number": number,
        "count": count,
        "query": query,
        "pieces": _pieces(text, marks),
        "hit_pages": hit_pages,
        "confidence": shown.confidence if shown else None,
        "recognition": file.recognition,
        "has_image": is_drawn(file),
    }


def page_part(position: str) -> list[tuple[str, str]]:
    """Return what the address of a page of an attachment says beside its number."""
    return [("part", position)] if position else []


def is_drawn(file: Manifestation) -> bool:
    """Say whether the pages of a file can be shown as images."""
    return file.mime in IMAGE_TYPES and bool(file.pages)


def paged_file(files: tuple[Manifestation, ...]) -> Manifestation:
    """Return the first file that can be read by page.

    Raises
    ------
    NotFound
        If there is none.
    """
    for file in files:
        if file.pages or file.rendition:
            return file
    raise NotFound("this record has no pages")


def _pieces(text: str, marks: tuple[tuple[int, int], ...]) -> list[tuple[bool, str]]:
    pieces, at = [], 0
    for start, end in marks:
        pieces += [(False, text[at:start]), (True, text[start:end])]
        at = end
    return [piece for piece in [*pieces, (False, text[at:])] if piece[1]]


def page_image(request: Any) -> Response:
    """Draw one page, in isolation; the answer may be kept by the browser."""
    ctx = request.ctx
    record = reading.readable(ctx, request.matchdict["id"])
    file = paged_file(reading.files_at(record, request.GET.get("part", "")))
    if not is_drawn(file):
        raise NotFound("pages of this format are not drawn")
    number = int(request.matchdict["number"])
    png = request.registry.pages.draw(
        file.sha256, ctx.bitstreams.path(file.sha256), number, IMAGE_WIDTH
    )
    answer = Response(body=BytesIO(png).getvalue(), content_type="image/png")
    answer.charset = None
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
