"""Log-in, log-out and the language of the interface."""

from typing import Any
from urllib.parse import urlsplit

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.security import forget, remember

from recordsvc.services.accounts import verify_password
from recordsvc.services.errors import NotAllowed
from recordsvc.web.forms import text_of
from recordsvc.web.languages import offered

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
