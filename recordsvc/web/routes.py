"""Every address of the service: who may come there, and what answers.

One row is one route with the permission it needs; a test asserts that no view
exists beside these rows.
"""

from dataclasses import dataclass
from typing import Any

from recordsvc.web.security import PUBLIC

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


def _page(
    name: str, pattern: str, permission: str, renderer: str | None, **views: str
) -> Route:
    return Route(
        name=name,
        pattern=pattern,
        permission=permission,
        views={k: f"recordsvc.web.pages.{v}" for k, v in views.items()},
        renderer=f"recordsvc.web:templates/{renderer}" if renderer else None,
    )


def _api(name: str, pattern: str, permission: str, **views: str) -> Route:
    return Route(
        name=f"api.{name}",
        pattern=f"/api/v1{pattern}",
        permission=permission,
        views={k: f"recordsvc.web.api.{v}" for k, v in views.items()},
        renderer="json",
        # A file's name may hold slashes, which no path template can match; and
        # the check would read an uploaded file into memory as a whole.
        is_described=":.+}" not in pattern and name not in {"openapi", "records"},
    )


PAGES = (
    _page("home", "/", "search", "home.jinja2", GET="home.home"),
    _page(
        "login",
        "/login",
        PUBLIC,
        "login.jinja2",
        GET="account.form",
        POST="account.log_in",
    ),
    _page("logout", "/logout", PUBLIC, None, POST="account.log_out"),
    _page("language", "/language", PUBLIC, None, POST="account.choose_language"),
    _page("search", "/search", "search", "search.jinja2", GET="search.search_page"),
    _page(
        "reference", "/ref/{scheme}/{value:.+}", "search", None, GET="record.reference"
    ),
    _page(
        "page_image",
        r"/records/{id}/pages/{number:[0-9]{1,6}}.png",
        "record.view",
        None,
        GET="viewer.page_image",
    ),
    _page(
        "page",
        r"/records/{id}/pages/{number:[0-9]{1,6}}",
        "record.view",
        "page.jinja2",
        GET="viewer.page",
    ),
    _page(
        "file", "/records/{id}/files/{name:.+}", "record.view", None, GET="record.file"
    ),
    _page(
        "edit",
        "/records/{id}/edit",
        "record.edit",
        "edit.jinja2",
        GET="record.edit_form",
        POST="record.edit",
    ),
    Route(
        name="record_json",
        pattern="/records/{id}.json",
        permission="record.view",
        views={"GET": "recordsvc.web.pages.record.as_json"},
        renderer="json",
    ),
    _page(
        "record",
        "/records/{id}",
        "record.view",
        "record.jinja2",
        GET="record.record_page",
    ),
    _page(
        "ingest",
        "/ingest",
        "record.capture",
        "ingest.jinja2",
        GET="intake.form",
        POST="intake.upload",
    ),
    _page("job", "/jobs/{id}", "record.capture", "job.jinja2", GET="intake.job_page"),
    _page(
        "retention",
        "/retention",
        "retention.view",
        "retention.jinja2",
        GET="retention.due_page",
    ),
    _page(
        "questions",
        "/questions",
        "question.view",
        "questions.jinja2",
        GET="questions.list_page",
    ),
    _page(
        "accessibility",
        "/about/accessibility",
        PUBLIC,
        "accessibility.jinja2",
        GET="home.accessibility",
    ),
)
API = (
    _api("openapi", "/openapi.json", PUBLIC, GET="description.openapi"),
    _api("search", "/search", "search", GET="search.search"),
    _api("records", "/records", "record.capture", POST="records.capture"),
    _api(
        "record",
        "/records/{id}",
        "record.view",
        GET="records.show",
        PATCH="records.edit",
    ),
    _api("text", "/records/{id}/text", "record.view", GET="records.text"),
    _api("file", "/records/{id}/files/{name:.+}", "record.view", GET="records.file"),
    _api(
        "retention",
        "/records/{id}/retention",
        "retention.view",
        GET="retention.explain",
    ),
    _api("due", "/retention/due", "retention.view", GET="retention.due"),
    _api("question", "/questions/{id}", "question.view", GET="questions.show"),
    _api(
        "suggestions", "/links/suggestions", "link.suggest", GET="questions.suggestions"
    ),
    _api("links", "/links", "question.view", GET="questions.links"),
    _api(
        "link_decision",
        "/links/{id}",
        "link.decide",
        PUT="questions.accept",
        DELETE="questions.reject",
    ),
    _api("job", "/jobs/{id}", "record.capture", GET="records.job"),
)
HEALTH = (
    Route(
        name="live",
        pattern="/-/live",
        permission=PUBLIC,
        views={"GET": "recordsvc.web.health.live"},
        renderer="json",
    ),
    Route(
        name="ready",
        pattern="/-/ready",
        permission=PUBLIC,
        views={"GET": "recordsvc.web.health.ready"},
        renderer="json",
    ),
)
ROUTES = (*HEALTH, *API, *PAGES)


def includeme(config: Any) -> None:
    """Add every route with its views and permission."""
    for route in ROUTES:
        config.add_route(route.name, route.pattern)
        for method, view in route.views.items():
            config.add_view(
                view,
                route_name=route.name,
                request_method=("GET", "HEAD") if method == "GET" else method,
                permission=route.permission,
                renderer=route.renderer,
                **({"openapi": True} if route.is_described else {}),
            )
