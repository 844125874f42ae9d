"""From a proposal to a certificate through the pages, and the same through the API."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from webtest import Upload

from recordsvc.jobs.disposal import run_disposal
from recordsvc.jobs.handlers import HANDLERS
from recordsvc.jobs.task import Task
from recordsvc.services import accounts
from recordsvc.services.classification import filing
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal import approving, holding
from recordsvc.services.errors import Conflict, NothingToDo

from . import retained
from .retained import TODAY, actor


@pytest.fixture(scope="module")
def mould(tmp_path_factory):
    made = retained.mould_in(tmp_path_factory.mktemp("mould"))
    yield made
    made.close()


@pytest.fixture
def archive(mould, tmp_path):
    made = mould.copy(tmp_path)
    yield made
    made.service.close()


def ids(archive, *names):
    return [archive.ids[name] for name in names]


def form_of(page, tail):
    """Return the form of a page whose address ends so."""
    (form,) = [f for f in page.forms.values() if f.action.endswith(tail)]
    return form


def tick(form, *record_ids):
    for box in form.fields["item"]:
        box.checked = box._value in record_ids


def item(archive, list_id, name):
    return archive.service.view(
        SYSTEM, lambda ctx: ctx.root.disposal_lists[list_id].items[archive.ids[name]]
    )


def state(archive, list_id):
    return archive.service.view(
        SYSTEM, lambda ctx: str(ctx.root.disposal_lists[list_id].state)
    )


def a_day_later(archive):
    archive.service.fixed_today = TODAY + timedelta(days=8)


def work_off(archive):
    """Do the queued runs as the worker does."""
    service = archive.service
    open_jobs = service.view(
        SYSTEM, lambda ctx: [(j.id, j.kind, dict(j.args)) for j in ctx.root.jobs]
    )
    for job_id, kind, args in open_jobs:
        if kind != "disposal-run":
            continue
        task = Task(
            service=service,
            job_id=job_id,
            kind=kind,
            args=args,
            attempt=1,
            must_stop=lambda: False,
        )
        outcome = HANDLERS[kind](task)

        def finish(ctx, outcome=outcome, job_id=job_id):
            job = ctx.root.jobs.claim("here", ctx.now(), timedelta(minutes=1))
            assert job.id == job_id
            ctx.root.jobs.finish(job, "here", ctx.now(), outcome)

        service.run(SYSTEM, finish)


# Proposing


def test_what_is_ticked_on_the_board_goes_on_a_list(archive):
    form = form_of(archive.client("officer").get("/retention"), "/disposal/propose")
    tick(form, archive.ids["herring.txt"])
    page = form.submit("scope", value="chosen", status=303).follow()
    assert "Herring quotas" in page
    assert "Harbour dues" not in page


def test_nothing_ticked_is_said_and_nothing_is_made(archive):
    form = form_of(archive.client("officer").get("/retention"), "/disposal/propose")
    page = form.submit("scope", value="chosen", status=422)
    assert "tick the records" in page
    assert "There is no disposal list yet" in page


def test_everything_due_goes_on_a_list_at_once(archive):
    page = archive.client("officer").get("/disposal")
    page = form_of(page, "/disposal/propose").submit(status=303).follow()
    for title in ("Herring quotas", "Harbour dues", "Maps of the coast"):
        assert title in page
    assert "Act on water" not in page
    assert "4 records" in page


def test_proposing_twice_says_that_nothing_is_left(archive):
    page = archive.client("officer").get("/disposal")
    form = form_of(page, "/disposal/propose")
    form.submit(status=303)
    assert "nothing is due" in form.submit(status=409)


def test_what_was_left_out_is_told_once(archive):
    client = archive.client("officer")
    token = client.csrf()
    both = ids(archive, "herring.txt", "act.txt")
    sent = [("csrf_token", token), ("on", ""), ("scope", "chosen")]
    answer = client.post(
        "/disposal/propose", [*sent, *(("item", i) for i in both)], status=303
    )
    page = answer.follow()
    assert "1 record was left out" in page
    assert "permanent" in page
    assert "left out" not in client.get(answer.location)


# Judging


@pytest.fixture
def listed(archive):
    return retained.propose(archive, "herring.txt", "harbour.txt", "bridges.txt")


def judging(archive, listed, login="judge"):
    page = archive.client(login).get(f"/disposal/{listed}")
    return form_of(page, "/judge")


def test_the_worklist_shows_its_evidence(archive, listed):
    retained.rely(archive, "act.txt", "harbour.txt")
    page = archive.client("judge").get(f"/disposal/{listed}")
    assert "10 January 2025" in page
    assert "Act on water" in page
    herring = archive.ids["herring.txt"]
    why = page.click(href=f"/records/{herring}/retention")
    assert "plus 5 years" in why
    assert "Bridges &amp; &lt;b&gt;tunnels&lt;/b&gt;" in page


def test_the_ticked_get_their_verdict(archive, listed):
    form = judging(archive, listed)
    tick(form, archive.ids["herring.txt"])
    form["verdict"] = "keep"
    form["until"] = "2030-01-01"
    form["reason"] = "wanted by the inquiry"
    page = form.submit("scope", value="chosen", status=303).follow()
    assert "wanted by the inquiry" in page
    assert item(archive, listed, "herring.txt").state == "kept"
    assert item(archive, listed, "harbour.txt").verdict is None


def test_the_rest_gets_a_verdict_that_never_overrides_a_keep(archive, listed):
    form = judging(archive, listed)
    tick(form, archive.ids["herring.txt"])
    form["verdict"], form["until"], form["reason"] = "keep", "2030-01-01", "wanted"
    form.submit("scope", value="chosen", status=303)
    form = judging(archive, listed)
    form["verdict"] = "destroy"
    form.submit("scope", value="rest", status=303)
    assert item(archive, listed, "herring.txt").state == "kept"
    assert item(archive, listed, "harbour.txt").verdict == "destroy"
    page = archive.client("judge").get(f"/disposal/{listed}?only=left")
    assert "Herring" in page
    assert "Harbour" not in page


def test_a_refused_verdict_changes_nothing_and_keeps_what_was_typed(archive, listed):
    retained.rely(archive, "act.txt", "harbour.txt")
    form = judging(archive, listed)
    tick(form, *ids(archive, "herring.txt", "harbour.txt"))
    form["verdict"] = "destroy"
    page = form.submit("scope", value="chosen", status=409)
    assert "relied on by" in page
    assert item(archive, listed, "herring.txt").verdict is None
    form = form_of(page, "/judge")
    assert [b.checked for b in form.fields["item"]].count(True) == 2
    form["reason"] = "the answer stands in the act"
    form.submit("scope", value="chosen", status=303)
    assert item(archive, listed, "harbour.txt").reason == "the answer stands in the act"


def test_what_is_refused_half_way_is_taken_back_and_shown_so(archive, monkeypatch):
    """The first record had its new class already when the second was refused."""

    def put_into(ctx, record, code, *, reason):
        if record.id == archive.ids["maps.txt"]:
            raise Conflict("the dossier of this record is closed")
        filing.put_into(ctx, record, code, reason=reason)

    monkeypatch.setattr("recordsvc.services.disposal.verdicts.put_into", put_into)
    listed = retained.propose(archive, "herring.txt", "maps.txt")
    client = archive.client("judge")
    sent = [
        ("csrf_token", client.csrf()),
        ("verdict", "reclassify"),
        ("class", "BUS.LAW"),
        ("reason", "wrong class"),
        ("scope", "chosen"),
        *(("item", record_id) for record_id in ids(archive, "herring.txt", "maps.txt")),
    ]
    page = client.post(f"/disposal/{listed}/judge", sent, status=409)
    assert "the dossier of this record is closed" in page
    assert page.text.count("no verdict yet</span>") == 2
    assert '<bdi class="soft">BUS.PQ</bdi>' in page.text
    assert item(archive, listed, "herring.txt").state == "listed"
    code = archive.service.view(
        SYSTEM, lambda ctx: ctx.root.records[archive.ids["herring.txt"]].class_code
    )
    assert code == "BUS.PQ"
    unknown = [*sent[:5], ("item", archive.ids["act.txt"])]
    client.post(f"/disposal/{listed}/judge", unknown, status=404)


def test_nothing_ticked_is_no_verdict_on_all(archive, listed):
    form = judging(archive, listed)
    form["verdict"] = "destroy"
    page = form.submit("scope", value="chosen", status=422)
    assert "tick the records" in page
    assert item(archive, listed, "herring.txt").verdict is None


def test_who_proposed_is_offered_no_verdict_and_none_is_taken(archive, listed):
    client = archive.client("officer")
    page = client.get(f"/disposal/{listed}")
    assert not [f for f in page.forms.values() if "verdict" in f.fields]
    sent = {"csrf_token": client.csrf(), "scope": "rest", "verdict": "destroy"}
    answer = client.post(f"/disposal/{listed}/judge", sent, status=403)
    assert "different people" in answer


@pytest.mark.parametrize("act", ["judge", "approve", "abort", "assign"])
def test_a_forged_form_does_nothing(archive, listed, act):
    archive.client("approver").post(f"/disposal/{listed}/{act}", status=403)
    assert state(archive, listed) == "new"


def test_a_reviewer_can_be_named_for_a_unit(archive, listed):
    form = form_of(archive.client("officer").get(f"/disposal/{listed}"), "/assign")
    form["unit"], form["login"] = "BUS", "approver"
    form.submit(status=303)
    form = judging(archive, listed)
    form["verdict"] = "destroy"
    assert "judged by approver" in form.submit("scope", value="rest", status=403)


def test_a_long_list_is_paged(archive, listed, monkeypatch):
    monkeypatch.setattr(
        "recordsvc.web.pages.disposal.worklist",
        lambda ctx, list_id, **asked: worklist(ctx, list_id, limit=2, **asked),
    )
    from recordsvc.services.disposal.worklists import worklist

    client = archive.client("judge")
    first = client.get(f"/disposal/{listed}")
    second = first.click("More records")
    titles = ("Herring", "Harbour", "Bridges")
    on_first = {t for t in titles if f">{t}" in first.text}
    on_second = {t for t in titles if f">{t}" in second.text}
    assert (len(on_first), len(on_second)) == (2, 1)
    assert on_first | on_second == set(titles)
    client.get(f"/disposal/{listed}?cursor=../x", status=422)
    client.get(f"/disposal/{listed}?only=colour", status=422)


# Approving and stopping


def test_two_others_approve_and_neither_who_judged(archive, listed):
    retained.judge(archive, listed)
    for login in ("approver", "second"):
        page = archive.client(login).get(f"/disposal/{listed}")
        assert "3 records are destroyed" in page
        form_of(page, "/approve").submit(status=303)
    assert state(archive, listed) == "approved"
    page = archive.client("approver").get(f"/disposal/{listed}")
    assert "Not to be carried out before 2 June 2026" in page


def test_an_incomplete_list_is_not_approved(archive, listed):
    form = form_of(archive.client("approver").get(f"/disposal/{listed}"), "/approve")
    assert "no verdict yet" in form.submit(status=409)


def test_a_list_is_stopped_with_a_reason(archive, listed):
    form = form_of(archive.client("officer").get(f"/disposal/{listed}"), "/abort")
    assert "needs a reason" in form.submit(status=422)
    form["abort_reason"] = "the committee asks for it"
    page = form.submit(status=303).follow()
    assert "the committee asks for it" in page
    assert state(archive, listed) == "aborted"


def test_a_list_on_which_nobody_acts_asks_for_attention(archive, listed):
    page = archive.client("officer").get("/disposal")
    assert "▲" not in page.text
    archive.service.fixed_today = TODAY.replace(year=2027)
    assert "▲" in archive.client("officer").get("/disposal").text


# Carrying out


@pytest.fixture
def approved(archive, listed):
    retained.judge(archive, listed)
    retained.approve(archive, listed)
    a_day_later(archive)
    return listed


def test_nothing_is_carried_out_before_its_day(archive, listed):
    retained.judge(archive, listed)
    retained.approve(archive, listed)
    page = archive.client("officer").get("/disposal/run")
    assert "may be carried out today" in page
    assert not [f for f in page.forms.values() if f.action.endswith("/disposal/run")]


def test_the_number_has_to_be_typed(archive, approved):
    form = form_of(archive.client("officer").get("/disposal/run"), "/disposal/run")
    form["count"] = "30"
    page = form.submit(status=422)
    assert "type this number" in page
    assert "3 records will be destroyed" in page


def test_a_run_leads_to_tombstones_and_a_certificate(archive, approved):
    client = archive.client("officer")
    form = form_of(client.get("/disposal/run"), "/disposal/run")
    form["count"] = "3"
    answer = form.submit(status=303)
    assert "Waiting" in answer.follow()
    assert "going on" in form.submit(status=409)
    work_off(archive)
    page = client.get(answer.location)
    assert re.search(r"destroyed</dt>\s*<dd[^>]*>3<", page.text)
    certificate = page.click("Certificate C000001")
    assert "Herring quotas" not in certificate.text
    assert "sandbox" in certificate.headers["Content-Security-Policy"]
    assert "default-src 'none'" in certificate.headers["Content-Security-Policy"]
    file = client.get("/certificates/C000001.json")
    assert json.loads(file.body)
    assert "attachment" in file.headers["Content-Disposition"]

    record = archive.ids["harbour.txt"]
    page = client.get(f"/records/{record}", status=410)
    assert "This record was destroyed" in page
    assert "Records Act 2004 s. 12" in page
    assert "C000001" in page
    assert "judge" in page
    archive.client().get(f"/records/{record}", status=404)


def test_the_run_is_done_as_the_person_who_asked(archive, approved):
    client = archive.client("officer")
    form = form_of(client.get("/disposal/run"), "/disposal/run")
    form["count"] = "3"
    form.submit(status=303)

    def disable(ctx):
        ctx.root.accounts["officer"].disabled = True

    archive.service.run(SYSTEM, disable)
    with pytest.raises(Exception, match="disabled"):
        work_off(archive)
    assert state(archive, approved) == "approved"


def test_a_second_attempt_at_what_is_done_is_no_failure(archive, approved):
    task = Task(
        service=archive.service,
        job_id="j",
        kind="disposal-run",
        args={"actor": "officer", "on": archive.service.fixed_today.isoformat()},
        attempt=2,
        must_stop=lambda: False,
    )
    first = HANDLERS[task.kind](task)
    assert first["destroyed"] == "3"
    assert HANDLERS[task.kind](task) == {"run": ""}
    with pytest.raises(NothingToDo):
        HANDLERS[task.kind](replace(task, attempt=1))


def test_only_who_may_run_can_ask_for_it(archive, approved):
    for login in ("judge", "approver", "auditor", "administrator"):
        client = archive.client(login)
        client.get("/disposal/run", status=403)
        client.post("/disposal/run", {"csrf_token": client.csrf()}, status=403)


# Handing over


def receipt_for(archive, name, digest=None):
    files = archive.service.view(
        SYSTEM, lambda ctx: ctx.root.records[archive.ids[name]].files
    )
    return json.dumps(
        {
            "received_by": "State Archives",
            "received_on": "2026-06-09",
            "packages": [
                {
                    "id": archive.ids[name],
                    "digests": [digest or f.sha256 for f in files],
                }
            ],
        }
    ).encode()


@pytest.fixture
def handed_over(archive):
    listed = retained.propose(archive, "maps.txt")
    retained.judge(archive, listed, "transfer")
    retained.approve(archive, listed)
    a_day_later(archive)
    run_disposal(archive.service, actor("officer"), archive.service.fixed_today)
    return listed


def test_a_receipt_finishes_a_transfer_and_nothing_else_does(archive, handed_over):
    client = archive.client("judge")
    page = client.get(f"/disposal/{handed_over}")
    assert "packed, receipt awaited" in page
    form = form_of(page, "/receipt")
    form["receipt"] = Upload("r.json", b"[]")
    assert "the receipt was refused" in form.submit(status=422)
    form["receipt"] = Upload("r.json", receipt_for(archive, "maps.txt", "0" * 64))
    assert "nothing was received" in form.submit(status=409)
    assert item(archive, handed_over, "maps.txt").state == "transferring"
    form["receipt"] = Upload("r.json", receipt_for(archive, "maps.txt"))
    page = form.submit(status=303).follow()
    assert "receipt recorded" in page
    assert item(archive, handed_over, "maps.txt").state == "transferred"
    officer = archive.client("officer").get(f"/disposal/{handed_over}")
    assert not [f for f in officer.forms.values() if f.action.endswith("/receipt")]


# The API


def send(archive, login, method, path, body=None, **more):
    call = getattr(archive.client(), f"{method}_json" if body is not None else method)
    arguments = [f"/api/v1{path}", *([body] if body is not None else [])]
    return call(*arguments, headers=archive.token(login), **more)


def test_a_program_takes_a_list_from_proposal_to_approval(archive):
    named = ids(archive, "herring.txt", "act.txt")
    made = send(
        archive, "officer", "post", "/disposal/lists", {"ids": named}, status=201
    )
    list_id = made.json["id"]
    assert made.headers["Location"].endswith(f"/disposal/lists/{list_id}")
    assert [i["id"] for i in made.json["items"]] == named[:1]
    assert "permanent" in made.json["left_out"][0]["reason"]
    base = f"/disposal/lists/{list_id}"
    ruling = {"verdict": "destroy", "scope": "rest"}
    found = send(archive, "judge", "post", f"{base}/verdicts", ruling, status=200)
    assert found.json["state"] == "new"
    assert send(archive, "auditor", "get", base).json["counts"] == {"destroy": 1}
    send(archive, "judge", "post", f"{base}/approvals", status=403)
    send(archive, "approver", "post", f"{base}/approvals", status=200)
    found = send(archive, "second", "post", f"{base}/approvals", status=200)
    assert found.json["state"] == "approved"
    assert found.json["approved_on"] == TODAY.isoformat()
    found = send(
        archive, "officer", "post", f"{base}/abort", {"reason": "stop"}, status=200
    )
    assert found.json["state"] == "new"
    lists = send(archive, "auditor", "get", "/disposal/lists").json["lists"]
    assert [f["id"] for f in lists] == [list_id]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"verdict": "burn", "scope": "all"}, 400),
        ({"verdict": "destroy"}, 422),
        ({"verdict": "destroy", "ids": ["0"], "scope": "all"}, 422),
        ({"verdict": "destroy", "ids": []}, 400),
        ({"verdict": "keep", "scope": "all", "reason": "x"}, 422),
        ({"verdict": "destroy", "ids": ["0"]}, 404),
        ({"verdict": "transfer", "scope": "all"}, 409),
    ],
)
def test_a_bad_ruling_is_refused(archive, body, status):
    listed = retained.propose(archive, "herring.txt")
    path = f"/disposal/lists/{listed}/verdicts"
    told = send(archive, "judge", "post", path, body, status=status).json
    assert told["status"] == status
    assert item(archive, listed, "herring.txt").verdict is None


def delete(archive, name, login="officer", status=409):
    path = f"/records/{archive.ids[name]}"
    return send(archive, login, "delete", path, status=status).json["detail"]


def test_a_record_is_not_deleted_and_the_reason_is_the_gate_s(archive):
    assert "is not due until 2026-09-15" in delete(archive, "ferries.txt")
    assert "is permanent" in delete(archive, "act.txt")
    assert "not known" in delete(archive, "undated.txt")
    assert "no transfer receipt" in delete(archive, "maps.txt")
    delete(archive, "herring.txt", login="librarian", status=404)
    delete(archive, "herring.txt", login="administrator")
    assert "it is on none" in delete(archive, "herring.txt")
    listed = retained.propose(archive, "herring.txt")
    assert listed in delete(archive, "herring.txt")
    order = holding.HoldOrder(
        title="H", mandate="M", record_ids=tuple(ids(archive, "herring.txt"))
    )
    archive.service.run(actor("officer"), lambda ctx: holding.place(ctx, order).records)
    assert "is on hold" in delete(archive, "herring.txt")
    assert archive.service.view(
        SYSTEM, lambda ctx: ctx.root.records[archive.ids["herring.txt"]].title
    )


def test_a_destroyed_record_stays_gone_for_programs(archive, approved):
    run_disposal(archive.service, actor("officer"), archive.service.fixed_today)
    path = f"/records/{archive.ids['herring.txt']}"
    found = send(archive, "officer", "get", path, status=410).json
    assert found["tombstone"]["schedule"] == "PQ-5"
    assert send(archive, "officer", "put", path, {"title": "x"}, status=410)
    assert send(archive, "officer", "delete", path, status=410)
    certificate = send(archive, "auditor", "get", "/certificates/C000001", status=200)
    by_list = send(archive, "auditor", "get", f"/certificates/{approved}", status=200)
    assert certificate.body == by_list.body
    send(archive, "auditor", "get", "/certificates/C000009", status=404)


def test_a_living_record_is_not_replaced(archive):
    path = f"/records/{archive.ids['act.txt']}"
    told = send(archive, "officer", "put", path, {"title": "x"}, status=405)
    assert "PATCH" in told.json["detail"]


def test_a_token_made_by_another_cannot_judge(archive):
    listed = retained.propose(archive, "herring.txt")
    made = archive.service.run(
        SYSTEM,
        lambda ctx: accounts.issue_token(ctx.root, "approver", self_made=False),
    )
    archive.client().post_json(
        f"/api/v1/disposal/lists/{listed}/verdicts",
        {"verdict": "destroy", "scope": "all"},
        headers={"Authorization": f"Bearer {made}"},
        status=403,
    )
    with pytest.raises(Exception, match="no verdict"):
        archive.service.run(actor("second"), lambda c: approving.approve(c, listed))
