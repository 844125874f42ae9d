import os

import pytest

from recordsvc.storage.progress import ProgressBoard


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(tmp_path, clock):
    return ProgressBoard(tmp_path / "progress", clock)


def test_what_is_counted_is_read_by_another_process(board, clock, tmp_path):
    with board.begin("job1", "intake", files_total=10, bytes_total=1_000) as meter:
        clock.now += 10
        meter.advance(files=2, bytes_=250)
        seen = ProgressBoard(tmp_path / "progress").read("job1")
    assert (seen.kind, seen.files, seen.files_total) == ("intake", 2, 10)
    assert (seen.bytes, seen.bytes_total) == (250, 1_000)
    assert seen.files_per_s == pytest.approx(0.2)
    assert seen.bytes_per_s == pytest.approx(25)
    assert seen.fraction == pytest.approx(0.25)
    assert seen.eta_s == pytest.approx(30)


def test_nothing_is_promised_while_nothing_is_known(board):
    with board.begin("job1", "intake") as meter:
        assert meter.standing.fraction is None
        assert meter.standing.eta_s is None
    with board.begin("job2", "intake", files_total=4) as meter:
        assert meter.standing.fraction == 0
        assert meter.standing.eta_s is None


def test_the_file_is_written_now_and_then_and_not_at_every_step(board, clock):
    with board.begin("job1", "intake") as meter:
        for _ in range(5):
            clock.now += 0.125
            meter.advance(files=1)
        assert board.read("job1").files == 4
        assert meter.standing.files == 5


def test_the_standing_goes_when_the_work_ends_however_it_ends(board):
    with pytest.raises(ValueError), board.begin("job1", "intake"):
        raise ValueError
    assert board.read("job1") is None
    assert board.every() == ()
    assert list(board.folder.iterdir()) == []


def test_standings_are_listed_from_the_oldest(board, clock):
    board.begin("zebra", "intake")
    clock.now += 1
    board.begin("ant", "intake")
    assert [s.key for s in board.every()] == ["zebra", "ant"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"key": "job1"}', b"\xff"])
def test_a_damaged_file_is_no_standing(board, content):
    (board.folder / "job1.json").write_bytes(content)
    assert board.read("job1") is None
    assert board.every() == ()


@pytest.mark.parametrize("key", ["", "../x", "a/b", ".hidden", "a" * 65])
def test_only_a_plain_key_becomes_a_file(board, key):
    with pytest.raises(ValueError, match="no key"):
        board.read(key)


def test_what_a_dead_process_left_is_swept(board, clock):
    board.begin("dead", "intake")
    board.begin("alive", "intake")
    for name, age in (("dead", 7200), ("alive", 0)):
        os.utime(board.folder / f"{name}.json", (clock.now - age,) * 2)
    assert board.sweep(3600) == 1
    assert [s.key for s in board.every()] == ["alive"]
