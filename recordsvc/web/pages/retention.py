"""What falls due: the board, what is in the way, why a date, and the calendar."""

from datetime import date
from typing import Any

from babel.dates import format_date
from pyramid.response import Response

from recordsvc.services.access import may, record_for
from recordsvc.services.days import day_of
from recordsvc.services.display import title_of
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.services.retention import retaining
from recordsvc.services.retention.comingdays import Coming, Kind, coming, month_after
from recordsvc.services.retention.dueboard import months_ahead
from recordsvc.web.calendarfeed import feed as calendar_of
from recordsvc.web.charts import ACTIONS, bars
from recordsvc.web.languages import catalogue, direction_of
from recordsvc.web.tracewords import step_words

PAGE = 100
SHOWN_APART = frozenset({"lost", "held"})


def due_page(request: Any) -> dict[str, Any]:
    """Show the months to come, what is due on a day, and what cannot be judged."""
    cursor = request.GET.get("cursor", "")
    failure = None
    try:
        day = _day(request)
        found = retaining.due(request.ctx, day, limit=PAGE, cursor=cursor)
    except InvalidRequest as error:
        request.response.status_int = 422
        found, failure = retaining.due(request.ctx, limit=PAGE), str(error)
    return {
        "due": found | {"exceptions": _titled(request.ctx, found["exceptions"])},
        "failure": failure,
        "is_first": not cursor,
        "may_propose": may(request.ctx.actor, "disposal.propose"),
        **_board(request),
    }


def _day(request: Any) -> date | None:
    asked = request.GET.get("on")
    return day_of(asked) if asked else None


def _board(request: Any) -> dict[str, Any]:
    board = months_ahead(request.ctx)
    months = [
        (m["month"], m["actions"] or ({"": m["records"]} if m["records"] else {}))
        for m in board["months"]
    ]
    used = {action for _, counts in months for action in counts}
    return {
        "bars": bars(months, is_mirrored=direction_of(request.language) == "rtl"),
        "actions": [a for a in (*ACTIONS, "") if a in used],
        "months": [
            {
                **m,
                "name": _month_name(m["month"], request.language),
                "short": _month_name(m["month"], request.language, "LLL"),
                "until": _last_day(m["month"]),
            }
            for m in board["months"]
        ],
    }


def _month_name(month: str, language: str, form: str = "LLLL y") -> str:
    return str(format_date(date.fromisoformat(f"{month}-01"), form, locale=language))


def _last_day(month: str) -> str:
    following = month_after(date.fromisoformat(f"{month}-01"), 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()


def exceptions_page(request: Any) -> dict[str, Any]:
    """Show a page of the records that never become due as they stand, and why."""
    cursor = request.GET.get("cursor", "")
    found = retaining.exceptions(request.ctx, limit=PAGE, cursor=cursor)
    return found | {"exceptions": _titled(request.ctx, found["exceptions"])}


def _titled(ctx: Any, exceptions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    records = ctx.root.records
    holds = ctx.root.holds
    return [
        e
        | {
            "title": title_of(records[e["id"]]),
            "holds": [holds[h] for h in sorted(records[e["id"]].holds)],
        }
        for e in exceptions
    ]


def why_page(request: Any) -> dict[str, Any]:
    """Show how the due date of a record was found, step by step."""
    ctx = request.ctx
    record = record_for(ctx, request.matchdict["id"], "retention.view")
    day = _day(request)
    return {
        "id": record.id,
        "title": title_of(record),
        "record_language": record.language,
        "on": (day or ctx.today()).isoformat(),
        "explanation": explanation_of(request, record.id, day),
        "holds": hold_titles(ctx),
        "listed": ctx.root.listed.get(record.id),
        "sees_lists": may(ctx.actor, "disposal.view"),
    }


def explanation_of(
    request: Any, record_id: str, on: date | None = None
) -> dict[str, Any] | None:
    """Return why a record is due when it is; None where no schedule is in force.

    ``told`` is the trace in the reader's language without what stands apart: what
    lost (``lost``) and the holds.
    """
    try:
        found = retaining.explain(request.ctx, record_id, on)
    except NotFound:
        return None
    words = catalogue(request.language)
    steps = [(s["step"], step_words(s, words)) for s in found.get("steps", ())]
    return {
        **found,
        "told": [said for kind, said in steps if kind not in SHOWN_APART],
        "lost": [said for kind, said in steps if kind == "lost"],
    }


def hold_titles(ctx: Any) -> dict[str, str]:
    """Return the titles of the active holds by id, for those who may know them."""
    if not may(ctx.actor, "hold.view"):
        return {}
    return {i: ctx.root.holds[i].title for i in ctx.root.active_holds}


def feed(request: Any) -> Response:
    """Send what comes up as a calendar."""
    ctx = request.ctx

    def address_of(one: Coming) -> str:
        if one.kind is Kind.HOLD_REVIEW:
            return str(request.route_url("hold", id=one.hold))
        until = month_after(one.on, 1) if one.kind is Kind.DUE else one.on
        return str(request.route_url("retention", _query={"on": until.isoformat()}))

    body = calendar_of(
        coming(ctx),
        catalogue(request.language),
        title=ctx.settings.parliament,
        store_id=ctx.root.store_id,
        now=ctx.now(),
        address_of=address_of,
    )
    answer = Response(body=body, content_type="text/calendar", charset="utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="retention.ics"'
    return answer
