"""What papers carry: kept, read, found, shown, handed on, taken back, destroyed."""

import email.policy
import hashlib
import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.ingest.made import text_pdf
from tests.ingest.made_messages import (
    carrying,
    forwarding,
    mail,
    mailbox,
    msg,
    outlook,
)

from .conftest import Cli

REPORT = text_pdf("First page of the dromedary", "Second page of the okapi")
TABLE = b"name,amount\nquetzal,12\nmarmoset,13\n"
BROKEN = b"PK\x03\x04 no container"
PREMIS = "{http://www.loc.gov/premis/v3}"
METS = "{http://www.loc.gov/METS/}"


def letter(subject: str = "The outer letter") -> bytes:
    """Return a letter with a report, a forwarded letter that has it too, and more."""
    inner = mail(
        "The inner letter",
        "The wombat is inside.",
        [("same.pdf", REPORT, "application/pdf")],
    )
    return _with_parts(subject, inner)


def _with_parts(subject: str, inner: bytes) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "a@parl.example", "b@parl.example"
    message["Subject"], message["Date"] = subject, "Tue, 03 Mar 2020 10:00:00 +0100"
    message.set_content("Please see what is attached.")
    pdf = carrying(("../../table.csv", TABLE), text="A cover with a capybara")
    for name, content in (("report.pdf", REPORT), ("cover.pdf", pdf)):
        message.add_attachment(
            content, maintype="application", subtype="pdf", filename=name
        )
    message.add_attachment(
        BROKEN, maintype="application", subtype="zip", filename="broken.docx"
    )
    message.add_attachment(
        forwarding("Forwarded", inner),
        maintype="application",
        subtype="octet-stream",
        filename="forwarded.eml",
    )
    message.set_boundary("=_outer")
    return message.as_bytes()


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], str]:
    """Return a writer of files; it answers with the path."""

    def write(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


Put = Callable[[str, bytes], str]


def components(cli: Cli, record_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.ok("show", record_id, "--json").json["components"]
    return found


def test_everything_a_letter_carries_is_a_component_of_its_record(
    cli: Cli, put: Put
) -> None:
    content = letter()
    (line,) = cli.ingest(put("outer.eml", content))
    assert line["status"] == "added"
    assert line["attachments"] == 7
    (warning,) = line["warnings"]
    assert warning.startswith(
        "attachment:unread: 'broken.docx' could not be read (the "
    )
    found = components(cli, line["id"])
    assert [(c["position"], c["name"], c["role"]) for c in found] == [
        ("", "outer.eml", "original"),
        ("1", "report.pdf", "attachment"),
        ("2", "cover.pdf", "attachment"),
        ("2.1", "table.csv", "attachment"),
        ("3", "broken.docx", "attachment"),
        ("4", "forwarded.eml", "attachment"),
        ("4.1", "The inner letter.eml", "attachment"),
        ("4.1.1", "same.pdf", "attachment"),
    ]
    by_position = {c["position"]: c for c in found}
    assert by_position["1"]["sha256"] == hashlib.sha256(REPORT).hexdigest()
    assert by_position["1"]["puid"] == "fmt/18"
    assert by_position["1"]["pages"] == 2
    assert by_position["1"]["parent"] == hashlib.sha256(content).hexdigest()
    assert by_position["2.1"]["parent"] == by_position["2"]["sha256"]
    assert by_position["2.1"]["stated_name"] == "../../table.csv"
    assert by_position["3"]["error"]
    assert by_position["4.1.1"]["sha256"] == by_position["1"]["sha256"]
    assert {c["error"] for c in found if c["position"] != "3"} == {None}


def test_the_same_letter_again_is_a_duplicate_and_leaves_nothing(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    path = put("outer.eml", letter())
    (first,) = cli.ingest(path)
    before = bitstreams(cli)
    (again,) = cli.ingest(path)
    assert (again["status"], again["id"]) == ("duplicate", first["id"])
    assert bitstreams(cli) == before
    # Every component and its text once, though two of them are the same report.
    shown = components(cli, first["id"])
    assert len({c["sha256"] for c in shown} & before) == len(shown) - 1


def bitstreams(cli: Cli) -> set[str]:
    root = cli.data_dir / "bitstreams"
    return {p.name for p in root.rglob("*") if p.is_file() and len(p.name) == 64}


def test_paper_that_was_an_attachment_arrives_as_a_paper_of_its_own(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    (carried,) = cli.ingest(put("outer.eml", letter()))
    (alone,) = cli.ingest(put("report.pdf", REPORT))
    assert alone["status"] == "added"
    assert alone["id"] != carried["id"]
    assert cli.ingest(put("again.pdf", REPORT))[0]["status"] == "duplicate"


def test_words_in_attachments_are_found_with_name_and_page(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    (line,) = cli.ingest(put("outer.eml", letter()))
    for word, page, position, name in (
        ("okapi", 2, "1", "report.pdf"),
        ("quetzal", 1, "2.1", "table.csv"),
        ("wombat", 1, "4.1", "The inner letter.eml"),
    ):
        answer = cli.ok("search", word, "--json").json
        assert [hit["id"] for hit in answer["hits"]] == [line["id"]]
        snippet = answer["hits"][0]["snippets"][0]
        assert snippet["page"] == page
        assert snippet["attachment"] == {"position": position, "name": name}
        assert len(answer["hits"][0]["snippets"]) == 1
    own = cli.ok("search", '"what is attached"', "--json").json["hits"][0]
    assert own["snippets"][0]["attachment"] is None
    assert "p. 2 of report.pdf" in cli.ok("search", "okapi").out


def test_text_of_one_attachment_can_be_asked_for(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    (line,) = cli.ingest(put("outer.eml", letter()))
    page = cli.ok("text", line["id"], "--attachment", "1", "--page", "2")
    assert page.out == "Second page of the okapi\n"
    assert "dromedary" not in cli.ok("text", line["id"], "--page", "1").out
    assert "dromedary" in cli.ok("text", line["id"]).out
    assert cli("text", line["id"], "--attachment", "9").code == 3


def test_show_lists_the_attachments_for_people(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    (line,) = cli.ingest(put("outer.eml", letter()))
    assert "attachment 2.1" in cli.ok("show", line["id"]).out


def test_outlook_letter_is_taken_in_with_the_letters_in_it(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    inner = outlook("Second", "inner", [("report.pdf", REPORT)], inner=True)
    (line,) = cli.ingest(put("first.msg", msg("First letter", "outer", [("", inner)])))
    assert (line["type"], line["title"]) == ("letter", "First letter")
    assert [(c["position"], c["name"]) for c in components(cli, line["id"])] == [
        ("", "first.msg"),
        ("1", "Second.msg"),
        ("1.1", "report.pdf"),
    ]
    assert cli.ok("search", "okapi", "--json").json["total"] == 1


def test_depth_is_limited_and_what_is_left_in_is_said(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    content = mail("deepest", "at the bottom")
    for depth in range(5):
        content = forwarding(f"level {depth}", content)
    (line,) = cli.ingest(put("deep.eml", content))
    assert line["attachments"] == 3
    assert [w.partition(":")[0] for w in line["warnings"]] == ["attachment"]
    assert line["warnings"][0].startswith("attachment:depth: 1 files that")


def test_mailbox_is_one_intake_of_many_records(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    letters = [
        mail(
            f"Letter {n}",
            f"Body number {n}.",
            [("n.txt", b"attached zebra %d here" % n, "text/plain")],
        ).replace(b"\r\n", b"\n")
        for n in range(1, 41)
    ]
    path = put("inbox.mbox", mailbox(letters))
    called = cli.ok("ingest", path, "--jsonl")
    *lines, whole, last = called.lines
    assert len(lines) == 40
    assert {line["status"] for line in lines} == {"added"}
    by_number = {line["message"]: line for line in lines}
    for number, content in enumerate(letters, 1):
        line = by_number[number]
        assert line["path"] == f"{path}#{number}"
        assert line["title"] == f"Letter {number}"
        assert line["sha256"] == hashlib.sha256(content).hexdigest()
        assert line["attachments"] == 1
    assert (whole["path"], whole["status"], whole["messages"]) == (path, "added", 40)
    assert last["summary"]["added"] == 40
    assert last["summary"]["bytes"] == Path(path).stat().st_size
    assert cli.ok("search", "zebra", "--json").json["total"] == 40
    shown = cli.ok("show", by_number[7]["id"], "--json").json
    assert shown["components"][0]["name"] == "inbox-7.eml"
    assert shown["events"][0]["facts"]["mailbox"] == whole["sha256"]
    assert shown["events"][0]["facts"]["message"] == "7"
    again = cli.ok("ingest", path, "--jsonl").lines
    assert again[-1]["summary"]["duplicate"] == 40
    assert again[-2]["status"] == "duplicate"


def test_mailbox_that_is_none_after_all_is_a_paper(
    make_store: Callable[..., Cli], put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = make_store()
    monkeypatch.setattr("recordsvc.jobs.intake.looks_like_mailbox", lambda _: True)
    (line,) = cli.ingest(put("bill.txt", b"The Water Bill\n\nA bill on water.\n"))
    assert (line["status"], line["mime"]) == ("added", "text/plain")
    assert cli.ok("search", "water", "--json").json["total"] == 1


def test_dry_run_reads_everything_and_keeps_nothing(
    make_store: Callable[..., Cli], put: Put
) -> None:
    cli = make_store()
    paths = [put("a.eml", letter()), put("b.mbox", mailbox([letter("x"), letter("y")]))]
    before = bitstreams(cli)
    lines = cli.ok("ingest", *paths, "--dry-run", "--jsonl").lines
    counts = [line["attachments"] for line in lines if "attachments" in line]
    assert counts == [7, 7, 7]
    assert lines[-1]["summary"]["added"] == 3
    assert bitstreams(cli) == before
    assert cli.ok("search", "okapi", "--json").json["total"] == 0


def test_package_holds_the_attachments_and_says_where_they_hang(
    make_store: Callable[..., Cli], put: Put, tmp_path: Path
) -> None:
    cli = make_store()
    (line,) = cli.ingest(put("outer.eml", letter()))
    out = tmp_path / "out"
    cli.ok("export", "--id", line["id"], "-o", str(out), "--serialize", "none")
    (bag,) = out.iterdir()
    assert cli.ok("bag", "validate", str(bag), "--json").json["valid"]
    part = bag / "data/representations/rep-attachment"
    assert (part / "data/report.pdf").read_bytes() == REPORT
    assert (part / "data/table.csv").read_bytes() == TABLE
    premis = etree.parse(part / "metadata/preservation/premis.xml")
    sources = {}
    for thing in premis.iter(f"{PREMIS}object"):
        name = thing.findtext(f"{PREMIS}originalName")
        for relation in thing.iter(f"{PREMIS}relationship"):
            if relation.findtext(f"{PREMIS}relationshipType") == "derivation":
                sources[name] = relation.findtext(
                    f".//{PREMIS}relatedObjectIdentifierValue"
                )
    base = line["id"]
    assert sources["report.pdf"] == f"{base}/rep-original/data/outer.eml"
    assert sources["../../table.csv"] == f"{base}/rep-attachment/data/cover.pdf"
    assert len(sources) == 7
    mets = etree.parse(part / "METS.xml")
    hung = {
        division.get("LABEL"): division.getparent().get("LABEL")
        for division in mets.iter(f"{METS}div")
        if division.get("TYPE") == "Attachment"
    }
    assert hung["table.csv"] == "cover.pdf"
    assert hung["same.pdf"] == "The inner letter.eml"


def test_package_with_attachments_comes_back_whole(
    make_store: Callable[..., Cli], put: Put, tmp_path: Path
) -> None:
    here, there = make_store(), make_store()
    (line,) = here.ingest(put("outer.eml", letter()))
    out = tmp_path / "out"
    here.ok("export", "--id", line["id"], "-o", str(out), "--serialize", "tar")
    there.ok("bag", "import", str(next(out.iterdir())))
    assert components(there, line["id"]) == components(here, line["id"])
    assert there.ok("text", line["id"]).out == here.ok("text", line["id"]).out
    answer = there.ok("search", "okapi", "--json").json
    assert answer["hits"][0]["snippets"][0]["attachment"]["name"] == "report.pdf"
    again = tmp_path / "again"
    there.ok("export", "--id", line["id"], "-o", str(again), "--serialize", "none")
    (bag,) = again.iterdir()
    assert there.ok("bag", "validate", str(bag)).code == 0


def test_package_whose_attachment_hangs_on_nothing_is_refused(
    make_store: Callable[..., Cli], put: Put, tmp_path: Path
) -> None:
    from recordsvc.services.errors import InvalidRequest
    from recordsvc.services.recorddocument import load

    cli = make_store()
    (line,) = cli.ingest(put("outer.eml", letter()))
    cli.ok(
        "export", "--id", line["id"], "-o", str(tmp_path / "o"), "--serialize", "none"
    )
    (bag,) = (tmp_path / "o").iterdir()
    whole = (bag / "data/metadata/descriptive/record.json").read_bytes()
    assert load(whole).files
    for position in ("9.1", "x", "", "1..2"):
        changed = json.loads(whole)
        changed["record"]["expressions"][0]["manifestations"][1]["position"] = position
        with pytest.raises(InvalidRequest):
            load(json.dumps(changed).encode())
