"""Pictures are read after the capture: what is kept, what stays, what is resumed."""

import dataclasses
import io
import threading
import time

import pytest

from ingest.errors import OCRMissingError
from ingest.ocr import find_tesseract
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.ocr import PictureReader, read_waiting, readiness
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.task import Interrupted
from recordsvc.jobs.walk import Item
from recordsvc.jobs.worker import Worker
from recordsvc.model.record import Identifier, Recognition, Statement
from recordsvc.services import description, recognition, renditions
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.services.described import Described
from recordsvc.services.disposal.holding import HoldOrder, place
from recordsvc.services.errors import Conflict, InvalidRequest, NotFound
from recordsvc.services.recognition import OCR, Reading
from recordsvc.services.retention.evidence import UNCONFIRMED
from tests.ingest.made import text_pdf
from tests.ingest.made_scans import page_image, saved, scanned_pdf

OFFICER = Actor(login="officer", role="officer", self_made=True)
LINES = ("The dromedary was counted", "by the Committee on Camels.")
ACT = (
    "PARLIAMENT OF THE DEMOCRATIC",
    "SOCIALIST REPUBLIC OF SRI LANKA",
    "",
    "CAMEL REGISTRATION",
    "ACT, No. 7 OF 1998",
    "",
    "[Certified on 12th March, 1998]",
)


def has_tesseract():
    try:
        find_tesseract()
    except OCRMissingError:
        return False
    return True


needs_tesseract = pytest.mark.skipif(
    not has_tesseract(), reason="no tesseract (Debian package tesseract-ocr)"
)


@pytest.fixture
def take_in(service, tmp_path):
    """Return a function that takes papers in and returns their ids."""

    def take(*contents, **common):
        items = []
        for number, content in enumerate(contents):
            path = tmp_path / f"paper-{number}"
            path.write_bytes(content)
            items.append(Item(given=str(path), path=path))
        lines = []
        Intake(service, OFFICER, IntakeOptions(common=common), lines.append).run(items)
        by_path = {line["path"]: line["id"] for line in lines}
        return [by_path[item.given] for item in items]

    return take


@pytest.fixture
def look(service):
    """Return a function that returns plain values of a record."""

    def at(record_id, *names):
        def work(ctx):
            record = ctx.root.records[record_id]
            found = tuple(getattr(record, name) for name in names)
            return found[0] if len(found) == 1 else found

        return service.view(SYSTEM, work)

    return at


@pytest.fixture
def file_of(look):
    return lambda record_id: look(record_id, "files")[0]


def stored(service, *pages, confidence=0.8):
    """Keep a text and return its place."""
    rows = [(number, text) for number, text in enumerate(pages, 1)]
    content = renditions.encode(rows, None, "en", [confidence] * len(rows))
    return renditions.store(service.bitstreams, content)


@pytest.fixture
def keep(service, file_of):
    """Return a function that keeps a made-up reading of a record."""

    def work(record_id, *pages, described=None, state=Recognition.DONE, warnings=()):
        reading = Reading(
            sha256=file_of(record_id).sha256,
            state=state,
            rendition=stored(service, *pages) if pages else None,
            described=described,
            warnings=warnings,
            confidence=0.8 if pages else None,
            pages=len(pages),
            by="tesseract 5",
            languages=("eng",),
        )
        return service.run(
            SYSTEM, lambda ctx: recognition.keep(ctx, record_id, reading)
        )

    return work


def ask(service, *ids, languages=(), actor=OFFICER):
    service.run(actor, lambda ctx: recognition.ask(ctx, ids, languages))


FOUND = Described(
    type="act",
    titles=(("en", "The Camel Act"),),
    date="1998-03-12",
    dates=(("certified", "1998-03-12"),),
    language="en",
    jurisdiction="lk",
    identifiers=(
        Identifier(scheme="lk.act", value="Act No. 7/1998", normalised="lk.act:1998/7"),
    ),
    statements=(
        Statement(field="title", value="The Camel Act", how="ocr", confidence=0.7),
        Statement(field="date", value="1998-03-12", how="ocr", confidence=0.7),
    ),
)


