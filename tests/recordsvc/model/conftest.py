"""A sample archive with one of everything that the store can hold."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from recordsvc.model import (
    Account,
    Agent,
    AgentKind,
    Aggregation,
    Archive,
    CalendarEnd,
    Certificate,
    ClassNode,
    DisposalList,
    DisposalRun,
    Event,
    Expression,
    Hold,
    Job,
    Link,
    ListItem,
    Manifestation,
    Question,
    Record,
    ScheduleVersion,
    Token,
    TriggerEvent,
    new_archive,
)
from recordsvc.model.access import PasswordOrigin
from recordsvc.model.agenda import EndForm, Evidence
from recordsvc.model.audit import SealedEntry
from recordsvc.model.bulk import (
    BulkEdit,
    BulkItem,
    BulkKind,
    BulkOutcome,
    Change,
    ChangeKind,
    Rule,
)
from recordsvc.model.disposal import Act, ItemRuling
from recordsvc.model.fileplan import AggregationAct, AggregationStub, ClassState
from recordsvc.model.foreign import Foreign
from recordsvc.model.likeness import JoinedPaper, Pair, PaperTraits, TextTraits
from recordsvc.model.mail import Letter, LetterKind
from recordsvc.model.record import (
    Appraisal,
    Citation,
    Closure,
    EditMark,
    ExtraObligation,
    Identifier,
    Party,
    RecordState,
    Shortening,
    Standing,
    Statement,
    Tombstone,
)
from recordsvc.model.triage import InboxEntry

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def usual_record() -> Record:
    """Return a written question, one file of two pages, as capture leaves it."""
    record = Record(uuid.uuid4().hex)
    record.type = "question"
    record.titles = (
        ("en", "Question for written answer: Maintenance of rural bus services"),
        ("fr", "Question avec demande de réponse écrite: Lignes de bus rurales"),
    )
    record.date, record.language, record.jurisdiction = "2026-02-11", "en", "eu"
    record.identifiers = tuple(
        Identifier(scheme=scheme, value=value, normalised=value.lower())
        for scheme, value in (
            ("eu.question", "E-000123/2026"),
            ("eu.document", "E-10-2026-000123"),
        )
    )
    record.statements = tuple(
        Statement(
            field=field,
            value=f"a value of usual length for {field}",
            how="extracted",
            rule="eu.question.heading",
            page=1,
            confidence=0.9,
            start=120,
            end=180,
        )
        for field in ("title", "date", "type", "language", "author", "addressee")
    )
    record.parties = (
        Party(role="author", name="Ana Lo", state="matched", agent="f" * 32, score=1.0),
        Party(role="addressee", name="Commission"),
    )
    record.subjects = ("Public transport", "Rural areas")
    record.citations = tuple(
        Citation(
            scheme="eu.regulation",
            text=f"Regulation (EU) 2021/{number}",
            normalised=f"reg/2021/{number}",
            page=1,
            start=number * 60,
            end=number * 60 + 24,
        )
        for number in range(6)
    )
    record.expressions = (
        Expression(language="en", manifestations=(manifestation("en"),)),
    )
    record.access, record.class_code = "open", "BUS.PQ"
    record.declared_on = record.received_on = date(2026, 3, 2)
    record.captured_at = record.modified_at = NOW
    record.captured_by = "records.officer"
    record.standing = Standing(
        state="running", action="retain", due_on=date(2036, 2, 11), winner="PQ-10"
    )
    record.events = tuple(
        Event(
            id=uuid.uuid4().hex,
            type=kind,
            at=NOW,
            agent="records.officer",
            facts=(("mime", "application/pdf"), ("sha256", digest(kind))),
        )
        for kind in ("capture", "classify")
    )
    record.revision = 2
    return record


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def manifestation(language: str) -> Manifestation:
    return Manifestation(
        name=f"E-000123-2026_{language.upper()}.pdf",
        sha256=digest(uuid.uuid4().hex),
        bytes=184_201,
        mime="application/pdf",
        puid="fmt/276",
        format_name="Acrobat PDF 1.7",
        pages=2,
        text="full",
        rendition=digest(uuid.uuid4().hex),
        warnings=("the information dictionary names no author",),
        captured_at=NOW,
    )


def keep(archive: Archive, record: Record) -> None:
    """Add a record with its index entries, as the services do."""
    archive.add(record)
    for file in record.files:
        for sha256 in (file.sha256, file.rendition):
            archive.bitstream(sha256, file.bytes).adopt(record.id)
    for identifier in record.identifiers:
        archive.by_identifier.add((identifier.normalised, record.id))
    archive.by_class.add((record.class_code, record.id))
    archive.by_due.add((record.standing.due_on.isoformat(), record.id))
    archive.outbox.put(record.id, record.revision)


@pytest.fixture
def kept() -> Callable[[Archive], None]:
    """Return a function that puts a usual record into an archive."""
    return lambda archive: keep(archive, usual_record())


def _dispose(archive: Archive, record_id: str) -> None:
    node = archive.classes["BUS.PQ"]
    node.history = (
        ClassState(until=NOW.date(), title="Enquiries", parent=None, schedule=None),
    )
    archive.aggregations["g1"].history = (
        AggregationAct(kind="open", day="2026-03-01", login="officer", at=NOW),
    )
    archive.aggregations["g1"].stub = AggregationStub(
        run="r1",
        executor="officer",
        on=NOW.date(),
        started_at=NOW,
        keeps_title=True,
        class_code="BUS.PQ",
        class_title="Questions",
        destroyed=2,
        transferred=0,
    )
    listed = DisposalList("d1", NOW.date())
    listed.acts = (
        Act(kind="propose", login="officer", role="officer", at=NOW, on=NOW.date()),
    )
    listed.items[record_id] = ListItem(
        record_id=record_id,
        action="destroy",
        due_on=NOW.date(),
        digest=digest("d"),
        passed=(ItemRuling(unit="LEGAL", verdict="destroy", login="officer", at=NOW),),
    )
    archive.disposal_lists["d1"] = listed
    archive.disposal_runs["r1"] = DisposalRun("r1", NOW.date(), "officer", NOW)
    archive.audit.put(Event(id="5f" * 16, type="hold", at=NOW, agent="officer"), "h1")
    archive.audit.sealed[0] = SealedEntry(
        seq=0,
        event_id="6f" * 16,
        kind="hold",
        at=NOW.isoformat(),
        agent=digest("officer"),
        subject="h1",
        outcome="success",
        facts=(("hold", "h1"),),
        prev_hash="0" * 64,
        hash=digest("entry"),
    )
    archive.certificates["C000001"] = Certificate(
        "C000001", "d1", digest=digest("c"), envelope=b"{}"
    )


def _liken(archive: Archive, record: Record) -> None:
    text = TextTraits(sha256=digest("f"), rendition=digest("t"), text=digest("w"))
    traits = PaperTraits(texts=(text,), keys=(b"8 bytes.",))
    archive.likeness.put(record.id, traits)
    pair = Pair(id="p1", kind="format", left=record.id, right="6f" * 16, found_at=NOW)
    archive.likeness.keep(pair)
    stub = JoinedPaper("7f" * 16, record.id, NOW, "officer")
    archive.likeness.joined[stub.id] = stub


@pytest.fixture
def sample() -> Archive:
    archive = new_archive(uuid.uuid4().hex, NOW, is_test=True)
    record = usual_record()
    record.state = RecordState.QUARANTINED
    record.extra_obligations = (
        ExtraObligation(class_code="BUS", citation="Act 3 of 2001", reason="enquiry"),
    )
    record.stages_done = (("PQ-10", 0, "2026-03-01"),)
    record.holds = ("h1",)
    record.tombstone = Tombstone(
        title="Lines of rural buses",
        type="question",
        class_code="BUS.PQ",
        class_title="Parliamentary questions",
        authority=uuid.uuid4().hex,
        executor="officer",
        method="destroyed",
        started_at=NOW,
    )
    record.appraisals = (
        Appraisal(
            verdict="keep",
            reason="an inquiry may need it",
            login="archivist",
            on=NOW.date(),
            until="2030-01-01",
        ),
    )
    record.shortening = Shortening(
        until="2029-01-01", reason="it has ended", login="officer", on=NOW.date()
    )
    record.closure = Closure(state="closed", rule="P30", opens_on=date(2056, 1, 1))
    record.foreign = Foreign(
        source="https://repository.invalid/oai",
        identifier="oai:repository:1",
        datestamp="2024-01-01",
        prefix="oai_dc",
        harvested_at=NOW,
        adopted_on=NOW.date(),
    )
    keep(archive, record)
    hold = archive.holds["h1"] = Hold("h1", "Inquiry into rural transport")
    hold.placed_at = NOW
    archive.held.add(("h1", record.id))
    account = Account("officer", "officer", "$argon2id$...")
    account.password_origin = PasswordOrigin.OWN
    archive.accounts["officer"] = account
    record.marks = (
        EditMark(
            bulk="b1",
            values=(("session", None, "58"),),
            fields=("session",),
            before=(),
            after=(Statement(field="session", value="58", how="entered"),),
        ),
    )
    archive.inbox.put(
        record.id, InboxEntry(since="2026-03-02", reasons=("unsure", "conflict"))
    )
    bulk = BulkEdit("b1", BulkKind.EDIT, (("query", "x"),), "officer", NOW)
    bulk.changes = (Change(kind=ChangeKind.SET, field="session", value="58"),)
    bulk.rule = Rule(field="date", rule="any:first-day", confidence=0.5)
    bulk.items[record.id] = BulkItem(outcome=BulkOutcome.CHANGED)
    archive.bulk_edits[bulk.id] = bulk
    archive.letter_box.put(Letter("l1", LetterKind.DIGEST, "officer", NOW))
    archive.tokens["t1"] = Token("t1", "officer", digest("t"), self_made=True)
    archive.classes["BUS.PQ"] = ClassNode("BUS.PQ", "Questions", None, "PQ-10")
    archive.aggregations["g1"] = Aggregation("g1", "Dossier", "BUS.PQ")
    archive.schedule_versions[1] = ScheduleVersion(1, "[authority]", digest("s"))
    end = archive.calendar["x"] = CalendarEnd(
        "session_end", "x", "2026-07-01", confirmed=True
    )
    end.history = (EndForm(date="2026-06-01", confirmed=False),)
    archive.trigger_events["e1"] = TriggerEvent("e1", "answered", "k", "2026-03-01")
    archive.questions[record.id] = Question(record.id, "E-000123/2026", "2026-02-11")
    archive.agents["clerk"] = Agent("clerk", AgentKind.PERSON, "clerk")
    _liken(archive, record)
    link = archive.links["l1"] = Link("l1", "answers", record.id, record.id)
    link.evidence = (Evidence(rule="number", text="E-000123/2026", page=1),)
    archive.tightened.add(record.id)
    _dispose(archive, record.id)
    job = archive.jobs.put(Job("j1", "intake", {"spool": "s"}, NOW))
    job.outcome = (("added", "1"),)
    return archive
