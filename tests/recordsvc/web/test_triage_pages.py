"""The inbox, the quarantine and bulk edits as people and programs meet them."""

import pytest

from recordsvc.jobs.bulk import carry_bulk
from recordsvc.jobs.doing import finish
from recordsvc.jobs.quarantine import see_to_quarantine
from recordsvc.model.record import RecordState, Statement
from recordsvc.services import changes
from recordsvc.services.context import SYSTEM

from . import retained


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


def doubtful(archive, name="ferries.txt", value="2019-04-03"):
    """Let the date of a paper be one that a rule has found, and none is sure of."""

    def work(ctx):
        record = ctx.root.records[archive.ids[name]]
        record.date = value
        record.statements = (
            Statement(
                field="date",
                value=value,
                how="extracted",
                rule="any:first-day",
                page=1,
                confidence=0.4,
            ),
            *(s for s in record.statements if s.field not in {"date", "created"}),
        )
        changes.touch(ctx, record, "capture")

    archive.service.run(SYSTEM, work)
    return archive.ids[name]


def quarantined(archive, name="ferries.txt"):
    def work(ctx):
        record = ctx.root.records[archive.ids[name]]
        record.state = RecordState.QUARANTINED
        changes.touch(ctx, record, "capture")

    archive.service.run(SYSTEM, work)
    return archive.ids[name]


def do_jobs(archive, kind, handler):
    """Do what the pages have asked for."""

    def waiting(ctx):
        return [job.id for job in ctx.root.jobs.open.values() if job.kind == kind]

    for job in archive.service.view(SYSTEM, waiting):
        finish(archive.service, job, handler)


def record(archive, record_id, *names):
    def look(ctx):
        found = ctx.root.records[record_id]
        return tuple(getattr(found, name) for name in names)

    return archive.service.view(SYSTEM, look)


def form_of(page, tail):
    (form,) = [
        f for f in page.forms.values() if f.action.partition("?")[0].endswith(tail)
    ]
    return form


# Inbox


def test_a_value_is_accepted_on_the_page_and_the_next_paper_follows(archive):
    paper = doubtful(archive)
    client = archive.client("officer")
    listed = client.get("/triage?reason=unsure")
    assert "unsure" in listed
    assert f"/triage/{paper}?reason=unsure" in listed
    page = client.get(f"/triage/{paper}?reason=unsure")
    assert "any:first-day" in page
    assert "confidence 0.40" in page
    form = form_of(page, f"/triage/{paper}")
    done = form.submit("accept", value="date=2019-04-03")
    assert done.status_int == 303
    statements, events = record(archive, paper, "statements", "events")
    assert (statements[0].how, statements[0].rule) == ("confirmed", "officer")
    assert events[-1].type == "confirm"


def test_a_value_is_corrected_on_the_page(archive):
    paper = doubtful(archive)
    page = archive.client("officer").get(f"/triage/{paper}")
    form = form_of(page, f"/triage/{paper}")
    form["value-date"] = "2019-04-04"
    assert form.submit("correct", value="date").status_int == 303
    assert record(archive, paper, "date") == ("2019-04-04",)


def test_a_bad_correction_is_told_where_the_form_stands(archive):
    paper = doubtful(archive)
    form = form_of(
        archive.client("officer").get(f"/triage/{paper}"), f"/triage/{paper}"
    )
    form["value-date"] = "tomorrow"
    shown = form.submit("correct", value="date", expect_errors=True)
    assert shown.status_int == 422
    assert "is no date" in shown
    assert 'value="tomorrow"' in shown


def test_everything_shown_is_accepted_by_the_first_button_and_a_key(archive):
    paper = doubtful(archive)
    page = archive.client("officer").get(f"/triage/{paper}")
    assert 'data-key="a"' in page
    form_of(page, f"/triage/{paper}").submit()
    statements = record(archive, paper, "statements")[0]
    assert {s.field for s in statements if s.how == "confirmed"} >= {"date"}


