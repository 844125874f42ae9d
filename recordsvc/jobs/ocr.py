"""Reading text from pictures: one job for many papers, one transaction a paper."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from ingest.answers import Answer
from ingest.errors import AnswerError, OCRMissingError
from ingest.ocr import Tesseract, find_tesseract
from ingest.ocrreader import OCRReader
from ingest.ocrtext import RecognisedPage, mean_confidence
from recordsvc.bootstrap import Service
from recordsvc.jobs.presence import Presence
from recordsvc.jobs.removal import remove_bytes
from recordsvc.jobs.task import Interrupted
from recordsvc.model import Job
from recordsvc.model.record import Recognition
from recordsvc.services import recognition, renditions
from recordsvc.services.context import SYSTEM, Context
from recordsvc.services.crosswalks import described_from
from recordsvc.services.queueing import progress_root
from recordsvc.services.recognition import OCR, Kept, Reading, Waiting
from recordsvc.storage.bitstreams import Stored
from recordsvc.storage.progress import ProgressBoard

# A page may take three minutes; who dies is known at once.
LEASE = timedelta(minutes=10)
RENEW_EVERY_S = 60.0
MAX_WARNINGS = 50
HOW_TO_INSTALL = (
    "install the Debian packages tesseract-ocr and tesseract-ocr-LANGUAGE, then: "
    "recordsvc ocr"
)

Report = Callable[[Kept], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claimed:
    """A claimed job, outside any transaction."""

    id: str
    records: tuple[str, ...]
    languages: tuple[str, ...]


class PictureReader:
    """Works off the jobs of this kind until nothing waits; one thread may use it.

    Parameters
    ----------
    must_stop
        Says whether to give the job back as soon as what is begun is safe.
    report
        Called with what became of each file, after its transaction.
    """

    def __init__(
        self,
        service: Service,
        presence: Presence,
        must_stop: Callable[[], bool],
        report: Report = lambda _: None,
    ) -> None:
        self.service = service
        self.presence = presence
        self.must_stop = must_stop
        self.report = report
        self._job: _Claimed | None = None
        self._renewed = 0.0

    def turn(self) -> bool:
        """Do one job; say whether there was one.

        Raises
        ------
        Interrupted
            If it was told to stop, or the job was taken away.
        """
        if not self.service.view(SYSTEM, recognition.is_job_open):
            return False
        claimed = self.service.run(SYSTEM, self._claim)
        if claimed is None:
            return False
        self._job = claimed
        self._renewed = time.monotonic()
        try:
            outcome = self._read_all(claimed)
        except Exception as error:
            if isinstance(error, Interrupted):
                self.give_back()
            else:
                self._fail(claimed, str(error) or type(error).__name__)
            raise
        except BaseException:
            self.give_back()
            raise
        self._job = None

        def finish(ctx: Context) -> None:
            queue = ctx.root.jobs
            job, holder = queue.jobs[claimed.id], self.presence.holder
            queue.finish(job, holder, ctx.now(), outcome)

        self.service.run(SYSTEM, finish)
        return True

    def give_back(self) -> None:
        """Queue the job in work again: it goes on with the papers that still wait."""
        claimed, self._job = self._job, None
        if claimed is None:
            return

        def give_back(ctx: Context) -> None:
            queue = ctx.root.jobs
            queue.give_back(queue.jobs[claimed.id], self.presence.holder)

        self.service.run(SYSTEM, give_back)

    def _claim(self, ctx: Context) -> _Claimed | None:
        job: Job | None = ctx.root.jobs.claim(
            self.presence.holder, ctx.now(), LEASE, self.presence.is_dead, kind=OCR
        )
        if job is None:
            return None
        args = dict(job.args)
        return _Claimed(
            id=job.id,
            records=tuple(args["records"].split()),
            languages=tuple(args.get("languages", "").split()),
        )

    def _fail(self, claimed: _Claimed, why: str) -> None:
        self._job = None

        def fail(ctx: Context) -> None:
            queue = ctx.root.jobs
            queue.fail(queue.jobs[claimed.id], self.presence.holder, why, ctx.now())

        self.service.run(SYSTEM, fail)

    def _read_all(self, claimed: _Claimed) -> dict[str, str]:
        settings = self.service.settings
        board = ProgressBoard(progress_root(settings))
        states: list[str] = []
        with ExitStack() as stack:
            meter = stack.enter_context(
                board.begin(claimed.id, OCR, files_total=len(claimed.records))
            )
            desk: _Desk | _Absence
            try:
                tesseract = find_tesseract()
                wanted = claimed.languages or settings.ocr_languages
                desk = _Desk(self, tesseract, wanted, stack)
            except OCRMissingError as missing:
                desk = _Absence(str(missing))
            for record_id in claimed.records:
                self._read_record(desk, record_id, states)
                meter.advance(files=1)
        return {state: str(states.count(state)) for state in sorted(set(states))}

    def _read_record(
        self, desk: "_Desk | _Absence", record_id: str, states: list[str]
    ) -> None:
        waiting = self.service.view(
            SYSTEM, lambda ctx: recognition.waiting_in(ctx, record_id)
        )
        for one in waiting:
            self.meanwhile()
            kept = self._keep(record_id, desk.read(one))
            if kept is not None:
                states.append(str(kept.state))
                self.report(kept)

    def _keep(self, record_id: str, reading: Reading) -> Kept | None:
        def keep(ctx: Context) -> Kept | None:
            if self._job is not None:
                recognition.note_progress(ctx.root.jobs.jobs[self._job.id])
            return recognition.keep(ctx, record_id, reading)

        kept = self.service.run(SYSTEM, keep)
        if kept is not None and kept.unused:
            remove_bytes(self.service, kept.unused)
        return kept

    def meanwhile(self) -> None:
        """Stop where it is asked for; keep the job where it is not.

        Raises
        ------
        Interrupted
            If it is to stop, or the job was taken away.
        """
        if self.must_stop():
            raise Interrupted
        if self._job is None or time.monotonic() - self._renewed < RENEW_EVERY_S:
            return
        self._renewed = time.monotonic()
        job_id = self._job.id

        def renew(ctx: Context) -> bool:
            queue, until = ctx.root.jobs, ctx.now() + LEASE
            return queue.renew(queue.jobs[job_id], self.presence.holder, until)

        if not self.service.run(SYSTEM, renew):
            self._job = None
            raise Interrupted


class _Absence:
    """Where no text can be read from pictures, that is what is kept."""

    def __init__(self, why: str) -> None:
        self.why = why

    def read(self, waiting: Waiting) -> Reading:
        return Reading(
            sha256=waiting.file.sha256,
            state=Recognition.ABSENT,
            warnings=(f"ocr:absent: {self.why}; {HOW_TO_INSTALL}",),
        )


class _Desk:
    """Reads one file after the other with the tesseract of this machine.

    Raises
    ------
    OCRMissingError
        If it has no data for any of the languages.
    """

    def __init__(
        self,
        owner: PictureReader,
        tesseract: Tesseract,
        wanted: Sequence[str],
        stack: ExitStack,
    ) -> None:
        if not tesseract.usable(wanted):
            raise OCRMissingError(
                f"tesseract has no data for the language {' '.join(wanted)}"
            )
        self._owner = owner
        self._tesseract = tesseract
        self._wanted = tuple(wanted)
        self._bitstreams = owner.service.bitstreams
        settings = owner.service.settings
        self._max_pages = settings.ocr_max_pages
        self._reader = stack.enter_context(
            OCRReader(
                tesseract,
                scratch=owner.service.scratch_dir(),
                workers=settings.workers,
                finish=renditions.FINISH,
            )
        )

    def read(self, waiting: Waiting) -> Reading:
        """Return what stands in the pictures of a file."""
        file = waiting.file
        languages = self._tesseract.usable(self._wanted, waiting.hints.get("language"))
        count = max(1, file.pages or 1)
        path = self._bitstreams.path(file.sha256)
        numbers = range(1, min(count, self._max_pages) + 1)
        pages = tuple(
            self._reader.pages(path, numbers, languages, self._owner.meanwhile)
        )
        warnings = list(_warnings(pages))
        if count > self._max_pages:
            warnings.append(
                f"ocr:cut: {self._max_pages} of {count} pages were read, see "
                "recordsvc.ocr_max_pages"
            )
        made = partial(
            Reading,
            sha256=file.sha256,
            pages=len(pages),
            by=f"tesseract {self._tesseract.version}",
            languages=languages,
        )
        if not any(page.text.strip() for page in pages):
            if all(page.problem for page in pages):
                return made(state=Recognition.FAILED, warnings=tuple(warnings))
            warnings.append("ocr:illegible: nothing is legible on any page")
            return made(state=Recognition.ILLEGIBLE, warnings=tuple(warnings))
        answer = self._described(waiting, pages, warnings)
        return made(
            state=Recognition.DONE,
            rendition=self._kept_text(pages, answer),
            described=described_from(answer.description) if answer else None,
            warnings=tuple(warnings),
            confidence=mean_confidence(pages),
        )

    def _described(
        self,
        waiting: Waiting,
        pages: Sequence[RecognisedPage],
        warnings: list[str],
    ) -> Answer | None:
        path = self._bitstreams.path(waiting.file.sha256)
        name, hints = waiting.file.name, waiting.hints
        plain = name.encode("utf-8", "replace").decode("utf-8")
        try:
            return self._reader.describe(path, pages, name=plain, hints=hints)
        except AnswerError:
            warnings.append(
                "ocr:undescribed: the text was read, but could not be looked through "
                "within the limits of time and memory"
            )
            return None

    def _kept_text(
        self, pages: Sequence[RecognisedPage], answer: Answer | None
    ) -> Stored:
        content = renditions.encode(
            [(page.number, page.text) for page in pages],
            answer.finished if answer else None,
            answer.extraction.language if answer else None,
            [page.confidence for page in pages],
        )
        return renditions.store(self._bitstreams, content)


def _warnings(pages: Sequence[RecognisedPage]) -> list[str]:
    """Return a warning for each page that could not be read."""
    failed = [page for page in pages if page.problem]
    told = [
        f"ocr:page: page {page.number} could not be read: {page.problem}"
        for page in failed[:MAX_WARNINGS]
    ]
    if len(failed) > MAX_WARNINGS:
        told.append(f"ocr:page: {len(failed) - MAX_WARNINGS} more could not be read")
    return told


def readiness(wanted: Sequence[str]) -> tuple[bool, str]:
    """Say whether text can be read from pictures here, and what it is done with.

    Parameters
    ----------
    wanted
        The languages of the settings.

    Returns
    -------
    tuple
        Whether nothing is missing; a sentence for the operator.
    """
    try:
        tesseract = find_tesseract()
    except OCRMissingError as missing:
        return False, f"{missing}, so pictures stay without text; {HOW_TO_INSTALL}"
    usable = tesseract.usable(wanted)
    known = f"tesseract {tesseract.version}: {' '.join(usable) or 'no language'}"
    absent = [name for name in wanted if not tesseract.usable([name])]
    if not absent:
        return True, known
    return False, f"{known}; there is no data for {' '.join(absent)}; {HOW_TO_INSTALL}"


def read_waiting(
    service: Service,
    report: Report = lambda _: None,
    must_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Read the pictures that wait, here; what another process has in work is its own.

    Raises
    ------
    Interrupted
        If it was told to stop; the rest waits for a worker or the next call.
    """
    if not service.view(SYSTEM, recognition.is_job_open):
        return
    with Presence(service.settings.data_dir / "locks") as presence:
        reader = PictureReader(service, presence, must_stop, report)
        while reader.turn():
            pass
