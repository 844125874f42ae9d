"""The page of a record, its files, its change form and its permanent numbers."""

from pathlib import Path
from typing import Any

from pyramid.httpexceptions import HTTPFound, HTTPSeeOther

from recordsvc.services import display, reading
from recordsvc.services.access import may, may_read, record_for
from recordsvc.services.description import edit as edit_record
from recordsvc.services.errors import InvalidRequest, NotFound, NothingToDo
from recordsvc.services.identifying import keys_of
from recordsvc.services.likeness.viewing import shown_mapping
from recordsvc.services.renditions import load
from recordsvc.web.forms import text_of
from recordsvc.web.languages import catalogue
from recordsvc.web.pages.retention import explanation_of, hold_titles
from recordsvc.web.pages.search import number_of
from recordsvc.web.pages.viewer import is_drawn, paged_file
from recordsvc.web.serving import file_answer
from recordsvc.web.tracewords import named_trigger

EXCERPT_CHARS = 1_200
MOST_CITED = 50
MOST_PAGES = 6


def record_page(request: Any) -> Any:
    """Show a record, or go on to the one that it was joined to."""
    asked = request.matchdict["id"]
    record = record_for(request.ctx, asked)
    if record.id != asked:
        # The two may be parted again, so no browser is to remember it.
        return HTTPFound(request.route_path("record", id=record.id))
    return whole_page(request)


def whole_page(request: Any) -> dict[str, Any]:
    """Show a record: facts with their evidence, links, retention, history."""
    ctx = request.ctx
    record = record_for(ctx, request.matchdict["id"])
    if record.is_destroyed:
        request.response.status_int = 410
        stone = display.stone_of(ctx, record)
        trigger = stone.trigger if stone else ""
        return {
            "record": display.record_mapping(ctx, record),
            "destroyed": True,
            "stone": stone,
            "trigger": named_trigger(trigger, catalogue(request.language)),
            "sees_lists": may(ctx.actor, "disposal.view"),
            "shows_holds": may(ctx.actor, "hold.view"),
        }
    originals = reading.files_at(record, "")
    sees_files = may(ctx.actor, "retention.view")
    is_governed = sees_files and record.class_code
    return {
        "record": shown_mapping(ctx, record),
        "destroyed": False,
        "may_join": may(ctx.actor, "record.join"),
        "first_text": _first_text(ctx, record),
        "number": number_of(record),
        "cited": _cited(ctx, record),
        "explanation": explanation_of(request, record.id) if is_governed else None,
        "holds": hold_titles(ctx),
        "sees_files": sees_files,
        "may_edit": may(ctx.actor, "record.edit"),
        "may_hold": may(ctx.actor, "hold.place"),
        "shows_holds": may(ctx.actor, "hold.view"),
        "has_pages": any(m.pages for m in originals),
        "has_image": any(m.pages or m.rendition for m in originals)
        and is_drawn(paged_file(originals)),
        "query": request.GET.get("q", ""),
    }


def _cited(ctx: Any, record: Any) -> list[dict[str, Any]]:
    """Return each paper that is cited once, with the pages; not the paper itself."""
    own = {i.normalised for i in record.identifiers}
    found: dict[str, dict[str, Any]] = {}
    for citation in record.citations:
        if citation.normalised in own:
            continue
        if citation.normalised not in found:
            if len(found) == MOST_CITED:
                break
            told = display.citation_mapping(ctx, citation)
            found[citation.normalised] = {**told, "pages": []}
        pages = found[citation.normalised]["pages"]
        if citation.page not in pages and len(pages) < MOST_PAGES:
            pages.append(citation.page)
    return list(found.values())


def _first_text(ctx: Any, record: Any) -> str:
    for file in record.files:
        for page in load(ctx.bitstreams, file.rendition):
            if page.text.strip():
                text = str(page.text)
                return (
                    text if len(text) <= EXCERPT_CHARS else f"{text[:EXCERPT_CHARS]}…"
                )
    return ""


def as_json(request: Any) -> dict[str, Any]:
    """Return the record as `show --json` prints it."""
    ctx = request.ctx
    record = record_for(ctx, request.matchdict["id"])
    if record.is_destroyed:
        request.response.status_int = 410
    return shown_mapping(ctx, record)


def file(request: Any) -> Any:
    """Send a file of a record, or the part of it that is asked for."""
    ctx = request.ctx
    found = reading.file_of(ctx, request.matchdict["id"], request.matchdict["name"])
    path = Path(ctx.bitstreams.path(found.sha256))
    return file_answer(path, found, saved="save" in request.GET)


def reference(request: Any) -> Any:
    """Send a permanent number on to the one paper that carries it."""
    ctx = request.ctx
    scheme, value = request.matchdict["scheme"], request.matchdict["value"]
    ids = {
        record_id
        for key in keys_of(ctx, scheme, value)
        for record_id in ctx.root.ids_by_identifier(key)
        if may_read(ctx.actor, ctx.root.records[record_id])
    }
    if not ids:
        raise NotFound(f"no paper here carries the number {value}")
    if len(ids) == 1:
        return HTTPSeeOther(request.route_path("record", id=ids.pop()))
    return HTTPSeeOther(request.route_path("search", _query={"q": f'"{value}"'}))


def edit_form(request: Any) -> dict[str, Any]:
    """Show the values that can be changed."""
    record = record_for(request.ctx, request.matchdict["id"], "record.edit")
    return {"record": display.record_mapping(request.ctx, record), "failure": None}


def edit(request: Any) -> Any:
    """Change values, against the revision the form was made from."""
    ctx = request.ctx
    record_id = request.matchdict["id"]
    record = record_for(ctx, record_id, "record.edit")
    before = display.record_mapping(ctx, record)
    values = {
        name: text_of(request, name)
        for name in ("title", "date", "type", "language", "access", "collection")
        if name in request.POST and text_of(request, name) != (before.get(name) or "")
    }
    try:
        revision = int(text_of(request, "revision"))
    except ValueError:
        raise InvalidRequest("the form has lost its revision; load it again") from None
    try:
        if values:
            edit_record(ctx, record_id, values, if_revision=revision)
    except InvalidRequest as error:
        request.response.status_int = 422
        return {"record": before | values, "failure": str(error)}
    except NothingToDo:
        # Saving what stands there already is no error for a person.
        values = {}
    return HTTPSeeOther(request.route_path("record", id=record_id))
