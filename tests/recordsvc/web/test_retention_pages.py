"""The board, why a date, the calendar, holds, schedules and the file plan."""

import re
from datetime import date

import pytest
from icalendar import Calendar

from recordsvc.services.classification import filing
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal import holding, verdicts
from recordsvc.services.retention import recalculating

from . import retained
from .retained import SCHEDULE, actor


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


PAGES = {
    "/retention": "retention.view",
    "/retention/exceptions": "retention.view",
    "/retention.ics": "retention.view",
    "/disposal": "disposal.view",
    "/disposal/run": "disposal.run",
    "/holds": "hold.view",
    "/holds/new": "hold.place",
    "/schedules": "retention.view",
    "/schedules/1": "retention.view",
    "/schedules/1.toml": "retention.view",
    "/schedules/new": "schedule.import",
    "/fileplan": "retention.view",
    "/fileplan/BUS.PQ": "retention.view",
}


def form_of(page, tail):
    (form,) = [f for f in page.forms.values() if f.action.endswith(tail)]
    return form


def hold_on(archive, *names, **more):
    ids = tuple(archive.ids[name] for name in names)
    values = {"title": "Inquiry 7", "mandate": "Order 12", "record_ids": ids, **more}
    order = holding.HoldOrder(**values)
    return str(
        archive.service.run(
            actor("officer"), lambda ctx: holding.place(ctx, order).hold.id
        )
    )


# Who may come


@pytest.mark.parametrize("path", PAGES)
def test_an_officer_sees_every_page_in_every_language(archive, path):
    client = archive.client("officer")
    for language in ("en", "fr", "es", "pt", "de", "ar"):
        page = client.get(path, headers={"Accept-Language": language}, status=200)
        for prefix in ("list:", "scope:", "version:", "reach:", "trigger:", "owner:"):
            assert f">{prefix}" not in page.text
            assert f" {prefix}" not in page.text.replace("scope: ", "")


@pytest.mark.parametrize("login", ["reader", "librarian"])
@pytest.mark.parametrize("path", PAGES)
def test_who_has_nothing_to_do_with_retention_is_refused(archive, login, path):
    archive.client(login).get(path, status=403)


def test_an_auditor_sees_and_can_change_nothing(archive):
    client = archive.client("auditor")
    for path in ("/retention", "/disposal", "/holds", "/schedules", "/schedules/1"):
        page = client.get(path, status=200)
        posts = [f for f in page.forms.values() if f.method.lower() == "post"]
        kept = ("/language", "/logout", "/disposal/propose")
        assert all(f.action.endswith(kept) for f in posts)
        assert "Put the ticked" not in page


def test_the_menu_marks_the_place_and_what_lies_below_it(archive):
    client = archive.client("officer")
    board = client.get("/retention")
    assert board.html.select(".places [aria-current=page]")[0]["href"] == "/retention"
    below = client.get("/retention/exceptions").html.select(".places [aria-current]")
    assert [(a["href"], a["aria-current"]) for a in below] == [("/retention", "true")]


# The board


def test_the_board_says_the_same_as_a_chart_and_as_a_table(archive):
    page = archive.client("officer").get("/retention")
    assert "What is due on 1 June 2026" in page
    table = re.search(r"<table>.*?</table>", page.text, re.DOTALL)[0]
    row = re.search(r"September 2026</a></th>(.*?)</tr>", table, re.DOTALL)[1]
    assert re.findall(r">(\d+)<", row) == ["1", "1"]
    assert "<title>September 2026: 1</title>" in page
    assert page.text.count('class="part"') == 1
    worklist = page.click(href="on=2026-09-30", index=0)
    assert "Ferries to the isles" in worklist


def test_what_is_due_is_listed_and_what_is_not_says_why(archive):
    page = archive.client("officer").get("/retention")
    listed, _, exceptions = page.text.partition("Not listed, and why")
    assert "Herring quotas" in listed
    assert "Act on water" not in listed
    assert "Paper without a day" in exceptions
    assert "Bridges &amp; &lt;b&gt;tunnels&lt;/b&gt;" in listed


def test_what_is_not_listed_names_its_hold_and_speaks_the_language_of_the_page(archive):
    hold = hold_on(archive, "herring.txt")
    client = archive.client("officer")
    page = client.get("/retention", headers={"Accept-Language": "fr"})
    assert f'href="/holds/{hold}" dir="auto">Inquiry 7</a>' in page
    assert "la date qui fait courir le délai n’est pas connue" in page


