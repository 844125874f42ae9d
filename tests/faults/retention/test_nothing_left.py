"""A hundred destroyed papers leave no byte; a hundred neighbours are as they were."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recordsvc.jobs.disposal import RunReport
from recordsvc.jobs.erasing import page_images
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import walk
from recordsvc.model import Link
from recordsvc.model.agenda import Evidence
from recordsvc.services.context import Context
from recordsvc.settings import Settings
from tests.faults.retention.archives import (
    OFFICER,
    ROOT,
    Commands,
    House,
    Paper,
    house_of,
)
from tests.faults.retention.byte_scan import scan
from tests.faults.retention.marked_papers import token, write_papers

pytestmark = [pytest.mark.faults, pytest.mark.slow]
PAPERS = 200
DOOMED, NEIGHBOURS = set(range(0, PAPERS, 2)), set(range(1, PAPERS, 2))


def _ingest(house: House, folder: Path) -> dict[int, str]:
    """Take the papers in; return number to record id."""
    row = {"class": "X", "created": "2015-03-01", "title": "A paper on water"}
    lines: list[dict] = []
    intake = Intake(
        house.service, OFFICER, IntakeOptions(common=row), report=lines.append
    )
    intake.run(walk([str(folder)], recursive=True))
    assert {line["status"] for line in lines} == {"added"}, lines
    assert all(line["text"] == "full" for line in lines), lines
    return {int(Path(line["path"]).stem[1:]): line["id"] for line in lines}


def _leave_traces(ctx: Context, ids: dict[int, str]) -> None:
    """Quote a doomed paper in a link of its neighbour."""
    link = Link("ab" * 16, "cites", ids[1], ids[0])
    link.evidence = (Evidence(rule="text", text=f"see {token(0)} there", page=1),)
    ctx.root.links[link.id] = link
    for record_id in (ids[0], ids[1]):
        ctx.root.links_by_record.add((record_id, link.id))


def _draw_pages(ctx: Context, ids: dict[int, str]) -> None:
    """Put drawn pages of a doomed paper and of its neighbour into the cache."""
    folder = page_images(ctx.settings.data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for number in (4, 5):
        sha256 = ctx.root.records[ids[number]].files[0].sha256
        (folder / f"{sha256}-1.png").write_text(token(number))


def _check_neighbours(house: House, ids: dict[int, str]) -> None:
    def look(ctx: Context) -> None:
        for number in NEIGHBOURS:
            record = ctx.root.records[ids[number]]
            for file in record.files:
                assert ctx.bitstreams.verify(file.sha256), number
                assert ctx.bitstreams.verify(file.rendition), number

    house.view(look)
    for number in NEIGHBOURS:
        assert house.found(token(number)) == [ids[number]], number


def _unfinished(report: RunReport) -> list[tuple[str, str | None]]:
    return [
        (item["result"], item["reason"])
        for found in report.mapping["lists"]
        for item in found["items"]
        if item["result"] != "destroyed"
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["whoosh", "tantivy"])
def test_destroyed_papers_leave_no_byte_and_their_neighbours_are_intact(
    settings_for: Callable[[str], Settings], tmp_path: Path, engine: str
) -> None:
    settings = settings_for(engine)
    write_papers(tmp_path / "papers", PAPERS)
    with house_of(settings) as house:
        ids = _ingest(house, tmp_path / "papers")
        house.view(lambda ctx: _draw_pages(ctx, ids))
        house.act(OFFICER, lambda ctx: _leave_traces(ctx, ids))
        house.index()
        list_id = house.approved(ids[number] for number in sorted(DOOMED))
    shutil.rmtree(tmp_path / "papers")
    before = scan(settings.data_dir)
    assert set(before.places) == DOOMED | NEIGHBOURS, "the scan sees every token"
    seen = (place for each in before.places.values() for place in each)
    forms = {place.partition(" in ")[2] for place in seen}
    assert {"zlib", "zip"} <= forms
    with house_of(settings) as house:
        started = time.monotonic()
        report = house.run()
        seconds = time.monotonic() - started
        assert _unfinished(report) == []
        assert report.mapping["lists"][0]["id"] == list_id
        _check_neighbours(house, ids)
        for number in DOOMED:
            assert house.found(token(number)) == [], number
        assert [sorted(c) for c in house.certified()] == [
            sorted(ids[number] for number in DOOMED)
        ]
    after = scan(settings.data_dir)
    print(
        f"\n{engine}: {len(DOOMED)} destroyed in {seconds:.1f} s; "
        f"{after.bytes} bytes looked through, {before.bytes} before"
    )
    assert {n: after.places[n] for n in DOOMED & set(after.places)} == {}
    assert set(after.places) == NEIGHBOURS
    _check_by_commands(settings, list_id, tmp_path)


def _check_by_commands(settings: Settings, list_id: str, folder: Path) -> None:
    commands = Commands(settings)
    assert commands.json("index", "verify")["valid"]
    assert commands.json("audit", "verify")["valid"]
    _, made, _ = commands.run("disposal", "certificate", list_id)
    certificate = folder / "certificate.json"
    certificate.write_text(made)
    verifier = ROOT / "exports" / "certificate_verifier.py"
    subprocess.run([sys.executable, "-I", verifier, certificate], check=True)


def test_of_a_record_without_samples_nothing_is_claimed_to_have_been_sought(
    house: House,
) -> None:
    (record_id,) = house.add(Paper(text="tiny"))
    house.approved([record_id])
    assert house.run().results == {"destroyed"}
    told = house.record(record_id, lambda r: r.tombstone.verification)
    assert told == "it had nothing that could be looked for"
