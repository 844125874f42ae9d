"""Papers meet the virus scanner before anything reads them."""

import pytest

from recordsvc.bootstrap import init_store, opened
from recordsvc.jobs import scanned
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import walk
from recordsvc.services.context import LOCAL_ADMINISTRATOR
from recordsvc.services.display import record_mapping
from recordsvc.services.errors import Temporary
from tests.ingest.test_clamd import EICAR, FakeClamd

from .conftest import settings_of


@pytest.fixture
def take_in(tmp_path):
    services = []

    def run(papers, **more):
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for name, content in papers.items():
            (folder / name).write_bytes(content)
        settings = settings_of(tmp_path, **more)
        if not settings.data_dir.exists():
            init_store(settings, is_test=True, admin="a", password="a long password")
        context = opened(settings, {})
        service = context.__enter__()
        services.append(context)
        lines = []
        intake = Intake(service, LOCAL_ADMINISTRATOR, IntakeOptions(), lines.append)
        intake.run(walk([str(folder)], recursive=True))

        def read(ctx):
            return {
                ctx.root.records[line["id"]].files[0].name: record_mapping(
                    ctx, ctx.root.records[line["id"]]
                )
                for line in lines
            }

        return service.view(LOCAL_ADMINISTRATOR, read)

    yield run
    for context in services:
        context.__exit__(None, None, None)


@pytest.fixture
def clamd(tmp_path):
    server = FakeClamd(tmp_path / "clamd.ctl")
    yield server
    server.close()


def test_an_infected_paper_is_quarantined_under_the_name_of_the_signature(
    take_in, clamd, tmp_path
):
    papers = {"a.txt": b"A clean paper", "b.txt": b"Some words and " + EICAR}
    found = take_in(papers, **{"recordsvc.clamd": str(tmp_path / "clamd.ctl")})
    clean, infected = found["a.txt"], found["b.txt"]
    assert clean["components"][0]["scan"] == "clean"
    assert clean["components"][0]["text"] == "full"
    assert infected["state"] == "quarantined"
    assert infected["components"][0]["scan"] == "infected"
    assert infected["components"][0]["error"] == "infected: Eicar-Test-Signature"
    assert infected["components"][0]["text"] == "none"
    assert sorted(clamd.seen) == sorted(papers.values())


def test_without_a_scanner_that_is_recorded(take_in):
    found = take_in({"a.txt": b"A paper"})
    assert found["a.txt"]["components"][0]["scan"] == "not_scanned"


def test_a_silent_scanner_is_passed_by_where_the_setting_says_so(take_in):
    found = take_in({"a.txt": b"A paper"}, **{"recordsvc.clamd": "/nowhere/clamd.ctl"})
    assert found["a.txt"]["components"][0]["scan"] == "not_scanned"


def test_a_silent_scanner_stops_the_intake_where_the_setting_says_so(
    take_in, monkeypatch
):
    monkeypatch.setattr(scanned, "PATIENCE_S", 0.0)
    monkeypatch.setattr(scanned, "PAUSE_S", 0.0)
    with pytest.raises(Temporary, match="clamd_absent is wait"):
        take_in(
            {"a.txt": b"A paper"},
            **{
                "recordsvc.clamd": "/nowhere/clamd.ctl",
                "recordsvc.clamd_absent": "wait",
            },
        )
