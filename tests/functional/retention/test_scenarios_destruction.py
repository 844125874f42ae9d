"""Scenarios 27 to 31 of the acceptance list: what goes, what stays."""

import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from .conftest import House, digest

TOKEN = "ZQXJ-7731"
PAPER = f"""Minutes of the committee on inland navigation.
The reference of this paper is {TOKEN} and its word is pamplemoussaie7731.
The committee heard the harbour master on the dredging of the northern channel.
"""


def forms_of(token: str) -> Iterator[bytes]:
    """Yield a token as it may lie in a file: as written, folded, its parts alone."""
    for text in (token, token.lower(), token.replace("-", ""), token.lower()[-4:]):
        if text != token.lower()[-4:]:
            yield text.encode()
            yield text.encode("utf-16-le")


def contents_of(path: Path) -> Iterator[bytes]:
    """Yield a file as it is, and everything compressed that can be found in it."""
    content = path.read_bytes()
    yield content
    for at in _starts(content, b"\x78"):
        try:
            yield zlib.decompressobj().decompress(content[at:], 1 << 20)
        except zlib.error:
            continue
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            for name in bundle.namelist():
                yield name.encode()
                yield bundle.read(name)
    if tarfile.is_tarfile(io.BytesIO(content)):
        with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
            for member in bundle:
                stream = bundle.extractfile(member)
                yield stream.read() if stream else b""


def _starts(content: bytes, mark: bytes) -> Iterator[int]:
    at = content.find(mark)
    while at >= 0:
        if at + 1 < len(content) and int.from_bytes(content[at : at + 2]) % 31 == 0:
            yield at
        at = content.find(mark, at + 1)


def found_in(folder: Path, wanted: list[bytes]) -> list[tuple[str, bytes]]:
    """Return where any of some bytes stand below a folder, in names as in contents."""
    found = []
    for path in sorted(folder.rglob("*")):
        found += [(str(path), w) for w in wanted if w in str(path).encode()]
        if path.is_file():
            for content in contents_of(path):
                found += [(str(path), w) for w in wanted if w in content]
    return found


def test_scenario_27_nothing_is_left_of_a_destroyed_paper(
    house: House, tmp_path: Path
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "gone.txt").write_text(PAPER)
    for number in range(5):
        text = f"Neighbour {number} on inland navigation and dredgers."
        (papers / f"n{number}.txt").write_text(text)
    rows = [
        {"file": p.name, "title": f"Minutes {p.stem}", "class": "BUS.FIVE"}
        | {"created": "2015-01-01"}
        for p in sorted(papers.iterdir())
    ]
    sidecar = tmp_path / "rows.json"
    sidecar.write_text(json.dumps(rows))
    named = ("--recursive", "--metadata", str(sidecar), "--jsonl")
    lines = house.ok("ingest", str(papers), *named).lines[:-1]
    ids = {Path(line["path"]).stem: line["id"] for line in lines}
    record = ids["gone"]
    revision = str(house.show(record)["revision"])
    house.ok("edit", record, f"collection=Fund {TOKEN}", "--if-match", revision)
    house.ok("link", "add", "cites", record, ids["n0"], "--reason", f"see {TOKEN}")
    house.ok("link", "add", "cites", ids["n1"], record, "--reason", f"as {TOKEN}")
    house.ok("export", "--id", record, "-o", str(tmp_path / "handed-out"))
    before = found_in(house.cli.data_dir, list(forms_of(TOKEN)))
    assert before
    assert house.json("search", f'"{TOKEN}"')["total"] == 1

    made = house.approved(record)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}

    data, ledger = house.cli.data_dir, house.cli.data_dir.with_name("var-ledger")
    original = PAPER.encode()
    pieces = [original[at : at + 32] for at in range(0, len(original) - 32, 32)]
    wanted = [*forms_of(TOKEN), *pieces, b"pamplemoussaie7731"]
    assert found_in(data, wanted) == []
    assert found_in(ledger, wanted) == []
    told = [
        house.json("search", f'"{TOKEN}"'),
        house.json("search", "pamplemoussaie7731"),
        house.json("search", "pamplemoussaie773"),
        house.show(record),
        house.json("retention", "due"),
        house.json("disposal", "show", made),
        house.json("link", "list"),
        house.json("audit", "list", "--limit", "200"),
        house.json("hold", "list"),
        *(house.show(ids[f"n{number}"]) for number in range(5)),
    ]
    for answer in told[:3]:
        assert answer["total"] == 0
        assert answer["did_you_mean"] is None
    text = json.dumps([{**t, "query": "", "understood_as": ""} for t in told])
    for form in (TOKEN, TOKEN.lower(), "pamplemoussaie7731"):
        assert form not in text
    for number in range(5):
        assert house.ok("text", ids[f"n{number}"]).out.startswith(f"Neighbour {number}")
    assert house.json("search", "dredgers")["total"] == 5
    house.ok("index", "verify")
    files = [p for p in data.rglob("*") if p.is_file()]
    size = sum(p.stat().st_size for p in files)
    print(f"{len(before)} traces before; none in {len(files)} files, {size} bytes")


