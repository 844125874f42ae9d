"""People who would have a record gone alone, early, unseen or against a hold."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

import pytest

from recordsvc.jobs.disposal import finish_removal
from recordsvc.services import (
    accounts,
    description,
    display,
    linking,
    queueing,
    recorddocument,
)
from recordsvc.services.classification import fileplan, filing
from recordsvc.services.context import ANONYMOUS, SYSTEM, Actor, Context
from recordsvc.services.disposal import (
    approving,
    disposing,
    executing,
    holding,
    removing,
    verdicts,
)
from recordsvc.services.disposal.disposalruns import DISPOSAL_RUN
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NothingToDo,
)
from recordsvc.services.retention.scheduling import import_schedule
from recordsvc.settings import Settings
from recordsvc.storage.ledger_lines import Destroyed, LedgerEntry
from tests.faults.retention.archives import (
    FIRST,
    LIBRARIAN,
    OFFICER,
    REVIEWER,
    SCHEDULE,
    SECOND,
    TODAY,
    Commands,
    House,
    Paper,
    capture_paper,
    house_of,
    order,
)

pytestmark = pytest.mark.faults
T = TypeVar("T")
WATER = Paper(text="a paper of the committee on the water of the lower valley")
MEMBERS = {"code": "MEM", "title": "Papers of Members", "owner": "member"}


def _crossing(
    house: House,
    actor: Actor,
    work: Callable[[Context], T],
    meanwhile: Callable[[], object],
) -> T:
    """Do something whose first try is crossed by what commits before it does."""
    waiting = [meanwhile]

    def crossed(ctx: Context) -> T:
        result = work(ctx)
        if waiting:
            waiting.pop()()
        return result

    return house.act(actor, crossed)


def test_a_run_for_a_day_gone_by_destroys_nothing_that_is_permanent_today(
    house: House,
) -> None:
    (record_id,) = house.add(WATER)
    house.index()
    stricter = SCHEDULE.replace("version = 1", "version = 2").replace(
        "effective_from = 2020-01-01", "effective_from = 2026-11-01"
    )
    stricter = stricter.replace('schedule = "S5"', 'schedule = "EVER"')
    house.act(OFFICER, lambda ctx: import_schedule(ctx, stricter).number)
    before = date(2026, 10, 1)

    def approve(as_: Callable[[Actor], Context]) -> str:
        made = disposing.propose(as_(OFFICER), before, (record_id,)).list.id
        verdicts.rule(as_(REVIEWER), made, verdicts.Ruling(verdict="destroy"))
        approving.approve(as_(FIRST), made)
        approving.approve(as_(SECOND), made)
        return made

    house.together(approve)
    report = house.run(before)
    assert report.results == {"ejected"}
    assert house.state(record_id) == "active"


def test_one_person_at_two_doors_does_not_judge_and_approve(house: House) -> None:
    (record_id,) = house.add(WATER)
    house.index()
    list_id = house.act(
        OFFICER, lambda ctx: disposing.propose(ctx, TODAY, (record_id,)).list.id
    )
    ruling = verdicts.Ruling(verdict="destroy")
    house.act(REVIEWER, lambda ctx: verdicts.rule(ctx, list_id, ruling)[0].verdict)
    with pytest.raises(NotAllowed):
        _crossing(
            house,
            FIRST,
            lambda ctx: verdicts.rule(ctx, list_id, ruling)[0].verdict,
            lambda: house.act(FIRST, lambda ctx: approving.approve(ctx, list_id).id),
        )
    judged = house.view(
        lambda ctx: ctx.root.disposal_lists[list_id].items[record_id].judged_by
    )
    assert judged == REVIEWER.login


def test_a_record_of_the_house_does_not_leave_as_a_members_paper_by_one_hand(
    house: House,
) -> None:
    house.act(OFFICER, lambda ctx: fileplan.add_class(ctx, MEMBERS).code)
    (record_id,) = house.add(WATER)
    house.act(
        OFFICER,
        lambda ctx: filing.classify(ctx, record_id, "MEM", reason="misfiled").id,
    )

    def ask(ctx: Context) -> str:
        said = {"to": "Anne Member", "reason": "hers"}
        return filing.return_to_owner(ctx, record_id, **said).id

    with pytest.raises(NotAllowed, match="olga"):
        house.act(OFFICER, ask)
    assert house.act(REVIEWER, ask) == record_id


def test_what_was_asked_back_and_is_a_record_of_the_house_now_stays(
    house: House,
) -> None:
    house.act(OFFICER, lambda ctx: fileplan.add_class(ctx, MEMBERS).code)
    (record_id,) = house.add(Paper(text=WATER.text, code="MEM"))
    house.act(
        OFFICER,
        lambda ctx: filing.return_to_owner(ctx, record_id, to="Anne", reason="hers").id,
    )
    house.act(
        OFFICER, lambda ctx: filing.classify(ctx, record_id, "KEPT", reason="an act").id
    )
    with pytest.raises(Conflict, match="record of the House"):
        house.act(
            OFFICER,
            lambda ctx: removing.give_back(ctx, record_id=record_id, reason="hers"),
        )
    assert house.state(record_id) == "active"


def test_a_class_with_records_does_not_become_one_of_members(house: House) -> None:
    house.act(OFFICER, lambda ctx: fileplan.add_class(ctx, MEMBERS).code)
    house.add(Paper(text=WATER.text, code="X.1"))
    for change in ({"owner": "member"}, {"owner": "member", "parent": "MEM"}):
        with pytest.raises(Conflict, match="1 records"):
            house.act(
                OFFICER, lambda ctx, c=change: fileplan.edit_class(ctx, "X.1", c).code
            )
    assert house.view(lambda ctx: ctx.root.classes["X.1"].owner) == "house"


def test_a_class_under_a_hold_is_not_moved_out_from_under_it(house: House) -> None:
    asked = order("class", "X")
    house.act(OFFICER, lambda ctx: holding.place(ctx, asked).hold.id)
    with pytest.raises(Conflict, match="hold"):
        house.act(OFFICER, lambda ctx: fileplan.move_class(ctx, "X.1", "KEPT").code)
    assert house.view(lambda ctx: ctx.root.classes["X.1"].parent) == "X"


def test_a_hold_by_query_stops_the_edit_that_would_escape_it(house: House) -> None:
    house.add(WATER)
    house.index()
    asked = order("query", "title:water")

    def place() -> str:
        return house.act(REVIEWER, lambda ctx: holding.place(ctx, asked).hold.id)

    late = _crossing(
        house,
        OFFICER,
        lambda ctx: capture_paper(ctx, Paper(text="a second paper")).record.id,
        place,
    )
    with pytest.raises(Conflict, match="on hold"):
        house.act(
            LIBRARIAN,
            lambda ctx: description.edit(ctx, late, {"title": "Nothing of note"}).id,
        )


def test_whoever_makes_and_changes_accounts_stands_in_the_trail(house: House) -> None:
    def kinds() -> list[str]:
        found = house.view(
            lambda ctx: [e.event.type for e in ctx.root.audit.pending_entries()]
        )
        return [k for k in found if k in {"account-added", "password-changed"}]

    before = len(kinds())
    house.act(
        SYSTEM,
        lambda ctx: accounts.add_account(ctx, "eve", "approver", "a long one").login,
    )
    house.act(SYSTEM, lambda ctx: accounts.change_password(ctx, "eve", "another one"))
    token = house.act(
        SYSTEM, lambda ctx: accounts.hand_out_token(ctx, "eve", self_made=False)
    )
    assert token.startswith("rsvc_")
    assert len(kinds()) == before + 2
    told = house.view(lambda ctx: [e.subject for e in ctx.root.audit.pending_entries()])
    assert "eve" not in told


def test_a_link_of_a_held_record_is_not_taken_away(house: House) -> None:
    first, second = house.add(WATER, Paper(text="an answer", title="An answer"))
    link = house.act(
        LIBRARIAN,
        lambda ctx: linking.add(ctx, "answers", second, first, "it says so").id,
    )
    asked = order("list", ids=(first,))
    house.act(OFFICER, lambda ctx: holding.place(ctx, asked).hold.id)
    with pytest.raises(Conflict, match="on hold"):
        house.act(LIBRARIAN, lambda ctx: linking.reject(ctx, link))


def test_a_reader_is_not_told_what_was_said_of_a_decision(house: House) -> None:
    (record_id,) = house.add(
        Paper(text="a paper that came by mistake", code="", access="open")
    )
    house.index()
    reason = "it names the patient John Roe"
    finish_removal(
        house.service,
        OFFICER,
        lambda ctx: removing.undo_capture(ctx, record_id, reason),
    )

    def shown(actor: Actor) -> str:
        def look(ctx: Context) -> str:
            return str(display.record_mapping(ctx, ctx.root.records[record_id]))

        return house.service.view(actor, look)

    assert reason in shown(OFFICER)
    assert reason not in shown(ANONYMOUS)


def test_what_left_no_title_leaves_none_after_a_restore_either(house: House) -> None:
    (record_id,) = house.add(Paper(text="taken back", title="Roe, John", code=""))
    entry = LedgerEntry(
        seq=1,
        prev="0" * 64,
        hash="1" * 64,
        destroyed=Destroyed(
            record_id=record_id,
            sha256s=(),
            list_id=removing.CAPTURE_UNDONE,
            destroyed_on=TODAY,
        ),
    )

    def replay(ctx: Context) -> bool:
        run = executing.new_run(ctx, TODAY)
        return removing.replay(ctx, run.id, entry)

    assert house.act(SYSTEM, replay)
    assert house.record(record_id, lambda r: r.titles) == ()


def test_a_list_is_not_begun_before_its_day(house: House) -> None:
    (record_id,) = house.add(WATER)
    house.index()
    house.approved([record_id])
    with pytest.raises(NothingToDo):
        house.run(TODAY - timedelta(days=30))
    assert house.state(record_id) == "active"


def test_a_package_starts_no_clock_of_another_record(house: House) -> None:
    (record_id,) = house.add(WATER)
    content = house.view(
        lambda ctx: recorddocument.dump(
            recorddocument.document_of(ctx, ctx.root.records[record_id])
        )
    )
    whole = json.loads(content)
    whole["triggers"] = [
        {
            "id": "a" * 32,
            "type": "question_answered",
            "key": "E-000123/2020",
            "date": "1990-01-01",
            "reversed_by": None,
        }
    ]
    assert recorddocument.load(content).id == record_id
    with pytest.raises(InvalidRequest, match="another record"):
        recorddocument.load(json.dumps(whole).encode())


@pytest.mark.parametrize("login", ["Ada", "system", "local", "ａda"])
def test_two_people_are_not_told_apart_by_a_letter(house: House, login: str) -> None:
    with pytest.raises((Conflict, InvalidRequest)):
        house.act(
            SYSTEM,
            lambda ctx: (
                accounts.add_account(ctx, login, "approver", "a long one").login
            ),
        )


def test_words_do_not_get_into_the_trail_as_the_kind_of_a_date(house: House) -> None:
    (record_id,) = house.add(WATER)
    said = {"date.John Roe was ill": "2020-01-01"}
    with pytest.raises(InvalidRequest, match="no kind of date"):
        house.act(LIBRARIAN, lambda ctx: description.edit(ctx, record_id, said).id)


def test_a_reader_is_not_told_why_a_paper_was_moved(house: House) -> None:
    (record_id,) = house.add(Paper(text=WATER.text, access="open"))
    reason = "the inquiry about Ms Roe"
    house.act(
        OFFICER,
        lambda ctx: filing.classify(ctx, record_id, "KEPT", reason=reason).id,
    )

    def shown(actor: Actor) -> str:
        def look(ctx: Context) -> str:
            return str(display.record_mapping(ctx, ctx.root.records[record_id]))

        return house.service.view(actor, look)

    assert reason in shown(OFFICER)
    assert reason not in shown(ANONYMOUS)


def test_a_run_is_not_asked_again_by_whoever_may_not_run_it(
    settings_for: Callable[[str], Settings],
) -> None:
    settings = settings_for("memory")

    def park(ctx: Context) -> str:
        job = queueing.enqueue(ctx, DISPOSAL_RUN, actor="olga", on=TODAY.isoformat())
        assert ctx.root.jobs.claim("a worker", ctx.now(), timedelta(hours=1)) is job
        assert ctx.root.jobs.park(job, "a worker", "the disk is full", ctx.now())
        return job.id

    with house_of(settings) as opened:
        job_id = opened.act(OFFICER, park)
    retry = Commands(settings).run("jobs", "retry", job_id, codes=(4,))
    assert "disposal.run" in retry[2]
