"""The addresses of papers that are alike."""

from recordsvc.web.route import api, page

LIKENESS = (
    page(
        "likeness",
        "/likeness",
        "link.suggest",
        "likeness.jinja2",
        GET="likeness.worklist",
        POST="likeness.decide",
    ),
    page(
        "likeness_kind",
        "/likeness/kind",
        "record.join",
        "likeness.jinja2",
        POST="likeness.accept_kind",
    ),
    page(
        "compare",
        "/records/{id}/compare/{other}",
        "record.view",
        "compare.jinja2",
        GET="likeness.side_by_side",
    ),
    page(
        "join",
        "/records/{id}/join",
        "record.join",
        "record.jinja2",
        POST="likeness.join",
    ),
    page(
        "unjoin",
        "/records/{id}/unjoin",
        "record.join",
        "record.jinja2",
        POST="likeness.unjoin",
    ),
)
LIKENESS_API = (
    api("likeness", "/likeness", "link.suggest", GET="likeness.waiting"),
    api(
        "pair",
        "/likeness/{id}",
        "record.join",
        PUT="likeness.accept",
        DELETE="likeness.reject",
    ),
    api("alike", "/records/{id}/likeness", "record.view", GET="likeness.of_record"),
    api(
        "compare",
        "/records/{id}/compare/{other}",
        "record.view",
        GET="likeness.compare",
    ),
    api("join", "/records/{id}/join", "record.join", POST="likeness.join"),
    api("unjoin", "/records/{id}/unjoin", "record.join", POST="likeness.unjoin"),
)