def test_the_due_list_is_paged(archive, monkeypatch):
    monkeypatch.setattr("recordsvc.web.pages.retention.PAGE", 2)
    client = archive.client("officer")
    page = client.get("/retention")
    seen = []
    while True:
        seen += re.findall(r'name="item" value="([0-9a-f]+)"', page.text)
        if "More that is due" not in page:
            break
        page = page.click("More that is due")
    assert sorted(seen) == sorted(
        archive.ids[n]
        for n in ("herring.txt", "harbour.txt", "bridges.txt", "maps.txt")
    )


def test_a_backlog_too_large_to_look_at_is_counted_all_the_same(archive, monkeypatch):
    monkeypatch.setattr("recordsvc.services.retention.dueboard.MOST_LOADED", 0)
    page = archive.client("officer").get("/retention")
    assert "<title>September 2026: 1</title>" in page
    assert "any action" in page


@pytest.mark.parametrize("query", ["on=tomorrow", "on=2026-02-30", "cursor=../x"])
def test_an_address_that_cannot_be_read_shows_today_and_says_so(archive, query):
    page = archive.client("officer").get(f"/retention?{query}", status=422)
    assert 'role="alert"' in page
    assert "Herring quotas" in page


def test_the_board_is_mirrored_for_those_who_read_from_the_right(archive):
    client = archive.client("officer")

    def places(language):
        page = client.get("/retention", headers={"Accept-Language": language})
        return [float(x) for x in re.findall(r'class="reach" x="([\d.]+)"', page.text)]

    assert places("en") == sorted(places("en"))
    assert places("ar") == sorted(places("ar"), reverse=True)


# Why a date


def why(archive, name, query="", login="officer", **more):
    path = f"/records/{archive.ids[name]}/retention{query}"
    return archive.client(login).get(path, **more)


def test_every_step_to_the_date_is_told(archive):
    page = why(archive, "maps.txt")
    for said in (
        "stage 1 of 1 decides",
        "the paper’s own date: 5 May 2019",
        "Not known: the event “printed”",
        "counted from the start of the next year: 1 January 2020",
        "plus 5 years: 1 January 2025",
        "Due: 1 January 2025 has come on 1 June 2026",
        "Not to be carried out before 8 January 2025",
    ):
        assert said in page, said


def test_the_steps_speak_the_reader_s_language(archive):
    page = why(archive, "maps.txt", headers={"Accept-Language": "fr"})
    assert "plus 5 ans : 1 janvier 2025" in page
    assert "plus P5Y" not in page


def test_another_day_can_be_asked_for(archive):
    assert "Running until 15 September 2026" in why(archive, "ferries.txt")
    page = why(archive, "ferries.txt", "?on=2026-09-15")
    assert "Due: 15 September 2026" in page
    why(archive, "ferries.txt", "?on=never", status=422)


def test_a_missing_trigger_and_a_permanent_record_are_told(archive):
    assert "There is no due date" in why(archive, "undated.txt")
    assert "Kept permanently: LAW-P sets no end" in why(archive, "act.txt")


def test_a_hold_stands_first_and_its_title_is_for_those_who_may_know(archive):
    hold_on(archive, "herring.txt")
    page = why(archive, "herring.txt")
    assert page.text.index("Inquiry 7") < page.text.index("plus 5 years")
    why(archive, "herring.txt", login="reader", status=403)


def test_an_appraisal_and_a_losing_rule_are_told(archive):
    listed = retained.propose(archive, "herring.txt")
    ruling = verdicts.Ruling(verdict="keep", until="2031-01-01", reason="wanted")
    archive.service.run(
        actor("judge"), lambda ctx: verdicts.rule(ctx, listed, ruling) and None
    )
    second = {"citation": "Act 7", "reason": "both"}

    def oblige(ctx):
        filing.add_obligation(ctx, archive.ids["herring.txt"], "BUS.DEP", **second)

    archive.service.run(actor("officer"), oblige)
    page = why(archive, "herring.txt")
    assert "Set by hand: it is kept until 1 January 2031" in page
    assert "wanted" in page
    assert "PQ-5: DEP-T is due later" in page