def test_what_has_moved_on_is_not_accepted_unseen(archive):
    paper = doubtful(archive)
    form = form_of(
        archive.client("officer").get(f"/triage/{paper}"), f"/triage/{paper}"
    )
    doubtful(archive, value="2018-01-01")
    shown = form.submit("accept", value="date=2019-04-03", expect_errors=True)
    assert shown.status_int == 409
    assert "moved on" in shown


def test_what_a_person_may_not_read_is_not_even_counted(archive):
    # Its day is not certain, so the closure of its class keeps it closed.
    doubtful(archive)
    told = (
        archive.client().get("/api/v1/triage", headers=archive.token("librarian")).json
    )
    assert told["items"] == []
    assert told["facets"]["reason"] == []
    told = archive.client().get("/api/v1/triage", headers=archive.token("officer")).json
    assert {"value": "unsure", "count": 1} in told["facets"]["reason"]


def test_an_unknown_reason_is_told_and_everything_shown(archive):
    shown = archive.client("officer").get("/triage?reason=odd", status=422)
    assert "unknown reason" in shown


def test_a_reader_comes_to_none_of_these_places(archive):
    client = archive.client("reader")
    for path in ("/triage", "/quarantine", "/bulk"):
        assert client.get(path, expect_errors=True).status_int == 403
    assert "Inbox" not in client.get("/")


# Quarantine


def test_a_file_is_kept_without_text_on_the_page(archive):
    paper = quarantined(archive)
    page = archive.client("officer").get("/quarantine")
    assert "unknown" in page
    form = form_of(page, "/quarantine/act")
    form["id"] = [paper]
    form.submit("act", value="store")
    assert record(archive, paper, "state") == (RecordState.ACTIVE,)
    assert "Nothing is in quarantine." in archive.client("officer").get("/quarantine")


def test_a_file_is_read_once_more_by_a_job(archive):
    paper = quarantined(archive)
    client = archive.client("officer")
    form = form_of(client.get("/quarantine?kind=unknown"), "/quarantine/act")
    done = form.submit("act", value="retry").follow()
    assert "It is being done" in done
    do_jobs(archive, "quarantine", see_to_quarantine)
    assert record(archive, paper, "state") == (RecordState.ACTIVE,)


def test_discarding_needs_a_reason_and_the_page_says_so(archive):
    paper = quarantined(archive)
    form = form_of(archive.client("officer").get("/quarantine"), "/quarantine/act")
    form["id"] = [paper]
    shown = form.submit("act", value="discard", expect_errors=True)
    assert shown.status_int == 422
    assert "needs a reason" in shown


def test_a_librarian_sees_the_quarantine_and_decides_nothing(archive):
    quarantined(archive)
    page = archive.client("librarian").get("/quarantine")
    assert "Discard" not in page


# Bulk edits


def ask(archive, **fields):
    form = form_of(archive.client("officer").get("/bulk"), "/bulk")
    for name, value in fields.items():
        form[name.replace("_", "-")] = value
    return form.submit(expect_errors=True)


def test_a_bulk_edit_is_shown_done_and_undone_on_pages(archive):
    paper = archive.ids["ferries.txt"]
    shown = ask(archive, records=paper, field_1="session", value_1="58")
    assert "1 record would change; nothing was changed yet." in shown
    assert "<ins" in shown
    assert record(archive, paper, "session") == (None,)
    (apply,) = [f for f in shown.forms.values() if "seal" in f.fields]
    begun = apply.submit().follow()
    assert "in progress" in begun
    do_jobs(archive, "bulk", carry_bulk)
    page = archive.client("officer").get(begun.request.path)
    assert "Bulk edits: done" in page
    assert record(archive, paper, "session") == ("58",)
    form_of(page, "/undo").submit()
    do_jobs(archive, "bulk", carry_bulk)
    assert "put back" in archive.client("officer").get(begun.request.path)
    assert record(archive, paper, "session") == (None,)