def test_a_picture_is_captured_at_once_and_its_text_awaited(service, take_in, file_of):
    scan, image, text = take_in(
        scanned_pdf(LINES), saved(page_image(*LINES)), text_pdf("The House met")
    )
    for record_id in (scan, image):
        assert file_of(record_id).recognition == Recognition.AWAITED
        assert file_of(record_id).text == "none"
    assert file_of(text).recognition == Recognition.NONE
    jobs = service.view(
        SYSTEM, lambda ctx: [dict(j.args) for j in ctx.root.jobs if j.kind == OCR]
    )
    assert sorted(" ".join(job["records"] for job in jobs).split()) == sorted(
        (scan, image)
    )


def test_a_dry_run_and_a_duplicate_queue_nothing(service, take_in, tmp_path):
    take_in(scanned_pdf(LINES))
    count = service.view(SYSTEM, lambda ctx: len(ctx.root.jobs.jobs))
    take_in(scanned_pdf(LINES))
    path = tmp_path / "other"
    path.write_bytes(scanned_pdf(("other",)))
    options = IntakeOptions(dry_run=True)
    Intake(service, OFFICER, options, lambda _: None).run(
        [Item(given=str(path), path=path)]
    )
    assert service.view(SYSTEM, lambda ctx: len(ctx.root.jobs.jobs)) == count


def test_where_it_is_off_nothing_is_awaited(service, take_in, file_of, monkeypatch):
    off = dataclasses.replace(service.settings, ocr="off")
    monkeypatch.setattr(service, "settings", off)
    (scan,) = take_in(scanned_pdf(LINES))
    assert file_of(scan).recognition == Recognition.NONE
    assert not service.view(SYSTEM, recognition.is_job_open)
    with pytest.raises(InvalidRequest, match=r"recordsvc\.ocr is off"):
        ask(service, scan)


def test_what_was_read_is_kept_with_its_confidence(service, take_in, keep, look):
    (scan,) = take_in(scanned_pdf(LINES))
    kept = keep(scan, "The dromedary was counted", described=FOUND)
    assert (kept.state, kept.title, kept.pages) == ("done", "The Camel Act", 1)
    (file,) = look(scan, "files")
    assert (file.text, file.recognition, file.confidence) == ("ocr", "done", 0.8)
    assert not any(w.startswith("needs-ocr") for w in file.warnings)
    (page,) = renditions.load(service.bitstreams, file.rendition)
    assert (page.text, page.confidence) == ("The dromedary was counted", 0.8)
    assert look(scan, "type", "date", "jurisdiction") == ("act", "1998-03-12", "lk")
    event = look(scan, "events")[-1]
    facts = dict(event.facts)
    assert event.type == "ocr"
    assert facts["program"] == "tesseract 5"
    assert facts["confidence"] == "0.800"
    by_number = service.view(
        SYSTEM, lambda ctx: ctx.root.ids_by_identifier("lk.act:1998/7")
    )
    assert by_number == (scan,)
    # Nothing waits for a second answer.
    assert keep(scan, "Other text") is None


def test_what_a_sidecar_said_stays(take_in, keep, look):
    (scan,) = take_in(
        scanned_pdf(LINES), title="As sent", date="2001-02-03", identifier="X/1"
    )
    keep(scan, "The dromedary", described=FOUND)
    assert look(scan, "title", "date") == ("As sent", "2001-02-03")
    values = [i.value for i in look(scan, "identifiers")]
    assert values[0] == "X/1"
    assert "Act No. 7/1998" in values
    said = {s.field: s.how for s in look(scan, "statements")}
    assert said["title"] == said["date"] == "sidecar"


def test_what_a_person_entered_stays(service, take_in, keep, look):
    (scan,) = take_in(scanned_pdf(LINES))
    entered = {
        "title": "As entered",
        "identifier": "Y/2",
        "date.certified": "1999-01-01",
    }
    service.run(OFFICER, lambda ctx: description.edit(ctx, scan, entered))
    keep(scan, "The dromedary", described=FOUND)
    assert look(scan, "title", "date") == ("As entered", "1998-03-12")
    assert [i.value for i in look(scan, "identifiers")] == ["Y/2"]
    assert dict(look(scan, "dates"))["certified"] == "1999-01-01"


def test_a_value_read_in_a_picture_is_not_confirmed():
    assert "ocr" in UNCONFIRMED


