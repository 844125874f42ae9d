"""`recordsvc watch` as a process beside people who drop files into a folder."""

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from .conftest import Archive

FAST = ("--rest", "0.4", "--every", "0.1")


class Watch:
    """A running watch, with the outcomes it has printed."""

    def __init__(self, archive: Archive, *words: str) -> None:
        self.process = archive.start("watch", *words, *FAST, "--jsonl")
        self.lines: list[dict] = []
        self.said: list[str] = []
        for stream, keep in (
            (self.process.stdout, self._outcome),
            (self.process.stderr, self.said.append),
        ):
            threading.Thread(
                target=self._read, args=(stream, keep), daemon=True
            ).start()
        self.wait_for(lambda: any("watching" in line for line in self.said))

    def _outcome(self, line: str) -> None:
        if line.endswith("\n"):
            self.lines.append(json.loads(line))

    @staticmethod
    def _read(stream, keep) -> None:
        for line in stream:
            keep(line)

    def wait_for(self, is_so, patience_s: float = 30.0) -> None:
        deadline = time.monotonic() + patience_s
        while not is_so():
            assert time.monotonic() < deadline, (self.lines, self.said)
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def wait_for_lines(self, count: int) -> list[dict]:
        self.wait_for(lambda: len(self.lines) >= count)
        return self.lines

    def end(self, number: int = signal.SIGTERM) -> float:
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        return time.monotonic() - began


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "scans"
    made.mkdir()
    return made


@pytest.fixture
def own(tmp_path) -> Archive:
    return Archive(tmp_path)


@pytest.fixture
def watching(own):
    running: list[Watch] = []

    def start(*words) -> Watch:
        running.append(Watch(own, *map(str, words)))
        return running[-1]

    yield start
    for watch in running:
        watch.process.kill()
        watch.process.wait(10)


def test_what_appears_is_taken_when_it_rests_and_moved(own, folder, watching):
    watch = watching(folder, "--after", "move", "--collection", "Scans")
    (folder / "2024").mkdir()
    (folder / "2024" / "bridge.txt").write_text("A letter about the north bridge.")
    for name in (".hidden", "half.pdf.part", "x.crdownload", "y.tmp", "z.txt~", "~$a"):
        (folder / name).write_text("not finished")
    (folder / "link.txt").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    with (folder / "slow.txt").open("w") as slow:
        for number in range(8):
            slow.write(f"Line {number} of a paper about slow carts.\n")
            slow.flush()
            time.sleep(0.2)
    lines = watch.wait_for_lines(2)
    assert {line["status"] for line in lines} == {"added"}
    assert (folder / "done" / "2024" / "bridge.txt").is_file()
    watch.wait_for((folder / "done" / "slow.txt").is_file)
    assert not (folder / "slow.txt").exists()
    assert sum("link.txt: is a link" in line for line in watch.said) == 1
    assert sum("pipe: is not a plain file" in line for line in watch.said) == 1
    assert (folder / "half.pdf.part").exists()
    assert watch.end() < 3
    assert watch.process.returncode == 0
    assert own.ids("collection:Scans") == own.ids()
    assert len(own.ids()) == 2
    shown = own.run("text", own.ids("carts")[0])
    assert "Line 7" in shown


def test_the_same_name_again_gets_a_number_and_the_same_bytes_are_a_duplicate(
    folder, watching
):
    watch = watching(folder, "--after", "move")
    for number, text in enumerate(("One.", "Two.", "One.")):
        (folder / "paper.txt").write_text(f"Paper {text}")
        watch.wait_for_lines(number + 1)
        watch.wait_for(lambda: not (folder / "paper.txt").exists())
    assert [line["status"] for line in watch.lines] == ["added", "added", "duplicate"]
    names = sorted(p.name for p in (folder / "done").iterdir())
    assert names == ["paper (2).txt", "paper (3).txt", "paper.txt"]


