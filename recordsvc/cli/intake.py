"""Running an intake from the command line: outcome lines, progress, interruption."""

import csv
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recordsvc.cli.door import FAILED, PARTLY, Door, emit_line, printable
from recordsvc.services.errors import InvalidRequest

OPTION_FIELDS = {
    "class_code": "class",
    "record_type": "type",
    "collection": "collection",
    "access": "access",
    "jurisdiction": "jurisdiction",
}
PLAIN_PROGRESS_S = 10.0


def run_intake(door: Door, paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Take in the paths and return the exit code of INTERFACE 7.2."""
    from recordsvc.jobs.intake import Intake, IntakeOptions, Summary
    from recordsvc.jobs.walk import walk
    from recordsvc.services.capture import check_sidecar

    common = {
        field: options[name]
        for name, field in OPTION_FIELDS.items()
        if options.get(name)
    }
    check_sidecar(common)
    rows = read_sidecar(options["metadata"]) if options.get("metadata") else {}
    items = list(walk(paths, recursive=options["recursive"]))
    progress = Progress(door, total=len(items))
    unused = set(rows)
    with door.archive() as (service, actor):
        if common.get("class"):
            _require_class(service, actor, common["class"])

        def report(line: dict[str, Any]) -> None:
            unused.discard(line["path"])
            unused.discard(Path(line["path"]).name)
            progress.tick(line)
            if options["jsonl"]:
                emit_line(line)
            else:
                print(printable(_plain_line(line)), flush=True)

        intake = Intake(
            service,
            actor,
            IntakeOptions(
                common=common,
                rows=rows,
                wait=not options["no_wait"],
                dry_run=options["dry_run"],
            ),
            report,
        )
        try:
            summary: Summary = intake.run(items)
        except KeyboardInterrupt:
            progress.end()
            door.say(
                f"stopped after {intake.summary.files} of {len(items)} files; what is "
                "listed is kept. Repeat the same command to go on: files that are "
                "there already are passed over."
            )
            return 130
    progress.end()
    for name in sorted(unused):
        door.say(f"warning: the metadata names {printable(name)}, which did not come")
    if options["jsonl"]:
        emit_line({"summary": asdict(summary)})
    else:
        print(_summary_line(summary))
    bad = summary.failed + summary.quarantined
    if summary.files and summary.failed == summary.files:
        return FAILED
    return PARTLY if bad else 0


def _require_class(service: Any, actor: Any, code: str) -> None:
    from recordsvc.services.filing import class_of

    service.view(actor, lambda ctx: class_of(ctx, code))


def _plain_line(line: Mapping[str, Any]) -> str:
    parts = [line["status"], line.get("id", ""), line["path"]]
    if line.get("title"):
        parts.append(f"«{line['title']}»")
    if line.get("error"):
        parts.append(f"({line['error']})")
    return "  ".join(p for p in parts if p)


def _summary_line(summary: Any) -> str:
    return (
        f"{summary.added} added, {summary.new_version} new versions, "
        f"{summary.duplicate} duplicates, {summary.quarantined} quarantined, "
        f"{summary.failed} failed; {summary.bytes / 1e6:.1f} MB "
        f"in {summary.seconds:.1f} s"
    )


def read_sidecar(name: str) -> dict[str, dict[str, str]]:
    """Read a metadata file of INTERFACE 7.8.

    Parameters
    ----------
    name
        A ``.csv`` with a header row, or a ``.json`` list of objects; both with
        a column ``file``.

    Returns
    -------
    dict
        Values by file.

    Raises
    ------
    InvalidRequest
        If the file is neither, or has no column ``file``.
    """
    from recordsvc.services.capture import check_sidecar

    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the metadata file cannot be read: {error}") from None
    if path.suffix == ".json":
        rows = _json_rows(text, name)
    elif path.suffix == ".csv":
        rows = list(csv.DictReader(text.splitlines()))
    else:
        raise InvalidRequest(f"{name}: metadata comes as .csv or .json")
    found = {}
    for number, row in enumerate(rows, start=2):
        values = {k: str(v) for k, v in row.items() if k and v not in {None, ""}}
        file = values.pop("file", "")
        if not file:
            raise InvalidRequest(f"{name}: row {number} names no file")
        check_sidecar(values)
        found[file] = values
    return found


def _json_rows(text: str, name: str) -> list[dict[str, Any]]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"{name}: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise InvalidRequest(f"{name}: must be a list of objects")
    return rows


class Progress:
    """One bar on a terminal, else a plain line every ten seconds."""

    def __init__(self, door: Door, *, total: int) -> None:
        self.door = door
        self.total = total
        self.done = 0
        self.started = self.told = time.monotonic()
        self.bar: Any = None
        if sys.stderr.isatty() and not door.quiet:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                TextColumn,
                TimeRemainingColumn,
            )
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("ingest"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]} files/s"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self.task = self.bar.add_task("ingest", total=total, rate="0.0")
            self.bar.start()

    def tick(self, line: Mapping[str, Any]) -> None:
        """Count a file, and say so now and then."""
        del line
        self.done += 1
        now = time.monotonic()
        rate = self.done / max(now - self.started, 0.001)
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done, rate=f"{rate:.1f}")
        elif now - self.told >= PLAIN_PROGRESS_S:
            self.told = now
            left = (self.total - self.done) / rate
            self.door.say(
                f"{self.done} of {self.total} files, {rate:.1f} files/s, "
                f"{left:.0f} s left"
            )

    def end(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
