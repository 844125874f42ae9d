"""Every address names who may come, and every API address is described."""

import re

import yaml
from pyramid.interfaces import IExceptionResponse

from recordsvc.services.access import ROLES
from recordsvc.web.api.description import SOURCE
from recordsvc.web.routes import API, ROUTES
from recordsvc.web.security import PUBLIC

FUNCTIONS = frozenset().union(*ROLES.values()) | {PUBLIC}
# Views that are no routes of ours: errors, static files, the served description.
WITHOUT_ROUTE = {"", "__static/", "pyramid_openapi3.spec"}


def test_every_route_names_a_function_some_role_holds():
    for route in ROUTES:
        assert route.permission in FUNCTIONS, route.name
        assert route.views, route.name


def test_no_view_exists_beside_the_table(library):
    intr = library.application.registry.introspector
    ours = {route.name: route.permission for route in ROUTES}
    for entry in intr.get_category("views"):
        view = entry["introspectable"]
        if view["route_name"] is None:
            # Answers to refusals and faults, which anybody may meet.
            assert view["context"] is IExceptionResponse or issubclass(
                view["context"], BaseException
            )
            continue
        name = view["route_name"]
        if name in ours:
            permissions = [
                related["value"]
                for related in entry["related"]
                if related.category_name == "permissions"
            ]
            assert permissions == [ours[name]], name
        else:
            assert name in WITHOUT_ROUTE, name


def test_the_api_is_described_and_nothing_else_is():
    described = {
        (path, method.upper())
        for path, item in yaml.safe_load(SOURCE.read_text())["paths"].items()
        for method in item
        if method in {"get", "put", "post", "patch", "delete", "options"}
    }
    served = {
        (re.sub(r":[^}]+}", "}", r.pattern.removeprefix("/api/v1")), method)
        for r in API
        for method in r.views
    }
    assert served == described


def test_an_anonymous_reader_is_sent_to_the_log_in_where_he_may_not_go(anyone):
    for route in ROUTES:
        for method in route.views:
            if route.permission in {PUBLIC, "search", "record.view"}:
                continue
            path = re.sub(r"{[^}]+}+", "1", route.pattern)
            is_page = not path.startswith("/api") and not path.endswith(".json")
            if method == "GET" and is_page:
                answer = anyone.get(path, status=303)
                assert "/login?next=" in answer.location
            elif method == "GET":
                answer = anyone.get(path, status=401)
                assert answer.content_type == "application/problem+json"


def test_the_served_description_is_the_file(anyone):
    assert anyone.get("/api/v1/openapi.json").json["openapi"].startswith("3.1")
