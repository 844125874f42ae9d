"""`ocr`, and the reading of pictures at the end of an intake or import."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from recordsvc.cli.door import (
    FAILED,
    NOTHING,
    PARTLY,
    Door,
    counted,
    emit,
    emit_line,
    printable,
)
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest, NothingToDo

if TYPE_CHECKING:
    from recordsvc.bootstrap import Service
    from recordsvc.services.context import Actor
    from recordsvc.services.recognition import Kept

UNREAD = frozenset({"failed", "absent", "awaited"})


@click.command("ocr")
@click.argument("record_ids", nargs=-1, metavar="[ID...]")
@click.option("--all", "again", is_flag=True, help="Every paper of pictures, again.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="L",
    help="As tesseract names it, such as deu; default recordsvc.ocr_languages.",
)
@click.option("--no-wait", is_flag=True, help="Leave it to the worker.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--jsonl", is_flag=True, help="One object a file as it is read.")
@click.pass_obj
def ocr_command(door: Door, /, record_ids: tuple[str, ...], **options: Any) -> int:
    """Read text from the pictures of papers, with tesseract.

    Without ID: those that have not been read yet. An intake reads its pictures by
    itself; this is for another language, a new tesseract, or one installed later.

    Example: recordsvc ocr --all --language por --language eng
    """
    if record_ids and options["again"]:
        raise InvalidRequest("name records or say --all, not both")
    with door.archive() as (service, actor):
        ids = _ask(service, actor, record_ids, options)
        done: list[dict[str, Any]] = []
        if not options["no_wait"]:
            done = _read(door, service, options)
        papers = service.view(actor, lambda ctx: _states(ctx, ids))
    if options["jsonl"]:
        emit_line({"summary": _summary(papers)})
    elif options["as_json"]:
        emit({"papers": papers, "summary": _summary(papers)})
    else:
        _print(papers, shown={line["id"] for line in done})
    return 0 if options["no_wait"] else _exit_code(papers)


def _ask(
    service: "Service",
    actor: "Actor",
    record_ids: Sequence[str],
    options: Mapping[str, Any],
) -> tuple[str, ...]:
    """Queue the records in jobs of a hundred; return their ids."""
    from recordsvc.services import recognition
    from recordsvc.services.access import authorize

    def chosen(ctx: Context) -> tuple[str, ...]:
        authorize(ctx, "record.edit")
        return recognition.open_ids(ctx, again=options["again"])

    ids = tuple(record_ids) or service.view(actor, chosen)
    if not ids:
        raise NothingToDo("no paper has pictures that wait to be read")
    step = recognition.RECORDS_A_JOB
    for start in range(0, len(ids), step):
        batch = ids[start : start + step]

        def ask(ctx: Context, batch: Sequence[str] = batch) -> None:
            recognition.ask(ctx, batch, options["languages"])

        service.run(actor, ask)
    return ids


def _read(
    door: Door, service: "Service", options: Mapping[str, Any]
) -> list[dict[str, Any]]:
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.jobs.ocr import read_waiting
    from recordsvc.jobs.sealer import Sealer

    done: list[dict[str, Any]] = []

    def report(kept: "Kept") -> None:
        line = _mapping(kept)
        done.append(line)
        if options["jsonl"]:
            emit_line(line)
        elif not options["as_json"]:
            print(_line(line), flush=True)

    try:
        read_waiting(service, report)
    except KeyboardInterrupt:
        door.say("stopped; what is listed is kept, the rest waits: recordsvc ocr")
        raise
    with Sealer(service) as sealer:
        sealer.drain()
    with Indexer(service) as indexer:
        indexer.catch_up()
    return done


def _mapping(kept: "Kept") -> dict[str, Any]:
    return {
        "id": kept.id,
        "state": kept.state,
        "title": kept.title,
        "pages": kept.pages,
        "confidence": kept.confidence,
        "warnings": list(kept.warnings),
    }


def _states(ctx: Context, ids: Sequence[str]) -> list[dict[str, Any]]:
    from recordsvc.services.recognition import standing_of

    found = (standing_of(ctx, record_id) for record_id in ids)
    return [_mapping(one) for one in found if one is not None]


def _line(paper: Mapping[str, Any]) -> str:
    sure = paper["confidence"]
    parts = [paper["state"], paper["id"], counted(paper["pages"], "page")]
    parts += [f"confidence {sure:.2f}"] if sure is not None else []
    parts.append(f"«{printable(paper['title'])}»")
    parts += [f"({printable(warning)})" for warning in paper["warnings"][:3]]
    return "  ".join(parts)


def _summary(papers: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(paper["state"] for paper in papers).items()))


def _print(papers: Sequence[Mapping[str, Any]], *, shown: set[str]) -> None:
    for paper in papers:
        if paper["id"] not in shown:
            print(_line(paper))
    told = ", ".join(f"{count} {state}" for state, count in _summary(papers).items())
    print(f"{counted(len(papers), 'paper')}: {told}")


def _exit_code(papers: Sequence[Mapping[str, Any]]) -> int:
    unread = sum(paper["state"] in UNREAD for paper in papers)
    if not papers:
        return NOTHING
    if not unread:
        return 0
    return FAILED if unread == len(papers) else PARTLY


def read_pictures(door: Door, service: "Service") -> None:
    """Read the pictures that have just come in, and say so beside the results.

    Raises
    ------
    KeyboardInterrupt
        After it has said what becomes of the rest.
    """
    from recordsvc.jobs.indexer import Indexer
    from recordsvc.jobs.ocr import read_waiting
    from recordsvc.services import recognition
    from recordsvc.services.context import SYSTEM

    if not service.view(SYSTEM, recognition.is_job_open):
        return
    door.say("reading text from pictures; the papers are safe and found already")
    try:
        read_waiting(service, lambda kept: door.say(_line(_mapping(kept))))
    except KeyboardInterrupt:
        door.say("stopped; the pictures wait for a worker, or for: recordsvc ocr")
        raise
    with Indexer(service) as indexer:
        indexer.catch_up()
