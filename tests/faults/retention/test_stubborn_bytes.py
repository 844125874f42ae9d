"""Bytes that do not go, that others have, or that come in while they go."""

import hashlib
import io
import shutil
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from recordsvc.bootstrap import Service
from recordsvc.jobs import removal
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import walk
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.context import Context
from recordsvc.settings import Settings
from recordsvc.storage.ledger import open_ledger
from tests.faults.retention.archives import (
    LIBRARIAN,
    OFFICER,
    House,
    Paper,
    capture_paper,
    house_of,
)

pytestmark = pytest.mark.faults


class Killed(BaseException):
    """The process dies here."""


def _papers(count: int) -> list[Paper]:
    return [
        Paper(text=" ".join(f"zqpaper{n}oddword{w}" for w in range(20)))
        for n in range(count)
    ]


def _digest(house: House, record_id: str) -> str:
    return house.record(record_id, lambda r: r.files[0].sha256)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _item(house: House, list_id: str, record_id: str) -> str:
    return house.view(
        lambda ctx: ctx.root.disposal_lists[list_id].items[record_id].state
    )


def _list_state(house: House, list_id: str) -> str:
    return house.view(lambda ctx: ctx.root.disposal_lists[list_id].state)


def _is_intact(house: House, record_id: str) -> bool:
    def look(ctx: Context) -> bool:
        files = ctx.root.records[record_id].files
        digests = [d for f in files for d in (f.sha256, f.rendition) if d]
        entries = [ctx.root.bitstreams.get(d) for d in digests]
        return bool(digests) and all(
            entry is not None
            and record_id in entry.references
            and ctx.bitstreams.verify(digest)
            for digest, entry in zip(digests, entries, strict=True)
        )

    return house.view(look)


def _results(report) -> dict[str, str]:
    return {i["id"]: i["result"] for f in report.mapping["lists"] for i in f["items"]}


def test_bytes_that_cannot_be_removed_stay_retryable_and_are_certified_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = house.add(*_papers(4))
    house.index()
    list_id = house.approved(ids)
    stubborn = _digest(house, ids[2])
    store = house.service.bitstreams
    remove = store.remove

    def refuse(sha256: str) -> None:
        if sha256 == stubborn:
            raise PermissionError(1, "Operation not permitted", sha256)
        remove(sha256)

    monkeypatch.setattr(store, "remove", refuse)
    report = house.run()
    assert _results(report) == {
        i: "failed_retryable" if i == ids[2] else "destroyed" for i in ids
    }
    assert _item(house, list_id, ids[2]) == ItemState.FAILED_RETRYABLE
    assert _list_state(house, list_id) == ListState.EXECUTING
    assert [sorted(c) for c in house.certified()] == [sorted({*ids} - {ids[2]})]
    assert house.record(ids[2], lambda r: r.tombstone.certificate) is None
    monkeypatch.undo()
    again = house.run()
    assert _results(again)[ids[2]] == "destroyed"
    assert _list_state(house, list_id) == ListState.COMPLETED
    assert house.certified()[1:] == [[ids[2]]]
    assert not store.exists(stubborn)
    ledger = open_ledger(house.service.settings)
    assert sorted(e.record_id for e in ledger.entries()) == sorted(ids)


def test_a_trace_elsewhere_keeps_the_certificate_back_until_it_is_gone(
    house: House,
) -> None:
    ids = house.add(*_papers(3))
    house.index()
    list_id = house.approved(ids)
    notes = house.service.settings.data_dir / "notes.txt"
    notes.write_text(f"copied by hand: {_papers(3)[1].text}\n")
    report = house.run()
    assert _results(report)[ids[1]] == "failed_retryable"
    reasons = {
        i["id"]: i["reason"] for f in report.mapping["lists"] for i in f["items"]
    }
    assert str(notes) in reasons[ids[1]]
    assert [sorted(c) for c in house.certified()] == [sorted([ids[0], ids[2]])]
    # A second look finds the same; nothing is certified by asking again.
    assert _results(house.run())[ids[1]] == "failed_retryable"
    assert len(house.certified()) == 1
    notes.unlink()
    assert _results(house.run())[ids[1]] == "destroyed"
    assert house.certified()[1:] == [[ids[1]]]
    assert _list_state(house, list_id) == ListState.COMPLETED


