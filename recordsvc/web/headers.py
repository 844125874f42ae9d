"""Headers that every answer carries."""

from collections.abc import Callable
from typing import Any

Handler = Callable[[Any], Any]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A file of the archive is shown by the browser's own viewer or not at all: it
# can run nothing and belongs to no origin.
FILE_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def headers_tween_factory(handler: Handler, registry: Any) -> Handler:  # noqa: ARG001
    """Add the headers a view has not set itself."""

    def tween(request: Any) -> Any:
        response = handler(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            # What an answer says depends on who asks.
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    return tween


def includeme(config: Any) -> None:
    """Put the tween outermost."""
    from pyramid.tweens import INGRESS

    config.add_tween("recordsvc.web.headers.headers_tween_factory", under=INGRESS)
