"""Files that could not be read, by the command line."""

import io
import json
from pathlib import Path

import pypdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from .conftest import Cli

PASSWORD = "correct horse battery"
WORDS = "Report on the lighthouse of the northern cape"


def pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.drawString(72, 760, WORDS)
    canvas.drawString(72, 740, "Tabled on Tuesday, 12 May 2020")
    canvas.save()
    return out.getvalue()


def encrypted(*, attached: bytes | None = None) -> bytes:
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(pdf()))
    if attached is not None:
        writer.add_attachment("annex.txt", attached)
    writer.encrypt(PASSWORD, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def house(tmp_path: Path) -> Cli:
    cli = Cli(data_dir=tmp_path / "var")
    cli.ok("init", "--test")
    cli.ok("user", "add", "olga", "--role", "officer")
    cli.ok("user", "add", "lena", "--role", "librarian")
    return cli


@pytest.fixture
def papers(house: Cli, tmp_path: Path) -> dict[str, str]:
    """An encrypted file and two broken ones, in quarantine."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "secret.pdf").write_bytes(encrypted(attached=b"Annex about fog signals"))
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<" + b"\0" * 200)
    (folder / "cut.pdf").write_bytes(b"%PDF-1.4\nnothing but a beginning")
    called = house("ingest", str(folder), "--recursive", "--jsonl")
    lines = called.lines[:-1]
    assert {line["status"] for line in lines} == {"quarantined"}
    return {Path(line["path"]).name: line["id"] for line in lines}


def officer(house: Cli, *words: str):
    return house("--as", "olga", *words)


def test_each_file_is_told_with_its_output_and_what_to_do(house, papers):
    told = house.ok("quarantine", "list", "--json").json
    assert told["kinds"] == {"encrypted": 1, "broken": 2}
    (secret,) = (f for f in told["files"] if f["id"] == papers["secret.pdf"])
    assert secret["kind"] == "encrypted"
    assert "needs a password" in secret["output"][0]
    assert "never kept" in secret["suggestion"]
    assert len(secret["intake"]) == 32
    plain = house.ok("quarantine", "list", "--kind", "encrypted").out
    assert f"recordsvc quarantine retry {papers['secret.pdf']}" in plain
    assert house.ok("triage", "list", "--json").json["items"] == []


def test_a_password_opens_a_file_once_and_stands_nowhere_after(house, papers, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("wrong\n")
    ids = ("quarantine", "retry", papers["secret.pdf"])
    called = officer(house, *ids, "--password-file", str(secret))
    assert called.code == 5
    assert "the password does not open the PDF" in called.out
    secret.write_text(PASSWORD + "\n")
    assert officer(house, *ids, "--password-file", str(secret)).code == 0
    record = house.ok("show", papers["secret.pdf"], "--json").json
    assert record["state"] == "active"
    assert WORDS in house.ok("text", papers["secret.pdf"], "--page", "1").out
    assert [c["name"] for c in record["components"]] == ["secret.pdf", "annex.txt"]
    assert record["events"][-1]["type"] == "reread"
    hits = house.ok("search", "lighthouse", "--json").json["hits"]
    assert [hit["id"] for hit in hits] == [papers["secret.pdf"]]
    assert house.ok("search", "fog", "--json").json["total"] == 1
    for path in house.data_dir.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path
    assert officer(house, *ids).code == 5


def test_all_of_a_kind_are_tried_again_and_say_why_they_stay(house, papers):
    called = officer(house, "quarantine", "retry", "--kind", "broken", "--json")
    assert called.code == 5
    assert {line["status"] for line in called.lines} == {"quarantined"}
    assert {line["id"] for line in called.lines} == {
        papers["torn.pdf"],
        papers["cut.pdf"],
    }


def test_a_file_is_kept_without_text_and_waits_in_the_inbox(house, papers):
    called = officer(house, "quarantine", "store", papers["torn.pdf"], "--reason", "r")
    assert called.code == 0
    record = house.ok("show", papers["torn.pdf"], "--json").json
    assert record["state"] == "active"
    assert record["events"][-1]["type"] == "store-without-text"
    items = house.ok("triage", "list", "--json").json["items"]
    assert [item["id"] for item in items] == [papers["torn.pdf"]]
    assert "missing-title" in items[0]["reasons"]


def test_a_file_is_discarded_with_a_reason_and_proved_gone(house, papers):
    words = ("quarantine", "discard", papers["cut.pdf"], "--reason", "sound copy came")
    called = officer(house, *words, "--json")
    assert called.code == 0, called
    assert called.json["files"] == [{"id": papers["cut.pdf"], "status": "discarded"}]
    shown = house.ok("show", papers["cut.pdf"], "--json").json
    assert shown["state"] == "destroyed"
    assert shown["tombstone"]["authority"] == "discarded-unread"
    assert house.ok("quarantine", "list", "--json").json["kinds"]["broken"] == 1
    assert "could not be read" in house.ok("show", papers["cut.pdf"]).out
    assert officer(house, *words).code == 5


def test_what_was_read_or_declared_is_not_discarded(house, papers, tmp_path):
    good = tmp_path / "good.pdf"
    good.write_bytes(pdf())
    (line,) = house.ingest(str(good))
    called = officer(house, "quarantine", "discard", line["id"], "--reason", "r")
    assert called.code == 5
    assert "its file was read" in called.out
    schedule = tmp_path / "s.toml"
    schedule.write_text(
        '[authority]\ntitle="A"\nzone="UTC"\napproved_by=["C","D"]\nversion=1\n'
        'effective_from=2000-01-01\n[[class]]\ncode="Q"\ntitle="Q"\nschedule="T"\n'
        '[[schedule]]\ncode="T"\ntitle="T"\n[[schedule.stage]]\ntrigger="created"\n'
        'period="P1Y"\naction="destroy"\n'
    )
    house.ok("schedule", "import", str(schedule))
    house.ok("classify", papers["torn.pdf"], "Q")
    called = officer(
        house, "quarantine", "discard", papers["torn.pdf"], "--reason", "r"
    )
    assert "was declared on" in called.out


def test_a_librarian_decides_nothing_here(house, papers):
    for words in (
        ("retry", papers["torn.pdf"]),
        ("store", papers["torn.pdf"]),
        ("discard", papers["torn.pdf"], "--reason", "r"),
    ):
        called = house("--as", "lena", "quarantine", *words)
        assert called.code in {4, 5}, called
        assert "quarantine.decide" in called.err + called.out
    assert len(house.ok("quarantine", "list", "--json").json["files"]) == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("retry",), 2),
        (("retry", "x", "--kind", "broken"), 2),
        (("retry", "--kind", "broken", "--seconds", "100000"), 2),
        (("retry", "--kind", "infected"), 7),
        (("discard", "x"), 2),
    ],
)
def test_what_is_asked_wrongly_is_refused(house, papers, words, code):
    assert officer(house, "quarantine", *words).code == code


def test_wider_limits_read_what_took_too_long(house, tmp_path):
    from ingest.limits import Limits
    from recordsvc.jobs.quarantine import Patience

    limits = Patience(seconds=120, megabytes=2048).limits()
    assert (limits.wall_s, limits.cpu_s) == (120.0, 120)
    assert limits.address_space_bytes == 2048 * 2**20
    usual = Patience().limits()
    assert usual.wall_s == Limits().wall_s


def test_a_job_of_the_pages_tries_again_and_discards(house, papers):
    from functools import partial

    from recordsvc.bootstrap import opened
    from recordsvc.jobs.doing import finish
    from recordsvc.jobs.quarantine import see_to_quarantine
    from recordsvc.services.context import SYSTEM
    from recordsvc.services.queueing import enqueue
    from recordsvc.settings import load_settings

    environ = {"RECORDSVC_DATA_DIR": str(house.data_dir)}
    with opened(load_settings(None, environ), {}) as service:

        def ask(act, *ids, reason=""):
            args = {"act": act, "records": json.dumps(ids), "actor": "olga"}
            more = {"reason": reason} if reason else {}
            work = partial(enqueue, kind="quarantine", **args, **more)
            job = service.run(SYSTEM, lambda ctx: work(ctx).id)
            return dict(finish(service, job, see_to_quarantine))

        assert ask("retry", papers["torn.pdf"], "0" * 32) == {"quarantined": "1"}
        assert ask("discard", papers["torn.pdf"], reason="r") == {"discarded": "1"}
        assert ask("discard", papers["torn.pdf"], reason="r") == {}


def test_an_infected_file_is_neither_read_again_nor_handed_out(house, papers):
    from dataclasses import replace

    from recordsvc.bootstrap import opened
    from recordsvc.services.context import SYSTEM
    from recordsvc.settings import load_settings

    environ = {"RECORDSVC_DATA_DIR": str(house.data_dir)}

    def infect(ctx):
        record = ctx.root.records[papers["torn.pdf"]]
        (expression,) = record.expressions
        (file,) = expression.manifestations
        found = replace(file, scan="infected", error="infected: Eicar")
        record.expressions = (replace(expression, manifestations=(found,)),)

    with opened(load_settings(None, environ), {}) as service:
        service.run(SYSTEM, infect)
    for act in ("retry", "store"):
        called = officer(house, "quarantine", act, papers["torn.pdf"])
        assert called.code in {5, 6}
        assert "is infected" in called.out + called.err
    done = officer(house, "quarantine", "discard", papers["torn.pdf"], "--reason", "r")
    assert done.code == 0
