"""Mixes of all that people do in disposal, beside a model of it in memory."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from recordsvc.model import Record
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.classification import filing
from recordsvc.services.context import Actor, Context
from recordsvc.services.disposal import approving, disposing, holding, verdicts
from recordsvc.services.disposal.residue import stays
from recordsvc.services.errors import Conflict, NotAllowed, NothingToDo
from recordsvc.services.retention.standing import due_key, exception_of
from tests.faults.retention.archives import (
    FIRST,
    OFFICER,
    REVIEWER,
    RUN_DAY,
    SECOND,
    TODAY,
    House,
    Paper,
    capture_paper,
    house_of,
    make_store,
    order,
    settings_of,
)

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MIXES = int(os.environ.get("RECORDSVC_MIXES", "5"))
STEPS, ACTS_A_STEP, MAX_HOLDS = 6, 6, 3
ACTS = (
    *("capture", "classify", "hold", "lift", "lift", "propose", "propose", "judge"),
    *("judge", "approve", "approve", "abort", "run", "run"),
)
Draw = Callable[[st.SearchStrategy[Any]], Any]
THIRD = Actor(login="cleo", role="approver", self_made=True)
DESTROYABLE = {"X", "X.1"}
CODES = ("X", "X.1", "KEPT")
WORDS = ("river", "bridge", "harbour")


@dataclass(slots=True)
class Item:
    state: str = "listed"
    verdict: str | None = None
    judge: str = ""


@dataclass(slots=True)
class List:
    proposer: str
    items: dict[str, Item]
    state: str = "new"
    judges: set[str] = field(default_factory=set)
    approvals: set[str] = field(default_factory=set)

    def listed(self) -> list[str]:
        return [i for i, item in self.items.items() if item.state == "listed"]

    def settle(self) -> None:
        if self.state == "approved" and not self.listed():
            self.state = "completed"


@dataclass(slots=True)
class Entry:
    code: str
    word: str
    is_kept: bool = False
    is_destroyed: bool = False


@dataclass(slots=True)
class Hold:
    scope: str
    target: str
    ids: tuple[str, ...] = ()
    # What has come under it stays under it: nobody can move it away.
    caught: set[str] = field(default_factory=set)

    def covers(self, record_id: str, entry: Entry) -> bool:
        if record_id in self.caught or record_id in self.ids:
            return True
        if self.scope == "class":
            return entry.code == self.target or entry.code.startswith(f"{self.target}.")
        return self.scope == "query" and entry.word == self.target


class Life(RuleBasedStateMachine):
    """Every act is done in the store and in the model."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="recordsvc-life-"))
        self.stack.callback(shutil.rmtree, folder)
        configured = settings_of(folder / "var")
        make_store(configured)
        self.house: House = self.stack.enter_context(house_of(configured))
        self.entries: dict[str, Entry] = {}
        self.holds: dict[str, Hold] = {}
        self.lists: dict[str, List] = {}

    def teardown(self) -> None:
        gone = sum(entry.is_destroyed for entry in self.entries.values())
        states = sorted(found.state for found in self.lists.values())
        print(f"{len(self.entries)} records, {gone} destroyed; lists {states}")
        self.stack.close()

    def living(self) -> list[str]:
        return [i for i, entry in self.entries.items() if not entry.is_destroyed]

    def holds_on(self, record_id: str) -> list[str]:
        entry = self.entries[record_id]
        return [h for h, hold in self.holds.items() if hold.covers(record_id, entry)]

    def open_list_of(self, record_id: str) -> str | None:
        for list_id, found in self.lists.items():
            item = found.items.get(record_id)
            if item is not None and item.state == "listed":
                return list_id
        return None

    def eject(self, record_id: str) -> None:
        list_id = self.open_list_of(record_id)
        if list_id is not None:
            self.lists[list_id].items[record_id].state = "ejected"
            self.lists[list_id].settle()

    @initialize()
    def begin(self) -> None:
        for code in (*CODES, "X", "X.1"):
            self.add(code, WORDS[0])

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """Do a few things; left to itself the machine would mostly do one kind."""
        for _ in range(ACTS_A_STEP):
            chosen = data.draw(st.sampled_from(ACTS))
            getattr(self, chosen)(data.draw)
            self.house.view(self._compare)

    def capture(self, draw: Draw) -> None:
        self.add(draw(st.sampled_from(CODES)), draw(st.sampled_from(WORDS)))

    def add(self, code: str, word: str) -> None:
        number = len(self.entries)
        text = f"the {word} of paper w{number}x in its own words"
        paper = Paper(text=text, title=f"Paper {number}", code=code)
        record = self.house.act(
            OFFICER, lambda ctx: capture_paper(ctx, paper).record.id
        )
        self.entries[record] = Entry(code=code, word=word)
        self._catch(record)

    def _catch(self, record_id: str) -> None:
        for hold_id in self.holds_on(record_id):
            self.holds[hold_id].caught.add(record_id)

    def classify(self, draw: Draw) -> None:
        code = draw(st.sampled_from(CODES))
        record_id = draw(st.sampled_from(self.living()))

        def work(ctx: Context) -> None:
            filing.classify(ctx, record_id, code, reason="it belongs there")

        if self.holds_on(record_id):
            with pytest.raises(Conflict, match="on hold"):
                self.house.act(OFFICER, work)
        elif self.entries[record_id].code == code:
            with pytest.raises(NothingToDo):
                self.house.act(OFFICER, work)
        else:
            self.house.act(OFFICER, work)
            self.entries[record_id].code = code
            self.eject(record_id)
            self._catch(record_id)

    def hold(self, draw: Draw) -> None:
        if len(self.holds) == MAX_HOLDS:
            return
        scope = draw(st.sampled_from(("list", "class", "query")))
        ids: tuple[str, ...] = ()
        target = ""
        if scope == "list":
            chosen = st.lists(
                st.sampled_from(self.living()), min_size=1, max_size=2, unique=True
            )
            ids = tuple(draw(chosen))
        else:
            target = draw(st.sampled_from(CODES if scope == "class" else WORDS))
        query = f"text:{target}" if scope == "query" else target
        asked = order(scope, query, ids)
        made = Hold(scope=scope, target=target, ids=ids)
        under = [i for i in self.living() if made.covers(i, self.entries[i])]
        placed = self.house.act(OFFICER, lambda ctx: holding.place(ctx, asked))
        assert placed.records == len(under)
        made.caught.update(under)
        self.holds[self.house.view(self._newest_hold)] = made
        for record_id in under:
            self.eject(record_id)

    def _newest_hold(self, ctx: Context) -> str:
        (new,) = set(ctx.root.active_holds) - set(self.holds)
        return new

    def lift(self, draw: Draw) -> None:
        if not self.holds:
            return
        hold_id = draw(st.sampled_from(list(self.holds)))
        self.house.act(FIRST, lambda ctx: holding.lift_hold(ctx, hold_id, "over"))
        del self.holds[hold_id]

    def propose(self, draw: Draw) -> None:
        who = draw(st.sampled_from((OFFICER, REVIEWER)))
        wanted = {
            i
            for i in self.living()
            if self.entries[i].code in DESTROYABLE
            and not self.entries[i].is_kept
            and not self.holds_on(i)
            and self.open_list_of(i) is None
        }
        if not wanted:
            with pytest.raises(NothingToDo):
                self.house.act(who, disposing.propose)
            return
        made = self.house.act(who, lambda ctx: disposing.propose(ctx).list.id)
        found = self.house.view(lambda ctx: set(ctx.root.disposal_lists[made].items))
        assert found == wanted
        self.lists[made] = List(
            proposer=who.login, items={i: Item() for i in self.entries if i in wanted}
        )
        if draw(st.booleans()):
            self.pass_through(made)

    def _new_lists(self) -> list[str]:
        return [i for i, f in self.lists.items() if f.state == "new" and f.listed()]

    def judge(self, draw: Draw) -> None:
        if not self._new_lists():
            return
        who = draw(st.sampled_from((OFFICER, REVIEWER, FIRST)))
        verdict = draw(st.sampled_from(("destroy", "destroy", "keep")))
        list_id = draw(st.sampled_from(self._new_lists()))
        found = self.lists[list_id]
        ids = found.listed()
        if verdict == "keep":
            ids = [draw(st.sampled_from(ids))]
        ruling = verdicts.Ruling(
            verdict=verdict,
            until="2031-01-01" if verdict == "keep" else "",
            reason="wanted" if verdict == "keep" else "",
        )

        def work(ctx: Context) -> None:
            verdicts.rule(ctx, list_id, ruling, ids=ids)

        if who.login in {found.proposer, *found.approvals}:
            with pytest.raises(NotAllowed):
                self.house.act(who, work)
            return
        self.house.act(who, work)
        found.judges.add(who.login)
        for record_id in ids:
            item = found.items[record_id]
            item.verdict, item.judge = verdict, who.login
            if verdict == "keep":
                item.state = "kept"
                self.entries[record_id].is_kept = True

    def approve(self, draw: Draw) -> None:
        if not self._new_lists():
            return
        who = draw(st.sampled_from((FIRST, SECOND, THIRD)))
        list_id = draw(st.sampled_from(self._new_lists()))
        found = self.lists[list_id]

        def work(ctx: Context) -> None:
            approving.approve(ctx, list_id)

        if who.login in found.approvals:
            with pytest.raises(NothingToDo):
                self.house.act(who, work)
        elif who.login in {item.judge for item in found.items.values()}:
            with pytest.raises(NotAllowed):
                self.house.act(who, work)
        elif any(found.items[i].verdict is None for i in found.listed()):
            with pytest.raises(Conflict, match="no verdict yet"):
                self.house.act(who, work)
        else:
            self.house.act(who, work)
            found.approvals.add(who.login)
            if len(found.approvals) == 2:
                found.state = "approved"

    def pass_through(self, list_id: str) -> None:
        """Judge and approve a list as it should be, which chance seldom does."""
        found = self.lists[list_id]
        judge = REVIEWER if found.proposer == OFFICER.login else OFFICER
        ruling = verdicts.Ruling(verdict="destroy")
        self.house.act(judge, lambda ctx: verdicts.rule(ctx, list_id, ruling))
        for record_id in found.listed():
            item = found.items[record_id]
            item.verdict, item.judge = "destroy", judge.login
        judges = {item.judge for item in found.items.values()}
        for who in (FIRST, SECOND, THIRD):
            if found.state == "new" and who.login not in judges | found.approvals:
                self.house.act(who, lambda ctx: approving.approve(ctx, list_id))
                found.approvals.add(who.login)
                found.state = "approved" if len(found.approvals) == 2 else "new"

    def abort(self, draw: Draw) -> None:
        if not self._may_abort() or draw(st.booleans()):
            return
        list_id = draw(st.sampled_from(self._may_abort()))
        found = self.lists[list_id]
        self.house.act(FIRST, lambda ctx: approving.abort(ctx, list_id, "wait"))
        found.approvals = set()
        if found.state == "approved":
            found.state = "new"
            return
        found.state = "aborted"
        for record_id in found.listed():
            found.items[record_id].state = "ejected"

    def _may_abort(self) -> list[str]:
        return [i for i, f in self.lists.items() if f.state in {"new", "approved"}]

    def run(self, draw: Draw) -> None:
        day = draw(st.sampled_from((RUN_DAY, RUN_DAY, TODAY)))
        approved = [f for f in self.lists.values() if f.state == "approved"]
        ripe = [f for f in approved if day == RUN_DAY]
        if not ripe:
            with pytest.raises(NothingToDo):
                self.house.run(day)
            return
        doomed = {i for f in ripe for i in f.listed()}
        report = self.house.run(day)
        gone = {
            i["id"]
            for f in report.mapping["lists"]
            for i in f["items"]
            if i["result"] == "destroyed"
        }
        assert gone == doomed
        for found in ripe:
            for record_id in found.listed():
                assert not self.holds_on(record_id), "never under a hold"
                item = found.items[record_id]
                assert item.verdict == "destroy"
                assert len(found.approvals - {found.proposer, item.judge}) >= 2
                item.state = "destroyed"
                self.entries[record_id].is_destroyed = True
            found.settle()

    def _compare(self, ctx: Context) -> None:
        root = ctx.root
        assert set(root.records) == set(self.entries)
        for record_id, record in root.records.items():
            entry = self.entries[record_id]
            assert record.is_destroyed == entry.is_destroyed
            if entry.is_destroyed:
                _check_tombstone(ctx, record)
            else:
                _check_whole(ctx, record)
                assert set(record.holds) == set(self.holds_on(record_id))
                assert record.class_code == entry.code
        assert set(root.active_holds) == set(self.holds)
        living = [r for r in root.records.values() if not r.is_destroyed]
        for tree, key in ((root.by_due, due_key), (root.by_exception, exception_of)):
            keys = {(key(r.standing), r.id) for r in living if key(r.standing)}
            assert set(tree) == keys
        assert set(root.by_class) == {(r.class_code, r.id) for r in living}
        assert set(root.held) == {(h, r.id) for r in living for h in r.holds}
        self._compare_lists(ctx)

    def _compare_lists(self, ctx: Context) -> None:
        assert set(ctx.root.disposal_lists) == set(self.lists)
        listed = {}
        for list_id, found in ctx.root.disposal_lists.items():
            model = self.lists[list_id]
            assert found.state == model.state, list_id
            assert found.state != ListState.EXECUTING
            for record_id, item in found.items.items():
                assert item.state == model.items[record_id].state
                if item.state == ItemState.LISTED:
                    listed[record_id] = list_id
        assert dict(ctx.root.listed) == listed


def _check_tombstone(ctx: Context, record: Record) -> None:
    set_anew = {"titles", "language", "modified_at"}
    assert all(stays(n, bare=False) or n in set_anew for n in vars(record))
    stone = record.tombstone
    assert stone.verification == "no trace found"
    assert stone.certificate in ctx.root.certificates
    kinds = [kind for kind, *_ in stone.decisions]
    assert {"propose", "judge", "approve"} <= set(kinds)
    people = {kind: login for kind, login, *_ in stone.decisions}
    assert len({people["propose"], people["judge"], people["approve"]}) == 3
    for sha256, _size in stone.components:
        assert sha256 not in ctx.root.bitstreams
        assert not ctx.bitstreams.exists(sha256)


def _check_whole(ctx: Context, record: Record) -> None:
    assert record.tombstone is None
    assert record.files
    for file in record.files:
        for sha256 in (file.sha256, file.rendition):
            assert record.id in ctx.root.bitstreams[sha256].references
            assert ctx.bitstreams.exists(sha256)


@pytest.mark.timeout(1800)
def test_destroyed_means_never_held_and_approved_by_two_others() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=MIXES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # Each step writes to a disk: what fails is told as it was found.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