def test_a_paper_in_which_nothing_is_legible_says_so(take_in, keep, file_of):
    (scan,) = take_in(scanned_pdf(LINES))
    why = "ocr:illegible: nothing is legible on any page"
    keep(scan, state=Recognition.ILLEGIBLE, warnings=(why,))
    file = file_of(scan)
    assert (file.text, file.rendition, file.recognition) == ("none", None, "illegible")
    assert why in file.warnings


def hold_on(service, *ids):
    order = HoldOrder(title="Inquiry", mandate="Order", record_ids=ids)
    service.run(OFFICER, lambda ctx: place(ctx, order))


def test_a_held_paper_gets_its_text_and_keeps_its_description(
    service, take_in, keep, look
):
    (scan,) = take_in(scanned_pdf(LINES))
    hold_on(service, scan)
    keep(scan, "The dromedary", described=FOUND)
    assert look(scan, "files")[0].text == "ocr"
    assert look(scan, "date", "title") == (None, "")


def test_the_text_of_a_held_paper_is_not_read_again(service, take_in, keep, file_of):
    first, second = take_in(scanned_pdf(LINES), scanned_pdf(ACT))
    for record_id in (first, second):
        keep(record_id, "The old text")
    ask(service, second)
    hold_on(service, first, second)
    with pytest.raises(Conflict, match="on hold"):
        ask(service, first)
    # The hold came after it was asked for.
    before = file_of(second).rendition
    keep(second, "The new text")
    assert file_of(second).rendition == before
    assert file_of(second).recognition == Recognition.DONE
    assert any(w.startswith("ocr:again") for w in file_of(second).warnings)


def test_the_text_before_goes_when_a_new_one_is_kept(service, take_in, keep, file_of):
    (scan,) = take_in(scanned_pdf(LINES))
    keep(scan, "The old text")
    old = file_of(scan).rendition
    ask(service, scan, languages=("por",))
    kept = keep(scan, "The new text")
    assert kept.unused == (old,)
    assert not service.view(SYSTEM, lambda ctx: ctx.root.is_referenced(old))
    ask(service, scan)
    assert keep(scan, "The new text").unused == ()


def test_a_failure_leaves_the_text_that_there_was(service, take_in, keep, file_of):
    (scan,) = take_in(scanned_pdf(LINES))
    keep(scan, "The old text")
    before = file_of(scan).rendition
    ask(service, scan)
    keep(scan, state=Recognition.FAILED, warnings=("ocr:page: page 1",))
    assert file_of(scan).rendition == before
    assert file_of(scan).recognition == Recognition.DONE


def test_only_pictures_are_read_and_only_by_who_may_change_them(service, take_in):
    text, scan = take_in(text_pdf("The House met"), scanned_pdf(LINES))
    with pytest.raises(Conflict, match="no pictures"):
        ask(service, text)
    with pytest.raises(NotFound):
        ask(service, "0" * 32)
    for languages in (("../x",), ("-l",), ("eng",) * 11):
        with pytest.raises(InvalidRequest, match="tesseract names them"):
            ask(service, scan, languages=languages)


def test_where_there_is_no_tesseract_that_is_kept_and_taken_up_later(
    service, take_in, file_of, monkeypatch, tmp_path
):
    (scan,) = take_in(scanned_pdf(LINES))
    monkeypatch.setenv("PATH", str(tmp_path))
    told = []
    read_waiting(service, told.append)
    assert [kept.state for kept in told] == ["absent"]
    file = file_of(scan)
    assert file.recognition == Recognition.ABSENT
    assert any("no OCR: tesseract is not installed" in w for w in file.warnings)
    assert any(w.startswith("needs-ocr") for w in file.warnings)
    assert readiness(("eng",))[0] is False
    waiting = service.view(OFFICER, lambda ctx: recognition.open_ids(ctx, again=False))
    assert waiting == (scan,)