def test_a_failure_is_set_apart_with_its_reason(folder, watching):
    watch = watching(folder, "--after", "delete")
    (folder / "metadata.csv").write_text(
        "file,class,title\nbad.txt,NO.SUCH,\ngood.txt,,A stated title\n"
    )
    (folder / "bad.txt").write_text("Its class is unknown.")
    (folder / "good.txt").write_text("A good paper.")
    lines = {Path(x["path"]).name: x for x in watch.wait_for_lines(2)}
    assert lines["good.txt"]["title"] == "A stated title"
    assert lines["bad.txt"]["status"] == "failed"
    watch.wait_for((folder / "failed" / "bad.txt.txt").exists)
    assert "NO.SUCH" in (folder / "failed" / "bad.txt.txt").read_text()
    assert (folder / "failed" / "bad.txt").read_text() == "Its class is unknown."
    watch.wait_for(lambda: not (folder / "good.txt").exists())
    assert not (folder / "done").exists()


def test_a_sidecar_of_one_paper_wins_and_goes_with_it(folder, watching):
    watch = watching(folder, "--after", "move")
    (folder / "metadata.json").write_text('[{"file": "a.txt", "title": "Of all"}]')
    (folder / "a.txt.metadata.json").write_text('[{"file": "a.txt", "title": "Own"}]')
    (folder / "a.txt").write_text("Some paper.")
    assert watch.wait_for_lines(1)[0]["title"] == "Own"
    watch.wait_for((folder / "done" / "a.txt.metadata.json").exists)
    assert (folder / "metadata.json").exists()


def test_papers_beside_a_broken_sidecar_wait_until_it_is_mended(folder, watching):
    watch = watching(folder)
    (folder / "metadata.csv").write_text("file,colour\na.txt,red\n")
    (folder / "a.txt").write_text("Some paper.")
    watch.wait_for(lambda: any("colour" in line for line in watch.said))
    time.sleep(1)
    assert sum("colour" in line for line in watch.said) == 1
    assert not watch.lines
    (folder / "metadata.csv").write_text("file,title\na.txt,Red\n")
    assert watch.wait_for_lines(1)[0]["title"] == "Red"


def test_a_share_that_goes_away_is_told_once_and_waited_for(tmp_path, folder, watching):
    watch = watching(folder)
    folder.rename(tmp_path / "away")
    watch.wait_for(lambda: any("waiting for it" in line for line in watch.said))
    time.sleep(0.6)
    (tmp_path / "away" / "paper.txt").write_text("It came while the share was away.")
    (tmp_path / "away").rename(folder)
    assert watch.wait_for_lines(1)[0]["status"] == "added"
    assert sum("waiting for it" in line for line in watch.said) == 1
    assert sum("is back" in line for line in watch.said) == 1


def test_what_is_left_is_not_read_again_by_the_next_watch(own, folder):
    (folder / "paper.txt").write_text("A paper that stays where it is.")
    words = ("watch", str(folder), "--once", "--rest", "0.2", "--jsonl")
    first = [json.loads(line) for line in own.run(*words).splitlines()]
    assert [line["status"] for line in first] == ["added"]
    assert own.run(*words) == ""
    (folder / "paper.txt").write_text("A paper that has changed since.")
    again = [json.loads(line) for line in own.run(*words).splitlines()]
    assert [line["status"] for line in again] == ["added"]
    moved = own.run(*words, "--after", "move")
    assert json.loads(moved)["status"] == "duplicate"
    assert (folder / "done" / "paper.txt").exists()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(own, folder):
    (folder / "paper.txt").write_text("A paper for a trial.")
    words = ("watch", str(folder), "--once", "--rest", "0.2", "--after", "delete")
    said = own.run(*words, "--dry-run")
    assert said.startswith("added")
    assert (folder / "paper.txt").exists()
    assert own.ids() == []
    assert not list(own.data.glob("bitstreams/??/**/*"))
    assert not (own.data / "watch").exists()


