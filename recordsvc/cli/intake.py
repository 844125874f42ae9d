"""Running an intake from the command line: outcome lines, progress, interruption."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from recordsvc.cli.door import FAILED, PARTLY, Door, emit_line, printable
from recordsvc.cli.ocr import read_pictures
from recordsvc.cli.sidecar import read_sidecar

__all__ = [
    "Progress",
    "plain_line",
    "read_sidecar",
    "require_class",
    "run_intake",
    "summary_line",
]

OPTION_FIELDS = {
    "class_code": "class",
    "record_type": "type",
    "collection": "collection",
    "access": "access",
    "jurisdiction": "jurisdiction",
}
PLAIN_PROGRESS_S = 10.0
NO_ROW = "metadata: no row names this file"
MAX_WARNINGS = 20


def run_intake(door: Door, paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Take in the paths and return the exit code of INTERFACE 7.2."""
    from recordsvc.jobs.intake import Intake, IntakeOptions, Summary
    from recordsvc.jobs.walk import walk
    from recordsvc.services.access import authorize
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
    unused, without_row = set(rows), []
    with door.archive() as (service, actor):
        service.view(actor, lambda ctx: authorize(ctx, "record.capture"))
        if common.get("class"):
            require_class(service, actor, common["class"])

        def report(line: dict[str, Any]) -> None:
            names = {line["path"], Path(line["path"]).name}
            is_paper = "message" not in line
            if rows and is_paper and names.isdisjoint(rows):
                without_row.append(line["path"])
                line["warnings"] = [*line.get("warnings", ()), NO_ROW]
            unused.difference_update(names)
            progress.tick(line, bytes_done=intake.summary.bytes)
            if options["jsonl"]:
                emit_line(line)
            else:
                print(printable(plain_line(line)), flush=True)

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
        _warn("the metadata names {}, which did not come", sorted(unused))
        _warn("the metadata has no row for {}", without_row)
        if options["jsonl"]:
            emit_line({"summary": asdict(summary)})
        else:
            print(summary_line(summary), flush=True)
        if not (options["no_wait"] or options["dry_run"]):
            read_pictures(door, service)
    bad = summary.failed + summary.quarantined
    if bad and bad == summary.files:
        return FAILED
    return PARTLY if bad else 0


def _warn(message: str, names: Sequence[str]) -> None:
    for name in names[:MAX_WARNINGS]:
        print(f"warning: {message.format(printable(name))}", file=sys.stderr)
    if len(names) > MAX_WARNINGS:
        print(f"warning: and {len(names) - MAX_WARNINGS} more", file=sys.stderr)


def require_class(service: Any, actor: Any, code: str) -> None:
    """Refuse a class that takes no papers, before any file is read."""
    from recordsvc.services.classification.filing import usable_class

    service.view(actor, lambda ctx: usable_class(ctx, code))


def plain_line(line: Mapping[str, Any]) -> str:
    """Return the outcome of a file on a line for a person."""
    parts = [line["status"], line.get("id", ""), line["path"]]
    if line.get("title"):
        parts.append(f"«{line['title']}»")
    if line.get("error"):
        parts.append(f"({line['error']})")
    return "  ".join(p for p in parts if p)


def summary_line(summary: Any) -> str:
    """Return the numbers of an intake on a line for a person."""
    return (
        f"{summary.added} added, {summary.new_version} new versions, "
        f"{summary.duplicate} duplicates, {summary.quarantined} quarantined, "
        f"{summary.failed} failed; {summary.bytes / 1e6:.1f} MB "
        f"in {summary.seconds:.1f} s"
    )


class Progress:
    """One bar on a terminal, else a plain line every ten seconds."""

    def __init__(self, door: Door, *, total: int) -> None:
        self.door = door
        self.total = total
        self.done = self.pages = self.bytes = 0
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
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self.task = self.bar.add_task("ingest", total=total, rate="")
            self.bar.start()

    def tick(self, line: Mapping[str, Any], *, bytes_done: int = 0) -> None:
        """Count a file, and say so now and then.

        Parameters
        ----------
        bytes_done
            Bytes of all files so far.
        """
        self.done += 1
        self.pages += line.get("pages") or 0
        self.bytes = max(self.bytes, bytes_done)
        if "message" in line:
            # One more than was known of: its mailbox counts as well.
            self.total += 1
        now = time.monotonic()
        rate = self.done / max(now - self.started, 0.001)
        if self.bar is not None:
            self.bar.update(
                self.task,
                completed=self.done,
                total=self.total,
                rate=self._rates(now),
            )
        elif now - self.told >= PLAIN_PROGRESS_S:
            self.told = now
            left = (self.total - self.done) / rate
            self.door.say(
                f"{self.done} of {self.total} files, {self._rates(now)}, "
                f"{left:.0f} s left"
            )

    def _rates(self, now: float) -> str:
        """Return what was read so far, and how fast."""
        seconds = max(now - self.started, 0.001)
        size = self.bytes / 1e6
        return (
            f"{size:.1f} MB, {self.pages} pages, {self.done / seconds:.1f} files/s, "
            f"{size / seconds:.1f} MB/s"
        )

    def end(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()
