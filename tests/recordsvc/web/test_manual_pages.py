"""Manual dates and maximum-keeping duties as people meet them: pages and API."""

from dataclasses import replace
from datetime import date

import pytest

from recordsvc.services.classification import filing
from recordsvc.services.retention import manualdates

from . import retained
from .retained import actor

ON_SCHEDULE = """
[[maximum]]
code = "PRIV-6"
title = "Personal data"
citation = ["Data Act s. 5"]
trigger = "created"
period = "P6Y"
[[maximum]]
code = "PRIV-1"
title = "Personal data, short"
citation = ["Data Act s. 6"]
trigger = "created"
period = "P1Y"
[[class]]
code = "PRIV"
title = "Laid beside"
maximum = "PRIV-1"
"""
LAW = {"citation": "Data Act s. 6", "reason": "it names a person"}


@pytest.fixture(scope="module")
def mould(tmp_path_factory):
    source = retained.SCHEDULE.replace(
        'schedule = "PQ-5"\n', 'schedule = "PQ-5"\nmaximum = "PRIV-6"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retained, "SCHEDULE", source + ON_SCHEDULE)
        made = retained.mould_in(tmp_path_factory.mktemp("mould"))
    yield made
    made.close()


@pytest.fixture
def archive(mould, tmp_path):
    made = mould.copy(tmp_path)
    yield made
    made.service.close()


def address(archive, name="ferries.txt", tail=""):
    return f"/records/{archive.ids[name]}/retention{tail}"


def form_of(page, tail):
    (form,) = [f for f in page.forms.values() if f.action.endswith(tail)]
    return form


def submit(page, tail, **values):
    form = form_of(page, tail)
    for name, value in values.items():
        form[name] = value
    return form.submit(expect_errors=True)


def keep(archive, until="2040-01-01", on=None):
    def work(ctx):
        day = replace(ctx, fixed_today=on) if on is not None else ctx
        manualdates.keep(day, archive.ids["ferries.txt"], until, "an inquiry")

    archive.service.run(actor("officer"), work)


def test_a_date_is_lengthened_proposed_earlier_and_confirmed_on_the_page(archive):
    officer, judge = archive.client("officer"), archive.client("judge")
    page = officer.get(address(archive))
    assert "Propose an earlier date" not in page
    done = submit(page, "/keep", until="2040-01-01", reason="an inquiry").follow()
    assert "Set by hand: it is kept until 1 January 2040 at least" in done
    assert "is to be justified anew by 1 June 2031" in done
    done = submit(done, "/shorten", until="2035-01-01", reason="it ended").follow()
    assert "An earlier date is proposed" in done
    assert "You have proposed it; another person confirms it." in done
    assert "Running until 1 January 2040" in done
    worklist = judge.get("/retention/manual")
    assert "Ferries to the isles" in worklist
    assert "it ended" in worklist
    done = submit(judge.get(address(archive)), "/confirm").follow()
    assert "Running until 1 January 2035" in done
    assert "proposed by officer" in done
    assert "Nothing waits for a second person." in judge.get("/retention/manual")


def test_a_proposal_is_refused_with_a_reason(archive):
    keep(archive)
    officer, judge = archive.client("officer"), archive.client("judge")
    submit(officer.get(address(archive)), "/shorten", reason="it ended").follow()
    page = judge.get(address(archive))
    assert "No manual date, back to the schedule" in page
    assert '<bdi class="soft">officer</bdi>: <span dir="auto">it ended</span>' in page
    done = submit(page, "/refuse", reason="it goes on").follow()
    assert "An earlier date is proposed" not in done


def test_a_refusal_is_shown_where_the_form_stands_with_what_was_typed(archive):
    page = archive.client("officer").get(address(archive))
    shown = submit(page, "/keep", until="2026-06-02", reason="an inquiry")
    assert shown.status_int == 422
    assert "a manual date can only be later" in shown
    assert form_of(shown, "/keep")["reason"].value == "an inquiry"


def test_the_proposer_may_not_confirm_and_a_changed_day_is_not_confirmed(archive):
    keep(archive)
    officer, judge = archive.client("officer"), archive.client("judge")
    submit(
        officer.get(address(archive)), "/shorten", until="2035-01-01", reason="r"
    ).follow()
    page = officer.get(address(archive))
    assert not [f for f in page.forms.values() if f.action.endswith("/confirm")]
    form = form_of(judge.get(address(archive)), "/confirm")
    form["seen"].force_value("2036-01-01")
    shown = form.submit(expect_errors=True)
    assert shown.status_int == 409
    assert "another day is proposed" in shown


def test_who_may_only_look_sees_no_forms(archive):
    keep(archive)
    page = archive.client("auditor").get(address(archive))
    assert "/keep" not in page
    assert "/shorten" not in page
    csrf = {"csrf_token": archive.client("auditor").csrf()}
    archive.client("auditor").post(address(archive, tail="/keep"), csrf, status=403)


def test_an_overdue_date_waits_on_the_worklist_and_is_justified_there(archive):
    keep(archive, on=date(2021, 5, 1), until="2040-01-01")
    officer = archive.client("officer")
    page = officer.get("/retention").click("Manual dates")
    assert "1 May 2026" in page
    assert "overdue" in page
    why = page.click("Ferries to the isles")
    submit(why, "/justify", reason="still open").follow()
    assert "No manual date waits to be justified." in officer.get("/retention/manual")
    every = officer.get("/retention/manual").click("Every manual date")
    assert "still open" in every
    assert officer.get("/retention/manual?cursor=x", status=422)


@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "fr", "pt"])
def test_the_pages_are_in_every_language(archive, language):
    keep(archive, on=date(2021, 5, 1))
    headers = {"Accept-Language": language}
    client = archive.client("officer")
    for path in ("/retention/manual?all=1", address(archive), "/retention/exceptions"):
        page = client.get(path, headers=headers)
        assert "event:" not in page
        assert "verdict:" not in page
        if language != "en":
            assert "Manual dates" not in page