def test_two_watches_do_not_share_a_folder(own, folder, watching):
    watching(folder)
    process = own.start("watch", str(folder), "--once")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 9
    assert "is held by" in err


def test_folders_inside_each_other_are_refused(own, folder):
    (folder / "in").mkdir()
    process = own.start("watch", str(folder), str(folder / "in"))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "lies inside another" in err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_the_middle_of_its_work_within_three_seconds(
    own, folder, watching, number
):
    for place in range(200):
        (folder / f"{place}.txt").write_text(f"Paper number {place} of many.\n" * 50)
    watch = watching(folder, "--after", "move")
    watch.wait_for_lines(3)
    assert watch.end(number) < 3
    assert watch.process.returncode == (130 if number == signal.SIGINT else 0)
    moved = len(list((folder / "done").iterdir()))
    assert moved < 200, "it was in the middle"
    own.run("watch", str(folder), "--after", "move", "--once", "--rest", "0.3")
    assert len(list((folder / "done").iterdir())) == 200
    found = own.json("search", "", "--limit", "0")
    assert found["total"] == 200


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("after", ["leave", "move", "delete"])
def test_a_killed_watch_has_every_file_exactly_once(own, folder, watching, after):
    count = 60
    for number in range(count):
        name = f"{number % 5}/{number}.txt"
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"Paper number {number} about zq{number}x.")
    draw = random.Random(after)
    acknowledged: dict[str, str] = {}
    for _ in range(3):
        watch = watching(folder, "--after", after)
        goal = draw.randrange(1, 12)
        # A watch before may have taken in everything before it died.
        deadline = time.monotonic() + 6
        while len(watch.lines) < goal and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(draw.uniform(0, 0.1))
        watch.process.kill()
        watch.process.wait(10)
        time.sleep(0.1)
        acknowledged |= {line["id"]: line["path"] for line in watch.lines}
    left = sum(1 for p in folder.rglob("*") if p.is_file() and "done" not in p.parts)
    if after == "delete":
        # What was deleted is in the archive.
        gone = [p for p in range(count) if not (folder / f"{p % 5}/{p}.txt").exists()]
        assert len(gone) + left == count
    own.run("watch", str(folder), "--after", after, "--once", "--rest", "0.3")
    ids = own.ids()
    assert len(ids) == count, own.run("index", "status")
    assert set(acknowledged) <= set(ids)
    for number in range(0, count, 20):
        assert len(own.ids(f"zq{number}x")) == 1
    moved = {p.name for p in (folder / "done").rglob("*.txt")}
    assert len(moved) == (count if after == "move" else 0)
    rest = [p for p in folder.rglob("*.txt") if "done" not in p.parts]
    assert len(rest) == (count if after == "leave" else 0)
    assert list(own.temporary.iterdir()) == []


def test_a_file_swapped_for_a_link_between_look_and_opening_is_not_followed(tmp_path):
    from recordsvc.jobs.watched import WatchedFolder

    secret = tmp_path / "secret"
    secret.write_text("0123456789")
    root = tmp_path / "drop"
    (root / "in").mkdir(parents=True)
    (root / "a.txt").write_text("0123456789")
    (root / "in" / "b.txt").write_text("0123456789")
    folder = WatchedFolder(root)
    seen = folder.look().files
    (root / "a.txt").unlink()
    (root / "a.txt").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic"):
        folder.open(seen["a.txt"])
    (root / "in" / "b.txt").rename(tmp_path / "b.txt")
    (root / "in").rmdir()
    (root / "in").symlink_to(tmp_path)
    with pytest.raises(OSError, match=r"Not a directory|symbolic"):
        folder.open(seen["in/b.txt"])
    with pytest.raises(OSError, match=r"Not a directory|symbolic"):
        folder.delete(seen["in/b.txt"])
    assert (tmp_path / "b.txt").exists()