@pytest.mark.parametrize("moment", ["remove", "discard"])
def test_a_kill_while_bytes_go_is_finished_by_the_next_run(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    ids = house.add(*_papers(2))
    house.index()
    house.approved(ids)
    store = house.service.bitstreams
    act = getattr(store, moment)

    def die(sha256: str) -> None:
        if moment == "remove":
            act(sha256)
        raise Killed

    monkeypatch.setattr(store, moment, die)
    with pytest.raises(Killed):
        house.run()
    monkeypatch.undo()
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert list(store.iterate()) == []
    assert list(store.trash.iterdir()) == []


def test_bytes_that_another_record_has_stay_with_it_until_it_goes_too(
    house: House,
) -> None:
    paper = Paper(text="One text of both about the zqbothoddword. " * 3)
    hidden = Paper(text=paper.text, access="closed")
    (first,) = house.add(hidden)
    # Whoever may not read the first is not told that it is there.
    captured = house.act(LIBRARIAN, lambda ctx: capture_paper(ctx, paper).record.id)
    assert captured != first
    house.index()
    house.approved([first])
    assert _results(house.run()) == {first: "destroyed"}
    assert _is_intact(house, captured)
    assert house.found("zqbothoddword") == [captured]
    house.approved([captured])
    assert _results(house.run())[captured] == "destroyed"
    assert list(house.service.bitstreams.iterate()) == []


@pytest.fixture
def two_houses(settings_for) -> Iterator[tuple[House, House]]:
    settings: Settings = settings_for("whoosh")
    with ExitStack() as stack:
        yield (
            stack.enter_context(house_of(settings)),
            stack.enter_context(house_of(settings)),
        )


@pytest.mark.parametrize("moment", ["before removal", "after removal", "after forget"])
def test_bytes_that_come_in_while_they_go_are_not_lost(
    two_houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    house, other = two_houses
    paper = Paper(text="The same text again about the zqagainoddword. " * 3)
    (first,) = house.add(paper)
    house.index()
    house.approved([first])
    store, arrived = house.service.bitstreams, []

    def arrive() -> None:
        if not arrived:
            arrived.append("")
            arrived[0] = other.act(
                LIBRARIAN, lambda ctx: capture_paper(ctx, paper).record.id
            )

    remove, discard = store.remove, store.discard

    def removing(sha256: str) -> None:
        if moment == "before removal":
            arrive()
        remove(sha256)
        if moment == "after removal":
            arrive()

    def discarding(sha256: str) -> None:
        if moment == "after forget":
            arrive()
        discard(sha256)

    monkeypatch.setattr(store, "remove", removing)
    monkeypatch.setattr(store, "discard", discarding)
    house.run()
    assert arrived
    assert arrived[0] != first
    assert _is_intact(house, arrived[0])


def test_a_capture_that_relies_on_bytes_which_go_meanwhile_is_not_acknowledged(
    two_houses: tuple[House, House], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, other = two_houses
    text = "The same text once more about the zqmoreoddword. " * 3
    (first,) = house.add(Paper(text=text))
    house.index()
    house.approved([first])
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "again.txt").write_text(text)
    removing, may_remove, removed = (threading.Event() for _ in range(3))
    store, theirs = house.service.bitstreams, other.service.bitstreams
    remove, forget, sync = store.remove, removal.remove_bytes, theirs.sync

    def remove_later(sha256: str) -> None:
        removing.set()
        assert may_remove.wait(60)
        remove(sha256)

    def forgotten(service: Service, sha256s: Iterable[str]) -> dict[str, OSError]:
        refused = forget(service, sha256s)
        removed.set()
        return refused

    def synced() -> None:
        """Let the bytes go after they were made durable for a record to come."""
        sync()
        may_remove.set()
        assert removed.wait(60)

    monkeypatch.setattr(store, "remove", remove_later)
    monkeypatch.setattr(removal, "remove_bytes", forgotten)
    monkeypatch.setattr(theirs, "sync", synced)
    run = threading.Thread(target=house.run)
    run.start()
    assert removing.wait(60)
    lines: list[dict] = []
    intake = Intake(other.service, OFFICER, IntakeOptions(), report=lines.append)
    intake.run(walk([str(tmp_path / "papers")], recursive=True))
    run.join(60)
    (line,) = lines
    if line["status"] == "added":
        assert _is_intact(house, line["id"])
    else:
        assert line["status"] == "failed"
        assert "again" in line["error"]
    ids = house.view(lambda ctx: list(ctx.root.records))
    living = [i for i in ids if house.state(i) != "destroyed"]
    assert all(_is_intact(house, i) for i in living)


@pytest.mark.slow
def test_more_traces_than_a_scan_lists_prove_nothing_of_any_record(
    house: House,
) -> None:
    ids = house.add(*_papers(2))
    house.index()
    house.approved(ids)
    folder = house.service.settings.data_dir / "copies"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as copies:
        for number in range(10_001):
            copies.writestr(f"{number}.txt", _papers(2)[0].text)
    (folder / "b.txt").write_text(_papers(2)[1].text)
    assert set(_results(house.run()).values()) == {"failed_retryable"}
    assert house.certified() == []
    shutil.rmtree(folder)
    assert set(_results(house.run()).values()) == {"destroyed"}


def test_bytes_that_lie_among_the_bitstreams_and_are_no_records_are_looked_through(
    house: House,
) -> None:
    ids = house.add(*_papers(2))
    house.index()
    house.approved(ids)
    store = house.service.bitstreams
    # One under a name of a bitstream, one under another beside an honest one.
    orphan = store.put(io.BytesIO(b"a copy: " + _papers(2)[0].text.encode()))
    store.sync()
    beside = store.path(orphan.sha256).with_name("notes.txt")
    beside.write_text(_papers(2)[1].text)
    assert set(_results(house.run()).values()) == {"failed_retryable"}
    store.path(orphan.sha256).unlink()
    beside.unlink()
    assert set(_results(house.run()).values()) == {"destroyed"}


def test_a_text_that_two_papers_have_stays_with_the_one_that_stays(
    house: House,
) -> None:
    text = " ".join(f"zqshared{n}word" for n in range(20))
    doomed, stays = house.add(
        *(Paper(text=text, content=f"{n} {text}".encode()) for n in range(2))
    )
    house.index()
    shared = {house.record(i, lambda r: r.files[0].rendition) for i in (doomed, stays)}
    assert len(shared) == 1
    house.approved([doomed])
    assert _results(house.run()) == {doomed: "destroyed"}
    assert _is_intact(house, stays)


def test_a_sweep_beside_a_run_brings_nothing_back(
    two_houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, other = two_houses
    ids = house.add(*_papers(2))
    house.index()
    house.approved(ids)
    store = house.service.bitstreams
    remove, swept = store.remove, []

    def swept_meanwhile(sha256: str) -> None:
        remove(sha256)
        if sha256 not in swept:
            swept.append(sha256)
            other.service.bitstreams.sweep(lambda _: False, 3600.0)
            assert store.exists(sha256), "the sweep has brought it back"

    monkeypatch.setattr(store, "remove", swept_meanwhile)
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert list(store.iterate()) == []
    assert house.view(lambda ctx: list(ctx.root.bitstreams)) == []