def test_the_record_page_shows_the_card(archive):
    page = archive.client("officer").get(f"/records/{archive.ids['herring.txt']}")
    assert "plus 5 years: 10 January 2025" in page
    assert page.click("Why this date").request.path.endswith("/retention")
    assert page.click("BUS.PQ", index=0).request.path == "/fileplan/BUS.PQ"


def test_a_year_in_which_nothing_falls_due_is_said_and_not_drawn(archive, monkeypatch):
    empty = {"months": [{"month": "2026-06", "records": 0, "actions": {}}]}
    monkeypatch.setattr(
        "recordsvc.web.pages.retention.months_ahead", lambda _ctx: empty
    )
    page = archive.client("officer").get("/retention")
    assert "Nothing falls due in the coming months." in page
    assert 'class="months"' not in page.text


# The calendar


def calendar(archive, login="officer"):
    answer = archive.client().get("/retention.ics", headers=archive.token(login))
    assert answer.content_type == "text/calendar"
    return answer, Calendar.from_ical(answer.body)


def test_the_calendar_has_what_comes_up(archive):
    hold_id = hold_on(archive, "herring.txt", review_on="2026-10-01")
    _, found = calendar(archive)
    events = {str(e["uid"]).split("@")[0]: e for e in found.walk("VEVENT")}
    assert events["due-2026-09-01"].decoded("dtstart") == date(2026, 9, 1)
    assert "1 record falls due this month" in str(events["due-2026-09-01"]["summary"])
    review = events[f"hold-review-2026-10-01-{hold_id}"]
    assert str(review["url"]).endswith(f"/holds/{hold_id}")
    vital = [uid for uid in events if uid.startswith("vital-review-")]
    assert len(vital) == 1
    assert "5 vital records" in str(events[vital[0]]["summary"])


def test_no_title_leaves_by_the_calendar(archive):
    hold_on(archive, "herring.txt", review_on="2026-10-01", title="Secret inquiry")
    answer, _ = calendar(archive)
    assert "Secret" not in answer.text
    assert "Herring" not in answer.text


def test_an_entry_keeps_its_name_and_an_unknown_token_gets_nothing(archive):
    uids = [
        sorted(str(e["uid"]) for e in calendar(archive)[1].walk("VEVENT"))
        for _ in range(2)
    ]
    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])
    client = archive.client()
    client.get("/retention.ics", status=303)
    client.get("/retention.ics", headers={"Authorization": "Bearer x"}, status=401)
    client.get("/retention.ics", headers=archive.token("reader"), status=403)


# Holds


def place(archive, **values):
    form = form_of(archive.client("officer").get("/holds/new"), "/holds/new")
    form["title"], form["mandate"] = "Inquiry 7", "Order 12"
    for name, value in values.items():
        form[name] = value
    return form


def test_a_hold_by_list_takes_ids_and_addresses(archive):
    herring, harbour = archive.ids["herring.txt"], archive.ids["harbour.txt"]
    text = f"{herring}\n  https://archive.example/records/{harbour}/ "
    page = place(archive, records=text).submit(status=303).follow()
    assert "Herring quotas" in page
    assert "Harbour dues" in page
    assert "2 records" in page


def test_a_record_page_leads_to_a_hold_on_it(archive):
    page = archive.client("officer").get(f"/records/{archive.ids['act.txt']}")
    form = form_of(page.click("Place on hold"), "/holds/new")
    form["title"], form["mandate"] = "Inquiry 8", "Order 13"
    page = form.submit(status=303).follow()
    assert "Act on water" in page
    page = archive.client("reader").get("/", status=200)
    assert "Place on hold" not in page


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({"scope": "class", "class": "BUS.PQ"}, 5),
        ({"scope": "class", "class": "BUS"}, 7),
        ({"scope": "query", "query": "herring"}, 1),
    ],
)
def test_a_hold_by_class_or_query_is_spread(archive, values, count):
    page = place(archive, **values).submit(status=303).follow()
    assert f"{count} record" in page


@pytest.mark.parametrize(
    ("values", "status", "why"),
    [
        ({"title": " "}, 422, "needs a title"),
        ({"records": ""}, 409, "no record matches"),
        ({"scope": "query", "query": "("}, 422, ""),
        ({"records": "x", "review_on": "soon"}, 422, "YYYY-MM-DD"),
    ],
)
def test_a_refused_hold_keeps_what_was_typed(archive, values, status, why):
    page = place(archive, mandate="Order 99", **values).submit(status=status)
    assert 'role="alert"' in page
    assert why in page
    assert form_of(page, "/holds/new")["mandate"].value == "Order 99"
    assert "There is no hold" in archive.client("officer").get("/holds")


