"""Bytes go in groups: few commits, and each group survives a death at any point."""

import pytest

from recordsvc.jobs import removal
from recordsvc.storage.bitstreams import DirectoryBitstreams
from tests.faults.retention.archives import House, Paper

pytestmark = pytest.mark.faults
COUNT = 7


class Killed(BaseException):
    """The process dies here."""


def _papers() -> list[Paper]:
    return [
        Paper(text=" ".join(f"zqgroup{n}oddword{w}" for w in range(20)))
        for n in range(COUNT)
    ]


@pytest.fixture
def listed(house: House) -> list[str]:
    """Return the ids of an approved list."""
    ids = house.add(*_papers())
    house.index()
    house.approved(ids)
    return ids


def _states(report) -> list[str]:
    return [i["result"] for f in report.mapping["lists"] for i in f["items"]]


def _is_empty(store: DirectoryBitstreams) -> bool:
    return not list(store.iterate()) and not list(store.trash.iterdir())


@pytest.mark.parametrize("group", [1, 3, 100])
def test_a_group_takes_two_commits_however_many_bytes_are_in_it(
    house: House, listed: list[str], monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    monkeypatch.setattr(removal, "GROUP", group)
    commits = []
    run = house.service.run
    works = (removal._Claim, removal._Forget)

    def counting(actor, work):
        commits.append(isinstance(work, works))
        return run(actor, work)

    monkeypatch.setattr(house.service, "run", counting)
    assert _states(house.run()) == ["destroyed"] * COUNT
    # Each record has an original and a text; a group of records has its own digests.
    per_group = [
        len(range(0, 2 * len(range(start, min(start + group, COUNT))), group))
        for start in range(0, COUNT, group)
    ]
    assert sum(commits) == 2 * sum(per_group)
    assert _is_empty(house.service.bitstreams)


@pytest.mark.parametrize("moment", ["claim", "remove", "move", "forget", "discard"])
def test_a_death_in_a_group_is_finished_by_the_next_run(
    house: House, listed: list[str], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(removal, "GROUP", 4)
    store = house.service.bitstreams
    calls = []

    def dying(act):
        def die(*args):
            calls.append(args)
            if len(calls) > 2:
                raise Killed
            return act(*args)

        return die

    if moment in {"remove", "discard"}:
        monkeypatch.setattr(store, moment, dying(getattr(store, moment)))
    elif moment == "move":
        monkeypatch.setattr(removal, "reach", dying(removal.reach))
    else:
        kind = {"claim": removal._Claim, "forget": removal._Forget}[moment]
        monkeypatch.setattr(kind, "__call__", dying(kind.__call__))
    with pytest.raises(Killed):
        house.run()
    monkeypatch.undo()
    assert set(_states(house.run())) == {"destroyed"}
    assert _is_empty(store)
    assert sorted(i for ids in house.certified() for i in ids) == sorted(listed)


def test_one_stubborn_file_of_a_group_fails_its_record_alone(
    house: House, listed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = house.service.bitstreams
    stubborn = house.record(listed[4], lambda r: r.files[0].rendition)
    discard = store.discard

    def refuse(sha256: str) -> None:
        if sha256 == stubborn:
            raise OSError(5, "Input/output error", sha256)
        discard(sha256)

    monkeypatch.setattr(store, "discard", refuse)
    assert _states(house.run()).count("failed_retryable") == 1
    monkeypatch.undo()
    again = _states(house.run())
    assert (again.count("destroyed"), again.count("skipped")) == (1, COUNT - 1)
    assert _is_empty(store)


def test_pages_drawn_of_what_went_go_and_those_of_others_stay(
    house: House, listed: list[str]
) -> None:
    folder = house.service.settings.data_dir / "cache" / "pages"
    folder.mkdir(parents=True)
    mine = house.record(listed[0], lambda r: r.files[0].sha256)
    for sha256 in (mine, "0" * 64):
        (folder / f"{sha256}-1.png").write_bytes(b"page")
    house.run()
    assert [path.name for path in folder.iterdir()] == [f"{'0' * 64}-1.png"]


def test_bytes_that_come_back_each_time_are_no_success(
    house: House, listed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the sweep of another process may bring back what it meets in the trash."""
    store = house.service.bitstreams
    discard = store.discard
    chosen = house.record(listed[2], lambda r: r.files[0].sha256)

    def undone(sha256: str) -> None:
        (store.restore if sha256 == chosen else discard)(sha256)

    monkeypatch.setattr(store, "discard", undone)
    states = _states(house.run())
    assert states.count("failed_retryable") == 1
    assert states.count("destroyed") == COUNT - 1
    monkeypatch.undo()
    again = _states(house.run())
    assert (again.count("destroyed"), again.count("skipped")) == (1, COUNT - 1)
    assert _is_empty(store)
