"""Read the pictures of a paper's pages: drawn, recognised and described, shut in."""

import os
import queue
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

import orjson

from ingest.answers import Answer, read_answer
from ingest.errors import AnswerError, PageImageError
from ingest.limits import Limits
from ingest.ocr import PAGE_LIMITS, Tesseract, read_scan
from ingest.ocrscan import MAX_SCAN_BYTES, check_scan
from ingest.ocrtext import RecognisedPage, mean_confidence, of_ocr
from ingest.oneworker import OneWorker
from ingest.programs import ProgramRunner

__all__ = ["OCRReader"]

# A picture of 200 million pixels in three colours is read before it is made grey.
_DRAWING_LIMITS = Limits(wall_s=60.0, cpu_s=40, address_space_bytes=1536 * 1024 * 1024)
_MAX_REASON_CHARS = 300
_LOOK_EVERY_S = 0.5


class OCRReader:
    """Read pages with tesseract, several at a time; one thread may use it.

    Each page is drawn by a confined worker, in a format that has nothing to decode,
    and read by a confined tesseract, a fresh one for every page.

    Parameters
    ----------
    tesseract
        What is installed.
    scratch
        Folder for the working folders.
    workers
        How many pages are read at a time.
    finish
        ``module:function`` that is applied to the text of the paper.

    Raises
    ------
    TemplateError
        A helper process does not start.
    """

    def __init__(
        self,
        tesseract: Tesseract,
        *,
        scratch: Path,
        workers: int = 2,
        finish: str | None = None,
        limits: Limits = PAGE_LIMITS,
    ) -> None:
        self._tesseract = tesseract
        self._count = max(1, workers)
        self._runners: queue.SimpleQueue[ProgramRunner] = queue.SimpleQueue()
        self._answer_bytes = _DRAWING_LIMITS.answer_bytes
        with ExitStack() as stack:
            # The threads end when what they wait for has been closed.
            self._threads = stack.enter_context(ThreadPoolExecutor(self._count, "ocr"))
            self._worker = stack.enter_context(
                OneWorker(scratch=scratch, limits=_DRAWING_LIMITS, finish=finish)
            )
            for _ in range(self._count):
                runner = ProgramRunner(
                    tesseract.program(), scratch=scratch, limits=limits
                )
                self._runners.put(stack.enter_context(runner))
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pages(
        self,
        path: Path,
        numbers: Sequence[int],
        languages: Sequence[str],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Iterator[RecognisedPage]:
        """Yield what stands on each page, in order; one that fails says why.

        Parameters
        ----------
        path
            The file.
        numbers
            Its pages, counted from 1.
        languages
            Names that tesseract has data for.
        meanwhile
            Called twice a second while a page is waited for; what it raises ends the
            reading.
        """
        begun: deque[Future[RecognisedPage]] = deque()
        waiting = deque(numbers)
        try:
            while waiting or begun:
                while waiting and len(begun) < 2 * self._count:
                    one = partial(self._page, path, waiting.popleft(), languages)
                    begun.append(self._threads.submit(one))
                yield _result(begun.popleft(), meanwhile)
        finally:
            for left in begun:
                left.cancel()

    def _page(
        self, path: Path, number: int, languages: Sequence[str]
    ) -> RecognisedPage:
        scan = os.memfd_create("scan")
        try:
            self._draw(path, number, scan)
            runner = self._runners.get()
            try:
                return read_scan(runner, self._tesseract, scan, number, languages)
            finally:
                self._runners.put(runner)
        except PageImageError as refusal:
            return RecognisedPage(number=number, problem=refusal.reason)
        finally:
            os.close(scan)

    def _draw(self, path: Path, number: int, scan: int) -> None:
        try:
            errand = {"do": "scan", "number": number}
            answer = self._worker.send(errand, path, scan)
            if "refusal" in answer:
                raise PageImageError(str(answer["refusal"])[:_MAX_REASON_CHARS])
            check_scan(os.pread(scan, MAX_SCAN_BYTES + 1, 0))
        except (OSError, AnswerError) as failure:
            reason = "it cannot be drawn within the limits of time and memory"
            raise PageImageError(reason) from failure
        os.lseek(scan, 0, os.SEEK_SET)

    def describe(
        self,
        path: Path,
        pages: Sequence[RecognisedPage],
        *,
        name: str,
        hints: Mapping[str, str],
    ) -> Answer:
        """Return what the text that was read says of the paper.

        Parameters
        ----------
        path
            The file: what it states of itself is looked at again.
        pages
            All its pages.
        name, hints
            As for :func:`ingest.describe.describe`.

        Raises
        ------
        AnswerError
            It could not be done within the limits.
        """
        texts = os.memfd_create("texts")
        answer_file = os.memfd_create("answer")
        try:
            os.write(texts, orjson.dumps([[p.number, p.text] for p in pages]))
            os.lseek(texts, 0, os.SEEK_SET)
            errand = {"do": "describe", "name": name, "hints": dict(hints)}
            try:
                answer = self._worker.send(errand, path, answer_file, [texts])
            except OSError as failure:
                raise AnswerError("description", str(failure)) from failure
            found = read_answer(
                answer_file,
                answer.get("bytes"),
                limit=self._answer_bytes,
                name=name,
                hints=hints,
            )
        finally:
            os.close(texts)
            os.close(answer_file)
        described = of_ocr(found.description, mean_confidence(pages))
        return replace(found, description=described)

    def close(self) -> None:
        """End all processes; pages that are being read are lost."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._stack.close()


def _result(
    page: Future[RecognisedPage], meanwhile: Callable[[], None]
) -> RecognisedPage:
    while not page.done():
        wait((page,), timeout=_LOOK_EVERY_S)
        meanwhile()
    return page.result()
