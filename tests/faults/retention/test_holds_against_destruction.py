"""Holds and destructions that cross: no held record is ever destroyed.

Real connections, each of a database of its own as in separate processes, judge before
any of them commits. The tids of what they have committed say in which order it
counted.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recordsvc.bootstrap import Service
from recordsvc.model import Hold
from recordsvc.model.root import ROOT_KEY
from recordsvc.services.classification.aggregating import open_aggregation
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.disposal import executing, gate, holding
from recordsvc.services.errors import Conflict, NothingToDo
from recordsvc.storage.transactions import RETRYABLE, TRIES, pause_s, session
from tests.faults.retention.archives import (
    FIRST,
    OFFICER,
    RUN_DAY,
    House,
    Paper,
    approve_list,
    capture_paper,
    house_of,
    make_store,
    order,
    settings_of,
)

pytestmark = pytest.mark.faults
INTERLEAVINGS = int(os.environ.get("RECORDSVC_INTERLEAVINGS", "100"))
# A store grows slower with its lists and holds; a fresh one costs a third of a second.
ROUNDS_A_STORE = 50
SCOPES = ("list", "class", "aggregation", "query")


@dataclass(slots=True)
class Act:
    """What one connection has come to.

    ``tid`` is that of its commit, None when it did not commit.
    """

    tid: bytes | None = None
    tries: int = 0
    error: Exception | None = None
    result: Any = None


@dataclass(slots=True)
class Tally:
    """What the rounds have come to."""

    rounds: int = 0
    conflicts: int = 0
    destroyed: int = 0
    saved: int = 0
    too_late: int = 0
    violations: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.conflicts} conflicts, {self.saved} records "
            f"saved, {self.destroyed} destroyed, {self.too_late} holds too late, "
            f"{len(self.violations)} held records destroyed; {dict(self.kinds)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A hold, and the records that it says it lies on."""

    hold: Hold
    counted: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What crosses in one round."""

    scope: str
    target: str
    ids: tuple[str, ...]
    run: str
    earlier: str | None


def _commit_together(
    service: Service,
    who: Any,
    work: Callable[[Context], Any],
    meet: threading.Barrier,
    act: Act,
) -> None:
    """Do work in a transaction that commits only when the others have judged too."""
    with session(service.database) as opened:
        for attempt in range(TRIES):
            act.tries = attempt + 1
            if attempt:
                opened.begin()
            try:
                act.result = work(service.context(opened.root[ROOT_KEY], who))
            except (Conflict, NothingToDo) as error:
                act.error = error
            if attempt == 0:
                meet.wait()
                time.sleep(random.choice((0, 0, random.uniform(0, 0.01))))
            if act.error is not None:
                return
            try:
                opened.commit()
            except RETRYABLE:
                time.sleep(pause_s(attempt))
                continue
            act.tid = getattr(act.result, "hold", act.result)._p_serial
            return
    raise AssertionError(f"{who} met a conflict {TRIES} times")


class Table:
    """Four connections to one store, each of a database of its own."""

    def __init__(self, houses: list[House]) -> None:
        self.keeper, *others = houses
        self.destroyer, self.holder, self.lifter = (h.service for h in others)
        self.number = 0
        self.aggregation = ""
        self.open_holds: list[str] = []
        self.run: str | None = None

    def prepare(self, kind: str) -> Round:
        """Put two records on an approved list that is being carried out."""
        self.number += 1
        word = f"w{self.number}x"
        papers = [Paper(text=f"the {word} of {n}", code="X.1") for n in range(2)]
        ids = self.keeper.together(lambda as_: self._capture(as_, papers))
        list_id = self.keeper.together(lambda as_: approve_list(as_, ids))
        earlier = None
        if kind != "place":
            # All its links wait, so that it has not ejected anything.
            asked = order("class", "X")
            placed = self.keeper.act(OFFICER, lambda ctx: holding.place(ctx, asked))
            earlier = placed.hold.id
        self.open_holds = [earlier] if earlier else []
        self.run = self.keeper.act(OFFICER, lambda ctx: executing.begin(ctx, RUN_DAY))
        run = self.keeper.view(lambda ctx: ctx.root.disposal_runs[self.run].lists)
        assert run == (list_id,)
        scope = random.choice(SCOPES)
        target = {"class": "X", "aggregation": self.aggregation}.get(scope, "")
        return Round(
            scope=scope,
            target=f"text:{word}" if scope == "query" else target,
            ids=ids,
            run=self.run,
            earlier=earlier,
        )

    def _capture(
        self, as_: Callable[..., Context], papers: list[Paper]
    ) -> tuple[str, ...]:
        if self.run is not None:
            executing.close(as_(SYSTEM), self.run)
        for hold_id in self.open_holds:
            holding.lift_hold(as_(FIRST), hold_id, "over")
        officer = as_(OFFICER)
        if not officer.root.aggregations:
            self.aggregation = open_aggregation(officer, "Dossier", "X").id
        records = [capture_paper(officer, paper).record for paper in papers]
        for record in records:
            record.aggregation = self.aggregation
            officer.root.by_aggregation.add((self.aggregation, record.id))
        return tuple(record.id for record in records)

    def play(self, tally: Tally, kind: str) -> None:
        """Let one round of holds and destruction cross, and judge it."""
        made = self.prepare(kind)
        destroy, place, lift = Act(), Act(), Act()
        works: list[tuple[Any, ...]] = [
            (self.destroyer, SYSTEM, lambda ctx: _entomb(ctx, made), destroy)
        ]
        if kind != "lift":
            works.append((self.holder, OFFICER, lambda ctx: _place(ctx, made), place))
        if kind != "place":
            works.append((self.lifter, FIRST, lambda ctx: _lift(ctx, made), lift))
        meet = threading.Barrier(len(works))
        threads = [
            threading.Thread(
                target=_commit_together, args=(service, who, work, meet, act)
            )
            for service, who, work, act in works
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        if place.result is not None and place.tid is not None:
            self.open_holds.append(place.result.hold.id)
        if lift.tid is not None:
            self.open_holds.remove(made.earlier or "")
        self.judge(tally, kind, made, place, lift)
        tally.conflicts += sum(a.tries - 1 for a in (destroy, place, lift) if a.tries)

    def judge(
        self, tally: Tally, kind: str, made: Round, place: Act, lift: Act
    ) -> None:
        tally.rounds += 1
        tally.kinds[f"{kind} {made.scope}"] += 1

        def look(ctx: Context) -> list[tuple[str, bytes | None]]:
            found = []
            for record_id in made.ids:
                record = ctx.root.records[record_id]
                record._p_activate()
                tid = record._p_serial if record.is_destroyed else None
                found.append((record_id, tid))
            return found

        for record_id, gone in self.keeper.view(look):
            if gone is None:
                tally.saved += 1
                continue
            tally.destroyed += 1
            where = f"round {tally.rounds} ({kind}, {made.scope}), record {record_id}"
            if made.earlier and not (lift.tid is not None and lift.tid < gone):
                tally.violations.append(f"{where}: under the hold of before")
            if place.tid is None:
                continue
            if place.tid < gone:
                tally.violations.append(f"{where}: under the hold that was placed")
            elif record_id in place.result.counted:
                tally.violations.append(f"{where}: the hold counts it, and it is gone")
            else:
                tally.too_late += 1


def _entomb(ctx: Context, made: Round) -> Any:
    executing.entomb_next(ctx, made.run)
    # Written by every batch, so that its serial is the commit's.
    ctx.root.disposal_runs[made.run].report = (("round", "settled", ""),)
    return ctx.root.disposal_runs[made.run]


def _lift(ctx: Context, made: Round) -> Any:
    holding.lift_hold(ctx, made.earlier or "", "the matter is over")
    return ctx.root.holds[made.earlier]


def _place(ctx: Context, made: Round) -> Placement:
    ids = made.ids if made.scope == "list" else ()
    placed = holding.place(ctx, order(made.scope, made.target, ids))
    hold = placed.hold
    linked = holding.records_held(ctx, hold.id)
    return Placement(hold=hold, counted=frozenset((*linked, *(hold.pending or ()))))


@pytest.fixture
def tables(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[int], Iterator[Table]]:
    """Return a function that yields tables of fresh stores for so many rounds."""

    def make(rounds: int, store: str = "") -> Iterator[Table]:
        for number, begun in enumerate(range(0, rounds, ROUNDS_A_STORE)):
            settings = settings_of(tmp_path / f"var{number}", store=store)
            make_store(settings)
            with ExitStack() as stack:
                houses = [stack.enter_context(house_of(settings)) for _ in range(4)]
                table = Table(houses)
                for _ in range(begun, min(rounds, begun + ROUNDS_A_STORE)):
                    yield table

    return make


def _played(tables: Iterator[Table], kinds: tuple[str, ...]) -> Tally:
    tally = Tally()
    started = time.monotonic()
    for table in tables:
        table.play(tally, random.choice(kinds))
    print(f"\n{tally} in {time.monotonic() - started:.0f} s")
    return tally


ALL_KINDS = ("place", "place", "lift", "both")


def _check(tally: Tally, rounds: int) -> None:
    assert tally.violations == []
    assert tally.rounds == rounds
    assert tally.destroyed > 0
    assert tally.saved > 0
    assert tally.conflicts > 0


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_no_held_record_is_destroyed_however_hold_and_destruction_cross(
    tables: Callable[..., Iterator[Table]],
) -> None:
    tally = _played(tables(INTERLEAVINGS), ("place",))
    _check(tally, INTERLEAVINGS)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_hold_counts_before_its_links_are_made_and_until_it_is_lifted(
    tables: Callable[..., Iterator[Table]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 0)
    tally = _played(tables(INTERLEAVINGS), ALL_KINDS)
    _check(tally, INTERLEAVINGS)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_no_held_record_is_destroyed_on_postgresql(
    tables: Callable[..., Iterator[Table]],
    monkeypatch: pytest.MonkeyPatch,
    postgres_uri: str,
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 0)
    # One database holds one store.
    rounds = max(15, min(ROUNDS_A_STORE, INTERLEAVINGS // 10))
    tally = _played(tables(rounds, postgres_uri), ALL_KINDS)
    _check(tally, rounds)


@pytest.mark.slow
def test_without_read_current_a_held_record_is_destroyed(
    tables: Callable[..., Iterator[Table]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "AT_ONCE", 0)
    monkeypatch.setattr(gate, "read_current", lambda *_objects: None)
    tally = _played(tables(40), ("place",))
    held = [v for v in tally.violations if "under the hold" in v]
    assert held, "the test sees what readCurrent is for"
