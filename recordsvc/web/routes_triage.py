"""The addresses of the inbox, of the quarantine and of bulk edits."""

from recordsvc.web.route import api, page

TRIAGE = (
    page("triage", "/triage", "record.edit", "triage.jinja2", GET="triage.inbox_page"),
    page(
        "triage_paper",
        "/triage/{id}",
        "record.edit",
        "triage_paper.jinja2",
        GET="triage.paper_page",
        POST="triage.act",
    ),
    page(
        "quarantine",
        "/quarantine",
        "record.capture",
        "quarantine.jinja2",
        GET="triage.quarantine_page",
    ),
    page(
        "quarantine_act",
        "/quarantine/act",
        "quarantine.decide",
        "quarantine.jinja2",
        POST="triage.quarantine_act",
    ),
)
BULK = (
    page(
        "bulk",
        "/bulk",
        "bulk.edit",
        "bulk.jinja2",
        GET="bulk.form",
        POST="bulk.preview_or_apply",
    ),
    page("bulk_edit", "/bulk/{id}", "bulk.edit", "bulk_edit.jinja2", GET="bulk.show"),
    page(
        "bulk_undo",
        "/bulk/{id}/undo",
        "bulk.edit",
        "bulk_edit.jinja2",
        POST="bulk.undo",
    ),
)
TRIAGE_API = (
    api("triage", "/triage", "record.edit", GET="triage.waiting"),
    api("triage_paper", "/triage/{id}", "record.edit", GET="triage.show"),
    api("triage_confirm", "/triage/{id}/confirm", "record.edit", POST="triage.confirm"),
    api("quarantine", "/quarantine", "record.capture", GET="triage.quarantine"),
    api(
        "quarantine_act",
        "/quarantine/{act}",
        "quarantine.decide",
        POST="triage.quarantine_act",
    ),
)
BULK_API = (
    api("bulk", "/bulk", "bulk.edit", GET="bulk.recent", POST="bulk.begin"),
    api("bulk_preview", "/bulk/preview", "bulk.edit", POST="bulk.preview"),
    api("bulk_edit", "/bulk/{id}", "bulk.edit", GET="bulk.show"),
    api("bulk_undo", "/bulk/{id}/undo", "bulk.edit", POST="bulk.undo"),
)
