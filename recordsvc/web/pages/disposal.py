"""Disposal lists, the worklist of each, the run, and the certificates."""

from typing import Any

from pyramid.response import Response

from recordsvc.jobs.erasing import transfers
from recordsvc.services.access import may
from recordsvc.services.days import day_of
from recordsvc.services.disposal import approving, disposalruns, disposing
from recordsvc.services.disposal.certifying import (
    certificate_of,
    certificates_of,
    page_of,
)
from recordsvc.services.disposal.disposalview import every_list
from recordsvc.services.disposal.handover import package_for, packaged
from recordsvc.services.disposal.transferring import record_receipt
from recordsvc.services.disposal.verdicts import Ruling, rule
from recordsvc.services.disposal.worklists import worklist
from recordsvc.services.errors import InvalidRequest, NotFound
from recordsvc.storage.signing import open_signing_key
from recordsvc.storage.tarring import FolderTar
from recordsvc.web.acts import attempt, texts_of
from recordsvc.web.forms import text_of
from recordsvc.web.headers import FILE_CSP
from recordsvc.web.serving import disposition

# What a reviewer may say, in the order in which it is offered.
VERDICTS = ("destroy", "transfer", "keep", "review", "permanent", "reclassify")
# What the items of a list are narrowed by, and the field of its forms that keeps it.
NARROWED_BY = {"only": "only", "unit": "shown_unit", "cursor": "cursor"}
LEFT_OUT_TOLD = 3
MAX_RECEIPT_BYTES = 16 * 2**20
CERTIFICATE_CSP = (
    f"{FILE_CSP}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def lists_page(request: Any) -> dict[str, Any]:
    """Show every list with its state, and who has been silent for too long."""
    ctx = request.ctx
    return {
        "lists": every_list(ctx),
        "runs": disposalruns.run_jobs(ctx),
        "today": ctx.today().isoformat(),
        "may_propose": may(ctx.actor, "disposal.propose"),
        "may_run": may(ctx.actor, "disposal.run"),
        "failure": None,
    }


def propose(request: Any) -> Any:
    """Put what is due on a day, or the chosen of it, on a new list."""

    def act() -> str:
        on = text_of(request, "on")
        chosen = texts_of(request, "item")
        if text_of(request, "scope") == "chosen" and not chosen:
            raise InvalidRequest("tick the records that go on the list")
        made = disposing.propose(request.ctx, day_of(on) if on else None, chosen)
        if made.left_out:
            told = [reason for _, reason in made.left_out[:LEFT_OUT_TOLD]]
            request.session.flash([len(made.left_out), "; ".join(told)])
        return str(request.route_path("disposal_list", id=made.list.id))

    return attempt(request, act, lists_page)


def list_page(request: Any) -> dict[str, Any]:
    """Show a page of a list's items, its decisions, and what may be done with it."""
    ctx, list_id = request.ctx, request.matchdict["id"]
    asked = {name: request.GET.get(name, "") for name in NARROWED_BY}
    return {
        "list": worklist(ctx, list_id, **asked),
        "certificates": [c.id for c in certificates_of(ctx, list_id)],
        "packages": packaged(
            ctx, list_id, transfers(request.service.settings.data_dir)
        ),
        "verdicts": VERDICTS,
        "classes": [(c.code, c.title) for c in ctx.root.classes.values()],
        "reviewers": _reviewers(ctx),
        "left_out": request.session.pop_flash(),
        "sent": request.POST,
        "chosen": frozenset(texts_of(request, "item")),
        "failure": None,
    }


def package(request: Any) -> Response:
    """Send the package of a record that goes to the archive, as a tar archive."""
    ids = request.matchdict
    staged = transfers(request.service.settings.data_dir)
    folder = package_for(request.ctx, ids["id"], ids["record"], staged)
    try:
        archive = FolderTar(folder)
    except FileNotFoundError:
        raise NotFound(
            f"the package of record {ids['record']} is not here any more"
        ) from None
    answer = Response(content_type="application/x-tar", app_iter=archive)
    answer.charset = None
    answer.content_length = archive.length
    answer.headers["Content-Security-Policy"] = FILE_CSP
    name = f"{folder.name}.tar"
    answer.headers["Content-Disposition"] = disposition("attachment", name)
    return answer


def _reviewers(ctx: Any) -> list[str]:
    """Return who may be named to judge: accounts, where the actor may name one."""
    from recordsvc.services.access import ROLES

    if not may(ctx.actor, "disposal.propose"):
        return []
    return [
        account.login
        for account in ctx.root.accounts.values()
        if not account.disabled
        and "disposal.judge" in ROLES.get(account.role, frozenset())
    ]


def _back(request: Any) -> str:
    query = [
        (name, text_of(request, field))
        for name, field in NARROWED_BY.items()
        if text_of(request, field)
    ]
    list_id = request.matchdict["id"]
    return str(request.route_path("disposal_list", id=list_id, _query=query))


def judge(request: Any) -> Any:
    """Give a verdict to the ticked items, or to all that have none."""

    def act() -> str:
        chosen = texts_of(request, "item")
        is_rest = text_of(request, "scope") == "rest"
        if not is_rest and not chosen:
            raise InvalidRequest("tick the records that the verdict is for")
        rule(
            request.ctx,
            request.matchdict["id"],
            _ruling(request),
            ids=() if is_rest else chosen,
            rest=is_rest,
            unit=text_of(request, NARROWED_BY["unit"]),
        )
        return _back(request)

    return attempt(request, act, list_page)


def _ruling(request: Any) -> Ruling:
    verdict = text_of(request, "verdict")
    field = {"keep": "until", "reclassify": "class"}.get(verdict)
    return Ruling(
        verdict=verdict,
        until=text_of(request, field) if field else "",
        reason=text_of(request, "reason"),
    )


def approve(request: Any) -> Any:
    """Approve a list."""

    def act() -> str:
        approving.approve(request.ctx, request.matchdict["id"])
        return _back(request)

    return attempt(request, act, list_page)


def abort(request: Any) -> Any:
    """Stop a list."""

    def act() -> str:
        reason = text_of(request, "abort_reason")
        approving.abort(request.ctx, request.matchdict["id"], reason)
        return _back(request)

    return attempt(request, act, list_page)


def receipt(request: Any) -> Any:
    """Record what the archive has received, from the file that it sent."""

    def act() -> str:
        sent = request.POST.get("receipt")
        if not getattr(sent, "filename", ""):
            raise InvalidRequest("choose the file of the receipt")
        content = sent.file.read(MAX_RECEIPT_BYTES + 1)
        if len(content) > MAX_RECEIPT_BYTES:
            raise InvalidRequest(f"a receipt has at most {MAX_RECEIPT_BYTES} bytes")
        key = open_signing_key(request.service.settings.data_dir)
        told = record_receipt(request.ctx, request.matchdict["id"], content, key)
        for one in told["mismatches"][:LEFT_OUT_TOLD]:
            request.session.flash([1, one["reason"]])
        return _back(request)

    return attempt(request, act, list_page)


def assign(request: Any) -> Any:
    """Name who judges the items of a unit."""

    def act() -> str:
        unit, login = text_of(request, "unit"), text_of(request, "login")
        disposing.assign(request.ctx, request.matchdict["id"], unit, login)
        return _back(request)

    return attempt(request, act, list_page)


def run_form(request: Any) -> dict[str, Any]:
    """Show what a run would carry out, and ask for its number."""
    return {"ready": disposalruns.ready(request.ctx), "failure": None}


def run(request: Any) -> Any:
    """Queue a run."""

    def act() -> str:
        job = disposalruns.queue_run(request.ctx, text_of(request, "count", "0"))
        return str(request.route_path("disposal_run_job", id=job.id))

    return attempt(request, act, run_form)


def run_page(request: Any) -> dict[str, Any]:
    """Show how far a run is, and what it has come to."""
    return {"run": disposalruns.run_job(request.ctx, request.matchdict["id"])}


def certificate(request: Any) -> Response:
    """Show a certificate as the page that it is handed out as."""
    found = certificate_of(request.ctx, request.matchdict["id"])
    answer = Response(body=page_of(found), content_type="text/html", charset="utf-8")
    answer.headers["Content-Security-Policy"] = CERTIFICATE_CSP
    return answer


def certificate_file(request: Any) -> Response:
    """Send a certificate as the signed document."""
    found = certificate_of(request.ctx, request.matchdict["id"])
    answer = Response(body=bytes(found.envelope), content_type="application/json")
    answer.charset = None
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.id}.json"'
    return answer