def test_scenario_27_drawn_pages_and_compressed_text_go_as_well(
    house: House, tmp_path: Path
) -> None:
    paper = tmp_path / "gone.pdf"
    canvas = Canvas(str(paper), invariant=True)
    canvas.setTitle("Minutes on dredging")
    for page in range(2):
        canvas.drawString(72, 700, f"The reference is {TOKEN}, page {page + 1}.")
        canvas.drawString(72, 680, "The committee heard the harbour master at length.")
        canvas.showPage()
    canvas.save()
    rows = tmp_path / "rows.json"
    row = {"file": str(paper), "title": "Minutes on dredging", "created": "2015-01-01"}
    rows.write_text(json.dumps([row]))
    ingest = ("--metadata", str(rows), "--class", "BUS.FIVE", "--jsonl")
    line = house.ok("ingest", str(paper), *ingest).lines[0]
    record, sha256 = line["id"], line["sha256"]
    assert house.json("search", f'"{TOKEN}"')["total"] == 1
    data = house.cli.data_dir
    with house.client("olga") as client:
        assert client.get(f"/records/{record}/pages/1.png").status_int == 200
    assert list((data / "cache").rglob(f"{sha256}*"))
    content = paper.read_bytes()
    middle = len(content) // 2
    pieces = [content[at : at + 40] for at in range(middle - 200, middle + 200, 40)]
    wanted = [*forms_of(TOKEN), b"harbour master at length", *pieces]
    before = found_in(data, wanted)
    assert len(before) > len(pieces)

    made = house.approved(record)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}
    assert found_in(data, wanted) == []
    assert list(data.rglob(f"*{sha256}*")) == []
    assert house.json("search", f'"{TOKEN}"')["total"] == 0
    assert house.json("search", "dredging")["hits"][0]["state"] == "destroyed"
    print(f"{len(before)} traces before, none after")


def test_scenario_27_a_title_guessed_from_a_short_text_goes_with_it(
    house: House, tmp_path: Path
) -> None:
    paper = tmp_path / "note.txt"
    paper.write_text(f"A note about {TOKEN} and the northern channel.")
    ingest = ("ingest", str(paper), "--class", "BUS.FIVE", "--jsonl")
    record = house.ok(*ingest).lines[0]["id"]
    assert TOKEN in house.show(record)["title"]
    revision = str(house.show(record)["revision"])
    house.ok("edit", record, "date=2015-01-01", "--if-match", revision)
    made = house.approved(record)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}
    assert house.show(record)["tombstone"]["title"] is None
    assert house.json("search", f'"{TOKEN}"')["total"] == 0
    assert found_in(house.cli.data_dir, list(forms_of(TOKEN))) == []


def test_scenario_28_bytes_that_two_records_have_stay_with_the_other(
    house: House, tmp_path: Path
) -> None:
    paper = tmp_path / "same.txt"
    paper.write_text("Timetable of ferries\n\nThe very same bytes for two records.")
    ingest = ("ingest", str(paper), "--class", "BUS.FIVE", "--jsonl")
    closed = house.ok(*ingest, "--access", "closed").lines[0]
    shared = house.ok(*ingest, by="lena").lines[0]
    assert (closed["status"], shared["status"]) == ("added", "added")
    assert closed["sha256"] == shared["sha256"] == digest(paper.read_bytes())
    one, other, sha256 = closed["id"], shared["id"], shared["sha256"]
    for record in (one, other):
        revision = str(house.show(record)["revision"])
        house.ok("edit", record, "date.created=2015-01-01", "--if-match", revision)

    made = house.approved(one)
    assert house.results(made, "2026-06-02") == {one: "destroyed"}
    assert house.ok("text", other).out.startswith("Timetable of ferries")
    export = ("export", "--id", other, "-o", str(tmp_path / "bags"))
    assert house.json(*export)["packages"][0]["valid"] is True
    stored = house.cli.data_dir / "bitstreams"
    assert [p.name for p in stored.rglob(sha256)] == [sha256]

    made = house.approved(other, on="2026-06-02")
    assert house.results(made, "2026-06-03") == {other: "destroyed"}
    assert list(stored.rglob(sha256)) == []
    assert found_in(house.cli.data_dir, [paper.read_bytes()[-30:]]) == []


