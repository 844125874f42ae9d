"""What falls due: the board, what is in the way, why a date, and the calendar."""

from datetime import date
from typing import Any

from babel.dates import format_date
from pyramid.response import Response

from recordsvc.model import Record
from recordsvc.services.access import may, record_for
from recordsvc.services.context import Context
from recordsvc.services.days import day_of
from recordsvc.services.display import title_of
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.services.retention import retaining
from recordsvc.services.retention.appraising import PERMANENT
from recordsvc.services.retention.comingdays import Coming, Kind, coming, month_after
from recordsvc.services.retention.dueboard import months_ahead
from recordsvc.services.retention.exceptions import exceptions
from recordsvc.services.retention.manualview import shortening_of
from recordsvc.web.calendarfeed import feed as calendar_of
from recordsvc.web.charts import ACTIONS, bars
from recordsvc.web.languages import catalogue, direction_of
from recordsvc.web.tracewords import exception_words, step_words

PAGE = 100
SHOWN_APART = frozenset({"lost", "held"})
# With it the steps of a maximum-keeping duty begin; those of the due date come before.
MAXIMUM = "maximum"


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
        "due": found | {"exceptions": _titled(request, found["exceptions"])},
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
    """Show a page of the records that something is the matter with, and what."""
    cursor = request.GET.get("cursor", "")
    found = exceptions(request.ctx, limit=PAGE, cursor=cursor)
    return found | {"exceptions": _titled(request, found["exceptions"])}


def _titled(request: Any, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    records = request.ctx.root.records
    holds = request.ctx.root.holds
    words = catalogue(request.language)
    return [
        e
        | {
            "title": title_of(records[e["id"]]),
            "holds": [holds[h] for h in sorted(records[e["id"]].holds)],
            "told": exception_words(e, words),
        }
        for e in found
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
        **_manual_acts(ctx, record),
        "sent": request.POST,
        "failure": None,
    }


def _manual_acts(ctx: Context, record: Record) -> dict[str, Any]:
    """Return what the actor may do with the manual date of a record."""
    is_living = not record.is_destroyed
    last = record.appraisals[-1] if record.appraisals else None
    proposal = record.shortening
    return {
        "manual": last is not None and last.until is not None,
        "is_by_hand": last is not None
        and (last.until is not None or last.verdict == PERMANENT),
        "shortening": shortening_of(record) if proposal is not None else None,
        "may_keep": is_living and may(ctx.actor, "retention.keep"),
        "may_shorten": is_living and may(ctx.actor, "retention.shorten"),
        "may_confirm": proposal is not None and proposal.login != ctx.actor.login,
    }


def explanation_of(
    request: Any, record_id: str, on: date | None = None
) -> dict[str, Any] | None:
    """Return why a record is due when it is; None where no schedule is in force.

    ``told`` is the trace in the reader's language without what stands apart: what
    lost (``lost``), the maximum-keeping duties (``bounds``) and the holds.
    """
    try:
        found = retaining.explain(request.ctx, record_id, on)
    except NotFound:
        return None
    words = catalogue(request.language)
    steps = [(s["step"], step_words(s, words)) for s in found.get("steps", ())]
    kinds = [kind for kind, _ in steps]
    end = kinds.index(MAXIMUM) if MAXIMUM in kinds else len(steps)
    return {
        **found,
        "told": [said for kind, said in steps[:end] if kind not in SHOWN_APART],
        "lost": [said for kind, said in steps if kind == "lost"],
        "bounds": [said for _, said in steps[end:]],
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
