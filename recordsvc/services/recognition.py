"""Text that is read from pictures, after the capture: who waits, what is kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from recordsvc.model import Job, Manifestation, Record
from recordsvc.model.record import Recognition
from recordsvc.services import changes
from recordsvc.services.access import may_read, record_for
from recordsvc.services.capture import Status, adopt_bytes, require_bytes
from recordsvc.services.context import Context
from recordsvc.services.described import Described
from recordsvc.services.display import title_of
from recordsvc.services.disposal import disposing, holdscope
from recordsvc.services.errors import Conflict, Gone, InvalidRequest
from recordsvc.services.queueing import enqueue
from recordsvc.services.redescribing import redescribe, said_of
from recordsvc.settings import OCR_LANGUAGE
from recordsvc.storage.bitstreams import Stored

OCR = "ocr"
RECORDS_A_JOB = 100
MAX_LANGUAGES = 10
NEEDS_OCR = "needs-ocr:"
OWN_WARNINGS = (NEEDS_OCR, "ocr:")
HINTS = ("jurisdiction", "language", "type")
# What `recordsvc ocr` takes up by itself: the others have an answer.
FRESH = frozenset({Status.ADDED, Status.NEW_VERSION, Status.QUARANTINED})
OPEN = frozenset({Recognition.AWAITED, Recognition.ABSENT, Recognition.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A file whose pictures are to be read, and what helps to describe it."""

    record_id: str
    file: Manifestation
    hints: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading the pictures of a file.

    Parameters
    ----------
    rendition
        The text by page, kept as a bitstream; None where there is none.
    described
        What the text says of the paper, or None.
    confidence
        Mean of the pages, from 0 to 1.
    pages
        How many pages were read.
    by
        Program and version.
    languages
        The languages that were tried.
    """

    sha256: str
    state: Recognition
    rendition: Stored | None = None
    described: Described | None = None
    warnings: tuple[str, ...] = ()
    confidence: float | None = None
    pages: int = 0
    by: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a reading.

    Parameters
    ----------
    unused
        Digests of texts that no file of the record refers to any more.
    """

    id: str
    title: str
    state: str
    pages: int = 0
    confidence: float | None = None
    warnings: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def is_picture(file: Manifestation) -> bool:
    """Say whether the text of a file has to be read from its pictures."""
    if file.recognition:
        return True
    return file.rendition is None and any(
        warning.startswith(NEEDS_OCR) for warning in file.warnings
    )


def queue_new(ctx: Context, record_ids: Iterable[str]) -> None:
    """Let the pictures among records be read that are captured in this transaction."""
    if ctx.settings.ocr == "off":
        return
    waiting = []
    for record_id in dict.fromkeys(record_ids):
        record = ctx.root.records[record_id]
        if any(_is_unread(f) for f in record.files):
            _mark(record)
            waiting.append(record_id)
    _enqueue(ctx, waiting, ())


def _is_unread(file: Manifestation) -> bool:
    is_open = file.recognition != Recognition.ILLEGIBLE
    return is_open and file.rendition is None and is_picture(file)


def open_ids(ctx: Context, *, again: bool) -> tuple[str, ...]:
    """Return the records with pictures that have not been read, or with any.

    Parameters
    ----------
    again
        Also those whose text was read before.
    """
    return tuple(
        record.id
        for record in ctx.root.records.values()
        if not record.is_destroyed
        and may_read(ctx.actor, record)
        and any(
            is_picture(f) and (again or not f.recognition or f.recognition in OPEN)
            for f in record.files
        )
    )


def ask(ctx: Context, record_ids: Iterable[str], languages: Iterable[str]) -> None:
    """Let the pictures of records be read, once more where they have been.

    Parameters
    ----------
    record_ids
        At most `RECORDS_A_JOB` of them.
    languages
        As tesseract names them; none for those of the settings.

    Raises
    ------
    NotFound, NotAllowed, Gone
        If a record is not there, or the actor may not change it.
    Conflict
        If a record has no pictures, or is on hold and has a text.
    InvalidRequest
        If a language is none, or the settings say that nothing is read.
    """
    wanted = tuple(languages)
    if ctx.settings.ocr == "off":
        raise InvalidRequest("recordsvc.ocr is off: set it to auto to read pictures")
    if not all(map(OCR_LANGUAGE.fullmatch, wanted)) or len(wanted) > MAX_LANGUAGES:
        raise InvalidRequest(
            f"languages are named as tesseract names them, at most {MAX_LANGUAGES}, "
            "such as eng or deu"
        )
    asked = []
    for record_id in dict.fromkeys(record_ids):
        record = record_for(ctx, record_id, "record.edit")
        _require_readable(ctx, record)
        _mark(record)
        changes.touch(ctx, record, "ocr-asked", languages=" ".join(wanted))
        asked.append(record_id)
    _enqueue(ctx, asked, wanted)


def _require_readable(ctx: Context, record: Record) -> None:
    if record.is_destroyed:
        raise Gone(f"record {record.id} was destroyed; only its tombstone is left")
    pictures = [f for f in record.files if is_picture(f)]
    if not pictures:
        raise Conflict(
            f"record {record.id} has no pictures to read: its text comes from the file"
        )
    if any(f.rendition for f in pictures) and holdscope.all_holds_on(ctx, record):
        raise Conflict(
            f"record {record.id} is on hold: its text stays as it is until every hold "
            "is lifted"
        )


def _mark(record: Record) -> None:
    record.expressions = tuple(
        replace(
            e,
            manifestations=tuple(
                replace(f, recognition=Recognition.AWAITED) if is_picture(f) else f
                for f in e.manifestations
            ),
        )
        for e in record.expressions
    )