def test_the_exceptions_tell_of_maximums(archive):
    ids = archive.ids

    def lay(ctx):
        filing.add_obligation(ctx, ids["ferries.txt"], "PRIV", **LAW)

    archive.service.run(actor("officer"), lay)
    page = archive.client("officer").get("/retention/exceptions")
    assert "Kept too long" in page
    assert (
        "PRIV-1 is refused: it must be gone by 15 September 2022, but PQ-5 keeps it "
        "until 15 September 2026" in page
    )
    assert "It must have been gone by 10 January 2026 and is on no disposal" in page
    why = archive.client("officer").get(address(archive))
    assert "To be kept at most" in why
    assert "PRIV-6: it must be gone by 15 September 2027" in why
    listed = retained.propose(archive, "herring.txt")
    assert listed
    again = archive.client("officer").get("/retention/exceptions")
    assert "It must have been gone by 10 January 2026" not in again


def test_the_schedule_and_the_class_say_their_maximum(archive):
    client = archive.client("officer")
    page = client.get("/schedules/1")
    assert 'id="maximum-PRIV-6"' in page
    assert "Data Act s. 5" in page
    assert "PRIV-6" in client.get("/fileplan/BUS.PQ")


def test_the_api_does_all_of_it(archive):
    client = archive.client()
    officer, judge = archive.token("officer"), archive.token("judge")
    base = f"/api/v1{address(archive)}"

    def post(act, headers, status=200, **body):
        return client.post_json(f"{base}/{act}", body, headers=headers, status=status)

    kept = post("keep", officer, until="2040-01-01", reason="an inquiry").json
    assert kept["due_on"] == "2040-01-01"
    assert kept["maximums"][0]["because"] == "by_hand"
    assert kept["manual"]["justify_by"] == "2031-06-01"
    post("keep", officer, status=400, until="soon", reason="r")
    post("keep", archive.token("reader"), status=403, until="2041-01-01", reason="r")
    post("justify", officer, reason="still open")
    proposed = post("shorten", officer, reason="it ended").json
    assert proposed["shortening"]["by"] == "officer"
    listed = client.get("/api/v1/retention/manual?all=true", headers=judge).json
    assert [s["until"] for s in listed["shortenings"]] == [None]
    assert [i["until"] for i in listed["items"]] == ["2040-01-01"]
    post("confirm", officer, status=403)
    post("confirm", judge, status=409, until="2036-01-01")
    done = post("confirm", judge, until=None).json
    assert (done["due_on"], done["manual"]) == ("2026-09-15", None)
    post("refuse", judge, status=409, reason="r")
    found = client.get("/api/v1/retention/exceptions?limit=1", headers=officer).json
    assert found["exceptions"][0]["state"] == "awaiting_trigger"
    rest = client.get(
        f"/api/v1/retention/exceptions?cursor={found['cursor']}", headers=officer
    ).json
    assert {e["state"] for e in rest["exceptions"]} == {"maximum_overdue"}
