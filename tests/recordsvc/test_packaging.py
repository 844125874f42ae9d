"""Records out as packages and back in, with real stores."""

import hashlib
import io
import json
import subprocess
from dataclasses import replace

import bagit
import pytest

from exports.layout import RECORD_JSON
from exports.validate import validate
from recordsvc.bootstrap import init_store, open_service
from recordsvc.cli import main
from recordsvc.jobs.audit_check import verify_trail
from recordsvc.jobs.bag_import import BagImport
from recordsvc.jobs.export_job import export_records
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.sealer import Sealer
from recordsvc.model import Aggregation, Manifestation, Record
from recordsvc.model.record import Citation, RecordState
from recordsvc.services import capture, linking, questions, recorddocument
from recordsvc.services.classification import filing
from recordsvc.services.context import LOCAL_ADMINISTRATOR, Actor
from recordsvc.services.described import Described
from recordsvc.services.description import edit
from recordsvc.services.display import record_mapping
from recordsvc.services.disposal import holding
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed
from recordsvc.services.importing import is_new
from recordsvc.services.packaging import exportable_ids
from recordsvc.services.reading import pages_of
from recordsvc.services.recorddocument import APART, VALUES, document_of, dump, load
from recordsvc.services.retention import occurrences, scheduling
from recordsvc.services.valuecodec import fields_of
from recordsvc.settings import settings_from