@needs_tesseract
def test_a_language_without_data_is_told_like_a_missing_program(
    service, take_in, file_of
):
    (scan,) = take_in(scanned_pdf(LINES))
    ask(service, scan, languages=("xxx",))
    # The job of the intake would read it in English.
    first = service.view(
        SYSTEM,
        lambda ctx: next(
            j.id
            for j in ctx.root.jobs.open.values()
            if not dict(j.args).get("languages")
        ),
    )
    service.run(
        SYSTEM, lambda ctx: ctx.root.jobs.cancel(ctx.root.jobs.jobs[first], ctx.now())
    )
    read_waiting(service)
    assert any("no data for the language xxx" in w for w in file_of(scan).warnings)
    assert readiness(("eng", "xxx"))[0] is False


@needs_tesseract
def test_pictures_are_read_described_and_found(service, take_in, look, file_of):
    act, image, blank = take_in(
        scanned_pdf(ACT, LINES), saved(page_image(*LINES)), saved(page_image())
    )
    told = []
    read_waiting(service, told.append)
    assert sorted(kept.state for kept in told) == ["done", "done", "illegible"]
    assert look(act, "date", "type", "jurisdiction") == ("1998-03-12", "act", "lk")
    assert look(act, "title") == "Camel Registration Act, No. 7 of 1998"
    how = {s.field: (s.how, s.page) for s in look(act, "statements")}
    assert how["title"] == ("ocr", 1)
    pages = renditions.load(service.bitstreams, file_of(act).rendition)
    assert [page.number for page in pages] == [1, 2]
    assert "dromedary" in pages[1].text
    assert all(page.confidence > 0.7 for page in pages)
    assert file_of(blank).recognition == Recognition.ILLEGIBLE
    assert (
        "dromedary"
        in renditions.load(service.bitstreams, file_of(image).rendition)[0].text
    )
    jobs = service.view(
        SYSTEM, lambda ctx: [j.state for j in ctx.root.jobs if j.kind == OCR]
    )
    assert set(jobs) == {"done"}
    assert list(service.scratch_dir().iterdir()) == []


@needs_tesseract
def test_a_job_goes_on_with_the_papers_that_still_wait(service, take_in, file_of):
    ids = take_in(*(scanned_pdf((f"Paper {n} of the dromedary",)) for n in range(3)))
    told = []
    locks = service.settings.data_dir / "locks"
    with Presence(locks) as presence:
        reader = PictureReader(service, presence, lambda: bool(told), told.append)
        with pytest.raises(Interrupted):
            reader.turn()
    assert len(told) == 1
    states = sorted(str(file_of(i).recognition) for i in ids)
    assert states == ["awaited", "awaited", "done"]
    read_waiting(service, told.append)
    assert len(told) == 3
    assert {str(file_of(i).recognition) for i in ids} == {"done"}


@needs_tesseract
def test_more_pages_than_allowed_are_left_and_said(
    service, take_in, file_of, monkeypatch
):
    few = dataclasses.replace(service.settings, ocr_max_pages=1)
    monkeypatch.setattr(service, "settings", few)
    (scan,) = take_in(scanned_pdf(LINES, LINES, LINES))
    read_waiting(service)
    file = file_of(scan)
    assert any("1 of 3 pages were read" in w for w in file.warnings)
    assert len(renditions.load(service.bitstreams, file.rendition)) == 1


def test_other_jobs_do_not_wait_for_pictures(service, take_in, queued, stop):
    take_in(scanned_pdf(LINES))
    queued("other", job_id="j2")
    worker = Worker(service, stop, {})
    task = service.run(SYSTEM, worker._claim)
    assert task.kind == "other"
    assert service.run(SYSTEM, worker._claim) is None


def test_the_worker_takes_pictures_up_by_itself(
    service, take_in, file_of, monkeypatch, tmp_path
):
    stop = threading.Event()
    monkeypatch.setenv("PATH", str(tmp_path))
    (scan,) = take_in(scanned_pdf(LINES))
    thread = threading.Thread(target=Worker(service, stop, {}).run)
    thread.start()
    end = time.monotonic() + 30
    while file_of(scan).recognition == Recognition.AWAITED:
        assert time.monotonic() < end
        time.sleep(0.1)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert file_of(scan).recognition == Recognition.ABSENT


def test_pages_of_an_old_rendition_have_no_confidence():
    content = io.BytesIO(renditions.encode([(1, "text")], None, "en"))

    class Store:
        def open(self, _digest):
            return content

    (page,) = renditions.load(Store(), "digest")
    assert page.confidence is None
