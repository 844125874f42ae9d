"""What `doctor` looks at."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from recordsvc.model.mail import LetterState
from recordsvc.services.context import Context
from recordsvc.settings import Settings

TANTIVY_ABOVE = 20_000


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Return findings: ``good``, ``note`` or ``bad``, each with what to do."""
    found = [_finding("good", "python", sys.version.split()[0])]
    found.append(_disk(settings))
    found.extend(_store(settings))
    found.append(_isolation())
    found.append(_ocr(settings))
    return found


def _finding(state: str, what: str, detail: str) -> dict[str, Any]:
    return {"state": state, "what": what, "detail": detail}


def _disk(settings: Settings) -> dict[str, Any]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state = "good" if free > 2**30 else "note"
    return _finding(
        state, "disk", f"{free / 2**30:.1f} GiB free for {settings.data_dir}"
    )


def _store(settings: Settings) -> list[dict[str, Any]]:
    from recordsvc.bootstrap import opened
    from recordsvc.services.context import SYSTEM
    from recordsvc.storage.errors import StorageError

    try:
        with opened(settings, os.environ) as service:
            count, waiting = service.view(
                SYSTEM, lambda ctx: (ctx.root.record_count(), len(ctx.root.outbox))
            )
            mail = service.view(SYSTEM, _mail)
    except StorageError as error:
        return [_finding("bad", "store", str(error))]
    findings = [_finding("good", "store", f"{count} records, {waiting} to be indexed")]
    findings.append(mail)
    if count > TANTIVY_ABOVE and settings.engine == "whoosh":
        findings.append(
            _finding(
                "note",
                "search",
                f"beyond {TANTIVY_ABOVE} records set search.engine = tantivy, "
                "then: recordsvc index rebuild",
            )
        )
    return findings


def _mail(ctx: Context) -> dict[str, Any]:
    settings = ctx.settings
    if not settings.smtp_host:
        return _finding(
            "note",
            "mail",
            "no mail server set, so no reminders are sent: recordsvc.smtp_host",
        )
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    box = ctx.root.letter_box
    parked = [x for x in box or () if x.state == LetterState.PARKED]
    if parked:
        newest = max(parked, key=lambda letter: letter.written_at)
        return _finding(
            "note",
            "mail",
            f"{where}; parked letters: {len(parked)}, the newest because "
            f"{newest.error}; see: recordsvc mail list",
        )
    return _finding("good", "mail", where)


def _ocr(settings: Settings) -> dict[str, Any]:
    if settings.ocr == "off":
        return _finding("note", "ocr", "no text is read from pictures: recordsvc.ocr")
    from recordsvc.jobs.ocr import readiness

    is_ready, detail = readiness(settings.ocr_languages)
    return _finding("good" if is_ready else "note", "ocr", detail)


def _isolation() -> dict[str, Any]:
    from recordsvc.jobs.confinement import layers_in_force

    # Looking at a place where nothing is makes nothing there.
    with tempfile.TemporaryDirectory() as folder:
        layers = ", ".join(layers_in_force(Path(folder)))
    return _finding("good" if layers else "bad", "isolation", layers or "no layer")