ADMIN = LOCAL_ADMINISTRATOR
LIBRARIAN = Actor(login="lia", role="librarian")
FREE = {"revision", "etag", "modified", "imported", "url", "urls", "events"}
SCHEDULE = """
[authority]
title = "Authority"
zone = "Europe/Paris"
fiscal_year_start = "04-01"
approved_by = ["Clerk", "Archivist"]
version = 1
effective_from = 2020-01-01
[[class]]
code = "BUS"
title = "Business"
schedule = "B-1"
[[class]]
code = "BUS.PQ"
title = "Questions"
parent = "BUS"
[[schedule]]
code = "B-1"
title = "Business"
  [[schedule.stage]]
  trigger = "last_action"
  period = "P10Y"
  action = "destroy"
"""
ODD = "d\udce9bat \n 100%.txt"
TEXT = "Question écrite sur l’eau potable dans les communes rurales.\n" * 20


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens a new test store of its own."""
    services = []

    def make(name: str, *, is_test: bool = True):
        settings = settings_from(
            {"search.engine": "memory", "recordsvc.parliament": "Assembly"},
            {"RECORDSVC_DATA_DIR": str(tmp_path / name)},
        )
        init_store(settings, is_test=is_test, admin="admin", password="secret-enough")
        services.append(open_service(settings, {}))
        return services[-1]

    yield make
    for service in services:
        service.close()


def paper(service, name, content, *, text="none", described=None, **sidecar) -> str:
    """Capture a paper without extraction; return its id."""

    def work(ctx):
        stored = ctx.bitstreams.put(io.BytesIO(content))
        arrival = capture.Arrival(
            manifestation=Manifestation(
                name=name,
                sha256=stored.sha256,
                bytes=stored.bytes,
                mime="text/plain",
                puid="x-fmt/111",
                text=text,
                warnings=("odd: it is",),
                captured_at=ctx.now(),
            ),
            described=described or Described(type="report"),
            sidecar=sidecar,
        )
        return capture.capture(ctx, arrival).record.id

    return service.run(ADMIN, work)


def shown(service, record_id, actor=ADMIN):
    return service.view(
        actor, lambda ctx: record_mapping(ctx, ctx.root.records[record_id])
    )


def ids_in(service):
    return service.view(ADMIN, exportable_ids)


def export(service, into, ids=None, actor=ADMIN, **options):
    chosen = ids_in(service) if ids is None else ids
    return export_records(service, actor, chosen, into, **options)


def bring(service, *paths, actor=ADMIN):
    return BagImport(service, actor).run(paths)


@pytest.fixture
def rich(opened):
    """Return a store in which every kind of thing is said of some record."""
    service = opened("source")
    described = Described(
        type="report",
        titles=(("fr", "Rapport sur l’eau"), ("ar", "تقرير المياه")),
        date="2020-02-03",
        dates=(("tabled", "2020-02-01"),),
        language="fr",
        citations=(
            Citation(
                scheme="eu.question",
                text="E-000123/2020",
                normalised="eu.question:e-000123/2020",
                page=1,
                start=3,
                end=16,
            ),
        ),
    )
    service.run(ADMIN, lambda ctx: scheduling.import_schedule(ctx, SCHEDULE))
    first = paper(service, ODD, b"one", described=described, identifier="Doc 1/2020")
    second = paper(service, "two.txt", b"two", title="Two", access="closed")
    empty = paper(service, "", b"")

    def furnish(ctx):
        filing.classify(ctx, first, "BUS.PQ")
        filing.add_obligation(ctx, first, "BUS", citation="Act 1", reason="audit")
        linking.add(ctx, "cites", first, second, "said so")
        edit(ctx, second, {"title@de": "Zwei", "date.tabled": "2019-01-01"})
        dossier = Aggregation("d" * 32, "Water", "BUS")
        dossier.closed_on = "2021-01-01"
        ctx.root.aggregations[dossier.id] = dossier
        ctx.root.records[second].aggregation = dossier.id
        key = ctx.root.records[first].identifiers[0].value
        occurrences.record_event(ctx, "answered", key, "2020-05-05")
        questions.import_rows(
            ctx,
            [
                (
                    2,
                    {
                        "kind": "question",
                        "identifier": "E-9-2020-000123",
                        "reference": "E-000123/2020",
                        "date": "2020-01-02",
                        "language": language,
                        "title": title,
                        "author": "A. Member",
                        "addressee": "Commission",
                    },
                )
                for language, title in (("en", "Water"), ("fr", "Eau"))
            ],
        )

    service.run(ADMIN, furnish)
    order = holding.HoldOrder(title="Inquiry", mandate="Order 7", record_ids=(first,))
    service.run(ADMIN, lambda ctx: holding.place(ctx, order).records)
    assert empty
    return service


def test_every_field_of_a_record_is_carried_or_stands_apart_for_a_reason():
    assert set(VALUES) | APART == set(fields_of(Record))
    assert set(VALUES).isdisjoint(APART)


def test_packages_are_valid_for_everybody(rich, tmp_path):
    report = export(rich, tmp_path / "out")
    assert report.refused == []
    assert len(report.packages) == 4
    for made in report.packages:
        path = tmp_path / "out" / made["path"]
        bagit.Bag(str(path)).validate()
        assert made["valid"]
        manifest = (path / "manifest-sha256.txt").read_bytes()
        assert made["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
        info = (path / "bag-info.txt").read_text()
        assert f"External-Identifier: {made['id']}\n" in info
        assert f"Payload-Oxum: {made['bytes']}.{made['files']}\n" in info
        assert "Source-Organization: Assembly\n" in info
        assert "test store" in info


@pytest.mark.parametrize("form", ["none", "tar", "zip", "tar.gz"])
@pytest.mark.parametrize("with_schedule", [False, True])
def test_export_wipe_import_shows_the_same(rich, opened, tmp_path, form, with_schedule):
    report = export(rich, tmp_path / "out", serialization=form)
    other = opened("target")
    if with_schedule:
        other.run(ADMIN, lambda ctx: scheduling.import_schedule(ctx, SCHEDULE))
    paths = [tmp_path / "out" / made["path"] for made in report.packages]
    result = bring(other, *paths)
    assert (result.added, result.refused) == (4, [])
    for record_id in ids_in(rich):
        before, after = shown(rich, record_id), shown(other, record_id)
        assert before.keys() == after.keys()
        for name in before.keys() - FREE:
            assert before[name] == after[name], name
        events = [e for e in after["events"] if e in before["events"]]
        assert events == before["events"]
    again = bring(other, *paths)
    assert (again.added, again.unchanged, again.refused) == (0, 4, [])


def test_imported_store_says_all_again(rich, opened, tmp_path):
    export(rich, tmp_path / "out")
    other = opened("target")
    bring(other, *(tmp_path / "out").iterdir())

    def documents(service):
        found = {}
        for record_id in ids_in(service):
            document = service.view(
                ADMIN, lambda ctx, i=record_id: document_of(ctx, ctx.root.records[i])
            )
            found[record_id] = document
        return found

    ours, theirs = documents(rich), documents(other)
    assert ours.keys() == theirs.keys()
    for record_id, document in ours.items():
        same = theirs[record_id]
        for part in ("values", "holds", "links", "question", "triggers", "aggregation"):
            assert getattr(document, part) == getattr(same, part), part
        assert load(dump(document)) == document


def test_imported_history_is_claimed_and_holds_are_active(rich, opened, tmp_path):
    export(rich, tmp_path / "out")
    other = opened("target")
    bring(other, *(tmp_path / "out").iterdir())

    def look(ctx):
        held = [r for r in ctx.root.records.values() if r.is_held]
        own = {e.type for r in ctx.root.records.values() for e in r.events}
        claimed = {e.type for r in ctx.root.records.values() for e in r.claimed_events}
        pairs = set(ctx.root.held)
        holds = [(h.title, h.mandate, h.is_active) for h in ctx.root.holds.values()]
        return [r.id for r in held], own, claimed, pairs, holds

    held, own, claimed, pairs, holds = other.view(ADMIN, look)
    assert own == {"ingestion", "link"}
    assert {"capture", "hold", "classify", "edit"} <= claimed
    assert holds == [("Inquiry", "Order 7", True)]
    assert [record_id for _, record_id in pairs] == held
    assert len(held) == 1
    with pytest.raises(Conflict, match="on hold"):
        other.run(ADMIN, lambda ctx: edit(ctx, held[0], {"title": "x"}))


def test_a_hold_lifted_here_stays_lifted_for_a_record_that_comes_under_it(
    rich, opened, tmp_path
):
    export(rich, tmp_path / "out")
    other = opened("target")
    bring(other, *(tmp_path / "out").iterdir())
    held = other.view(ADMIN, lambda ctx: next(iter(ctx.root.held)))

    def forget(ctx):
        hold = ctx.root.holds[held[0]]
        hold.lifted_at, hold.lifted_by = ctx.now(), "judge"
        ctx.root.active_holds.remove(held[0])
        ctx.root.held.remove(held)
        del ctx.root.records[held[1]]

    other.run(ADMIN, forget)
    report = bring(other, *(tmp_path / "out").glob(f"{held[1]}*"))
    (line,) = report.lines
    assert line["lifted"] == [held[0]]

    def look(ctx):
        record = ctx.root.records[held[1]]
        told = [dict(e.facts) for e in record.events if e.type == "hold-stays-lifted"]
        return record.holds, told, ctx.root.holds[held[0]].lifted_by

    assert other.view(ADMIN, look) == ((), [{"hold": held[0]}], "judge")
    assert not other.view(ADMIN, lambda ctx: {*ctx.root.held, *ctx.root.active_holds})
    # The same package again is the same record still.
    assert bring(other, *(tmp_path / "out").glob(f"{held[1]}*")).unchanged == 1


def document_in(folder):
    (package,) = folder.iterdir()
    return load((package / RECORD_JSON).read_bytes())


@pytest.fixture
def foreign(opened, tmp_path):
    """Return the document of a record that another archive has made."""
    source = opened("foreign")
    paper(source, "a.txt", b"a")
    export(source, tmp_path / "foreign-out")
    return document_in(tmp_path / "foreign-out")


def test_claimed_events_never_enter_the_trail_of_ours(foreign, opened, tmp_path):
    other = opened("target")
    bring(other, *(tmp_path / "foreign-out").iterdir())

    def look(ctx):
        record = ctx.root.records[foreign.id]
        trail = {e.event.id for e in ctx.root.audit.pending_entries()}
        trail |= set(ctx.root.audit.positions)
        claimed = {e.id for e in record.claimed_events}
        return claimed & trail, claimed, {e.id for e in record.events} <= trail

    assert other.view(ADMIN, look) == (set(), {e.id for e in foreign.events}, True)
    assert verify_trail(other, ADMIN).valid


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_package_that_claims_an_act_of_ours_is_refused(foreign, opened, is_sealed):
    other = opened("target")
    act = other.run(ADMIN, lambda ctx: ctx.log("0" * 32, "hold-placed"))
    if is_sealed:
        with Sealer(other) as sealer:
            sealer.catch_up()
    stolen = replace(foreign.events[0], id=act.id)
    claiming = replace(foreign, events=(stolen, *foreign.events[1:]))
    with pytest.raises(Conflict, match=f"event {act.id} of the package is another"):
        other.view(ADMIN, lambda ctx: is_new(ctx, claiming))
    assert other.view(ADMIN, lambda ctx: is_new(ctx, foreign))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: {"events": (d.events[0], d.events[0])},
        lambda d: {"events": (replace(d.events[0], id="1"),)},
        lambda d: {"events": (replace(d.events[0], id=""),)},
        lambda d: {"version": 10**30},
    ],
)
def test_numbers_that_no_archive_gives_are_refused(foreign, opened, change):
    false = replace(foreign, **change(foreign))
    with pytest.raises(InvalidRequest):
        opened("target").view(ADMIN, lambda ctx: is_new(ctx, false))


def test_titles_of_holds_leave_only_with_permission(rich, tmp_path):
    export(rich, tmp_path / "out", actor=LIBRARIAN)
    everything = b"".join(
        p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()
    )
    assert b"Inquiry" not in everything
    assert b"Order 7" not in everything
    export(rich, tmp_path / "more")
    everything = b"".join(
        p.read_bytes() for p in (tmp_path / "more").rglob("*") if p.is_file()
    )
    assert b"Order 7" in everything


def test_what_the_actor_may_not_read_is_not_exported_nor_named(rich, tmp_path):
    closed = rich.view(
        ADMIN,
        lambda ctx: next(
            r.id for r in ctx.root.records.values() if r.access == "closed"
        ),
    )
    seen = rich.view(LIBRARIAN, exportable_ids)
    assert closed not in seen
    export(rich, tmp_path / "out", ids=seen, actor=LIBRARIAN)
    everything = b"".join(
        p.read_bytes() for p in (tmp_path / "out").rglob("*.json") if p.is_file()
    )
    assert len(seen) == 3
    assert b'"links": []' in everything
    assert b"said so" not in everything
    refused = export(rich, tmp_path / "out", ids=[closed], actor=LIBRARIAN).refused
    assert [r.exit_code for r in refused] == [3]
    reader = Actor(login="r", role="reader")
    refused = export(rich, tmp_path / "out", ids=seen[:1], actor=reader).refused
    assert refused[0].exit_code in (3, 4)


def test_exporting_twice_gives_identical_tars(rich, tmp_path):
    for name in ("one", "two"):
        export(rich, tmp_path / name, serialization="tar")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_package_in_the_way_is_never_overwritten(rich, tmp_path):
    first = export(rich, tmp_path / "out")
    second = export(rich, tmp_path / "out")
    assert second.packages == []
    assert {r.exit_code for r in second.refused} == {6}
    assert len(first.packages) == len(second.refused)


def test_missing_or_changed_bytes_refuse_that_record_alone(opened, tmp_path):
    service = opened("source")
    lost, changed, good = (
        paper(service, f"{n}.txt", n.encode()) for n in ("lost", "changed", "good")
    )
    for record_id in (lost, changed):
        component = shown(service, record_id)["components"][0]
        path = service.bitstreams.path(component["sha256"])
        path.unlink()
        if record_id == changed:
            path.write_bytes(b"CHANGED")
    report = export(service, tmp_path / "out", ids=[lost, changed, good])
    assert [made["id"] for made in report.packages] == [good]
    assert [r.exit_code for r in report.refused] == [8, 8]
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_unknown_options_are_refused(rich, tmp_path):
    with pytest.raises(InvalidRequest, match="profiles are"):
        export(rich, tmp_path, profile="btr")
    with pytest.raises(InvalidRequest, match="--serialize"):
        export(rich, tmp_path, serialization="rar")


def test_other_content_under_the_same_id_is_refused(rich, opened, tmp_path):
    ids = ids_in(rich)
    export(rich, tmp_path / "out")
    other = opened("target")
    bring(other, *(tmp_path / "out").iterdir())
    free = [i for i in ids if not shown(rich, i)["holds"]]
    other.run(ADMIN, lambda ctx: edit(ctx, free[0], {"title": "Another"}))
    before = shown(other, free[0])
    result = bring(other, *(tmp_path / "out").glob(f"{free[0]}*"))
    assert [r.exit_code for r in result.refused] == [6]
    assert "titles" in result.refused[0].reason
    assert shown(other, free[0]) == before


def test_each_lost_part_is_other_content(rich, opened, tmp_path):
    export(rich, tmp_path / "out")
    other = opened("target")
    bring(other, *(tmp_path / "out").iterdir())

    def lose(ctx):
        for record in ctx.root.records.values():
            record.claimed_events = ()
            record.holds = ()
        ctx.root.questions.clear()
        ctx.root.links_by_record.clear()

    other.run(ADMIN, lose)
    reasons = " ".join(
        r.reason for r in bring(other, *(tmp_path / "out").iterdir()).refused
    )
    for part in ("events", "holds", "question", "links"):
        assert part in reasons


def test_destroyed_record_does_not_come_back(rich, opened, tmp_path):
    export(rich, tmp_path / "out")
    other = opened("target")
    bring(other, *(tmp_path / "out").iterdir())
    victim = ids_in(other)[0]

    def destroy(ctx):
        ctx.root.records[victim].state = RecordState.DESTROYED

    other.run(ADMIN, destroy)
    result = bring(other, *(tmp_path / "out").glob(f"{victim}*"))
    assert [r.exit_code for r in result.refused] == [6]
    assert "destroyed" in result.refused[0].reason
    report = export(other, tmp_path / "again", ids=[victim])
    assert [r.exit_code for r in report.refused] == [6]


def test_link_to_an_absent_record_comes_with_that_record(rich, opened, tmp_path):
    export(rich, tmp_path / "out")
    linked = [i for i in ids_in(rich) if shown(rich, i)["links"]]
    other = opened("target")
    first = bring(other, *(tmp_path / "out").glob(f"{linked[0]}*"))
    assert first.lines[0]["absent"] == [linked[1]]
    assert shown(other, linked[0])["links"] == []
    second = bring(other, *(tmp_path / "out").glob(f"{linked[1]}*"))
    assert second.lines[0]["absent"] == []
    for record_id in linked:
        assert shown(other, record_id)["links"] == shown(rich, record_id)["links"]


def test_text_is_extracted_anew_and_found(opened, tmp_path):
    source = opened("source")
    record_id = paper(source, "note.txt", TEXT.encode(), text="full", language="fr")
    export(source, tmp_path / "out", serialization="tar.gz")
    other = opened("target")
    assert bring(other, *(tmp_path / "out").iterdir()).added == 1
    pages = other.view(ADMIN, lambda ctx: pages_of(ctx, record_id))
    assert "eau potable" in pages[0]
    with Indexer(other) as indexer:
        indexer.catch_up()
    file = shown(other, record_id)["components"][0]
    assert other.bitstreams.verify(file["sha256"])
    assert list(other.scratch_dir().iterdir()) == []


def test_only_who_may_import_does(rich, opened, tmp_path):
    export(rich, tmp_path / "out")
    with pytest.raises(NotAllowed, match="function bag"):
        bring(opened("target"), *(tmp_path / "out").iterdir(), actor=LIBRARIAN)


def test_bad_packages_are_refused_and_leave_no_record(rich, opened, tmp_path):
    made = export(rich, tmp_path / "out").packages
    other = opened("target")
    flipped = tmp_path / "out" / made[0]["path"] / "data/METS.xml"
    flipped.write_bytes(flipped.read_bytes()[:-1] + b" ")
    (tmp_path / "text").write_text("no bag")
    result = bring(
        other, flipped.parents[1], tmp_path / "none", tmp_path / "text", tmp_path
    )
    assert [r.exit_code for r in result.refused] == [8, 3, 8, 8]
    assert ids_in(other) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(form=2),
        lambda d: d.update(id="../../etc"),
        lambda d: d.update(version=0),
        lambda d: d.update(version="1"),
        lambda d: d.update(modified="yesterday"),
        lambda d: d.update(modified="2020-01-01T00:00:00"),
        lambda d: d.update(events={}),
        lambda d: d.update(events=[{"id": "x"}]),
        lambda d: d.update(holds=[{"id": "zz"}]),
        lambda d: d.update(links=[{"colour": "red"}]),
        lambda d: d.pop("links"),
        lambda d: d["record"].update(access="world"),
        lambda d: d["record"].update(state="destroyed"),
        lambda d: d["record"].update(tombstone=[]),
        lambda d: d["record"].update(titles=[["en"]]),
        lambda d: d["record"].update(titles="x"),
        lambda d: d["record"]["expressions"][0]["manifestations"][0].update(bytes=-1),
        lambda d: d["record"]["expressions"][0].update(manifestations=[1]),
        lambda d: d["links"].append(
            {"id": "a" * 32, "type": "cites", "source": d["id"], "target": "b" * 32}
        ),
        lambda d: d["links"].append(
            {"id": "a", "type": "cites", "source": "c" * 32, "target": "b" * 32}
        ),
        lambda d: d.update(record=[]),
        lambda d: d["record"].update(titles=[["en", "half \udc80"]]),
        lambda d: d["record"].update(declared_on=5),
        lambda d: d["record"].update(statements=[{"field": "a", "confidence": 1}]),
    ],
)
def test_false_record_json_is_refused(opened, tmp_path, change):
    source = opened("source")
    paper(source, "a.txt", b"a")
    made = export(source, tmp_path / "out").packages[0]
    document = tmp_path / "out" / made["path"] / RECORD_JSON
    whole = json.loads(document.read_text())
    change(whole)
    with pytest.raises(InvalidRequest, match="cannot be read"):
        load(json.dumps(whole).encode())


def test_text_that_is_no_json_is_refused():
    for content in (b"", b"\xff", b"[]", b"[" * 100_000):
        with pytest.raises(InvalidRequest):
            recorddocument.load(content)


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command and returns exit code and output."""
    monkeypatch.chdir(tmp_path)

    def run(*words, store="source"):
        monkeypatch.setenv("RECORDSVC_DATA_DIR", str(tmp_path / store))
        with pytest.raises(SystemExit) as ended:
            main([*words])
        return ended.value.code, capsys.readouterr()

    return run


