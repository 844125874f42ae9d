"""What the rest of the program does with a record of which only a tombstone is left."""

import json
import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from recordsvc.services.context import Context
from recordsvc.storage.ledger import open_ledger

from .conftest import House, start

INGEST = ("--class", "BUS.FIVE", "--jsonl")


def destroyed(house: House, *records: str) -> None:
    """Destroy records by a list of their own."""
    made = house.approved(*records)
    results = house.results(made, "2026-06-02")
    assert results == dict.fromkeys(records, "destroyed")


def test_no_act_on_a_tombstone_does_anything(house: House, tmp_path: Path) -> None:
    gone, here = house.papers("BUS.FIVE", 2, "On ferries", created="2015-01-01")
    dossier = house.json("aggregation", "open", "File", "--class", "BUS.FIVE")["id"]
    destroyed(house, gone)
    before = house.show(gone)
    why = ("--reason", "r")
    acts = (
        ("text", gone),
        ("edit", gone, "title=x", "--if-match", str(before["revision"])),
        ("classify", gone, "BUS.TEN", *why),
        ("classify", gone, "BUS.TEN", "--also", "--citation", "c", *why),
        ("aggregation", "add", dossier, gone, *why),
        ("link", "add", "cites", here, gone, *why),
        ("link", "add", "cites", gone, here, *why),
        ("retention", "reviewed", gone),
        ("export", "--id", gone, "-o", str(tmp_path / "out")),
        ("disposal", "propose", "--id", gone),
        ("hold", "place", "--title", "t", "--mandate", "m", "--id", gone),
        ("capture", "undo", gone, *why),
    )
    for act in acts:
        called = house(*act)
        assert called.code == 6, (act, called)
        assert "unexpected" not in called.err
    explained = house.explain(gone)
    assert (explained["state"], explained["due_on"]) == ("destroyed", "2020-01-01")
    assert "destroyed" in house.ok("retention", "explain", gone).out
    assert house.show(gone) == before
    assert house.json("link", "list")["links"] == []


def test_the_store_is_sound_and_rebuilds_around_a_tombstone(
    house: House, tmp_path: Path
) -> None:
    gone, here = house.papers("BUS.FIVE", 2, "On ferries", created="2015-01-01")
    destroyed(house, gone)
    house.ok("index", "rebuild")
    house.ok("index", "verify")
    house.ok("audit", "verify")
    assert house.json("search", "ferries")["total"] == 1
    made = house.json("export", "--all", "-o", str(tmp_path / "out"))
    assert [p["id"] for p in made["packages"]] == [here]
    assert house.json("retention", "forecast")["overdue"]["records"] == 1
    assert house.due("2199-01-01") == [here]
    assert gone not in house.exceptions("2199-01-01")


def test_a_package_of_a_destroyed_record_is_not_taken_back(
    house: House, tmp_path: Path
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    made = house.json("export", "--id", record, "-o", str(tmp_path / "out"))
    bag = tmp_path / "out" / made["packages"][0]["path"]
    destroyed(house, record)
    assert record in house.refused(6, "bag", "import", str(bag))
    assert house.state(record) == "destroyed"


def test_the_same_bytes_again_are_a_new_record_with_a_warning(
    house: House, tmp_path: Path
) -> None:
    paper = tmp_path / "again.txt"
    paper.write_text("Bytes that come back after their destruction.")
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"file": str(paper), "created": "2015-01-01"}]))
    ingest = ("ingest", str(paper), "--metadata", str(rows), *INGEST)
    first = house.ok(*ingest).lines[0]["id"]
    destroyed(house, first)
    again = house.ok(*ingest).lines[0]
    assert again["status"] == "added"
    assert again["id"] != first
    assert any("destroyed" in warning for warning in again["warnings"]), again
    assert house.ok("text", again["id"]).out.startswith("Bytes that come back")


def test_the_ledger_names_every_destroyed_record_once(house: House) -> None:
    records = house.papers("BUS.FIVE", 3, created="2015-01-01")
    hashes = {house.show(r)["components"][0]["sha256"] for r in records}
    destroyed(house, *records)
    house.refused(7, "disposal", "run", by="olga", on="2026-06-03")
    ledger = open_ledger(house._settings())
    entries = [entry for entry in ledger.entries() if entry.destroyed.record_id]
    assert sorted(e.destroyed.record_id for e in entries) == sorted(records)
    assert {s for e in entries for s in e.destroyed.sha256s} == hashes