def test_scenario_29_a_tombstone_is_all_there_is(house: House) -> None:
    record = house.paper(
        "BUS.FIVE",
        f"An abstract with the word {TOKEN}",
        title="Minutes on ferries",
        created="2015-01-01",
    )
    made = house.approved(record)
    assert house.results(made, "2026-06-02") == {record: "destroyed"}
    shown = house.show(record)
    assert (shown["state"], shown["title"]) == ("destroyed", "Minutes on ferries")
    stone = shown["tombstone"]
    for name, value in {
        "class_code": "BUS.FIVE",
        "class_title": "Five years",
        "created": "2015-01-01",
        "schedule": "FIVE",
        "schedule_version": 1,
        "citation": ["Records Act 2004 s. 12"],
        "trigger": "created",
        "trigger_date": "2015-01-01",
        "due_on": "2020-01-01",
        "authority": made,
        "executor": "olga",
        "verification": "no trace found",
        "certificate": "C000001",
    }.items():
        assert stone[name] == value, name
    assert len(stone["components"]) == 1
    assert [d[:2] for d in stone["decisions"]] == [
        ["propose", "olga"],
        ["judge", "omar"],
        ["approve", "ada"],
        ["approve", "abe"],
    ]
    assert TOKEN not in json.dumps(shown)
    assert "components" not in shown
    revision = str(shown["revision"])
    assert "tombstone" in house.refused(6, "text", record)
    edit = ("edit", record, "title=x", "--if-match", revision)
    for login in ("", "root", "olga"):
        house.refused(6, *edit, by=login)
        house.refused(6, "classify", record, "LAW", "--reason", "r", by=login)
    house.refused(6, "export", "--id", record, "-o", "unused")
    house.refused(6, "disposal", "propose", "--id", record, by="olga")
    place = ("hold", "place", "--title", "t", "--mandate", "m", "--id", record)
    house.refused(6, *place)
    hits = house.json("search", "ferries")["hits"]
    assert [(h["id"], h["state"]) for h in hits] == [(record, "destroyed")]
    assert "destroyed" in house.ok("search", "ferries").out
    assert house.json("search", "abstract")["total"] == 0
    page = house.ok("show", record).out
    assert "was destroyed; this is its tombstone" in page
    assert "Records Act 2004 s. 12" in page


def test_scenario_29_a_tombstone_answers_410(house: House) -> None:
    record = house.paper("BUS.FIVE", title="Minutes on ferries", created="2015-01-01")
    closed = house.paper(
        "BUS.FIVE", title="Ferries, in camera", created="2015-01-01", access="closed"
    )
    made = house.approved(record, closed)
    assert set(house.results(made, "2026-06-02").values()) == {"destroyed"}
    path, hidden = f"/api/v1/records/{record}", f"/api/v1/records/{closed}"
    with house.client("olga") as client:

        def get(address: str) -> Any:
            return client.get(address, expect_errors=True)

        answers = [get(a) for a in (path, f"/records/{record}.json", f"{path}/text")]
        assert [a.status_int for a in answers] == [410, 410, 410]
        assert answers[0].json["tombstone"]["certificate"] == "C000001"
        change = {"headers": {"If-Match": '"1"'}, "expect_errors": True}
        answer = client.patch_json(path, {"title": "x"}, **change)
        assert answer.status_int in {410, 412}
        answer = get(hidden)
        assert answer.status_int == 410
        assert answer.json["tombstone"]["title"] is None
        page = client.get(f"/records/{record}", expect_errors=True)
        assert page.status_int == 410
        client.extra_environ = {}
        assert get(path).status_int == 410
        assert get(hidden).status_int == 404
    status, _ = house.deletion(record)
    assert status in {409, 410}