def test_a_hold_on_an_unknown_record_is_not_found(archive):
    place(archive, records="nothing").submit(status=404)


def test_a_hold_is_reviewed_and_lifted_by_those_who_may(archive):
    hold_id = hold_on(archive, "herring.txt", review_on="2026-05-01")
    assert "to be reviewed" in archive.client("officer").get("/holds")
    page = archive.client("officer").get(f"/holds/{hold_id}")
    assert not [f for f in page.forms.values() if f.action.endswith("/lift")]
    form = form_of(page, "/review")
    form["review_on"], form["review_reason"] = "2027-01-01", "still sits"
    page = form.submit(status=303).follow()
    assert "1 January 2027" in page
    form = form_of(archive.client("approver").get(f"/holds/{hold_id}"), "/lift")
    form["lift_reason"] = " "
    assert "needs a reason" in form.submit(status=422)
    form["lift_reason"] = "it has reported"
    page = form.submit(status=303).follow()
    assert "it has reported" in page
    assert not [f for f in page.forms.values() if "lift" in f.action]
    assert "lifted already" in form.submit(status=409)


def test_a_long_hold_is_paged(archive, monkeypatch):
    monkeypatch.setattr("recordsvc.services.disposal.holdview.PAGE", 2)
    names = ("herring.txt", "harbour.txt", "bridges.txt")
    hold_id = hold_on(archive, *names)
    from recordsvc.services.disposal.holdview import records_page

    def pages(ctx):
        first = records_page(ctx, hold_id, limit=2)
        return first, records_page(ctx, hold_id, limit=2, cursor=first["next"])

    first, second = archive.service.view(actor("officer"), pages)
    found = [r["id"] for r in (*first["records"], *second["records"])]
    assert sorted(found) == sorted(archive.ids[n] for n in names)
    assert second["next"] is None
    archive.client("officer").get(f"/holds/{hold_id}?cursor=..", status=422)


def test_holds_through_the_api(archive):
    headers = archive.token("officer")
    client = archive.client()
    body = {"title": "H", "mandate": "M", "class": "BUS.DEP", "kind": "audit"}
    made = client.post_json("/api/v1/holds", body, headers=headers, status=201)
    assert made.json["records"] == 1
    path = made.headers["Location"]
    shown = client.get(path, headers=headers, status=200).json
    assert [r["title"] for r in shown["record_list"]] == ["Maps of the coast"]
    assert client.get("/api/v1/holds", headers=headers).json["holds"][0]["active"]
    reason = {"reason": "over"}
    client.post_json(f"{path}/lift", reason, headers=headers, status=403)
    approver = archive.token("approver")
    lifted = client.post_json(f"{path}/lift", reason, headers=approver, status=200)
    assert lifted.json["active"] is False
    client.post_json(f"{path}/lift", reason, headers=approver, status=409)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "H"}, 400),
        ({"title": "H", "mandate": "M"}, 422),
        ({"title": "H", "mandate": "M", "ids": ["0"], "class": "BUS"}, 422),
        ({"title": "H", "mandate": "M", "ids": ["0"]}, 404),
        ({"title": "H", "mandate": "M", "query": "("}, 422),
        ({"title": "H", "mandate": "M", "class": "BUS", "review_on": "x"}, 400),
        ({"title": "H", "mandate": "M", "colour": "red"}, 400),
    ],
)
def test_a_bad_order_is_refused(archive, body, status):
    headers = archive.token("officer")
    client = archive.client()
    client.post_json("/api/v1/holds", body, headers=headers, status=status)
    assert client.get("/api/v1/holds", headers=headers).json["holds"] == []


# Schedules


def test_a_version_says_its_rules_in_words(archive):
    page = archive.client("officer").get("/schedules/1")
    assert "5 years after the paper’s own date – <strong>destroy</strong>" in page
    assert (
        "5 years after the first of: the paper’s own date or the event “printed”, "
        "counted from the start of the next year – <strong>transfer</strong>" in page
    )
    assert "not before 7 days later" in page
    assert "review cycle: 1 year" in page
    assert "In force" in page
    archive.client("officer").get("/schedules/9", status=404)


def test_the_file_of_a_version_can_be_taken_home(archive):
    answer = archive.client("officer").get("/schedules/1.toml")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert 'code = "PQ-5"' in answer.text


