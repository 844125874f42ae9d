"""Log-in, log-out, a person's own account and the language of the interface."""

from typing import Any
from urllib.parse import urlsplit

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import forget, remember

from recordsvc.services.accounts import (
    MIN_PASSWORD,
    account_of,
    change_own_password,
    is_own,
    verify_password,
)
from recordsvc.services.addresses import set_address
from recordsvc.services.errors import InvalidRequest, NotAllowed, NothingToDo
from recordsvc.web.acts import attempt
from recordsvc.web.forms import text_of
from recordsvc.web.languages import offered
from recordsvc.web.security import Blocked, is_token_request

LANGUAGE_S = 365 * 24 * 3600


def form(request: Any) -> dict[str, Any]:
    """Show the log-in form."""
    return {"login": "", "next": _inside(request.GET.get("next")), "failure": None}


def log_in(request: Any) -> Any:
    """Begin a session, or say that login and password do not go together."""
    login = text_of(request, "login").strip()
    goal = _inside(text_of(request, "next"))
    attempts = request.registry.login_attempts
    address = request.client_addr or ""
    if attempts.is_blocked(login, address):
        request.response.status_int = 429
        return {"login": login, "next": goal, "failure": "blocked"}
    try:
        verify_password(request.archive, login, text_of(request, "password"))
    except NotAllowed:
        attempts.fail(login, address)
        request.response.status_int = 403
        return {"login": login, "next": goal, "failure": "wrong"}
    attempts.succeed(login)
    return HTTPSeeOther(goal, headers=remember(request, login))


def log_out(request: Any) -> Any:
    """End the session."""
    return HTTPSeeOther(request.route_path("home"), headers=forget(request))


def own_page(request: Any) -> dict[str, Any]:
    """Show a person what is kept of them as an account."""
    account = account_of(request.archive, request.actor.login)
    return {
        "account": account,
        "is_own": is_own(request.archive, account),
        "least": MIN_PASSWORD,
        "done": request.session.pop_flash("account"),
        "failure": None,
    }


def change_password(request: Any) -> Any:
    """Change a person's own password; every other session and token ends."""

    def act() -> str:
        new = text_of(request, "new")
        if new != text_of(request, "again"):
            raise InvalidRequest("the new password was not written twice alike")
        _change(request, text_of(request, "current"), new)
        return _done(request, "password")

    return attempt(request, act, own_page)


def _change(request: Any, current: str, new: str) -> None:
    """Change the password as its owner, who cannot try others at leisure."""
    login, address = request.actor.login, request.client_addr or ""
    attempts = request.registry.login_attempts
    if attempts.is_blocked(login, address):
        raise Blocked("there were too many attempts; wait a quarter of an hour")
    try:
        change_own_password(request.ctx, login, current, new)
    except NotAllowed:
        attempts.fail(login, address)
        raise NotAllowed("the current password is not this one") from None
    attempts.succeed(login)
    if not is_token_request(request):
        remember(request, login)


def change_address(request: Any) -> Any:
    """Change where reminders go; they come in the language of the page."""

    def act() -> str:
        try:
            set_address(
                request.ctx,
                request.actor.login,
                text_of(request, "email"),
                request.language,
            )
        except NothingToDo:
            return str(request.route_path("account"))
        return _done(request, "address")

    return attempt(request, act, own_page)


def _done(request: Any, what: str) -> str:
    request.session.flash(what, "account")
    return str(request.route_path("account"))


def choose_language(request: Any) -> Any:
    """Keep the reader's choice of language in a cookie."""
    answer = HTTPSeeOther(_inside(text_of(request, "next")))
    chosen = text_of(request, "language")
    if chosen in offered(request.service.settings.languages):
        answer.set_cookie(
            "language", chosen, max_age=LANGUAGE_S, httponly=True, samesite="Lax"
        )
    return answer


def _inside(goal: str | None) -> str:
    """Return an address of this site: another would make us send people astray."""
    if not goal:
        return "/"
    try:
        parts = urlsplit(goal)
    except ValueError:
        return "/"
    is_ours = not parts.scheme and not parts.netloc and goal.startswith("/")
    if not is_ours or goal.startswith("//") or "\\" in goal or not goal.isprintable():
        return "/"
    return goal
