"""The addresses of retention, disposal, holds and schedules."""

from recordsvc.web.route import api, page

RETENTION = (
    page(
        "retention",
        "/retention",
        "retention.view",
        "retention.jinja2",
        GET="retention.due_page",
    ),
    page(
        "exceptions",
        "/retention/exceptions",
        "retention.view",
        "exceptions.jinja2",
        GET="retention.exceptions_page",
    ),
    page(
        "retention_feed",
        "/retention.ics",
        "retention.view",
        None,
        GET="retention.feed",
    ),
    page(
        "why",
        "/records/{id}/retention",
        "retention.view",
        "why_page.jinja2",
        GET="retention.why_page",
    ),
    page(
        "manual",
        "/retention/manual",
        "retention.view",
        "manual.jinja2",
        GET="manualdates.worklist",
    ),
    *(
        page(
            f"why_{act}",
            f"/records/{{id}}/retention/{act}",
            permission,
            "why_page.jinja2",
            POST=f"manualdates.{act}",
        )
        for act, permission in (
            ("keep", "retention.keep"),
            ("justify", "retention.keep"),
            ("shorten", "retention.shorten"),
            ("confirm", "retention.shorten"),
            ("refuse", "retention.shorten"),
        )
    ),
)
DISPOSAL = (
    page(
        "disposal",
        "/disposal",
        "disposal.view",
        "disposal.jinja2",
        GET="disposal.lists_page",
    ),
    page(
        "disposal_propose",
        "/disposal/propose",
        "disposal.propose",
        "disposal.jinja2",
        POST="disposal.propose",
    ),
    page(
        "disposal_run",
        "/disposal/run",
        "disposal.run",
        "disposal_run.jinja2",
        GET="disposal.run_form",
        POST="disposal.run",
    ),
    page(
        "disposal_run_job",
        "/disposal/runs/{id}",
        "disposal.view",
        "disposal_run_job.jinja2",
        GET="disposal.run_page",
    ),
    page(
        "disposal_list",
        "/disposal/{id}",
        "disposal.view",
        "disposal_list.jinja2",
        GET="disposal.list_page",
    ),
    *(
        page(
            f"disposal_{act}",
            f"/disposal/{{id}}/{act}",
            permission,
            "disposal_list.jinja2",
            POST=f"disposal.{act}",
        )
        for act, permission in (
            ("judge", "disposal.judge"),
            ("approve", "disposal.approve"),
            ("abort", "disposal.abort"),
            ("assign", "disposal.propose"),
            ("receipt", "disposal.receipt"),
        )
    ),
    page(
        "disposal_package",
        "/disposal/{id}/packages/{record}.tar",
        "export.make",
        None,
        GET="disposal.package",
    ),
    page(
        "certificate_file",
        "/certificates/{id}.json",
        "disposal.view",
        None,
        GET="disposal.certificate_file",
    ),
    page(
        "certificate",
        "/certificates/{id}",
        "disposal.view",
        None,
        GET="disposal.certificate",
    ),
)
HOLDS = (
    page("holds", "/holds", "hold.view", "holds.jinja2", GET="holds.list_page"),
    page(
        "hold_new",
        "/holds/new",
        "hold.place",
        "hold_new.jinja2",
        GET="holds.new_form",
        POST="holds.place",
    ),
    page("hold", "/holds/{id}", "hold.view", "hold.jinja2", GET="holds.hold_page"),
    page(
        "hold_lift",
        "/holds/{id}/lift",
        "hold.lift",
        "hold.jinja2",
        POST="holds.lift",
    ),
    page(
        "hold_review",
        "/holds/{id}/review",
        "hold.place",
        "hold.jinja2",
        POST="holds.review",
    ),
)
NUMBER = "{number:[0-9]{1,9}}"
SCHEDULES = (
    page(
        "schedules",
        "/schedules",
        "retention.view",
        "schedules.jinja2",
        GET="schedules.list_page",
    ),
    page(
        "schedule_new",
        "/schedules/new",
        "schedule.import",
        "schedule_new.jinja2",
        GET="schedules.new_form",
        POST="schedules.edit",
    ),
    page(
        "schedule_source",
        f"/schedules/{NUMBER}.toml",
        "retention.view",
        None,
        GET="schedules.source",
    ),
    page(
        "schedule",
        f"/schedules/{NUMBER}",
        "retention.view",
        "schedule.jinja2",
        GET="schedules.version_page",
    ),
    page(
        "schedule_approve",
        f"/schedules/{NUMBER}/approve",
        "schedule.approve",
        "schedule.jinja2",
        POST="schedules.approve",
    ),
    page(
        "schedule_issue",
        f"/schedules/{NUMBER}/issue",
        "schedule.issue",
        "schedule.jinja2",
        POST="schedules.issue",
    ),
    page(
        "fileplan",
        "/fileplan",
        "retention.view",
        "fileplan.jinja2",
        GET="fileplan.tree_page",
    ),
    page(
        "dossier",
        "/dossiers/{id}",
        "retention.view",
        "dossier.jinja2",
        GET="dossiers.dossier_page",
    ),
    page(
        "class",
        "/fileplan/{code:.+}",
        "retention.view",
        "class.jinja2",
        GET="fileplan.class_page",
    ),
)
RETENTION_API = (
    api(
        "retention",
        "/records/{id}/retention",
        "retention.view",
        GET="retention.explain",
    ),
    api("due", "/retention/due", "retention.view", GET="retention.due"),
    api(
        "exceptions",
        "/retention/exceptions",
        "retention.view",
        GET="retention.exception_list",
    ),
    api("manual", "/retention/manual", "retention.view", GET="retention.manual"),
    *(
        api(
            f"retention_{act}",
            f"/records/{{id}}/retention/{act}",
            permission,
            POST=f"retention.{act}",
        )
        for act, permission in (
            ("keep", "retention.keep"),
            ("justify", "retention.keep"),
            ("shorten", "retention.shorten"),
            ("confirm", "retention.shorten"),
            ("refuse", "retention.shorten"),
        )
    ),
)
DISPOSAL_API = (
    api(
        "disposal_lists",
        "/disposal/lists",
        "disposal.view",
        GET="disposal.lists",
        POST="disposal.propose",
    ),
    api("disposal_list", "/disposal/lists/{id}", "disposal.view", GET="disposal.show"),
    api(
        "disposal_verdicts",
        "/disposal/lists/{id}/verdicts",
        "disposal.judge",
        POST="disposal.judge",
    ),
    api(
        "disposal_approvals",
        "/disposal/lists/{id}/approvals",
        "disposal.approve",
        POST="disposal.approve",
    ),
    api(
        "disposal_abort",
        "/disposal/lists/{id}/abort",
        "disposal.abort",
        POST="disposal.abort",
    ),
    api(
        "certificate",
        "/certificates/{id}",
        "disposal.view",
        GET="disposal.certificate",
    ),
)
HOLDS_API = (
    api("holds", "/holds", "hold.view", GET="holds.every_hold", POST="holds.place"),
    api("hold", "/holds/{id}", "hold.view", GET="holds.show"),
    api("hold_lift", "/holds/{id}/lift", "hold.lift", POST="holds.lift"),
)
