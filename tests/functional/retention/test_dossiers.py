"""Dossiers disposed of as one: when they go, what stays, and what a list leaves."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recordsvc.services.classification import aggregations

from .conftest import TODAY, House

NEXT = "2026-06-02"
LATER = "2026-06-03"
KILL = "kill"


def dossier(
    house: House, title: str, *records: str, code: str = "BUS.FIVE", **more: str
) -> str:
    """Return a dossier, or a volume, with records in it."""
    asked = [word for name, value in more.items() for word in (f"--{name}", value)]
    days = ("--on", "2010-01-01", "--class", code)
    made = str(house.json("aggregation", "open", title, *days, *asked)["id"])
    if records:
        house.ok("aggregation", "add", made, *records)
    return made


def close(house: House, *files: str) -> None:
    """Close dossiers long ago."""
    for file in files:
        house.ok("aggregation", "close", file, "--on", "2016-01-01")


def shown(house: House, file: str) -> dict[str, Any]:
    """Return a dossier as ``aggregation show --json`` gives it."""
    found: dict[str, Any] = house.json("aggregation", "show", file)
    return found


def certificate(house: House, name: str) -> dict[str, Any]:
    """Return the signed document of a certificate."""
    envelope = json.loads(house.ok("disposal", "certificate", name).out)
    found: dict[str, Any] = envelope["certificate"]
    return found


def destroyed(house: House, *records: str, on: str = NEXT) -> dict[str, Any]:
    """Dispose of records by a list of their own; return what the run has said."""
    house.approved(*records, on=TODAY)
    return house.json("disposal", "run", by="olga", on=on)


def test_a_dossier_goes_with_the_last_of_its_records(
    house: House, tmp_path: Path, verifier: Callable[[Path], tuple[int, str]]
) -> None:
    records = house.papers("BUS.FIVE", 3, created="2015-01-01")
    file = dossier(house, "The ferry inquiry", *records)
    close(house, file)

    first = destroyed(house, *records[:2])
    assert first["aggregations"] == []
    found = shown(house, file)
    assert (found["state"], found["records"], found["disposal"]) == ("closed", 1, None)
    assert found["disposed_records"] == 2
    assert "2 records disposed of" in house.ok("aggregation", "show", file).out
    (told,) = certificate(house, "C000001")["aggregations"]
    assert (told["id"], told["records"], told["is_whole"]) == (file, 2, False)

    made = house.approved(records[2])
    called = house.ok("disposal", "run", by="olga", on=NEXT)
    assert f"dossier {file} disposed of as a whole: 3 records destroyed" in called.out
    found = shown(house, file)
    assert (found["state"], found["title"]) == ("disposed", "The ferry inquiry")
    stub = found["disposal"]
    assert (stub["on"], stub["destroyed"], stub["transferred"]) == (NEXT, 3, 0)
    assert (stub["class"], stub["class_title"]) == ("BUS.FIVE", "Five years")
    assert made in stub["lists"]
    assert len(stub["lists"]) == 2
    assert sorted(stub["certificates"]) == ["C000001", "C000002"]
    assert stub["finished_at"] is not None
    assert found["history"][-1]["kind"] == "disposed"
    (told,) = certificate(house, "C000002")["aggregations"]
    assert told["title"] == "The ferry inquiry"
    assert (told["records"], told["is_whole"]) == (1, True)
    saved = tmp_path / "certificate.json"
    saved.write_text(house.ok("disposal", "certificate", "C000002").out)
    code, _ = verifier(saved)
    assert code == 0
    page = house.ok("disposal", "certificate", "C000002", "--html").out
    assert "disposed of as a whole" in page
    trail = house.json("audit", "list", "--kind", "aggregation-disposed")["entries"]
    assert [entry["subject"] for entry in trail] == [file]
    text = house.ok("aggregation", "show", file).out
    assert f"disposed of as a whole on {NEXT} by olga" in text
    assert "C000002" in text
    listed = house.json("aggregation", "list", "--closed")["aggregations"]
    assert [one["state"] for one in listed] == ["disposed"]


def test_a_disposed_dossier_takes_nothing_and_is_not_opened_again(
    house: House,
) -> None:
    (record,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    file = dossier(house, "File", record)
    close(house, file)
    destroyed(house, record)
    late = house.paper("BUS.FIVE")
    for act in (
        ("add", file, late),
        ("reopen", file, "--reason", "a late petition"),
        ("close", file),
        ("open", "Volume", "--kind", "volume", "--parent", file),
    ):
        told = house.refused(6, "aggregation", *act)
        assert "was disposed of on 2026-06-02" in told
    hold = ("hold", "place", "--title", "T", "--mandate", "M", "--aggregation", file)
    assert "was disposed of" in house.refused(6, *hold)
    assert house.json("hold", "list")["holds"] == []
    assert house.show(late)["aggregation"] is None


def test_a_dossier_stays_while_it_is_open_and_goes_once_it_is_closed(
    house: House,
) -> None:
    records = house.papers("BUS.FIVE", 2, created="2015-01-01")
    file = dossier(house, "File", *records)
    assert destroyed(house, *records)["aggregations"] == []
    assert shown(house, file)["state"] == "open"
    house.refused(7, "disposal", "run", by="olga", on=NEXT)
    close(house, file)
    done = house.json("disposal", "run", by="olga", on=NEXT)
    assert done["lists"] == []
    assert [one["id"] for one in done["aggregations"]] == [file]
    stub = shown(house, file)["disposal"]
    assert (stub["certificates"], bool(stub["finished_at"])) == (["C000001"], True)
    house.refused(7, "disposal", "run", by="olga", on=NEXT)


def test_a_dossier_stays_while_a_record_of_it_lives_or_is_held(house: House) -> None:
    due, held = house.papers("BUS.FIVE", 2, created="2015-01-01")
    (young,) = house.papers("BUS.FIVE", 1, created="2025-01-01")
    one, other = dossier(house, "One", due, held), dossier(house, "Other", young)
    close(house, one, other)
    house.hold("--id", held)
    assert destroyed(house, due)["aggregations"] == []
    assert [shown(house, f)["state"] for f in (one, other)] == ["closed", "closed"]
    assert house.state(held) == "active"


def test_a_hold_on_the_dossier_itself_keeps_it_until_it_is_lifted(
    house: House,
) -> None:
    (record,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    file = dossier(house, "File", record)
    destroyed(house, record)
    hold = house.hold("--aggregation", file)
    close(house, file)
    house.refused(7, "disposal", "run", by="olga", on=NEXT)
    assert shown(house, file)["state"] == "closed"
    house.lift(hold)
    done = house.json("disposal", "run", by="olga", on=NEXT)
    assert [one["id"] for one in done["aggregations"]] == [file]


def test_a_dossier_that_never_had_a_record_is_not_disposed_of(house: House) -> None:
    (record,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    undone = house.paper("BUS.FIVE")
    house.do(lambda ctx: setattr(ctx.root.records[undone], "declared_on", None))
    empty, file = dossier(house, "Empty"), dossier(house, "File", record)
    taken_back = dossier(house, "Taken back", undone)
    house.do(lambda ctx: setattr(ctx.root.records[undone], "declared_on", None))
    house.ok("capture", "undo", undone, "--reason", "the wrong scan")
    close(house, empty, file, taken_back)
    done = destroyed(house, record)
    assert [one["id"] for one in done["aggregations"]] == [file]
    states = [shown(house, f)["state"] for f in (empty, taken_back)]
    assert states == ["closed", "closed"]


def test_a_dossier_waits_for_its_volumes_and_takes_the_empty_ones_along(
    house: House,
) -> None:
    one, two = house.papers("BUS.FIVE", 2, created="2015-01-01")
    file = dossier(house, "File")
    first = dossier(house, "Volume 1", one, kind="volume", parent=file)
    second = dossier(house, "Volume 2", two, kind="volume", parent=file)
    third = dossier(house, "Volume 3", kind="volume", parent=file)
    close(house, file)
    done = destroyed(house, one)
    assert [f["id"] for f in done["aggregations"]] == [first]
    assert shown(house, file)["state"] == "closed"
    done = destroyed(house, two)
    assert {f["id"] for f in done["aggregations"]} == {file, second, third}
    stub = shown(house, file)["disposal"]
    assert (stub["destroyed"], len(stub["certificates"])) == (2, 2)
    assert shown(house, third)["disposal"]["destroyed"] == 0
    told = certificate(house, "C000002")["aggregations"]
    assert [(f["id"], f["is_whole"]) for f in told] == [(file, True), (second, True)]


def test_the_title_of_a_dossier_of_closed_papers_goes_with_them(
    house: House,
) -> None:
    secret = "The Zqxj-7731 affair of the harbour"
    text = f"{secret}, as the witness has told it behind closed doors on that day"
    said = {"created": "2015-01-01", "access": "closed", "title": secret}
    records = house.papers("BUS.FIVE", 2, text, **said)
    file = dossier(house, secret, *records)
    close(house, file)
    house.ok("aggregation", "reopen", file, "--reason", "a letter on Zqxj-7731")
    close(house, file)
    done = destroyed(house, *records)
    assert {i["result"] for i in done["lists"][0]["items"]} == {"destroyed"}
    found = shown(house, file)
    assert (found["state"], found["title"]) == ("disposed", None)
    assert {act["reason"] for act in found["history"]} == {""}
    assert "title not kept" in house.ok("aggregation", "show", file).out
    (told,) = certificate(house, "C000001")["aggregations"]
    assert (told["title"], told["is_whole"]) == (None, True)
    for path in house.cli.data_dir.rglob("*"):
        if path.is_file() and path.name.startswith("main.sqlite3"):
            assert b"Zqxj-7731" not in path.read_bytes()


def test_the_title_that_a_dossier_keeps_is_no_trace_of_its_records(
    house: House,
) -> None:
    title = "The Quxzhyvw4417 papers on the pier at the northern harbour"
    text = f"{title}. {title}. {title}"
    one, other = house.papers(
        "BUS.FIVE", 2, text, created="2015-01-01", title="Minutes"
    )
    file = dossier(house, title, one, other)
    close(house, file)
    for record in (one, other):
        done = destroyed(house, record)
        results = {i["result"] for found in done["lists"] for i in found["items"]}
        assert results == {"destroyed"}
    assert shown(house, file)["title"] == title


def test_a_list_says_what_it_leaves_of_each_dossier(house: House) -> None:
    due = house.papers("BUS.FIVE", 2, created="2015-01-01")
    (young,) = house.papers("BUS.FIVE", 1, created="2025-01-01")
    (waiting,) = house.papers("BUS.TABLED", 1)
    (alone,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    part = dossier(house, "Part", *due, young, waiting)
    whole = dossier(house, "Whole", alone)
    close(house, whole)
    made = house.json("disposal", "propose", by="olga")
    files = {file["id"]: file for file in made["dossiers"]}
    assert set(files) == {part, whole}
    assert (files[whole]["takes_all"], files[whole]["stays"]) == (True, [])
    found = files[part]
    assert (found["listed"], found["left"], found["takes_all"]) == (2, 2, False)
    stays = {one["id"]: (one["state"], one["due_on"]) for one in found["stays"]}
    assert stays == {
        young: ("running", "2030-01-01"),
        waiting: ("awaiting_trigger", None),
    }
    text = house.ok("disposal", "show", made["id"]).out
    assert (
        f"dossier {whole} (closed), Whole: all its records are on this list, or gone"
        in text
    )
    assert f"dossier {part} (open), Part: 2 records of it not on this list" in text
    assert "due on 2030-01-01" in text
    keep = ("keep", "--until", "2030-01-01", "--reason", "wanted")
    house.ok("disposal", "verdict", made["id"], "--item", due[0], *keep, by="omar")
    again = house.json("disposal", "show", made["id"])["dossiers"]
    assert {f["id"]: f["left"] for f in again}[part] == 3
    with house.client("olga") as client:
        page = client.get(f"/disposal/{made['id']}")
        api = client.get(f"/api/v1/disposal/lists/{made['id']}").json
    assert "2030" in page
    assert {f["id"]: f["left"] for f in api["dossiers"]} == {part: 3, whole: 0}


def test_a_dossier_has_a_page_and_an_answer_of_the_api(house: House) -> None:
    (record,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    file = dossier(house, "The ferry inquiry", record)
    close(house, file)
    with house.client("olga") as client:
        page = client.get(f"/dossiers/{file}")
        assert "The ferry inquiry" in page
        assert f"/records/{record}" in page
        client.get("/dossiers/none", status=404)
    destroyed(house, record)
    with house.client("olga") as client:
        page = client.get(f"/dossiers/{file}")
        assert "Disposed of" in page
        assert "C000001" in page
        found = client.get(f"/api/v1/aggregations/{file}").json
        assert found["disposal"]["destroyed"] == 1
        client.get("/api/v1/aggregations/none", status=404)
        run = client.get("/disposal/run")
        assert "Nothing that is approved" in run
    with house.client("rita") as client:
        client.get(f"/dossiers/{file}", status=403)


def test_a_late_closing_can_be_carried_out_at_the_page(house: House) -> None:
    (record,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    file = dossier(house, "File", record)
    destroyed(house, record)
    close(house, file)
    with house.client("olga") as client:
        page = client.get("/disposal/run")
        assert "1 dossier" in page
        form = next(f for f in page.forms.values() if f.action.endswith("/run"))
        assert form.submit().status_int == 303


@pytest.mark.parametrize(
    "point",
    ["after_tombstones", "in_aggregations", "after_aggregations", "after_step_4"],
)
def test_a_kill_beside_the_disposal_of_a_dossier_is_finished_by_the_next_run(
    house: House, process: Callable[..., int], point: str
) -> None:
    records = house.papers("BUS.FIVE", 2, created="2015-01-01")
    file = dossier(house, "File", *records)
    close(house, file)
    house.approved(*records)
    fault = {"RECORDSVC_FAULT": f"disposal.{point}:{KILL}"}
    run = ("--as", "olga", "disposal", "run")
    assert process(house, *run, on=NEXT, **fault) == -signal.SIGKILL
    done = house.json("disposal", "run", by="olga", on=NEXT)
    assert [one["id"] for one in done["aggregations"]] == [file]
    stub = shown(house, file)["disposal"]
    assert (stub["destroyed"], stub["certificates"]) == (2, ["C000001"])
    acts = [act["kind"] for act in shown(house, file)["history"]]
    assert acts.count("disposed") == 1
    trail = house.json("audit", "list", "--kind", "aggregation-disposed")["entries"]
    assert len(trail) == 1
    (told,) = certificate(house, "C000001")["aggregations"]
    assert told["is_whole"]
    house.refused(7, "disposal", "run", by="olga", on=LATER)
    assert not house.see(lambda ctx: list(ctx.root.dwindling))


def test_a_package_does_not_bring_a_record_back_into_a_disposed_dossier(
    house: House, tmp_path: Path
) -> None:
    one, moved = house.papers("BUS.FIVE", 2, created="2015-01-01")
    file = dossier(house, "File", one, moved)
    house.ok("export", "--id", moved, "-o", str(tmp_path / "out"))
    close(house, file)
    destroyed(house, one, moved)

    def forget(ctx: Any) -> None:
        # As if the package came from a store that had it, and this one never did.
        del ctx.root.records[moved]

    house.do(forget)
    (bag,) = (tmp_path / "out").iterdir()
    told = house(*("bag", "import", str(bag)))
    assert told.code == 6
    assert "was disposed of" in told.out + told.err
    assert shown(house, file)["state"] == aggregations.DISPOSED


def test_a_dossier_that_an_older_backup_brings_back_is_disposed_of_again(
    house: House, tmp_path: Path
) -> None:
    (record,) = house.papers("BUS.FIVE", 1, created="2015-01-01")
    file = dossier(house, "File", record)
    close(house, file)
    house.ok("backup", str(tmp_path / "backup"))
    destroyed(house, record)
    shutil.rmtree(house.cli.data_dir)
    house.ok("restore", str(tmp_path / "backup"))
    found = shown(house, file)
    assert (found["state"], found["disposal"]["destroyed"]) == ("disposed", 1)
    assert house.state(record) == "destroyed"