def test_scenario_30_reopening_stops_the_clock_and_closing_starts_it_anew(
    house: House,
) -> None:
    records = house.papers("BUS.CLOSED1", 2, created="2010-01-01")
    opened_on = ("--class", "BUS.CLOSED1", "--on", "2010-01-01")
    dossier = house.json("aggregation", "open", "File", *opened_on)["id"]
    house.ok("aggregation", "add", dossier, *records)
    house.ok("aggregation", "close", dossier, "--on", "2020-05-05")
    assert {house.explain(r)["due_on"] for r in records} == {"2022-01-01"}
    made = house.approved(*records)
    reopen = ("aggregation", "reopen", dossier)
    house.refused(2, *reopen)
    house.ok(*reopen, "--reason", "a late petition")
    for record in records:
        found = house.explain(record)
        assert (found["state"], found["due_on"]) == ("awaiting_trigger", None)
    assert house.due("2199-01-01") == []
    items = house.json("disposal", "show", made)["items"]
    assert {i["state"] for i in items} == {"ejected"}
    house.refused(7, "disposal", "run", by="olga", on="2026-06-02")
    house.ok("aggregation", "close", dossier, "--on", "2026-05-20")
    assert {house.explain(r)["due_on"] for r in records} == {"2028-01-01"}
    assert set(house.due("2028-01-01")) == set(records)
    assert {house.state(r) for r in records} == {"active"}


def receipt_of(house: House, made: str, ids: list[str]) -> dict[str, Any]:
    """Return the receipt that an archive would give for what it was sent."""
    packages = [
        {"id": i, "digests": [c["sha256"] for c in house.show(i)["components"]]}
        for i in ids
    ]
    return {
        "list": made,
        "received_on": "2026-06-03",
        "received_by": "National Archives",
        "packages": packages,
    }


def bag_info(bag: Path) -> dict[str, str]:
    """Return the labels of a bag."""
    text = (bag / "bag-info.txt").read_text(encoding="utf-8")
    unfolded = text.replace("\n\t", " ").replace("\n ", " ")
    return dict(line.split(": ", 1) for line in unfolded.splitlines())


def test_scenario_31_nothing_is_destroyed_before_its_transfer_is_receipted(
    house: House, tmp_path: Path
) -> None:
    record = house.paper("BUS.HAND", "Handed over", created="2015-01-01")
    made = house.propose(record)
    verdict = ("disposal", "verdict", made, "--all")
    assert "due for transfer" in house.refused(6, *verdict, "destroy", by="omar")
    house.ok(*verdict, "transfer", by="omar")
    house.approve(made)
    found = house.run("2026-06-02")[made]
    assert [i["result"] for i in found["items"]] == ["transferred"]
    assert found["state"] == "executing"
    assert house.state(record) == "active"

    bags = [p.parent for p in (house.cli.data_dir / "transfers").rglob("bagit.txt")]
    assert len(bags) == 1
    assert house.json("bag", "validate", str(bags[0]))["valid"] is True
    info = bag_info(bags[0])
    print(info)
    told = " ".join(info.values())
    for wanted in ("BUS.HAND", "HAND", "2020-01-01", "Archives Act 1999 s. 4"):
        assert wanted in told
    assert list(bags[0].rglob("*erms*")) or list(bags[0].rglob("*ERMS*"))

    propose = ("disposal", "propose", "--on", "2199-01-01", "--id", record)
    house.refused(6, *propose, by="olga")
    sent = receipt_of(house, made, [record])
    wrong = {**sent, "packages": [{"id": record, "digests": ["0" * 64]}]}
    path = tmp_path / "receipt.json"
    receipt = ("disposal", "receipt", made, str(path))
    for bad, code in ((wrong, 6), ({"packages": "none"}, 2)):
        path.write_text(json.dumps(bad))
        house.refused(code, *receipt, by="arno", on="2026-06-03")
    assert house.explain(record, "2199-01-01")["action"] == "transfer"
    house.refused(6, *propose, by="olga")
    path.write_text(json.dumps(sent))
    done = house.json(*receipt, by="arno", on="2026-06-03")
    assert (done["received"], done["mismatches"]) == ([record], [])
    house.refused(6, *receipt, by="arno", on="2026-06-03")
    handed = house.ok("disposal", "certificate", made).out
    assert "National Archives" in handed

    found = house.explain(record, "2027-06-03")
    assert (found["state"], found["action"]) == ("due", "destroy")
    assert found["due_on"] == "2027-06-03"
    assert house.due("2027-06-02") == []
    last = house.approved(record, on="2027-06-03")
    assert house.results(last, "2027-06-04") == {record: "destroyed"}
    stone = house.show(record)["tombstone"]
    assert stone["transferred"] == ["National Archives", digest(path.read_bytes())]
    assert "to National Archives" in house.ok("show", record).out
    assert not list((house.cli.data_dir / "transfers").rglob("bagit.txt"))
    assert found_in(house.cli.data_dir, [b"Handed over. Number"]) == []
