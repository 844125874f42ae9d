"""`recordsvc mailbox` against a real IMAP server."""

import hashlib
import itertools
import json
import random
import signal
import threading
import time
from email.message import EmailMessage

import pytest

from .conftest import Archive
from .dovecot import PASSWORD, PROGRAM, Cutter, Dovecot

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="needs the Debian package dovecot-imapd"
)


NUMBERS = itertools.count()


def message(number: int, size: int = 200) -> bytes:
    made = EmailMessage()
    made["From"] = "Clerk <clerk@parliament.invalid>"
    made["To"] = "papers@parliament.invalid"
    made["Subject"] = f"Letter {number} about the zq{number}x bridge"
    made["Message-ID"] = f"<letter-{number}@parliament.invalid>"
    made["Date"] = "Mon, 03 Jun 2024 10:00:00 +0000"
    made.set_content(f"Dear all, this is letter {number}.\n" + "word " * (size // 5))
    return made.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def running():
    with Dovecot() as server:
        yield server


@pytest.fixture
def dovecot(running):
    """Return the server with an empty mailbox."""
    running.user = f"papers{next(NUMBERS)}"
    return running


@pytest.fixture
def own(tmp_path, dovecot) -> Archive:
    archive = Archive(tmp_path)
    secret = tmp_path / "mail-password"
    secret.write_text(f"{PASSWORD}\n")
    secret.chmod(0o600)
    point(archive, dovecot, port=dovecot.secure, tls="tls")
    return archive


def point(archive: Archive, dovecot: Dovecot, **more: object) -> None:
    archive.configure(
        **{
            "mailbox.host": "127.0.0.1",
            "mailbox.user": dovecot.user,
            "mailbox.password_file": str(archive.data.parent / "mail-password"),
            "mailbox.ca_file": str(dovecot.ca_file),
            **{f"mailbox.{name}": str(value) for name, value in more.items()},
        }
    )


def fetched(archive: Archive, *words: str, codes=(0,)) -> list[dict]:
    out = archive.run("mailbox", "--once", "--jsonl", *words, codes=codes)
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("tls", ["tls", "starttls", "none"])
def test_new_messages_are_taken_in_with_where_they_came_from(own, dovecot, tls):
    point(own, dovecot, tls=tls, port=dovecot.secure if tls == "tls" else dovecot.plain)
    letters = [message(n) for n in range(3)]
    dovecot.deliver(*letters)
    lines = fetched(own, "--collection", "Letters")
    assert [line["status"] for line in lines] == ["added"] * 3
    digests = {hashlib.sha256(letter).hexdigest() for letter in letters}
    assert {line["sha256"] for line in lines} == digests
    (first,) = own.ids("zq1x")
    shown = own.json("show", first)
    provenance = shown["provenance"]
    scheme = "imaps" if tls == "tls" else "imap"
    assert provenance["source"]["value"].startswith(
        f"{scheme}://{dovecot.user}@127.0.0.1:"
    )
    assert ";UIDVALIDITY=" in provenance["source"]["value"]
    assert provenance["source"]["value"].endswith("/;UID=2")
    assert provenance["message_id"]["value"] == "<letter-1@parliament.invalid>"
    assert provenance["message_id"]["how"] == "inherited"
    assert shown["collection"] == "Letters"
    assert fetched(own) == []
    assert dovecot.count() == 3
    assert b"Seen" not in dovecot.flags()
    dovecot.deliver(message(7))
    assert len(fetched(own)) == 1


def test_a_mailbox_numbered_anew_brings_duplicates_and_no_second_record(own, dovecot):
    dovecot.deliver(*(message(n) for n in range(4)))
    assert len(fetched(own)) == 4
    for memory in (own.data / "mailbox").iterdir():
        kept = json.loads(memory.read_text())
        memory.write_text(json.dumps(kept | {"uid_validity": kept["uid_validity"] - 1}))
    assert [line["status"] for line in fetched(own)] == ["duplicate"] * 4
    assert len(own.ids()) == 4


@pytest.mark.parametrize("after", ["move", "delete"])
def test_messages_leave_the_folder_only_once_they_are_safe(own, dovecot, after):
    dovecot.deliver(message(1), message(2, size=60_000), message(3))
    point(own, dovecot, port=dovecot.secure, max_bytes=50_000)
    lines = fetched(own, "--after", after, "--to", "Taken", codes=(5,))
    status = {line["path"].split("-")[-1]: line["status"] for line in lines}
    assert status == {"1.eml": "added", "2.eml": "failed", "3.eml": "added"}
    assert dovecot.count() == 1
    assert dovecot.count("Taken") == (2 if after == "move" else 0)
    # What was too long is tried again when more is allowed.
    point(own, dovecot, port=dovecot.secure)
    assert [x["status"] for x in fetched(own, "--after", after)] == ["added"]
    assert dovecot.count() == 0
    assert len(own.ids()) == 3


def test_a_dry_run_changes_nothing_here_or_there(own, dovecot):
    dovecot.deliver(message(1))
    lines = fetched(own, "--dry-run", "--after", "delete")
    assert [line["status"] for line in lines] == ["added"]
    assert own.ids() == []
    assert dovecot.count() == 1
    assert not (own.data / "mailbox").exists()
    assert [line["status"] for line in fetched(own)] == ["added"]


@pytest.mark.slow
def test_a_connection_cut_at_any_byte_is_gone_on_with(own, dovecot):
    letters = [message(n, size=20_000) for n in range(30)]
    dovecot.deliver(*letters)
    draw = random.Random(4)
    statuses: list[str] = []
    for _ in range(6):
        cutter = Cutter(dovecot.plain, draw.randrange(2_000, 250_000))
        point(own, dovecot, port=cutter.port, tls="none")
        statuses += [x["status"] for x in fetched(own, codes=(0, 9))]
        cutter.close()
    point(own, dovecot, port=dovecot.plain, tls="none")
    statuses += [x["status"] for x in fetched(own)]
    assert set(statuses) == {"added", "duplicate"} or set(statuses) == {"added"}
    assert statuses.count("added") == 30
    assert len(own.ids()) == 30


@pytest.mark.slow
@pytest.mark.faults
def test_a_killed_fetch_takes_every_message_exactly_once(own, dovecot):
    dovecot.deliver(*(message(n) for n in range(40)))
    for _ in range(3):
        process = own.start("mailbox", "--once", "--jsonl", "--after", "move")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    fetched(own, "--after", "move")
    assert len(own.ids()) == 40
    assert (dovecot.count(), dovecot.count("Done")) == (0, 40)


def test_it_goes_on_until_it_is_told_to_end(own, dovecot):
    process = own.start("mailbox", "--jsonl", "--every", "1")
    lines: list[str] = []
    threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True).start()
    time.sleep(2)
    dovecot.deliver(message(1))
    deadline = time.monotonic() + 15
    while not own.ids("zq1x"):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"folder": "Nowhere"}, "has no folder Nowhere"),
        ({"user": ""}, "mailbox.user is to be said"),
        ({"host": "mail.parliament.invalid", "tls": "none"}, "in clear"),
        ({"ca_file": "/dev/null", "tls": "tls"}, "does not answer"),
    ],
)
def test_a_wrong_setting_is_told(own, dovecot, change, says):
    point(own, dovecot, **{"port": dovecot.secure, **change})
    process = own.start("mailbox", "--once")
    _, err = process.communicate(timeout=60)
    assert process.returncode in {2, 9}
    assert says in err


def test_a_wrong_password_is_told_without_it(own, dovecot):
    (own.data.parent / "mail-password").write_text("not-the-word")
    process = own.start("mailbox", "--once")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "refuses the login" in err
    assert "not-the-word" not in err


def test_a_password_that_others_may_read_is_refused(own, dovecot):
    (own.data.parent / "mail-password").chmod(0o644)
    process = own.start("mailbox", "--once")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "chmod 600" in err