def test_commands_export_validate_compare_and_import(command, tmp_path):
    for store in ("source", "target"):
        assert command("init", "--test", "--json", store=store)[0] == 0
    (tmp_path / "note.txt").write_text(TEXT)
    code, said = command("ingest", "note.txt", "--jsonl")
    assert code == 0
    record_id = json.loads(said.out.splitlines()[0])["id"]
    before = json.loads(command("show", record_id, "--json")[1].out)

    code, said = command("export", "potable", "-o", "out", "--json")
    made = json.loads(said.out)
    assert code == 0
    assert made["refused"] == []
    package = made["packages"][0]
    assert package["id"] == record_id
    assert package["valid"] is True
    path = f"out/{package['path']}"
    assert command("export", "--id", record_id, "-o", "out")[0] == 6
    assert command("export", "--id", "0" * 32, "-o", "out")[0] == 3
    assert command("export", "--all", "-o", "two", "--serialize", "tar")[0] == 0
    assert command("export", "nowhereword", "-o", "out")[0] == 7
    assert command("export", "-o", "out")[0] == 2
    assert command("export", "a*", "-o", "out")[0] == 2

    code, said = command("bag", "validate", path, "--json")
    assert code == 0
    assert json.loads(said.out)["valid"] is True
    profile = f"{path}/bagit-profile.json"
    assert command("bag", "validate", path, "--profile", profile)[0] == 0
    assert command("bag", "validate", path, "--profile", "note.txt")[0] == 2
    assert command("bag", "validate", "nowhere")[0] == 3
    code, said = command("bag", "validate", "note.txt")
    assert code == 8
    assert "NOT VALID" in said.out

    tar = f"two/{package['path']}.tar"
    assert command("bag", "diff", path, tar)[0] == 0
    code, said = command("bag", "import", tar, "--json", store="target")
    assert code == 0
    assert json.loads(said.out)["summary"]["added"] == 1
    code, said = command("search", "potable", "--json", store="target")
    assert [hit["id"] for hit in json.loads(said.out)["hits"]] == [record_id]
    after = json.loads(command("show", record_id, "--json", store="target")[1].out)
    assert {k: v for k, v in before.items() if k not in FREE} == {
        k: v for k, v in after.items() if k not in FREE
    }
    assert command("bag", "import", path, store="target")[0] == 7
    assert command("index", "verify", store="target")[0] == 0

    command("edit", record_id, "title=Other", "--if-match", "2", store="target")
    assert command("bag", "import", path, store="target")[0] == 6
    command("export", "--all", "-o", "three", store="target")
    other = next((tmp_path / "three").iterdir())
    code, said = command("bag", "diff", path, str(other))
    assert code == 8
    assert "! data/metadata/descriptive/record.json" in said.out
    assert "~ Record-Version: 1 -> 3" in said.out
    assert command("bag", "diff", path, "nowhere")[0] == 3
    assert command("bag", "diff", path, "note.txt", "--json")[0] == 8
    assert command("bag", "import", "note.txt", path, store="target")[0] in (6, 8)


def test_tar_is_what_other_programs_read(rich, tmp_path):
    made = export(rich, tmp_path, serialization="tar").packages
    for package in made:
        into = tmp_path / "unpacked"
        into.mkdir(exist_ok=True)
        subprocess.run(
            ["tar", "-xf", tmp_path / package["path"], "-C", into], check=True
        )
    for folder in (tmp_path / "unpacked").iterdir():
        bagit.Bag(str(folder)).validate()
        assert validate(folder).valid