def editor(archive, text=None, base="1"):
    page = archive.client("officer").get(f"/schedules/new?from={base}")
    form = form_of(page, "/schedules/new")
    if text is not None:
        form["source"] = text
    return form


SOONER = (
    SCHEDULE.replace("version = 1", "version = 2")
    .replace("effective_from = 2020-01-01", "effective_from = 2026-06-01")
    .replace('period = "P5Y"', 'period = "P4Y"', 1)
    .replace('approved_by = ["Clerk", "Archivist"]', 'approved_by = ["Clerk"]')
)


def test_the_editor_begins_with_a_version_under_a_new_number(archive):
    assert "version = 2" in editor(archive)["source"].value
    archive.client("officer").get("/schedules/new?from=x", status=422)
    archive.client("officer").get("/schedules/new?from=9", status=404)


def test_a_preview_shows_the_effect_and_writes_nothing(archive):
    page = editor(archive, SOONER).submit("act", value="preview", status=200)
    counts = dict(
        re.findall(r"<dt>([a-z ]+)</dt><dd[^>]*>(\d+)</dd>", page.text, re.DOTALL)
    )
    assert counts["earlier"] == "4"
    assert counts["now due"] == "1"
    assert "Ferries to the isles" in page
    assert "15 September 2025" in page
    assert form_of(page, "/schedules/new")["source"].value.strip() == SOONER.strip()
    assert "2</a>" not in archive.client("officer").get("/schedules")


def test_every_error_is_told_with_its_line(archive):
    bad = SOONER.replace('trigger = "created"', 'trigger = "whim"', 1).replace(
        'action = "permanent"', 'action = "burn"'
    )
    for act in ("preview", "save"):
        page = editor(archive, bad).submit("act", value=act, status=422)
        lines = bad.splitlines()
        for said in ("whim", "burn"):
            number = next(n for n, line in enumerate(lines, 1) if said in line)
            assert f"Line {number}:" in page
        assert "errors; nothing was kept" in page


def test_a_draft_is_kept_approved_by_two_and_issued(archive):
    form = editor(archive, SOONER)
    page = form.submit("act", value="save", status=303).follow()
    assert "Draft" in page
    again = editor(archive, SOONER).submit("act", value="save", status=409)
    assert "is here already" in again
    other = editor(archive, SOONER.replace("P4Y", "P3Y")).submit(
        "act", value="save", status=409
    )
    assert "with other content" in other
    looked = archive.client("approver").get("/schedules/2").click("Show what it would")
    assert "earlier (4)" in looked
    form = form_of(archive.client("approver").get("/schedules/2"), "/approve")
    form.submit(status=303)
    issue = form_of(archive.client("approver").get("/schedules/2"), "/issue")
    assert "1 of 2 approvals" in issue.submit(status=409)
    form_of(archive.client("second").get("/schedules/2"), "/approve").submit(status=303)
    page = issue.submit(status=409)
    assert "would fall due earlier" in page
    issue["acknowledge_earlier"].checked = True
    page = issue.submit(status=303).follow()
    assert "In force" in page

    def recalculated(ctx):
        for job in list(ctx.root.jobs.open.values()):
            while recalculating.continue_job(ctx, job.id)[1]:
                pass

    archive.service.run(SYSTEM, recalculated)
    assert "Ferries" in archive.client("officer").get("/retention")


def test_its_author_cannot_approve_a_draft(archive):
    editor(archive, SOONER).submit("act", value="save", status=303)
    page = archive.client("officer").get("/schedules/2")
    assert not [f for f in page.forms.values() if f.action.endswith("/approve")]


def test_a_schedule_longer_than_any_is_refused(archive):
    page = editor(archive, "#" * 2_000_001).submit("act", value="preview", status=422)
    assert "at most" in page


# The file plan


def test_the_file_plan_is_a_tree_that_leads_to_its_classes(archive):
    page = archive.client("officer").get("/fileplan")
    assert page.text.index(">BUS<") < page.text.index(">BUS.DEP<")
    assert 'class="depth-1"' in page
    found = page.click("BUS.PQ")
    assert "Questions and answers" in found
    assert "review cycle: 1 year" in found
    assert "Business" in found
    archive.client("officer").get("/fileplan/NONE", status=404)
    archive.client("officer").get("/fileplan?on=x", status=422)
