"""Every address of the service: who may come there, and what answers.

One row is one route with the permission it needs; a test asserts that no view
exists beside these rows.
"""

from typing import Any

from recordsvc.web.route import Route, api, page
from recordsvc.web.routes_likeness import LIKENESS, LIKENESS_API
from recordsvc.web.routes_retention import (
    DISPOSAL,
    DISPOSAL_API,
    HOLDS,
    HOLDS_API,
    RETENTION,
    RETENTION_API,
    SCHEDULES,
)
from recordsvc.web.routes_triage import BULK, BULK_API, TRIAGE, TRIAGE_API
from recordsvc.web.security import PUBLIC

PAGES = (
    page("home", "/", "search", "home.jinja2", GET="home.home"),
    page(
        "login",
        "/login",
        PUBLIC,
        "login.jinja2",
        GET="account.form",
        POST="account.log_in",
    ),
    page("logout", "/logout", PUBLIC, None, POST="account.log_out"),
    page("language", "/language", PUBLIC, None, POST="account.choose_language"),
    page(
        "account",
        "/account",
        "account.own",
        "account.jinja2",
        GET="account.own_page",
    ),
    page(
        "account_password",
        "/account/password",
        "account.own",
        "account.jinja2",
        POST="account.change_password",
    ),
    page(
        "account_address",
        "/account/address",
        "account.own",
        "account.jinja2",
        POST="account.change_address",
    ),
    page("search", "/search", "search", "search.jinja2", GET="search.search_page"),
    page(
        "reference", "/ref/{scheme}/{value:.+}", "search", None, GET="record.reference"
    ),
    page(
        "page_image",
        r"/records/{id}/pages/{number:[0-9]{1,6}}.png",
        "record.view",
        None,
        GET="viewer.page_image",
    ),
    page(
        "page",
        r"/records/{id}/pages/{number:[0-9]{1,6}}",
        "record.view",
        "page.jinja2",
        GET="viewer.page",
    ),
    page(
        "file", "/records/{id}/files/{name:.+}", "record.view", None, GET="record.file"
    ),
    page(
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
    *LIKENESS,
    page(
        "record",
        "/records/{id}",
        "record.view",
        "record.jinja2",
        GET="record.record_page",
    ),
    page(
        "ingest",
        "/ingest",
        "record.capture",
        "ingest.jinja2",
        GET="intake.form",
        POST="intake.upload",
    ),
    page("job", "/jobs/{id}", "record.capture", "job.jinja2", GET="intake.job_page"),
    *TRIAGE,
    *BULK,
    *RETENTION,
    *DISPOSAL,
    *HOLDS,
    *SCHEDULES,
    page(
        "questions",
        "/questions",
        "question.view",
        "questions.jinja2",
        GET="questions.list_page",
    ),
    page(
        "accessibility",
        "/about/accessibility",
        PUBLIC,
        "accessibility.jinja2",
        GET="home.accessibility",
    ),
)
API = (
    api("openapi", "/openapi.json", PUBLIC, GET="description.openapi"),
    api("search", "/search", "search", GET="search.search"),
    api("records", "/records", "record.capture", POST="records.capture"),
    api(
        "record",
        "/records/{id}",
        "record.view",
        GET="records.show",
        PATCH="records.edit",
        PUT="records.replace",
        DELETE="records.delete",
    ),
    api("text", "/records/{id}/text", "record.view", GET="records.text"),
    api("file", "/records/{id}/files/{name:.+}", "record.view", GET="records.file"),
    *LIKENESS_API,
    *RETENTION_API,
    api(
        "aggregation",
        "/aggregations/{id}",
        "retention.view",
        GET="aggregations.show",
    ),
    *DISPOSAL_API,
    *HOLDS_API,
    api("question", "/questions/{id}", "question.view", GET="questions.show"),
    api(
        "suggestions", "/links/suggestions", "link.suggest", GET="questions.suggestions"
    ),
    api("links", "/links", "question.view", GET="questions.links"),
    api(
        "link_decision",
        "/links/{id}",
        "link.decide",
        PUT="questions.accept",
        DELETE="questions.reject",
    ),
    api("job", "/jobs/{id}", "record.capture", GET="records.job"),
    *TRIAGE_API,
    *BULK_API,
    api(
        "uploads",
        "/uploads",
        "record.capture",
        OPTIONS="uploads.options",
        POST="uploads.create",
    ),
    api(
        "upload",
        "/uploads/{id}",
        "record.capture",
        GET="uploads.show",
        PATCH="uploads.append",
        DELETE="uploads.terminate",
        POST="uploads.overridden",
    ),
    api("receipt", "/uploads/{id}/receipt", "record.capture", GET="uploads.receipt"),
    api(
        "submission_receipts",
        "/intakes/{id}/receipts",
        "record.capture",
        GET="uploads.receipts",
    ),
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