def test_file_names_and_values_go_with_the_record(house: House, tmp_path: Path) -> None:
    token = "QUIXOTRY8842"
    paper = tmp_path / f"{token}.txt"
    paper.write_text("A paper of which the name is personal.")
    row = {
        "file": str(paper),
        "created": "2015-01-01",
        "title": "A plain title",
        "collection": f"Fund {token}",
        "identifier": f"{token}/2015",
        "chamber": "Senate",
    }
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([row]))
    ingest = ("ingest", str(paper), "--metadata", str(rows), *INGEST)
    record = house.ok(*ingest).lines[0]["id"]
    house.ok("search", token)
    destroyed(house, record)
    wanted = token.encode(), token.lower().encode()
    left = [
        str(path)
        for path in house.cli.data_dir.rglob("*")
        if path.is_file() and any(w in path.read_bytes() for w in wanted)
    ]
    assert left == []
    assert token not in json.dumps(house.show(record))
    assert token not in house.ok("audit", "list", "--limit", "500").out


def test_a_question_leaves_neither_people_nor_numbers(
    house: House, tmp_path: Path
) -> None:
    table = tmp_path / "questions.csv"
    head = "kind,identifier,reference,date,language,title,author,addressee"
    own, number = "E-9-2015-000123", "E-000123/2015"
    table.write_text(
        f"{head}\n"
        f"question,{own},{number},2015-01-05,en,On ferries,Xylophina Quarter,Board\n"
        f"question,{own},{number},2015-01-05,fr,Sur les bacs,Xylophina Quarter,Board\n"
        f"answer,{own}-ASW,{number},2015-02-05,en,On ferries,Vella,Xylophina Quarter\n"
    )
    house.ok("question", "import", str(table))
    ids = [hit["id"] for hit in house.json("search", "ferries")["hits"]]
    assert len(ids) == 2
    for suggested in house.json("link", "suggest")["suggestions"]:
        house.ok("link", "accept", suggested["id"])
    house.ok("classify", *ids, "BUS.FIVE")
    house.lift(house.hold("--id", ids[0]))
    made = house.propose(*ids)
    reason = ("--reason", "both go together")
    house.ok("disposal", "verdict", made, "--all", "destroy", *reason, by="omar")
    house.approve(made)
    assert set(house.results(made, "2026-06-02").values()) == {"destroyed"}
    wanted = (b"Quarter", b"quarter", b"Sur les bacs", b"000123/2015")
    left = [
        (path.name, word)
        for path in house.cli.data_dir.rglob("*")
        if path.is_file()
        for word in wanted
        if word in path.read_bytes()
    ]
    assert left == []
    assert [house.see(trees_with(i)) for i in ids] == [["records"], ["records"]]


def trees_with(record: str) -> Callable[[Context], list[str]]:
    """Return what names the trees of the archive that still know a record."""

    def look(ctx: Context) -> list[str]:
        return [
            name
            for name, tree in vars(ctx.root).items()
            if hasattr(tree, "keys") and any(record in repr(k) for k in tree)
        ]

    return look


@pytest.mark.slow
def test_a_disposal_beside_a_running_server_leaves_nothing_either(
    house: House,
) -> None:
    records = house.papers("BUS.FIVE", 3, "Quokkas of ZQXJ7731", created="2015-01-01")
    gone, here = records[:2], records[2]
    made = house.approved(*gone)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start(house, "serve", "--port", str(port), on="2026-06-02")
    try:
        _wait_for(port)
        pages = [f"/api/v1/records/{r}" for r in records]
        pages += ["/api/v1/search?q=quokkas", f"/records/{gone[0]}"]
        assert [_get(port, page)[0] for page in pages] == [200] * 5
        results = house.results(made, "2026-06-02")
        assert results == dict.fromkeys(gone, "destroyed")
        told = [_get(port, f"/api/v1/records/{r}")[0] for r in records]
        assert told == [410, 410, 200]
        _, found = _get(port, "/api/v1/search?q=quokkas")
        assert [h["id"] for h in json.loads(found)["hits"]] == [here]
        wanted = [f"ZQXJ7731. Number {number}".encode() for number in range(2)]
        left = [
            path.name
            for path in house.cli.data_dir.rglob("*")
            if path.is_file() and any(w in path.read_bytes() for w in wanted)
        ]
        assert left == []
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if _get(port, "/-/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")
