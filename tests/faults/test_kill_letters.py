"""A killed ingest of a mailbox goes on where it stood, every letter with all it has."""

import json
import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.test_kill_ingest import Archive
from tests.ingest.made_messages import mail, mailbox

pytestmark = pytest.mark.faults
LETTERS = 60
SHARED = b"The same annex in every letter, zqsharedx." * 3


def _letter(number: int) -> bytes:
    own = f"The annex zqannex{number}x of letter {number}.".encode() * 3
    parts = [("own.txt", own, "text/plain"), ("shared.txt", SHARED, "text/plain")]
    return mail(f"Letter {number:03}", f"Body {number}.", parts)


def test_every_letter_of_a_killed_mailbox_is_there_once_and_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "inbox.mbox"
    path.write_bytes(mailbox([_letter(n) for n in range(LETTERS)]))
    archive = Archive(tmp_path)
    process = archive.start("--quiet", "ingest", str(path), "--jsonl")
    assert process.stdout is not None
    acknowledged = {}
    for text in process.stdout:
        line = json.loads(text)
        acknowledged[line["id"]] = line
        if len(acknowledged) >= random.randint(1, LETTERS // 2):
            time.sleep(random.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            break
    process.communicate(timeout=60)
    again = archive.run("--quiet", "ingest", str(path), "--jsonl").splitlines()
    *lines, whole, last = [json.loads(text) for text in again]
    assert (last["summary"]["failed"], whole["messages"]) == (0, LETTERS)
    ids = {line["id"] for line in lines}
    assert len(ids) == LETTERS
    assert set(acknowledged) <= ids
    for record_id in random.sample(sorted(ids), 8):
        shown = archive.json("show", record_id)["components"]
        assert [c["name"] for c in shown[1:]] == ["own.txt", "shared.txt"]
        for component in shown:
            assert next(archive.data.glob(f"bitstreams/**/{component['sha256']}"))
    archive.run("index", "verify")
    assert archive.json("search", "zqsharedx", "--limit", "0")["total"] == LETTERS
    assert list(archive.temporary.iterdir()) == []
