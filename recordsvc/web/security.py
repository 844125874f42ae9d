"""Who asks, and whether a route is open to them.

A browser session is a signed cookie that holds the login and the account's
session epoch, nothing else; a program sends ``Authorization: Bearer``. What an
actor may do with a record is decided in the services, never here.
"""

import time
from collections import deque
from dataclasses import replace
from threading import Lock
from typing import Any

from pyramid.authorization import Authenticated, Everyone
from pyramid.csrf import SessionCSRFStoragePolicy
from pyramid.security import Allowed, Denied
from pyramid.session import SignedCookieSessionFactory

from recordsvc.services.access import may
from recordsvc.services.accounts import actor_of_account, actor_of_token
from recordsvc.services.context import ANONYMOUS, SYSTEM, Actor
from recordsvc.services.errors import NotAllowed

SESSION_S = 12 * 3600
IDLE_S = 2 * 3600
# For routes that say nothing of the archive: health, style sheets, log-in.
PUBLIC = "public"
# Logins and addresses whose failures are kept in mind; hostile ones are many.
MOST_REMEMBERED = 10_000


class TokenRefused(NotAllowed):
    """The token of a program is not known, or its account is disabled."""

    http_status = 401


class Blocked(NotAllowed):
    """Passwords were tried too often; the next try has to wait."""

    http_status = 429


class SecurityPolicy:
    """Pyramid's security policy over `recordsvc.services.access`."""

    def identity(self, request: Any) -> Actor:
        """Return the actor of a request; anonymous when nobody is named."""
        return request.actor  # type: ignore[no-any-return]

    def authenticated_userid(self, request: Any) -> str | None:
        """Return the login, or None."""
        actor: Actor = request.actor
        return None if actor == ANONYMOUS else actor.login

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        """Say whether the actor's role holds the function a route names."""
        del context
        if permission == PUBLIC or may(request.actor, permission):
            return Allowed(f"{Everyone if permission == PUBLIC else Authenticated}")
        return Denied(permission)

    def remember(self, request: Any, userid: str, **kw: Any) -> list[Any]:
        """Begin a session: a new one, so that an old cookie is worth nothing."""
        del kw
        account = request.archive.accounts[userid]
        request.session.invalidate()
        request.session["login"] = userid
        request.session["epoch"] = account.session_epoch
        request.session["since"] = int(time.time())
        return []

    def forget(self, request: Any, **kw: Any) -> list[Any]:
        """End the session."""
        del kw
        request.session.invalidate()
        return []


def why_denied(actor: Actor, denied: Any) -> str:
    """Return what an actor who was denied a route is told.

    Parameters
    ----------
    denied
        What `SecurityPolicy.permits` said: its text is the function that is lacking.
    """
    function = getattr(denied, "s", "")
    if function and may(replace(actor, self_made=True), function):
        return (
            "your password was set by an administrator, or your token was made by "
            "one: change your password first"
        )
    return f"your role, {actor.role}, may not do this"


def is_token_request(request: Any) -> bool:
    """Say whether a program asks with a token: it needs no CSRF token."""
    return bool(request.headers.get("Authorization", "").startswith("Bearer "))


def actor_of(request: Any) -> Actor:
    """Return who asks.

    Raises
    ------
    TokenRefused
        If a token is sent that is not known.
    """
    if is_token_request(request):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        try:
            return actor_of_token(request.archive, token)
        except NotAllowed as error:
            raise TokenRefused(str(error)) from error
    login = request.session.get("login")
    if login is None:
        return ANONYMOUS
    account = request.archive.accounts.get(login)
    expired = time.time() - request.session.get("since", 0) > SESSION_S
    if (
        account is None
        or account.disabled
        or expired
        or account.session_epoch != request.session.get("epoch")
    ):
        return ANONYMOUS
    return actor_of_account(request.archive, account)


class Attempts:
    """Count failed log-ins, so that passwords cannot be tried at leisure.

    Parameters
    ----------
    most
        Failures of one login within the window.
    most_of_address
        Failures of one address: a whole house may stand behind it.
    window_s
        Seconds.
    """

    def __init__(
        self, *, most: int = 10, most_of_address: int = 100, window_s: float = 900.0
    ) -> None:
        self.most = most
        self.most_of_address = most_of_address
        self.window_s = window_s
        # The one that failed last stands last.
        self._failures: dict[tuple[str, str], deque[float]] = {}
        self._guard = Lock()

    def is_blocked(self, login: str, address: str) -> bool:
        """Say whether the login or the address has failed too often."""
        with self._guard:
            return (
                self._recent("login", login) >= self.most
                or self._recent("address", address) >= self.most_of_address
            )

    def fail(self, login: str, address: str) -> None:
        """Count a failure."""
        with self._guard:
            for key in (("login", login), ("address", address)):
                failures = self._failures.pop(key, deque(maxlen=self.most_of_address))
                failures.append(time.monotonic())
                self._failures[key] = failures
            while len(self._failures) > MOST_REMEMBERED:
                del self._failures[next(iter(self._failures))]

    def succeed(self, login: str) -> None:
        """Forget the failures of a login, not those of the address."""
        with self._guard:
            self._failures.pop(("login", login), None)

    def _recent(self, kind: str, name: str) -> int:
        since = time.monotonic() - self.window_s
        return sum(at > since for at in self._failures.get((kind, name), ()))


def includeme(config: Any) -> None:
    """Wire sessions, CSRF and the security policy into the application."""
    service = config.registry.service
    secret = service.view(SYSTEM, lambda ctx: ctx.root.session_secret)
    is_https = service.settings.url.startswith("https://")
    config.set_session_factory(
        SignedCookieSessionFactory(
            secret,
            cookie_name="recordsvc",
            httponly=True,
            samesite="Lax",
            secure=is_https,
            timeout=IDLE_S,
            reissue_time=300,
        )
    )
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    config.set_default_csrf_options(
        require_csrf=True, callback=lambda request: not is_token_request(request)
    )
    config.set_security_policy(SecurityPolicy())
    config.add_request_method(actor_of, "actor", reify=True)
    config.registry.login_attempts = Attempts()
