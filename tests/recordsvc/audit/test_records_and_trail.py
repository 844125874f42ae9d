"""What records tell of their life is what the trail tells, and nothing else."""

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from recordsvc.bootstrap import Service
from recordsvc.jobs import audit_check
from recordsvc.jobs.sealer import Sealer
from recordsvc.model import Record
from recordsvc.model.audit import AuditTrail
from recordsvc.services import changes
from recordsvc.services.audit import recordcheck
from recordsvc.services.audit.recordcheck import TRAIL_ALONE
from recordsvc.services.context import SYSTEM, Context
from tests.recordsvc.audit.conftest import event

SERVICES = Path(changes.__file__).parent
IDS = [f"{number:032x}" for number in range(7)]


@pytest.fixture
def records(service: Service) -> list[str]:
    """Return the ids of records that were changed three times each, and sealed."""

    def work(ctx: Context) -> None:
        for record_id in IDS:
            record = Record(record_id)
            ctx.root.add(record)
            for kind in ("capture", "classify", "edit"):
                changes.touch(ctx, record, kind)
            ctx.log(record_id, "export")
            ctx.log("somewhere else", "edit")

    service.run(SYSTEM, work)
    seal(service)
    return IDS


def seal(service: Service) -> None:
    with Sealer(service) as sealer:
        sealer.catch_up()


@pytest.fixture
def alter(service: Service) -> Callable[[str, Callable], None]:
    """Return a function that changes the events of a record past the program."""

    def change(record_id: str, how: Callable) -> None:
        def work(ctx: Context) -> None:
            record = ctx.root.records[record_id]
            record.events = tuple(how(record.events))

        service.run(SYSTEM, work)

    return change


@pytest.mark.parametrize("step", [1, 3, 7, 500])
def test_records_and_trail_that_agree_are_counted(
    records, verdict, monkeypatch, step
) -> None:
    monkeypatch.setattr(audit_check, "RECORDS", step)
    monkeypatch.setattr(audit_check, "CHUNK", 2 * step)
    found = verdict()
    assert found.valid, found
    assert (found.records, found.record_events) == (7, 21)
    assert found.differences == ()


def test_an_event_that_waits_to_be_sealed_is_in_the_trail(
    service, records, verdict, monkeypatch
) -> None:
    monkeypatch.setattr(Sealer, "catch_up", lambda _self: None)
    service.run(
        SYSTEM, lambda ctx: changes.touch(ctx, ctx.root.records[records[0]], "edit").id
    )
    found = verdict()
    assert (found.valid, found.record_events) == (True, 22)


def test_an_event_that_a_record_alone_tells_is_reported(
    records, alter, verdict
) -> None:
    forged = event(1, "officer")
    alter(records[2], lambda events: (*events, forged))
    found = verdict()
    assert (found.valid, found.first_bad) == (False, None)
    assert found.reason == "1 events differ between records and the trail"
    (told,) = found.differences
    assert told == (
        f"record {records[2]}: event {forged.id} ({forged.type}) is not in the audit "
        "trail"
    )


def test_an_event_that_the_trail_alone_tells_is_reported(
    service, records, alter, verdict
) -> None:
    gone = service.view(SYSTEM, lambda ctx: ctx.root.records[records[3]].events[1])
    seq = service.view(SYSTEM, lambda ctx: ctx.root.audit.positions[gone.id])
    alter(records[3], lambda events: (events[0], events[2]))
    found = verdict()
    assert (found.valid, found.first_bad) == (False, seq)
    (told,) = found.differences
    assert told.startswith(f"record {records[3]}: event {gone.id} (classify)")
    assert told.endswith("of the audit trail is missing")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "hold"},
        {"agent": "somebody"},
        {"outcome": "failure"},
        {"facts": (("hold", "x"),)},
    ],
)
def test_an_event_that_was_altered_in_a_record_is_reported(
    records, alter, verdict, change
) -> None:
    alter(records[1], lambda e: (replace(e[0], **change), *e[1:]))
    found = verdict()
    assert not found.valid
    assert "is another one in the audit trail" in found.differences[0]


def test_the_hour_of_an_event_and_whose_it_is_are_compared(
    records, alter, verdict, service
) -> None:
    alter(
        records[1], lambda e: (replace(e[0], at=e[0].at + timedelta(hours=1)), *e[1:])
    )
    other = service.view(SYSTEM, lambda ctx: ctx.root.records[records[4]].events[0])
    alter(records[5], lambda e: (*e, other))
    alter(records[6], lambda e: (*e, e[0]))
    told = "\n".join(verdict().differences)
    assert told.count("is another one in the audit trail") == 2
    assert told.count("stands in it twice") == 1


def test_a_name_that_was_erased_from_the_trail_is_no_difference(
    service, records, verdict
) -> None:
    assert service.run(SYSTEM, lambda ctx: ctx.root.audit.erase_login("system")) > 0
    assert verdict().valid


def test_many_differences_are_counted_and_the_first_named(
    records, alter, verdict
) -> None:
    for record_id in records:
        alter(record_id, lambda e: (*e, *(event(n, "x") for n in range(5))))
    found = verdict()
    assert found.reason == "35 events differ between records and the trail"
    assert len(found.differences) == recordcheck.NAMED


def test_a_record_that_came_back_from_its_own_package_tells_its_life_as_claimed(
    service, records, alter, verdict
) -> None:
    def claim(ctx: Context) -> None:
        record = ctx.root.records[records[0]]
        record.claimed_events, record.events = record.events, ()

    service.run(SYSTEM, claim)
    assert verdict().valid

    def foreign(ctx: Context) -> None:
        record = ctx.root.records[records[0]]
        record.claimed_events = (*record.claimed_events, event(1, "abroad"))

    service.run(SYSTEM, foreign)
    assert verdict().valid


def test_a_trail_that_is_bad_itself_is_said_first(records, change, verdict) -> None:
    def cut(trail: AuditTrail) -> None:
        trail.sealed[3] = replace(trail.sealed[3], subject=IDS[6])

    change(cut)
    found = verdict()
    assert (found.valid, found.first_bad, found.records) == (False, 3, 0)


def _acts_of_the_trail_alone() -> set[str]:
    """Return the kinds of every `ctx.log` on a record that no record keeps."""
    found = set()
    for path in SERVICES.rglob("*.py"):
        for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(statement, ast.Expr):
                continue
            call = statement.value
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "log"
                and ast.unparse(call.args[0])
                in {"record_id", "record.id", "item.record_id"}
            ):
                assert isinstance(call.args[1], ast.Constant), ast.unparse(call)
                found.add(call.args[1].value)
    return found


def test_every_act_that_a_record_does_not_tell_is_known_to_the_comparison() -> None:
    assert _acts_of_the_trail_alone() <= TRAIL_ALONE