def test_what_changed_since_the_preview_is_not_overwritten(archive):
    paper = archive.ids["ferries.txt"]
    shown = ask(archive, records=paper, field_1="session", value_1="58")
    doubtful(archive)
    (apply,) = [f for f in shown.forms.values() if "seal" in f.fields]
    refused = apply.submit(expect_errors=True)
    assert refused.status_int == 409
    assert "look at the preview again" in refused


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"field_1": "session", "value_1": "58"}, "choose records by"),
        ({"query": "a"}, "say what is to change"),
        ({"query": "(", "field_1": "session", "value_1": "58"}, "problem"),
        ({"query": "x", "field_1": "title", "value_1": "T"}, "are edited one by one"),
    ],
)
def test_a_bulk_edit_that_cannot_be_is_refused_where_the_form_stands(
    archive, fields, words
):
    shown = ask(archive, **fields)
    assert shown.status_int == 422
    assert words in shown


def test_all_values_of_a_rule_are_accepted_from_the_paper_s_page(archive):
    paper = doubtful(archive)
    client = archive.client("officer")
    page = client.get(f"/triage/{paper}")
    shown = form_of(page.click("Accept all of this rule…", index=0), "/bulk").submit()
    assert "1 record would change" in shown
    (apply,) = [f for f in shown.forms.values() if "seal" in f.fields]
    apply.submit()
    do_jobs(archive, "bulk", carry_bulk)
    assert record(archive, paper, "statements")[0][0].how == "confirmed"


# API


def test_the_inbox_and_the_confirmation_by_the_api(archive):
    paper = doubtful(archive)
    client, token = archive.client(), archive.token("officer")
    told = client.get("/api/v1/triage?reason=unsure", headers=token).json
    assert paper in {item["id"] for item in told["items"]}
    shown = client.get(f"/api/v1/triage/{paper}", headers=token).json
    assert "date" in {v["field"] for v in shown["values"]}
    body = {"values": [{"field": "date", "value": "2019-04-03"}]}
    left = client.post_json(f"/api/v1/triage/{paper}/confirm", body, headers=token)
    assert "date" not in {v["field"] for v in left.json["values"]}
    again = client.post_json(
        f"/api/v1/triage/{paper}/confirm", body, headers=token, expect_errors=True
    )
    assert again.status_int == 409


def test_the_quarantine_by_the_api(archive):
    paper = quarantined(archive)
    client, token = archive.client(), archive.token("officer")
    told = client.get("/api/v1/quarantine", headers=token).json
    assert [f["id"] for f in told["files"]] == [paper]
    asked = {"kind": "unknown"}
    begun = client.post_json("/api/v1/quarantine/retry", asked, headers=token)
    assert begun.status_int == 202
    kept = client.post_json("/api/v1/quarantine/store", asked, headers=token)
    assert (kept.status_int, kept.json) == (200, {"job": None})
    none = client.post_json(
        "/api/v1/quarantine/store", asked, headers=token, expect_errors=True
    )
    assert none.status_int == 409


def test_a_bulk_edit_by_the_api(archive):
    paper = archive.ids["ferries.txt"]
    client, token = archive.client(), archive.token("officer")
    asked = {
        "ids": [paper],
        "changes": [{"kind": "set", "field": "session", "value": "58"}],
    }
    told = client.post_json("/api/v1/bulk/preview", asked, headers=token).json
    assert told["changed"] == 1
    begun = client.post_json(
        "/api/v1/bulk", asked | {"seal": told["seal"]}, headers=token
    )
    assert begun.status_int == 202
    do_jobs(archive, "bulk", carry_bulk)
    address = begun.headers["Location"]
    assert client.get(address, headers=token).json["counts"] == {"changed": 1}
    assert client.get("/api/v1/bulk", headers=token).json["bulk_edits"]
    undone = client.post_json(f"{address}/undo", {}, headers=token)
    assert undone.status_int == 202
    refused = client.post_json(
        "/api/v1/bulk", asked, headers=archive.token("librarian"), expect_errors=True
    )
    assert refused.status_int == 403
