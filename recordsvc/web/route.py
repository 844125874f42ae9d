"""What a row of the table of addresses is, and how rows are written."""

from dataclasses import dataclass

HTML, JSON = "html", "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An address.

    Parameters
    ----------
    permission
        A function of `recordsvc.services.access`, or ``public``.
    views
        Method to the dotted name of the view.
    renderer
        A template, ``json``, or None where the view makes the whole answer.
    is_described
        Requests are checked against ``openapi.yaml`` before the view sees them.
    """

    name: str
    pattern: str
    permission: str
    views: dict[str, str]
    renderer: str | None = None
    is_described: bool = False


def page(
    name: str, pattern: str, permission: str, renderer: str | None, **views: str
) -> Route:
    """Return a page, whose template makes it unless the view does."""
    return Route(
        name=name,
        pattern=pattern,
        permission=permission,
        views={k: f"recordsvc.web.pages.{v}" for k, v in views.items()},
        renderer=f"recordsvc.web:templates/{renderer}" if renderer else None,
    )


def api(name: str, pattern: str, permission: str, **views: str) -> Route:
    """Return an address of the API, which `openapi.yaml` describes."""
    return Route(
        name=f"api.{name}",
        pattern=f"/api/v1{pattern}",
        permission=permission,
        views={k: f"recordsvc.web.api.{v}" for k, v in views.items()},
        renderer="json",
        # A file's name may hold slashes, which no path template can match; and
        # the check would read an uploaded file into memory as a whole.
        is_described=":.+}" not in pattern
        and name not in {"openapi", "records", "uploads", "upload"},
    )
