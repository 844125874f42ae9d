"""What went wrong, as a page for a person or as problem+json (RFC 9457)."""

import json
import logging
from typing import Any

from pyramid.csrf import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import (
    HTTPException,
    HTTPForbidden,
    HTTPNotFound,
    HTTPSeeOther,
)
from pyramid.response import Response
from pyramid_openapi3.exceptions import RequestValidationError
from pyramid_retry import is_last_attempt

from recordsvc.search.index import CursorInvalid, SearchError
from recordsvc.search.query import QuerySyntaxError
from recordsvc.services.context import ANONYMOUS
from recordsvc.services.errors import ServiceError
from recordsvc.storage.database import RETRYABLE
from recordsvc.storage.errors import StorageError, is_disk_full
from recordsvc.web.security import is_token_request, why_denied

log = logging.getLogger(__name__)
TITLES = {
    400: "The request is not understood",
    401: "Please log in",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not do that",
    409: "That is not possible now",
    410: "Destroyed",
    412: "The record has moved on",
    413: "Too large",
    415: "This form of content is not taken",
    422: "Something in the request is wrong",
    428: "Say which revision you changed",
    429: "Too many attempts",
    500: "The service has a fault",
    503: "Please try again",
    507: "The disk is full",
}


def wants_json(request: Any) -> bool:
    """Say whether a program asks."""
    if is_token_request(request):
        return True
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        return True
    offers = ["text/html", "application/json", "application/problem+json"]
    best = request.accept.acceptable_offers(offers)
    return bool(best) and best[0][0] != "text/html"


def title_of(status: int) -> str:
    """Return what a status means, in a few words."""
    return TITLES.get(status, TITLES[500 if status >= 500 else 400])  # noqa: PLR2004


def _as_json(response: Response, members: dict[str, Any], status: int) -> Response:
    body = {"type": "about:blank", "title": title_of(status), "status": status}
    response.content_type = "application/problem+json"
    response.charset = None
    response.body = json.dumps({**body, **members}).encode()
    return response


def problem(request: Any, status: int, detail: str, **members: Any) -> Response:
    """Return an error answer in the form the asker reads."""
    response = Response(status=status)
    if wants_json(request):
        _as_json(response, {"detail": detail, **members}, status)
    else:
        from pyramid.renderers import render

        response.text = render(
            "recordsvc.web:templates/problem.jinja2",
            {"status": status, "title": title_of(status), "detail": detail},
            request=request,
        )
    if status == 401:  # noqa: PLR2004
        response.headers["WWW-Authenticate"] = 'Bearer realm="recordsvc"'
    return response


def service_problem(error: ServiceError, request: Any) -> Response:
    """Answer what a use case refused."""
    return problem(request, error.http_status, str(error))


def query_problem(error: QuerySyntaxError, request: Any) -> Response:
    """Answer a query that cannot be read, with its column."""
    return problem(request, 422, str(error), column=error.column)


def cursor_problem(error: CursorInvalid, request: Any) -> Response:
    """Answer a cursor that belongs to another query."""
    return problem(request, 400, str(error))


def request_problem(error: RequestValidationError, request: Any) -> Response:
    """Answer a request that the API's description does not allow."""
    faults = "; ".join(
        f"{fault}: {fault.__cause__}" if fault.__cause__ else str(fault)
        for fault in error.errors
    )
    return problem(request, 400, faults)


def storage_problem(error: Exception, request: Any) -> Response:
    """Answer a full disk, or a store that does not work."""
    if is_disk_full(error):
        return problem(
            request,
            507,
            "the disk is full; what was acknowledged is safe and nothing was changed. "
            "Please tell whoever runs this service.",
        )
    log.error("storage failed", exc_info=error)
    return problem(request, 503, "the store does not answer; please try again")


def forbidden(error: HTTPForbidden, request: Any) -> Any:
    """Send a person to the log-in page, and tell a program what it lacks."""
    if request.actor != ANONYMOUS:
        return problem(request, 403, why_denied(request.actor, error.result))
    if wants_json(request):
        return problem(request, 401, "send an API token, or log in")
    came_from = request.path_qs if request.method in {"GET", "HEAD"} else "/"
    return HTTPSeeOther(request.route_path("login", _query={"next": came_from}))


def forged(error: HTTPException, request: Any) -> Response:  # noqa: ARG001
    """Answer a form that does not carry this session's token."""
    return problem(
        request, 403, "this form is too old or came from elsewhere; load it again"
    )


def not_found(error: HTTPNotFound, request: Any) -> Response:  # noqa: ARG001
    """Answer an address that leads nowhere."""
    return problem(request, 404, "there is nothing at this address")


def http_problem(error: HTTPException, request: Any) -> Any:
    """Answer Pyramid's own refusals in our form; redirections go through."""
    if error.status_int < 400:  # noqa: PLR2004
        return error
    return problem(
        request, error.status_int, error.detail or error.explanation or error.title
    )


def busy(error: Exception, request: Any) -> Response:
    """Answer a conflict with other writers; it is seen when every try has met one."""
    log.info("conflict at %s: %s", request.path, type(error).__name__)
    if not is_last_attempt(request):
        # Thrown away by pyramid_retry: nobody reads it.
        return _as_json(Response(status=503), {"detail": "conflict"}, 503)
    return problem(
        request,
        503,
        "many people are writing just now; nothing was changed, please try again",
    )


def undecodable(error: UnicodeDecodeError, request: Any) -> Response:  # noqa: ARG001
    """Answer an address or a form that is not UTF-8: no page can even name it."""
    return _as_json(
        Response(status=400), {"detail": "the address and the form must be UTF-8"}, 400
    )


def fault(error: Exception, request: Any) -> Response:
    """Answer a fault of the program; the log has the trace, the answer does not."""
    if is_disk_full(error):
        return storage_problem(error, request)
    log.error("fault at %s %s", request.method, request.path, exc_info=error)
    return problem(
        request,
        500,
        "nothing was changed. The log of the service says what happened.",
    )


def includeme(config: Any) -> None:
    """Register the error views; they need no permission."""
    for kind, view in (
        (ServiceError, service_problem),
        (QuerySyntaxError, query_problem),
        (CursorInvalid, cursor_problem),
        (RequestValidationError, request_problem),
        (SearchError, storage_problem),
        (StorageError, storage_problem),
        (HTTPException, http_problem),
        (BadCSRFToken, forged),
        (BadCSRFOrigin, forged),
        (UnicodeDecodeError, undecodable),
        *((kind, busy) for kind in RETRYABLE),
        (Exception, fault),
    ):
        config.add_exception_view(view, context=kind)
    config.add_forbidden_view(forbidden)
    config.add_notfound_view(not_found, append_slash=False)
