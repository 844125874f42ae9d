"""The disposal schedule: its versions in words, and an editor with live effect."""

import re
from typing import Any

from pyramid.response import Response

from recordsvc.services.access import may
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.retention import scheduling, simulating
from recordsvc.services.retention.schedulecheck import check
from recordsvc.services.retention.scheduleview import version_detail, version_list
from recordsvc.web.acts import attempt
from recordsvc.web.forms import text_of
from recordsvc.web.languages import catalogue
from recordsvc.web.wording import clock_words, period_words

LISTED = 20
# What of an effect is shown record by record, what matters most first.
SHOWN_MOVES = ("earlier", "now_due", "later", "changed")
_VERSION = re.compile(r"(?m)^version = [0-9]+$")


def list_page(request: Any) -> dict[str, Any]:
    """Show every version of the schedule."""
    ctx = request.ctx
    return {
        "versions": version_list(ctx),
        "may_import": may(ctx.actor, "schedule.import"),
    }


def version_page(request: Any) -> dict[str, Any]:
    """Show a version: what it says in words, and who approved it."""
    ctx = request.ctx
    found = version_detail(ctx, int(request.matchdict["number"]))
    words = catalogue(request.language)
    is_draft = found["state"] == "draft"
    return {
        "shown": found,
        "clock": lambda rule, is_first=True: clock_words(
            rule, words, is_first=is_first
        ),
        "period": lambda period: period_words(period, words.locale),
        "may_import": may(ctx.actor, "schedule.import"),
        "may_approve": is_draft
        and may(ctx.actor, "schedule.approve")
        and ctx.actor.login not in {found["imported_by"], *found["approvals"]},
        "may_issue": is_draft and may(ctx.actor, "schedule.issue"),
        "effect": _effect_of(ctx, found["version"])
        if is_draft and "effect" in request.GET
        else None,
        "moves": SHOWN_MOVES,
        "failure": None,
    }


def _effect_of(ctx: Any, number: int) -> dict[str, Any]:
    """Return what a draft would do: who approves or issues it looks before."""
    text = scheduling.export_schedule(ctx, number)
    return simulating.simulate(ctx, text, limit=LISTED).as_mapping()


def source(request: Any) -> Response:
    """Send a version as the TOML file that it can be imported from."""
    number = int(request.matchdict["number"])
    text = scheduling.export_schedule(request.ctx, number)
    answer = Response(text, content_type="application/toml", charset="utf-8")
    name = f"schedule-{number}.toml"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def approve(request: Any) -> Any:
    """Approve a draft."""

    def act() -> str:
        number = int(request.matchdict["number"])
        scheduling.approve(request.ctx, number)
        return str(request.route_path("schedule", number=number))

    return attempt(request, act, version_page)


def issue(request: Any) -> Any:
    """Issue an approved version."""

    def act() -> str:
        number = int(request.matchdict["number"])
        known = text_of(request, "acknowledge_earlier") == "yes"
        scheduling.issue(request.ctx, number, acknowledge_earlier=known)
        return str(request.route_path("schedule", number=number))

    return attempt(request, act, version_page)


def new_form(request: Any) -> dict[str, Any]:
    """Show the editor, with a version as its beginning where one is named."""
    ctx, base = request.ctx, request.GET.get("from", "")
    text = _source(request)
    if base and not text:
        if not base.isascii() or not base.isdigit():
            raise InvalidRequest(f"{base!r} is no number of a version")
        text = _next_version(ctx, scheduling.export_schedule(ctx, int(base)))
    return {
        "source": text,
        "errors": (),
        "effect": None,
        "moves": SHOWN_MOVES,
        "failure": None,
    }


def _next_version(ctx: Any, text: str) -> str:
    """Return an exported schedule under the first number that is free."""
    number = max(ctx.root.schedule_versions.keys(), default=0) + 1
    return _VERSION.sub(f"version = {number}", text, count=1)


def edit(request: Any) -> Any:
    """Show what the schedule would do, or keep it as a draft."""
    text = _source(request)
    checked = check(request.ctx, text, limit=LISTED)
    shown = new_form(request) | {"errors": checked.errors, "effect": checked.effect}
    if checked.errors:
        request.response.status_int = 422
        return shown
    if text_of(request, "act") != "save":
        return shown

    def act() -> str:
        kept = scheduling.import_schedule(request.ctx, text)
        return str(request.route_path("schedule", number=kept.number))

    return attempt(request, act, lambda _: shown)


def _source(request: Any) -> str:
    """Return the text of the editor, with the line ends that a file has."""
    return text_of(request, "source").replace("\r\n", "\n")
