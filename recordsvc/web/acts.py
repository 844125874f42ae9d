"""Forms that do something: on with success, the form again with the refusal."""

from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from recordsvc.search.query import QuerySyntaxError
from recordsvc.services.errors import NotFound, ServiceError

Page = Callable[[Any], dict[str, Any]]


def attempt(request: Any, act: Callable[[], str], page: Page) -> Any:
    """Do what a form asks for and go on, or show its page again, saying why not.

    Parameters
    ----------
    act
        Does it, and returns the address to go on to.
    page
        The view of the page that the form stands on.

    Notes
    -----
    A use case that is refused may have begun to write. What it began is taken back
    before the page is made, so that the page shows what is, and the status of the
    refusal keeps anything from being written after it.
    """
    try:
        return HTTPSeeOther(act())
    except NotFound:
        raise
    except (ServiceError, QuerySyntaxError) as error:
        status, failure = getattr(error, "http_status", 422), str(error)
    request.tm.abort()
    request.tm.begin()
    shown = page(request) | {"failure": failure}
    request.response.status_int = status
    return shown


def texts_of(request: Any, name: str) -> list[str]:
    """Return every value of a field that a form may send more than once."""
    return [value for value in request.POST.getall(name) if isinstance(value, str)]
