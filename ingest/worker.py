"""What a confined worker does: read the files it is handed, answer in JSON."""

import os
import resource
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, BinaryIO

import orjson

from ingest.cell import LIFE_IN_FILES
from ingest.describe import Description, describe
from ingest.errors import PageImageError
from ingest.extraction import Extraction, Warning_
from ingest.extractors.registry import extract
from ingest.limits import Limits
from ingest.ocrscan import scan_page
from ingest.ocrtext import with_recognised
from ingest.page_images import draw_page
from ingest.wire import receive, send

__all__ = ["Finish", "answer_about", "serve"]

Finish = Callable[[Sequence[str], str | None], Any]
_MAX_REASON_CHARS = 500


def serve(
    channel: socket.socket,
    limits: Limits,
    finish: Finish | None,
    probe: Callable[[], Sequence[str]],
) -> None:
    """Take jobs from the parent until it closes the socket.

    Parameters
    ----------
    channel
        The socket: each job comes with the file to read and a file to answer in; one
        about text that was read by OCR comes with that text too.
    limits
        The bounds; used to know when to retire.
    finish
        What is applied to the text of each file, or None.
    probe
        Finds the layers around this process.
    """
    while (request := receive(channel, 3)) is not None:
        job, files = request
        if job["do"] == "probe":
            send(channel, {"layers": list(probe())})
            continue
        answer: dict[str, Any] = {"job": job["job"]}
        try:
            with ExitStack() as opened:
                out = opened.enter_context(os.fdopen(files[1], "wb"))
                file, *more = (
                    opened.enter_context(os.fdopen(given, "rb"))
                    for given in (files[0], *files[2:])
                )
                content = _work(job, file, more, finish)
                out.write(content)
            answer["bytes"] = len(content)
            del content
        except MemoryError:
            answer["failure"] = "out of memory"
        except PageImageError as refusal:
            answer["refusal"] = str(refusal)[:_MAX_REASON_CHARS]
        except Exception as failure:  # noqa: BLE001 - told to the parent in words
            words = f"{type(failure).__name__}: {failure}"
            answer["failure"] = words[:_MAX_REASON_CHARS]
        answer["retire"] = "failure" in answer or _is_worn(limits)
        send(channel, answer)


def _work(
    job: dict[str, Any],
    file: BinaryIO,
    more: Sequence[BinaryIO],
    finish: Finish | None,
) -> bytes:
    """Do what a job asks for and return its answer."""
    if job["do"] == "draw":
        return draw_page(file, int(job["number"]), width_px=int(job["width"]))
    if job["do"] == "scan":
        return scan_page(file, int(job["number"]))
    pages = orjson.loads(more[0].read()) if more else None
    return answer_about(
        file,
        job["name"],
        job["hints"],
        finish,
        pages,
        password=job.get("password", ""),
    )


def _is_worn(limits: Limits) -> bool:
    """Return whether so much time or memory is used that a fresh worker is due."""
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    worn = time.process_time() > LIFE_IN_FILES * limits.cpu_s
    return worn or peak_bytes > limits.address_space_bytes // 2


def answer_about(
    file: BinaryIO,
    name: str,
    hints: dict[str, str],
    finish: Finish | None,
    pages: Sequence[tuple[int, str]] | None = None,
    *,
    password: str = "",
) -> bytes:
    """Return everything found about one file as JSON.

    A failure to describe or finish is a warning: the text is worth keeping.

    Parameters
    ----------
    pages
        Number and text of each page, where they were read by OCR.
    password
        Opens an encrypted file.
    """
    extraction = extract(file, name=name, password=password)
    if pages is not None:
        extraction = with_recognised(extraction, pages)
    description: Description | None = None
    finished = None
    try:
        description = describe(extraction, name=name, hints=hints)
    except Exception as failure:  # noqa: BLE001 - see above
        extraction = _warned(extraction, "describe-failed", failure)
    if finish is not None and extraction.pages:
        try:
            finished = finish([p.text for p in extraction.pages], extraction.language)
        except Exception as failure:  # noqa: BLE001 - see above
            extraction = _warned(extraction, "finish-failed", failure)
    return orjson.dumps(
        {
            "extraction": extraction.as_mapping(),
            "description": description,
            "finished": finished,
        }
    )


def _warned(extraction: Extraction, code: str, failure: Exception) -> Extraction:
    words = f"{type(failure).__name__}: {failure}"[:_MAX_REASON_CHARS]
    found = Warning_(code=code, message=words)
    return replace(extraction, warnings=(*extraction.warnings, found))
