"""The inbox, paper by paper, and the files that could not be read."""

from contextlib import suppress
from typing import Any

from recordsvc.services.access import may
from recordsvc.services.description import edit
from recordsvc.services.errors import InvalidRequest, NothingToDo
from recordsvc.services.triage.confirming import confirm
from recordsvc.services.triage.deciding import decide
from recordsvc.services.triage.failures import Kind, failures
from recordsvc.services.triage.inbox import EVERYTHING, Sieve, inbox, next_of
from recordsvc.services.triage.suggestions import suggestions
from recordsvc.web.acts import attempt, texts_of
from recordsvc.web.forms import text_of

NAMES = ("reason", "intake", "legislature")
PAGE = 50


def inbox_page(request: Any) -> dict[str, Any]:
    """Show what waits, by reason, intake and legislature."""
    sieve, failure = _sieve(request), None
    try:
        found = inbox(
            request.ctx, sieve, limit=PAGE, cursor=request.GET.get("cursor", "")
        )
    except InvalidRequest as error:
        request.response.status_int = 422
        sieve, failure = EVERYTHING, str(error)
        found = inbox(request.ctx, sieve, limit=PAGE)
    return {
        "found": found,
        "chosen": dict(sieve.pairs),
        "failure": failure,
        "may_bulk": may(request.ctx.actor, "bulk.edit"),
    }


def _sieve(request: Any) -> Sieve:
    return Sieve(**{name: request.GET.get(name, "") for name in NAMES})


def paper_page(request: Any) -> dict[str, Any]:
    """Show the values of a paper that nobody has confirmed, with their evidence."""
    ctx, record_id = request.ctx, request.matchdict["id"]
    sieve = _sieve(request)
    return {
        "paper": suggestions(ctx, record_id),
        "following": next_of(ctx, record_id, sieve),
        "chosen": dict(sieve.pairs),
        "classes": sorted(ctx.root.classes.keys()),
        "may_bulk": may(ctx.actor, "bulk.edit"),
        "sent": request.POST,
        "failure": None,
    }


def act(request: Any) -> Any:
    """Accept a value, all of them, or correct one; then go on with what waits."""

    def work() -> str:
        record_id = request.matchdict["id"]
        # Saying what stands there already is no error for a person.
        with suppress(NothingToDo):
            _settle(request, record_id)
        return _onward(request, record_id)

    return attempt(request, work, paper_page)


def _settle(request: Any, record_id: str) -> None:
    ctx, revision = request.ctx, _revision(request)
    accepted, corrected = text_of(request, "accept"), text_of(request, "correct")
    if accepted:
        field, _, value = accepted.partition("=")
        confirm(ctx, record_id, [(field, value)], if_revision=revision)
    elif corrected:
        value = text_of(request, f"value-{corrected}")
        edit(ctx, record_id, {corrected: value}, if_revision=revision)
    else:
        seen = [text.partition("=") for text in texts_of(request, "seen")]
        pairs = [(field, value) for field, _, value in seen]
        confirm(ctx, record_id, pairs, if_revision=revision)


def _revision(request: Any) -> int:
    try:
        return int(text_of(request, "revision"))
    except ValueError:
        raise InvalidRequest("the form has lost its revision; load it again") from None


def _onward(request: Any, record_id: str) -> str:
    """Return where to go on: the paper while it has open values, else the next one."""
    ctx, sieve = request.ctx, _sieve(request)
    query = dict(sieve.pairs)
    if suggestions(ctx, record_id)["values"]:
        return str(request.route_path("triage_paper", id=record_id, _query=query))
    following = next_of(ctx, record_id, sieve)
    if following is None:
        return str(request.route_path("triage", _query=query))
    return str(request.route_path("triage_paper", id=following, _query=query))


def quarantine_page(request: Any) -> dict[str, Any]:
    """Show the files that could not be read, with what to do about each."""
    kind = request.GET.get("kind", "")
    return {
        "found": failures(request.ctx, kind if kind in set(Kind) else ""),
        "kind": kind,
        "may_decide": may(request.ctx.actor, "quarantine.decide"),
        "begun": request.GET.get("begun", ""),
        "sent": request.POST,
        "failure": None,
    }


def quarantine_act(request: Any) -> Any:
    """Retry, keep without text or discard the files that were ticked, or a kind."""
    return attempt(request, lambda: _decide(request), quarantine_page)


def _decide(request: Any) -> str:
    ids = texts_of(request, "id")
    job = decide(
        request.ctx,
        text_of(request, "act"),
        ids=ids,
        kind="" if ids else text_of(request, "kind"),
        reason=text_of(request, "reason"),
    )
    query = {"begun": "1"} if job is not None else {}
    return str(request.route_path("quarantine", _query=query))