def _enqueue(ctx: Context, record_ids: list[str], languages: tuple[str, ...]) -> None:
    for start in range(0, len(record_ids), RECORDS_A_JOB):
        batch = record_ids[start : start + RECORDS_A_JOB]
        more = {"languages": " ".join(languages)} if languages else {}
        enqueue(ctx, OCR, records=" ".join(batch), **more)


def is_job_open(ctx: Context) -> bool:
    """Say whether pictures wait to be read."""
    return any(job.kind == OCR for job in ctx.root.jobs.open.values())


def note_progress(job: Job) -> None:
    """Count attempts from here: a job of many papers may outlive many workers."""
    job.attempts = min(job.attempts, 1)


def waiting_in(ctx: Context, record_id: str) -> tuple[Waiting, ...]:
    """Return the files of a record that wait to be read, each content once."""
    record: Record | None = ctx.root.records.get(record_id)
    if record is None or record.is_destroyed:
        return ()
    files = {
        f.sha256: f
        for f in reversed(record.files)
        if f.recognition == Recognition.AWAITED
    }
    hints = dict(_hints(ctx, record))
    return tuple(
        Waiting(
            record_id=record_id, file=file, hints={} if file.is_attachment else hints
        )
        for file in reversed(files.values())
    )


def _hints(ctx: Context, record: Record) -> Iterator[tuple[str, str]]:
    if ctx.settings.jurisdiction:
        yield "home", ctx.settings.jurisdiction
    said = said_of(record)
    for name in HINTS:
        if name in said and said[name].value:
            yield name, said[name].value


def keep(ctx: Context, record_id: str, reading: Reading) -> Kept | None:
    """Keep what was read of a file; None where nothing waits for it any more.

    Raises
    ------
    Temporary
        If a disposal is taking the same text away.
    """
    record: Record | None = ctx.root.records.get(record_id)
    if record is None or record.is_destroyed:
        return None
    files = [
        f
        for f in record.files
        if f.sha256 == reading.sha256 and f.recognition == Recognition.AWAITED
    ]
    if not files:
        return None
    is_held = bool(holdscope.all_holds_on(ctx, record))
    before = {f.rendition for f in record.files if f.rendition}
    keeps_old = any(f.rendition for f in files) and (
        is_held or reading.rendition is None
    )
    _put(record, reading, keeps_old=keeps_old)
    if reading.rendition is not None and not keeps_old:
        for file in record.files:
            if file.rendition == reading.rendition.sha256:
                require_bytes(ctx, file)
                adopt_bytes(ctx, record, file, reading.rendition.bytes)
    unused = before - {f.rendition for f in record.files}
    for digest in unused:
        ctx.root.bitstream(digest, 0).release(record_id)
    is_paper = any(not f.is_attachment for f in files)
    # What was imported is described as its package says; what is held stays.
    may_say = is_paper and not is_held and record.imported is None
    if may_say and reading.described is not None:
        redescribe(ctx, record, reading.described)
    changes.touch(ctx, record, "ocr", **_facts(reading, keeps_old=keeps_old))
    disposing.look_anew(ctx, record)
    return Kept(
        id=record_id,
        title=title_of(record),
        state=str(Recognition.DONE if keeps_old else reading.state),
        pages=reading.pages,
        confidence=reading.confidence,
        warnings=reading.warnings,
        unused=tuple(sorted(unused)),
    )


def standing_of(ctx: Context, record_id: str) -> Kept | None:
    """Return how a record with pictures stands; None where there is none any more."""
    record: Record | None = ctx.root.records.get(record_id)
    if record is None or record.is_destroyed:
        return None
    files = [f for f in record.files if f.recognition]
    return Kept(
        id=record_id,
        title=title_of(record),
        state=str(files[0].recognition) if files else "",
        pages=sum(f.pages or 0 for f in files),
        confidence=next((f.confidence for f in files if f.confidence), None),
        warnings=tuple(w for f in files for w in f.warnings),
    )


def _put(record: Record, reading: Reading, *, keeps_old: bool) -> None:
    def put(file: Manifestation) -> Manifestation:
        is_it = file.sha256 == reading.sha256
        if not is_it or file.recognition != Recognition.AWAITED:
            return file
        own = (w for w in file.warnings if not w.startswith(OWN_WARNINGS))
        if keeps_old:
            warnings = tuple(w for w in file.warnings if not w.startswith("ocr:again"))
            return replace(
                file,
                recognition=Recognition.DONE,
                warnings=(
                    *warnings,
                    "ocr:again: it was to be read again; the text stays",
                ),
            )
        has_answer = reading.state in {Recognition.DONE, Recognition.ILLEGIBLE}
        stays = () if has_answer else _still(file)
        return replace(
            file,
            text=OCR if reading.rendition else "none",
            rendition=reading.rendition.sha256 if reading.rendition else None,
            warnings=(*own, *stays, *reading.warnings),
            recognition=reading.state,
            confidence=reading.confidence,
        )

    record.expressions = tuple(
        replace(e, manifestations=tuple(map(put, e.manifestations)))
        for e in record.expressions
    )


def _still(file: Manifestation) -> tuple[str, ...]:
    return tuple(w for w in file.warnings if w.startswith(NEEDS_OCR))


def _facts(reading: Reading, *, keeps_old: bool) -> dict[str, str]:
    facts = {
        "sha256": reading.sha256,
        "state": str(reading.state),
        "pages": str(reading.pages),
        "program": reading.by,
        "languages": " ".join(reading.languages),
        "rendition": reading.rendition.sha256 if reading.rendition else "",
        "confidence": "" if reading.confidence is None else f"{reading.confidence:.3f}",
        "text": "kept" if keeps_old else "",
    }
    return {name: value for name, value in facts.items() if value}
